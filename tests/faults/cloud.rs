//! A simulated service and the provider processes that speak to it, all in memory.

use std::{
    fmt::Write as _,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use csbs::CsbsProvider;
use csbs_simulator::{BackupStatus, Config, Operation, RequestRecord, Rule, Server, Simulator, Status, Timing};
use jiff::{SignedDuration, Timestamp};
use otc_client::{
    http::Clock,
    identity::{Environment, Session, Settings, resolve},
};
use terraform_plugin::{Diagnostics, ImportTarget, Provider};
use tokio_util::sync::CancellationToken;

use crate::{
    core::Core,
    wire::{Broken, FaultyTransport, Shared},
};

pub const PROJECT: &str = "b942cc8342734d15bcb246babb1953cf";
pub const HOST: &str = "iam.example";

/// Length limit of a response in these tests. The real limit is a hundred times as large, which costs time.
pub const MAX_BODY: usize = 96 * 1024;

pub struct Cloud {
    pub simulator: Simulator,
    pub shared: Arc<Shared>,
    /// By how much the provider's clock is ahead of the service's.
    pub ahead: SignedDuration,
}

struct ShiftedClock(Simulator, SignedDuration);

impl Clock for ShiftedClock {
    fn now(&self) -> Timestamp {
        self.0.clock().wall() + self.1
    }
}

/// Short durations of the service's work, because every lookup costs real time.
pub fn timing() -> Timing {
    Timing {
        waiting: Duration::from_secs(1),
        backup: Some(Duration::from_secs(3)),
        restore_waiting: Duration::from_secs(1),
        restore: Duration::from_secs(3),
        delete: Duration::from_secs(3),
        ..Timing::default()
    }
}

pub fn config(seed: u64) -> Config {
    Config {
        seed,
        timing: timing(),
        servers: Server::some(6),
        ..Config::default()
    }
}

impl Cloud {
    pub fn new(seed: u64) -> Self {
        Self::with(config(seed), MAX_BODY)
    }

    pub fn with(config: Config, longest: usize) -> Self {
        Self {
            simulator: Simulator::new(config),
            shared: Arc::new(Shared::new(longest)),
            ahead: SignedDuration::ZERO,
        }
    }

    /// A process of the provider, not yet signed in.
    pub fn process(&self) -> CsbsProvider {
        self.killable_process(CancellationToken::new())
    }

    /// A process of the provider that is killed when `dead` is cancelled.
    pub fn killable_process(&self, dead: CancellationToken) -> CsbsProvider {
        let variables = [
            ("OS_AUTH_URL", format!("https://{HOST}/v3")),
            ("OS_DOMAIN_NAME", "demo".to_owned()),
            ("OS_PROJECT_NAME", "eu-de".to_owned()),
            ("OS_USERNAME", "demo".to_owned()),
            ("OS_PASSWORD", "demo".to_owned()),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value));
        let environment = Environment::new("/nowhere".into(), variables);
        let resolved = resolve(&Settings::default(), &environment).unwrap_or_else(|problems| panic!("{problems:?}"));
        let transport = FaultyTransport::new(&self.simulator, Arc::clone(&self.shared), dead);
        let clock = ShiftedClock(self.simulator.clone(), self.ahead);
        CsbsProvider::with_session(Arc::new(Session::new(resolved, Arc::new(transport), Arc::new(clock))))
    }

    /// Clears the log of requests.
    pub fn clear_requests(&self) {
        self.simulator.clear_requests();
        self.shared.count.store(0, Ordering::Relaxed);
    }

    pub fn fault(&self, rule: Rule, broken: Broken) {
        *self.shared.broken.lock().unwrap() = broken;
        self.simulator.fault(rule).unwrap();
    }

    pub fn clear_faults(&self) {
        self.simulator.clear_faults();
    }

    pub fn requests_of(&self, operation: Operation) -> Vec<RequestRecord> {
        self.simulator.requests_where(|request| request.operation == operation)
    }

    /// IDs of the checkpoints that exist and are not being deleted.
    pub fn checkpoints(&self) -> Vec<String> {
        let inventory = self.simulator.inventory();
        let stays = |status| !matches!(status, Status::WaitingDelete | Status::Deleting | Status::Deleted);
        let with_backups = inventory
            .checkpoints
            .iter()
            .filter(|checkpoint| checkpoint.items.iter().any(|item| stays(item.status)));
        with_backups.map(|checkpoint| checkpoint.id.clone()).collect()
    }

    /// IDs of the backups in vaults that exist and are not being deleted.
    pub fn vault_backups(&self) -> Vec<String> {
        let backups = self.simulator.cbr().inventory().backups.into_iter();
        let stays = |status| !matches!(status, BackupStatus::WaitingDelete | BackupStatus::Deleting);
        let backups = backups.filter(|backup| stays(backup.status));
        backups.map(|backup| backup.id).collect()
    }

    /// Asserts that no request, and thus no credential, was sent to another host.
    pub fn assert_only_host_is_service(&self) {
        let hosts = self.shared.hosts.lock().unwrap();
        assert!(hosts.iter().all(|host| host == HOST), "{hosts:?}");
    }
}

/// The words of a message about a request that was sent a second time.
pub const SENT_TWICE: &str = "it was sent once more";

/// The diagnostics that the provider has reported so far.
#[derive(Debug, Default, Clone)]
pub struct ReportedDiagnostics {
    pub errors: String,
    pub all: String,
    /// Number of creates that reported an unknown outcome, or a second request, and what to check.
    pub unknown_outcomes: usize,
}

impl ReportedDiagnostics {
    pub fn add(&mut self, diags: &Diagnostics) {
        for error in &diags.errors {
            let _ = writeln!(self.errors, "{}: {}", error.summary, error.detail);
            self.unknown_outcomes += {
                let checks = ["Before applying again, look", "Before invoking the action again, look"];
                usize::from(checks.iter().any(|text| error.detail.contains(text)))
            };
        }
        let twice = diags.warnings.iter().filter(|diag| diag.detail.contains(SENT_TWICE));
        self.unknown_outcomes += twice.count();
        for diag in diags.errors.iter().chain(&diags.warnings) {
            let _ = writeln!(self.all, "{}: {}", diag.summary, diag.detail);
        }
    }

    /// Adds the progress messages of an action.
    pub fn add_messages(&mut self, messages: &[String]) {
        for message in messages {
            self.unknown_outcomes += usize::from(message.contains(SENT_TWICE));
            let _ = writeln!(self.all, "{message}");
        }
    }

    /// Returns true if this ID and the import command were reported.
    pub fn names(&self, checkpoint_id: &str) -> bool {
        self.all.contains(checkpoint_id) && self.all.contains("terraform import")
    }
}

/// Does what the messages recommend for a remaining backup: imports it, and deletes it.
pub async fn adopt_and_delete(cloud: &Cloud, provider: &impl Provider, checkpoint_id: &str) {
    let mut core = Core::new(provider);
    let diags = core.import(ImportTarget::Id(checkpoint_id.to_owned())).await;
    assert!(diags.errors.is_empty(), "{diags:?}");
    let diags = core.destroy().await;
    assert!(diags.errors.is_empty(), "{diags:?}");
    assert!(cloud.simulator.inventory().checkpoint(checkpoint_id).is_none());
}
