//! List resources, which find existing objects for `terraform query`.

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::{Context, Diagnostics, RawValue, Schema};

/// Request to list objects.
#[derive(Debug, Clone)]
pub struct ListRequest {
    /// The list block's `config`.
    pub config: RawValue,
    /// Requests [`ListResult::resource`] besides the identity.
    pub include_resource: bool,
    /// Maximum number of results; zero or less means no limit.
    pub limit: i64,
}

/// An object that was found.
#[derive(Debug, Clone)]
pub struct ListResult {
    /// Identity of the object.
    pub identity: RawValue,
    /// Name of the object, for the user.
    pub display_name: String,
    /// State of the object, if it was requested.
    pub resource: Option<RawValue>,
}

/// Event that a list resource sends.
#[derive(Debug, Clone)]
pub enum ListEvent {
    /// An object that was found.
    Found(Box<ListResult>),
    /// Diagnostics for the user. An error does not end the list.
    Diagnostics(Diagnostics),
}

/// A list resource. The provider has a managed resource of the same name, whose identity and schema the results have.
#[async_trait]
pub trait ListResource: Send + Sync + 'static {
    /// Schema of the list block's `config`.
    fn schema(&self) -> Schema;

    /// Validates a configuration, beyond the validators of single attributes. Makes no call to a service, and skips unknown
    /// values.
    async fn validate(&self, _context: &Context, _config: &RawValue, _diags: &mut Diagnostics) {}

    /// Sends every object that it finds to `events`. A closed channel means that the client needs no more.
    async fn list(&self, context: &Context, request: ListRequest, events: mpsc::Sender<ListEvent>);
}
