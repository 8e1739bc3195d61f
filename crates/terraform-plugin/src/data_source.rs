//! A data source.

use async_trait::async_trait;

use super::{Context, Deferred, Diagnostics, RawValue, Schema};

/// What a data source found.
#[derive(Debug, Clone)]
pub enum ReadData {
    /// The values; configured ones unchanged.
    Found(RawValue),
    /// Cannot be told yet.
    Deferred(Deferred),
}

/// Reads something without changing it.
#[async_trait]
pub trait DataSource: Send + Sync + 'static {
    /// Its schema.
    fn schema(&self) -> Schema;

    /// Checks a configuration without any call to a service.
    async fn validate(&self, _context: &Context, _config: &RawValue, _diags: &mut Diagnostics) {}

    /// Reads. `None` only with errors.
    async fn read(&self, context: &Context, config: RawValue, diags: &mut Diagnostics) -> Option<ReadData>;
}
