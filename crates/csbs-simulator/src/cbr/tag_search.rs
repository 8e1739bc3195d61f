//! Searches vaults by tags.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    body,
    objects::Vault,
    query,
    refusal::parameter,
    vault_view::{self, pairs},
};
use crate::{
    api::Context,
    check::Checked,
    reply::{Answer, Reply},
    state::State,
};

#[derive(Deserialize)]
struct Search {
    action: String,
    tags: Option<Vec<TagQuery>>,
    tags_any: Option<Vec<TagQuery>>,
    not_tags: Option<Vec<TagQuery>>,
    not_tags_any: Option<Vec<TagQuery>>,
    without_any_tag: Option<bool>,
    matches: Option<Vec<Match>>,
    cloud_type: Option<String>,
    object_type: Option<String>,
    limit: Option<String>,
    offset: Option<String>,
}

#[derive(Deserialize)]
struct TagQuery {
    key: String,
    values: Vec<String>,
}

#[derive(Deserialize)]
struct Match {
    key: String,
    value: String,
}

/// `POST /vault/resource_instances/action`
pub(super) fn search(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, &[])?;
    let search: Search = body::read(state, context.call)?;
    search.check()?;
    let found: Vec<_> = state
        .cbr
        .vaults
        .iter()
        .rev()
        .filter(|vault| vault.is_in(context.project) && search.accepts(vault))
        .collect();
    if search.action == "count" {
        return Ok(Reply::ok(json!({"total_count": found.len()})));
    }
    let limit = number(search.limit.as_deref(), "limit")?.unwrap_or(1000);
    if !(1..=1000).contains(&limit) {
        return Err(parameter("limit must be 1 to 1000"));
    }
    let offset = number(search.offset.as_deref(), "offset")?.unwrap_or(0);
    let total = found.len();
    let resources: Vec<Value> = found
        .into_iter()
        .skip(offset)
        .take(limit)
        .map(|vault| {
            json!({
                "resource_id": vault.id,
                "resource_name": vault.name,
                "resource_detail": {"vault": vault_view::view(state, vault, context.project)},
                "tags": pairs(&vault.tags),
            })
        })
        .collect();
    Ok(Reply::ok(json!({"resources": resources, "total_count": total})))
}

/// Reads a number, which this call has as a string.
fn number(text: Option<&str>, member: &str) -> Checked<Option<usize>> {
    text.map(|text| {
        text.parse()
            .map_err(|_| parameter(format!("{member} must be a number in a string")))
    })
    .transpose()
}

impl Search {
    fn check(&self) -> Checked<()> {
        match self.action.as_str() {
            "filter" => {}
            "count" if self.limit.is_none() && self.offset.is_none() => {}
            "count" => return Err(parameter("a count has neither limit nor offset")),
            _ => return Err(parameter("action must be filter or count")),
        }
        let lists = [&self.tags, &self.tags_any, &self.not_tags, &self.not_tags_any];
        for list in lists.into_iter().flatten() {
            let valid = |query: &TagQuery| !query.key.is_empty() && query.values.len() <= 20;
            if !(1..=20).contains(&list.len()) || !list.iter().all(valid) {
                return Err(parameter(
                    "a list of tags must have 1 to 20 keys with at most 20 values",
                ));
            }
        }
        let matches = self.matches.as_deref().unwrap_or_default();
        if matches.len() > 1 || matches.iter().any(|one| one.key != "resource_name") {
            return Err(parameter("matches takes resource_name once"));
        }
        if self
            .object_type
            .as_ref()
            .is_some_and(|kind| kind != "server" && kind != "disk")
        {
            return Err(parameter("object_type must be server or disk"));
        }
        Ok(())
    }

    fn accepts(&self, vault: &Vault) -> bool {
        let has = |query: &TagQuery| has(vault, query);
        let all = |list: &Option<Vec<TagQuery>>| list.as_ref().map(|list| list.iter().all(has));
        let any = |list: &Option<Vec<TagQuery>>| list.as_ref().map(|list| list.iter().any(has));
        let by_tags = if self.without_any_tag == Some(true) {
            vault.tags.is_empty()
        } else {
            all(&self.tags) != Some(false)
                && any(&self.tags_any) != Some(false)
                && all(&self.not_tags) != Some(true)
                && any(&self.not_tags_any) != Some(true)
        };
        let by_name = self.matches.iter().flatten().all(|one| vault.name.contains(&one.value));
        by_tags
            && by_name
            && self.cloud_type.as_deref().is_none_or(|kind| kind == "public")
            && self.object_type.as_deref().is_none_or(|kind| kind == vault.object_type)
    }
}

/// Returns `true` if a vault has the key with one of the values. No values mean any value; a leading `*` means a part.
fn has(vault: &Vault, query: &TagQuery) -> bool {
    let value_matches = |value: &str| {
        query.values.is_empty()
            || query.values.iter().any(|wanted| match wanted.strip_prefix('*') {
                Some(part) => value.contains(part),
                None => value == wanted,
            })
    };
    vault
        .tags
        .iter()
        .any(|(key, value)| *key == query.key && value_matches(value))
}
