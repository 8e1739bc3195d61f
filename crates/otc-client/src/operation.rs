//! What takes several calls and time: it can be stopped, waits by `tokio::time`, and knows nothing of Terraform.

mod backoff;
pub mod create_backup;
pub mod delete_backup;
mod fingerprint;
pub mod policy;
pub mod restore;
pub mod run_policy;
mod servers;
mod stop;

use crate::csbs::{Client, Inventory};

pub use backoff::Backoff;
pub use fingerprint::RequestFingerprint;
pub use servers::Servers;
pub use stop::{Stopped, until_stopped};

/// What all operations of one provider instance share.
#[derive(Clone)]
pub struct OperationContext {
    /// Single calls.
    pub client: Client,
    /// Looks at items, shared.
    pub inventory: Inventory,
    /// Looks at servers, shared.
    pub servers: Servers,
}

impl OperationContext {
    /// Operations that speak through `client`.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self {
            inventory: Inventory::new(client.clone()),
            servers: Servers::new(client.clone()),
            client,
        }
    }
}
