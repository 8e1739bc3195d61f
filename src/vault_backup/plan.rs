//! The part of a plan that attributes cannot express: imported, moved, failed and unfinished backups, and changes in the console.

use terraform_plugin::{AttributePath, Diagnostics, Plan, Planned};

use crate::backup::{drift, private::Private};

use super::{messages, model::VaultBackupModel, schema::schema};

/// Changes a plan that follows from the schema.
///
/// - An imported backup keeps its kind (full or incremental), whatever is configured.
/// - A name or description that was changed in the console stays, with a warning.
/// - A backup that was moved to another vault is not replaced: it stays with a warning, and takes the ID of its vault.
/// - A failed backup is replaced.
/// - The update of an unfinished backup waits for it, so that its status and everything that may still change is known
///   after apply.
pub fn modify_plan(request: &Plan, planned: &mut Planned, diags: &mut Diagnostics) {
    let Some(prior_state) = &request.prior_state else {
        return;
    };
    let (Some(prior), Some(config)) = (
        prior_state.to_model::<VaultBackupModel>(diags),
        request.config.to_model::<VaultBackupModel>(diags),
    ) else {
        return;
    };
    let private = Private::read(&request.prior_private);
    if !private.created_here && prior.incremental.is_value() && !config.incremental.is_unknown() {
        planned.keep_prior(request, "incremental");
    }
    let drifted = drift::keep(request, planned, (prior.texts(), config.texts()), &private);
    let takes_current_vault = config.vault_id.is_value() && config.vault_id == prior.current_vault_id;
    if takes_current_vault {
        let vault_id = AttributePath::new("vault_id");
        planned.requires_replace.retain(|replaced| *replaced != vault_id);
    }
    if private.backup_failed && prior.is_in_error() {
        planned.make_unknown("status");
        planned.requires_replace.push(AttributePath::new("status"));
    } else if !planned.requires_replace.is_empty() {
        messages::replaced(&prior, &planned.requires_replace, diags);
    } else {
        drift::report(&prior.id, &drifted, diags);
        if prior.has_moved() && !takes_current_vault {
            messages::moved(&prior, diags);
        }
        if prior.is_unfinished() {
            schema().make_computed_unknown(request, planned);
        }
    }
}
