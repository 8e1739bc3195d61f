//! From the first line of `main` to the last.

use std::{io::Write, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use tokio_util::sync::CancellationToken;

use crate::{Provider, protocol6::ProviderService};

use super::{
    Identity, certificate, debug,
    ending::{Ending, Parent},
    handshake,
    listener::Listener,
    logging, server,
    services::Services,
};

/// How long handlers have to come back with their state once they were told to stop.
const GRACE: Duration = Duration::from_secs(2);
/// How long open connections have to take the last answers.
const FAREWELL: Duration = Duration::from_millis(300);

/// Runs until Terraform is done.
///
/// # Errors
/// When the process was not started as a plugin or cannot serve.
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
        other => bail!("unknown arguments: {}. Known are -debug and -version.", other.join(" ")),
    };
    let variable = |name: &str| std::env::var(name).ok();
    let invitation = if debugging {
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
    let result = runtime.block_on(serve(identity, &invitation, parent, debugging, provider, redact));
    // Whatever still runs has had its time.
    runtime.shutdown_background();
    result
}

async fn serve(
    identity: Identity,
    invitation: &handshake::HandshakeConfig,
    parent: Parent,
    debugging: bool,
    provider: impl FnOnce() -> Arc<dyn Provider>,
    redact: logging::LineRedaction,
) -> Result<()> {
    // Before there is anything to clean up.
    let ending = Ending::watch(parent, debugging).context("cannot handle signals")?;
    let listener = Listener::bind(invitation).await.context("cannot listen")?;
    let (tls, certificate) = match &invitation.client_certificate {
        Some(client) => certificate::acceptor(client).map(|(tls, own)| (Some(tls), Some(own)))?,
        None if listener.is_private() => (None, None),
        None => bail!(
            "no client certificate was given, and no socket could be made that only this user can open: any user of this \
             machine could use the provider. Let TMPDIR name a directory that can be written."
        ),
    };
    let (network, address) = listener.address();
    let shutdown = CancellationToken::new();
    let ended = shutdown.clone();
    let signals = tokio::spawn(async move {
        ending.reached().await;
        ended.cancel();
    });
    if debugging {
        debug::announce(identity, network, &address);
    } else {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", handshake::line(network, &address, certificate.as_deref()))
            .and_then(|()| out.flush())
            .context("nobody reads the handshake")?;
    }
    let provider = provider();
    // Set once, here.
    let _ = redact.set(provider.redact());
    let service = ProviderService::new(provider);
    let services = Services::new(service.clone(), shutdown.clone());
    tracing::debug!(version = identity.version, network, "serving");
    let connections = server::serve(&listener, tls, services, &shutdown).await;
    service.stop();
    service.settled(GRACE).await;
    // The last answers, that to the call that ended it among them, are still on their way.
    let _ = tokio::time::timeout(FAREWELL, connections.wait()).await;
    signals.abort();
    Ok(())
}
