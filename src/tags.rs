//! The data source `csbs_tags`: all tags of the project's backups or policies.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    data_source::ServiceDataSource,
    diagnostics::Failure,
    validators::{one_of, string},
};
use otc_client::{
    csbs::{ApiError, TagKind},
    operation::OperationContext,
};
use terraform_plugin::{Attribute, AttributeType, Diagnostics, Schema, Value};

const POLICY: &str = "policy";
const BACKUP: &str = "backup";

/// The data source `csbs_tags`.
pub struct TagsDataSource;

/// Configuration and result of `csbs_tags`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TagsModel {
    kind: Value<String>,
    tags: Value<BTreeMap<String, Vec<String>>>,
}

#[async_trait]
impl ServiceDataSource for TagsDataSource {
    type Config = TagsModel;
    type Data = TagsModel;
    const FAILURE: Failure<'static> = Failure {
        summary: "Cannot read the tags",
        subject: "The project",
        attributes: &[],
    };

    fn schema() -> Schema {
        let lists_of_values = AttributeType::Map(Box::new(AttributeType::List(Box::new(AttributeType::String))));
        Schema::new("All tags in use in the project.").attributes([
            Attribute::string("kind")
                .optional_computed()
                .validate(string("The kind is not valid", [one_of(&[BACKUP, POLICY])]))
                .doc("Kind of object that has the tags: `backup`, which is the default, or `policy`."),
            Attribute::new("tags", lists_of_values)
                .computed()
                .doc("Every key with its values, in alphabetical order."),
        ])
    }

    async fn read(
        service: &OperationContext,
        config: TagsModel,
        _: &mut Diagnostics,
    ) -> Result<Option<TagsModel>, ApiError> {
        let kind = config.kind.unwrap_or_else(|| BACKUP.to_owned());
        let mut tags = service.client.project_tags(tag_kind(&kind)).await?;
        tags.values_mut().for_each(|values| values.sort());
        Ok(Some(TagsModel {
            kind: kind.into(),
            tags: tags.into_iter().collect::<BTreeMap<_, _>>().into(),
        }))
    }
}

fn tag_kind(kind: &str) -> TagKind {
    if kind == POLICY {
        TagKind::Policy
    } else {
        TagKind::Backup
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        assert_model_has_schema::<TagsModel>("csbs_tags", &TagsDataSource::schema().block);
    }
}
