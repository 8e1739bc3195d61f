//! Imports by the policy's ID or by identity.

use crate::{backup::apply::set_place, validators};
use otc_client::operation::{OperationContext, until_stopped};
use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostics, ImportTarget, Imported, RawValue};

use super::{identity, messages, model, read};

const SUMMARY: &str = "Cannot import the policy";

/// Finds what is to be imported. Terraform reads it next.
pub async fn import(
    service: &OperationContext,
    context: &Context,
    target: &ImportTarget,
    diags: &mut Diagnostics,
) -> Vec<Imported> {
    let id = match target {
        ImportTarget::Id(text) => text.trim(),
        ImportTarget::Identity(identity) => {
            elsewhere(service, identity, diags).await;
            identity.get("id").as_str().unwrap_or_default()
        }
    };
    let problems: Vec<_> = validators::id().iter().filter_map(|check| check(id).err()).collect();
    if !problems.is_empty() {
        let shown: String = id.chars().take(80).collect();
        diags.add_attribute_error(
            SUMMARY,
            format!("{shown:?} is not the ID of a policy. {}", problems.join(" ")),
            AttributePath::root(),
        );
    }
    if !diags.errors.is_empty() {
        return Vec::new();
    }
    match until_stopped(&context.cancel, read::look(&service.client, id)).await {
        Ok(Ok(Some((policy, tags)))) => {
            let mut state = model::empty();
            model::refresh(&mut state, &policy, tags.as_ref());
            set_place(service, &mut state).await;
            return vec![Imported {
                identity: identity::of(&state),
                state,
                ..Imported::default()
            }];
        }
        Ok(Ok(None)) => diags.add_attribute_error(
            "There is no such policy",
            format!(
                "The service knows no policy with the ID {id} in this project. Check the ID, and that the provider's \
                 project and region are those of the policy."
            ),
            AttributePath::root(),
        ),
        Ok(Err(error)) => diags
            .errors
            .push(messages::failure(SUMMARY, &format!("Policy {id}"), &error)),
        Err(_) => diags.add_attribute_error(SUMMARY, format!("Policy {id}: stopped."), AttributePath::root()),
    }
    Vec::new()
}

/// Reports an identity of another project or region.
async fn elsewhere(service: &OperationContext, wanted: &RawValue, diags: &mut Diagnostics) {
    match service.client.endpoint().await {
        Ok(endpoint) => {
            let here = [("project_id", Some(endpoint.project_id)), ("region", endpoint.region)];
            for (name, here) in here {
                if let (Some(wanted), Some(here)) = (wanted.get(name).as_str(), here)
                    && wanted != here
                {
                    diags.add_attribute_error(
                        "The policy is somewhere else",
                        format!("The identity says {name} {wanted:?}, and the provider works in {here:?}."),
                        AttributePath::new(name),
                    );
                }
            }
        }
        Err(error) => diags.errors.push(messages::failure(SUMMARY, "The policy", &error)),
    }
}
