//! A list resource: finds existing objects for `terraform query`.

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::{Context, Diagnostics, RawValue, Schema};

/// What to list.
#[derive(Debug, Clone)]
pub struct ListRequest {
    /// The list block's `config`.
    pub config: RawValue,
    /// Whether the whole object is wanted besides its identity.
    pub include_resource: bool,
    /// How many at most; zero or less means no limit.
    pub limit: i64,
}

/// One object found.
#[derive(Debug, Clone)]
pub struct ListResult {
    /// Which it is.
    pub identity: RawValue,
    /// What a person calls it.
    pub display_name: String,
    /// The whole object, when it was asked for.
    pub resource: Option<RawValue>,
}

/// What a listing sends.
#[derive(Debug, Clone)]
pub enum ListEvent {
    /// One object.
    Found(Box<ListResult>),
    /// Something to tell the user.
    Diagnostics(Diagnostics),
}

/// Finds existing objects. Has a managed resource of the same name, whose identity and schema the results use.
#[async_trait]
pub trait ListResource: Send + Sync + 'static {
    /// Schema of the list block's `config`.
    fn schema(&self) -> Schema;

    /// Checks a configuration without any call to a service.
    async fn validate(&self, _context: &Context, _config: &RawValue, _diags: &mut Diagnostics) {}

    /// Sends what it finds, one by one. A closed channel means that nobody wants more.
    async fn list(&self, context: &Context, request: ListRequest, events: mpsc::Sender<ListEvent>);
}
