//! Tags of items and of policies.

use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::{ApiError, Client, Tags};
use crate::rest::{
    client::{Answer, Call},
    lenient,
    page::{Collected, PAGE},
    path::Path,
    retry::Effect,
};

/// The kind of object that has the tags.
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

/// Number of keys in one search.
const MAX_SEARCH_KEYS: usize = 10;

/// A resource found by its tags.
#[derive(Deserialize)]
struct TaggedResource {
    #[serde(deserialize_with = "lenient::id")]
    resource_id: String,
    #[serde(default, deserialize_with = "lenient::tags")]
    tags: Option<Tags>,
}

/// The member of a resource that paging needs.
#[derive(Debug, Deserialize)]
struct Head {
    #[serde(deserialize_with = "lenient::id")]
    resource_id: String,
}

/// The resources of a page, each with its text.
fn resources(answer: &Answer) -> Result<Vec<(Head, Bytes)>, ApiError> {
    let wrong = |error: serde_json::Error| answer.invalid_response(&format!("\"resources\": {error}"));
    let [member] = answer.members(["resources"])?;
    let member = member.ok_or_else(|| answer.invalid_response("it has no \"resources\""))?;
    lenient::elements(member.get().as_bytes())
        .map_err(wrong)?
        .into_iter()
        .map(|element| {
            Ok((
                serde_json::from_str(element.get()).map_err(wrong)?,
                answer.part(element),
            ))
        })
        .collect()
}

/// Serializes tags in the form of the service: a list of `{key, value}`.
pub(super) fn as_list<S: Serializer>(tags: &Tags, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Pair<'a> {
        key: &'a str,
        value: &'a str,
    }
    serializer.collect_seq(tags.iter().map(|(key, value)| Pair { key, value }))
}

impl Client {
    /// Sets tags; those with other keys stay. Idempotent.
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

    /// Removes tags; a missing tag is no error. Idempotent.
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
            tags.ok_or_else(|| answer.invalid_response("\"tags\" is no list"))
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
            values: Vec<lenient::Json>,
        }
        let tags: Vec<Tag> = self
            .call(Call::get("project_tags", kind.path().words("tags")), |answer| {
                answer.member("tags")
            })
            .await?;
        let text = |lenient::Json(value)| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        Ok(tags
            .into_iter()
            .map(|tag| (tag.key, tag.values.into_iter().map(text).collect()))
            .collect())
    }

    /// Finds the items or policies that have at least one of the keys, and returns their tags by ID; no tags if the answer leaves
    /// them out. Reads all pages.
    ///
    /// `POST /v1/{project_id}/{kind}/resource_instances/action`, action `filter`. Changes nothing. The page's other filters
    /// (`tags`, `not_tags`, `not_tags_any`, `matches`) are not used: it does not say whether `not_tags` excludes resources with
    /// all or with any of the tags, so the caller compares the tags.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn resources_with_tags(
        &self,
        kind: TagKind,
        keys: &[String],
    ) -> Result<BTreeMap<String, Option<Tags>>, ApiError> {
        let mut found = BTreeMap::new();
        for keys in keys.chunks(MAX_SEARCH_KEYS) {
            self.search_tags(kind, keys, &mut found).await?;
        }
        Ok(found)
    }

    async fn search_tags(
        &self,
        kind: TagKind,
        keys: &[String],
        found: &mut BTreeMap<String, Option<Tags>>,
    ) -> Result<(), ApiError> {
        const OPERATION: &str = "resources_with_tags";
        // No values: any value.
        let wanted: Vec<Value> = keys
            .iter()
            .map(|key| serde_json::json!({ "key": key, "values": [] }))
            .collect();
        let mut seen = HashSet::new();
        let mut read: Collected<TaggedResource> = Collected::new();
        let mut offset = 0;
        loop {
            let body = serde_json::json!({
                "action": "filter",
                "tags_any": wanted,
                // The service takes both as text.
                "limit": PAGE.to_string(),
                "offset": offset.to_string(),
            });
            let path = kind.path().words("resource_instances/action");
            let (page, answer): (Vec<(Head, Bytes)>, _) = self
                .call(Call::post(OPERATION, path, Effect::Read, body).page(), |answer| {
                    Ok((resources(&answer)?, answer))
                })
                .await?;
            let length = page.len();
            let before = seen.len();
            for (head, element) in page {
                if seen.insert(head.resource_id) {
                    read.read(&element, |_| true)
                        .map_err(|message| answer.invalid_response(&format!("\"resources\": {message}")))?;
                }
            }
            if length < PAGE {
                let resources = read.into_elements().into_iter();
                found.extend(resources.map(|resource| (resource.resource_id, resource.tags)));
                return Ok(());
            }
            if seen.len() == before {
                return Err(answer.invalid_response("the list repeats itself"));
            }
            offset += length;
        }
    }

    async fn change_tags(&self, operation: &'static str, kind: TagKind, id: &str, body: Value) -> Result<(), ApiError> {
        let path = kind.of(id)?.words("action");
        let call = Call::post(operation, path, Effect::Idempotent, body).invalidates(id);
        self.call(call, |_| Ok(())).await
    }
}
