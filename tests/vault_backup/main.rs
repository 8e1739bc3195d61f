//! `csbs_vault_backup` from plan to destroy, against a service in memory and under paused time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod actions;
mod failures;
mod import;
mod life;
mod lost_answers;
mod many;
mod plan_check;
mod regions;
mod resume;
mod rough;

use csbs::CsbsProvider;
use csbs_simulator::{BackupRecord, FIRST_VAULT_ID, Operation, Rule, Server};
use terraform_plugin::RawValue;
use test_support::{
    core::Core,
    simulated_service::{SERVER, SimulatedService},
};

/// A new process of the provider, signed in to the service.
fn new_process(service: &SimulatedService) -> CsbsProvider {
    CsbsProvider::with_session(service.session())
}

/// The resource in a new process of the provider.
fn new_core(service: &SimulatedService) -> Core {
    Core::of(&new_process(service), "csbs_vault_backup")
}

/// A configuration for [`SERVER`] in the first vault, with more arguments.
fn config(core: &Core, more: &[(&str, RawValue)]) -> RawValue {
    let mut values = vec![("vault_id", FIRST_VAULT_ID.into()), ("resource_id", SERVER.into())];
    values.extend(more.iter().cloned());
    core.config(&values)
}

/// A configuration with a name.
fn nightly(core: &Core) -> RawValue {
    config(core, &[("name", "nightly".into())])
}

/// All backups in vaults, oldest first.
fn backups(service: &SimulatedService) -> Vec<BackupRecord> {
    service.simulator.cbr().inventory().backups
}

/// The only backup.
fn only_backup(service: &SimulatedService) -> BackupRecord {
    let mut backups = backups(service);
    assert_eq!(backups.len(), 1, "{backups:?}");
    backups.remove(0)
}

/// Number of requests to create a checkpoint.
fn posts(service: &SimulatedService) -> u64 {
    service.simulator.count(Operation::CbrCreateCheckpoint)
}

/// The next request to create a checkpoint has this fate.
fn next_create(service: &SimulatedService, effect: csbs_simulator::Effect) {
    service.fault(Rule::on(Operation::CbrCreateCheckpoint, effect).times(1));
}

/// The next backup fails, because "the disk is gone".
fn fail_next_backup(service: &SimulatedService) {
    service
        .simulator
        .cbr()
        .fail_next_backup(None, "6215", "the disk is gone");
}

/// ID of a server of [`with_servers`].
fn server(index: usize) -> String {
    format!("5e7e7000-0000-4000-8000-{index:012}")
}

/// A service with as many servers in the first vault.
fn with_servers(count: usize) -> SimulatedService {
    SimulatedService::with(|config| {
        config.quirks = csbs_simulator::Quirks::Tidy;
        config.servers = (0..count).map(|index| Server::new(server(index))).collect();
    })
}
