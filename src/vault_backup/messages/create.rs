//! Messages of a create.

use crate::{
    backup::messages::{
        AcceptedBackup, CBR, CREATE, NotCreated, WaitFailure, Waiting, earlier_backups, not_available, on_the_server,
    },
    diagnostics::{Failure, error_summary},
    vault_backup::{failure, model::VaultBackupModel},
};
use otc_client::{
    cbr::SkippedResource,
    operation::create_vault_backup::{CreateVaultBackup, CreateVaultBackupError, Refusal, VaultBackupProgress},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostic, Diagnostics};

use super::{ATTRIBUTES, Certainty, api_error, backup_line, backup_lines, report_no_vault, report_vault};

/// The text about backups that existed before and that an interrupted run of the same configuration may have left, if there are any.
pub fn similar_backups(
    operation: &CreateVaultBackup,
    progress: &VaultBackupProgress,
    waiting: Waiting,
) -> Option<String> {
    let lines = progress.earlier.iter().map(backup_line).collect();
    earlier_backups(
        (&CBR, "name and description"),
        &operation.request.resource_id,
        lines,
        waiting,
    )
}

/// The sentence about a request that was sent twice, because the first one got no answer and nothing was seen of its backup.
pub fn second_request(operation: &CreateVaultBackup, progress: &VaultBackupProgress) -> Option<String> {
    let first = progress.sent_twice?;
    Some(format!(
        "The request of {first} got no answer, and the service showed neither a backup nor a task of it for a minute, so it was sent \
         once more. If the service carries out the first one late, server {} has two new backups named {:?} in vault {}. Look for \
         the second one with the data source csbs_vault_backups, and import it (terraform import ADDRESS BACKUP_ID) or delete it.",
        operation.request.resource_id,
        operation.request.name.as_deref().unwrap_or(""),
        operation.request.vault_id
    ))
}

/// Warns of a request that was sent twice.
pub fn warn_of_second_request(operation: &CreateVaultBackup, progress: &VaultBackupProgress, diags: &mut Diagnostics) {
    if let Some(detail) = second_request(operation, progress) {
        diags.add_attribute_warning(
            "The request for the backup was sent twice",
            detail,
            AttributePath::root(),
        );
    }
}

/// Reports why a create has not made an available backup.
pub fn create(
    operation: &CreateVaultBackup,
    progress: &VaultBackupProgress,
    error: &CreateVaultBackupError,
    waiting: Waiting,
    diags: &mut Diagnostics,
) {
    if progress.checkpoint_id.is_some() || progress.backup.is_some() {
        return wait(progress, error, waiting, diags);
    }
    let not_created = NotCreated {
        wording: &CBR,
        server_id: &operation.request.resource_id,
        waiting,
        has_configured_name: true,
    };
    let server = not_created.server();
    match error {
        CreateVaultBackupError::Api { step, source } => {
            let subject = format!("{server}, vault {}, {step}", operation.request.vault_id);
            diags.errors.push(api_error(CREATE, &subject, source));
        }
        CreateVaultBackupError::VaultNotFound => report_no_vault(&operation.request.vault_id, diags),
        CreateVaultBackupError::VaultRefused(vault) => {
            report_vault(vault, &operation.request.resource_id, Certainty::Create, diags);
        }
        CreateVaultBackupError::Skipped(skipped) => diags.errors.push(refused(&server, skipped)),
        CreateVaultBackupError::Busy { last, running, waited } => {
            not_created.busy(&refusal_summary(last), &backup_lines(running), *waited, diags);
        }
        CreateVaultBackupError::NotStarted { step, waited } => not_created.not_started(step, *waited, diags),
        CreateVaultBackupError::NoAnswer { source, sent_at, look } => {
            not_created.no_answer(source, *sent_at, look.as_ref(), diags);
        }
        CreateVaultBackupError::Several { source, candidates } => {
            not_created.several(source, &backup_lines(candidates), diags);
        }
        CreateVaultBackupError::StoppedUnanswered { sent_at } => not_created.stopped_unanswered(*sent_at, diags),
        CreateVaultBackupError::Stopped => not_created.stopped(diags),
        // Errors of the wait, which does not begin before a backup exists.
        _ => wait(progress, error, waiting, diags),
    }
}

/// The service accepted the request, and does not back up the server.
fn refused(server: &str, skipped: &SkippedResource) -> Diagnostic {
    let failure = Failure {
        summary: "The service does not back up the server",
        subject: server,
        attributes: ATTRIBUTES,
    };
    let refusal = on_the_server(failure.refusal(skipped.code.as_deref(), skipped.reason.as_deref()));
    Diagnostic {
        detail: format!("{} No backup was created.", refusal.detail).into(),
        ..refusal
    }
}

/// The last answer about a busy server.
fn refusal_summary(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Refused(error) => error_summary(error),
        Refusal::Skipped(_) => format!("{refusal}."),
    }
}

/// Reports why a backup that the service has accepted is not available.
pub fn wait(progress: &VaultBackupProgress, error: &CreateVaultBackupError, waiting: Waiting, diags: &mut Diagnostics) {
    let mut state = VaultBackupModel::default();
    state.apply_progress(progress);
    let backup = match (&progress.backup, &progress.checkpoint_id) {
        (Some(backup), _) => format!("Backup {}", backup.id),
        (None, Some(checkpoint_id)) => format!("The backup of checkpoint {checkpoint_id}"),
        (None, None) => "The backup".to_owned(),
    };
    let accepted = AcceptedBackup {
        wording: &CBR,
        label: backup,
        status: progress.backup.as_ref().map(|backup| &backup.status),
        failure: failure::describe(&state.summary),
    };
    not_available(&accepted, &wait_failure(error), waiting, diags);
}

fn wait_failure(error: &CreateVaultBackupError) -> WaitFailure<'_> {
    match error {
        CreateVaultBackupError::Stopped => WaitFailure::Stopped,
        CreateVaultBackupError::Failed => WaitFailure::Failed,
        CreateVaultBackupError::Removed => WaitFailure::Removed,
        CreateVaultBackupError::NotShown { waited } => WaitFailure::NotShown { waited: *waited },
        CreateVaultBackupError::UnknownStatus(status) => WaitFailure::UnknownStatus(status),
        CreateVaultBackupError::TimedOut { waited, look } => WaitFailure::TimedOut {
            waited: *waited,
            look: look.as_ref(),
        },
        CreateVaultBackupError::Api { source, .. } => WaitFailure::Unreadable(source),
        error => WaitFailure::Other(error.to_string()),
    }
}
