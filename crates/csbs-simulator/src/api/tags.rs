//! Tags of items and policies.

use std::collections::BTreeMap;

use serde_json::json;

use super::{context::Context, view};
use crate::{
    check::{self, Checked},
    reply::{Answer, Reply},
    state::State,
};

/// Tags of an item or a policy.
type Tags = Vec<(String, String)>;

/// `POST /csbs_backup…/{id}/tags`
pub(super) fn add(state: &mut State, context: &Context<'_>) -> Answer {
    let body = context.call.json()?;
    let Some(tag) = check::member(&body, "tag").filter(|tag| tag.is_object()) else {
        return Err(Reply::parameter("tag is required"));
    };
    let tag = check::tag(tag)?;
    put(of(state, context)?, vec![tag])?;
    Ok(Reply::no_content())
}

/// `POST /csbs_backup…/{id}/tags/action`
pub(super) fn batch(state: &mut State, context: &Context<'_>) -> Answer {
    let body = context.call.json()?;
    let action = check::required_text(&body, "action")?;
    let Some(list) = check::list(&body, "tags")? else {
        return Err(Reply::parameter("tags is required"));
    };
    match action {
        "create" => {
            let new = check::tags(list)?;
            put(of(state, context)?, new)?;
        }
        "delete" => {
            if list.is_empty() {
                return Err(Reply::parameter("tags must not be empty"));
            }
            if list.len() > 10 {
                return Err(Reply::csbs("CSBS.7000", "The number of tags exceeds the limit of 10."));
            }
            let mut keys = Vec::with_capacity(list.len());
            for tag in list {
                let value = check::text(tag, "value")?.map(|value| value.trim().to_owned());
                keys.push((check::tag_key(tag)?, value));
            }
            let tags = of(state, context)?;
            tags.retain(|(key, value)| {
                !keys
                    .iter()
                    .any(|(k, v)| k == key && v.as_ref().is_none_or(|v| v.is_empty() || v == value))
            });
        }
        _ => return Err(Reply::parameter("action must be create or delete")),
    }
    Ok(Reply::no_content())
}

/// `DELETE /csbs_backup…/{id}/tags/{key}`
pub(super) fn delete(state: &mut State, context: &Context<'_>) -> Answer {
    let wanted = context.rest.get(3).copied().unwrap_or_default();
    let tags = of(state, context)?;
    let Some(index) = tags.iter().position(|(key, _)| key == wanted) else {
        return Err(Reply::csbs("CSBS.7001", format!("The tag {wanted} does not exist.")));
    };
    tags.remove(index);
    Ok(Reply::no_content())
}

/// `GET /csbs_backup…/{id}/tags`
pub(super) fn list(state: &mut State, context: &Context<'_>) -> Answer {
    let tags = of(state, context)?;
    Ok(Reply::ok(json!({"tags": view::pairs(tags)})))
}

/// `GET /csbs_backup…/tags`
pub(super) fn project(state: &mut State, context: &Context<'_>) -> Answer {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let every: Vec<&Tags> = if context.rest.first() == Some(&"csbs_backup") {
        state
            .objects
            .visible(context.project, context.now)
            .map(|item| &item.tags)
            .collect()
    } else {
        state
            .objects
            .policies
            .iter()
            .filter(|policy| policy.project_id == context.project)
            .map(|policy| &policy.tags)
            .collect()
    };
    for (key, value) in every.into_iter().flatten() {
        let values = found.entry(key).or_default();
        if !values.contains(&value.as_str()) {
            values.push(value);
        }
    }
    let tags: Vec<_> = found
        .iter()
        .map(|(key, values)| json!({"key": key, "values": values}))
        .collect();
    Ok(Reply::ok(json!({"tags": tags})))
}

/// Returns the tags of the item or policy in the path.
fn of<'a>(state: &'a mut State, context: &Context<'_>) -> Checked<&'a mut Tags> {
    let [word, id, ..] = context.rest else {
        return Err(Reply::csbs("CSBS.9998", "Not supported."));
    };
    if *word == "csbs_backup" {
        let item = state
            .objects
            .items
            .iter_mut()
            .find(|item| item.id == *id && item.project_id == context.project && item.visible_at <= context.now);
        return item.map(|item| &mut item.tags).ok_or_else(|| super::items::missing(id));
    }
    state
        .objects
        .policies
        .iter_mut()
        .find(|policy| policy.id == *id && policy.project_id == context.project)
        .map(|policy| &mut policy.tags)
        .ok_or_else(|| Reply::csbs("CSBS.3000", format!("Policy {id} does not exist.")))
}

/// Adds and overwrites tags, all or none.
fn put(tags: &mut Tags, new: Tags) -> Checked<()> {
    let more = new
        .iter()
        .filter(|(key, _)| !tags.iter().any(|(known, _)| known == key))
        .count();
    if tags.len() + more > 10 {
        return Err(Reply::csbs("CSBS.7000", "The number of tags exceeds the limit of 10."));
    }
    for (key, value) in new {
        match tags.iter_mut().find(|(known, _)| *known == key) {
            Some(tag) => tag.1 = value,
            None => tags.push((key, value)),
        }
    }
    Ok(())
}
