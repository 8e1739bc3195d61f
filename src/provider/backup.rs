//! The resource `csbs_backup`: one backup of one server.

mod plan;
mod private;
mod schema;
mod validate;

use async_trait::async_trait;

use crate::framework::{
    Applied, Context, Create, Delete, Diagnostics, Dynamic, Plan, Planned, Read, ReadResult, Resource, ResourceSchema,
    Update,
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
}

#[async_trait]
impl Resource for BackupResource {
    fn schema(&self) -> ResourceSchema {
        schema::schema().into()
    }

    async fn validate(&self, _context: &Context, config: &Dynamic, diags: &mut Diagnostics) {
        validate::validate(config, diags);
    }

    async fn plan(&self, _context: &Context, request: Plan, _diags: &mut Diagnostics) -> Option<Planned> {
        Some(plan::plan(request))
    }

    async fn create(&self, _context: &Context, _request: Create, diags: &mut Diagnostics) -> Option<Applied> {
        self.connection.session(diags)?;
        None
    }

    async fn read(&self, _context: &Context, request: Read, diags: &mut Diagnostics) -> Option<ReadResult> {
        self.connection.session(diags)?;
        Some(ReadResult::Found(Applied {
            state: request.current_state,
            private: request.private,
            identity: request.current_identity,
        }))
    }

    async fn update(&self, _context: &Context, _request: Update, _diags: &mut Diagnostics) -> Option<Applied> {
        None
    }

    async fn delete(&self, _context: &Context, _request: Delete, _diags: &mut Diagnostics) -> Option<Applied> {
        None
    }
}
