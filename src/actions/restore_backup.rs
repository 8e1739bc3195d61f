//! The action `csbs_restore_backup`: restores a server's disks from a backup.

mod plan;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use terraform_plugin::{
    Action, ActionEvent, AddDiagnostic, Attribute, AttributePath, Context, Deferred, Diagnostics, InvokeAction,
    PlanAction, Schema, Value,
};
use tokio::sync::mpsc::Sender;

use super::operation::{ActionOperation, CommonErrors, invoke, timeout, timeout_attribute};
use crate::{
    Connection,
    backup::messages::{backup_line, failure_of},
    diagnostics::{Failure, error_summary},
    validators::{each_element, each_key, id, string},
};
use otc_client::{
    csbs::VolumeMapping,
    operation::{
        OperationContext,
        restore::{MappingError, RestoreBackup, RestoreError, RestoreProgress},
    },
};

const SUMMARY: &str = "Cannot restore the backup";

/// Restores a server's disks from a backup.
pub struct RestoreBackupAction {
    connection: Connection,
}

impl RestoreBackupAction {
    /// An action that uses `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

/// Model of the configuration.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::actions) struct RestoreBackupModel {
    backup_id: Value<String>,
    server_id: Value<String>,
    volumes: Value<BTreeMap<String, Value<String>>>,
    power_on: Value<bool>,
    timeout: Value<String>,
}

#[async_trait]
impl Action for RestoreBackupAction {
    fn schema(&self) -> Schema {
        Schema::new(
            "Restores a server's disks from a backup, and waits until the restore has finished. The data on the disks is \
             overwritten. The provider first asks the service whether the restore is possible.",
        )
        .attributes([
            Attribute::string("backup_id")
                .required()
                .validate(string("The backup ID is not valid", id()))
                .doc("ID of the backup (checkpoint item) to restore from."),
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
            timeout_attribute(),
        ])
    }

    async fn plan(&self, context: &Context, request: PlanAction, diags: &mut Diagnostics) -> Option<Deferred> {
        plan::check(&self.connection, context, &request, diags).await;
        None
    }

    async fn invoke(
        &self,
        context: &Context,
        request: InvokeAction,
        events: Sender<ActionEvent>,
        diags: &mut Diagnostics,
    ) {
        invoke::<RestoreBackup>(&self.connection, context, &request, &events, diags).await;
    }
}

#[async_trait]
impl ActionOperation for RestoreBackup {
    type Model = RestoreBackupModel;
    type Progress = RestoreProgress;
    type Outcome = ();
    type Error = RestoreError;

    fn from_model(model: RestoreBackupModel) -> Self {
        Self {
            item_id: model.backup_id.unwrap_or_default(),
            server_id: model.server_id.as_option(),
            volumes: volume_mappings(&model.volumes),
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
        report(self, error, diags);
    }
}

/// The pairs of disk backup and disk that are known.
fn volume_mappings(volumes: &Value<BTreeMap<String, Value<String>>>) -> Vec<VolumeMapping> {
    let volumes = volumes.iter().flatten();
    let known = volumes.filter_map(|(backup_id, disk)| Some((backup_id, disk.as_ref_option()?)));
    known
        .map(|(backup_id, volume_id)| VolumeMapping {
            backup_id: backup_id.clone(),
            volume_id: volume_id.clone(),
        })
        .collect()
}

fn report(restore: &RestoreBackup, error: RestoreError, diags: &mut Diagnostics) {
    let id = &restore.item_id;
    let subject = format!("Backup {id}");
    let common = CommonErrors {
        summary: SUMMARY,
        subject: &subject,
        continues: "the restore continues in the cloud; the status of the backup shows its progress",
    };
    let failure = Failure {
        summary: SUMMARY,
        subject: &subject,
        attributes: &["volumes"],
    };
    let (summary, detail, attribute) = match error {
        RestoreError::Api(error) => return failure.report(diags, &error),
        RestoreError::NotStarted { waited } => return common.not_started(waited, diags),
        RestoreError::Stopped { started } => return common.interrupted(started, diags),
        RestoreError::TimedOut { waited, last } => {
            let last = match last {
                Some(status) => format!("the last status was {}", status.as_str()),
                None => "the status is not known".to_owned(),
            };
            return common.timed_out("The restore did not finish in time", waited, &last, diags);
        }
        RestoreError::Lost(source) => {
            let next = "Look at the backup's status before you restore again.";
            return common.lost("The progress of the restore cannot be read", &source, next, diags);
        }
        RestoreError::Mapping(error) => return report_mapping(&subject, &error, diags),
        RestoreError::NotRestorable(capability) => {
            let code = capability
                .as_ref()
                .and_then(|capability| capability.error_code.as_deref());
            let message = capability
                .as_ref()
                .and_then(|capability| capability.error_msg.as_deref());
            let mut refusal = failure.refusal(code, message);
            refusal.summary = "The backup cannot be restored".into();
            diags.errors.push(refusal);
            return;
        }
        RestoreError::NotFound => return report_not_found(id, diags),
        RestoreError::NotAvailable(item) => (
            SUMMARY,
            format!(
                "A backup can be restored only while its status is `available`:\n{}\n\nNothing was changed. Invoke the action \
                 again when it has that status.",
                backup_line(&item)
            ),
            AttributePath::new("backup_id"),
        ),
        RestoreError::NoAnswer(error) => (
            "It is not known whether the restore was started",
            format!(
                "{subject}: {} The backup's status did not change in the two minutes after that. The provider did not repeat \
                 the request: look at the backup's status and at the server in the console before you restore again.",
                error_summary(&error)
            ),
            AttributePath::root(),
        ),
        RestoreError::NoSign => (
            "The restore cannot be seen",
            format!(
                "{subject}: the service accepted the restore, but the backup's status did not change afterwards. Look at the \
                 server in the console before you restore again."
            ),
            AttributePath::root(),
        ),
        RestoreError::Failed(item) => (
            "The restore failed",
            format!(
                "{subject}: {}. Some disks may be overwritten and others not: look at the server in the console, and restore \
                 again.",
                failure_of(&item)
            ),
            AttributePath::root(),
        ),
        RestoreError::Gone => (
            "The backup was deleted during the restore",
            format!("{subject} does not exist any more. It is not known whether the restore is complete."),
            AttributePath::root(),
        ),
    };
    diags.add_attribute_error(summary, detail, attribute);
}

fn report_not_found(id: &str, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        "The backup does not exist",
        format!("The service has no backup (checkpoint item) with the ID {id} in this project."),
        AttributePath::new("backup_id"),
    );
}

fn report_mapping(subject: &str, error: &MappingError, diags: &mut Diagnostics) {
    let problem = error.to_string();
    diags.add_attribute_error(
        "The disks do not fit",
        format!(
            "{subject}: {}. Nothing was changed. The attribute volume_backups of the data source csbs_backup lists the \
             backup's disks.",
            problem.trim_end_matches('.')
        ),
        AttributePath::new("volumes"),
    );
}
