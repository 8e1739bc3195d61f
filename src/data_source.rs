//! Data sources that read from the service, each with a model of its configuration and one of its result.

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    connected::Connected, diagnostics::Failure, region_and_project::data_source_region, service_call::ServiceCall,
};
use otc_client::{csbs::ApiError, identity::CloudService, operation::OperationContext};
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

    /// The service that it reads from.
    const SERVICE: CloudService = CloudService::Csbs;

    /// The schema, without `region`, which every data source has.
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
        D::schema().attributes([data_source_region()])
    }

    async fn validate(&self, _context: &Context, config: &RawValue, diags: &mut Diagnostics) {
        if let Some(config) = config.to_model(diags) {
            D::validate(&config, diags);
        }
    }

    async fn read(&self, context: &Context, config: RawValue, diags: &mut Diagnostics) -> Option<ReadData> {
        let model = config.to_model(diags)?;
        let connection = self.connection.in_region_of(&config);
        let call = ServiceCall {
            connection: &connection,
            context,
            failure: D::FAILURE,
        };
        let read = call.run(diags, |service, diags| {
            Box::pin(async move {
                let data = D::read(service, model, diags).await?;
                let endpoint = match D::SERVICE {
                    CloudService::Csbs => service.client.endpoint().await?,
                    CloudService::Cbr => service.cbr.endpoint().await?,
                };
                Ok((data, endpoint.region))
            })
        });
        let (data, region) = read.await?;
        let mut result = RawValue::from_model(&data?, diags)?;
        let configured = config.get("region").as_str().map(str::to_owned);
        result.set("region", configured.or(region).map_or(RawValue::Null, RawValue::from));
        Some(ReadData::Found(result))
    }
}
