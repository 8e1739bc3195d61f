//! The life of the process, from the first line of `main` to the last.

use std::{io::Write, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use tokio_util::sync::CancellationToken;

use crate::{Provider, protocol6::ProviderService};

use super::{
    certificate, debug, handshake,
    identity::Identity,
    listener::Listener,
    logging, server,
    services::Services,
    shutdown::{Parent, Shutdown},
};

/// Time that handlers have to return their state after a stop.
const GRACE: Duration = Duration::from_secs(2);
/// Time that open connections have to send the last responses.
const LAST_RESPONSES: Duration = Duration::from_millis(300);

/// Runs the plugin until Terraform has finished with it.
///
/// # Errors
/// If the process was not started as a plugin, or cannot serve.
pub fn run(identity: Identity, provider: impl FnOnce() -> Arc<dyn Provider>) -> Result<()> {
    let parent = Parent::now();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let debugging = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => false,
        ["-debug" | "--debug"] => true,
        ["-version" | "--version"] => {
            println!("terraform-provider-{} {}", identity.name, identity.version);
            return Ok(());
        }
        other => bail!(
            "unknown arguments: {}. Valid arguments are -debug and -version.",
            other.join(" ")
        ),
    };
    let variable = |name: &str| std::env::var(name).ok();
    let handshake_config = if debugging {
        handshake::HandshakeConfig::default()
    } else {
        handshake::HandshakeConfig::read(variable, identity.name, identity.version)?
    };
    let redact = logging::start(identity, variable);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let result = runtime.block_on(serve(identity, &handshake_config, parent, debugging, provider, redact));
    // Handlers that are still running had enough time.
    runtime.shutdown_background();
    result
}

async fn serve(
    identity: Identity,
    handshake_config: &handshake::HandshakeConfig,
    parent: Parent,
    debugging: bool,
    provider: impl FnOnce() -> Arc<dyn Provider>,
    redact: logging::LineRedaction,
) -> Result<()> {
    // Catch signals before there is anything to clean up.
    let shutdown_request = Shutdown::watch(parent, debugging).context("cannot handle signals")?;
    let listener = Listener::bind(handshake_config).await.context("cannot listen")?;
    let (tls, certificate) = match &handshake_config.client_certificate {
        Some(client) => certificate::acceptor(client).map(|(tls, own)| (Some(tls), Some(own)))?,
        None if listener.is_private() => (None, None),
        None => bail!(
            "no client certificate was given, and no socket could be made that only this user can open: any user of this \
             machine could use the provider. Let TMPDIR name a directory that can be written."
        ),
    };
    let (network, address) = listener.address();
    let shutdown = CancellationToken::new();
    let cancelled_by_signal = shutdown.clone();
    let signals = tokio::spawn(async move {
        shutdown_request.requested().await;
        cancelled_by_signal.cancel();
    });
    if debugging {
        debug::announce(identity, network, &address);
    } else {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", handshake::line(network, &address, certificate.as_deref()))
            .and_then(|()| out.flush())
            .context("cannot write the handshake line")?;
    }
    let provider = provider();
    // This is the only place that sets it.
    let _ = redact.set(provider.redact());
    let service = ProviderService::new(provider);
    let services = Services::new(service.clone(), shutdown.clone());
    tracing::debug!(version = identity.version, network, "serving");
    let connections = server::serve(&listener, tls, services, &shutdown).await;
    service.stop();
    service.drain(GRACE).await;
    // The last responses are not sent yet, such as that of the call that ended the process.
    let _ = tokio::time::timeout(LAST_RESPONSES, connections.wait()).await;
    signals.abort();
    Ok(())
}
