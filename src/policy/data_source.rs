//! The data source `csbs_backup_policy`: one policy.

use async_trait::async_trait;

use crate::{
    Connection,
    attribute::{block, named, optional_computed},
    service_call::ServiceCall,
    validators,
};
use otc_client::{csbs::TagKind, operation::policy::by_name};
use terraform_plugin::{
    AddDiagnostic, AttributePath, AttributeType, Context, DataSource, Diagnostics, RawValue, ReadData, Schema,
};

use super::data_source_value;

/// One policy, by ID or by name.
pub struct PolicyDataSource {
    connection: Connection,
}

impl PolicyDataSource {
    /// A data source that reaches the service by `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

#[async_trait]
impl DataSource for PolicyDataSource {
    fn schema(&self) -> Schema {
        let mut attributes = data_source_value::attributes();
        attributes.extend(named([
            ("id", optional_computed(AttributeType::String, "ID of the policy.")),
            (
                "name",
                optional_computed(
                    AttributeType::String,
                    "Name of the policy, exactly; names are unique in a project.",
                ),
            ),
        ]));
        Schema::from(block("One backup policy, by its ID or its name.", attributes, []))
    }

    async fn validate(&self, _context: &Context, config: &RawValue, diags: &mut Diagnostics) {
        validators::text(
            diags,
            "The policy ID is not valid",
            &AttributePath::new("id"),
            config.get("id"),
            &validators::id(),
        );
        if config.get("id").is_null() && config.get("name").is_null() {
            diags.add_attribute_error(
                "It is not said which policy",
                "Set `id` or `name`.",
                AttributePath::root(),
            );
        }
    }

    async fn read(&self, context: &Context, config: RawValue, diags: &mut Diagnostics) -> Option<ReadData> {
        let ask = ServiceCall {
            connection: &self.connection,
            context,
            summary: "Cannot read the policy",
            subject: "The policy",
            attributes: &["name"],
        };
        if let Some(deferred) = ask.deferred() {
            return Some(deferred);
        }
        let text = |name: &str| config.get(name).as_str().map(str::to_owned);
        let (id, name) = (text("id"), text("name"));
        let found = ask
            .service(diags, |service| async move {
                let client = &service.client;
                let policy = match (id, &name) {
                    (Some(id), _) => client.find_policy(&id).await?,
                    (None, Some(name)) => by_name(client, name).await?,
                    (None, None) => None,
                };
                let matches = |policy: &otc_client::csbs::Policy| name.is_none() || policy.name == name;
                let Some(mut policy) = policy.filter(matches) else {
                    return Ok(None);
                };
                let tags = match policy.tags.take() {
                    Some(tags) => tags,
                    None => client.list_tags(TagKind::Policy, &policy.id).await?,
                };
                Ok(Some(data_source_value::value(
                    &policy,
                    &tags,
                    client.session().clock().now(),
                )))
            })
            .await?;
        let Some(found) = found else {
            diags.add_attribute_error(
                "There is no such policy",
                "No policy in this project has this ID and name. Check them, and that the provider's project and region \
                 are those of the policy.",
                AttributePath::root(),
            );
            return None;
        };
        Some(ReadData::Found(found))
    }
}
