//! Region and project of an object, from the provider's endpoint.

use otc_client::operation::OperationContext;
use terraform_plugin::Value;
use tracing::warn;

/// Sets region and project where they are null or unknown. Other values stay, because an identity must not change.
pub async fn set_region_and_project(
    service: &OperationContext,
    region: &mut Value<String>,
    project_id: &mut Value<String>,
) {
    if region.is_value() && project_id.is_value() {
        return;
    }
    match service.client.endpoint().await {
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
