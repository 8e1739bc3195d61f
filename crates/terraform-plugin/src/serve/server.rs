//! Accepts connections and serves them until the process is to end.

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

/// Calls that one connection may have open at the same time.
const CONCURRENT_CALLS: u32 = 4096;
/// How much of one message may be under way unread, in bytes.
const STREAM_WINDOW: u32 = 4 * 1024 * 1024;
/// How long a client may take to prove who it is.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How many clients may be about to prove who they are. One more, and the one that began first is sent away: a client that
/// means it needs a few milliseconds, so it gets through whatever others do.
const HANDSHAKES: usize = 64;

/// Serves until `shutdown` is cancelled. Connections that are open then take no new calls; the tracker that is returned waits
/// for those that run.
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
                tracing::warn!(%error, "a connection could not be accepted");
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
                Some(Ok(Err(error))) => tracing::warn!(%error, "a client was not let in"),
                Some(Err(_)) => tracing::warn!("a client did not prove who it is in time"),
                None => tracing::warn!("a client did not prove who it is before {HANDSHAKES} others came"),
            }
        });
    }
    connections.close();
    connections
}

/// The handshakes under way, the oldest first; a cancelled token is one that is over.
#[derive(Default)]
struct Handshakes(VecDeque<CancellationToken>);

impl Handshakes {
    /// One more begins; the token says when it is to end, and is to be cancelled when it has ended.
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
        // A stop may cancel every call at once.
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
