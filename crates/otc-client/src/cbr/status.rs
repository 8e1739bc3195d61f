//! The words of vaults, checkpoints and tasks.

use crate::rest::open_enum::open_enum;

open_enum! {
    /// The status of a vault.
    VaultStatus {
        /// It can be used.
        Available = "available",
        /// It is being resized; backups are possible. This is not the write-once protection, which is [`super::Vault::locked`].
        Lock = "lock",
        /// It cannot be used for now.
        Frozen = "frozen",
        /// It is being deleted, with all its backups.
        Deleting = "deleting",
        /// Its last operation failed.
        Error = "error",
    }
}

open_enum! {
    /// The status of a checkpoint.
    CheckpointStatus {
        /// Its backups are being made.
        Protecting = "protecting",
        /// Its backups are made.
        Available = "available",
        /// It is being deleted.
        Deleting = "deleting",
        /// It is deleted.
        Deleted = "deleted",
        /// Its deletion failed.
        ErrorDeleting = "error-deleting",
        /// It failed.
        Error = "error",
    }
}

open_enum! {
    /// The protection status of a server or disk in a vault.
    ProtectStatus {
        /// Nothing runs.
        Available = "available",
        /// It is being backed up.
        Protecting = "protecting",
        /// It is being restored.
        Restoring = "restoring",
        /// It is being removed from the vault, with all its backups.
        Removing = "removing",
        /// Its last operation failed.
        Error = "error",
    }
}

open_enum! {
    /// The status of a task.
    TaskStatus {
        /// It is queued.
        Waiting = "waiting",
        /// It runs.
        Running = "running",
        /// It has succeeded.
        Success = "success",
        /// It has failed.
        Failed = "failed",
        /// It has taken too long.
        Timeout = "timeout",
        /// It was not done.
        Skipped = "skipped",
    }
}

impl TaskStatus {
    /// Returns whether the task has ended, well or not.
    pub fn has_ended(&self) -> bool {
        matches!(self, Self::Success | Self::Failed | Self::Timeout | Self::Skipped)
    }

    /// Returns whether the task has ended without success.
    pub fn has_failed(&self) -> bool {
        self.has_ended() && *self != Self::Success
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_survives_a_round_trip() {
        for word in VaultStatus::WORDS {
            assert_eq!(VaultStatus::from(*word).as_str(), *word);
        }
        for word in CheckpointStatus::WORDS {
            assert_eq!(CheckpointStatus::from(*word).as_str(), *word);
        }
        assert_eq!(
            CheckpointStatus::from("error-deleting"),
            CheckpointStatus::ErrorDeleting
        );
        for word in ProtectStatus::WORDS {
            assert_eq!(ProtectStatus::from(*word).as_str(), *word);
        }
        for word in TaskStatus::WORDS {
            assert_eq!(TaskStatus::from(*word).as_str(), *word);
        }
        assert_eq!(VaultStatus::from("locked"), VaultStatus::Unknown("locked".to_owned()));
    }
}
