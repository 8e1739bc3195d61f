//! State of `csbs_vault_backup` as a struct, and how the service's answers change it.

use std::collections::BTreeMap;

use otc_client::{
    cbr::{Backup, BackupStatus, Checkpoint, CheckpointRequest},
    csbs::non_empty_description,
    operation::{OperationContext, create_vault_backup::VaultBackupProgress},
};
use serde::{Deserialize, Serialize};
use terraform_plugin::Value;

use crate::{
    backup::{drift::Texts, private::Configured},
    service_value::time,
    timeouts::Timeouts,
};

use super::summary::VaultBackupSummary;

/// Configuration, plan or state of `csbs_vault_backup`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VaultBackupModel {
    pub vault_id: Value<String>,
    pub resource_id: Value<String>,
    pub name: Value<String>,
    pub description: Value<String>,
    pub incremental: Value<bool>,
    pub exclude_volumes: Value<Vec<Value<String>>>,
    pub triggers: Value<BTreeMap<String, Value<String>>>,
    pub skip_destroy: Value<bool>,
    pub id: Value<String>,
    pub checkpoint_id: Value<String>,
    pub project_id: Value<String>,
    pub region: Value<String>,
    pub vault_name: Value<String>,
    pub current_vault_id: Value<String>,
    #[serde(flatten)]
    pub summary: VaultBackupSummary,
    pub timeouts: Value<Timeouts>,
}

impl VaultBackupModel {
    /// The request for a configuration, with this name. Description and kind are sent only if they are configured.
    #[must_use]
    pub fn checkpoint_request(&self, name: String) -> CheckpointRequest {
        CheckpointRequest {
            vault_id: self.vault_id.clone().unwrap_or_default(),
            resource_id: self.resource_id.clone().unwrap_or_default(),
            name: Some(name),
            description: self
                .description
                .as_ref_option()
                .filter(|text| !text.is_empty())
                .cloned(),
            incremental: self.incremental.as_ref_option().copied(),
            exclude_volumes: known_members(&self.exclude_volumes),
        }
    }

    /// The arguments that can change in the cloud and not through the API.
    #[must_use]
    pub fn texts(&self) -> Texts<'_> {
        Texts {
            name_argument: "name",
            name: &self.name,
            description: &self.description,
        }
    }

    /// The same arguments, to be stored.
    #[must_use]
    pub fn configured(&self) -> Configured {
        Configured::new(&self.name, &self.description)
    }

    /// Returns `true` if the backup is neither complete nor failed, as far as is known. One that is being restored is complete.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        let status = self.summary.status.as_deref_option().map(BackupStatus::from);
        status.is_some_and(|status| {
            !matches!(
                status,
                BackupStatus::Available | BackupStatus::WaitingRestore | BackupStatus::Restoring | BackupStatus::Error
            )
        })
    }

    /// Returns `true` if the status is `error`: the backup failed, or a restore or deletion of it.
    #[must_use]
    pub fn is_in_error(&self) -> bool {
        self.summary.status.as_deref_option() == Some(BackupStatus::Error.as_str())
    }

    /// Returns `true` if the backup is in another vault than the one of `vault_id`.
    #[must_use]
    pub fn has_moved(&self) -> bool {
        let current = self.current_vault_id.as_deref_option();
        current.is_some() && current != self.vault_id.as_deref_option()
    }

    /// Returns `true` if `backup` is the backup of this state: by its ID, or by its server while the ID is not known.
    #[must_use]
    pub fn is_backup(&self, backup: &Backup) -> bool {
        match (self.id.as_ref_option(), self.resource_id.as_ref_option()) {
            (Some(id), _) => backup.id == *id,
            (None, Some(server_id)) => backup.resource_id.as_ref() == Some(server_id),
            (None, None) => true,
        }
    }

    /// Records that this process knows the backup: its replacement must not report it as one that an interrupted run left.
    pub fn record_created(&self, service: &OperationContext) {
        if let (Some(server_id), Some(checkpoint_id)) =
            (self.resource_id.as_deref_option(), self.checkpoint_id.as_deref_option())
        {
            service.locks.record_created(server_id, checkpoint_id);
        }
    }

    /// Applies what a create or a wait has read so far.
    pub fn apply_progress(&mut self, progress: &VaultBackupProgress) {
        if let Some(checkpoint_id) = &progress.checkpoint_id {
            self.checkpoint_id = Value::Value(checkpoint_id.clone());
        }
        if let Some(vault) = &progress.vault {
            self.vault_name = vault.name.clone().into();
        }
        if let Some(checkpoint) = &progress.checkpoint {
            self.apply_checkpoint(checkpoint);
        }
        if let Some(backup) = &progress.backup {
            self.apply_backup(backup);
        }
        if let Some(task) = progress.task.as_ref().filter(|_| self.is_in_error()) {
            self.summary.apply_task(task);
        }
    }

    /// Applies the answer to the request that started the backup.
    fn apply_checkpoint(&mut self, checkpoint: &Checkpoint) {
        self.checkpoint_id = Value::Value(checkpoint.id.clone());
        self.summary.status = Value::Value(checkpoint.status.as_str().to_owned());
        self.summary.created_at = time(checkpoint.created_at.as_deref());
        if let Some(vault_name) = &checkpoint.vault_name {
            self.vault_name = Value::Value(vault_name.clone());
        }
        if let Some(project_id) = &checkpoint.project_id {
            self.project_id = Value::Value(project_id.clone());
        }
    }

    /// Applies what the service answers about the backup, except what can be configured.
    pub fn apply_backup(&mut self, backup: &Backup) {
        self.id = Value::Value(backup.id.clone());
        if let Some(checkpoint_id) = &backup.checkpoint_id {
            self.checkpoint_id = Value::Value(checkpoint_id.clone());
        }
        if let Some(vault_id) = &backup.vault_id {
            self.current_vault_id = Value::Value(vault_id.clone());
        }
        let earlier = std::mem::replace(&mut self.summary, VaultBackupSummary::from(backup));
        // An answer may leave out the time of a backup that has it.
        self.summary.created_at = self.summary.created_at.take().or(earlier.created_at);
        if self.is_in_error() {
            // Only a task has the failure, and tasks are deleted after some time.
            self.summary.fail_code = earlier.fail_code.as_option().into();
            self.summary.fail_reason = earlier.fail_reason.as_option().into();
        }
    }

    /// Applies the answer of a refresh: also what can be configured, as it is in the cloud. `vault_id` stays, because a backup
    /// that was moved with its server is the same backup.
    pub fn refresh(&mut self, backup: &Backup) {
        self.apply_backup(backup);
        self.vault_id = self.vault_id.take().or(self.current_vault_id.clone());
        if let Some(server_id) = &backup.resource_id {
            self.resource_id = Value::Value(server_id.clone());
        }
        if let Some(name) = &backup.name {
            self.name = Value::Value(name.clone());
        }
        self.refresh_description(backup);
        self.description = self.description.take().or(Value::Value(String::new()));
        self.incremental = self.incremental.take().or(self.summary.is_incremental);
        self.skip_destroy = self.skip_destroy.take().or(Value::Value(false));
    }

    /// Takes the description of the cloud, unless both are one of the forms of an empty description.
    fn refresh_description(&mut self, backup: &Backup) {
        let Some(description) = &backup.description else { return };
        let in_cloud = non_empty_description(Some(description));
        if in_cloud != non_empty_description(self.description.as_deref_option()) {
            self.description = Value::Value(in_cloud.unwrap_or_default().to_owned());
        }
    }

    /// Resolves the arguments that were chosen elsewhere because they were not configured.
    pub fn resolve_chosen_arguments(&mut self) {
        if self.incremental.is_unknown() {
            self.incremental = self.summary.is_incremental;
        }
    }
}

/// The known members of a set of strings.
pub fn known_members(set: &Value<Vec<Value<String>>>) -> Vec<String> {
    let members = set.as_ref_option().into_iter().flatten();
    members.filter_map(|member| member.as_ref_option().cloned()).collect()
}
