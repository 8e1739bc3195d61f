//! Applies connection faults to the socket.

use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderValue, Request, Response, header};

use crate::{ConnectionFault, Simulator, service};

/// The connection is to be closed.
#[derive(Debug)]
pub(super) struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection ends, as a fault rule wants it")
    }
}

impl std::error::Error for Broken {}

/// Answers a request, or closes its connection.
pub(super) async fn answer<B>(simulator: Simulator, request: Request<B>, secure: bool) -> Result<Response<Body>, Broken>
where
    B: http_body_util::BodyExt + Send + 'static + axum::body::HttpBody<Data = Bytes>,
    B::Error: Into<axum::BoxError>,
{
    let response = Box::pin(service::answer(simulator, request.map(Body::new), secure)).await;
    let Some(fault) = response.extensions().get::<ConnectionFault>().copied() else {
        return Ok(response);
    };
    match fault {
        ConnectionFault::DropBefore | ConnectionFault::DropAfter => Err(Broken),
        ConnectionFault::Stall => std::future::pending().await,
        ConnectionFault::TruncateBody { keep } => truncated(response, keep).await,
        ConnectionFault::Drip { chunk, pause } => dripping(response, chunk, pause).await,
    }
}

/// A body that announces its full length and fails after a part of it.
async fn truncated(response: Response<Body>, keep: usize) -> Result<Response<Body>, Broken> {
    let (mut parts, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await.map_err(|_| Broken)?;
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let kept = whole.slice(..keep.min(whole.len()));
    // The pause lets the first part reach the socket before the connection is closed.
    let end = async {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        Err(Broken)
    };
    let pieces = stream::once(async { Ok(kept) }).chain(stream::once(end));
    Ok(Response::from_parts(parts, Body::from_stream(pieces)))
}

async fn dripping(
    response: Response<Body>,
    chunk: usize,
    pause: std::time::Duration,
) -> Result<Response<Body>, Broken> {
    let (parts, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await.map_err(|_| Broken)?;
    let pieces = stream::unfold(whole, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let piece = rest.split_to(chunk.clamp(1, rest.len()));
        Some((Ok::<_, Broken>(piece), rest))
    });
    Ok(Response::from_parts(parts, Body::from_stream(pieces)))
}
