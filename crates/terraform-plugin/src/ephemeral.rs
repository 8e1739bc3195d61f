//! An ephemeral resource: a value that lives only while Terraform runs.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Context, Diagnostics, RawValue, Schema};

/// An open ephemeral resource.
#[derive(Debug, Clone, Default)]
pub struct Ephemeral {
    /// Its values.
    pub result: RawValue,
    /// When it wants to be renewed.
    pub renew_at: Option<Timestamp>,
    /// Kept until it is closed.
    pub private: Vec<u8>,
}

/// Opens, renews and closes.
#[async_trait]
pub trait EphemeralResource: Send + Sync + 'static {
    /// Its schema.
    fn schema(&self) -> Schema;

    /// Checks a configuration without any call to a service.
    async fn validate(&self, _context: &Context, _config: &RawValue, _diags: &mut Diagnostics) {}

    /// Opens. `None` only with errors.
    async fn open(&self, context: &Context, config: RawValue, diags: &mut Diagnostics) -> Option<Ephemeral>;

    /// Renews; the result's `result` is not looked at.
    async fn renew(&self, _context: &Context, private: Vec<u8>, _diags: &mut Diagnostics) -> Option<Ephemeral> {
        Some(Ephemeral {
            private,
            ..Ephemeral::default()
        })
    }

    /// Closes.
    async fn close(&self, _context: &Context, _private: Vec<u8>, _diags: &mut Diagnostics) {}
}
