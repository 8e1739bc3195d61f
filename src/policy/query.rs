//! Arguments that select policies, and the policies that they select: for `csbs_backup_policies` and the list resource.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::{
    sort::{Sort, SortValue},
    tag_filter::{self, TagFilter, TagFilterModel},
};
use otc_client::csbs::{ApiError, Client, Policy, PolicyFilter, TagKind, Tags, parse_time};
use terraform_plugin::{Attribute, Value};

use super::next_run::is_enabled;

/// Keys that policies can be sorted by.
pub const SORT_KEYS: [&str; 4] = ["created_at", "name", "status", "id"];

/// The arguments.
#[must_use]
pub fn attributes() -> Vec<Attribute> {
    let mut attributes = vec![
        Attribute::string("name").doc("Exact name of the policy."),
        Attribute::string("name_contains").doc("Part of the policy's name."),
        Attribute::string("resource_id").doc("ID of a server that the policy backs up."),
        Attribute::string("status").doc(
            "Status, exactly as the service reports it: `enabled`, `disabled` or `suspended`. The service can report \
             `suspended` for an enabled policy; the argument `enabled` goes by the operations.",
        ),
        Attribute::bool("enabled").doc("Whether an operation of the policy runs by its schedule."),
        Attribute::bool("all_tenants").doc("Whether to search all projects; for administrators only."),
    ];
    attributes.extend(tag_filter::attributes("policy"));
    attributes
}

/// Model of the arguments.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyFilters {
    name: Value<String>,
    name_contains: Value<String>,
    resource_id: Value<String>,
    status: Value<String>,
    enabled: Value<bool>,
    all_tenants: Value<bool>,
    #[serde(flatten)]
    tags: TagFilterModel,
}

impl PolicyFilters {
    /// Reads the policies that pass the filters, with their tags, in the order of `sort`, and of their names without it.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn read(&self, client: &Client, sort: Option<&Sort>) -> Result<Vec<(Policy, Tags)>, ApiError> {
        let filter = PolicyFilter {
            name: self.name.clone().as_option(),
            all_tenants: self.all_tenants.as_option(),
            ..PolicyFilter::default()
        };
        let mut policies = client.list_policies(&filter).await?;
        policies.retain(|policy| self.matches(policy));
        policies.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        if let Some(sort) = sort {
            policies.sort_by(|a, b| compare(sort, a, b));
        }
        let tag_filter = TagFilter::from(&self.tags);
        let mut selected = Vec::new();
        for mut policy in policies {
            let tags = tags(client, &mut policy).await?;
            if tag_filter.matches(&tags) {
                selected.push((policy, tags));
            }
        }
        Ok(selected)
    }

    /// Whether a policy passes the filters, except those by tags.
    fn matches(&self, policy: &Policy) -> bool {
        let name = policy.name.as_deref().unwrap_or_default();
        let has_server = |id: &String| policy.resources.iter().any(|server| server.id.as_ref() == Some(id));
        self.name.iter().all(|expected| name == expected)
            && self.name_contains.iter().all(|part| name.contains(part.as_str()))
            && self.status.iter().all(|status| policy.status.as_ref() == Some(status))
            && self.resource_id.iter().all(has_server)
            && self.enabled.iter().all(|enabled| is_enabled(policy) == *enabled)
    }
}

/// The tags of a policy; read by themselves where the answer left them out.
///
/// # Errors
/// Any [`ApiError`].
pub async fn tags(client: &Client, policy: &mut Policy) -> Result<Tags, ApiError> {
    match policy.tags.take() {
        Some(tags) => Ok(tags),
        None => client.list_tags(TagKind::Policy, &policy.id).await,
    }
}

fn compare(sort: &Sort, a: &Policy, b: &Policy) -> Ordering {
    sort.compare(a, b, |policy, key| match key {
        "created_at" => policy.created_at.as_deref().and_then(parse_time).map(SortValue::Time),
        "name" => policy.name.clone().map(SortValue::Text),
        "status" => policy.status.clone().map(SortValue::Text),
        "id" => Some(SortValue::Text(policy.id.clone())),
        _ => None,
    })
}
