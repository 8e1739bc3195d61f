//! Messages of a create.

use crate::{
    diagnostics::{Failure, error_summary},
    duration::show,
};
use jiff::Timestamp;
use otc_client::{
    csbs::{ApiError, Capability, CheckpointItem},
    operation::create_backup::{CreateBackup, CreateError, CreateProgress, RECENT, SHOWN},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostic, Diagnostics};

use super::{ATTRIBUTES, CSBS, Waiting, backup_line, backup_lines, wait};

const CREATE: &str = "Cannot create the backup";

/// Reports backups that existed before and that an interrupted run of the same configuration may have left.
pub fn similar_backups(operation: &CreateBackup, progress: &CreateProgress, diags: &mut Diagnostics) {
    let earlier = &progress.earlier;
    if earlier.is_empty() {
        return;
    }
    let line = |item: &CheckpointItem| match item.tags {
        Some(_) => backup_line(item),
        None => format!("{} (its tags could not be read)", backup_line(item)),
    };
    let mut lines: Vec<_> = earlier.iter().take(SHOWN).map(line).collect();
    if earlier.len() > SHOWN {
        lines.push(format!("  and {} more", earlier.len() - SHOWN));
    }
    diags.add_attribute_warning(
        "A backup like this one exists already",
        format!(
            "Server {} already had {} with the same name, description and tags before this one was started, created in the \
             last {} days and not by a schedule:\n{}\n\nA run that was interrupted before it could save its state may have \
             left it. If no state has it, import it with `terraform import ADDRESS CHECKPOINT_ID`. There is nothing to do if \
             it is the backup that this run replaces (`create_before_destroy`), or one that is kept on purpose.",
            operation.server_id,
            if earlier.len() == 1 { "a backup" } else { "backups" },
            RECENT.as_hours() / 24,
            lines.join("\n")
        ),
        AttributePath::root(),
    );
}

/// Reports why a create has not made an available backup.
pub fn create(
    operation: &CreateBackup,
    progress: &CreateProgress,
    error: &CreateError,
    waiting: Waiting,
    diags: &mut Diagnostics,
) {
    if progress.checkpoint_id.is_some() || progress.item.is_some() {
        return wait(progress, error, waiting, diags);
    }
    let server = format!("Server {}", operation.server_id);
    match error {
        CreateError::Api { step, source } => {
            let subject = format!("{server}, {step}");
            diags.errors.push(super::api_error(CREATE, &subject, source));
        }
        CreateError::NotProtectable(capability) => {
            let refusal = not_protectable(&server, capability);
            diags.errors.push(Diagnostic {
                detail: format!("{} No backup was created.", refusal.detail).into(),
                ..refusal
            });
        }
        CreateError::Busy {
            source,
            running,
            waited,
        } => busy(&server, source, running, &show(*waited), waiting, diags),
        CreateError::NotStarted { step, waited } => diags.add_attribute_error(
            CREATE,
            format!(
                "{server}, {step}: the service did not answer within {}. No backup was created. Check the connection to the \
                 service, or raise {}, then {}.",
                show(*waited),
                waiting.timeout_argument(),
                waiting.try_again()
            ),
            waiting.timeout_argument(),
        ),
        CreateError::NoAnswer { source, sent_at, look } => {
            let look = look.as_ref().map_or_else(
                || "No matching backup was found.".to_owned(),
                |look| format!("No matching backup was found, because {}", error_summary(look)),
            );
            diags.add_attribute_error(
                "It is not known whether a backup was started",
                format!("{server}: {} {look}\n\n{}", error_summary(source), how_to_check(operation, *sent_at, waiting)),
                AttributePath::root(),
            );
        }
        CreateError::Several { source, candidates } => diags.add_attribute_error(
            "It is not known which backup was started",
            format!(
                "{server}: {} Several new backups match the request:\n{}\n\nThe provider does not choose between them. \
                 Find the right one, and {}.",
                error_summary(source),
                backup_lines(candidates),
                waiting.use_existing(&CSBS)
            ),
            AttributePath::root(),
        ),
        CreateError::StoppedUnanswered { sent_at } => diags.add_attribute_error(
            "Interrupted before the service answered",
            format!(
                "{server}: a backup may have been started. {}",
                how_to_check(operation, *sent_at, waiting)
            ),
            AttributePath::root(),
        ),
        CreateError::Stopped => diags.add_attribute_error(
            "Interrupted before the backup was started",
            format!("{server}: no backup was created."),
            AttributePath::root(),
        ),
        // Errors of the wait, which does not begin before a backup exists.
        _ => wait(progress, error, waiting, diags),
    }
}

/// A refusal by the capability check.
pub fn not_protectable(server: &str, capability: &Capability) -> Diagnostic {
    let failure = Failure {
        summary: "The server cannot be backed up",
        subject: server,
        attributes: ATTRIBUTES,
    };
    on_the_server(failure.refusal(capability.error_code.as_deref(), capability.error_msg.as_deref()))
}

/// Puts a diagnostic that has no attribute on `resource_id`.
pub fn on_the_server(mut diagnostic: Diagnostic) -> Diagnostic {
    if diagnostic.attribute.steps.is_empty() {
        diagnostic.attribute = AttributePath::new("resource_id");
    }
    diagnostic
}

fn busy(
    server: &str,
    source: &ApiError,
    running: &[CheckpointItem],
    waited: &str,
    waiting: Waiting,
    diags: &mut Diagnostics,
) {
    let running = if running.is_empty() {
        String::new()
    } else {
        format!(
            "\n\nThese backups are running:\n{}\nIf one of them was started by an earlier run and no state has it, {}.",
            backup_lines(running),
            waiting.use_existing(&CSBS)
        )
    };
    diags.add_attribute_error(
        CREATE,
        format!(
            "{server} was busy for {waited}; no backup was created. The last response: {}{running}\n\nWhen the other \
             job has finished, {}; or raise {}.",
            error_summary(source),
            waiting.try_again(),
            waiting.timeout_argument()
        ),
        AttributePath::new("resource_id"),
    );
}

/// The steps after a request whose result is not known.
fn how_to_check(operation: &CreateBackup, sent_at: Timestamp, waiting: Waiting) -> String {
    let name = match operation.request.backup_name {
        None => "any name",
        Some(_) => "the configured name",
    };
    format!(
        "Before {}, look in the console or with the data source {} for a backup of server {} with {name}, created \
         at {sent_at:.0} or later. If there is one, {}; if there is none after some minutes, {}.{}",
        match waiting {
            Waiting::Action => "invoking the action again",
            _ => "applying again",
        },
        CSBS.data_sources,
        operation.server_id,
        waiting.use_existing(&CSBS),
        waiting.try_again(),
        match waiting {
            Waiting::Action => "",
            _ => " The next apply looks for it as well.",
        }
    )
}
