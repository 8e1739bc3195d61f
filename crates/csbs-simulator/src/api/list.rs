//! Sorts and pages lists of items and policies.

use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::{Quirks, call::Call, check::Checked, random::pick, reply::Reply};

/// Default size of a page. The API pages document no maximum.
const USUAL: usize = 1000;

/// Element of a list.
pub(super) trait ListResult {
    /// Returns the ID.
    fn id(&self) -> &str;
    /// Returns the value of a sort key; `None` for an unknown key.
    fn key(&self, name: &str) -> Option<String>;
}

/// Page of a list.
pub(super) struct Page<'a, T> {
    pub elements: Vec<&'a T>,
    /// Link to the next page, if there is one.
    pub next: Option<Value>,
}

/// Returns the sorted page that a query selects. `all` is sorted by age, oldest first.
pub(super) fn page<'a, T: ListResult>(
    call: &Call,
    mut all: Vec<&'a T>,
    keys: &[&str],
    quirks: Quirks,
) -> Checked<Page<'a, T>> {
    let limit = match number(call, "limit")? {
        None => USUAL,
        Some(limit @ 1..) => limit,
        Some(0) => return Err(Reply::parameter("limit must be positive")),
    };
    let offset = number(call, "offset")?.unwrap_or(0);
    let order = order(call, keys)?;
    // The sort is stable; elements with equal keys are listed newest first.
    all.reverse();
    all.sort_by(|a, b| {
        order
            .iter()
            .map(|(key, rising)| {
                let ordering = a.key(key).cmp(&b.key(key));
                if *rising { ordering } else { ordering.reverse() }
            })
            .find(|ordering| *ordering != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    });
    let after = match call.query("marker") {
        None => 0,
        Some(marker) => {
            let index = all.iter().position(|element| element.id() == marker);
            index.ok_or_else(|| Reply::parameter(format!("marker {marker} is not in the list")))? + 1
        }
    };
    let begin = after.saturating_add(offset).min(all.len());
    let end = begin.saturating_add(limit).min(all.len());
    let elements: Vec<_> = all.get(begin..end).unwrap_or_default().to_vec();
    let last = elements.last().filter(|_| end < all.len()).map(|element| element.id());
    let next = last
        .filter(|id| quirks == Quirks::Tidy || pick(id, "links", 2) == 0)
        .map(|id| link(call, id));
    Ok(Page { elements, next })
}

fn link(call: &Call, marker: &str) -> Value {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in &call.query {
        if name != "marker" && name != "offset" {
            query.append_pair(name, value);
        }
    }
    query.append_pair("marker", marker);
    json!([{"rel": "next", "href": format!("{}{}?{}", call.base, call.path, query.finish())}])
}

fn number(call: &Call, name: &str) -> Checked<Option<usize>> {
    call.query(name)
        .map(|text| {
            text.parse()
                .map_err(|_| Reply::parameter(format!("{name} must be a whole number")))
        })
        .transpose()
}

/// Parses `key[:asc|desc],…`. The default is descending.
fn order(call: &Call, keys: &[&str]) -> Checked<Vec<(String, bool)>> {
    let text = call.query("sort").unwrap_or("created_at:desc");
    if text.chars().count() > 255 {
        return Err(Reply::parameter("sort must be at most 255 characters"));
    }
    text.split(',')
        .map(|part| {
            let (key, direction) = part.split_once(':').unwrap_or((part, "desc"));
            if !keys.contains(&key) {
                return Err(Reply::parameter(format!("cannot sort by {key}")));
            }
            match direction {
                "asc" => Ok((key.to_owned(), true)),
                "desc" => Ok((key.to_owned(), false)),
                _ => Err(Reply::parameter("the direction of sort must be asc or desc")),
            }
        })
        .collect()
}
