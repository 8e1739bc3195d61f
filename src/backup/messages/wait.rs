//! Messages about a backup that the service has accepted and that is not available.

use std::time::Duration;

use crate::{diagnostics::error_summary, duration::show};
use otc_client::{
    csbs::{ApiError, Status},
    operation::create_backup::{CreateError, CreateProgress},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics};

use super::failure_of;

/// The words in which messages about backups of the two services differ.
#[derive(Debug)]
pub struct Wording {
    /// The ID that an import takes, as a placeholder.
    pub import_id: &'static str,
    /// The data source that shows one backup.
    pub data_source: &'static str,
    /// The data source that lists backups.
    pub data_sources: &'static str,
}

/// Backups of CSBS.
pub const CSBS: Wording = Wording {
    import_id: "CHECKPOINT_ID",
    data_source: "csbs_backup",
    data_sources: "csbs_backups",
};

/// Backups in vaults.
#[allow(dead_code, reason = "for csbs_vault_backup")]
pub const CBR: Wording = Wording {
    import_id: "BACKUP_ID",
    data_source: "csbs_vault_backup",
    data_sources: "csbs_vault_backups",
};

/// The operation that waited for the backup. It decides what Terraform does with the state after an error.
#[derive(Debug, Clone, Copy)]
pub enum Waiting {
    /// A create: Terraform marks the backup as tainted, and the next apply replaces it.
    Create,
    /// An update, which waits for a backup that an interrupted run left unfinished: Terraform keeps it.
    Update {
        /// The argument of `timeouts` that limits the wait.
        argument: &'static str,
    },
    /// An action: no state has the backup.
    Action,
}

impl Waiting {
    /// The argument that limits the wait.
    pub fn timeout_argument(self) -> AttributePath {
        let timeouts = |argument| AttributePath::new("timeouts").attribute(argument);
        match self {
            Self::Create => timeouts("create"),
            Self::Update { argument } => timeouts(argument),
            Self::Action => AttributePath::new("timeout"),
        }
    }

    /// The command that tries again.
    pub fn try_again(self) -> &'static str {
        match self {
            Self::Create | Self::Update { .. } => "apply again",
            Self::Action => "invoke the action again",
        }
    }

    /// The way to make use of a backup that exists already.
    pub fn use_existing(self, wording: &Wording) -> String {
        match self {
            Self::Create | Self::Update { .. } => {
                format!("import it with `terraform import ADDRESS {}`", wording.import_id)
            }
            Self::Action => "use it instead of creating another".to_owned(),
        }
    }

    /// The next step for a backup that may still become available.
    fn next_step(self, wording: &Wording) -> String {
        match self {
            Self::Create => "Terraform marks the backup of an unsuccessful create as tainted, so that the next apply deletes \
                             it and creates another. To keep it, run `terraform untaint ADDRESS` first: the next apply then \
                             waits for it."
                .to_owned(),
            Self::Update { .. } => "The state keeps it; the next apply waits for it again.".to_owned(),
            Self::Action => format!(
                "No state has it: look at it with the data source {}, and delete it when nothing needs it. Invoking the action \
                 again creates another.",
                wording.data_source
            ),
        }
    }
}

const UNKNOWN_STATUS: &str = "This version of the provider does not know this status, so it cannot say whether the backup can \
                              be restored. Look at the backup in the console; a newer version of the provider may know the \
                              status.";

/// A backup that the service has accepted.
pub struct AcceptedBackup<'a> {
    /// Its words.
    pub wording: &'static Wording,
    /// Its IDs, such as "Checkpoint 1234 (backup 5678)".
    pub label: String,
    /// Its last status; `None` if the service has not shown it.
    pub status: Option<&'a Status>,
    /// What the service says about its failure.
    pub failure: String,
}

/// The reason why a wait ended without an available backup.
pub enum WaitFailure<'a> {
    /// A stop was requested.
    Stopped,
    /// The backup failed.
    Failed,
    /// The backup was deleted, or is being deleted.
    Removed,
    /// The service does not list the backup.
    NotShown {
        /// The time since the service accepted it.
        waited: Duration,
    },
    /// The backup has a status that this version does not know.
    UnknownStatus(&'a Status),
    /// The timeout expired.
    TimedOut {
        /// The time waited.
        waited: Duration,
        /// The failure of the last look, if it failed.
        look: Option<&'a ApiError>,
    },
    /// The backup cannot be read.
    Unreadable(&'a ApiError),
    /// An error of an earlier step, which does not reach a wait.
    Other(String),
}

impl<'a> From<&'a CreateError> for WaitFailure<'a> {
    fn from(error: &'a CreateError) -> Self {
        match error {
            CreateError::Stopped => Self::Stopped,
            CreateError::Failed => Self::Failed,
            CreateError::Removed => Self::Removed,
            CreateError::NotShown { waited } => Self::NotShown { waited: *waited },
            CreateError::UnknownStatus(status) => Self::UnknownStatus(status),
            CreateError::TimedOut { waited, look } => Self::TimedOut {
                waited: *waited,
                look: look.as_ref(),
            },
            CreateError::Api { source, .. } => Self::Unreadable(source),
            error => Self::Other(error.to_string()),
        }
    }
}

/// Reports why the backup of a create is not available.
pub fn wait(progress: &CreateProgress, error: &CreateError, waiting: Waiting, diags: &mut Diagnostics) {
    let backup = AcceptedBackup {
        wording: &CSBS,
        label: backup_label(progress),
        status: progress.item.as_ref().map(|item| &item.status),
        failure: progress.item.as_ref().map_or_else(String::new, failure_of),
    };
    not_available(&backup, &error.into(), waiting, diags);
}

/// Reports why a backup is not available.
pub fn not_available(
    accepted: &AcceptedBackup<'_>,
    failure: &WaitFailure<'_>,
    waiting: Waiting,
    diags: &mut Diagnostics,
) {
    let (backup, status) = (&accepted.label, accepted.status);
    let last_status = match status {
        None => "the service has not shown it".to_owned(),
        Some(status) => format!("its last status was {:?}", status.as_str()),
    };
    let next_step = waiting.next_step(accepted.wording);
    let root = AttributePath::root;
    match failure {
        WaitFailure::Stopped if matches!(waiting, Waiting::Action) => diags.add_attribute_error(
            "Interrupted",
            format!("{backup} continues in the cloud; {last_status}. {next_step}"),
            root(),
        ),
        WaitFailure::Stopped => diags.add_attribute_warning(
            "The backup continues in the cloud",
            format!(
                "The run was interrupted, so the provider no longer waits for {backup}; {last_status}. The state has its \
                 checkpoint ID. As long as it is not finished, every plan shows an update in place, and its apply waits \
                 until the backup is available. No other backup is created."
            ),
            root(),
        ),
        WaitFailure::Failed => {
            let next_step = match waiting {
                Waiting::Create => {
                    "The failed backup is in the state as tainted: the next apply deletes it and creates another."
                }
                Waiting::Update { .. } => {
                    "The failed backup is in the state: the next apply deletes it and creates another."
                }
                Waiting::Action => {
                    "No state has the failed backup: delete it in the console, then invoke the action again."
                }
            };
            diags.add_attribute_error(
                "The backup failed",
                format!("{backup}: {}.\n\n{next_step}", accepted.failure),
                root(),
            );
        }
        WaitFailure::Removed => diags.add_attribute_error(
            "The backup was deleted before it was available",
            format!(
                "{backup} no longer exists or is being deleted, which this configuration did not request; \
                 {last_status}.{}",
                match waiting {
                    Waiting::Action => "",
                    _ => " Once it no longer exists, the next plan removes it from the state and plans another.",
                }
            ),
            root(),
        ),
        WaitFailure::NotShown { waited } => diags.add_attribute_error(
            "The service does not show the backup",
            format!(
                "{backup} was accepted, but is not listed after {}.\n\n{next_step}",
                show(*waited)
            ),
            root(),
        ),
        WaitFailure::UnknownStatus(status) => diags.add_attribute_error(
            "The backup has an unknown status",
            format!(
                "{backup} has the status {:?}. {UNKNOWN_STATUS}\n\n{next_step}",
                status.as_str()
            ),
            AttributePath::new("status"),
        ),
        WaitFailure::TimedOut { waited, look } => {
            let mut detail = format!("{backup} was not available after {}; {last_status}.", show(*waited));
            if matches!(status, Some(Status::Unknown(_))) {
                detail.push_str(&format!(" {UNKNOWN_STATUS}"));
            }
            if let Some(look) = look {
                detail.push_str(&format!(" The last read failed: {}", error_summary(look)));
            }
            let argument = waiting.timeout_argument();
            diags.add_attribute_error(
                "The backup was not available in time",
                format!("{detail}\n\nIt continues in the cloud. {next_step} To wait longer, raise {argument}."),
                argument,
            );
        }
        WaitFailure::Unreadable(source) => diags.add_attribute_error(
            "The backup was started, but cannot be read",
            format!("{backup}: {}\n\n{next_step}", error_summary(source)),
            root(),
        ),
        WaitFailure::Other(error) => diags.add_attribute_error(
            "The backup is not available",
            format!("{backup}: {error}. {next_step}"),
            root(),
        ),
    }
}

fn backup_label(progress: &CreateProgress) -> String {
    let item = progress
        .item
        .as_ref()
        .map_or_else(String::new, |item| format!(" (backup {})", item.id));
    match &progress.checkpoint_id {
        Some(checkpoint_id) => format!("Checkpoint {checkpoint_id}{item}"),
        None => format!("The checkpoint{item}"),
    }
}
