//! What every call brings along besides its values.

use tokio_util::sync::CancellationToken;

/// What the program that calls us said it can take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClientCapabilities {
    /// It understands deferred answers.
    pub deferral_allowed: bool,
    /// It understands write-only attributes.
    pub write_only_attributes_allowed: bool,
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
}
