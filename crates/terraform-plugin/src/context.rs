//! The context of a call.

use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use super::NewState;

/// Capabilities that the client (Terraform or OpenTofu) announced.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClientCapabilities {
    /// The client understands deferred responses.
    pub deferral_allowed: bool,
    /// The client understands write-only attributes.
    pub write_only_attributes_allowed: bool,
    /// The client passes the private data of a plan to the next plan of the same resource, as
    /// [`crate::Plan::planned_private`].
    pub store_planned_private: bool,
}

/// Reason to defer a change to a later run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deferred {
    /// The configuration of the resource has too many unknown values.
    ResourceConfigUnknown,
    /// The configuration of the provider has unknown values.
    ProviderConfigUnknown,
    /// Something that this resource needs does not exist yet.
    AbsentPrereq,
}

/// Context of a call; every handler gets one.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Cancelled when Terraform asks the provider to stop. A handler then has to return within two seconds, with the state
    /// that it has; later it is abandoned.
    pub cancel: CancellationToken,
    /// Capabilities of the client.
    pub capabilities: ClientCapabilities,
    /// State to save if the handler does not return.
    pub partial_state: PartialState,
}

impl Context {
    /// Saves `state` for the case that the handler panics or is abandoned: the response of a create, update or delete then
    /// has this state besides the error, so that what exists by then is in Terraform's state. A later call replaces it.
    pub fn save_partial(&self, state: NewState) {
        *self.partial_state.lock() = Some(state);
    }
}

/// State that outlives the handler that saved it with [`Context::save_partial`].
#[derive(Debug, Clone, Default)]
pub struct PartialState(Arc<Mutex<Option<NewState>>>);

impl PartialState {
    /// Returns `true` if a state was saved and not taken.
    #[must_use]
    pub fn is_some(&self) -> bool {
        self.lock().is_some()
    }

    /// Takes the saved state.
    #[must_use]
    pub fn take(&self) -> Option<NewState> {
        self.lock().take()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<NewState>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
