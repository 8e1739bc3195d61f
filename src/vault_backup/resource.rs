//! The resource `csbs_vault_backup`.

use async_trait::async_trait;
use terraform_plugin::{
    Context, Create, Delete, Diagnostics, IdentitySchema, Import, Imported, NewState, Plan, Planned, Read, ReadResult,
    Resource, Schema, Update,
};

use crate::{
    Connection,
    backup::{messages::forgotten, private::Private},
    skip_refresh::skip_refresh,
};

use super::{create, delete, identity, import, model::VaultBackupModel, plan, plan_check, read, schema, update};

/// One backup of one server in a vault.
pub struct VaultBackupResource {
    connection: Connection,
}

impl VaultBackupResource {
    /// Creates a resource that reaches the service through `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

#[async_trait]
impl Resource for VaultBackupResource {
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
        let state: VaultBackupModel = request.prior_state.to_model(diags)?;
        let connection = self.connection.in_region_of(&request.prior_state);
        if state.skip_destroy.as_ref_option() == Some(&true) {
            // Without a service, no later create of this process needs to know about this backup.
            if let Some(service) = connection.service(&mut Diagnostics::default()) {
                state.record_created(&service);
            }
            let id = state.id.as_deref_option().unwrap_or("(unknown)");
            forgotten(&format!("Backup {id}"), id, diags);
            return None;
        }
        let service = connection.service(diags)?;
        delete::delete(&service, context, (&state, &Private::read(&request.private)), diags).await;
        None
    }

    async fn import(&self, context: &Context, request: Import, diags: &mut Diagnostics) -> Vec<Imported> {
        let Some(service) = self.connection.for_import(&request.target).service(diags) else {
            return Vec::new();
        };
        let imported = import::import(&service, context, &request.target, diags).await;
        imported.into_iter().collect()
    }
}
