//! Reading items.

use serde_json::{Map, Value, json};

use super::{
    Context,
    filter::Filter,
    list::{self, ListResult},
    view,
};
use crate::{
    Oddities, Status,
    clock::stamp,
    core::Core,
    random::pick,
    reply::{Answer, Reply},
    world::Item,
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
pub(super) fn get(core: &mut Core, context: &Context<'_>) -> Answer {
    let id = context.rest.get(1).copied().unwrap_or_default();
    let item = core
        .world
        .visible(context.project, context.now)
        .find(|item| item.id == id)
        .ok_or_else(|| missing(id))?;
    Ok(Reply::ok(
        json!({"checkpoint_item": view::item(item, context.now, core.config.oddities)}),
    ))
}

/// The refusal for an item that is not there.
pub(super) fn missing(id: &str) -> Reply {
    Reply::csbs("CSBS.3001", format!("Checkpoint item {id} does not exist."))
}

/// `GET /checkpoint_items`
pub(super) fn list(core: &mut Core, context: &Context<'_>) -> Answer {
    let mut filter = Filter::read(context.call, context.caller)?;
    // Only the page of the count names this parameter, so a list is answered as if it were not there.
    filter.ip = None;
    let found = found(core, context, &filter);
    let page = list::page(context.call, found, &KEYS, core.config.oddities)?;
    let items: Vec<_> = page
        .elements
        .into_iter()
        .map(|item| view::listed(item, context.now, core.config.oddities))
        .collect();
    let mut body = Map::new();
    body.insert("checkpoint_items".to_owned(), Value::Array(items));
    if let Some(links) = page.next {
        body.insert("checkpoint_items_links".to_owned(), links);
    }
    Ok(Reply::ok(Value::Object(body)))
}

/// `GET /checkpoint_items/count`
pub(super) fn count(core: &mut Core, context: &Context<'_>) -> Answer {
    let filter = Filter::read(context.call, context.caller)?;
    let count = found(core, context, &filter).len();
    Ok(Reply::ok(json!({"count": count})))
}

/// Whether lists leave the item out because it is being deleted.
fn is_hidden(core: &Core, item: &Item) -> bool {
    let going = matches!(item.status, Status::WaitingDelete | Status::Deleting | Status::Deleted);
    going
        && core
            .config
            .hide_deleting
            .unwrap_or_else(|| core.config.oddities != Oddities::Tidy && pick(&item.id, "hidden while deleted", 2) == 1)
}

fn found<'a>(core: &'a Core, context: &Context<'_>, filter: &Filter) -> Vec<&'a Item> {
    let items = core.world.items.iter().filter(|item| item.visible_at <= context.now);
    items
        .filter(|item| filter.all || item.project_id == context.project)
        .filter(|item| filter.matches(item))
        .filter(|item| !is_hidden(core, item))
        .collect()
}
