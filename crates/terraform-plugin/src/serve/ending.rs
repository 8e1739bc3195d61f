//! When the process is to end: on a signal, or when the program that started it is gone.

use std::time::Duration;

/// How often it is looked whether the program that started this one is still there.
const PARENT_LOOK: Duration = Duration::from_millis(500);

/// The process's parent, as a number to compare with a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent(u32);

impl Parent {
    /// The parent now. To be called before anything else: a parent that has ended meanwhile cannot be recognized later.
    pub fn now() -> Self {
        #[cfg(unix)]
        return Self(std::os::unix::process::parent_id());
        #[cfg(not(unix))]
        Self(0)
    }

    /// Returns when the process has another parent.
    async fn gone(self) {
        let mut look = tokio::time::interval(PARENT_LOOK);
        loop {
            look.tick().await;
            if Self::now() != self {
                return;
            }
        }
    }
}

/// Signals that are caught from the moment this is made, whether or not it is already waited for.
pub struct Ending {
    parent: Parent,
    debugging: bool,
    signals: Signals,
}

impl Ending {
    /// Takes the signals over from the system, whose own handling would end the process without cleaning up. In debug mode the
    /// process does not depend on its parent, and an interrupt ends it.
    ///
    /// # Errors
    /// When the system does not allow it.
    pub fn watch(parent: Parent, debugging: bool) -> std::io::Result<Self> {
        Ok(Self {
            parent,
            debugging,
            signals: Signals::take()?,
        })
    }

    /// Returns when the process is to end. An interrupt from the keyboard goes to every process of the terminal; Terraform
    /// takes it and says what is to happen, so it is ignored except in debug mode.
    pub async fn reached(self) {
        let Self {
            parent,
            debugging,
            mut signals,
        } = self;
        tokio::select! {
            () = signals.terminated.received() => tracing::info!("asked to end"),
            () = signals.hung_up.received() => tracing::info!("the terminal was closed"),
            () = interrupted(signals.interrupted, debugging) => tracing::info!("interrupted"),
            () = parent.gone(), if !debugging => tracing::warn!("the program that started the provider is gone"),
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
    /// The system has no such signal.
    Never,
}

#[cfg(windows)]
impl Signals {
    fn take() -> std::io::Result<Self> {
        Ok(Self {
            terminated: Signal::Never,
            hung_up: Signal::Never,
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
            Self::Never => std::future::pending().await,
        }
    }
}
