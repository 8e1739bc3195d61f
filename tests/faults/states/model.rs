//! The service, Terraform's state and the messages, and what must hold for them.

use std::{collections::BTreeSet, ops::RangeInclusive, sync::atomic::Ordering, time::Duration};

use csbs_simulator::{Effect, ItemRecord, Operation, RequestRecord, Rule};
use jiff::{SignedDuration, Timestamp};
use terraform_plugin::{Diagnostics, RawValue};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{
    state::{Backup, Known, State, Stored},
    step::{
        Command,
        Disturbance::{
            self, AnswerLost, BackupFails, DeletionFails, DoneLate, Interrupt as Interrupted, Kill, KillAfter, Refused,
            RequestLost,
        },
        Step,
    },
};
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

pub struct Model {
    cloud: Cloud,
    core: Core,
    release: u32,
    reported: ReportedDiagnostics,
    /// Numbers of protect requests whose process was killed or reported an unknown outcome.
    announced: BTreeSet<u64>,
    /// The requests of each command.
    commands: Vec<RangeInclusive<u64>>,
}

impl Model {
    pub fn new() -> Self {
        let mut config = config(1);
        config.hide_deleting = Some(true);
        let cloud = Cloud::with(config, MAX_BODY);
        Self {
            core: Core::new(&cloud.process()),
            cloud,
            release: 0,
            reported: ReportedDiagnostics::default(),
            announced: BTreeSet::new(),
            commands: Vec::new(),
        }
    }

    fn triggers(&self) -> RawValue {
        object(&[("release", self.release.to_string().as_str().into())])
    }

    async fn execute(&mut self, command: Command) -> (Action, Diagnostics) {
        let config = self.core.config(&[
            ("resource_id", server_id(0).into()),
            ("backup_name", "nightly".into()),
            ("triggers", self.triggers()),
            (
                "timeouts",
                object(&["create", "update", "delete"].map(|name| (name, "3m".into()))),
            ),
        ]);
        if command != Command::Destroy {
            return Box::pin(self.core.apply(&config)).await;
        }
        let mut diags = self.core.refresh().await;
        if diags.errors.is_empty() {
            diags.add_diagnostics(Box::pin(self.core.destroy()).await);
        }
        (Action::Nothing, diags)
    }

    fn disturb(&self, disturbances: &[(u64, Disturbance)], cancel: &CancellationToken, dead: &CancellationToken) {
        for &(at, disturbance) in disturbances {
            let fault = |effect| self.cloud.fault(Rule::always(effect).after(at).once(), Broken::Reset);
            let interrupt = |moment, cancel: &CancellationToken| {
                let cancel = cancel.clone();
                *self.cloud.shared.interrupt.lock().unwrap() = Some(Interrupt { at, moment, cancel });
            };
            match disturbance {
                RequestLost => fault(Effect::DropBefore),
                AnswerLost => fault(Effect::DropAfter),
                DoneLate => fault(Effect::Late { seconds: 300.0 }),
                Refused => fault(Effect::refuse(500, "CSBS.1001")),
                BackupFails => self.cloud.simulator.fail_next_backup(None, "CSBS.9999", "injected"),
                DeletionFails => self.cloud.simulator.fail_next_delete(None, "CSBS.9999", "injected"),
                Interrupted => interrupt(Moment::Before, cancel),
                Kill => interrupt(Moment::Before, dead),
                KillAfter => interrupt(Moment::After, dead),
            }
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
        self.release += u32::from(step.command == Command::Replace);
        self.disturb(&step.disturbances, &cancel, &dead);
        let (before, existed) = (self.core.stored.clone(), self.cloud.checkpoints());
        let (prior_id, had_item_id) = (self.core.text("checkpoint_id"), !self.core.text("id").is_empty());
        let first = self.cloud.simulator.requests().len() as u64 + 1;
        let done = tokio::select! {
            biased;
            () = dead.cancelled() => None,
            done = self.execute(step.command) => Some(done),
        };
        self.cloud.clear_faults();
        *self.cloud.shared.interrupt.lock().unwrap() = None;
        if done.is_none() {
            self.core.stored = before;
            // Requests in flight arrive.
            sleep(Duration::from_secs(1)).await;
        }
        let requests = self
            .cloud
            .simulator
            .requests()
            .split_off(usize::try_from(first).unwrap() - 1);
        self.commands.push(first..=first + requests.len() as u64 - 1);
        let unknown_before = self.reported.unknown_outcomes;
        if let Some((_, diags)) = &done {
            self.reported.add(diags);
        }
        if done.is_none() || self.reported.unknown_outcomes > unknown_before {
            let protects = requests
                .iter()
                .filter(|request| request.operation == Operation::Protect);
            self.announced.extend(protects.map(|request| request.number));
        }
        self.check();
        if done.is_some() && prior_id != self.core.text("checkpoint_id") {
            self.check_gone(&prior_id, had_item_id);
        }
        if let (Some((action, diags)), []) = (&done, step.disturbances.as_slice()) {
            if step.after_all_work || !changes_with_time {
                assert!(diags.errors.is_empty(), "undisturbed: {diags:?}");
                let available = self.core.text("status") == "available";
                assert_eq!(self.core.stored.is_some(), step.command != Command::Destroy);
                assert!(available || step.command == Command::Destroy);
            }
            if matches!(action, Action::Create | Action::Replace) && diags.errors.is_empty() {
                let lost: Vec<_> = existed
                    .iter()
                    .filter(|id| self.known(id) == Some(Known::Announced))
                    .collect();
                assert!(
                    lost.is_empty(),
                    "the next create does not name {lost:?}: {}",
                    self.reported.all
                );
            }
        }
        requests
    }

    /// The reason why a backup is not lost; `None` if it is.
    fn known(&self, checkpoint_id: &str) -> Option<Known> {
        let inventory = self.cloud.simulator.inventory();
        let request = inventory
            .checkpoint(checkpoint_id)
            .and_then(|checkpoint| checkpoint.request);
        if self.core.text("checkpoint_id") == checkpoint_id {
            Some(Known::InState)
        } else if self.reported.names(checkpoint_id) {
            Some(Known::Named)
        } else {
            request
                .filter(|number| self.announced.contains(number))
                .map(|_| Known::Announced)
        }
    }

    /// Returns true if the private data says that the service has accepted the backup a short while ago and not shown it yet.
    fn is_not_shown_yet(&self, private: &[u8]) -> bool {
        let private: serde_json::Value = serde_json::from_slice(private).unwrap_or_default();
        let since = private["not_shown_since"]
            .as_str()
            .and_then(|text| text.parse::<Timestamp>().ok());
        since.is_some_and(|since| self.cloud.simulator.now().duration_since(since) < SHOWN_WITHIN)
    }

    /// Asserts what holds in every state.
    fn check(&self) {
        for id in self.cloud.checkpoints() {
            assert!(
                self.known(&id).is_some(),
                "no state and no message names {id}: {}",
                self.reported.all
            );
        }
        let requests = self.cloud.simulator.requests();
        for command in &self.commands {
            let is_made = |request: &&RequestRecord| request.operation == Operation::Protect && request.carried_out;
            let made = requests
                .iter()
                .filter(is_made)
                .filter(|request| command.contains(&request.number));
            assert!(made.count() <= 1, "one create made several backups");
        }
    }

    /// Asserts that a checkpoint that a command has removed from Terraform's state does not exist.
    ///
    /// One that is being deleted may exist if the state did not have the ID of its item: only a read by that ID shows it, because
    /// lists hide it, and the service has no read of a checkpoint.
    fn check_gone(&self, checkpoint_id: &str, had_item_id: bool) {
        let inventory = self.cloud.simulator.inventory();
        let Some(checkpoint) = inventory.checkpoint(checkpoint_id) else {
            return;
        };
        let is_being_deleted = |item: &ItemRecord| Backup::from(item.status) == Backup::BeingDeleted;
        let is_hidden = !had_item_id && checkpoint.items.iter().all(is_being_deleted);
        assert!(is_hidden, "{checkpoint_id} exists and was called gone");
    }

    pub fn state(&self) -> State {
        let inventory = self.cloud.simulator.inventory();
        let backup = |item: &ItemRecord| Some((Backup::from(item.status), self.known(&item.checkpoint_id)?));
        let mut backups: Vec<_> = inventory.items().filter_map(backup).collect();
        // Nothing looks at these any more.
        backups.retain(|(backup, known)| *backup != Backup::BeingDeleted || *known == Known::InState);
        backups.sort();
        let stored = self.core.stored.as_ref().map(|stored| {
            let private = String::from_utf8_lossy(&stored.private);
            Stored {
                has_id: !self.core.text("id").is_empty(),
                is_tainted: stored.tainted,
                is_not_shown: self.is_not_shown_yet(&stored.private),
                is_not_waited_for: private.contains("not_waited_for"),
                is_current: *stored.state.get("triggers") == self.triggers(),
            }
        });
        let is_late = |request: &RequestRecord| request.fault.as_deref() == Some("late") && !request.carried_out;
        State {
            backups,
            stored,
            late_request: self.cloud.simulator.requests().iter().any(is_late),
        }
    }
}
