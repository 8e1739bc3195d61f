//! The gRPC service `tfplugin6.Provider`: dispatches each method to its handler.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::Body as HttpBody;
use tokio_stream::{StreamExt, wrappers::ReceiverStream};
use tokio_util::task::TaskTracker;
use tonic::{Request, Response, Status, body::Body, codec::Codec, server::Grpc};
use tonic_prost::ProstCodec;
use tracing::Instrument;

use crate::Provider;

use super::{bytes_codec::BytesCodec, handlers::Handlers};

/// Maximum size of a message, in bytes. States of many megabytes are legal.
pub const MAX_MESSAGE: usize = 256 * 1024 * 1024;

/// Path prefix of the service's methods.
const NAME: &str = "/tfplugin6.Provider/";

type Answer = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

/// The gRPC service of a provider. Clones share the provider.
#[derive(Clone)]
pub struct ProviderService {
    handlers: Arc<Handlers>,
}

impl ProviderService {
    /// Creates the service of `provider`.
    #[must_use]
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        Self {
            handlers: Arc::new(Handlers::new(provider)),
        }
    }

    /// Cancels the running calls, like the call `StopProvider`.
    pub fn stop(&self) {
        self.handlers.stop();
    }

    /// Waits until no call is running, but at most for `limit`.
    pub async fn drain(&self, limit: std::time::Duration) {
        let running = self.handlers.running();
        running.close();
        let _ = tokio::time::timeout(limit, running.wait()).await;
    }

    /// Returns `true` if the path of a request belongs to this service.
    #[must_use]
    pub fn serves(path: &str) -> bool {
        path.starts_with(NAME)
    }
}

/// Adapts a closure to a unary method of tonic.
struct Unary<F>(F);

impl<F, Fut, Req, Res> tonic::server::UnaryService<Req> for Unary<F>
where
    F: FnMut(Req) -> Fut,
    Fut: Future<Output = Result<Res, Status>> + Send + 'static,
{
    type Response = Res;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Res>, Status>> + Send>>;

    fn call(&mut self, request: Request<Req>) -> Self::Future {
        let answer = (self.0)(request.into_inner());
        Box::pin(async move { answer.await.map(Response::new) })
    }
}

/// Adapts a closure to a server-streaming method of tonic.
struct Streaming<F>(F);

impl<F, Req, Res> tonic::server::ServerStreamingService<Req> for Streaming<F>
where
    F: FnMut(Req) -> tokio::sync::mpsc::Receiver<Res>,
    Res: Send + 'static,
{
    type Response = Res;
    type ResponseStream = Pin<Box<dyn tokio_stream::Stream<Item = Result<Res, Status>> + Send>>;
    type Future = std::future::Ready<Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: Request<Req>) -> Self::Future {
        let events = ReceiverStream::new((self.0)(request.into_inner())).map(Ok);
        std::future::ready(Ok(Response::new(Box::pin(events))))
    }
}

fn grpc<Req, Res>() -> Grpc<ProstCodec<Res, Req>>
where
    Req: prost::Message + Default + Send + 'static,
    Res: prost::Message + Default + Send + 'static,
{
    limits(Grpc::new(ProstCodec::default()))
}

fn limits<C: Codec>(grpc: Grpc<C>) -> Grpc<C> {
    grpc.max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE)
}

/// Answers a call of a unary method in its own task, so that a panic ends only that task and becomes an error status.
macro_rules! unary {
    ($self:ident, $request:ident, $method:ident) => {{
        let handlers = Arc::clone(&$self.handlers);
        let span = call_span(stringify!($method));
        let call = Unary(move |message| {
            let handlers = Arc::clone(&handlers);
            let running = handlers.running().clone();
            guarded(
                stringify!($method),
                running,
                async move { handlers.$method(message).await },
                span.clone(),
            )
        });
        Box::pin(async move { Ok(grpc().unary(call, $request).await) })
    }};
}

macro_rules! streaming {
    ($self:ident, $request:ident, $method:ident) => {{
        let handlers = Arc::clone(&$self.handlers);
        let span = call_span(stringify!($method));
        let call = Streaming(move |message| span.in_scope(|| Arc::clone(&handlers).$method(message)));
        Box::pin(async move { Ok(grpc().server_streaming(call, $request).await) })
    }};
}

fn call_span(method: &'static str) -> tracing::Span {
    tracing::info_span!(
        "call",
        tf_rpc = method,
        tf_req_id = %super::handlers::request_id(),
        tf_resource_type = tracing::field::Empty,
    )
}

async fn guarded<Res: Send + 'static>(
    method: &'static str,
    running: TaskTracker,
    call: impl Future<Output = Res> + Send + 'static,
    span: tracing::Span,
) -> Result<Res, Status> {
    let begin = tokio::time::Instant::now();
    let done = running.spawn(call.instrument(span.clone())).await;
    span.in_scope(|| {
        tracing::trace!(
            duration_ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX),
            "answered"
        );
    });
    done.map_err(|_| Status::internal(format!("{method} did not finish")))
}

impl<B> tower::Service<http::Request<B>> for ProviderService
where
    B: HttpBody + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Answer {
        let method = request.uri().path().strip_prefix(NAME).unwrap_or_default().to_owned();
        match method.as_str() {
            "GetMetadata" => unary!(self, request, get_metadata),
            "GetProviderSchema" => {
                let handlers = Arc::clone(&self.handlers);
                let call = Unary(move |_: Bytes| std::future::ready(Ok(handlers.encoded_schemas())));
                Box::pin(async move { Ok(limits(Grpc::new(BytesCodec)).unary(call, request).await) })
            }
            "GetResourceIdentitySchemas" => unary!(self, request, get_resource_identity_schemas),
            "GetFunctions" => unary!(self, request, get_functions),
            "ValidateProviderConfig" => unary!(self, request, validate_provider_config),
            "ConfigureProvider" => unary!(self, request, configure_provider),
            "ValidateResourceConfig" => unary!(self, request, validate_resource_config),
            "UpgradeResourceState" => unary!(self, request, upgrade_resource_state),
            "UpgradeResourceIdentity" => unary!(self, request, upgrade_resource_identity),
            "ReadResource" => unary!(self, request, read_resource),
            "PlanResourceChange" => unary!(self, request, plan_resource_change),
            "ApplyResourceChange" => unary!(self, request, apply_resource_change),
            "ImportResourceState" => unary!(self, request, import_resource_state),
            "MoveResourceState" => unary!(self, request, move_resource_state),
            "GenerateResourceConfig" => unary!(self, request, generate_resource_config),
            "ValidateDataResourceConfig" => unary!(self, request, validate_data_resource_config),
            "ReadDataSource" => unary!(self, request, read_data_source),
            "ValidateEphemeralResourceConfig" => unary!(self, request, validate_ephemeral_resource_config),
            "OpenEphemeralResource" => unary!(self, request, open_ephemeral_resource),
            "RenewEphemeralResource" => unary!(self, request, renew_ephemeral_resource),
            "CloseEphemeralResource" => unary!(self, request, close_ephemeral_resource),
            "ValidateListResourceConfig" => unary!(self, request, validate_list_resource_config),
            "ListResource" => streaming!(self, request, list_resource),
            "CallFunction" => unary!(self, request, call_function),
            "ValidateActionConfig" => unary!(self, request, validate_action_config),
            "PlanAction" => unary!(self, request, plan_action),
            "InvokeAction" => streaming!(self, request, invoke_action),
            "StopProvider" => unary!(self, request, stop_provider),
            _ => Box::pin(async { Ok(Status::unimplemented("unknown method").into_http()) }),
        }
    }
}
