//! Searches items and policies by tags.

use serde_json::{Value, json};

use super::{context::Context, view};
use crate::{
    check::{self, Checked},
    reply::{Answer, Reply},
    state::State,
};

/// Tag key, with accepted values; an empty list accepts any value.
struct Wanted {
    key: String,
    values: Vec<String>,
}

impl Wanted {
    fn met(&self, tags: &[(String, String)]) -> bool {
        tags.iter()
            .any(|(key, value)| *key == self.key && (self.values.is_empty() || self.values.contains(value)))
    }
}

/// `POST /csbs_backup…/resource_instances/action`
pub(super) fn search(state: &mut State, context: &Context<'_>) -> Answer {
    let body = context.call.json()?;
    let action = check::required_text(&body, "action")?;
    if action != "filter" && action != "count" {
        return Err(Reply::parameter("action must be filter or count"));
    }
    let all = wanted(&body, "tags")?;
    let any = wanted(&body, "tags_any")?;
    let not_all = wanted(&body, "not_tags")?;
    let not_any = wanted(&body, "not_tags_any")?;
    let names = matches(&body)?;
    let limit = number(&body, "limit")?.unwrap_or(1000);
    let offset = number(&body, "offset")?.unwrap_or(0);
    if action == "filter" && !(1..=1000).contains(&limit) {
        return Err(Reply::parameter("limit must be from 1 to 1000"));
    }
    let fits = |name: &str, tags: &[(String, String)]| {
        all.iter().all(|wanted| wanted.met(tags))
            && (any.is_empty() || any.iter().any(|wanted| wanted.met(tags)))
            && (not_all.is_empty() || !not_all.iter().all(|wanted| wanted.met(tags)))
            && !not_any.iter().any(|wanted| wanted.met(tags))
            && names.iter().all(|part| name.contains(part.as_str()))
    };
    let found: Vec<Value> = if context.rest.first() == Some(&"csbs_backup") {
        state
            .objects
            .visible(context.project, context.now)
            .filter(|item| fits(&item.name, &item.tags))
            .map(|item| shown(&item.id, &item.name, &item.tags))
            .collect()
    } else {
        state
            .objects
            .policies
            .iter()
            .filter(|policy| policy.project_id == context.project && fits(&policy.name, &policy.tags))
            .map(|policy| shown(&policy.id, &policy.name, &policy.tags))
            .collect()
    };
    let total = found.len();
    if action == "count" {
        return Ok(Reply::ok(json!({"total_count": total})));
    }
    let page: Vec<_> = found.into_iter().skip(offset).take(limit).collect();
    Ok(Reply::ok(json!({"resources": page, "total_count": total})))
}

fn shown(id: &str, name: &str, tags: &[(String, String)]) -> Value {
    json!({
        "resource_id": id,
        "resource_name": name,
        // The page of this call describes the member as an empty object, reserved for extensions.
        "resource_detail": {},
        "tags": view::pairs(tags),
    })
}

fn wanted(body: &Value, name: &str) -> Checked<Vec<Wanted>> {
    let Some(list) = check::list(body, name)? else {
        return Ok(Vec::new());
    };
    if list.is_empty() {
        return Err(Reply::parameter(format!("{name} must not be empty")));
    }
    if list.len() > 10 {
        return Err(Reply::csbs("CSBS.7000", format!("{name} has more than 10 keys.")));
    }
    let mut keys: Vec<String> = Vec::new();
    list.iter()
        .map(|entry| {
            let key = check::tag_key(entry)?;
            if keys.contains(&key) {
                return Err(Reply::parameter(format!("{name} has the key {key} more than once")));
            }
            keys.push(key.clone());
            let values = check::list(entry, "values")?.ok_or_else(|| Reply::parameter("values is required"))?;
            if values.len() > 10 {
                return Err(Reply::parameter("values must be at most 10"));
            }
            let values = values
                .iter()
                .map(|value| value.as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .ok_or_else(|| Reply::parameter("values must be strings"))?;
            Ok(Wanted { key, values })
        })
        .collect()
}

fn matches(body: &Value) -> Checked<Vec<String>> {
    let Some(list) = check::list(body, "matches")? else {
        return Ok(Vec::new());
    };
    if list.is_empty() {
        return Err(Reply::parameter("matches must not be empty"));
    }
    list.iter()
        .map(|entry| match check::required_text(entry, "key")? {
            "resource_name" => Ok(check::text(entry, "value")?.unwrap_or_default().to_owned()),
            key => Err(Reply::parameter(format!("cannot match by {key}"))),
        })
        .collect()
}

/// Reads a number, which must be sent as a string.
fn number(body: &Value, name: &str) -> Checked<Option<usize>> {
    check::text(body, name)?
        .map(|text| {
            text.parse()
                .map_err(|_| Reply::parameter(format!("{name} must be a whole number")))
        })
        .transpose()
}
