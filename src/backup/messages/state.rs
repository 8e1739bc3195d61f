//! Warnings about a backup in the state, at a plan or refresh.

use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics};

/// Reports a planned replacement of a backup that can be restored. Terraform does not tell a provider whether it will create
/// before it destroys, so the text is correct in both cases. `prior` is such as "backup 1234".
pub fn replaced(prior: &str, changed: &[AttributePath], diags: &mut Diagnostics) {
    let names: Vec<_> = changed.iter().map(ToString::to_string).collect();
    diags.add_attribute_warning(
        "The backup will be replaced",
        format!(
            "A change of {} needs another backup. Unless the resource has `lifecycle {{ create_before_destroy = true }}`, \
             Terraform deletes {prior} before the new backup is started, so that neither exists until the new one is \
             available. With `skip_destroy = true`, applied beforehand, the old one stays in the cloud.",
            names.join(", ")
        ),
        changed.first().cloned().unwrap_or_default(),
    );
}

/// Reports a backup whose last operation failed. `failure` is what the service says about it; `backup_failed` says whether the
/// backup itself failed, not a restore from it.
pub fn in_error(id: &str, failure: &str, backup_failed: bool, diags: &mut Diagnostics) {
    let (summary, next) = if backup_failed {
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
        format!("Backup {id}: {failure}.\n\n{next}"),
        AttributePath::new("status"),
    );
}

/// Reports a backup whose create has stopped waiting for it, so that Terraform marked it as tainted and will replace it.
pub fn not_waited_for(id: &str, status: &str, diags: &mut Diagnostics) {
    diags.add_attribute_warning(
        "The backup can be kept",
        format!(
            "The create that started backup {id} did not wait until it was available, so Terraform marked it as tainted and \
             the next apply replaces it. The backup has not failed: its status is {status:?}. To keep it, run `terraform \
             untaint ADDRESS` before the next apply."
        ),
        AttributePath::new("status"),
    );
}

/// Reports a backup that was accepted a short while ago, and that the service does not list.
pub fn not_shown_yet(subject: &str, diags: &mut Diagnostics) {
    diags.add_attribute_warning(
        "The service does not show the backup yet",
        format!("{subject} was accepted a short while ago, but is not listed. The state keeps it."),
        AttributePath::root(),
    );
}

/// Reports an interrupted read.
pub fn read_interrupted(subject: &str, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        "Interrupted before the backup was read",
        format!("{subject}: the state is unchanged."),
        AttributePath::root(),
    );
}

/// Reports a state from which the backup cannot be found.
pub fn without_id(diags: &mut Diagnostics) {
    diags.add_attribute_error(
        "The state of the backup has no ID",
        "The state has neither the ID of the backup nor that of its checkpoint. Remove the resource from the state and import the \
         backup.",
        AttributePath::root(),
    );
}
