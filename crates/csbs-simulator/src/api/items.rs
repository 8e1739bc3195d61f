//! Reads and lists items.

use serde_json::{Map, Value, json};

use super::{
    context::Context,
    filter::Filter,
    list::{self, ListResult},
    view,
};
use crate::{
    Quirks, Status,
    clock::stamp,
    objects::Item,
    random::pick,
    reply::{Answer, Reply},
    state::State,
};

const KEYS: [&str; 6] = ["created_at", "updated_at", "name", "status", "protected_at", "id"];

impl ListResult for Item {
    fn id(&self) -> &str {
        &self.id
    }

    fn key(&self, name: &str) -> Option<String> {
        Some(match name {
            "created_at" => stamp(self.created_at),
            "updated_at" => stamp(self.updated_at),
            "name" => self.name.clone(),
            "status" => self.status.name().to_owned(),
            "protected_at" => self.finished_at.map(stamp).unwrap_or_default(),
            "id" => self.id.clone(),
            _ => return None,
        })
    }
}

/// `GET /checkpoint_items/{id}`
pub(super) fn get(state: &mut State, context: &Context<'_>) -> Answer {
    let id = context.rest.get(1).copied().unwrap_or_default();
    let item = state
        .objects
        .visible(context.project, context.now)
        .find(|item| item.id == id)
        .ok_or_else(|| missing(id))?;
    let item = view::item(item, context.now, state.config.quirks);
    Ok(Reply::member("checkpoint_item", item))
}

/// Returns the error for an unknown item.
pub(super) fn missing(id: &str) -> Reply {
    Reply::csbs("CSBS.3001", format!("Checkpoint item {id} does not exist."))
}

/// `GET /checkpoint_items`
pub(super) fn list(state: &mut State, context: &Context<'_>) -> Answer {
    let mut filter = Filter::read(context.call, context.caller)?;
    // Only the page of the count documents this parameter; the list ignores it.
    filter.ip = None;
    let found = found(state, context, &filter);
    let page = list::page(context.call, found, &KEYS, state.config.quirks)?;
    let items: Vec<_> = page
        .elements
        .into_iter()
        .map(|item| view::listed(item, context.now, state.config.quirks))
        .collect();
    let mut body = Map::new();
    body.insert("checkpoint_items".to_owned(), Value::Array(items));
    if let Some(links) = page.next {
        body.insert("checkpoint_items_links".to_owned(), links);
    }
    Ok(Reply::ok(Value::Object(body)))
}

/// `GET /checkpoint_items/count`
pub(super) fn count(state: &mut State, context: &Context<'_>) -> Answer {
    let filter = Filter::read(context.call, context.caller)?;
    let count = found(state, context, &filter).len();
    Ok(Reply::ok(json!({"count": count})))
}

/// Returns `true` if lists hide the item because it is being deleted.
fn is_hidden(state: &State, item: &Item) -> bool {
    let going = matches!(item.status, Status::WaitingDelete | Status::Deleting | Status::Deleted);
    going
        && state
            .config
            .hide_deleting
            .unwrap_or_else(|| state.config.quirks != Quirks::Tidy && pick(&item.id, "hidden while deleted", 2) == 1)
}

fn found<'a>(state: &'a State, context: &Context<'_>, filter: &Filter) -> Vec<&'a Item> {
    let items = state.objects.items.iter().filter(|item| item.visible_at <= context.now);
    items
        .filter(|item| filter.all || item.project_id == context.project)
        .filter(|item| filter.matches(item))
        .filter(|item| !is_hidden(state, item))
        .collect()
}
