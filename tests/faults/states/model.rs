//! The service, Terraform's state and the messages, and what must hold for them.

use std::{collections::BTreeSet, sync::atomic::Ordering, time::Duration};

use csbs_simulator::{Effect, FIRST_VAULT_ID, Operation, RequestRecord, Rule, Simulator};
use jiff::{SignedDuration, Timestamp};
use terraform_plugin::{Diagnostics, RawValue};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    cloud::{Cloud, MAX_BODY, ReportedDiagnostics, config},
    core::{Action, Core, object},
    policy_config::server_id,
    wire::{Broken, Interrupt, Moment},
};

/// Time in which the service finishes all its work, including requests that it carries out late.
const ALL_WORK: Duration = Duration::from_secs(1800);

/// Time for which the provider keeps a backup in the state that the service has accepted and does not list.
const SHOWN_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// The behaviour of the service.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// The resource is `csbs_vault_backup` instead of `csbs_backup`.
    pub is_vault: bool,
    pub listed_after: Duration,
    /// Lists have backups that are being deleted. (Those of vaults always have.)
    pub shows_deleting: bool,
    /// A response against the service's documentation.
    pub false_answer: Option<Rule>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Apply,
    /// An apply with other `triggers`.
    Replace,
    Destroy,
}

/// Lets the service's next work of a kind fail.
pub type PlanFailure = fn(&Simulator);

/// Something that meets a request.
#[derive(Debug, Clone)]
pub enum Disturbance {
    Fault(Effect),
    /// The service carries out the request, and its work fails.
    WorkFails(PlanFailure),
    /// Ctrl-C before the request.
    Interrupt,
    /// The process is killed before the request, or when the response arrives.
    Kill(Moment),
}

/// A command, and the requests of it that are disturbed.
#[derive(Debug, Clone)]
pub struct Step {
    /// The service finishes its work before the command.
    pub after_all_work: bool,
    pub command: Command,
    pub disturbances: Vec<(u64, Disturbance)>,
}

/// The part of a [`Model`] that decides what can follow. The next command refreshes the attributes in Terraform's state first, so
/// only what that leaves counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// The status of each backup, and why it is not lost.
    pub backups: Vec<(&'static str, &'static str)>,
    /// Whether the backup in Terraform's state has an ID, is tainted, has the configured `triggers`, was not waited for, and whether the
    /// service has accepted it and not shown it yet.
    pub stored: Option<[bool; 5]>,
    late_request: bool,
}

impl State {
    /// Returns true if the state changes with time.
    pub fn changes_with_time(&self) -> bool {
        let is_working = |(status, _): &(&str, &str)| matches!(*status, "unfinished" | "being deleted");
        self.late_request || self.backups.iter().any(is_working) || self.stored.is_some_and(|[.., unshown]| unshown)
    }
}

/// A backup in the service. `import_id` is the checkpoint's ID, except for a backup in a vault.
#[derive(Debug)]
struct Backup {
    import_id: String,
    checkpoint_id: String,
    status: &'static str,
    request: Option<u64>,
}

pub struct Model {
    rules: Rules,
    cloud: Cloud,
    core: Core,
    release: u32,
    reported: ReportedDiagnostics,
    /// Messages with the import command.
    imports: Vec<String>,
    /// Numbers of creating requests whose process was killed or reported an unknown outcome.
    announced: BTreeSet<u64>,
}

impl Model {
    pub fn new(rules: &Rules) -> Self {
        let mut config = config(1);
        config.hide_deleting = Some(!rules.shows_deleting);
        config.timing.visible_after = rules.listed_after;
        let cloud = Cloud::with(config, MAX_BODY);
        let resource = if rules.is_vault {
            "csbs_vault_backup"
        } else {
            "csbs_backup"
        };
        let core = Core::of(&cloud.process(), resource);
        Self {
            rules: rules.clone(),
            cloud,
            core,
            release: 0,
            reported: ReportedDiagnostics::default(),
            imports: Vec::new(),
            announced: BTreeSet::new(),
        }
    }

    async fn execute(&mut self, command: Command) -> (Action, Diagnostics) {
        let timeouts = object(&["create", "update", "delete"].map(|name| (name, "3m".into())));
        let mut values = vec![
            ("resource_id", server_id(0).into()),
            ("triggers", self.triggers()),
            ("timeouts", timeouts),
        ];
        match self.rules.is_vault {
            true => values.extend([("name", "nightly".into()), ("vault_id", FIRST_VAULT_ID.into())]),
            false => values.push(("backup_name", "nightly".into())),
        }
        if command != Command::Destroy {
            return Box::pin(self.core.apply(&self.core.config(&values))).await;
        }
        let mut diags = self.core.refresh().await;
        if diags.errors.is_empty() {
            diags.add_diagnostics(Box::pin(self.core.destroy()).await);
        }
        (Action::Nothing, diags)
    }

    fn triggers(&self) -> RawValue {
        object(&[("release", self.release.to_string().as_str().into())])
    }

    fn disturb(&self, at: u64, disturbance: &Disturbance, cancel: &CancellationToken, dead: &CancellationToken) {
        let interrupt = |moment, cancel: &CancellationToken| {
            let cancel = cancel.clone();
            *self.cloud.shared.interrupt.lock().unwrap() = Some(Interrupt { at, moment, cancel });
        };
        match disturbance {
            Disturbance::Fault(effect) => {
                self.cloud
                    .fault(Rule::always(effect.clone()).after(at).once(), Broken::Reset);
            }
            Disturbance::WorkFails(plan_failure) => plan_failure(&self.cloud.simulator),
            Disturbance::Interrupt => interrupt(Moment::Before, cancel),
            Disturbance::Kill(moment) => interrupt(*moment, dead),
        }
    }

    /// Runs a step and checks the new state. Returns the requests of its command.
    pub async fn run(&mut self, step: &Step) -> Vec<RequestRecord> {
        let changes_with_time = self.state().changes_with_time();
        if step.after_all_work {
            sleep(ALL_WORK).await;
        }
        let (dead, cancel) = (CancellationToken::new(), CancellationToken::new());
        self.core.reconnect(&self.cloud.killable_process(dead.clone()));
        self.core.cancel = cancel.clone();
        self.cloud.shared.count.store(0, Ordering::Relaxed);
        let earlier_requests = self.cloud.simulator.requests().len();
        self.release += u32::from(step.command == Command::Replace);
        for (at, disturbance) in &step.disturbances {
            self.disturb(*at, disturbance, &cancel, &dead);
        }
        if let Some(false_answer) = &self.rules.false_answer {
            self.cloud.fault(false_answer.clone(), Broken::Reset);
        }
        let (stored_before, existed) = (self.core.stored.clone(), self.backups());
        let existed: Vec<_> = existed.into_iter().map(|backup| backup.import_id).collect();
        let (prior_id, prior_checkpoint) = (self.core.text("id"), self.core.text("checkpoint_id"));
        let done = tokio::select! {
            biased;
            () = dead.cancelled() => None,
            done = self.execute(step.command) => Some(done),
        };
        self.cloud.clear_faults();
        *self.cloud.shared.interrupt.lock().unwrap() = None;
        let unknown_before = self.reported.unknown_outcomes;
        match &done {
            Some((_, diags)) => {
                self.reported.add(diags);
                let details = diags
                    .errors
                    .iter()
                    .chain(&diags.warnings)
                    .map(|diag| diag.detail.to_string());
                self.imports
                    .extend(details.filter(|detail| detail.contains("terraform import")));
            }
            None => {
                self.core.stored = stored_before;
                // Requests in flight arrive.
                sleep(Duration::from_secs(1)).await;
            }
        }
        let requests = self.cloud.simulator.requests().split_off(earlier_requests);
        let creates = requests.iter().filter(|request| is_create(request));
        let is_unknown = self.reported.unknown_outcomes > unknown_before;
        // Vaults and their tasks can show that a request was not carried out; it is then sent again, and a warning says so.
        let is_sent_again = self.rules.is_vault && is_unknown;
        let made = creates.clone().filter(|request| request.carried_out).count();
        assert!(
            made <= 1 + usize::from(is_sent_again),
            "one create made several backups"
        );
        if done.is_none() || is_unknown {
            self.announced.extend(creates.map(|request| request.number));
        }
        self.check();
        // Lists may hide a backup that is being deleted, and no read shows one of which only the checkpoint is known. Known limit: it
        // is lost if its deletion then fails.
        let may_be_hidden = |backup: &Backup| prior_id.is_empty() && backup.status == "being deleted";
        for backup in self
            .backups()
            .iter()
            .filter(|backup| backup.checkpoint_id == prior_checkpoint)
        {
            let is_kept = done.is_none() || self.core.text("checkpoint_id") == prior_checkpoint;
            assert!(
                is_kept || may_be_hidden(backup),
                "{prior_checkpoint} exists and was called gone"
            );
        }
        if let (Some((action, diags)), []) = (&done, step.disturbances.as_slice()) {
            if step.after_all_work || !changes_with_time {
                assert!(diags.errors.is_empty(), "undisturbed: {diags:?}");
                let is_available = self.core.text("status") == "available";
                assert_eq!(self.core.stored.is_some(), step.command != Command::Destroy);
                assert!(is_available || step.command == Command::Destroy);
            }
            let is_listed = step.after_all_work || self.rules.listed_after.is_zero();
            if matches!(action, Action::Create | Action::Replace) && diags.errors.is_empty() && is_listed {
                let still_exists =
                    |backup: &&Backup| backup.status != "being deleted" && existed.contains(&backup.import_id);
                let backups = self.backups();
                let mut earlier = backups.iter().filter(still_exists);
                let unnamed = earlier.find(|backup| self.known(backup) == Some("announced"));
                assert!(
                    unnamed.is_none(),
                    "not named by the next create: {unnamed:?}, {}",
                    self.reported.all
                );
            }
        }
        requests
    }

    /// Lets the service finish its work, after which no backup may be lost either.
    pub async fn finish_all_work(&mut self) {
        sleep(ALL_WORK).await;
        self.check();
    }

    fn backups(&self) -> Vec<Backup> {
        let (inventory, cbr) = (self.cloud.simulator.inventory(), self.cloud.simulator.cbr().inventory());
        let of_csbs = inventory.items().map(|item| Backup {
            import_id: item.checkpoint_id.clone(),
            checkpoint_id: item.checkpoint_id.clone(),
            status: status(&format!("{:?}", item.status)),
            request: inventory
                .checkpoint(&item.checkpoint_id)
                .and_then(|checkpoint| checkpoint.request),
        });
        let of_cbr = cbr.backups.iter().map(|backup| Backup {
            import_id: backup.id.clone(),
            checkpoint_id: backup.checkpoint_id.clone(),
            status: status(&format!("{:?}", backup.status)),
            request: backup.request,
        });
        of_csbs.chain(of_cbr).collect()
    }

    /// The reason why a backup is not lost: Terraform's state has it, a message has its ID and the import command, or a message says that
    /// the request's outcome is unknown and what to look for (or the process was killed), and the next create names it.
    fn known(&self, backup: &Backup) -> Option<&'static str> {
        if self.core.text("checkpoint_id") == backup.checkpoint_id {
            return Some("in state");
        }
        let names = |message: &String| message.contains(&backup.import_id) || message.contains(&backup.checkpoint_id);
        let is_named = self.imports.iter().any(names);
        let is_announced = backup.request.is_some_and(|number| self.announced.contains(&number));
        is_named.then_some("named").or(is_announced.then_some("announced"))
    }

    /// Asserts that every backup is known that is not being deleted.
    fn check(&self) {
        for backup in self.backups().iter().filter(|backup| backup.status != "being deleted") {
            let id = &backup.import_id;
            assert!(
                self.known(backup).is_some(),
                "no state and no message names {id}: {}",
                self.reported.all
            );
        }
    }

    pub fn state(&self) -> State {
        let backups = self.backups();
        let known = |backup: &Backup| Some((backup.status, self.known(backup)?));
        // Nothing looks any more at a backup that is being deleted and not in the state; `finish_all_work` does.
        let is_seen = |(status, known): &(&str, &str)| *status != "being deleted" || *known == "in state";
        let mut backups: Vec<_> = backups.iter().filter_map(known).filter(is_seen).collect();
        backups.sort_unstable();
        let stored = self.core.stored.as_ref().map(|stored| {
            let private: serde_json::Value = serde_json::from_slice(&stored.private).unwrap_or_default();
            let since = private["not_shown_since"]
                .as_str()
                .and_then(|text| text.parse::<Timestamp>().ok());
            let unshown = since.is_some_and(|since| self.cloud.simulator.now().duration_since(since) < SHOWN_WITHIN);
            let is_current = *stored.state.get("triggers") == self.triggers();
            let not_waited_for = private["not_waited_for"] == true;
            [
                !self.core.text("id").is_empty(),
                stored.tainted,
                is_current,
                not_waited_for,
                unshown,
            ]
        });
        let is_late = |request: &RequestRecord| request.fault.as_deref() == Some("late") && !request.carried_out;
        State {
            backups,
            stored,
            late_request: self.cloud.simulator.requests().iter().any(is_late),
        }
    }
}

fn is_create(request: &RequestRecord) -> bool {
    matches!(request.operation, Operation::Protect | Operation::CbrCreateCheckpoint)
}

fn status(name: &str) -> &'static str {
    match name {
        "WaitingProtect" | "Protecting" => "unfinished",
        "Error" => "failed",
        "WaitingDelete" | "Deleting" | "Deleted" => "being deleted",
        _ => "available",
    }
}
