//! Events that end the process: signals, and the end of the parent process.

use std::time::Duration;

/// Interval at which the parent process is checked.
const PARENT_POLL: Duration = Duration::from_millis(500);

/// ID of the parent process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent(u32);

impl Parent {
    /// Returns the current parent. The process calls this first: later, it could not notice that its parent has ended.
    pub fn now() -> Self {
        #[cfg(unix)]
        return Self(std::os::unix::process::parent_id());
        #[cfg(not(unix))]
        Self(0)
    }

    /// Returns when the parent has ended and the process has another one.
    async fn gone(self) {
        let mut poll = tokio::time::interval(PARENT_POLL);
        loop {
            poll.tick().await;
            if Self::now() != self {
                return;
            }
        }
    }
}

/// Catches signals from its creation on, even before [`Shutdown::requested`] is called.
pub struct Shutdown {
    parent: Parent,
    debug: bool,
    signals: Signals,
}

impl Shutdown {
    /// Catches signals, whose default action would end the process without cleaning up. In debug mode, the process does not
    /// depend on its parent, and an interrupt ends it.
    ///
    /// # Errors
    /// If the system refuses to register a signal.
    pub fn watch(parent: Parent, debug: bool) -> std::io::Result<Self> {
        Ok(Self {
            parent,
            debug,
            signals: Signals::take()?,
        })
    }

    /// Returns when the process is to end. Ctrl+C sends an interrupt to every process of the terminal; Terraform handles it and
    /// calls `StopProvider`, so the plugin ignores it except in debug mode.
    pub async fn requested(self) {
        let Self {
            parent,
            debug,
            mut signals,
        } = self;
        tokio::select! {
            () = signals.terminated.received() => tracing::info!("terminated"),
            () = signals.hung_up.received() => tracing::info!("the terminal was closed"),
            () = interrupted(signals.interrupted, debug) => tracing::info!("interrupted"),
            () = parent.gone(), if !debug => tracing::warn!("the parent process has ended"),
        }
    }
}

async fn interrupted(mut signal: Signal, ends: bool) {
    loop {
        signal.received().await;
        if ends {
            return;
        }
    }
}

struct Signals {
    terminated: Signal,
    hung_up: Signal,
    interrupted: Signal,
}

#[cfg(unix)]
struct Signal(tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    fn take() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminated: Signal(signal(SignalKind::terminate())?),
            hung_up: Signal(signal(SignalKind::hangup())?),
            interrupted: Signal(signal(SignalKind::interrupt())?),
        })
    }
}

#[cfg(unix)]
impl Signal {
    async fn received(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(windows)]
enum Signal {
    Interrupt(tokio::signal::windows::CtrlC),
    /// Windows has no such signal.
    None,
}

#[cfg(windows)]
impl Signals {
    fn take() -> std::io::Result<Self> {
        Ok(Self {
            terminated: Signal::None,
            hung_up: Signal::None,
            interrupted: Signal::Interrupt(tokio::signal::windows::ctrl_c()?),
        })
    }
}

#[cfg(windows)]
impl Signal {
    async fn received(&mut self) {
        match self {
            Self::Interrupt(signal) => {
                if signal.recv().await.is_none() {
                    std::future::pending::<()>().await;
                }
            }
            Self::None => std::future::pending().await,
        }
    }
}
