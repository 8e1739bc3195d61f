//! Tags of items and of policies.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::client::{Call, json};
use super::page::PAGE;
use super::path::Path;
use super::retry::Effect;
use super::{ApiError, Client, lenient};

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// What carries the tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TagKind {
    /// A checkpoint item; path word `csbs_backup`.
    Backup,
    /// A policy; path word `csbs_backup_policy`.
    Policy,
}

impl TagKind {
    fn path(self) -> Path {
        Path::new(match self {
            Self::Backup => "csbs_backup",
            Self::Policy => "csbs_backup_policy",
        })
    }

    fn of(self, id: &str) -> Result<Path, ApiError> {
        let what = match self {
            Self::Backup => "checkpoint_item_id",
            Self::Policy => "policy_id",
        };
        Ok(self.path().id(what, id)?.words("tags"))
    }
}

/// A tag to look for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TagQuery {
    /// The key.
    pub key: String,
    /// Any of these values; empty for any value at all.
    pub values: Vec<String>,
}

/// Which resources to find by their tags; empty lists are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct TagFilter {
    /// All of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<TagQuery>,
    /// Any of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags_any: Vec<TagQuery>,
    /// Not all of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_tags: Vec<TagQuery>,
    /// None of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_tags_any: Vec<TagQuery>,
    /// The resource's name holds this text.
    #[serde(skip)]
    pub resource_name: Option<String>,
}

impl TagFilter {
    fn wire(&self, operation: &'static str, action: &str) -> Result<Value, ApiError> {
        let mut body = json(operation, self)?;
        body["action"] = Value::from(action);
        if let Some(name) = &self.resource_name {
            body["matches"] = serde_json::json!([{ "key": "resource_name", "value": name }]);
        }
        Ok(body)
    }
}

/// A resource found by its tags.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TaggedResource {
    /// The item's or policy's ID.
    #[serde(deserialize_with = "lenient::id")]
    pub resource_id: String,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub resource_name: Option<String>,
    /// The whole resource, as far as the service tells.
    #[serde(default, deserialize_with = "lenient::json")]
    pub resource_detail: Option<Value>,
    /// Its tags.
    #[serde(default, deserialize_with = "lenient::tags")]
    pub tags: Option<Tags>,
}

/// Writes tags as the service takes them: a list of `{key, value}`.
pub(super) fn as_list<S: Serializer>(tags: &Tags, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Pair<'a> {
        key: &'a str,
        value: &'a str,
    }
    serializer.collect_seq(tags.iter().map(|(key, value)| Pair { key, value }))
}

impl Client {
    /// Sets tags; those with other keys stay. May be repeated without harm.
    ///
    /// `POST /v1/{project_id}/{kind}/{id}/tags/action`, action `create`.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn add_tags(&self, kind: TagKind, id: &str, tags: &Tags) -> Result<(), ApiError> {
        if tags.is_empty() {
            return Ok(());
        }
        let tags: Vec<Value> = tags
            .iter()
            .map(|(key, value)| serde_json::json!({ "key": key, "value": value }))
            .collect();
        self.change_tags(
            "add_tags",
            kind,
            id,
            serde_json::json!({ "action": "create", "tags": tags }),
        )
        .await
    }

    /// Takes tags away; a tag that is not there is no error. May be repeated without harm.
    ///
    /// `POST /v1/{project_id}/{kind}/{id}/tags/action`, action `delete`.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn remove_tags(&self, kind: TagKind, id: &str, keys: &[String]) -> Result<(), ApiError> {
        if keys.is_empty() {
            return Ok(());
        }
        let tags: Vec<Value> = keys.iter().map(|key| serde_json::json!({ "key": key })).collect();
        self.change_tags(
            "remove_tags",
            kind,
            id,
            serde_json::json!({ "action": "delete", "tags": tags }),
        )
        .await
    }

    /// Reads the tags of one item or policy.
    ///
    /// `GET /v1/{project_id}/{kind}/{id}/tags`.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn list_tags(&self, kind: TagKind, id: &str) -> Result<Tags, ApiError> {
        #[derive(Deserialize)]
        struct Read(#[serde(deserialize_with = "lenient::tags")] Option<Tags>);
        self.call(Call::get("list_tags", kind.of(id)?), |answer| {
            let Read(tags) = answer.member("tags")?;
            tags.ok_or_else(|| answer.strange("\"tags\" is no list"))
        })
        .await
    }

    /// Reads all tags of the project: every key with its values.
    ///
    /// `GET /v1/{project_id}/{kind}/tags`.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn project_tags(&self, kind: TagKind) -> Result<BTreeMap<String, Vec<String>>, ApiError> {
        #[derive(Deserialize)]
        struct Tag {
            #[serde(deserialize_with = "lenient::id")]
            key: String,
            #[serde(default, deserialize_with = "lenient::list")]
            values: Vec<Value>,
        }
        let tags: Vec<Tag> = self
            .call(Call::get("project_tags", kind.path().words("tags")), |answer| {
                answer.member("tags")
            })
            .await?;
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        Ok(tags
            .into_iter()
            .map(|tag| (tag.key, tag.values.into_iter().map(text).collect()))
            .collect())
    }

    /// Finds items or policies by their tags, following pages to the end.
    ///
    /// `POST /v1/{project_id}/{kind}/resource_instances/action`, action `filter`. Changes nothing.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn filter_by_tags(&self, kind: TagKind, filter: &TagFilter) -> Result<Vec<TaggedResource>, ApiError> {
        const OPERATION: &str = "filter_by_tags";
        let mut found: Vec<TaggedResource> = Vec::new();
        let mut seen = HashSet::new();
        let mut offset = 0;
        loop {
            let mut body = filter.wire(OPERATION, "filter")?;
            // The service takes both as text.
            body["limit"] = Value::from(PAGE.to_string());
            body["offset"] = Value::from(offset.to_string());
            let path = kind.path().words("resource_instances/action");
            let (page, answer): (Vec<TaggedResource>, _) = self
                .call(Call::post(OPERATION, path, Effect::Read, body), |answer| {
                    Ok((answer.member("resources")?, answer))
                })
                .await?;
            let length = page.len();
            let before = found.len();
            found.extend(
                page.into_iter()
                    .filter(|resource| seen.insert(resource.resource_id.clone())),
            );
            if length < PAGE {
                return Ok(found);
            }
            if found.len() == before {
                return Err(answer.strange("the list repeats itself"));
            }
            offset += length;
        }
    }

    /// Counts items or policies by their tags.
    ///
    /// `POST /v1/{project_id}/{kind}/resource_instances/action`, action `count`. Changes nothing.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn count_by_tags(&self, kind: TagKind, filter: &TagFilter) -> Result<u64, ApiError> {
        const OPERATION: &str = "count_by_tags";
        #[derive(Deserialize)]
        struct Count(#[serde(deserialize_with = "lenient::integer")] Option<i64>);
        let path = kind.path().words("resource_instances/action");
        let body = filter.wire(OPERATION, "count")?;
        self.call(Call::post(OPERATION, path, Effect::Read, body), |answer| {
            let Count(count) = answer.member("total_count")?;
            count
                .and_then(|count| u64::try_from(count).ok())
                .ok_or_else(|| answer.strange("\"total_count\" is no number"))
        })
        .await
    }

    async fn change_tags(&self, operation: &'static str, kind: TagKind, id: &str, body: Value) -> Result<(), ApiError> {
        let path = kind.of(id)?.words("action");
        let call = Call::post(operation, path, Effect::Idempotent, body).touching(id);
        self.call(call, |_| Ok(())).await
    }
}
