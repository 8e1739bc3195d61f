//! Changes by other people, and failures: events that no request of the client causes.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;

use super::{
    inventory::{BackupRecord, CbrInventory, VaultRecord},
    objects::{Association, Backup, BackupStatus, Failure, PlannedFailure, TaskKind, Vault, VaultStatus},
    refusal::full_code,
    run::{self, NewRun},
    servers::{Chosen, Selection},
};
use crate::{CbrConfig, Simulator, state::State, timeline::advance_to_now};

/// Control of the simulated CBR.
#[derive(Debug, Clone, Copy)]
pub struct CbrControls<'a> {
    simulator: &'a Simulator,
}

impl Simulator {
    /// Returns the control of the simulated CBR.
    pub fn cbr(&self) -> CbrControls<'_> {
        CbrControls { simulator: self }
    }
}

/// New vault.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewVault {
    /// ID; `None` makes one.
    pub id: Option<String>,
    /// Name.
    pub name: String,
    /// ID of its project; `None` means every project.
    pub project_id: Option<String>,
    /// Region; `None` means the first one.
    pub region: Option<String>,
    /// Capacity in GB.
    pub size: u64,
    /// IDs of the associated servers.
    pub servers: Vec<String>,
    /// Kind of resources: `server`, `disk` or `turbo`.
    pub object_type: String,
    /// `backup` or `replication`.
    pub protect_type: String,
    /// Write-once protection.
    pub locked: bool,
    /// Grows when it is full.
    pub auto_expand: bool,
}

impl Default for NewVault {
    fn default() -> Self {
        Self {
            id: None,
            region: None,
            name: "vault".to_owned(),
            project_id: None,
            size: 1000,
            servers: Vec::new(),
            object_type: "server".to_owned(),
            protect_type: "backup".to_owned(),
            locked: false,
            auto_expand: false,
        }
    }
}

/// Changes of a vault. Absent members stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VaultChanges {
    /// Name.
    pub name: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// ID of its backup policy.
    pub policy_id: Option<String>,
    /// Replaces the tags.
    pub tags: Option<BTreeMap<String, String>>,
    /// Capacity in GB.
    pub size: Option<u64>,
    /// Status.
    pub status: Option<VaultStatus>,
    /// Write-once protection.
    pub locked: Option<bool>,
    /// Grows when it is full.
    pub auto_expand: Option<bool>,
    /// Associates these servers.
    pub add_servers: Vec<String>,
    /// Removes these servers, and their backups in the vault.
    pub remove_servers: Vec<String>,
    /// Disks that are excluded, for all associated servers.
    pub exclude_volumes: Option<Vec<String>>,
}

/// New finished backup.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewBackup {
    /// ID of the project; `None` means the first one.
    pub project_id: Option<String>,
    /// IDs of the servers. They need not be associated with the vault.
    pub servers: Vec<String>,
    /// Name; `None` lets the service choose one.
    pub name: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// It was created by a policy.
    pub auto_trigger: bool,
    /// Age in seconds.
    pub age: u64,
}

/// Changes of a backup. Absent members stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BackupChanges {
    /// Name.
    pub name: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Status; it ends the running operation.
    pub status: Option<BackupStatus>,
    /// IDs of the images that were created from it.
    pub images: Option<Vec<String>>,
    /// ID of the vault, as after a move of the server.
    pub vault_id: Option<String>,
    /// Time from which the service deletes it.
    pub expired_at: Option<Timestamp>,
}

impl CbrControls<'_> {
    pub(super) fn simulator(&self) -> &Simulator {
        self.simulator
    }

    /// Changes the behaviour.
    pub fn configure(&self, change: impl FnOnce(&mut CbrConfig)) {
        self.simulator.configure(|config| change(&mut config.cbr));
    }

    /// Returns all objects.
    pub fn inventory(&self) -> CbrInventory {
        let state = &mut *self.simulator.state();
        let now = advance_to_now(state);
        CbrInventory::of(state, now)
    }

    /// Creates a vault, or replaces the one with the same ID. Unknown servers are ignored.
    pub fn make_vault(&self, new: NewVault) -> VaultRecord {
        let state = &mut *self.simulator.state();
        let now = advance_to_now(state);
        let id = new.id.unwrap_or_else(|| state.cbr.random.uuid());
        let vault = Vault {
            locked: new.locked,
            auto_expand: new.auto_expand,
            object_type: new.object_type,
            protect_type: new.protect_type,
            region: new.region,
            ..Vault::new(id.clone(), new.name, new.project_id, new.size, now)
        };
        state.cbr.vaults.retain(|vault| vault.id != id);
        state.cbr.vaults.push(vault);
        associate(state, &id, &new.servers);
        VaultRecord::of(state, &id).unwrap_or_default()
    }

    /// Changes a vault, as another person does. Returns `false` if there is no such vault.
    pub fn change_vault(&self, id: &str, changes: &VaultChanges) -> bool {
        let state = &mut *self.simulator.state();
        advance_to_now(state);
        associate(state, id, &changes.add_servers);
        let Some(vault) = state.cbr.vault_mut(id) else {
            return false;
        };
        if let Some(name) = &changes.name {
            vault.name.clone_from(name);
        }
        if let Some(description) = &changes.description {
            vault.description.clone_from(description);
        }
        if let Some(policy) = &changes.policy_id {
            vault.policy_id = Some(policy.clone());
        }
        if let Some(tags) = &changes.tags {
            vault.tags = tags.clone().into_iter().collect();
        }
        vault.size = changes.size.unwrap_or(vault.size);
        vault.locked = changes.locked.unwrap_or(vault.locked);
        vault.auto_expand = changes.auto_expand.unwrap_or(vault.auto_expand);
        if let Some(status) = changes.status {
            vault.status = status;
            vault.status_until = None;
        }
        if let Some(disks) = &changes.exclude_volumes {
            for resource in &mut vault.resources {
                resource.exclude_volumes.clone_from(disks);
            }
        }
        let removed = &changes.remove_servers;
        vault.resources.retain(|resource| !removed.contains(&resource.id));
        state
            .cbr
            .backups
            .retain(|backup| backup.vault_id != id || !removed.contains(&backup.server.id));
        true
    }

    /// Removes a vault with its backups, without a trace. Returns `false` if there is no such vault.
    pub fn remove_vault(&self, id: &str) -> bool {
        let objects = &mut self.simulator.state().cbr;
        let before = objects.vaults.len();
        objects.vaults.retain(|vault| vault.id != id);
        objects.backups.retain(|backup| backup.vault_id != id);
        objects.vaults.len() < before
    }

    /// Creates a finished checkpoint in a vault, with a backup of every server, as if someone else had created it. Unknown servers
    /// are ignored. Returns the backups, or `None` if there is no such vault.
    pub fn make_backups(&self, vault: &str, new: &NewBackup) -> Option<Vec<BackupRecord>> {
        let state = &mut *self.simulator.state();
        let now = advance_to_now(state);
        let vault = state.cbr.vaults.iter().find(|found| found.id == vault)?.clone();
        let project = new.project_id.clone().or_else(|| {
            let first = state.config.projects.first();
            first.map(|project| project.id.clone())
        });
        let project = project.unwrap_or_default();
        let run = NewRun {
            project: project.clone(),
            name: new.name.clone(),
            description: new.description.clone(),
            incremental: None,
            auto_trigger: new.auto_trigger,
            request: None,
        };
        let chosen = new.servers.iter().filter_map(|id| {
            let server = state.objects.server(&project, id)?.clone();
            Some(Chosen {
                disks: server.disks.clone(),
                association: Association::of_server(&server),
                server,
            })
        });
        let selection = Selection {
            chosen: chosen.collect(),
            skipped: Vec::new(),
        };
        let created_at = now
            .checked_sub(jiff::SignedDuration::try_from(Duration::from_secs(new.age)).unwrap_or_default())
            .unwrap_or(now);
        let checkpoint = run::start(state, &vault, selection, &run, created_at);
        finish_all(state, &checkpoint.id, created_at);
        let backups = state.cbr.backups.iter();
        let made = backups.filter(|backup| backup.checkpoint_id == checkpoint.id);
        Some(made.map(|backup| BackupRecord::of(state, backup)).collect())
    }

    /// Changes a backup, as another person or the service does. Returns `false` if there is no such backup.
    pub fn change_backup(&self, id: &str, changes: BackupChanges) -> bool {
        let state = &mut *self.simulator.state();
        let now = advance_to_now(state);
        let Some(backup) = state.cbr.backup_mut(id) else {
            return false;
        };
        backup.updated_at = now;
        backup.name = changes.name.unwrap_or_else(|| backup.name.clone());
        backup.description = changes.description.or_else(|| backup.description.clone());
        backup.images = changes.images.unwrap_or_else(|| backup.images.clone());
        backup.vault_id = changes.vault_id.unwrap_or_else(|| backup.vault_id.clone());
        backup.expired_at = changes.expired_at.or(backup.expired_at);
        if let Some(status) = changes.status {
            backup.status = status;
            backup.step = None;
        }
        true
    }

    /// Removes a backup without a trace. Returns `false` if there is no such backup.
    pub fn remove_backup(&self, id: &str) -> bool {
        let objects = &mut self.simulator.state().cbr;
        let before = objects.backups.len();
        objects.backups.retain(|backup| backup.id != id);
        objects.backups.len() < before
    }

    /// Makes the next backup fail, of one server or of any.
    pub fn fail_next_backup(&self, server: Option<&str>, code: &str, message: &str) {
        self.plan_failure(TaskKind::Backup, server, code, message);
    }

    /// Makes the next restore fail, to one server or to any.
    pub fn fail_next_restore(&self, server: Option<&str>, code: &str, message: &str) {
        self.plan_failure(TaskKind::Restore, server, code, message);
    }

    /// Makes the next deletion of a backup fail, of one server or of any.
    pub fn fail_next_delete(&self, server: Option<&str>, code: &str, message: &str) {
        self.plan_failure(TaskKind::Delete, server, code, message);
    }

    pub(super) fn plan_failure(&self, kind: TaskKind, server: Option<&str>, code: &str, message: &str) {
        self.simulator.state().cbr.failures.push(PlannedFailure {
            kind,
            server: server.map(str::to_owned),
            failure: Failure {
                code: full_code(code),
                message: message.to_owned(),
            },
        });
    }
}

/// Associates servers with a vault.
fn associate(state: &mut State, vault: &str, servers: &[String]) {
    let known: Vec<_> = state
        .objects
        .servers
        .iter()
        .filter(|server| servers.contains(&server.id))
        .map(Association::of_server)
        .collect();
    if let Some(vault) = state.cbr.vault_mut(vault) {
        for association in known {
            if vault.association(&association.id).is_none() {
                vault.resources.push(association);
            }
        }
    }
}

/// Finishes the backups of a checkpoint at once.
pub(super) fn finish_all(state: &mut State, checkpoint: &str, at: Timestamp) {
    let objects = &mut state.cbr;
    for backup in objects
        .backups
        .iter_mut()
        .filter(|backup| backup.checkpoint_id == checkpoint)
    {
        finish(backup, at);
        backup.add_children(&mut objects.random, at);
    }
    for task in objects
        .tasks
        .iter_mut()
        .filter(|task| task.checkpoint_id.as_deref() == Some(checkpoint))
    {
        task.started_at = Some(at);
        task.finish(at, None);
    }
}

fn finish(backup: &mut Backup, at: Timestamp) {
    backup.status = BackupStatus::Available;
    backup.step = None;
    backup.planned_failure = None;
    backup.visible_at = at;
    backup.protected_at = Some(at);
    backup.used = backup.final_size();
}
