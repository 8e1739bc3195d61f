//! The status of a backup.

use super::open_enum::open_enum;

open_enum! {
    /// The status of a backup, in both services; in CSBS also that of a checkpoint.
    ///
    /// `waiting_protect`, `protecting`, then `available` or `error`; from there `waiting_restore`, `restoring` and back, or
    /// `waiting_delete`, `deleting` and gone (in CSBS also `deleted`).
    Status {
        /// The backup is queued.
        WaitingProtect = "waiting_protect",
        /// The backup is being made.
        Protecting = "protecting",
        /// The backup is complete and usable.
        Available = "available",
        /// A restore from it is queued.
        WaitingRestore = "waiting_restore",
        /// It is being restored.
        Restoring = "restoring",
        /// Its last operation failed.
        Error = "error",
        /// Its deletion is queued.
        WaitingDelete = "waiting_delete",
        /// It is being deleted.
        Deleting = "deleting",
        /// It is deleted, and still listed.
        Deleted = "deleted",
    }
}

impl Status {
    /// Returns whether the service is working on it: the status will change without a further request.
    pub fn is_working(&self) -> bool {
        matches!(
            self,
            Self::WaitingProtect
                | Self::Protecting
                | Self::WaitingRestore
                | Self::Restoring
                | Self::WaitingDelete
                | Self::Deleting
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn every_status_survives_a_round_trip() {
        for word in [
            "waiting_protect",
            "protecting",
            "available",
            "waiting_restore",
            "restoring",
            "error",
            "waiting_delete",
            "deleting",
            "deleted",
        ] {
            let status = Status::from(word);
            assert!(!matches!(status, Status::Unknown(_)), "{word}");
            assert_eq!(status.as_str(), word);
            assert_eq!(status.to_string(), word);
        }
    }

    #[test]
    fn an_unknown_status_is_kept_as_it_is() {
        let status: Status = serde_json::from_str("\"Archiving\"").unwrap();
        assert_eq!(status, Status::Unknown("Archiving".to_owned()));
        assert!(!status.is_working());
        assert_eq!(
            serde_json::from_str::<Status>("null").unwrap(),
            Status::Unknown(String::new())
        );
        assert_eq!(
            serde_json::from_str::<Status>("7").unwrap(),
            Status::Unknown("7".to_owned())
        );
    }
}
