//! Warnings about a backup in the state, at a plan or refresh.

use otc_client::csbs::CheckpointItem;
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics};

use super::{super::model::BackupModel, failure_of};

/// Reports a planned replacement of a backup that can be restored. Terraform does not tell a provider whether it will create
/// before it destroys, so the text is correct in both cases.
pub fn replaced(prior: &BackupModel, changed: &[AttributePath], diags: &mut Diagnostics) {
    if prior.skip_destroy.as_ref_option() == Some(&true) {
        return;
    }
    let names: Vec<_> = changed.iter().map(ToString::to_string).collect();
    diags.add_attribute_warning(
        "The backup will be replaced",
        format!(
            "A change of {} needs another backup. Unless the resource has `lifecycle {{ create_before_destroy = true }}`, \
             Terraform deletes checkpoint {} (backup {}) before the new backup is started, so that neither exists until the \
             new one is available. With `skip_destroy = true`, applied beforehand, the old one stays in the cloud.",
            names.join(", "),
            prior.checkpoint_id.as_deref_option().unwrap_or("(unknown)"),
            prior.id.as_deref_option().unwrap_or("(unknown)")
        ),
        changed.first().cloned().unwrap_or_default(),
    );
}

/// Reports a backup whose last operation failed.
pub fn in_error(item: &CheckpointItem, diags: &mut Diagnostics) {
    let (summary, next) = if item.has_failed() {
        (
            "The backup has failed",
            "It cannot be restored; the next apply deletes it and creates another.",
        )
    } else {
        (
            "A restore from the backup has failed",
            "The backup itself is intact. Look at the target server, and restore again.",
        )
    };
    diags.add_attribute_warning(
        summary,
        format!("Backup {}: {}.\n\n{next}", item.id, failure_of(item)),
        AttributePath::new("status"),
    );
}

/// Reports a backup whose create has stopped waiting for it, so that Terraform marked it as tainted and will replace it.
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
