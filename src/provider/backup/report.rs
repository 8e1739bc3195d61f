//! What a person is told when a create or delete did not get to its end.

use crate::{
    api::{ApiError, CheckpointItem},
    framework::{AttributePath, Diagnostic, Diagnostics, Report},
    operation::{
        create_backup::{CreateBackup, CreateError, Made, Step},
        delete_backup::{DeleteBackup, DeleteError},
    },
    provider::{
        diagnostic::{Failure, facts},
        duration::show,
    },
};

use super::model::fail_reason;

const CREATE: &str = "Cannot create the backup";
const DELETE: &str = "Cannot delete the backup";

/// The attributes that a refusal can be about.
pub const ATTRIBUTES: &[&str] = &["resource_id", "resource_type", "backup_name", "description", "tags"];

/// Reports backups that were there before and look like the one that was asked for.
pub fn earlier(job: &CreateBackup, made: &Made, diags: &mut Diagnostics) {
    const SHOWN: usize = 5;
    if made.earlier.is_empty() {
        return;
    }
    let mut lines: Vec<_> = made.earlier.iter().take(SHOWN).map(line).collect();
    if made.earlier.len() > SHOWN {
        lines.push(format!("  and {} more", made.earlier.len() - SHOWN));
    }
    diags.report_warning(
        "A backup like this one exists already",
        format!(
            "Server {} had {} before this one was asked for, with the same name, description and tags:\n{}\n\nWhen an \
             earlier run was cut off before it could save its state, this may be its backup. If no state holds it, take \
             it over with `terraform import ADDRESS CHECKPOINT_ID`, or delete it.",
            job.server_id,
            if made.earlier.len() == 1 { "a backup" } else { "backups" },
            lines.join("\n")
        ),
        AttributePath::root(),
    );
}

/// Reports why a create has not made an available backup.
pub fn create(job: &CreateBackup, made: &Made, error: &CreateError, diags: &mut Diagnostics) {
    let server = format!("Server {}", job.server_id);
    let failure = Failure {
        summary: CREATE,
        subject: &server,
        attributes: ATTRIBUTES,
    };
    match error {
        CreateError::Api {
            step: Step::Wait,
            source,
        } => {
            diags.report_error(
                "The backup was started, but cannot be looked at",
                format!("{}: {}\n\n{}", which(made), facts(source), kept(made)),
                AttributePath::root(),
            );
        }
        CreateError::Api { step, source } => {
            let subject = format!("{server}, {step}");
            let failure = Failure {
                subject: &subject,
                ..failure
            };
            failure.report(diags, source);
        }
        CreateError::NotProtectable(capability) => {
            let refusal = failure.refusal(capability.error_code.as_deref(), capability.error_msg.as_deref());
            let attribute = if refusal.attribute.steps.is_empty() {
                AttributePath::new("resource_id")
            } else {
                refusal.attribute
            };
            diags.errors.push(Diagnostic {
                summary: "The server cannot be backed up".into(),
                detail: format!("{} Nothing was made.", refusal.detail).into(),
                attribute,
            });
        }
        CreateError::Busy {
            source,
            running,
            waited,
        } => {
            let running: Vec<_> = running.iter().map(line).collect();
            let running = if running.is_empty() {
                String::new()
            } else {
                format!(
                    "\n\nThese are under way:\n{}\nIf one of them is the backup of an earlier run that no state holds, \
                     take it over with `terraform import ADDRESS CHECKPOINT_ID`.",
                    running.join("\n")
                )
            };
            diags.report_error(
                CREATE,
                format!(
                    "{server} was busy for {}; nothing was made. The last answer: {}{running}\n\nApply again when the \
                     other job has ended, or raise timeouts.create.",
                    show(*waited),
                    facts(source)
                ),
                AttributePath::new("resource_id"),
            );
        }
        CreateError::NotStarted { step, waited } => diags.report_error(
            CREATE,
            format!(
                "{server}, {step}: the service did not answer within {}. Nothing was made. Check the connection to the \
                 service, or raise timeouts.create, then apply again.",
                show(*waited)
            ),
            AttributePath::new("timeouts").attribute("create"),
        ),
        CreateError::NoAnswer { source, sent_at, look } => {
            let look = look.as_ref().map_or_else(
                || "The backup was looked for and not found.".to_owned(),
                |look| format!("The backup was looked for in vain, because {}", facts(look)),
            );
            diags.report_error(
                "It is not known whether a backup was started",
                format!("{server}: {} {look}\n\n{}", facts(source), check(job, *sent_at)),
                AttributePath::root(),
            );
        }
        CreateError::Several { source, candidates } => {
            let lines: Vec<_> = candidates.iter().map(line).collect();
            diags.report_error(
                "It is not known which backup was started",
                format!(
                    "{server}: {} Several new backups look like the one that was asked for:\n{}\n\nThe provider does \
                     not choose between them. Take the right one over with `terraform import ADDRESS CHECKPOINT_ID`, \
                     and delete what nobody needs.",
                    facts(source),
                    lines.join("\n")
                ),
                AttributePath::root(),
            );
        }
        CreateError::StoppedUnanswered { sent_at } => diags.report_error(
            "Stopped before the service had answered",
            format!("{server}: a backup may have been started. {}", check(job, *sent_at)),
            AttributePath::root(),
        ),
        CreateError::Stopped if made.checkpoint_id.is_some() => diags.report_warning(
            "The backup goes on in the cloud",
            format!(
                "A stop was asked for, so the provider does not wait for {} any longer. The state has its checkpoint \
                 ID; the next plan reads how far it is, and no other backup is made.",
                which(made)
            ),
            AttributePath::root(),
        ),
        CreateError::Stopped => diags.report_error(
            "Stopped before a backup was started",
            format!("{server}: nothing was made."),
            AttributePath::root(),
        ),
        CreateError::Failed => diags.report_error(
            "The backup failed",
            format!(
                "{}: {}.\n\nThe failed backup is in the state as tainted: the next apply deletes it and makes another.",
                which(made),
                made.item.as_ref().map_or_else(String::new, failure_of)
            ),
            AttributePath::root(),
        ),
        CreateError::NotShown { waited } => diags.report_error(
            "The service does not show the backup",
            format!(
                "{} was accepted, but is not listed after {}.\n\n{}",
                which(made),
                show(*waited),
                kept(made)
            ),
            AttributePath::root(),
        ),
        CreateError::Removed => diags.report_error(
            "The backup was deleted while it was waited for",
            format!(
                "{} was there and is gone, or is being deleted by somebody else.\n\n{}",
                which(made),
                kept(made)
            ),
            AttributePath::root(),
        ),
        CreateError::UnknownStatus(status) => diags.report_error(
            "The backup has an unknown status",
            format!(
                "{} has the status {:?}, of which this version of the provider knows nothing.\n\n{}",
                which(made),
                status.as_str(),
                kept(made)
            ),
            AttributePath::root(),
        ),
        CreateError::TimedOut { waited, look } => {
            let status = made.item.as_ref().map_or_else(
                || "not shown yet".to_owned(),
                |item| format!("{:?}", item.status.as_str()),
            );
            let look = look
                .as_ref()
                .map_or_else(String::new, |look| format!(" The last look failed: {}", facts(look)));
            diags.report_error(
                "The backup was not available in time",
                format!(
                    "{} was waited for {}; its last status was {status}.{look}\n\nIt goes on in the cloud. {} To wait \
                     longer, raise timeouts.create. To keep the backup, run `terraform untaint ADDRESS` before the next \
                     apply.",
                    which(made),
                    show(*waited),
                    kept(made)
                ),
                AttributePath::new("timeouts").attribute("create"),
            );
        }
    }
}

/// Reports why a delete has not removed the backup.
pub fn delete(job: &DeleteBackup, error: &DeleteError, diags: &mut Diagnostics) {
    let checkpoint = format!("Checkpoint {}", job.checkpoint_id);
    match error {
        DeleteError::Api(source) => {
            let failure = Failure {
                summary: DELETE,
                subject: &checkpoint,
                attributes: &[],
            };
            failure.report(diags, source);
        }
        DeleteError::Stopped { accepted } => {
            let what = if *accepted {
                "The deletion goes on in the cloud. The state keeps the backup until a later run finds that it is gone."
            } else {
                "The deletion had not been accepted yet. The state keeps the backup; destroy it again."
            };
            diags.report_error(
                "Stopped before the backup was gone",
                format!("{checkpoint}: {what}"),
                AttributePath::root(),
            );
        }
        DeleteError::Failed(item) => diags.report_error(
            "The deletion of the backup failed",
            format!(
                "{checkpoint}: {}.\n\nDestroy it again; when it stays, contact the cloud's support.",
                failure_of(item)
            ),
            AttributePath::root(),
        ),
        DeleteError::Ambiguous(items) => {
            let lines: Vec<_> = items.iter().map(line).collect();
            diags.report_error(
                DELETE,
                format!(
                    "{checkpoint} holds several backups, and the state does not say which is meant:\n{}\n\nRemove the \
                     resource from the state and import the right one by its ID.",
                    lines.join("\n")
                ),
                AttributePath::root(),
            );
        }
        DeleteError::TimedOut {
            waited,
            accepted,
            status,
            last,
        } => {
            let status = status
                .as_ref()
                .map_or_else(|| "not known".to_owned(), |status| format!("{:?}", status.as_str()));
            let last = last
                .as_ref()
                .map_or_else(String::new, |last| format!(" The last failure: {}", facts(last)));
            let accepted = if *accepted {
                "The service has accepted the deletion; it goes on in the cloud."
            } else {
                "The service has not accepted the deletion."
            };
            diags.report_error(
                "The backup was not deleted in time",
                format!(
                    "{checkpoint} was waited for {}; its last status was {status}.{last} {accepted}\n\nDestroy it again \
                     later, or raise timeouts.delete.",
                    show(*waited)
                ),
                AttributePath::new("timeouts").attribute("delete"),
            );
        }
    }
}

/// Reports an item whose last operation failed, at a refresh.
pub fn in_error(item: &CheckpointItem, replaced: bool, diags: &mut Diagnostics) {
    let (summary, next) = if replaced {
        (
            "The backup has failed",
            "It is of no use; the next apply deletes it and makes another.",
        )
    } else {
        (
            "A restore from the backup has failed",
            "The backup itself is not changed by that. Look at the target server, and restore again.",
        )
    };
    diags.report_warning(
        summary,
        format!("Backup {}: {}.\n\n{next}", item.id, failure_of(item)),
        AttributePath::new("status"),
    );
}

/// One backup in a list for people.
#[must_use]
pub fn line(item: &CheckpointItem) -> String {
    format!(
        "  checkpoint {}, backup {}: name {:?}, server {}, status {}, made at {}",
        item.checkpoint_id.as_deref().unwrap_or("(unknown)"),
        item.id,
        item.name.as_deref().unwrap_or(""),
        item.resource_id.as_deref().unwrap_or("(unknown)"),
        item.status,
        item.created_at.as_deref().unwrap_or("an unknown time")
    )
}

/// Whether the next step can help is for the service to say; what it said already is all there is.
#[must_use]
pub fn failure(summary: &str, subject: &str, error: &ApiError) -> Diagnostic {
    Failure {
        summary,
        subject,
        attributes: ATTRIBUTES,
    }
    .diagnostic(error)
}

/// What the service says about the last failure of a backup.
#[must_use]
pub fn failure_of(item: &CheckpointItem) -> String {
    let info = item.extend_info.as_ref();
    let code = info
        .and_then(|info| info.fail_code.as_ref()?.code.as_deref())
        .unwrap_or("none");
    let reason = fail_reason(item).unwrap_or("none given").trim_end_matches('.');
    format!(
        "the service reports status {:?}, code {code}, reason: {reason}",
        item.status.as_str()
    )
}

fn which(made: &Made) -> String {
    let item = made
        .item
        .as_ref()
        .map_or_else(String::new, |item| format!(" (backup {})", item.id));
    match &made.checkpoint_id {
        Some(checkpoint_id) => format!("Checkpoint {checkpoint_id}{item}"),
        None => format!("The checkpoint{item}"),
    }
}

fn kept(made: &Made) -> String {
    match &made.checkpoint_id {
        Some(checkpoint_id) => format!(
            "The state has it as tainted: the next apply replaces it. By hand it can be taken over with `terraform \
             import ADDRESS {checkpoint_id}`."
        ),
        None => "Nothing of it is in the state.".to_owned(),
    }
}

fn check(job: &CreateBackup, sent_at: jiff::Timestamp) -> String {
    let name = job
        .request
        .backup_name
        .as_deref()
        .map_or_else(|| "any name".to_owned(), |_| "the configured name".to_owned());
    format!(
        "Before applying again, look in the console or with the data source csbs_backups for a backup of server {} with \
         {name}, made at {sent_at:.0} or later. If there is one, take it over with `terraform import ADDRESS \
         CHECKPOINT_ID`; if there is none after some minutes, apply again. The next apply looks for it as well.",
        job.server_id
    )
}
