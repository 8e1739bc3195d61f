//! The data source `csbs_backup_policies`: all policies of the project.

use async_trait::async_trait;

use crate::{
    Connection,
    attribute::{Attributes, block, computed, list_of_strings, named, optional},
    service_call::ServiceCall,
    sort::{Sort, SortValue},
    tag_filter::{self, TagFilter},
};
use otc_client::csbs::{ApiError, Client, Policy, PolicyFilter, TagKind, Tags, parse_time};
use terraform_plugin::{AttributeType, Context, DataSource, Diagnostics, RawValue, ReadData, Schema};

use super::data_source_value;

/// Keys that policies can be sorted by.
const SORT_KEYS: [&str; 4] = ["created_at", "name", "status", "id"];

/// All policies that pass some filters.
pub struct PoliciesDataSource {
    connection: Connection,
}

impl PoliciesDataSource {
    /// A data source that reaches the service by `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

/// The filters, as arguments.
#[must_use]
pub fn filters() -> Attributes {
    let mut attributes = tag_filter::attributes("policy");
    attributes.extend(named([
        ("name", optional(AttributeType::String, "Name of the policy, exactly.")),
        (
            "name_contains",
            optional(AttributeType::String, "A part of the policy's name."),
        ),
        (
            "resource_id",
            optional(AttributeType::String, "ID of a server that is in the policy."),
        ),
        (
            "status",
            optional(
                AttributeType::String,
                "Status, exactly as the service says it: `enabled`, `disabled` or `suspended`. The service may say \
                 `suspended` of an enabled policy; `enabled` filters by what the operations say.",
            ),
        ),
        (
            "enabled",
            optional(
                AttributeType::Bool,
                "Whether an operation of the policy runs by its schedule.",
            ),
        ),
        (
            "all_tenants",
            optional(
                AttributeType::Bool,
                "Whether to look into all projects; for administrators only.",
            ),
        ),
    ]));
    attributes
}

/// The policies that pass the filters, in the order of `sort` or of their names, with their tags.
///
/// # Errors
/// Any [`ApiError`].
pub async fn fetch(client: &Client, config: &RawValue) -> Result<Vec<(Policy, Tags)>, ApiError> {
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
            && config
                .get("enabled")
                .as_bool()
                .is_none_or(|wanted| data_source_value::is_enabled(policy) == wanted)
    });
    policies.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    if let Some(sort) = Sort::read(config, &SORT_KEYS) {
        policies.sort_by(|a, b| sort.compare(a, b, sort_value));
    }
    let wanted = TagFilter::read(config);
    let mut found = Vec::new();
    for mut policy in policies {
        let tags = match policy.tags.take() {
            Some(tags) => tags,
            None => client.list_tags(TagKind::Policy, &policy.id).await?,
        };
        if wanted.matches(&tags) {
            found.push((policy, tags));
        }
    }
    Ok(found)
}

fn sort_value(policy: &Policy, key: &str) -> Option<SortValue> {
    match key {
        "created_at" => policy.created_at.as_deref().and_then(parse_time).map(SortValue::Time),
        "name" => policy.name.clone().map(SortValue::Text),
        "status" => policy.status.clone().map(SortValue::Text),
        "id" => Some(SortValue::Text(policy.id.clone())),
        _ => None,
    }
}

#[async_trait]
impl DataSource for PoliciesDataSource {
    fn schema(&self) -> Schema {
        let mut attributes = filters();
        attributes.extend(named([
            (
                "sort",
                optional(
                    AttributeType::String,
                    "Order of the policies: keys, each with `:asc` or `:desc` (the default), separated by commas, such as \
                     `status:asc,created_at`. The keys are `created_at`, `name`, `status` and `id`. In the order of their \
                     names when this is left out.",
                ),
            ),
            (
                "policies",
                computed(
                    AttributeType::AttributeList(data_source_value::attributes()),
                    "The policies, in the order of `sort`.",
                ),
            ),
            ("ids", computed(list_of_strings(), "Their IDs, in the same order.")),
        ]));
        Schema::from(block("All backup policies that pass the filters.", attributes, []))
    }

    async fn validate(&self, _context: &Context, config: &RawValue, diags: &mut Diagnostics) {
        tag_filter::validate(config, diags);
        Sort::validate(config, &SORT_KEYS, diags);
    }

    async fn read(&self, context: &Context, config: RawValue, diags: &mut Diagnostics) -> Option<ReadData> {
        let ask = ServiceCall {
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
            .map(|(policy, tags)| data_source_value::value(policy, tags, now));
        found.set("policies", RawValue::List(values.collect()));
        Some(ReadData::Found(found))
    }
}
