//! What every call brings along besides its values.

use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use super::NewState;

/// What the program that calls us said it can take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClientCapabilities {
    /// It understands deferred answers.
    pub deferral_allowed: bool,
    /// It understands write-only attributes.
    pub write_only_attributes_allowed: bool,
    /// It hands the private data of a plan to the next plan of the same resource, as [`crate::Plan::planned_private`].
    pub store_planned_private: bool,
}

/// Why a change is put off to a later run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deferred {
    /// The configuration of the resource is not known well enough.
    ResourceConfigUnknown,
    /// The provider's own configuration is not known.
    ProviderConfigUnknown,
    /// Something this resource needs does not exist yet.
    AbsentPrereq,
}

/// Given to every handler.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Cancelled when Terraform asks to stop. A handler then returns within two seconds, with the state that it has.
    pub cancel: CancellationToken,
    /// What the caller can take.
    pub capabilities: ClientCapabilities,
    /// What the handler wants kept if it does not come to its end.
    pub kept: PartialState,
}

impl Context {
    /// Keeps `applied` for the case that this call does not come to its end: a panic later in a create, update or delete
    /// answers with it beside the error, so that what was made by then is in the state. The last one counts.
    pub fn keep(&self, applied: NewState) {
        *self.kept.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(applied);
    }
}

/// A state that outlives the handler that made it.
#[derive(Debug, Clone, Default)]
pub struct PartialState(Arc<Mutex<Option<NewState>>>);

impl PartialState {
    /// Whether there is anything.
    #[must_use]
    pub fn is_some(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Takes what was kept.
    #[must_use]
    pub fn take(&self) -> Option<NewState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
