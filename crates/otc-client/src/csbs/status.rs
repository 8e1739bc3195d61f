//! The status of a checkpoint and of a checkpoint item.

use std::fmt;

use serde::{Deserialize, Deserializer};

/// The status of a checkpoint or of a checkpoint item.
///
/// `waiting_protect`, `protecting`, then `available` or `error`; from there `waiting_restore`, `restoring` and back, or
/// `waiting_delete`, `deleting` and gone (or `deleted`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// The backup is queued.
    WaitingProtect,
    /// The backup is being made.
    Protecting,
    /// The backup is complete and usable.
    Available,
    /// A restore from it is queued.
    WaitingRestore,
    /// It is being restored.
    Restoring,
    /// Its last operation failed.
    Error,
    /// Its deletion is queued.
    WaitingDelete,
    /// It is being deleted.
    Deleting,
    /// It is deleted, and still listed.
    Deleted,
    /// A status that this version does not know, as the service wrote it; empty when it wrote none.
    Unknown(String),
}

impl Status {
    /// The service's name of the status.
    pub fn as_str(&self) -> &str {
        match self {
            Self::WaitingProtect => "waiting_protect",
            Self::Protecting => "protecting",
            Self::Available => "available",
            Self::WaitingRestore => "waiting_restore",
            Self::Restoring => "restoring",
            Self::Error => "error",
            Self::WaitingDelete => "waiting_delete",
            Self::Deleting => "deleting",
            Self::Deleted => "deleted",
            Self::Unknown(word) => word,
        }
    }

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

impl Default for Status {
    fn default() -> Self {
        Self::Unknown(String::new())
    }
}

impl From<&str> for Status {
    fn from(word: &str) -> Self {
        let trimmed = word.trim();
        match trimmed.to_ascii_lowercase().as_str() {
            "waiting_protect" => Self::WaitingProtect,
            "protecting" => Self::Protecting,
            "available" => Self::Available,
            "waiting_restore" => Self::WaitingRestore,
            "restoring" => Self::Restoring,
            "error" => Self::Error,
            "waiting_delete" => Self::WaitingDelete,
            "deleting" => Self::Deleting,
            "deleted" => Self::Deleted,
            _ => Self::Unknown(trimmed.to_owned()),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(super::lenient::string(deserializer)?.map_or_else(Self::default, |word| Self::from(word.as_str())))
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
