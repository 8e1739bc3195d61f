//! The action `csbs_create_vault_backup`: creates a backup in a vault that no state keeps.

use async_trait::async_trait;
use otc_client::operation::{
    OperationContext,
    create_vault_backup::{CreateVaultBackup, CreateVaultBackupError, VaultBackupProgress},
};
use serde::{Deserialize, Serialize};
use terraform_plugin::{Attribute, Context, Diagnostics, Schema, Value};

use super::operation::{ActionOperation, timeout, timeout_attribute};
use crate::{
    connected::Connected,
    validators::{each_member, id, object_description, string, vault_backup_name},
    vault_backup::{
        messages::{self, Waiting},
        model::VaultBackupModel,
        unique_name::unique_name,
    },
};

/// Creates a backup of a server in a vault, and waits until it is available.
pub type CreateVaultBackupAction = Connected<CreateVaultBackup>;

/// Model of the configuration.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CreateVaultBackupModel {
    vault_id: Value<String>,
    resource_id: Value<String>,
    name: Value<String>,
    description: Value<String>,
    incremental: Value<bool>,
    exclude_volumes: Value<Vec<Value<String>>>,
    timeout: Value<String>,
}

/// The part of the backup that exists, and the reason why it is not available.
pub struct Failed {
    progress: VaultBackupProgress,
    error: CreateVaultBackupError,
}

#[async_trait]
impl ActionOperation for CreateVaultBackup {
    type Model = CreateVaultBackupModel;
    type Progress = VaultBackupProgress;
    type Outcome = VaultBackupProgress;
    type Error = Box<Failed>;

    fn schema() -> Schema {
        Schema::new(
            "Creates a backup of a server in a vault of Cloud Backup and Recovery (CBR), and waits until it is available. The \
             server must be associated with the vault. Use it to back up a server when something else changes: before an update \
             or a destroy of another resource, or by hand. The backup is in no state, so that Terraform never deletes it: the \
             last event of the action has its ID. Use the resource `csbs_vault_backup` when other resources must depend on the \
             backup or when its ID is needed afterwards.",
        )
        .attributes([
            Attribute::string("vault_id")
                .required()
                .validate(string("The vault ID is not valid", id()))
                .doc("ID of the vault to back up to."),
            Attribute::string("resource_id")
                .required()
                .validate(string("The server ID is not valid", id()))
                .doc("ID of the server to back up. The server must be associated with the vault."),
            Attribute::string("name")
                .validate(string("The backup name is not valid", vault_backup_name()))
                .doc(
                    "Name of the backup: 1 to 64 letters, digits, `_` and `-`. The provider chooses a unique name when this is \
                     left out.",
                ),
            Attribute::string("description")
                .validate(string("The description is not valid", object_description()))
                .doc("Description of the backup: up to 255 characters, without `<` and `>`."),
            Attribute::bool("incremental").doc(
                "Whether to request an incremental backup (`true`) or a full one (`false`). The first backup of a server is \
                 always full.",
            ),
            Attribute::set_of_strings("exclude_volumes")
                .validate(each_member(string("The disk ID is not valid", id())))
                .doc("IDs of disks of the server that are not backed up. By default the backup has all disks."),
            timeout_attribute(),
        ])
    }

    fn from_model(model: CreateVaultBackupModel) -> Self {
        let configured = VaultBackupModel {
            vault_id: model.vault_id,
            resource_id: model.resource_id,
            description: model.description,
            incremental: model.incremental,
            exclude_volumes: model.exclude_volumes,
            ..VaultBackupModel::default()
        };
        Self {
            request: configured.checkpoint_request(model.name.as_option().unwrap_or_else(unique_name)),
            reads_percentage: true,
            timeout: timeout(&model.timeout),
        }
    }

    async fn run(
        &self,
        service: &OperationContext,
        context: &Context,
        on_progress: &(dyn Fn(VaultBackupProgress) + Send + Sync),
    ) -> Result<VaultBackupProgress, Box<Failed>> {
        let mut progress = VaultBackupProgress::default();
        let on_progress = |progress: &VaultBackupProgress| on_progress(progress.clone());
        match Self::run(self, service, &context.cancel, &mut progress, &on_progress).await {
            Ok(()) => Ok(progress),
            Err(error) => Err(Box::new(Failed { progress, error })),
        }
    }

    fn progress_message(&self, progress: VaultBackupProgress) -> String {
        let Some(backup) = &progress.backup else {
            return format!(
                "Server {}: the backup was started as checkpoint {}.",
                self.request.resource_id,
                progress.checkpoint_id.as_deref().unwrap_or("(unknown)")
            );
        };
        match progress.task.as_ref().and_then(|task| task.progress) {
            Some(percent) => format!("Backup {}: {}, {percent} %.", backup.id, backup.status),
            None => format!("Backup {}: {}.", backup.id, backup.status),
        }
    }

    fn success_message(&self, progress: VaultBackupProgress) -> String {
        // No warning about earlier backups, because earlier invocations with the same name are the rule.
        let more = [
            messages::second_request(self, &progress),
            messages::similar_backups(self, &progress, Waiting::Action),
        ];
        let more: String = more.into_iter().flatten().map(|text| format!(" {text}")).collect();
        let id = progress
            .backup
            .map_or_else(|| "(unknown)".to_owned(), |backup| backup.id);
        format!("Backup {id} of server {} is available.{more}", self.request.resource_id)
    }

    fn report(&self, failed: Box<Failed>, diags: &mut Diagnostics) {
        let similar = messages::similar_backups(self, &failed.progress, Waiting::Action);
        messages::warn_of_similar_backups(similar, diags);
        messages::warn_of_second_request(self, &failed.progress, diags);
        messages::create(self, &failed.progress, &failed.error, Waiting::Action, diags);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_has_what_is_configured() {
        let text = |text: &str| Value::Value(text.to_owned());
        let create = CreateVaultBackup::from_model(CreateVaultBackupModel {
            vault_id: text("vault"),
            resource_id: text("server"),
            name: text("nightly"),
            description: text(""),
            incremental: Value::Value(false),
            exclude_volumes: Value::Value(vec![text("disk")]),
            ..CreateVaultBackupModel::default()
        });
        let request = create.request;
        assert_eq!(
            (request.vault_id.as_str(), request.resource_id.as_str()),
            ("vault", "server")
        );
        assert_eq!(request.name.as_deref(), Some("nightly"));
        assert_eq!((request.description, request.incremental), (None, Some(false)));
        assert_eq!(request.exclude_volumes, ["disk"]);
    }

    #[test]
    fn a_name_is_chosen_when_none_is_configured() {
        let name = || {
            CreateVaultBackup::from_model(CreateVaultBackupModel::default())
                .request
                .name
                .unwrap()
        };
        assert_ne!(name(), name());
    }
}
