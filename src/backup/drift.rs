//! Names and descriptions that were changed in the console. The API cannot change them back, and a backup is evidence: it is
//! not replaced because of such a change.

use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics, Plan, Planned, Value};

use super::private::{Configured, Private};

/// The name and the description of a backup.
#[derive(Clone, Copy)]
pub struct Texts<'a> {
    /// Name of the argument with the name, such as `backup_name`.
    pub name_argument: &'static str,
    /// The name.
    pub name: &'a Value<String>,
    /// The description.
    pub description: &'a Value<String>,
}

/// Keeps the value of the cloud in the plan where the configuration has not changed since it was last applied. Returns the
/// arguments for which the configuration has another value.
pub fn keep(
    request: &Plan,
    planned: &mut Planned,
    (prior, config): (Texts<'_>, Texts<'_>),
    private: &Private,
) -> Vec<&'static str> {
    let Some(applied) = &private.configured else {
        return Vec::new();
    };
    let wanted = Configured::new(config.name, config.description);
    let arguments = [
        (
            config.name_argument,
            (prior.name, config.name),
            (&applied.name, &wanted.name),
        ),
        (
            "description",
            (prior.description, config.description),
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
pub fn report(id: &Value<String>, drifted: &[&'static str], diags: &mut Diagnostics) {
    for name in drifted {
        let noun = if *name == "description" { name } else { "name" };
        diags.add_attribute_warning(
            format!("The {noun} of the backup was changed outside of Terraform"),
            format!(
                "Backup {}: {name} in the cloud differs from the configuration. The service has no call that changes it \
                 back, and the backup is not replaced because of it; the state has the value of the cloud. To end this \
                 warning, write that value in the configuration, or change it back in the console.",
                id.as_deref_option().unwrap_or("(unknown)")
            ),
            AttributePath::new(*name),
        );
    }
}
