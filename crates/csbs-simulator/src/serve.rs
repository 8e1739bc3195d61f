//! Serves the simulator on a socket.

mod socket;
mod tls;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::{Context, Result, ensure};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use crate::Simulator;

impl Simulator {
    /// Listens on a loopback address, for HTTP/1.1 and HTTP/2 without TLS.
    ///
    /// # Errors
    /// If the address is not a loopback address, or the port is in use.
    pub async fn serve(&self, address: SocketAddr) -> Result<Served> {
        serve(self.clone(), address, None).await
    }

    /// Listens on a loopback address with TLS.
    ///
    /// # Errors
    /// See [`Simulator::serve`].
    pub async fn serve_tls(&self, address: SocketAddr, identity: TlsIdentity) -> Result<Served> {
        serve(self.clone(), address, Some(identity)).await
    }
}

pub use tls::TlsIdentity;

/// A listening simulator. Dropping it stops it.
#[derive(Debug)]
pub struct Served {
    address: SocketAddr,
    secure: bool,
    stop: watch::Sender<bool>,
    open: Arc<AtomicUsize>,
    accepting: JoinHandle<()>,
}

impl Served {
    /// Returns the address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL with scheme, address and port, without a trailing slash.
    pub fn url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Returns the value for `OS_AUTH_URL`.
    pub fn auth_url(&self) -> String {
        format!("{}/v3", self.url())
    }

    /// Returns the number of open connections.
    pub fn open_connections(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// Stops listening and closes all connections.
    pub async fn shutdown(mut self) {
        let _ = self.stop.send(true);
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        self.accepting.abort();
    }
}

/// Listens on a loopback address.
pub(crate) async fn serve(simulator: Simulator, address: SocketAddr, tls: Option<TlsIdentity>) -> Result<Served> {
    ensure!(
        address.ip().is_loopback(),
        "the simulator listens on loopback addresses only, not on {address}, because its passwords are well known"
    );
    let acceptor = tls.map(|identity| identity.acceptor()).transpose()?;
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))?;
    let address = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    let open = Arc::new(AtomicUsize::new(0));
    let secure = acceptor.is_some();
    let accepting = tokio::spawn(accept(listener, acceptor, simulator, stopped, open.clone()));
    Ok(Served {
        address,
        secure,
        stop,
        open,
        accepting,
    })
}

async fn accept(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    simulator: Simulator,
    mut stopped: watch::Receiver<bool>,
    open: Arc<AtomicUsize>,
) {
    loop {
        let stream = tokio::select! {
            _ = stopped.changed() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(_) => continue,
            },
        };
        let _ = stream.set_nodelay(true);
        let mut stopped = stopped.clone();
        let (acceptor, simulator, open) = (acceptor.clone(), simulator.clone(), open.clone());
        tokio::spawn(async move {
            let _counted = Counted::new(open);
            tokio::select! {
                _ = stopped.changed() => {}
                () = converse(stream, acceptor, simulator) => {}
            }
        });
    }
}

async fn converse(stream: TcpStream, acceptor: Option<TlsAcceptor>, simulator: Simulator) {
    match acceptor {
        None => connection(stream, simulator, false).await,
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                connection(stream, simulator, true).await;
            }
        }
    }
}

/// Serves a connection with HTTP/1.1, or HTTP/2 if the client starts with it.
async fn connection<S>(stream: S, simulator: Simulator, secure: bool)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = TowerToHyperService::new(tower::service_fn(move |request| {
        socket::answer(simulator.clone(), request, secure)
    }));
    let _ = Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// Counts an open connection.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(open: Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::SeqCst);
        Self(open)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
