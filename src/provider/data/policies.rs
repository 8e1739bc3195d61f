//! The data source `csbs_backup_policies`: all policies of the project.

use async_trait::async_trait;

use crate::{
    api::{ApiError, Client, Policy, PolicyFilter, TagKind, Tags},
    framework::{AttributeType, Context, DataSource, Diagnostics, Dynamic, ReadData, Schema},
    provider::{
        Connection,
        attribute::{Attributes, block, computed, list_of_strings, map_of_strings, named, optional},
        backup::model::tags,
    },
};

use super::{ask::Ask, policy_value};

/// All policies that pass some filters.
pub struct PoliciesData {
    connection: Connection,
}

impl PoliciesData {
    /// A data source that reaches the service by `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

/// The filters, as arguments.
#[must_use]
pub fn filters() -> Attributes {
    named([
        ("name", optional(AttributeType::String, "Name of the policy, exactly.")),
        (
            "name_contains",
            optional(AttributeType::String, "A part of the policy's name."),
        ),
        (
            "resource_id",
            optional(AttributeType::String, "ID of a server that is in the policy."),
        ),
        ("status", optional(AttributeType::String, "Status, such as `enabled`.")),
        (
            "with_tags",
            optional(map_of_strings(), "Tags that the policy has, besides others."),
        ),
        (
            "all_tenants",
            optional(
                AttributeType::Bool,
                "Whether to look into all projects; for administrators only.",
            ),
        ),
    ])
}

/// The policies that pass the filters, by name, with their tags.
///
/// # Errors
/// Any [`ApiError`].
pub async fn fetch(client: &Client, config: &Dynamic) -> Result<Vec<(Policy, Tags)>, ApiError> {
    let text = |name: &str| config.get(name).as_str();
    let filter = PolicyFilter {
        name: text("name").map(str::to_owned),
        all_tenants: config.get("all_tenants").as_bool(),
        ..PolicyFilter::default()
    };
    let mut policies = client.list_policies(&filter).await?;
    policies.retain(|policy| {
        let name = policy.name.as_deref().unwrap_or_default();
        let has = |id: &str| policy.resources.iter().any(|server| server.id.as_deref() == Some(id));
        text("name").is_none_or(|wanted| name == wanted)
            && text("name_contains").is_none_or(|part| name.contains(part))
            && text("status").is_none_or(|status| policy.status.as_deref() == Some(status))
            && text("resource_id").is_none_or(has)
    });
    policies.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    let wanted = tags(config.get("with_tags"));
    let mut found = Vec::new();
    for mut policy in policies {
        let tags = match policy.tags.take() {
            Some(tags) => tags,
            None => client.list_tags(TagKind::Policy, &policy.id).await?,
        };
        if wanted.iter().all(|(key, value)| tags.get(key) == Some(value)) {
            found.push((policy, tags));
        }
    }
    Ok(found)
}

#[async_trait]
impl DataSource for PoliciesData {
    fn schema(&self) -> Schema {
        let mut attributes = filters();
        attributes.extend(named([
            (
                "policies",
                computed(
                    AttributeType::AttributeList(policy_value::attributes()),
                    "The policies, in the order of their names.",
                ),
            ),
            ("ids", computed(list_of_strings(), "Their IDs, in the same order.")),
        ]));
        Schema {
            version: 0,
            block: block("All backup policies that pass the filters.", attributes, []),
        }
    }

    async fn read(&self, context: &Context, config: Dynamic, diags: &mut Diagnostics) -> Option<ReadData> {
        let ask = Ask {
            connection: &self.connection,
            context,
            summary: "Cannot list the policies",
            subject: "The policies",
            attributes: &[],
        };
        if let Some(deferred) = ask.deferred() {
            return Some(deferred);
        }
        let filters = config.clone();
        let (policies, now) = ask
            .service(diags, |service| async move {
                let policies = fetch(&service.client, &filters).await?;
                Ok((policies, service.client.session().clock().now()))
            })
            .await?;
        let mut found = config;
        let ids: Vec<_> = policies.iter().map(|(policy, _)| policy.id.clone()).collect();
        found.set("ids", ids);
        let values = policies
            .iter()
            .map(|(policy, tags)| policy_value::value(policy, tags, now));
        found.set("policies", Dynamic::List(values.collect()));
        Some(ReadData::Found(found))
    }
}
