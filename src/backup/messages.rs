//! Words the warnings and errors of the resource.

use crate::{
    diagnostic::{Failure, facts},
    duration::show,
};
use otc_client::{
    csbs::{ApiError, CheckpointItem},
    operation::{
        create_backup::{CreateBackup, CreateError, CreateProgress, RECENT, SHOWN},
        delete_backup::{DeleteBackup, DeleteError},
    },
};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostic, Diagnostics, RawValue};

use super::{outcome, outcome::Waiting};

const CREATE: &str = "Cannot create the backup";
const DELETE: &str = "Cannot delete the backup";

/// The attributes that a refusal can be about.
pub const ATTRIBUTES: &[&str] = &["resource_id", "resource_type", "backup_name", "description", "tags"];

/// Reports backups that existed before and may have been left by an interrupted run of the same configuration.
pub fn earlier(job: &CreateBackup, made: &CreateProgress, diags: &mut Diagnostics) {
    if made.earlier.is_empty() {
        return;
    }
    let with_tags = |item: &CheckpointItem| match item.tags {
        Some(_) => line(item),
        None => format!("{} (its tags could not be read)", line(item)),
    };
    let mut lines: Vec<_> = made.earlier.iter().take(SHOWN).map(with_tags).collect();
    if made.earlier.len() > SHOWN {
        lines.push(format!("  and {} more", made.earlier.len() - SHOWN));
    }
    diags.add_attribute_warning(
        "A backup like this one exists already",
        format!(
            "Server {} had {} with the same name, description and tags before this one was started, made in the last {} \
             days and by no schedule:\n{}\n\nA run that was interrupted before it could save its state may have left it. If \
             no state holds it, take it over with `terraform import ADDRESS CHECKPOINT_ID`. There is nothing to do when it \
             is the backup that this run replaces (`create_before_destroy`), or one that is kept on purpose.",
            job.server_id,
            if made.earlier.len() == 1 { "a backup" } else { "backups" },
            RECENT.as_hours() / 24,
            lines.join("\n")
        ),
        AttributePath::root(),
    );
}

/// Reports a planned replacement of a backup that can be restored. Terraform does not tell a provider whether it will create
/// before it destroys, so the text is true in both cases.
pub fn replaced(prior: &RawValue, changed: &[&'static str], diags: &mut Diagnostics) {
    if prior.get("skip_destroy").as_bool() == Some(true) {
        return;
    }
    let text = |name: &str| prior.get(name).as_str().unwrap_or("(unknown)").to_owned();
    diags.add_attribute_warning(
        "The backup will be replaced",
        format!(
            "A change of {} needs another backup. Unless the resource has `lifecycle {{ create_before_destroy = true }}`, \
             Terraform deletes checkpoint {} (backup {}) before the new backup is started, so that neither exists \
             until the new one is available. With `skip_destroy = true`, applied beforehand, the old one stays in the cloud.",
            changed.join(", "),
            text("checkpoint_id"),
            text("id")
        ),
        AttributePath::new(changed.first().copied().unwrap_or_default()),
    );
}

/// Reports why a create has not made an available backup.
pub fn create(job: &CreateBackup, made: &CreateProgress, error: &CreateError, diags: &mut Diagnostics) {
    let server = format!("Server {}", job.server_id);
    let failure = Failure {
        summary: CREATE,
        subject: &server,
        attributes: ATTRIBUTES,
    };
    match error {
        _ if made.checkpoint_id.is_some() || made.item.is_some() => {
            outcome::report(made, error, Waiting::Create, diags)
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
            diags.add_attribute_error(
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
        CreateError::NotStarted { step, waited } => diags.add_attribute_error(
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
                |look| format!("No matching backup was found, because {}", facts(look)),
            );
            diags.add_attribute_error(
                "It is not known whether a backup was started",
                format!("{server}: {} {look}\n\n{}", facts(source), check(job, *sent_at)),
                AttributePath::root(),
            );
        }
        CreateError::Several { source, candidates } => {
            let lines: Vec<_> = candidates.iter().map(line).collect();
            diags.add_attribute_error(
                "It is not known which backup was started",
                format!(
                    "{server}: {} Several new backups look like the one that was asked for:\n{}\n\nThe provider does \
                     not choose between them. Take the right one over with `terraform import ADDRESS CHECKPOINT_ID`.",
                    facts(source),
                    lines.join("\n")
                ),
                AttributePath::root(),
            );
        }
        CreateError::StoppedUnanswered { sent_at } => diags.add_attribute_error(
            "Stopped before the service had answered",
            format!("{server}: a backup may have been started. {}", check(job, *sent_at)),
            AttributePath::root(),
        ),
        CreateError::Stopped => diags.add_attribute_error(
            "Stopped before a backup was started",
            format!("{server}: nothing was made."),
            AttributePath::root(),
        ),
        // Errors of the wait, which does not begin before something exists.
        _ => outcome::report(made, error, Waiting::Create, diags),
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
            diags.add_attribute_error(
                "Stopped before the backup was gone",
                format!("{checkpoint}: {what}"),
                AttributePath::root(),
            );
        }
        DeleteError::Failed(item) => diags.add_attribute_error(
            "The deletion of the backup failed",
            format!(
                "{checkpoint}: {}.\n\nDestroy it again; when it stays, contact the cloud's support.",
                failure_of(item)
            ),
            AttributePath::root(),
        ),
        DeleteError::Ambiguous(items) => {
            let lines: Vec<_> = items.iter().map(line).collect();
            diags.add_attribute_error(
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
            diags.add_attribute_error(
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
    diags.add_attribute_warning(
        summary,
        format!("Backup {}: {}.\n\n{next}", item.id, failure_of(item)),
        AttributePath::new("status"),
    );
}

/// Reports a backup whose create has stopped waiting for it, so that Terraform has it as tainted and will replace it.
pub fn not_waited_for(item: &CheckpointItem, diags: &mut Diagnostics) {
    diags.add_attribute_warning(
        "The backup can be kept",
        format!(
            "The create that started backup {} did not wait until it was available, so Terraform marked it as tainted and \
             the next apply replaces it. The backup has not failed: its status is {:?}. To keep it, run `terraform untaint \
             ADDRESS` before the next apply.",
            item.id,
            item.status.as_str()
        ),
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

/// Reason of the last failure of a backup, as the service words it.
#[must_use]
pub fn fail_reason(item: &CheckpointItem) -> Option<&str> {
    let info = item.extend_info.as_ref()?;
    info.fail_reason
        .as_deref()
        .or_else(|| info.fail_code.as_ref()?.description.as_deref())
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
