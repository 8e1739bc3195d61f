//! From the first line of `main` to the last.

use std::{io::Write, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use tokio_util::sync::CancellationToken;

use crate::{framework::Provider, protocol::ProviderService};

use super::{Identity, certificate, debug, handshake, listener::Listener, logging, server, services::Services};

/// How long handlers have to come back with their state once they were told to stop.
const GRACE: Duration = Duration::from_secs(2);
/// How long open connections have to take the last answers.
const FAREWELL: Duration = Duration::from_millis(300);
/// How often it is looked whether the program that started this one is still there.
const PARENT_LOOK: Duration = Duration::from_millis(500);

/// Runs until Terraform is done.
///
/// # Errors
/// When the process was not started as a plugin or cannot serve.
pub fn run(identity: Identity, provider: impl FnOnce() -> Arc<dyn Provider>) -> Result<()> {
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
        handshake::Invitation::default()
    } else {
        handshake::Invitation::read(variable, identity.name, identity.version)?
    };
    let redact = logging::start(identity.name, variable);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let result = runtime.block_on(serve(identity, &invitation, debugging, provider, redact));
    // Whatever still runs has had its time.
    runtime.shutdown_background();
    result
}

async fn serve(
    identity: Identity,
    invitation: &handshake::Invitation,
    debugging: bool,
    provider: impl FnOnce() -> Arc<dyn Provider>,
    redact: logging::LineRedaction,
) -> Result<()> {
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
    let signals = tokio::spawn(ended(shutdown.clone(), debugging));
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

/// Cancels `shutdown` when the process is to end: a signal, or the parent is gone. An interrupt from the keyboard goes to
/// every process of the terminal; Terraform takes it and says what is to happen, so it is ignored here.
async fn ended(shutdown: CancellationToken, debugging: bool) {
    tokio::select! {
        () = terminated() => tracing::info!("asked to end"),
        () = interrupted(debugging) => tracing::info!("interrupted"),
        () = orphaned(), if !debugging => tracing::warn!("the program that started the provider is gone"),
    }
    shutdown.cancel();
}

async fn interrupted(ends: bool) {
    loop {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        if ends {
            return;
        }
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut hangup)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}

#[cfg(unix)]
async fn orphaned() {
    let parent = std::os::unix::process::parent_id();
    let mut look = tokio::time::interval(PARENT_LOOK);
    loop {
        look.tick().await;
        if std::os::unix::process::parent_id() != parent {
            return;
        }
    }
}

#[cfg(not(unix))]
async fn orphaned() {
    let _ = PARENT_LOOK;
    std::future::pending().await
}
