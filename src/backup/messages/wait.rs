//! Messages about a backup that the service has accepted and that is not available.

use crate::{diagnostics::error_summary, duration::show};
use otc_client::{
    csbs::Status,
    operation::create_backup::{CreateError, CreateProgress},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics};

use super::failure_of;

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
    /// The action `csbs_create_backup`: no state has the backup.
    Action,
}

impl Waiting {
    /// The argument that limits the wait.
    pub(super) fn timeout_argument(self) -> AttributePath {
        let timeouts = |argument| AttributePath::new("timeouts").attribute(argument);
        match self {
            Self::Create => timeouts("create"),
            Self::Update { argument } => timeouts(argument),
            Self::Action => AttributePath::new("timeout"),
        }
    }

    /// The command that tries again.
    pub(super) fn try_again(self) -> &'static str {
        match self {
            Self::Create | Self::Update { .. } => "apply again",
            Self::Action => "invoke the action again",
        }
    }

    /// The way to make use of a backup that exists already.
    pub(super) fn use_existing(self) -> &'static str {
        match self {
            Self::Create | Self::Update { .. } => "import it with `terraform import ADDRESS CHECKPOINT_ID`",
            Self::Action => "use it instead of creating another",
        }
    }

    /// The next step for a backup that may still become available.
    fn next_step(self) -> &'static str {
        match self {
            Self::Create => {
                "Terraform marks the backup of an unsuccessful create as tainted, so that the next apply deletes it and \
                 creates another. To keep it, run `terraform untaint ADDRESS` first: the next apply then waits for it."
            }
            Self::Update { .. } => "The state keeps it; the next apply waits for it again.",
            Self::Action => {
                "No state has it: look at it with the data source csbs_backup, and delete it when nothing needs it. Invoking \
                 the action again creates another."
            }
        }
    }
}

const UNKNOWN_STATUS: &str = "This version of the provider does not know this status, so it cannot say whether the backup can \
                              be restored. Look at the backup in the console; a newer version of the provider may know the \
                              status.";

/// Reports why the backup is not available.
pub fn wait(progress: &CreateProgress, error: &CreateError, waiting: Waiting, diags: &mut Diagnostics) {
    let backup = backup_label(progress);
    let status = progress.item.as_ref().map(|item| &item.status);
    let last_status = match status {
        None => "the service has not shown it".to_owned(),
        Some(status) => format!("its last status was {:?}", status.as_str()),
    };
    let next_step = waiting.next_step();
    let root = AttributePath::root;
    match error {
        CreateError::Stopped if matches!(waiting, Waiting::Action) => diags.add_attribute_error(
            "Interrupted",
            format!("{backup} continues in the cloud; {last_status}. {next_step}"),
            root(),
        ),
        CreateError::Stopped => diags.add_attribute_warning(
            "The backup continues in the cloud",
            format!(
                "The run was interrupted, so the provider no longer waits for {backup}; {last_status}. The state has its \
                 checkpoint ID. As long as it is not finished, every plan shows an update in place, and its apply waits \
                 until the backup is available. No other backup is created."
            ),
            root(),
        ),
        CreateError::Failed => {
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
                format!(
                    "{backup}: {}.\n\n{next_step}",
                    progress.item.as_ref().map_or_else(String::new, failure_of)
                ),
                root(),
            );
        }
        CreateError::Removed => diags.add_attribute_error(
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
        CreateError::NotShown { waited } => diags.add_attribute_error(
            "The service does not show the backup",
            format!(
                "{backup} was accepted, but is not listed after {}.\n\n{next_step}",
                show(*waited)
            ),
            root(),
        ),
        CreateError::UnknownStatus(status) => diags.add_attribute_error(
            "The backup has an unknown status",
            format!(
                "{backup} has the status {:?}. {UNKNOWN_STATUS}\n\n{next_step}",
                status.as_str()
            ),
            AttributePath::new("status"),
        ),
        CreateError::TimedOut { waited, look } => {
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
        CreateError::Api { source, .. } => diags.add_attribute_error(
            "The backup was started, but cannot be read",
            format!("{backup}: {}\n\n{next_step}", error_summary(source)),
            root(),
        ),
        // Errors before the protect action was accepted; they do not reach a wait.
        _ => diags.add_attribute_error(
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
