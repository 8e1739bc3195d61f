//! Words what became of a backup that the service has accepted, when it is not available.

use crate::{diagnostic::facts, duration::show};
use otc_client::{
    csbs::Status,
    operation::create_backup::{CreateError, CreateProgress},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics};

use super::messages::failure_of;

/// What waited for the backup. It decides what Terraform does with the state after an error.
#[derive(Debug, Clone, Copy)]
pub enum Waiting {
    /// A create: Terraform marks what it leaves as tainted, and the next apply replaces it.
    Create,
    /// An update, which waits for a backup that an earlier run has left unfinished: the state stays as it is.
    Update {
        /// The member of `timeouts` that limits it.
        limit: &'static str,
    },
}

impl Waiting {
    fn limit(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update { limit } => limit,
        }
    }

    /// What happens next to a backup that may yet become available.
    fn kept(self) -> &'static str {
        match self {
            Self::Create => {
                "Terraform marks what an unsuccessful create leaves as tainted, so that the next apply deletes it and makes \
                 another. To keep it, run `terraform untaint ADDRESS` first: the next apply then waits for it."
            }
            Self::Update { .. } => "The state keeps it; the next apply waits for it again.",
        }
    }
}

/// Reports why the backup is not available.
pub fn report(made: &CreateProgress, error: &CreateError, waiting: Waiting, diags: &mut Diagnostics) {
    let backup = name(made);
    let status = made.item.as_ref().map(|item| &item.status);
    let seen = match status {
        None => "the service has not shown it".to_owned(),
        Some(status) => format!("its last status was {:?}", status.as_str()),
    };
    let kept = waiting.kept();
    let root = AttributePath::root;
    match error {
        CreateError::Stopped => diags.add_attribute_warning(
            "The backup continues in the cloud",
            format!(
                "The run was interrupted, so the provider does not wait for {backup} any longer; {seen}. The state has its \
                 checkpoint ID. As long as it is not finished, every plan shows an update in place, and its apply waits \
                 until the backup is available. No other backup is made."
            ),
            root(),
        ),
        CreateError::Failed => {
            let next = match waiting {
                Waiting::Create => "The failed backup is in the state as tainted: the next apply deletes it and makes another.",
                Waiting::Update { .. } => "The failed backup is in the state: the next apply deletes it and makes another.",
            };
            diags.add_attribute_error(
                "The backup failed",
                format!(
                    "{backup}: {}.\n\n{next}",
                    made.item.as_ref().map_or_else(String::new, failure_of)
                ),
                root(),
            );
        }
        CreateError::Removed => diags.add_attribute_error(
            "The backup was deleted before it was available",
            format!(
                "{backup} no longer exists or is being deleted, which this configuration did not ask for; {seen}. Once it is \
                 gone, the next plan removes it from the state and plans another."
            ),
            root(),
        ),
        CreateError::NotShown { waited } => diags.add_attribute_error(
            "The service does not show the backup",
            format!("{backup} was accepted, but is not listed after {}.\n\n{kept}", show(*waited)),
            root(),
        ),
        CreateError::UnknownStatus(status) => diags.add_attribute_error(
            "The backup has an unknown status",
            format!(
                "{backup} has the status {:?}. {}\n\n{kept}",
                status.as_str(),
                unknown()
            ),
            AttributePath::new("status"),
        ),
        CreateError::TimedOut { waited, look } => {
            let mut detail = format!("{backup} was not available after {}; {seen}.", show(*waited));
            if matches!(status, Some(Status::Unknown(_))) {
                detail.push_str(&format!(" {}", unknown()));
            }
            if let Some(look) = look {
                detail.push_str(&format!(" The last look failed: {}", facts(look)));
            }
            let limit = waiting.limit();
            diags.add_attribute_error(
                "The backup was not available in time",
                format!("{detail}\n\nIt continues in the cloud. {kept} To wait longer, raise timeouts.{limit}."),
                AttributePath::new("timeouts").attribute(limit),
            );
        }
        CreateError::Api { source, .. } => diags.add_attribute_error(
            "The backup was started, but cannot be looked at",
            format!("{backup}: {}\n\n{kept}", facts(source)),
            root(),
        ),
        // These are errors of the start: nothing was accepted.
        _ => diags.add_attribute_error("The backup is not available", format!("{backup}: {error}. {kept}"), root()),
    }
}

fn unknown() -> &'static str {
    "This version of the provider does not know this status, so it cannot say whether the backup can be restored. Look at the \
     backup in the console; a newer version of the provider may know the status."
}

fn name(made: &CreateProgress) -> String {
    let item = made
        .item
        .as_ref()
        .map_or_else(String::new, |item| format!(" (backup {})", item.id));
    match &made.checkpoint_id {
        Some(checkpoint_id) => format!("Checkpoint {checkpoint_id}{item}"),
        None => format!("The checkpoint{item}"),
    }
}
