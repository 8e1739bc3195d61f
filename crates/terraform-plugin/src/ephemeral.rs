//! Ephemeral resources: values that exist only while Terraform runs, and that it never stores.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Context, Diagnostics, RawValue, Schema};

/// An open ephemeral resource.
#[derive(Debug, Clone, Default)]
pub struct Ephemeral {
    /// Values of all attributes; configured values must not change.
    pub result: RawValue,
    /// Time at which Terraform renews it; `None` means never.
    pub renew_at: Option<Timestamp>,
    /// Private data for [`EphemeralResource::renew`] and [`EphemeralResource::close`].
    pub private: Vec<u8>,
}

/// An ephemeral resource.
///
/// Every method reports problems to `diags`. A panic becomes an error diagnostic of its call.
#[async_trait]
pub trait EphemeralResource: Send + Sync + 'static {
    /// Schema of the ephemeral resource.
    fn schema(&self) -> Schema;

    /// Validates a configuration, beyond the validators of single attributes. Makes no call to a service, and skips unknown
    /// values.
    async fn validate(&self, _context: &Context, _config: &RawValue, _diags: &mut Diagnostics) {}

    /// Opens the resource. Returns `None` only with errors in `diags`.
    async fn open(&self, context: &Context, config: RawValue, diags: &mut Diagnostics) -> Option<Ephemeral>;

    /// Renews the resource. The field `result` of the returned value is ignored.
    async fn renew(&self, _context: &Context, private: Vec<u8>, _diags: &mut Diagnostics) -> Option<Ephemeral> {
        Some(Ephemeral {
            private,
            ..Ephemeral::default()
        })
    }

    /// Closes the resource.
    async fn close(&self, _context: &Context, _private: Vec<u8>, _diags: &mut Diagnostics) {}
}
