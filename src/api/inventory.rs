//! Looks at items that many waiting operations share.

use std::sync::Arc;

use tokio::time::Instant;

use super::{ApiError, Capability, CheckpointItem, Client, Server};

/// What a look is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ItemKey {
    /// The item with this ID.
    Item(String),
    /// All items of the checkpoint with this ID.
    Checkpoint(String),
}

/// What a look saw.
#[derive(Debug, Clone, PartialEq)]
pub enum Look {
    /// The item, or the items of the checkpoint; never empty.
    Found(Vec<CheckpointItem>),
    /// There is none, confirmed by a request of its own.
    Absent,
}

/// A shared view of the project's items. Clones share it.
#[derive(Clone)]
pub struct Inventory {
    client: Client,
    _shared: Arc<()>,
}

impl Inventory {
    /// An empty inventory; nothing is asked yet.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self {
            client,
            _shared: Arc::new(()),
        }
    }

    /// The client that it asks through.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The item or the checkpoint's items as the service had them at `not_older_than` or later.
    ///
    /// # Errors
    /// Any [`ApiError`] but "not found", which is [`Look::Absent`].
    pub async fn look(&self, key: ItemKey, not_older_than: Instant) -> Result<Look, ApiError> {
        let _ = (key, not_older_than);
        todo!()
    }

    /// Whether one server can be backed up; concurrent questions travel together.
    ///
    /// A server that the service's answer leaves out gets `result` false without a code.
    ///
    /// # Errors
    /// Any [`ApiError`]; a refusal with 400 and a code comes as [`ApiError::Service`], for the server that it is about.
    pub async fn check_protectable(&self, server: Server) -> Result<Capability, ApiError> {
        let _ = server;
        todo!()
    }
}
