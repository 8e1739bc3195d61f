//! Cloud Backup and Recovery (CBR), the successor of CSBS: API v3 under `/v3/{project_id}`.
//!
//! It shares sign-in, clock, faults, log and servers with the simulated CSBS, and nothing else.

mod admin;
mod association;
mod backup_filter;
mod backup_view;
mod backups;
mod body;
mod checkpoints;
mod config;
mod controls;
mod inventory;
mod migration;
mod objects;
mod policies;
mod query;
mod refusal;
mod restores;
mod rough;
mod run;
mod servers;
mod tag_search;
mod tags;
mod tasks;
mod timeline;
mod times;
mod vault_changes;
mod vault_view;
mod vaults;

pub(crate) use admin::admin;
pub use config::{
    AllServersSkipped, BusyServer, CbrConfig, ChangeOfBackup, EmptyCheckpoint, EmptyResources, FailedRestore,
    MalformedId, NameFilter, PartialFailure, RoughObjects, ServerNotInVault, UnknownServer,
};
pub use controls::{BackupChanges, CbrControls, NewBackup, NewVault, VaultChanges};
pub use inventory::{BackupRecord, CbrInventory, TaskRecord, VaultRecord};
use jiff::Timestamp;
pub(crate) use objects::Objects;
pub use objects::{BackupStatus, FIRST_VAULT_ID, TaskStatus, VaultStatus};
pub(crate) use timeline::advance;

use crate::{
    Operation, Role,
    api::Context,
    call::Call,
    caller::Caller,
    reply::{Answer, Reply},
    state::State,
};

/// Answers a call of an authenticated caller.
pub(crate) fn answer(
    state: &mut State,
    caller: &Caller,
    call: &Call,
    operation: Operation,
    now: Timestamp,
    number: u64,
) -> Answer {
    let segments = call.segments();
    let ["v3", project, rest @ ..] = segments.as_slice() else {
        return Err(refusal::no_such_api());
    };
    if matches!(operation, Operation::Unknown | Operation::WrongMethod) {
        return Err(refusal::no_such_api());
    }
    if *project != caller.project_id {
        return Err(Reply::nested(
            "itemNotFound",
            404,
            format!("Project {project} could not be found."),
        ));
    }
    if operation.is_write() && caller.role == Role::Reader {
        let action = action(operation);
        return Err(refusal::forbidden(action));
    }
    let context = Context {
        call,
        caller,
        rest,
        now,
        number,
        project,
    };
    let first = state.config.regions.first().cloned().unwrap_or_default();
    let region = call.region.as_deref().unwrap_or(&first);
    let others = state.cbr.take_other_regions(region, &first);
    let answer = handle(state, &context, operation);
    state.cbr.put_back(others);
    answer
}

fn handle(state: &mut State, context: &Context<'_>, operation: Operation) -> Answer {
    match operation {
        Operation::CbrListVaults => vaults::list(state, context),
        Operation::CbrGetVault => vaults::get(state, context),
        Operation::CbrCreateVault => vault_changes::create(state, context),
        Operation::CbrUpdateVault => vault_changes::update(state, context),
        Operation::CbrDeleteVault => vault_changes::delete(state, context),
        Operation::CbrAddResources => association::add(state, context),
        Operation::CbrRemoveResources => association::remove(state, context),
        Operation::CbrMigrateResources => association::migrate(state, context),
        Operation::CbrRestoreBackup => restores::restore(state, context),
        Operation::CbrAddVaultTag => tags::add(state, context),
        Operation::CbrBatchVaultTags => tags::batch(state, context),
        Operation::CbrDeleteVaultTag => tags::delete(state, context),
        Operation::CbrListVaultTags => tags::list(state, context),
        Operation::CbrProjectTags => tags::project(state, context),
        Operation::CbrFilterVaults => tag_search::search(state, context),
        Operation::CbrCreateCheckpoint => checkpoints::create(state, context),
        Operation::CbrGetCheckpoint => checkpoints::get(state, context),
        Operation::CbrListBackups => backups::list(state, context),
        Operation::CbrGetBackup => backups::get(state, context),
        Operation::CbrUpdateBackup => backups::update(state, context),
        Operation::CbrDeleteBackup => backups::delete(state, context),
        Operation::CbrListPolicies => policies::list(state, context),
        Operation::CbrListTasks => tasks::list(state, context),
        Operation::CbrGetTask => tasks::get(state, context),
        _ => Err(refusal::no_such_api()),
    }
}

/// Returns the name of an operation in the rules of IAM.
fn action(operation: Operation) -> &'static str {
    match operation {
        Operation::CbrCreateCheckpoint => "cbr:vaults:backup",
        Operation::CbrCreateVault => "cbr:vaults:create",
        Operation::CbrDeleteVault => "cbr:vaults:delete",
        Operation::CbrAddResources => "cbr:vaults:addResources",
        Operation::CbrRemoveResources => "cbr:vaults:removeResources",
        Operation::CbrMigrateResources => "cbr:vaults:migrateResources",
        Operation::CbrAddVaultTag | Operation::CbrBatchVaultTags | Operation::CbrDeleteVaultTag => {
            "cbr:vaults:bulkCreateOrDeleteTags"
        }
        Operation::CbrUpdateBackup => "cbr:backups:update",
        Operation::CbrDeleteBackup => "cbr:backups:delete",
        Operation::CbrRestoreBackup => "cbr:backups:restore",
        _ => "cbr:vaults:update",
    }
}
