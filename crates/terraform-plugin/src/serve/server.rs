//! Accepts and serves connections.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{listener::Listener, services::Services};

/// Maximum number of concurrent calls on a connection.
const CONCURRENT_CALLS: u32 = 4096;
/// Flow control window of a call, in bytes.
const STREAM_WINDOW: u32 = 4 * 1024 * 1024;
/// Maximum duration of a TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum number of TLS handshakes at the same time. When there are more, the oldest one is dropped: an honest client needs a
/// few milliseconds, so others cannot keep it out.
const HANDSHAKES: usize = 64;

/// Serves until `shutdown` is cancelled. Open connections then accept no new calls, and the returned tracker waits for the
/// running ones.
pub async fn serve(
    listener: &Listener,
    tls: Option<TlsAcceptor>,
    services: Services,
    shutdown: &CancellationToken,
) -> TaskTracker {
    let tls = tls.map(Arc::new);
    let connections = TaskTracker::new();
    let mut handshakes = Handshakes::default();
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
        };
        let (services, tls, shutdown) = (services.clone(), tls.clone(), shutdown.clone());
        let waiting = tls.is_some().then(|| handshakes.begin());
        connections.spawn(async move {
            let (Some(tls), Some(over)) = (tls, waiting) else {
                serve_connection(stream, services, &shutdown).await;
                return;
            };
            let proven = tokio::select! {
                () = over.cancelled() => None,
                proven = tokio::time::timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)) => Some(proven),
            };
            over.cancel();
            match proven {
                Some(Ok(Ok(stream))) => serve_connection(stream, services, &shutdown).await,
                Some(Ok(Err(error))) => tracing::warn!(%error, "a TLS handshake failed"),
                Some(Err(_)) => tracing::warn!("a TLS handshake timed out"),
                None => tracing::warn!("dropped the oldest of more than {HANDSHAKES} TLS handshakes"),
            }
        });
    }
    connections.close();
    connections
}

/// The running handshakes, oldest first. The token of a finished one is cancelled.
#[derive(Default)]
struct Handshakes(VecDeque<CancellationToken>);

impl Handshakes {
    /// Adds a handshake. Its token is cancelled when the handshake has to end; the caller cancels it when the handshake has ended.
    fn begin(&mut self) -> CancellationToken {
        self.0.retain(|over| !over.is_cancelled());
        if self.0.len() >= HANDSHAKES
            && let Some(oldest) = self.0.pop_front()
        {
            oldest.cancel();
        }
        let over = CancellationToken::new();
        self.0.push_back(over.clone());
        over
    }
}

async fn serve_connection(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    services: Services,
    shutdown: &CancellationToken,
) {
    let mut builder = Builder::new(TokioExecutor::new()).http2_only();
    builder
        .http2()
        .max_concurrent_streams(CONCURRENT_CALLS)
        // A stop can cancel all calls at once.
        .max_pending_accept_reset_streams(Some(CONCURRENT_CALLS as usize))
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(2 * STREAM_WINDOW);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(services));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}
