//! Warnings and errors of vault backups.

mod create;
mod delete;
mod vault;

pub use create::{create, second_request, similar_backups, wait, warn_of_second_request};
pub use delete::delete;
pub use vault::{Certainty, report_no_vault, report_vault};

pub use crate::backup::messages::{Waiting, warn_of_similar_backups};

use crate::{backup::messages, diagnostics::Failure};
use otc_client::cbr::{ApiError, Backup};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostic, Diagnostics};

use super::model::VaultBackupModel;

/// The attributes that an error of the service can be about.
pub const ATTRIBUTES: &[&str] = &["vault_id", "resource_id", "exclude_volumes", "name", "description"];

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
pub fn backup_line(backup: &Backup) -> String {
    format!(
        "  backup {}: name {:?}, server {}, vault {}, status {}, created at {}",
        backup.id,
        backup.name.as_deref().unwrap_or(""),
        backup.resource_id.as_deref().unwrap_or("(unknown)"),
        backup.vault_id.as_deref().unwrap_or("(unknown)"),
        backup.status,
        backup.created_at.as_deref().unwrap_or("an unknown time")
    )
}

/// Backups as lines of a list.
#[must_use]
pub fn backup_lines(backups: &[Backup]) -> String {
    backups.iter().map(backup_line).collect::<Vec<_>>().join("\n")
}

/// Reports a planned replacement of a backup that can be restored.
pub fn replaced(prior: &VaultBackupModel, changed: &[AttributePath], diags: &mut Diagnostics) {
    if prior.skip_destroy.as_ref_option() != Some(&true) {
        let existing = format!("backup {}", prior.id.as_deref_option().unwrap_or("(unknown)"));
        messages::replaced(&existing, changed, diags);
    }
}

/// Reports a backup that is in another vault than the configured one.
pub fn moved(prior: &VaultBackupModel, diags: &mut Diagnostics) {
    let current = prior.current_vault_id.as_deref_option().unwrap_or("(unknown)");
    diags.add_attribute_warning(
        "The backup was moved to another vault",
        format!(
            "Backup {} is in vault {current}, and not in vault {}: its server was moved together with its backups. The backup is \
             not replaced because of it. To end this warning, set vault_id to {current}.",
            prior.id.as_deref_option().unwrap_or("(unknown)"),
            prior.vault_id.as_deref_option().unwrap_or("(unknown)")
        ),
        AttributePath::new("vault_id"),
    );
}
