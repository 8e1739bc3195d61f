//! Tags of vaults. Backups and checkpoints have none.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    body::{self, is_uuid},
    objects::Vault,
    query,
    refusal::{parameter, refusal},
    vault_view::pairs,
    vaults,
};
use crate::{
    api::Context,
    check::Checked,
    reply::{Answer, Reply},
    state::State,
};

/// Maximum number of tags of a vault.
const MAX_TAGS: usize = 20;

/// Keys and values of tags.
pub(super) type Pairs = Vec<(String, String)>;

/// Tag in a request.
#[derive(Deserialize)]
pub(super) struct Tag {
    key: String,
    value: Option<String>,
}

#[derive(Deserialize)]
struct AddBody {
    tag: Tag,
}

#[derive(Deserialize)]
struct BatchBody {
    action: String,
    tags: Vec<Tag>,
}

/// Checks 1 to 20 tags, and trims them.
pub(super) fn checked(tags: Vec<Tag>) -> Checked<Pairs> {
    if tags.is_empty() {
        return Err(parameter("tags must not be empty"));
    }
    if tags.len() > MAX_TAGS {
        return Err(refusal("6600", format!("A vault has at most {MAX_TAGS} tags.")));
    }
    let mut pairs: Pairs = Vec::with_capacity(tags.len());
    for tag in tags {
        let (key, value) = checked_tag(&tag)?;
        if pairs.iter().any(|(known, _)| *known == key) {
            return Err(parameter(format!("the tag key {key} occurs more than once")));
        }
        pairs.push((key, value));
    }
    Ok(pairs)
}

fn checked_tag(tag: &Tag) -> Checked<(String, String)> {
    let valid = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let (key, value) = (tag.key.trim(), tag.value.as_deref().unwrap_or_default().trim());
    if key.is_empty() || key.chars().count() > 36 || !valid(key) {
        return Err(parameter("a tag key must be 1 to 36 letters, digits, '_' or '-'"));
    }
    if value.chars().count() > 43 || !valid(value) {
        return Err(parameter("a tag value must be 0 to 43 letters, digits, '_' or '-'"));
    }
    Ok((key.to_owned(), value.to_owned()))
}

/// Returns the vault in the path.
fn vault<'a>(state: &'a State, context: &Context<'_>) -> Checked<&'a Vault> {
    let id = context.rest.get(1).copied().unwrap_or_default();
    if !is_uuid(id) {
        return Err(parameter(format!("{id} is not a UUID")));
    }
    state.cbr.vault(context.project, id).ok_or_else(|| vaults::missing(id))
}

/// Replaces the tags of a vault.
fn replace(state: &mut State, id: &str, tags: Pairs) -> Answer {
    if tags.len() > MAX_TAGS {
        return Err(refusal("6600", format!("A vault has at most {MAX_TAGS} tags.")));
    }
    if let Some(vault) = state.cbr.vault_mut(id) {
        vault.tags = tags;
    }
    Ok(Reply::no_content())
}

/// Adds tags; those with an existing key overwrite the value.
fn merged(mut tags: Pairs, more: Pairs) -> Pairs {
    for (key, value) in more {
        match tags.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => tags.push((key, value)),
        }
    }
    tags
}

/// `POST /vault/{id}/tags`
pub(super) fn add(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, &[])?;
    let AddBody { tag } = body::read(state, context.call)?;
    let vault = vault(state, context)?;
    let (id, tags) = (vault.id.clone(), merged(vault.tags.clone(), checked(vec![tag])?));
    replace(state, &id, tags)
}

/// `POST /vault/{id}/tags/action`
pub(super) fn batch(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, &[])?;
    let BatchBody { action, tags } = body::read(state, context.call)?;
    let vault = vault(state, context)?;
    let id = vault.id.clone();
    let mut all = vault.tags.clone();
    match action.as_str() {
        "create" => all = merged(all, checked(tags)?),
        "delete" => {
            let keys: Vec<_> = tags.iter().map(|tag| tag.key.trim()).collect();
            if keys.is_empty() || keys.len() > MAX_TAGS {
                return Err(parameter(format!("1 to {MAX_TAGS} tags are possible")));
            }
            all.retain(|(key, _)| !keys.contains(&key.as_str()));
        }
        _ => return Err(parameter("action must be create or delete")),
    }
    replace(state, &id, all)
}

/// `DELETE /vault/{id}/tags/{key}`
pub(super) fn delete(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, &[])?;
    let key = context.rest.get(3).copied().unwrap_or_default().trim();
    let vault = vault(state, context)?;
    let id = vault.id.clone();
    let mut tags = vault.tags.clone();
    let before = tags.len();
    tags.retain(|(known, _)| known != key);
    if tags.len() == before {
        return Err(refusal("6601", format!("The tag key {key} does not exist.")));
    }
    replace(state, &id, tags)
}

/// `GET /vault/{id}/tags`
pub(super) fn list(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, &[])?;
    let vault = vault(state, context)?;
    Ok(Reply::ok(json!({"tags": pairs(&vault.tags)})))
}

/// `GET /vault/tags`
pub(super) fn project(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, &[])?;
    let mut values: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for vault in state.cbr.vaults.iter().filter(|vault| vault.is_in(context.project)) {
        for (key, value) in &vault.tags {
            let known = values.entry(key).or_default();
            if !known.contains(&value.as_str()) {
                known.push(value);
            }
        }
    }
    let tags: Vec<Value> = values
        .into_iter()
        .map(|(key, values)| json!({"key": key, "values": values}))
        .collect();
    Ok(Reply::ok(json!({"tags": tags})))
}
