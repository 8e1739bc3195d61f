//! The resource `csbs_backup`: one backup of one server.

pub(super) mod apply;
mod data_source;
mod data_source_model;
mod details;
mod drift;
pub(super) mod identity;
mod import;
mod list;
pub(super) mod messages;
pub(super) mod model;
mod moved;
pub(super) mod opentelekomcloud;
mod outcome;
pub(super) mod plan;
mod plural_data_source;
mod private;
pub(super) mod query;
mod read;
pub(super) mod schema;
mod summary;
pub(super) mod validate;
mod vm_metadata;
mod volume;

pub use data_source::BackupDataSource;
pub use list::BackupList;
pub use plural_data_source::BackupsDataSource;

use async_trait::async_trait;

use terraform_plugin::{
    AddDiagnostic, AttributePath, Context, Create, Deferred, Delete, Diagnostics, IdentitySchema, Import, Imported,
    MoveState, NewState, Plan, Planned, RawValue, Read, ReadResult, Resource, Schema, Update, UpgradeState,
};

use super::Connection;

/// One backup of one server.
pub struct BackupResource {
    connection: Connection,
}

impl BackupResource {
    /// A resource that reaches the service by `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }

    /// Whether what needs the service has to be put off.
    fn deferred(&self, context: &Context) -> Option<Deferred> {
        (self.connection.is_unknown() && context.capabilities.deferral_allowed)
            .then_some(Deferred::ProviderConfigUnknown)
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

    async fn validate(&self, _context: &Context, config: &RawValue, diags: &mut Diagnostics) {
        validate::validate(config, diags);
    }

    async fn plan(
        &self,
        context: &Context,
        _schema: &Schema,
        request: Plan,
        diags: &mut Diagnostics,
    ) -> Option<Planned> {
        Some(Planned {
            deferred: self.deferred(context),
            ..plan::plan(request, diags)
        })
    }

    async fn create(&self, context: &Context, request: Create, diags: &mut Diagnostics) -> Option<NewState> {
        let service = self.connection.service(diags)?;
        apply::create(&service, context, request, diags).await
    }

    async fn read(&self, context: &Context, request: Read, diags: &mut Diagnostics) -> Option<ReadResult> {
        if let Some(deferred) = self.deferred(context) {
            return Some(ReadResult::Deferred(deferred));
        }
        if self.connection.is_unknown() {
            diags.add_attribute_warning(
                "The backup was not read",
                "The provider's configuration is not known yet, so that the service cannot be asked. The state is as it \
                 was.",
                AttributePath::root(),
            );
            return Some(ReadResult::Found(NewState {
                state: request.current_state,
                private: request.private,
                identity: request.current_identity,
            }));
        }
        let service = self.connection.service(diags)?;
        read::read(&service, context, request, diags).await
    }

    async fn update(&self, context: &Context, request: Update, diags: &mut Diagnostics) -> Option<NewState> {
        let service = self.connection.service(diags)?;
        apply::update(&service, context, request, diags).await
    }

    async fn delete(&self, context: &Context, request: Delete, diags: &mut Diagnostics) -> Option<NewState> {
        if request.prior_state.get("skip_destroy").as_bool() == Some(true) {
            // Without a service there is no later create of this process that has to know of it.
            let service = self.connection.service(&mut Diagnostics::default());
            apply::forget(service.as_ref(), &request.prior_state, diags);
            return None;
        }
        let service = self.connection.service(diags)?;
        apply::delete(&service, context, &request, diags).await;
        None
    }

    async fn import(&self, context: &Context, request: Import, diags: &mut Diagnostics) -> Vec<Imported> {
        if let Some(deferred) = self.deferred(context) {
            return vec![Imported {
                state: model::empty(),
                deferred: Some(deferred),
                ..Imported::default()
            }];
        }
        match self.connection.service(diags) {
            Some(service) => import::import(&service, context, &request.target, diags).await,
            None => Vec::new(),
        }
    }

    async fn upgrade_state(&self, request: UpgradeState, diags: &mut Diagnostics) -> Option<RawValue> {
        moved::upgrade(&request, diags)
    }

    async fn move_state(&self, request: MoveState, diags: &mut Diagnostics) -> Option<NewState> {
        moved::move_state(&request, diags)
    }
}
