//! List resources that read from the service, for `terraform query`.

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc::Sender;

use crate::{
    connected::Connected, diagnostics::Failure, region_and_project::operation_region, service_call::ServiceCall,
};
use otc_client::{csbs::ApiError, operation::OperationContext};
use terraform_plugin::{Context, Diagnostics, ListEvent, ListRequest, ListResource, ListResult, RawValue, Schema};

/// A list resource that reads from the service.
#[async_trait]
pub trait ServiceList: Send + Sync + 'static {
    /// Model of the `config` block.
    type Config: DeserializeOwned + Send + Sync;
    /// An object that the service returned.
    type Object: Send + Sync;
    /// Wording of an error.
    const FAILURE: Failure<'static>;

    /// Schema of the `config` block, without `region`, which every list resource has.
    fn schema() -> Schema;

    /// Validates what depends on several arguments; the schema validates each argument by itself. Values can be unknown.
    fn validate(_config: &Self::Config, _diags: &mut Diagnostics) {}

    /// Reads at most `limit` objects that pass the filters, in the order of the list.
    async fn read(
        service: &OperationContext,
        config: Self::Config,
        limit: usize,
        diags: &mut Diagnostics,
    ) -> Result<Vec<Self::Object>, ApiError>;

    /// The result for one object, with the resource's state; `None` for an object without an ID.
    async fn result(service: &OperationContext, object: &Self::Object) -> Option<ListResult>;
}

impl<L: ServiceList> Connected<L> {
    /// Reads the objects; none with an error in `diags`.
    async fn read_objects(
        &self,
        context: &Context,
        request: &ListRequest,
        diags: &mut Diagnostics,
    ) -> Option<Vec<L::Object>> {
        let config = request.config.to_model(diags)?;
        let limit = limit(request);
        let call = ServiceCall {
            connection: &self.connection.in_region_of(&request.config),
            context,
            failure: L::FAILURE,
        };
        call.run(diags, |service, diags| L::read(service, config, limit, diags))
            .await
    }
}

#[async_trait]
impl<L: ServiceList> ListResource for Connected<L> {
    fn schema(&self) -> Schema {
        L::schema().attributes([operation_region()])
    }

    async fn validate(&self, _context: &Context, config: &RawValue, diags: &mut Diagnostics) {
        if let Some(config) = config.to_model(diags) {
            L::validate(&config, diags);
        }
    }

    async fn list(&self, context: &Context, request: ListRequest, events: Sender<ListEvent>) {
        let mut diags = Diagnostics::default();
        let objects = self.read_objects(context, &request, &mut diags).await;
        let connection = self.connection.in_region_of(&request.config);
        let service = connection.service(&mut Diagnostics::default());
        // A closed channel means that Terraform wants no more events.
        if !diags.errors.is_empty() || !diags.warnings.is_empty() {
            let _ = events.send(ListEvent::Diagnostics(diags)).await;
        }
        let (Some(objects), Some(service)) = (objects, service) else {
            return;
        };
        for object in &objects {
            let Some(mut result) = L::result(&service, object).await else {
                continue;
            };
            if !request.include_resource {
                result.resource = None;
            }
            if context.cancel.is_cancelled() || events.send(ListEvent::Found(Box::new(result))).await.is_err() {
                return;
            }
        }
    }
}

/// The number of results that Terraform asks for; zero means all.
fn limit(request: &ListRequest) -> usize {
    usize::try_from(request.limit)
        .ok()
        .filter(|limit| *limit > 0)
        .unwrap_or(usize::MAX)
}
