//! One random run: commands with faults, and changes of the configuration between them.

use std::{collections::BTreeSet, sync::atomic::AtomicU64};

use csbs::CsbsProvider;
use terraform_plugin::{ImportTarget, RawValue};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{
    address::Address, association::ForeignPolicy, command::Command, generator::Random, service_backup::service_backups,
};
use crate::{
    cloud::{Cloud, ReportedDiagnostics},
    wire::Trace,
};

/// The numbers of all runs together.
#[derive(Debug, Default)]
pub struct Counts {
    pub commands: AtomicU64,
    pub interrupts: AtomicU64,
    pub kills: AtomicU64,
    pub lost: AtomicU64,
    pub unknown_outcomes: AtomicU64,
}

pub struct Run {
    pub cloud: Cloud,
    pub random: Random,
    pub addresses: Vec<Address>,
    pub foreign_policy: ForeignPolicy,
    pub reported: ReportedDiagnostics,
    /// Backups and policies that processes made which were killed.
    pub orphans: BTreeSet<String>,
    /// Number of messages of earlier commands about objects that may still be created.
    pub announced: usize,
    /// A killed process reported nothing about the objects that may still be created.
    pub was_killed: bool,
}

impl Run {
    fn new(seed: u64, trace: Option<Trace>) -> Self {
        let cloud = Cloud::new(seed);
        if let Some(trace) = trace {
            cloud.shared.trace.set(trace).unwrap();
        }
        let mut random = Random(seed);
        let mut addresses = Address::all(&cloud.process());
        // Each configuration has about two thirds of the addresses.
        addresses.retain(|_| !random.one_in(3));
        Self {
            addresses,
            random,
            foreign_policy: ForeignPolicy::new(&cloud),
            reported: ReportedDiagnostics::default(),
            orphans: BTreeSet::new(),
            announced: 0,
            was_killed: false,
            cloud,
        }
    }

    pub fn reconnect(&mut self, provider: &CsbsProvider, cancel: &CancellationToken) {
        for address in &mut self.addresses {
            address.core.reconnect(provider);
            address.core.cancel = cancel.clone();
        }
    }

    /// The configuration of each address.
    pub fn configs(&self) -> Vec<RawValue> {
        let addresses = self.addresses.iter();
        addresses
            .map(|address| address.config(&self.foreign_policy.id))
            .collect()
    }

    /// IDs of everything in the services that is not in the state.
    pub fn unmanaged(&self) -> Vec<String> {
        let is_managed = |id: &str| self.addresses.iter().any(|address| address.contains(id));
        let backups = service_backups(&self.cloud).into_iter();
        let backups = backups.filter(|backup| !backup.is_being_deleted && !is_managed(&backup.checkpoint_id));
        let policies = self.cloud.simulator.inventory().policies.into_iter();
        let policies = policies.filter(|policy| policy.id != self.foreign_policy.id);
        let ids = backups.map(|backup| backup.id).chain(policies.map(|policy| policy.id));
        ids.filter(|id| !is_managed(id)).collect()
    }

    /// Changes the configuration as a user does, or imports a remaining backup.
    async fn edit_configuration(&mut self) {
        let provider = self.cloud.process();
        for index in 0..self.addresses.len() {
            match self.random.below(6) {
                0 => self.addresses[index].release += 1,
                1 => self.addresses[index].mark += 1,
                2 if self.addresses[index].core.stored.is_none() => {
                    let unmanaged = self.unmanaged();
                    let address = &mut self.addresses[index];
                    let mut backups = service_backups(&self.cloud).into_iter();
                    let found = backups.find(|backup| {
                        unmanaged.contains(&backup.id) && address.would_create(backup) && backup.is_available
                    });
                    let Some(found) = found else { continue };
                    address.core.reconnect(&provider);
                    address.core.cancel = CancellationToken::new();
                    let diags = address.core.import(ImportTarget::Id(found.id)).await;
                    assert!(diags.errors.is_empty(), "{diags:?}");
                }
                _ => {}
            }
        }
    }
}

pub async fn run(seed: u64, counts: &Counts, trace: Option<Trace>) {
    let mut run = Run::new(seed, trace);
    for _ in 0..3 + run.random.below(5) {
        run.cloud.clear_faults();
        run.add_faults();
        let command = match run.random.below(8) {
            0 => Command::Refresh,
            1 => Command::Destroy,
            _ => Command::Apply,
        };
        run.command(command, counts).await;
        run.cloud.clear_faults();
        let pause = run.random.duration();
        sleep(pause).await;
        run.edit_configuration().await;
    }
    run.finish().await;
}
