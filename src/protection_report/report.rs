//! Computes the report from what the service answered.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    backup::{messages::failure_of, query::newest_first},
    policy::next_run::{is_enabled, policy_next_run},
    service_value::{text, time},
};
use otc_client::csbs::{CheckpointItem, Policy, Status, parse_time};
use terraform_plugin::Value;

use super::model::{ImageModel, PolicyModel, ProtectionReportModel, ServerModel};

/// What the service answered.
pub struct Report<'a> {
    /// The backups.
    pub items: &'a [CheckpointItem],
    /// The policies.
    pub policies: &'a [Policy],
    /// The time of the report.
    pub now: Timestamp,
}

/// The backups of each server, the newest first.
type ItemsByServer<'a> = BTreeMap<&'a str, Vec<&'a CheckpointItem>>;

impl Report<'_> {
    /// Fills the model with the requested servers, or with all of them.
    pub fn fill(&self, model: &mut ProtectionReportModel, requested: Option<&[String]>) {
        let items = self.items_by_server(requested);
        let servers: Vec<&str> = match requested {
            Some(ids) => ids.iter().map(String::as_str).collect(),
            None => self.all_servers(&items),
        };
        let of = |id: &str| items.get(id).map_or(&[][..], Vec::as_slice);
        let all: Vec<_> = items.values().flatten().copied().collect();
        model.backup_count = count(&all).into();
        model.size = size(&all).into();
        model.servers = servers
            .iter()
            .map(|id| self.server(id, of(id)))
            .collect::<Vec<_>>()
            .into();
        let mut policies: Vec<_> = self.policies.iter().collect();
        policies.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        model.policies = policies
            .into_iter()
            .map(|policy| self.policy(policy, &items))
            .collect::<Vec<_>>()
            .into();
    }

    fn items_by_server(&self, requested: Option<&[String]>) -> ItemsByServer<'_> {
        let mut by_server = ItemsByServer::new();
        for item in self.items {
            let Some(server) = item.resource_id.as_deref() else {
                continue;
            };
            let is_requested = requested.is_none_or(|ids| ids.iter().any(|id| id == server));
            if is_requested && item.status != Status::Deleted {
                by_server.entry(server).or_default().push(item);
            }
        }
        for items in by_server.values_mut() {
            items.sort_by(|a, b| newest_first(a, b));
        }
        by_server
    }

    fn all_servers<'s>(&'s self, items: &ItemsByServer<'s>) -> Vec<&'s str> {
        let in_policies = self.policies.iter().flat_map(Policy::server_ids);
        let ids: BTreeSet<&str> = items.keys().copied().chain(in_policies).collect();
        ids.into_iter().collect()
    }

    fn server(&self, id: &str, items: &[&CheckpointItem]) -> ServerModel {
        let covering = |policy: &&Policy| policy.server_ids().any(|server| server == id);
        let policies: Vec<_> = self.policies.iter().filter(covering).collect();
        let newest = items.iter().find(|item| item.status == Status::Available);
        let name = |item: &&CheckpointItem| item.extend_info.as_ref()?.resource_name.clone();
        ServerModel {
            resource_id: id.to_owned().into(),
            resource_name: items.iter().find_map(name).into(),
            policy_ids: policies
                .iter()
                .map(|policy| policy.id.clone())
                .collect::<Vec<_>>()
                .into(),
            policy_names: policies
                .iter()
                .map(|policy| text(policy.name.as_deref()))
                .collect::<Vec<_>>()
                .into(),
            scheduled: policies.iter().any(|policy| is_enabled(policy)).into(),
            next_run: run_time(
                policies
                    .iter()
                    .filter_map(|policy| policy_next_run(policy, self.now))
                    .min(),
            ),
            newest_backup_id: newest.map(|item| item.id.clone()).into(),
            newest_backup_created_at: newest.map_or(Value::Null, |item| time(item.created_at.as_deref())),
            newest_backup_age_hours: newest.and_then(|item| self.age_hours(item)).into(),
            restorable: newest.is_some().into(),
            not_restorable_reason: match newest {
                Some(_) => Value::Null,
                None => reason(items.first().copied()).into(),
            },
            unfinished_backup_ids: ids_in(items, &[Status::WaitingProtect, Status::Protecting]).into(),
            failed_backup_ids: ids_in(items, &[Status::Error]).into(),
            images: images(items).into(),
            backup_count: count(items).into(),
            size: size(items).into(),
        }
    }

    fn policy(&self, policy: &Policy, items: &ItemsByServer<'_>) -> PolicyModel {
        let ids: Vec<_> = policy.server_ids().collect();
        let covered: Vec<_> = ids.iter().filter_map(|id| items.get(id)).flatten().copied().collect();
        PolicyModel {
            id: policy.id.clone().into(),
            name: policy.name.clone().into(),
            enabled: is_enabled(policy).into(),
            next_run: run_time(policy_next_run(policy, self.now)),
            resource_ids: ids.into_iter().map(str::to_owned).collect::<Vec<_>>().into(),
            backup_count: count(&covered).into(),
            size: size(&covered).into(),
        }
    }

    /// Never negative: the clocks of the service and this machine can differ.
    fn age_hours(&self, item: &CheckpointItem) -> Option<i64> {
        let created = item.created_at.as_deref().and_then(parse_time)?;
        Some(self.now.duration_since(created).as_hours().max(0))
    }
}

fn reason(newest: Option<&CheckpointItem>) -> String {
    match newest {
        None => "The server has no backup.".to_owned(),
        Some(item) if item.status == Status::Error => {
            format!(
                "No backup is available. For the newest, {}, {}.",
                item.id,
                failure_of(item)
            )
        }
        Some(item) => format!(
            "No backup is available. The status of the newest, {}, is {:?}.",
            item.id,
            item.status.as_str()
        ),
    }
}

fn ids_in(items: &[&CheckpointItem], statuses: &[Status]) -> Vec<String> {
    let items = items.iter().filter(|item| statuses.contains(&item.status));
    items.map(|item| item.id.clone()).collect()
}

/// The images that were made from backups.
#[must_use]
pub fn images(items: &[&CheckpointItem]) -> Vec<ImageModel> {
    let of_item = |item: &&CheckpointItem| -> Vec<ImageModel> {
        let images = item.extend_info.iter().flat_map(|info| &info.image_ids);
        images
            .map(|image| ImageModel {
                image_id: image.clone().into(),
                backup_id: item.id.clone().into(),
            })
            .collect()
    };
    items.iter().flat_map(of_item).collect()
}

/// The number of backups.
#[must_use]
pub fn count(items: &[&CheckpointItem]) -> i64 {
    i64::try_from(items.len()).unwrap_or(i64::MAX)
}

/// The size of backups in MB, as far as the service reports it.
#[must_use]
pub fn size(items: &[&CheckpointItem]) -> i64 {
    let sizes = items.iter().filter_map(|item| item.extend_info.as_ref()?.size);
    sizes.fold(0, i64::saturating_add)
}

fn run_time(run: Option<Timestamp>) -> Value<String> {
    run.map(|run| run.to_string()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn items() -> Vec<CheckpointItem> {
        serde_json::from_value(json!([
            {"id": "old", "resource_id": "web", "status": "available", "created_at": "2026-01-01T00:00:00",
             "extend_info": {"size": 10, "os_images_data": [{"image_id": "image"}], "resource_name": "web-1"}},
            {"id": "new", "resource_id": "web", "status": "available", "created_at": "2026-01-02T00:00:00",
             "extend_info": {"size": 5}},
            {"id": "running", "resource_id": "web", "status": "protecting", "created_at": "2026-01-02T12:00:00"},
            {"id": "failed", "resource_id": "db", "status": "error", "created_at": "2026-01-02T00:00:00",
             "extend_info": {"fail_code": {"Code": "CSBS.1"}, "fail_reason": "no space", "size": 1}},
            {"id": "gone", "resource_id": "gone", "status": "deleted", "created_at": "2026-01-02T00:00:00"},
            {"id": "of-no-server", "status": "available"}
        ]))
        .unwrap()
    }

    fn policies() -> Vec<Policy> {
        let pattern = crate::policy::schema::testing::PATTERN;
        let policy = |id: &str, enabled: bool, servers: &[&str]| {
            let servers: Vec<_> = servers.iter().map(|id| json!({"id": id})).collect();
            json!({"id": id, "name": id, "resources": servers, "scheduled_operations":
                [{"enabled": enabled, "trigger": {"properties": {"pattern": pattern}}}]})
        };
        serde_json::from_value(json!([
            policy("nightly", true, &["web", "new"]),
            policy("manual", false, &["db"])
        ]))
        .unwrap()
    }

    fn report(requested: Option<&[String]>) -> (Vec<ServerModel>, Vec<PolicyModel>, ProtectionReportModel) {
        let mut model = ProtectionReportModel::default();
        let report = Report {
            items: &items(),
            policies: &policies(),
            now: "2026-01-02T13:30:00Z".parse().unwrap(),
        };
        report.fill(&mut model, requested);
        (model.servers.take().unwrap(), model.policies.take().unwrap(), model)
    }

    fn known(text: &str) -> Value<String> {
        Value::Value(text.to_owned())
    }

    #[test]
    fn every_server_of_a_policy_or_backup_is_in_the_report() {
        let (servers, policies, model) = report(None);
        let ids: Vec<_> = servers
            .iter()
            .map(|server| server.resource_id.clone().unwrap())
            .collect();
        assert_eq!(ids, ["db", "new", "web"]);
        assert_eq!((model.backup_count, model.size), (Value::Value(4), Value::Value(16)));
        let sizes: Vec<_> = policies.iter().map(|policy| (policy.id.clone(), policy.size)).collect();
        assert_eq!(
            sizes,
            [(known("manual"), Value::Value(1)), (known("nightly"), Value::Value(15))]
        );
        assert_eq!(policies[0].enabled, Value::Value(false));
        assert!(policies[0].next_run.is_null());
    }

    #[test]
    fn a_protected_server_shows_its_newest_available_backup() {
        let (servers, ..) = report(Some(&["web".to_owned()]));
        let web = &servers[0];
        assert_eq!(web.newest_backup_id, known("new"));
        assert_eq!(web.newest_backup_age_hours, Value::Value(13));
        assert_eq!(
            (web.restorable, web.scheduled),
            (Value::Value(true), Value::Value(true))
        );
        assert!(web.not_restorable_reason.is_null());
        assert_eq!(web.next_run, known("2026-01-08T12:27:00Z"));
        assert_eq!(web.policy_names, Value::Value(vec![known("nightly")]));
        assert_eq!(web.unfinished_backup_ids, Value::Value(vec!["running".to_owned()]));
        let image = ImageModel {
            image_id: known("image"),
            backup_id: known("old"),
        };
        assert_eq!(web.images, Value::Value(vec![image]));
        assert_eq!((web.backup_count, web.size), (Value::Value(3), Value::Value(15)));
        assert_eq!(web.resource_name, known("web-1"));
    }

    #[test]
    fn a_server_without_an_available_backup_says_why() {
        let (servers, ..) = report(Some(&["db".to_owned(), "nowhere".to_owned()]));
        let [db, nowhere] = &servers[..] else {
            panic!("{servers:?}")
        };
        assert_eq!(
            (db.restorable, db.scheduled),
            (Value::Value(false), Value::Value(false))
        );
        let reason = db.not_restorable_reason.clone().unwrap();
        assert!(reason.contains("CSBS.1") && reason.contains("no space"), "{reason}");
        assert_eq!(db.failed_backup_ids, Value::Value(vec!["failed".to_owned()]));
        assert!(db.newest_backup_age_hours.is_null());
        assert_eq!(nowhere.not_restorable_reason, known("The server has no backup."));
        assert_eq!(nowhere.policy_ids, Value::Value(Vec::new()));
    }
}
