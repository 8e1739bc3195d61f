//! Warnings and errors of the resource.

mod create;
mod delete;
mod not_created;
mod state;
mod wait;

pub use create::{create, earlier_backups, not_protectable, on_the_server, similar_backups, warn_of_similar_backups};
pub use delete::{DELETE, delete, delete_failed, delete_interrupted, forgotten, not_deleted_in_time};
pub use not_created::{CREATE, NotCreated};
pub use state::{in_error, not_shown_yet, not_waited_for, read_interrupted, replaced, without_id};
pub use wait::{AcceptedBackup, CBR, CSBS, WaitFailure, Waiting, Wording, not_available, wait};

use crate::diagnostics::Failure;
use otc_client::csbs::{ApiError, CheckpointItem};
use terraform_plugin::Diagnostic;

/// The attributes that an error of the service can be about.
const ATTRIBUTES: &[&str] = &["resource_id", "resource_type", "backup_name", "description", "tags"];

/// The diagnostic for a failed call.
#[must_use]
pub fn api_error(summary: &str, subject: &str, error: &ApiError) -> Diagnostic {
    Failure {
        summary,
        subject,
        attributes: ATTRIBUTES,
    }
    .diagnostic(error)
}

/// One backup as a line of a list.
#[must_use]
pub fn backup_line(item: &CheckpointItem) -> String {
    format!(
        "  checkpoint {}, backup {}: name {:?}, server {}, status {}, created at {}",
        item.checkpoint_id.as_deref().unwrap_or("(unknown)"),
        item.id,
        item.name.as_deref().unwrap_or(""),
        item.resource_id.as_deref().unwrap_or("(unknown)"),
        item.status,
        item.created_at.as_deref().unwrap_or("an unknown time")
    )
}

/// Backups as lines of a list.
#[must_use]
pub fn backup_lines(items: &[CheckpointItem]) -> String {
    items.iter().map(backup_line).collect::<Vec<_>>().join("\n")
}

/// Reason of the last failure of a backup, as the service words it.
#[must_use]
pub fn fail_reason(item: &CheckpointItem) -> Option<&str> {
    let info = item.extend_info.as_ref()?;
    info.fail_reason
        .as_deref()
        .or_else(|| info.fail_code.as_ref()?.description.as_deref())
}

/// Status, code and reason of the last failure of a backup.
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
