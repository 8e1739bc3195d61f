//! The argument `tags` of resources as a model, and conversions from and to the API.

use std::collections::BTreeMap;

use otc_client::csbs::Tags;
use terraform_plugin::Value;

/// Model of `tags`.
pub type TagMap = BTreeMap<String, Value<String>>;

/// The known tags.
#[must_use]
pub fn to_api(tags: &Value<TagMap>) -> Tags {
    let tags = tags.as_ref_option().into_iter().flatten();
    tags.filter_map(|(key, value)| Some((key.clone(), value.as_ref_option()?.clone())))
        .collect()
}

/// The model of tags that the service answered.
#[must_use]
pub fn from_api(tags: &Tags) -> Value<TagMap> {
    let tags = tags.iter();
    Value::Value(
        tags.map(|(key, value)| (key.clone(), Value::Value(value.clone())))
            .collect(),
    )
}
