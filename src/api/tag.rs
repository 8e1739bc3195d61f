//! Tags of items and of policies.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

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

/// A resource found by its tags.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TaggedResource {
    /// The item's or policy's ID.
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
        let _ = (kind, id, tags);
        todo!()
    }

    /// Takes tags away; a tag that is not there is no error. May be repeated without harm.
    ///
    /// `POST /v1/{project_id}/{kind}/{id}/tags/action`, action `delete`.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn remove_tags(&self, kind: TagKind, id: &str, keys: &[String]) -> Result<(), ApiError> {
        let _ = (kind, id, keys);
        todo!()
    }

    /// Reads the tags of one item or policy.
    ///
    /// `GET /v1/{project_id}/{kind}/{id}/tags`.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn list_tags(&self, kind: TagKind, id: &str) -> Result<Tags, ApiError> {
        let _ = (kind, id);
        todo!()
    }

    /// Reads all tags of the project: every key with its values.
    ///
    /// `GET /v1/{project_id}/{kind}/tags`.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn project_tags(&self, kind: TagKind) -> Result<BTreeMap<String, Vec<String>>, ApiError> {
        let _ = kind;
        todo!()
    }

    /// Finds items or policies by their tags, following pages to the end.
    ///
    /// `POST /v1/{project_id}/{kind}/resource_instances/action`, action `filter`. Changes nothing.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn filter_by_tags(&self, kind: TagKind, filter: &TagFilter) -> Result<Vec<TaggedResource>, ApiError> {
        let _ = (kind, filter);
        todo!()
    }

    /// Counts items or policies by their tags.
    ///
    /// `POST /v1/{project_id}/{kind}/resource_instances/action`, action `count`. Changes nothing.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn count_by_tags(&self, kind: TagKind, filter: &TagFilter) -> Result<u64, ApiError> {
        let _ = (kind, filter);
        todo!()
    }
}
