//! The action `csbs_restore_backup`: writes a server's disks back from a backup.

use async_trait::async_trait;
use tokio::sync::mpsc::Sender;

use crate::{
    Connection,
    attribute::{block, map_of_strings, named, optional, required},
    backup::messages::{failure_of, line},
    capability::volumes,
    diagnostic::{Failure, facts},
    duration::show,
    validators,
};
use otc_client::operation::restore::{RestoreBackup, RestoreError, RestoreProgress};
use terraform_plugin::{
    Action, ActionEvent, AddDiagnostic, AttributePath, AttributeType, Context, Deferred, Diagnostics, InvokeAction,
    PlanAction, RawValue, Schema,
};

use super::progress::{report_progress, timeout, validate_timeout};

const SUMMARY: &str = "Cannot restore the backup";

/// Writes a server's disks back from a backup.
pub struct RestoreBackupAction {
    connection: Connection,
}

impl RestoreBackupAction {
    /// An action that reaches the service by `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

#[async_trait]
impl Action for RestoreBackupAction {
    fn schema(&self) -> Schema {
        let string = AttributeType::String;
        Schema::from(block(
            "Restores a server's disks from a backup, and waits until that is done. What is on the disks is lost. The \
                 service is asked first whether it can be done.",
            named([
                (
                    "backup_id",
                    required(string.clone(), "ID of the backup (checkpoint item) to restore from."),
                ),
                (
                    "server_id",
                    optional(
                        string.clone(),
                        "ID of the server to restore to; the one that was backed up by default.",
                    ),
                ),
                (
                    "volumes",
                    optional(
                        map_of_strings(),
                        "Which disk backup goes to which disk: IDs of disks by IDs of disk backups, all of them; the \
                             original disks by default. Needed for another server.",
                    ),
                ),
                (
                    "power_on",
                    optional(
                        AttributeType::Bool,
                        "Whether the server is started after the restore; default `true`.",
                    ),
                ),
                (
                    "timeout",
                    optional(string, "How long it may take, such as `90m`; default `2h`."),
                ),
            ]),
            [],
        ))
    }

    async fn validate(&self, _context: &Context, config: &RawValue, diags: &mut Diagnostics) {
        for name in ["backup_id", "server_id"] {
            let path = AttributePath::new(name);
            validators::text(diags, "The ID is not valid", &path, config.get(name), &validators::id());
        }
        for (backup, disk) in config.get("volumes").as_map().into_iter().flatten() {
            let path = AttributePath::new("volumes").key(backup.clone());
            validators::report(
                diags,
                "The disk backup's ID is not valid",
                &path,
                backup,
                &validators::id(),
            );
            validators::text(diags, "The disk's ID is not valid", &path, disk, &validators::id());
        }
        validate_timeout(config, diags);
    }

    async fn plan(&self, context: &Context, _request: PlanAction, _diags: &mut Diagnostics) -> Option<Deferred> {
        (self.connection.is_unknown() && context.capabilities.deferral_allowed)
            .then_some(Deferred::ProviderConfigUnknown)
    }

    async fn invoke(
        &self,
        context: &Context,
        request: InvokeAction,
        events: Sender<ActionEvent>,
        diags: &mut Diagnostics,
    ) {
        let Some(service) = self.connection.service(diags) else {
            return;
        };
        let config = &request.config;
        let job = RestoreBackup {
            item_id: config.get("backup_id").as_str().unwrap_or_default().to_owned(),
            server_id: config.get("server_id").as_str().map(str::to_owned),
            volumes: volumes(config.get("volumes")),
            power_on: config.get("power_on").as_bool().unwrap_or(true),
            timeout: timeout(config),
        };
        let on = |progress| report_progress(&events, message(&job, progress));
        let done = Box::pin(job.run(&service, &context.cancel, &on)).await;
        match done {
            Ok(()) => report_progress(&events, format!("Backup {} is restored.", job.item_id)),
            Err(error) => report(&job, &error, diags),
        }
    }
}

fn message(job: &RestoreBackup, progress: RestoreProgress) -> String {
    let id = &job.item_id;
    match progress {
        RestoreProgress::Checked { server_id, disks } => {
            format!("Backup {id} can be restored to server {server_id}; disks to write: {disks}.")
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

fn report(job: &RestoreBackup, error: &RestoreError, diags: &mut Diagnostics) {
    let id = &job.item_id;
    let subject = format!("Backup {id}");
    let failure = Failure {
        summary: SUMMARY,
        subject: &subject,
        attributes: &["volumes"],
    };
    let root = AttributePath::root;
    match error {
        RestoreError::Api(error) => failure.report(diags, error),
        RestoreError::NotFound => diags.add_attribute_error(
            "There is no such backup",
            format!("The service knows no backup (checkpoint item) with the ID {id} in this project."),
            AttributePath::new("backup_id"),
        ),
        RestoreError::NotAvailable(item) => diags.add_attribute_error(
            SUMMARY,
            format!(
                "A backup can be restored when its status is `available`:\n{}\n\nNothing was done. Ask again when it has \
                 that status.",
                line(item)
            ),
            AttributePath::new("backup_id"),
        ),
        RestoreError::Mapping(error) => diags.add_attribute_error(
            "The disks do not fit",
            format!(
                "{subject}: {} Nothing was done. Look at volume_backups of the data source csbs_backup for the backup's \
                 disks.",
                sentence(error)
            ),
            AttributePath::new("volumes"),
        ),
        RestoreError::NotRestorable(capability) => {
            let (code, message) = capability.as_ref().map_or((None, None), |capability| {
                (capability.error_code.as_deref(), capability.error_msg.as_deref())
            });
            let mut refusal = failure.refusal(code, message);
            refusal.summary = "The backup cannot be restored".into();
            diags.errors.push(refusal);
        }
        RestoreError::NotStarted { waited } => diags.add_attribute_error(
            SUMMARY,
            format!(
                "{subject}: the service did not answer within {}. Nothing was done. Check the connection to the service, \
                 or raise `timeout`, and restore again.",
                show(*waited)
            ),
            AttributePath::new("timeout"),
        ),
        RestoreError::NoAnswer(error) => diags.add_attribute_error(
            "It is not known whether the restore was started",
            format!(
                "{subject}: {} No sign of a restore was seen in the two minutes after. It was not asked for again: look at \
                 the backup's status and at the server in the console before you do.",
                facts(error)
            ),
            root(),
        ),
        RestoreError::NoSign => diags.add_attribute_error(
            "The restore cannot be seen",
            format!(
                "{subject}: the service accepted the restore, but its status has not changed in the time after. Look at the \
                 server in the console before you restore again."
            ),
            root(),
        ),
        RestoreError::Failed(item) => diags.add_attribute_error(
            "The restore failed",
            format!(
                "{subject}: {}. The disks may be written in part: look at the server in the console, and restore again.",
                failure_of(item)
            ),
            root(),
        ),
        RestoreError::Gone => diags.add_attribute_error(
            "The backup was deleted while it was restored",
            format!("{subject} is no longer there; whether the restore is complete is not known."),
            root(),
        ),
        RestoreError::TimedOut { waited, last } => diags.add_attribute_error(
            "The restore was not done in time",
            format!(
                "{subject} was waited for {}; its last status was {}. The restore goes on in the cloud. Raise `timeout`.",
                show(*waited),
                last.as_ref().map_or("not known", |last| last.as_str())
            ),
            AttributePath::new("timeout"),
        ),
        RestoreError::Lost(error) => diags.add_attribute_error(
            "The restore cannot be followed",
            format!(
                "{subject}: {} The restore goes on in the cloud. Look at the backup's status before you restore again.",
                facts(error)
            ),
            root(),
        ),
        RestoreError::Stopped { started } => diags.add_attribute_error(
            "Stopped",
            match started {
                Some(true) => format!("{subject}: the restore goes on in the cloud; the backup's status tells how far it is."),
                Some(false) => format!("{subject}: nothing was done."),
                None => format!(
                    "{subject}: the service had not answered; the restore may go on in the cloud. The backup's status tells."
                ),
            },
            root(),
        ),
    }
}

fn sentence(error: &otc_client::operation::restore::MappingError) -> String {
    let text = error.to_string();
    if text.ends_with('.') { text } else { format!("{text}.") }
}
