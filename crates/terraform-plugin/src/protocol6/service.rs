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
use prost::Message;
use tokio_stream::{Stream, StreamExt, wrappers::ReceiverStream};
use tokio_util::task::TaskTracker;
use tonic::{Request, Response, Status, body::Body, server::Grpc};
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

/// A handler's answer, encoded.
type EncodedAnswer = Pin<Box<dyn Future<Output = Bytes> + Send>>;

/// A handler of a unary method, which decodes its request and encodes its answer itself. One type for all methods, so that
/// tonic's generic code is compiled once: that makes the program 0.3 MB smaller.
type UnaryHandler = fn(Arc<Handlers>, Bytes) -> Result<EncodedAnswer, Status>;

/// Encoded answers of a handler, one after another.
type EncodedAnswers = Pin<Box<dyn Stream<Item = Result<Bytes, Status>> + Send>>;

/// A handler of a server-streaming method, like [`UnaryHandler`].
type StreamingHandler = fn(Arc<Handlers>, Bytes) -> Result<EncodedAnswers, Status>;

/// Adapts a handler to a unary method of tonic.
struct Unary {
    service: ProviderService,
    method: &'static str,
    handler: UnaryHandler,
}

impl tonic::server::UnaryService<Bytes> for Unary {
    type Response = Bytes;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Status>> + Send>>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let handlers = Arc::clone(&self.service.handlers);
        let running = handlers.running().clone();
        let (method, span) = (self.method, call_span(self.method));
        let answer = (self.handler)(handlers, request.into_inner());
        Box::pin(async move { guarded(method, running, answer?, span).await.map(Response::new) })
    }
}

/// Answers `GetProviderSchema`, which needs no task of its own.
struct Schemas(Arc<Handlers>);

impl tonic::server::UnaryService<Bytes> for Schemas {
    type Response = Bytes;
    type Future = std::future::Ready<Result<Response<Bytes>, Status>>;

    fn call(&mut self, _: Request<Bytes>) -> Self::Future {
        std::future::ready(Ok(Response::new(self.0.encoded_schemas())))
    }
}

/// Adapts a handler to a server-streaming method of tonic.
struct Streaming {
    service: ProviderService,
    method: &'static str,
    handler: StreamingHandler,
}

impl tonic::server::ServerStreamingService<Bytes> for Streaming {
    type Response = Bytes;
    type ResponseStream = EncodedAnswers;
    type Future = std::future::Ready<Result<Response<EncodedAnswers>, Status>>;

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let handlers = Arc::clone(&self.service.handlers);
        let answers = call_span(self.method).in_scope(|| (self.handler)(handlers, request.into_inner()));
        std::future::ready(answers.map(Response::new))
    }
}

fn grpc() -> Grpc<BytesCodec> {
    Grpc::new(BytesCodec)
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE)
}

fn decode<M: Message + Default>(message: Bytes) -> Result<M, Status> {
    M::decode(message).map_err(|error| Status::internal(error.to_string()))
}

fn encode(message: &impl Message) -> Bytes {
    message.encode_to_vec().into()
}

/// Answers a call of a unary method in its own task, so that a panic ends only that task and becomes an error status.
macro_rules! unary {
    ($self:ident, $request:ident, $method:ident) => {
        $self.unary($request, stringify!($method), |handlers, message| {
            let message = decode(message)?;
            Ok(Box::pin(async move { encode(&handlers.$method(message).await) }))
        })
    };
}

macro_rules! streaming {
    ($self:ident, $request:ident, $method:ident) => {
        $self.streaming($request, stringify!($method), |handlers, message| {
            let events = handlers.$method(decode(message)?);
            Ok(Box::pin(ReceiverStream::new(events).map(|event| Ok(encode(&event)))))
        })
    };
}

impl ProviderService {
    fn unary<B>(&self, request: http::Request<B>, method: &'static str, handler: UnaryHandler) -> Answer
    where
        B: HttpBody + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
    {
        let service = self.clone();
        let call = Unary {
            service,
            method,
            handler,
        };
        Box::pin(async move { Ok(grpc().unary(call, request).await) })
    }

    fn streaming<B>(&self, request: http::Request<B>, method: &'static str, handler: StreamingHandler) -> Answer
    where
        B: HttpBody + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
    {
        let service = self.clone();
        let call = Streaming {
            service,
            method,
            handler,
        };
        Box::pin(async move { Ok(grpc().server_streaming(call, request).await) })
    }
}

fn call_span(method: &'static str) -> tracing::Span {
    tracing::info_span!(
        "call",
        tf_rpc = method,
        tf_req_id = %super::handlers::request_id(),
        tf_resource_type = tracing::field::Empty,
    )
}

async fn guarded(
    method: &'static str,
    running: TaskTracker,
    call: EncodedAnswer,
    span: tracing::Span,
) -> Result<Bytes, Status> {
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
                let schemas = Schemas(Arc::clone(&self.handlers));
                Box::pin(async move { Ok(grpc().unary(schemas, request).await) })
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
