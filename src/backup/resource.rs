//! The resource `csbs_backup`.

use async_trait::async_trait;
use terraform_plugin::{
    Context, Create, Delete, Diagnostics, IdentitySchema, Import, Imported, MoveState, NewState, Plan, Planned,
    RawValue, Read, ReadResult, Resource, Schema, Update, UpgradeState,
};

use crate::{Connection, skip_refresh::skip_refresh};

use super::{
    create, delete, identity, import, model::BackupModel, opentelekomcloud::TAKEOVER, plan, plan_check,
    private::Private, read, schema, update,
};

/// One backup of one server.
pub struct BackupResource {
    connection: Connection,
}

impl BackupResource {
    /// Creates a resource that reaches the service through `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

#[async_trait]
impl Resource for BackupResource {
    fn schema(&self) -> Schema {
        schema::schema()
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        Some(identity::schema())
    }

    async fn modify_plan(&self, context: &Context, request: &Plan, planned: &mut Planned, diags: &mut Diagnostics) {
        plan::modify_plan(request, planned, diags);
        let is_region_unknown = request.config.get("region").is_unknown();
        if request.prior_state.is_none() && diags.errors.is_empty() && !is_region_unknown {
            let connection = self.connection.in_region_of(&planned.state);
            plan_check::check(&connection, context, &planned.state, diags).await;
        }
    }

    async fn create(&self, context: &Context, request: Create, diags: &mut Diagnostics) -> Option<NewState> {
        let service = self.connection.in_region_of(&request.planned_state).service(diags)?;
        create::create(&service, context, request, diags).await
    }

    async fn read(&self, context: &Context, request: Read, diags: &mut Diagnostics) -> Option<ReadResult> {
        if self.connection.is_unknown() {
            return Some(skip_refresh("backup", request, diags));
        }
        let service = self.connection.in_region_of(&request.current_state).service(diags)?;
        read::read(&service, context, request, diags).await
    }

    async fn update(&self, context: &Context, request: Update, diags: &mut Diagnostics) -> Option<NewState> {
        let service = self.connection.in_region_of(&request.planned_state).service(diags)?;
        update::update(&service, context, request, diags).await
    }

    async fn delete(&self, context: &Context, request: Delete, diags: &mut Diagnostics) -> Option<NewState> {
        let state: BackupModel = request.prior_state.to_model(diags)?;
        let connection = self.connection.in_region_of(&request.prior_state);
        if state.skip_destroy.as_ref_option() == Some(&true) {
            // Without a service, no later create of this process needs to know about this backup.
            let service = connection.service(&mut Diagnostics::default());
            delete::forget(service.as_ref(), &state, diags);
            return None;
        }
        let service = connection.service(diags)?;
        let private = Private::read(&request.private);
        delete::delete(&service, context, (&state, &private), diags).await;
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
        let state = TAKEOVER.move_state(&request, diags)?;
        Some(NewState {
            identity: identity::of(&state),
            private: Private::default().write(),
            ..NewState::from_model(&state, diags)?
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_moved_backup_has_its_identity_and_was_not_created_here() {
        let request = MoveState {
            source_provider_address: "registry.terraform.io/opentelekomcloud/opentelekomcloud".to_owned(),
            source_type_name: TAKEOVER.source_type.to_owned(),
            source_schema_version: 0,
            source_state: serde_json::json!({"id": "item", "backup_record_id": "checkpoint", "region": "eu-de"}),
            source_private: Vec::new(),
        };
        let resource = BackupResource::new(Connection::default());
        let mut diags = Diagnostics::default();
        let moved = resource.move_state(request, &mut diags).await.unwrap();
        let state: BackupModel = moved.state.to_model(&mut diags).unwrap();
        assert_eq!(state.checkpoint_id.as_deref_option(), Some("checkpoint"));
        assert_eq!(moved.identity, identity::of(&state));
        assert!(moved.identity.is_some() && !Private::read(&moved.private).created_here);
        assert_eq!(diags, Diagnostics::default());
    }

    #[tokio::test]
    async fn a_renamed_state_of_the_go_provider_is_upgraded() {
        let resource = BackupResource::new(Connection::default());
        let mut diags = Diagnostics::default();
        let raw = serde_json::json!({"id": "item", "backup_record_id": "checkpoint"});
        let upgraded = resource
            .upgrade_state(UpgradeState { version: 0, raw }, &mut diags)
            .await;
        let state: BackupModel = upgraded.unwrap().to_model(&mut diags).unwrap();
        assert_eq!(state.checkpoint_id.as_deref_option(), Some("checkpoint"));
        assert_eq!(diags, Diagnostics::default());
    }
}
