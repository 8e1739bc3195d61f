//! Carries requests to a service in memory: no sockets, so that paused time stays paused.

use async_trait::async_trait;
use axum::{Router, body::Body};
use bytes::Bytes;
use http::{Extensions, Request, Response};
use http_body_util::{BodyExt, Limited};
use otc_client::http::{Delivery, Transport, TransportError};
use tower::ServiceExt;

/// Tells from an answer's extensions that there shall be no answer, and what is known of the request then.
pub type Faults = fn(&Extensions) -> Option<Delivery>;

/// A transport that ends in an axum router.
pub struct RouterTransport {
    router: Router,
    faults: Faults,
    longest: usize,
}

impl RouterTransport {
    /// Sends every request to `router`, whatever its host is.
    pub fn new(router: Router) -> Self {
        Self {
            router,
            faults: |_| None,
            longest: otc_client::http::MAX_BODY,
        }
    }

    /// The same, with answers that `faults` recognizes turned into failures of the connection. The router has seen the request
    /// by then: a fault that stands for "never arrived" must be answered before anything is done.
    pub fn with_faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }
}

#[async_trait]
impl Transport for RouterTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let request = request.map(Body::from);
        let Ok(response) = self.router.clone().oneshot(request).await;
        if let Some(delivery) = (self.faults)(response.extensions()) {
            return Err(TransportError {
                delivery,
                message: "the connection failed, as the test wants it".to_owned(),
            });
        }
        let (parts, body) = response.into_parts();
        match Limited::new(body, self.longest).collect().await {
            Ok(body) => Ok(Response::from_parts(parts, body.to_bytes())),
            Err(error) => Err(TransportError {
                delivery: Delivery::Answered,
                message: error.to_string(),
            }),
        }
    }
}
