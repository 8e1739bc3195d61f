//! Computes the report from what the service answered, by the rules of the cloud's user manual.

use std::collections::BTreeSet;

use crate::{policy::next_run::is_enabled, protection_report::images};
use otc_client::csbs::{CheckpointItem, Policy, SERVER_TYPE, Status};
use terraform_plugin::Value;

use super::{
    model::{MigrationReportModel, PolicyModel, VaultModel},
    vault::{MAX_NAME, Vault},
};

/// A policy and its backups.
pub struct PolicyBackups {
    /// The policy.
    pub policy: Policy,
    /// IDs of the backups that the service lists for the policy.
    pub item_ids: BTreeSet<String>,
}

/// What the service answered.
pub struct Report<'a> {
    /// The backups of the project.
    pub items: &'a [CheckpointItem],
    /// The policies of the project.
    pub policies: &'a [PolicyBackups],
}

/// Backups by the vaults that they move to.
#[derive(Default)]
struct Destinations<'a> {
    /// Backups of one policy, in the order of the policies.
    of_policies: Vec<Vec<&'a CheckpointItem>>,
    /// Copies from another region.
    copies: Vec<&'a CheckpointItem>,
    /// All other backups of servers.
    others: Vec<&'a CheckpointItem>,
    /// Backups that the service lists for several policies.
    ambiguous: Vec<&'a CheckpointItem>,
    /// Backups that are not of a server.
    foreign: Vec<&'a CheckpointItem>,
}

impl Report<'_> {
    /// The report.
    pub fn model(&self) -> MigrationReportModel {
        let policies = self.policies_by_name();
        let destinations = self.destinations(&policies);
        let vaults = vaults(&policies, &destinations);
        let moving: Vec<_> = vaults.iter().flat_map(|vault| &vault.items).copied().collect();
        let listed: Vec<_> = moving.iter().chain(&destinations.ambiguous).copied().collect();
        let models = vault_models(&vaults);
        let sum = |value: fn(&VaultModel) -> Value<i64>| {
            let values = models.iter().filter_map(|vault| value(vault).as_option());
            values.fold(0, i64::saturating_add).into()
        };
        MigrationReportModel {
            policies_without_vault: policies_without_vault(&policies, &destinations).into(),
            images: images(&listed).into(),
            unfinished_backup_ids: ids(&listed, is_unfinished).into(),
            failed_backup_ids: ids(&listed, |item| item.status == Status::Error).into(),
            long_name_backup_ids: ids(&listed, has_long_name).into(),
            ambiguous_backup_ids: ids(&destinations.ambiguous, |_| true).into(),
            foreign_backup_ids: ids(&destinations.foreign, |_| true).into(),
            backup_count: sum(|vault| vault.backup_count),
            size: sum(|vault| vault.size),
            capacity_gb: sum(|vault| vault.capacity_gb),
            vaults: models.into(),
        }
    }

    fn policies_by_name(&self) -> Vec<&PolicyBackups> {
        let mut policies: Vec<_> = self.policies.iter().collect();
        policies.sort_by(|a, b| (&a.policy.name, &a.policy.id).cmp(&(&b.policy.name, &b.policy.id)));
        policies
    }

    fn destinations(&self, policies: &[&PolicyBackups]) -> Destinations<'_> {
        let mut destinations = Destinations {
            of_policies: vec![Vec::new(); policies.len()],
            ..Destinations::default()
        };
        for item in self.items.iter().filter(|item| item.status != Status::Deleted) {
            let owners: Vec<usize> = (0..policies.len())
                .filter(|index| policies[*index].item_ids.contains(&item.id))
                .collect();
            if !is_of_a_server(item) {
                destinations.foreign.push(item);
            } else if is_copy(item) {
                destinations.copies.push(item);
            } else {
                match owners[..] {
                    [] => destinations.others.push(item),
                    [owner] => destinations.of_policies[owner].push(item),
                    _ => destinations.ambiguous.push(item),
                }
            }
        }
        destinations
    }
}

/// The vaults: those of policies first, then `default`, then the one for copies.
fn vaults<'a>(policies: &[&'a PolicyBackups], destinations: &Destinations<'a>) -> Vec<Vault<'a>> {
    let of_policies = policies.iter().zip(&destinations.of_policies);
    let mut vaults: Vec<_> = of_policies
        .filter(|(policy, items)| !items.is_empty() || reason_for_no_vault(&policy.policy).is_none())
        .map(|(policy, items)| Vault {
            policy: Some(&policy.policy),
            is_replication: false,
            items: items.clone(),
        })
        .collect();
    for (items, is_replication) in [(&destinations.others, false), (&destinations.copies, true)] {
        if !items.is_empty() {
            vaults.push(Vault {
                policy: None,
                is_replication,
                items: items.clone(),
            });
        }
    }
    vaults
}

fn vault_models(vaults: &[Vault<'_>]) -> Vec<VaultModel> {
    let names: Vec<_> = vaults
        .iter()
        .map(|vault| (vault.name(), vault.is_replication))
        .collect();
    let models = vaults.iter().zip(&names).map(|(vault, name)| {
        let shares_name = names.iter().filter(|other| *other == name).count() > 1;
        vault.model(shares_name)
    });
    models.collect()
}

fn policies_without_vault(policies: &[&PolicyBackups], destinations: &Destinations<'_>) -> Vec<PolicyModel> {
    let without_backups = policies
        .iter()
        .zip(&destinations.of_policies)
        .filter(|(_, items)| items.is_empty());
    let models = without_backups.filter_map(|(PolicyBackups { policy, .. }, _)| {
        Some(PolicyModel {
            id: policy.id.clone().into(),
            name: policy.name.clone().into(),
            reason: reason_for_no_vault(policy)?.to_owned().into(),
        })
    });
    models.collect()
}

/// Why the migration makes no vault for a policy without backups; `None` if it does.
fn reason_for_no_vault(policy: &Policy) -> Option<&'static str> {
    if policy.server_ids().next().is_none() {
        Some("The policy covers no servers and has no backups.")
    } else if is_enabled(policy) {
        None
    } else {
        Some("The policy is disabled and has no backups.")
    }
}

/// Whether a backup is one of a server. The service can leave the type out.
fn is_of_a_server(item: &CheckpointItem) -> bool {
    item.resource_type.as_deref().is_none_or(|kind| kind == SERVER_TYPE)
}

/// Whether a backup is a copy from another region.
fn is_copy(item: &CheckpointItem) -> bool {
    item.extend_info.as_ref().is_some_and(|info| info.copy_from.is_some())
}

fn is_unfinished(item: &CheckpointItem) -> bool {
    !matches!(item.status, Status::Available | Status::Error)
}

fn has_long_name(item: &CheckpointItem) -> bool {
    item.name.as_deref().is_some_and(|name| name.chars().count() > MAX_NAME)
}

fn ids(items: &[&CheckpointItem], is_selected: impl Fn(&CheckpointItem) -> bool) -> Vec<String> {
    let selected = items.iter().filter(|item| is_selected(item));
    selected.map(|item| item.id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    fn item(id: &str, size: i64, extra: &Json) -> Json {
        let mut item = json!({"id": id, "name": id, "resource_id": "web", "resource_type": SERVER_TYPE,
            "status": "available", "created_at": "2026-01-01T00:00:00", "extend_info": {"size": size, "copy_from": ""}});
        let extra = extra.as_object().unwrap().clone();
        item.as_object_mut().unwrap().extend(extra);
        item
    }

    fn policy(name: &str, enabled: bool, servers: &[&str], backups: &[&str]) -> PolicyBackups {
        let servers: Vec<_> = servers.iter().map(|id| json!({"id": id})).collect();
        PolicyBackups {
            policy: serde_json::from_value(
                json!({"id": format!("id of {name}"), "name": name, "resources": servers,
                "scheduled_operations": [{"enabled": enabled}]}),
            )
            .unwrap(),
            item_ids: backups.iter().map(|id| (*id).to_owned()).collect(),
        }
    }

    fn report(items: &[Json], policies: &[PolicyBackups]) -> MigrationReportModel {
        let items: Vec<CheckpointItem> = serde_json::from_value(items.to_vec().into()).unwrap();
        Report {
            items: &items,
            policies,
        }
        .model()
    }

    fn vaults_of(report: &MigrationReportModel) -> Vec<VaultModel> {
        report.vaults.clone().unwrap()
    }

    fn known<const N: usize>(ids: [&str; N]) -> Value<Vec<String>> {
        Value::Value(ids.map(str::to_owned).into())
    }

    #[test]
    fn each_backup_moves_to_the_vault_of_its_policy_or_to_default() {
        let report = report(
            &[
                item("nightly-1", 10 * 1024, &json!({})),
                item("nightly-2", 10 * 1024, &json!({"created_at": "2026-01-02T00:00:00"})),
                item("manual", 1024, &json!({})),
                item(
                    "copy",
                    1024,
                    &json!({"extend_info": {"size": 1024, "copy_from": "eu-nl"}}),
                ),
                item("gone", 1024, &json!({"status": "deleted"})),
                item("disk", 1024, &json!({"resource_type": "OS::Cinder::Volume"})),
            ],
            &[
                policy("weekly", true, &["db"], &[]),
                policy("nightly", false, &["web"], &["nightly-1", "nightly-2"]),
                policy("off", false, &["web"], &[]),
                policy("empty", true, &[], &[]),
            ],
        );
        let vaults = vaults_of(&report);
        let summary: Vec<_> = vaults
            .iter()
            .map(|vault| {
                let name = vault.name.clone().unwrap();
                let kind = vault.protect_type.clone().unwrap();
                (name, kind, vault.backup_ids.clone(), vault.capacity_gb)
            })
            .collect();
        let backup = || "backup".to_owned();
        assert_eq!(
            summary,
            [
                (
                    "nightly".to_owned(),
                    backup(),
                    known(["nightly-2", "nightly-1"]),
                    Value::Value(24)
                ),
                ("weekly".to_owned(), backup(), known([]), Value::Null),
                ("default".to_owned(), backup(), known(["manual"]), Value::Value(2)),
                (
                    "default".to_owned(),
                    "replication".to_owned(),
                    known(["copy"]),
                    Value::Value(2)
                ),
            ]
        );
        assert!(
            vaults.iter().all(|vault| vault.open_questions == known([])),
            "{vaults:?}"
        );
        assert_eq!(
            (&vaults[0].policy_enabled, &vaults[0].resource_ids),
            (&Value::Value(false), &known(["web"]))
        );
        assert!(vaults[2].resource_ids.is_null() && vaults[2].policy_id.is_null());
        let without: Vec<_> = report.policies_without_vault.clone().unwrap();
        let names: Vec<_> = without.iter().map(|policy| policy.name.clone().unwrap()).collect();
        assert_eq!(names, ["empty", "off"]);
        assert_eq!(report.foreign_backup_ids, known(["disk"]));
        assert_eq!(
            (report.backup_count, report.size, report.capacity_gb),
            (Value::Value(4), Value::Value(22 * 1024), Value::Value(28))
        );
    }

    #[test]
    fn what_the_documentation_leaves_open_is_said() {
        let long = "n".repeat(70);
        let report = report(
            &[
                item("a", 1, &json!({})),
                item("without-size", 1, &json!({"extend_info": {}})),
                item("of-both", 1, &json!({})),
            ],
            &[
                policy(&format!("{long}1"), true, &["web"], &["of-both"]),
                policy(&format!("{long}2"), true, &["db"], &["of-both"]),
                policy("default", true, &[], &["a"]),
            ],
        );
        let vaults = vaults_of(&report);
        let questions = |index: usize| {
            let vault: &VaultModel = &vaults[index];
            (vault.name.clone().unwrap(), vault.open_questions.clone().unwrap())
        };
        let (name, open) = questions(0);
        assert_eq!(name, "default");
        assert!(
            open[0].contains("same name") && open[1].contains("covers no servers"),
            "{open:?}"
        );
        for index in [1, 2] {
            let (name, open) = questions(index);
            assert_eq!(name, "n".repeat(64));
            assert!(
                open[0].contains("71 characters") && open[1].contains("same name"),
                "{open:?}"
            );
        }
        let (name, open) = questions(3);
        assert_eq!(name, "default");
        assert!(
            open[0].contains("same name") && open[1].contains("no size for 1"),
            "{open:?}"
        );
        assert_eq!(report.ambiguous_backup_ids, known(["of-both"]));
        assert_eq!(report.backup_count, Value::Value(2));
    }

    #[test]
    fn what_can_fail_to_move_is_listed() {
        let long = "n".repeat(65);
        let report = report(
            &[
                item(
                    "with-image",
                    1,
                    &json!({"extend_info": {"size": 1, "os_images_data": [{"image_id": "image"}]}}),
                ),
                item("running", 1, &json!({"status": "protecting"})),
                item("strange", 1, &json!({"status": "paused"})),
                item("failed", 1, &json!({"status": "error"})),
                item("long", 1, &json!({"name": long})),
            ],
            &[],
        );
        let images = report.images.clone().unwrap();
        assert_eq!(images.len(), 1);
        assert_eq!(images[0].backup_id, Value::Value("with-image".to_owned()));
        assert_eq!(report.unfinished_backup_ids, known(["running", "strange"]));
        assert_eq!(report.failed_backup_ids, known(["failed"]));
        assert_eq!(report.long_name_backup_ids, known(["long"]));
    }
}
