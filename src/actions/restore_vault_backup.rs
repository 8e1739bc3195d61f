//! The action `csbs_restore_vault_backup`: restores a server's disks from a backup in a vault.

mod messages;
mod plan;

use async_trait::async_trait;
use terraform_plugin::{Attribute, Context, Diagnostics, PlanAction, Schema};

use super::{
    operation::{ActionOperation, timeout, timeout_attribute},
    restore_backup::{RestoreBackupModel, target_attributes},
};
use crate::{
    Connection,
    connected::Connected,
    validators::{id, string},
};
use otc_client::operation::{
    OperationContext,
    restore_vault_backup::{RestoreProof, RestoreVaultBackup, RestoreVaultBackupError, RestoreVaultProgress},
};

/// Restores a server's disks from a backup in a vault.
pub type RestoreVaultBackupAction = Connected<RestoreVaultBackup>;

#[async_trait]
impl ActionOperation for RestoreVaultBackup {
    type Model = RestoreBackupModel;
    type Progress = RestoreVaultProgress;
    type Outcome = RestoreProof;
    type Error = RestoreVaultBackupError;

    fn schema() -> Schema {
        Schema::new(
            "Restores a server's disks from a backup in a vault of Cloud Backup and Recovery (CBR), and waits until the restore has \
             finished. The server is shut down, and the data on the disks is overwritten. A restore can be neither stopped nor \
             undone.",
        )
        .attributes([Attribute::string("backup_id")
            .required()
            .validate(string("The backup ID is not valid", id()))
            .doc("ID of the server's backup to restore from.")])
        .attributes(target_attributes())
        .attributes([timeout_attribute()])
    }

    async fn check_plan(connection: &Connection, context: &Context, request: &PlanAction, diags: &mut Diagnostics) {
        plan::check(connection, context, request, diags).await;
    }

    fn from_model(model: RestoreBackupModel) -> Self {
        let volumes = model.volume_mappings();
        Self {
            backup_id: model.backup_id.unwrap_or_default(),
            server_id: model.server_id.as_option(),
            volumes,
            power_on: model.power_on.unwrap_or(true),
            timeout: timeout(&model.timeout),
        }
    }

    async fn run(
        &self,
        service: &OperationContext,
        context: &Context,
        on_progress: &(dyn Fn(RestoreVaultProgress) + Send + Sync),
    ) -> Result<RestoreProof, RestoreVaultBackupError> {
        Self::run(self, service, &context.cancel, on_progress).await
    }

    fn progress_message(&self, progress: RestoreVaultProgress) -> String {
        let id = &self.backup_id;
        match progress {
            RestoreVaultProgress::Checked { server_id, disks } => {
                format!("Backup {id} is restored to server {server_id}; disks to overwrite: {disks}.")
            }
            RestoreVaultProgress::Started => format!("The restore of backup {id} has begun."),
            RestoreVaultProgress::Running {
                status,
                percent: Some(percent),
            } => format!("Backup {id}: {status}, {percent} %."),
            RestoreVaultProgress::Running { status, percent: None } => format!("Backup {id}: {status}."),
        }
    }

    fn success_message(&self, proof: RestoreProof) -> String {
        let id = &self.backup_id;
        match proof {
            RestoreProof::Task => format!("Backup {id} is restored."),
            RestoreProof::Status => format!(
                "Backup {id} is available again, so its restore has ended. The service has not confirmed that it succeeded, because \
                 its task could not be read (permission cbr:tasks:list): check the server."
            ),
        }
    }

    fn report(&self, error: RestoreVaultBackupError, diags: &mut Diagnostics) {
        messages::report(self, error, diags);
    }
}
