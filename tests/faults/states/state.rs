//! The states that are told apart.

use csbs_simulator::Status;

/// A reason why a backup is not lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Known {
    InState,
    /// A message has its ID and the import command.
    Named,
    /// A message says that the request's outcome is unknown and what to look for, or the process was killed. The next create
    /// names it.
    Announced,
}

/// A backup in the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Backup {
    Unfinished,
    Available,
    Failed,
    BeingDeleted,
}

impl From<Status> for Backup {
    fn from(status: Status) -> Self {
        match status {
            Status::WaitingProtect | Status::Protecting => Self::Unfinished,
            Status::Error => Self::Failed,
            Status::WaitingDelete | Status::Deleting | Status::Deleted => Self::BeingDeleted,
            _ => Self::Available,
        }
    }
}

/// The backup in Terraform's state. The next command refreshes its attributes first, so only what that leaves counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stored {
    pub has_id: bool,
    pub is_tainted: bool,
    /// The service has accepted the backup, and no response has shown it yet.
    pub is_not_shown: bool,
    pub is_not_waited_for: bool,
    /// It has the configured `triggers`.
    pub is_current: bool,
}

/// The part of a [`Model`] that decides what can follow.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    pub backups: Vec<(Backup, Known)>,
    pub stored: Option<Stored>,
    pub late_request: bool,
}

impl State {
    /// Returns true if the state changes with time.
    pub fn changes_with_time(&self) -> bool {
        let is_working = |(backup, _): &(Backup, Known)| matches!(backup, Backup::Unfinished | Backup::BeingDeleted);
        self.late_request
            || self.backups.iter().any(is_working)
            || self.stored.as_ref().is_some_and(|stored| stored.is_not_shown)
    }
}
