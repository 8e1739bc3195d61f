//! Services of a plugin besides the provider: controller, standard streams, broker, health.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http_body::Body as HttpBody;
use tokio_stream::StreamExt;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming, body::Body, server::Grpc};
use tonic_prost::ProstCodec;

use crate::protocol6::ProviderService;

#[derive(Clone, PartialEq, Eq, prost::Message)]
struct Empty {}

#[derive(Clone, PartialEq, Eq, prost::Message)]
struct Health {
    #[prost(int32, tag = "1")]
    status: i32,
}

const SERVING: i32 = 1;

type EmptyStream = Pin<Box<dyn tokio_stream::Stream<Item = Result<Empty, Status>> + Send>>;

/// All services of the process; the path of a request selects one.
#[derive(Clone)]
pub struct Services {
    provider: ProviderService,
    shutdown: CancellationToken,
}

impl Services {
    /// Creates the services. `shutdown` is cancelled when the client asks the process to end.
    #[must_use]
    pub fn new(provider: ProviderService, shutdown: CancellationToken) -> Self {
        Self { provider, shutdown }
    }
}

struct Shutdown(CancellationToken);

impl tonic::server::UnaryService<Empty> for Shutdown {
    type Response = Empty;
    type Future = std::future::Ready<Result<Response<Empty>, Status>>;

    fn call(&mut self, _: Request<Empty>) -> Self::Future {
        self.0.cancel();
        std::future::ready(Ok(Response::new(Empty {})))
    }
}

struct Check;

impl tonic::server::UnaryService<Empty> for Check {
    type Response = Health;
    type Future = std::future::Ready<Result<Response<Health>, Status>>;

    fn call(&mut self, _: Request<Empty>) -> Self::Future {
        std::future::ready(Ok(Response::new(Health { status: SERVING })))
    }
}

/// A stream without messages, which ends with the process: the plugin writes nothing to standard output, and opens no
/// connections.
struct IdleStream(CancellationToken);

impl IdleStream {
    fn stream(&self) -> EmptyStream {
        let shutdown = self.0.clone();
        Box::pin(futures_util::stream::once(shutdown.cancelled_owned()).filter_map(|()| None))
    }
}

impl tonic::server::ServerStreamingService<Empty> for IdleStream {
    type Response = Empty;
    type ResponseStream = EmptyStream;
    type Future = std::future::Ready<Result<Response<EmptyStream>, Status>>;

    fn call(&mut self, _: Request<Empty>) -> Self::Future {
        std::future::ready(Ok(Response::new(self.stream())))
    }
}

impl tonic::server::StreamingService<Empty> for IdleStream {
    type Response = Empty;
    type ResponseStream = EmptyStream;
    type Future = std::future::Ready<Result<Response<EmptyStream>, Status>>;

    fn call(&mut self, _: Request<Streaming<Empty>>) -> Self::Future {
        std::future::ready(Ok(Response::new(self.stream())))
    }
}

impl<B> tower::Service<http::Request<B>> for Services
where
    B: HttpBody + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let path = request.uri().path();
        if ProviderService::serves(path) {
            return self.provider.call(request);
        }
        let mut empty = Grpc::new(ProstCodec::<Empty, Empty>::default());
        match path {
            "/plugin.GRPCController/Shutdown" => {
                let shutdown = self.shutdown.clone();
                Box::pin(async move { Ok(empty.unary(Shutdown(shutdown), request).await) })
            }
            "/plugin.GRPCStdio/StreamStdio" => {
                let idle = IdleStream(self.shutdown.clone());
                Box::pin(async move { Ok(empty.server_streaming(idle, request).await) })
            }
            "/plugin.GRPCBroker/StartStream" => {
                let idle = IdleStream(self.shutdown.clone());
                Box::pin(async move { Ok(empty.streaming(idle, request).await) })
            }
            "/grpc.health.v1.Health/Check" => {
                let mut health = Grpc::new(ProstCodec::<Health, Empty>::default());
                Box::pin(async move { Ok(health.unary(Check, request).await) })
            }
            _ => Box::pin(async { Ok(Status::unimplemented("unknown service").into_http()) }),
        }
    }
}
