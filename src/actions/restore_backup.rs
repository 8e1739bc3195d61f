//! The action `csbs_restore_backup`: restores a server's disks from a backup.

mod messages;
mod model;
mod plan;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use terraform_plugin::{Attribute, Context, Diagnostics, PlanAction, Schema};

use super::operation::{ActionOperation, timeout, timeout_attribute};
use crate::{
    Connection,
    connected::Connected,
    validators::{each_element, each_key, id, string},
};
pub(super) use messages::{
    GONE, NO_SIGN, SUMMARY, report_failed, report_mapping, report_no_answer, report_not_available, report_not_found,
};
pub(super) use model::RestoreBackupModel;
use otc_client::operation::{
    OperationContext,
    restore::{RestoreBackup, RestoreError, RestoreProgress},
};
pub(super) use plan::{Source, warn_of_restore};

/// Restores a server's disks from a backup.
pub type RestoreBackupAction = Connected<RestoreBackup>;

#[async_trait]
impl ActionOperation for RestoreBackup {
    type Model = RestoreBackupModel;
    type Progress = RestoreProgress;
    type Outcome = ();
    type Error = RestoreError;

    fn schema() -> Schema {
        Schema::new(
            "Restores a server's disks from a backup, and waits until the restore has finished. The data on the disks is \
             overwritten. The provider first asks the service whether the restore is possible.",
        )
        .attributes([
            Attribute::string("backup_id")
                .required()
                .validate(string("The backup ID is not valid", id()))
                .doc("ID of the backup (checkpoint item) to restore from."),
        ])
        .attributes(target_attributes())
        .attributes([timeout_attribute()])
    }

    async fn check_plan(connection: &Connection, context: &Context, request: &PlanAction, diags: &mut Diagnostics) {
        plan::check(connection, context, request, diags).await;
    }

    fn from_model(model: RestoreBackupModel) -> Self {
        let volumes = model.volume_mappings();
        Self {
            item_id: model.backup_id.unwrap_or_default(),
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
        on_progress: &(dyn Fn(RestoreProgress) + Send + Sync),
    ) -> Result<(), RestoreError> {
        Self::run(self, service, &context.cancel, on_progress).await
    }

    fn progress_message(&self, progress: RestoreProgress) -> String {
        let id = &self.item_id;
        match progress {
            RestoreProgress::Checked { server_id, disks } => {
                format!("Backup {id} can be restored to server {server_id}; disks to overwrite: {disks}.")
            }
            RestoreProgress::Started {
                restore_id: Some(restore),
            } => format!("Restore {restore} of backup {id} has begun."),
            RestoreProgress::Started { restore_id: None } => format!("The restore of backup {id} has begun."),
            RestoreProgress::Running {
                status,
                percent: Some(percent),
            } => format!("Backup {id}: {status}, {percent} %."),
            RestoreProgress::Running { status, percent: None } => format!("Backup {id}: {status}."),
        }
    }

    fn success_message(&self, _: ()) -> String {
        format!("Backup {} is restored.", self.item_id)
    }

    fn report(&self, error: RestoreError, diags: &mut Diagnostics) {
        messages::report(self, error, diags);
    }
}

/// The attributes that say where to restore to, and whether the server is started.
pub(super) fn target_attributes() -> [Attribute; 3] {
    [
        Attribute::string("server_id")
            .validate(string("The server ID is not valid", id()))
            .doc("ID of the server to restore to. By default the server that was backed up."),
        Attribute::map_of_strings("volumes")
            .validate(each_key("The disk backup's ID is not valid", id()))
            .validate(each_element(string("The disk's ID is not valid", id())))
            .doc(
                "Target disk of each disk backup: IDs of disks by IDs of disk backups, all of them. By default the \
                 original disks. Required for another server.",
            ),
        Attribute::bool("power_on").doc("If `false`, the server is not started after the restore. Default `true`."),
    ]
}
