//! Imports a policy by its ID or by identity.

use otc_client::operation::{OperationContext, until_stopped};
use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostics, ImportTarget, Imported};

use crate::{
    object_identity::{ObjectIdentity, validate_project},
    region_and_project::region_phrase,
    validators,
};

use super::{messages, model::PolicyModel, read};

const SUMMARY: &str = "Cannot import the policy";

/// Finds the policy to import. Terraform reads it next.
pub async fn import(
    service: &OperationContext,
    context: &Context,
    target: &ImportTarget,
    diags: &mut Diagnostics,
) -> Option<Imported> {
    let id = match target {
        ImportTarget::Id(text) => text.trim().to_owned(),
        ImportTarget::Identity(identity) => {
            let identity: ObjectIdentity = identity.to_model(diags)?;
            match service.client.endpoint().await {
                Ok(endpoint) => validate_project("policy", &identity.project_id, &endpoint, diags),
                Err(error) => diags.errors.push(messages::failure(SUMMARY, "The policy", &error)),
            }
            identity.id.as_option().unwrap_or_default()
        }
    };
    let problems: Vec<_> = validators::id().iter().filter_map(|check| check(&id).err()).collect();
    if !problems.is_empty() {
        let shown: String = id.chars().take(80).collect();
        diags.add_attribute_error(
            SUMMARY,
            format!("{shown:?} is not the ID of a policy. {}", problems.join(" ")),
            AttributePath::root(),
        );
    }
    if !diags.errors.is_empty() {
        return None;
    }
    match until_stopped(&context.cancel, read::find(&service.client, &id)).await {
        Ok(Ok(Some((policy, tags)))) => {
            let mut state = PolicyModel::default();
            state.refresh(&policy, tags.as_ref());
            state.set_region_and_project(service).await;
            let imported = state.into_state(Vec::new(), None, diags)?;
            return Some(Imported {
                state: imported.state,
                identity: imported.identity,
                ..Imported::default()
            });
        }
        Ok(Ok(None)) => diags.add_attribute_error(
            "There is no such policy",
            format!(
                "The service knows no policy with the ID {id} in this project{}. Check the ID, and that the project and the \
                 region are those of the policy.",
                region_phrase(service)
            ),
            AttributePath::root(),
        ),
        Ok(Err(error)) => diags
            .errors
            .push(messages::failure(SUMMARY, &format!("Policy {id}"), &error)),
        Err(_) => diags.add_attribute_error(SUMMARY, format!("Policy {id}: interrupted."), AttributePath::root()),
    }
    None
}
