//! Runs one Terraform command with faults, which may be interrupted or killed.

use std::{sync::atomic::Ordering, time::Duration};

use csbs_simulator::{Operation, Rule};
use futures_util::future::{join, join_all};
use terraform_plugin::Diagnostics;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::{
    action::CreateAction,
    run::{Counts, Run},
};
use crate::{
    core::{Action, Stored},
    fault,
    wire::Broken,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Apply,
    Refresh,
    Destroy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Done,
    Killed,
}

/// The results of a command that was not killed.
pub struct Results {
    /// One for each address.
    pub resources: Vec<(Action, Diagnostics)>,
    /// The action with its progress messages.
    pub action: Option<(CreateAction, Vec<String>, Diagnostics)>,
}

impl Results {
    pub fn has_errors(&self) -> bool {
        self.resources.iter().any(|(_, diags)| !diags.errors.is_empty())
    }
}

/// The operations that single faults disturb: those that the addresses and the actions need.
const OPERATIONS: &[Operation] = &[
    Operation::CreateToken,
    Operation::Protect,
    Operation::GetItem,
    Operation::ListItems,
    Operation::DeleteCheckpoint,
    Operation::ListTags,
    Operation::AddTag,
    Operation::BatchTags,
    Operation::DeleteTag,
    Operation::CreatePolicy,
    Operation::GetPolicy,
    Operation::ListPolicies,
    Operation::UpdatePolicy,
    Operation::DeletePolicy,
    Operation::CbrCreateCheckpoint,
    Operation::CbrListVaults,
    Operation::CbrGetVault,
    Operation::CbrGetBackup,
    Operation::CbrListBackups,
    Operation::CbrDeleteBackup,
    Operation::CbrListTasks,
    Operation::CbrGetTask,
];

impl Run {
    pub fn add_faults(&mut self) {
        let faults = fault::all();
        for _ in 0..self.random.below(4) {
            let fault = self.random.choose(&faults);
            let mut rule = Rule::always(fault.effect);
            if self.random.one_in(2) {
                rule.operation = Some(self.random.choose(OPERATIONS));
            } else {
                rule.probability = 1.0 / (1 + self.random.below(20)) as f64;
            }
            if self.random.one_in(3) {
                rule = rule.times(1 + self.random.below(3));
            }
            self.cloud.fault(rule.after(self.random.below(12)), fault.broken);
        }
        let broken = self.random.choose(&[Broken::Reset, Broken::Refused, Broken::Tls]);
        *self.cloud.shared.broken.lock().unwrap() = broken;
    }

    /// Runs one Terraform command in a new process, which may be interrupted or killed.
    pub async fn command(&mut self, command: Command, counts: &Counts) {
        let dead = CancellationToken::new();
        let cancel = CancellationToken::new();
        let provider = self.cloud.killable_process(dead.clone());
        self.reconnect(&provider, &cancel);
        self.cloud.clear_requests();
        let interruption = self.random.below(4);
        let interrupt_time = self.random.duration();
        let action = match command {
            Command::Apply => CreateAction::random(&mut self.random),
            Command::Refresh | Command::Destroy => None,
        };
        let stored = self.addresses.iter().map(|address| address.core.stored.clone());
        let saved: Vec<Option<Stored>> = stored.collect();
        let started = Instant::now();
        let mut interrupted_at = None;
        let configs = self.configs();
        let outcome = {
            let resources = self
                .addresses
                .iter_mut()
                .zip(&configs)
                .map(async |(address, config)| match command {
                    Command::Apply => Box::pin(address.core.apply(config)).await,
                    Command::Refresh => (Action::Nothing, Box::pin(address.core.refresh()).await),
                    Command::Destroy => {
                        let mut diags = address.core.refresh().await;
                        if diags.errors.is_empty() {
                            diags.add_diagnostics(Box::pin(address.core.destroy()).await);
                        }
                        (Action::Nothing, diags)
                    }
                });
            let action = async {
                let action = action?;
                let (messages, diags) = Box::pin(action.invoke(&provider, cancel.clone())).await;
                Some((action, messages, diags))
            };
            let mut work = Box::pin(join(join_all(resources), action));
            tokio::select! {
                biased;
                () = sleep(interrupt_time), if interruption < 2 => {
                    if interruption == 0 {
                        counts.interrupts.fetch_add(1, Ordering::Relaxed);
                        interrupted_at = Some(Instant::now());
                        cancel.cancel();
                        Some(work.await)
                    } else {
                        counts.kills.fetch_add(1, Ordering::Relaxed);
                        dead.cancel();
                        None
                    }
                }
                done = &mut work => Some(done),
            }
        };
        if let Some(interrupted_at) = interrupted_at {
            let took = interrupted_at.elapsed();
            assert!(took <= Duration::from_secs(2), "the interrupt took {took:?}");
        }
        let took = started.elapsed();
        assert!(took < Duration::from_secs(3600), "it took {took:?}");
        match outcome {
            Some((resources, action)) => {
                let results = Results { resources, action };
                self.record(&results, &saved);
                self.check(counts);
                self.check_association(End::Done, results.has_errors());
            }
            None => {
                for (address, saved) in self.addresses.iter_mut().zip(saved) {
                    address.core.stored = saved;
                }
                // Requests in flight arrive.
                sleep(Duration::from_secs(1)).await;
                self.record_orphans(counts);
                self.check_association(End::Killed, false);
            }
        }
    }
}
