//! Deletes old backups and keeps the newest of each server.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::csbs::{ApiError, CheckpointItem, Client, ItemFilter, PolicyFilter, Status, parse_time};

use super::{
    OperationContext,
    delete_backup::{DeleteBackup, DeleteError},
};

/// Number of backups that are deleted at the same time: the service works on five deletions at a time.
const CONCURRENT_DELETIONS: usize = 5;

/// The rule that decides which of the selected backups are deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PruneRule {
    /// Number of available backups of each server to keep, the newest.
    pub keep_last: usize,
    /// Only backups created before this time are deleted.
    pub created_before: Option<Timestamp>,
    /// Whether backups that a policy created are deleted, too. Otherwise they are neither deleted nor counted.
    pub include_policy_backups: bool,
}

/// The reason why a selected backup is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeptBecause {
    /// It is one of the newest of its server.
    Newest,
    /// It is not old enough.
    Recent,
    /// An image was made from it, so the service would refuse the deletion.
    HasImage,
    /// It is not `available`: unfinished, failed, being restored or being deleted.
    NotAvailable(Status),
    /// A policy created it.
    MadeByPolicy,
    /// The service does not say when it was created, or of which server it is.
    Unknown,
}

/// The selected backups, sorted into those to delete and those to keep. Both are ordered by server, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PrunePlan {
    /// The backups to delete.
    pub delete: Vec<CheckpointItem>,
    /// The backups to keep, with the reason.
    pub keep: Vec<(CheckpointItem, KeptBecause)>,
}

/// The backups that policies have created.
#[derive(Debug, Clone, Default)]
pub struct PolicyBackups {
    item_ids: BTreeSet<String>,
}

impl PolicyBackups {
    /// Finds them among `all` backups of the project. A backup of a schedule says so itself. A backup of a manual run is in the list
    /// of its policy, or, when the policy no longer exists, in a checkpoint with the backups of other servers.
    ///
    /// `GET /v1/{project_id}/policies`, and `GET /v1/{project_id}/checkpoint_items?policy_id=…` for each.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn read(client: &Client, all: &[CheckpointItem]) -> Result<Self, ApiError> {
        let mut item_ids = Self::of_schedules_and_runs(all);
        for policy in client.list_policies(&PolicyFilter::default()).await? {
            let filter = ItemFilter {
                policy_id: Some(policy.id),
                ..ItemFilter::default()
            };
            let items = client.list_checkpoint_items(&filter).await?;
            item_ids.extend(items.into_iter().map(|item| item.id));
        }
        Ok(Self { item_ids })
    }

    fn of_schedules_and_runs(all: &[CheckpointItem]) -> BTreeSet<String> {
        let mut backups_of_checkpoint: HashMap<&str, usize> = HashMap::new();
        for checkpoint_id in all.iter().filter_map(|item| item.checkpoint_id.as_deref()) {
            *backups_of_checkpoint.entry(checkpoint_id).or_default() += 1;
        }
        let is_scheduled = |item: &CheckpointItem| {
            let info = item.extend_info.as_ref();
            info.and_then(|info| info.auto_trigger) == Some(true)
        };
        let is_run = |item: &CheckpointItem| {
            let checkpoint_id = item.checkpoint_id.as_deref();
            checkpoint_id.and_then(|id| backups_of_checkpoint.get(id)) > Some(&1)
        };
        let of_policies = all.iter().filter(|item| is_scheduled(item) || is_run(item));
        of_policies.map(|item| item.id.clone()).collect()
    }
}

impl PruneRule {
    /// Decides about each of the selected backups.
    pub fn plan(&self, selected: Vec<CheckpointItem>, policy_backups: &PolicyBackups) -> PrunePlan {
        let mut plan = PrunePlan::default();
        let mut servers: BTreeMap<String, Vec<(Timestamp, CheckpointItem)>> = BTreeMap::new();
        for item in selected {
            if !self.include_policy_backups && policy_backups.item_ids.contains(&item.id) {
                plan.keep.push((item, KeptBecause::MadeByPolicy));
            } else if item.status != Status::Available {
                let status = item.status.clone();
                plan.keep.push((item, KeptBecause::NotAvailable(status)));
            } else {
                let created = item.created_at.as_deref().and_then(parse_time);
                match (item.resource_id.clone(), created) {
                    (Some(server), Some(created)) if item.checkpoint_id.is_some() => {
                        servers.entry(server).or_default().push((created, item));
                    }
                    _ => plan.keep.push((item, KeptBecause::Unknown)),
                }
            }
        }
        for (_, mut backups) in servers {
            backups.sort_by(|(a, first), (b, second)| b.cmp(a).then_with(|| first.id.cmp(&second.id)));
            for (position, (created, item)) in backups.into_iter().enumerate() {
                let has_image = item.extend_info.as_ref().is_some_and(|info| !info.image_ids.is_empty());
                if position < self.keep_last {
                    plan.keep.push((item, KeptBecause::Newest));
                } else if self.created_before.is_some_and(|limit| created >= limit) {
                    plan.keep.push((item, KeptBecause::Recent));
                } else if has_image {
                    plan.keep.push((item, KeptBecause::HasImage));
                } else {
                    plan.delete.push(item);
                }
            }
        }
        plan
    }
}

/// The result for each backup that was to be deleted, in the order in which the deletions ended.
pub type Deletions = Vec<(CheckpointItem, Result<(), DeleteError>)>;

/// Deletes backups, five at a time, and waits until each is gone. `on_deleted` is called for each. After a stop no further deletion is
/// sent; the deletions that the service has accepted continue.
pub async fn delete_all(
    context: &OperationContext,
    backups: Vec<CheckpointItem>,
    timeout: Duration,
    cancel: &CancellationToken,
    on_deleted: &(dyn Fn(&CheckpointItem) + Send + Sync),
) -> Deletions {
    let deadline = Instant::now() + timeout;
    let deletions = backups.into_iter().map(async |item| {
        let deletion = DeleteBackup {
            checkpoint_id: item.checkpoint_id.clone().unwrap_or_default(),
            item_id: Some(item.id.clone()),
            server_id: item.resource_id.clone(),
            not_shown_for: None,
            timeout: deadline.saturating_duration_since(Instant::now()),
        };
        let result = if cancel.is_cancelled() {
            Err(DeleteError::Stopped { accepted: false })
        } else {
            Box::pin(deletion.run(context, cancel)).await
        };
        if result.is_ok() {
            on_deleted(&item);
        }
        (item, result)
    });
    stream::iter(deletions)
        .buffer_unordered(CONCURRENT_DELETIONS)
        .collect()
        .await
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn item(id: &str, server: &str, day: u32, more: &Value) -> CheckpointItem {
        let mut item = json!({
            "id": id, "checkpoint_id": format!("c-{id}"), "resource_id": server, "status": "available",
            "created_at": format!("2026-01-{day:02}T00:00:00.000000"), "extend_info": {},
        });
        for (name, value) in more.as_object().unwrap() {
            item[name] = value.clone();
        }
        serde_json::from_value(item).unwrap()
    }

    fn rule(keep_last: usize) -> PruneRule {
        PruneRule {
            keep_last,
            created_before: None,
            include_policy_backups: false,
        }
    }

    fn deleted(rule: &PruneRule, items: &[CheckpointItem], policy_backups: &[&str]) -> Vec<String> {
        let mut item_ids = PolicyBackups::of_schedules_and_runs(items);
        item_ids.extend(policy_backups.iter().map(|id| (*id).to_owned()));
        let policy_backups = PolicyBackups { item_ids };
        let plan = rule.plan(items.to_vec(), &policy_backups);
        assert_eq!(plan.delete.len() + plan.keep.len(), items.len());
        plan.delete.into_iter().map(|item| item.id).collect()
    }

    #[test]
    fn the_newest_of_each_server_are_kept() {
        let none = json!({});
        let items = [
            item("a1", "a", 1, &none),
            item("b1", "b", 2, &none),
            item("a3", "a", 5, &none),
            item("a2", "a", 3, &none),
        ];
        assert_eq!(deleted(&rule(1), &items, &[]), ["a2", "a1"]);
        assert_eq!(deleted(&rule(2), &items, &[]), ["a1"]);
        assert_eq!(deleted(&rule(3), &items, &[]), [""; 0]);
        assert_eq!(deleted(&rule(0), &items, &[]), ["a3", "a2", "a1", "b1"]);
    }

    #[test]
    fn only_old_backups_are_deleted() {
        let none = json!({});
        let items: Vec<_> = (1..=5).map(|day| item(&format!("{day}"), "a", day, &none)).collect();
        let rule = PruneRule {
            created_before: Some("2026-01-03T00:00:00Z".parse().unwrap()),
            ..rule(1)
        };
        assert_eq!(deleted(&rule, &items, &[]), ["2", "1"]);
    }

    #[test]
    fn what_cannot_or_must_not_be_deleted_is_kept() {
        let items = [
            item("newest", "a", 20, &json!({})),
            item(
                "image",
                "a",
                1,
                &json!({"extend_info": {"os_images_data": [{"image_id": "i"}]}}),
            ),
            item("unfinished", "a", 2, &json!({"status": "protecting"})),
            item("restoring", "a", 3, &json!({"status": "restoring"})),
            item("failed", "a", 4, &json!({"status": "error"})),
            item("strange", "a", 5, &json!({"status": "polishing"})),
            item("scheduled", "a", 6, &json!({"extend_info": {"auto_trigger": true}})),
            item("run by hand", "a", 7, &json!({})),
            item("ageless", "a", 8, &json!({"created_at": null})),
            item("homeless", "a", 9, &json!({"resource_id": null})),
            item("shared", "a", 10, &json!({"checkpoint_id": "c"})),
            item("shared too", "b", 10, &json!({"checkpoint_id": "c"})),
            item("old", "a", 11, &json!({})),
        ];
        assert_eq!(deleted(&rule(1), &items, &["run by hand"]), ["old"]);
        let with_policies = PruneRule {
            include_policy_backups: true,
            ..rule(1)
        };
        assert_eq!(
            deleted(&with_policies, &items, &["run by hand"]),
            ["old", "shared", "run by hand", "scheduled"]
        );
    }

    #[test]
    fn a_policys_backups_do_not_count_as_the_newest() {
        let items = [
            item("mine", "a", 1, &json!({})),
            item("older", "a", 2, &json!({})),
            item("scheduled", "a", 9, &json!({"extend_info": {"auto_trigger": true}})),
        ];
        assert_eq!(deleted(&rule(2), &items, &[]), [""; 0]);
    }
}
