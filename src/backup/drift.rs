//! Names and descriptions that were changed in the console. The API cannot change them back, and a backup is evidence: it is
//! not replaced because of such a change.

use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics, Plan, Planned};

use super::{
    model::BackupModel,
    private::{Configured, Private},
};

/// Keeps the value of the cloud in the plan where the configuration has not changed since it was last applied. Returns the
/// arguments for which the configuration has another value.
pub fn keep(
    request: &Plan,
    planned: &mut Planned,
    (prior, config): (&BackupModel, &BackupModel),
    private: &Private,
) -> Vec<&'static str> {
    let Some(applied) = &private.configured else {
        return Vec::new();
    };
    let wanted = Configured::of(config);
    let arguments = [
        (
            "backup_name",
            (&prior.backup_name, &config.backup_name),
            (&applied.backup_name, &wanted.backup_name),
        ),
        (
            "description",
            (&prior.description, &config.description),
            (&applied.description, &wanted.description),
        ),
    ];
    let mut drifted = Vec::new();
    for (name, (prior, config), (applied, wanted)) in arguments {
        if config.is_unknown() || prior.is_null() || !planned.changes(request, name) || applied != wanted {
            continue;
        }
        planned.keep_prior(request, name);
        if wanted.is_some() {
            drifted.push(name);
        }
    }
    drifted
}

/// Reports changes in the console. The message has no values: Terraform shows them, or hides them when they are sensitive.
pub fn report(prior: &BackupModel, drifted: &[&'static str], diags: &mut Diagnostics) {
    for name in drifted {
        let noun = if *name == "backup_name" { "name" } else { name };
        diags.add_attribute_warning(
            format!("The {noun} of the backup was changed outside of Terraform"),
            format!(
                "Backup {}: {name} in the cloud differs from the configuration. The service has no call that changes it \
                 back, and the backup is not replaced because of it; the state has the value of the cloud. To end this \
                 warning, write that value in the configuration, or change it back in the console.",
                prior.id.as_deref_option().unwrap_or("(unknown)")
            ),
            AttributePath::new(*name),
        );
    }
}
