//! The data source `csbs_tags`: all tags of the project's backups or policies.

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::{
    Connection,
    attribute::{block, computed, list_of_strings, named, optional_computed},
    service_call::ServiceCall,
    validators::{self, one_of},
};
use otc_client::csbs::TagKind;
use terraform_plugin::{AttributePath, AttributeType, Context, DataSource, Diagnostics, RawValue, ReadData, Schema};

/// All tags of the project's backups or policies.
pub struct TagsDataSource {
    connection: Connection,
}

impl TagsDataSource {
    /// A data source that reaches the service by `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

#[async_trait]
impl DataSource for TagsDataSource {
    fn schema(&self) -> Schema {
        Schema::from(block(
            "All tags in use in the project.",
            named([
                (
                    "kind",
                    optional_computed(
                        AttributeType::String,
                        "What carries the tags: `backup`, which is the default, or `policy`.",
                    ),
                ),
                (
                    "tags",
                    computed(
                        AttributeType::Map(Box::new(list_of_strings())),
                        "Every key with its values, in alphabetical order.",
                    ),
                ),
            ]),
            [],
        ))
    }

    async fn validate(&self, _context: &Context, config: &RawValue, diags: &mut Diagnostics) {
        validators::text(
            diags,
            "The kind is not valid",
            &AttributePath::new("kind"),
            config.get("kind"),
            &[one_of(&["backup", "policy"])],
        );
    }

    async fn read(&self, context: &Context, config: RawValue, diags: &mut Diagnostics) -> Option<ReadData> {
        let ask = ServiceCall {
            connection: &self.connection,
            context,
            summary: "Cannot read the tags",
            subject: "The project",
            attributes: &[],
        };
        if let Some(deferred) = ask.deferred() {
            return Some(deferred);
        }
        let mut found = config;
        if found.get("kind").is_null() {
            found.set("kind", "backup");
        }
        let kind = match found.get("kind").as_str() {
            Some("policy") => TagKind::Policy,
            _ => TagKind::Backup,
        };
        let tags = ask
            .service(diags, |service| async move { service.client.project_tags(kind).await })
            .await?;
        let tags: BTreeMap<String, Vec<String>> = tags
            .into_iter()
            .map(|(key, mut values)| {
                values.sort();
                (key, values)
            })
            .collect();
        found.set("tags", tags);
        Some(ReadData::Found(found))
    }
}
