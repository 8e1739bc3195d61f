//! Data sources that read from the service, each with a model of its configuration and one of its result.

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};

use crate::{connected::Connected, diagnostics::Failure, service_call::ServiceCall};
use otc_client::{csbs::ApiError, operation::OperationContext};
use terraform_plugin::{Context, DataSource, Diagnostics, RawValue, ReadData, Schema};

/// A data source that reads from the service.
#[async_trait]
pub trait ServiceDataSource: Send + Sync + 'static {
    /// Model of the configuration. It may leave out computed attributes.
    type Config: DeserializeOwned + Send + Sync;
    /// Model of the result, with every attribute of the schema.
    type Data: Serialize + Send;
    /// Wording of an error.
    const FAILURE: Failure<'static>;

    /// The schema.
    fn schema() -> Schema;

    /// Validates what depends on several arguments; the schema validates each argument by itself. Values can be unknown.
    fn validate(_config: &Self::Config, _diags: &mut Diagnostics) {}

    /// Reads the result. It contains configured values unchanged. `None` only with an error in `diags`.
    async fn read(
        service: &OperationContext,
        config: Self::Config,
        diags: &mut Diagnostics,
    ) -> Result<Option<Self::Data>, ApiError>;
}

#[async_trait]
impl<D: ServiceDataSource> DataSource for Connected<D> {
    fn schema(&self) -> Schema {
        D::schema()
    }

    async fn validate(&self, _context: &Context, config: &RawValue, diags: &mut Diagnostics) {
        if let Some(config) = config.to_model(diags) {
            D::validate(&config, diags);
        }
    }

    async fn read(&self, context: &Context, config: RawValue, diags: &mut Diagnostics) -> Option<ReadData> {
        let config = config.to_model(diags)?;
        let call = ServiceCall {
            connection: &self.connection,
            context,
            failure: D::FAILURE,
        };
        let data = call
            .run(diags, |service, diags| D::read(service, config, diags))
            .await??;
        RawValue::from_model(&data, diags).map(ReadData::Found)
    }
}
