//! The resource `csbs_backup_policy`.

use async_trait::async_trait;
use terraform_plugin::{
    Context, Create, Delete, Diagnostics, IdentitySchema, Import, Imported, MoveState, NewState, Plan, Planned,
    RawValue, Read, ReadResult, Resource, Schema, Update, UpgradeState,
};

use crate::{Connection, object_identity::ObjectIdentity, skip_refresh::skip_refresh};

use super::{
    create, delete, import, membership, messages, model::PolicyModel, opentelekomcloud::TAKEOVER, plan, read, schema,
    update,
};

/// A backup policy.
pub struct PolicyResource {
    connection: Connection,
}

impl PolicyResource {
    /// A resource that reaches the service by `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

#[async_trait]
impl Resource for PolicyResource {
    fn schema(&self) -> Schema {
        schema::schema()
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        Some(ObjectIdentity::schema("ID of the policy.", "Region of the policy."))
    }

    async fn modify_plan(&self, context: &Context, request: &Plan, planned: &mut Planned, diags: &mut Diagnostics) {
        plan::validate_operation_ids(request, diags);
        let servers = plan::added_servers(request, planned);
        let servers: Vec<_> = servers.iter().map(String::as_str).collect();
        let own = request.prior_state.as_ref().and_then(plan::policy_id);
        if !request.config.get("region").is_unknown() {
            let connection = self.connection.in_region_of(&planned.state);
            membership::check(&connection, context, own.as_deref(), ("resource", &servers), diags).await;
        }
    }

    async fn create(&self, context: &Context, request: Create, diags: &mut Diagnostics) -> Option<NewState> {
        let service = self.connection.in_region_of(&request.planned_state).service(diags)?;
        create::create(&service, context, request, diags).await
    }

    async fn read(&self, context: &Context, request: Read, diags: &mut Diagnostics) -> Option<ReadResult> {
        if self.connection.is_unknown() {
            return Some(skip_refresh("policy", request, diags));
        }
        let service = self.connection.in_region_of(&request.current_state).service(diags)?;
        read::read(&service, context, request, diags).await
    }

    async fn update(&self, context: &Context, request: Update, diags: &mut Diagnostics) -> Option<NewState> {
        let service = self.connection.in_region_of(&request.planned_state).service(diags)?;
        update::update(&service, context, request, diags).await
    }

    async fn delete(&self, context: &Context, request: Delete, diags: &mut Diagnostics) -> Option<NewState> {
        let state: PolicyModel = request.prior_state.to_model(diags)?;
        if state.skip_destroy.as_ref_option() == Some(&true) {
            messages::kept_in_cloud(state.id(), diags);
            return None;
        }
        let service = self.connection.in_region_of(&request.prior_state).service(diags)?;
        delete::delete(&service, context, &state, diags).await;
        None
    }

    async fn import(&self, context: &Context, request: Import, diags: &mut Diagnostics) -> Vec<Imported> {
        let Some(service) = self.connection.for_import(&request.target).service(diags) else {
            return Vec::new();
        };
        let imported = import::import(&service, context, &request.target, diags).await;
        imported.into_iter().collect()
    }

    async fn upgrade_state(&self, request: UpgradeState, diags: &mut Diagnostics) -> Option<RawValue> {
        let state = TAKEOVER.upgrade_state(&request, diags)?;
        RawValue::from_model(&state, diags)
    }

    async fn move_state(&self, request: MoveState, diags: &mut Diagnostics) -> Option<NewState> {
        TAKEOVER
            .move_state(&request, diags)?
            .into_state(Vec::new(), None, diags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_policy_of_the_go_provider_is_moved_and_a_backup_is_not() {
        let resource = PolicyResource::new(Connection::default());
        let request = |type_name: &str| MoveState {
            source_provider_address: "registry.terraform.io/opentelekomcloud/opentelekomcloud".to_owned(),
            source_type_name: type_name.to_owned(),
            source_schema_version: 0,
            source_state: serde_json::json!({"id": "policy", "name": "nightly"}),
            source_private: Vec::new(),
        };
        let mut diags = Diagnostics::default();
        let moved = resource.move_state(request(TAKEOVER.source_type), &mut diags).await;
        assert_eq!(moved.unwrap().identity.unwrap().get("id").as_str(), Some("policy"));
        assert_eq!(diags, Diagnostics::default());
        let moved = resource
            .move_state(request("opentelekomcloud_csbs_backup_v1"), &mut diags)
            .await;
        assert!(moved.is_none() && diags.errors.len() == 1, "{diags:?}");
    }

    #[tokio::test]
    async fn a_renamed_state_of_the_go_provider_is_upgraded() {
        let resource = PolicyResource::new(Connection::default());
        let mut diags = Diagnostics::default();
        let raw = serde_json::json!({"id": "policy", "name": "nightly"});
        let upgraded = resource
            .upgrade_state(UpgradeState { version: 0, raw }, &mut diags)
            .await;
        let state: PolicyModel = upgraded.unwrap().to_model(&mut diags).unwrap();
        assert_eq!(state.name.as_deref_option(), Some("nightly"));
        assert_eq!(diags, Diagnostics::default());
    }
}
