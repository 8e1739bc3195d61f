//! Region and project of an object: the argument `region`, and what the endpoint tells.

use otc_client::{csbs::ApiError, identity::Endpoint, operation::OperationContext};
use terraform_plugin::{Attribute, Value};
use tracing::warn;

use crate::validators::{length, letters_digits_and, string};

/// The argument `region` of a resource. `object` is "backup" or "policy".
///
/// An object stays in the region of its state when the argument is removed or the provider's region changes.
#[must_use]
pub fn resource_region(object: &str) -> Attribute {
    region(format!("Region of the {object}. Default: the provider's region."))
        .optional_computed()
        .use_non_null_state_for_unknown()
        // The region that is not known may be the configured one.
        .requires_replace_if(|change| !change.prior.is_null())
}

/// The argument `region` of a data source, whose result has the region that was read.
#[must_use]
pub fn data_source_region() -> Attribute {
    region("Region to read from. Default: the provider's region.").optional_computed()
}

/// The argument `region` of an action or list resource.
#[must_use]
pub fn operation_region() -> Attribute {
    region("Region to work in. Default: the provider's region.")
}

fn region(description: impl Into<String>) -> Attribute {
    Attribute::string("region")
        .validate(string(
            "The region is not valid",
            [length(1..=64), letters_digits_and("_-")],
        ))
        .doc(description)
}

/// The words " in the region R", for a message; empty when the region is not known.
#[must_use]
pub fn region_phrase(service: &OperationContext) -> String {
    let region = service.client.session().known_region();
    region.map_or_else(String::new, |region| format!(" in the region {region}"))
}

/// Sets region and project where they are null or unknown. Other values stay, because an identity must not change.
pub async fn set_region_and_project(
    service: &OperationContext,
    region: &mut Value<String>,
    project_id: &mut Value<String>,
) {
    set_from(service.client.endpoint(), region, project_id).await;
}

/// As [`set_region_and_project`], for an object of CBR.
pub async fn set_region_and_project_of_cbr(
    service: &OperationContext,
    region: &mut Value<String>,
    project_id: &mut Value<String>,
) {
    set_from(service.cbr.endpoint(), region, project_id).await;
}

/// Sets the values from an endpoint, which is asked for only if one is missing.
async fn set_from(
    endpoint: impl Future<Output = Result<Endpoint, ApiError>>,
    region: &mut Value<String>,
    project_id: &mut Value<String>,
) {
    if region.is_value() && project_id.is_value() {
        return;
    }
    match endpoint.await {
        Ok(endpoint) => {
            if !region.is_value() {
                *region = endpoint.region.into();
            }
            if !project_id.is_value() {
                *project_id = Value::Value(endpoint.project_id);
            }
        }
        Err(error) => warn!(%error, "region and project are not known"),
    }
}
