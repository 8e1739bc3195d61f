//! A name or description that was changed in the cloud. The API cannot change it back, and a backup is evidence: it is never
//! replaced because of that.

use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics, RawValue};

use super::{
    plan::same,
    private::{Configured, Private},
};

/// Keeps the value of the cloud in the plan where the configuration says what it said when it was applied last. Returns the
/// arguments of which the user has configured another value.
pub fn keep(prior: &RawValue, state: &mut RawValue, config: &RawValue, private: &Private) -> Vec<&'static str> {
    let Some(applied) = &private.configured else {
        return Vec::new();
    };
    let wanted = Configured::of(config);
    let mut drifted = Vec::new();
    for name in Configured::NAMES {
        let value = prior.get(name);
        if config.get(name).is_unknown() || value.is_null() || same(name, value, state.get(name)) {
            continue;
        }
        if applied.get(name) == wanted.get(name) {
            state.set(name, value.clone());
            if wanted.get(name).is_some() {
                drifted.push(name);
            }
        }
    }
    drifted
}

/// Reports what was changed in the cloud. Values are left out: Terraform shows them, or hides them when they are sensitive.
pub fn report(prior: &RawValue, drifted: &[&'static str], diags: &mut Diagnostics) {
    for name in drifted {
        diags.add_attribute_warning(
            format!("The {} of the backup was changed outside of Terraform", noun(name)),
            format!(
                "Backup {}: {name} in the cloud is not what the configuration says. The service has no call that changes it \
                 back, and the backup is not replaced because of it; the state has the value of the cloud. To end this \
                 warning, write that value in the configuration, or change it back in the console.",
                prior.get("id").as_str().unwrap_or("(unknown)")
            ),
            AttributePath::new(*name),
        );
    }
}

fn noun(name: &str) -> &str {
    if name == "backup_name" { "name" } else { name }
}
