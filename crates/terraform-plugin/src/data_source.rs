//! Data sources.

use async_trait::async_trait;

use super::{Context, Deferred, Diagnostics, RawValue, Schema};

/// Result of reading a data source.
#[derive(Debug, Clone)]
pub enum ReadData {
    /// Values of all attributes; configured values must not change.
    Found(RawValue),
    /// The data cannot be read yet.
    Deferred(Deferred),
}

/// A data source.
///
/// Every method reports problems to `diags`. A panic becomes an error diagnostic of its call.
#[async_trait]
pub trait DataSource: Send + Sync + 'static {
    /// Schema of the data source.
    fn schema(&self) -> Schema;

    /// Validates a configuration, beyond the validators of single attributes. Makes no call to a service, and skips unknown
    /// values.
    async fn validate(&self, _context: &Context, _config: &RawValue, _diags: &mut Diagnostics) {}

    /// Reads the data. Returns `None` only with errors in `diags`.
    async fn read(&self, context: &Context, config: RawValue, diags: &mut Diagnostics) -> Option<ReadData>;
}
