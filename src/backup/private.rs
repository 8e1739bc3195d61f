//! Private data: what `csbs_backup` and `csbs_vault_backup` store beside their states.

use std::time::Duration;

use jiff::Timestamp;
use otc_client::csbs::non_empty_description;
use serde::{Deserialize, Serialize};
use terraform_plugin::Value;

/// How long a backup that the service has accepted can be missing in its answers.
const SHOWN_WITHIN: Duration = Duration::from_secs(600);

/// Private data of a backup. Terraform stores it and never shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Private {
    /// This resource created the backup. Otherwise it was imported, or moved from another provider, and the request that
    /// created it is not known.
    #[serde(rename = "made")]
    pub created_here: bool,
    /// The time at which the service accepted the backup; present until the service shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_shown_since: Option<Timestamp>,
    /// The last applied configuration of the arguments that can change in the cloud and not through the API. A state that
    /// was written before this member existed has none; the next refresh fills it from the state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configured: Option<Configured>,
    /// The create stopped waiting although the backup had not failed, so that Terraform marked it as tainted. Present until
    /// the backup is available.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub not_waited_for: bool,
    /// The backup itself failed, so that it cannot be restored: the status `error` alone can also be that of a failed restore
    /// from an intact backup. Absent in a state that was written before this member existed, until the next refresh.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub backup_failed: bool,
}

/// Arguments that can be changed in the console, and not through the API. `None` is an argument that is not configured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Configured {
    /// The name.
    #[serde(rename = "backup_name", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The description; `None` also where it is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl Configured {
    /// The arguments of a configuration or state.
    #[must_use]
    pub fn new(name: &Value<String>, description: &Value<String>) -> Self {
        Self {
            name: name.as_ref_option().cloned(),
            description: non_empty_description(description.as_deref_option()).map(str::to_owned),
        }
    }
}

impl Private {
    /// Reads the data of an earlier call; empty and damaged data is the default.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// Encodes the data.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Records that the service shows the backup, and whether the backup itself has failed.
    pub fn record_shown(&mut self, failed: bool) {
        self.not_shown_since = None;
        self.backup_failed = failed;
    }

    /// The time since the service accepted the backup, if it has not shown it yet.
    #[must_use]
    pub fn not_shown_for(&self, now: Timestamp) -> Option<Duration> {
        let since = self.not_shown_since?;
        Some(Duration::try_from(now.duration_since(since)).unwrap_or_default())
    }

    /// Returns `true` if the service accepted the backup so recently that it can be missing in its answers.
    #[must_use]
    pub fn may_not_be_shown_yet(&self, now: Timestamp) -> bool {
        self.not_shown_for(now).is_some_and(|elapsed| elapsed < SHOWN_WITHIN)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn private_data_of_earlier_versions_is_read() {
        let private = Private::read(br#"{"made":true}"#);
        assert_eq!(
            private,
            Private {
                created_here: true,
                ..Private::default()
            }
        );
        assert_eq!(private.write(), br#"{"made":true}"#);
        for empty in ["", "null", "{", "[]"] {
            assert_eq!(Private::read(empty.as_bytes()), Private::default());
        }
    }

    #[test]
    fn an_accepted_backup_may_be_missing_for_ten_minutes_until_the_service_shows_it() {
        let accepted: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        let mut private = Private {
            not_shown_since: Some(accepted),
            ..Private::default()
        };
        for (seconds, may_be_missing) in [(0, true), (599, true), (601, false), (86_400, false)] {
            let now = accepted + SignedDuration::from_secs(seconds);
            assert_eq!(private.may_not_be_shown_yet(now), may_be_missing, "{seconds}");
        }
        private.record_shown(true);
        assert!(private.backup_failed && !private.may_not_be_shown_yet(accepted));
        private.record_shown(false);
        assert!(!private.backup_failed);
        assert!(!Private::default().may_not_be_shown_yet(accepted));
    }
}
