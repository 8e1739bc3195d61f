//! The resource `csbs_backup_policy`: which servers are backed up, when, and for how long the backups are kept.

mod apply;
mod create;
mod data_source;
mod data_source_model;
pub(super) mod identity;
mod import;
mod list;
pub(super) mod messages;
pub(super) mod model;
mod moved;
mod next_run;
mod opentelekomcloud;
mod operation;
mod plan;
mod plural_data_source;
mod query;
mod read;
mod request;
pub(super) mod schema;
mod server;
mod validate;

pub use data_source::PolicyDataSource;
pub use list::PolicyList;
pub use plural_data_source::PoliciesDataSource;

use async_trait::async_trait;

use terraform_plugin::{
    Context, Create, Deferred, Delete, Diagnostics, IdentitySchema, Import, Imported, MoveState, NewState, Plan,
    Planned, RawValue, Read, ReadResult, Resource, Schema, Update, UpgradeState,
};

use super::Connection;

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

    fn deferred(&self, context: &Context) -> Option<Deferred> {
        (self.connection.is_unknown() && context.capabilities.deferral_allowed)
            .then_some(Deferred::ProviderConfigUnknown)
    }
}

#[async_trait]
impl Resource for PolicyResource {
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
        validate::read_only(request.prior_state.as_ref(), &request.config, diags);
        Some(Planned {
            deferred: self.deferred(context),
            ..plan::plan(request)
        })
    }

    async fn create(&self, context: &Context, request: Create, diags: &mut Diagnostics) -> Option<NewState> {
        let service = self.connection.service(diags)?;
        create::create(&service, context, request, diags).await
    }

    async fn read(&self, context: &Context, request: Read, diags: &mut Diagnostics) -> Option<ReadResult> {
        if let Some(deferred) = self.deferred(context) {
            return Some(ReadResult::Deferred(deferred));
        }
        if self.connection.is_unknown() {
            messages::not_read(diags);
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
            messages::forgotten(&request.prior_state, diags);
            return None;
        }
        let service = self.connection.service(diags)?;
        apply::delete(&service, context, &request.prior_state, diags).await;
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
