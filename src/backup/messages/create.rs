//! Messages of a create.

use crate::diagnostics::{Failure, error_summary};
use otc_client::{
    csbs::{Capability, CheckpointItem},
    operation::create_backup::{CreateBackup, CreateError, CreateProgress, RECENT, SHOWN},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostic, Diagnostics};

use super::{ATTRIBUTES, CREATE, CSBS, NotCreated, Waiting, Wording, backup_line, backup_lines, wait};

/// The text about backups that existed before and that an interrupted run of the same configuration may have left, if there are any.
pub fn similar_backups(operation: &CreateBackup, progress: &CreateProgress, waiting: Waiting) -> Option<String> {
    let line = |item: &CheckpointItem| match item.tags {
        Some(_) => backup_line(item),
        None => format!("{} (its tags could not be read)", backup_line(item)),
    };
    let lines = progress.earlier.iter().map(line).collect();
    earlier_backups(
        (&CSBS, "name, description and tags"),
        &operation.server_id,
        lines,
        waiting,
    )
}

/// The text about earlier backups of a server, each with a line, that have the same `texts`.
pub fn earlier_backups(
    (wording, texts): (&Wording, &str),
    server_id: &str,
    mut lines: Vec<String>,
    waiting: Waiting,
) -> Option<String> {
    let count = lines.len();
    if count == 0 {
        return None;
    }
    lines.truncate(SHOWN);
    if count > SHOWN {
        lines.push(format!("  and {} more", count - SHOWN));
    }
    let origin = match waiting {
        Waiting::Action => {
            "An earlier invocation may have left it, also one that was interrupted or got no answer. There is nothing to do if it \
             is kept on purpose."
                .to_owned()
        }
        _ => format!(
            "A run that was interrupted before it could save its state may have left it. If no state has it, import it with \
             `terraform import ADDRESS {}`. There is nothing to do if it is the backup that this run replaces \
             (`create_before_destroy`), or one that is kept on purpose.",
            wording.import_id
        ),
    };
    Some(format!(
        "Server {server_id} already had {} with the same {texts} before this one was started, created in the last {} days and not \
         by a schedule:\n{}\n\n{origin}",
        if count == 1 { "a backup" } else { "backups" },
        RECENT.as_hours() / 24,
        lines.join("\n"),
    ))
}

/// Warns with the text about earlier backups, if there is one.
pub fn warn_of_similar_backups(text: Option<String>, diags: &mut Diagnostics) {
    if let Some(text) = text {
        diags.add_attribute_warning("A backup like this one exists already", text, AttributePath::root());
    }
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
    let not_created = NotCreated {
        wording: &CSBS,
        server_id: &operation.server_id,
        waiting,
        has_configured_name: operation.request.backup_name.is_some(),
    };
    let server = not_created.server();
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
        } => not_created.busy(&error_summary(source), &backup_lines(running), *waited, diags),
        CreateError::NotStarted { step, waited } => not_created.not_started(step, *waited, diags),
        CreateError::NoAnswer { source, sent_at, look } => {
            not_created.no_answer(source, *sent_at, look.as_ref(), diags);
        }
        CreateError::Several { source, candidates } => {
            not_created.several(source, &backup_lines(candidates), diags);
        }
        CreateError::StoppedUnanswered { sent_at } => not_created.stopped_unanswered(*sent_at, diags),
        CreateError::Stopped => not_created.stopped(diags),
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
