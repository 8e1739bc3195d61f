//! Deleting checkpoints, and single items of them.

use jiff::Timestamp;
use serde_json::json;

use super::Context;
use crate::{
    Status,
    core::Core,
    reply::{Answer, Reply},
    world::settle,
};

/// `DELETE /providers/{provider_id}/checkpoints/{checkpoint_id}[?checkpoint_items=<item id>]`
pub(super) fn delete(core: &mut Core, context: &Context<'_>) -> Answer {
    let id = context.rest.get(3).copied().unwrap_or_default();
    let only = context.call.query("checkpoint_items");
    let meant: Vec<usize> = core
        .world
        .items
        .iter()
        .enumerate()
        .filter(|(_, item)| item.checkpoint_id == id && item.project_id == context.project)
        .filter(|(_, item)| item.visible_at <= context.now && item.status != Status::Deleted)
        .filter(|(_, item)| only.is_none_or(|only| item.id == only))
        .map(|(index, _)| index)
        .collect();
    if meant.is_empty() {
        return Err(Reply::csbs("CSBS.3001", format!("Checkpoint {id} does not exist.")));
    }
    for item in meant.iter().filter_map(|index| core.world.items.get(*index)) {
        match item.status {
            Status::Available | Status::Error => {}
            _ if only.is_none() && item.policy_id.is_some() && item.status == Status::Protecting => {
                return Err(Reply::csbs("CSBS.2004", "The policy of the backup is being executed."));
            }
            status => {
                return Err(Reply::csbs(
                    "CSBS.2003",
                    format!("Backup {} cannot be deleted in the status {}.", item.id, status.name()),
                ));
            }
        }
        if let Some(image) = item.images.first() {
            return Err(Reply::csbs(
                "CSBS.8007",
                format!(
                    "Image {image} was made from backup {}. Delete the image first.",
                    item.id
                ),
            ));
        }
    }
    for index in meant {
        delete_turn(core, index, context.now);
    }
    settle(core);
    Ok(Reply::ok(json!({})))
}

/// Puts an item into the queue of deletions.
pub(crate) fn delete_turn(core: &mut Core, index: usize, now: Timestamp) {
    let Some(server) = core.world.items.get(index).map(|item| item.server.id.clone()) else {
        return;
    };
    let planned = core.world.take_failure("delete", &server);
    core.world.deletions += 1;
    let turn = core.world.deletions;
    if let Some(item) = core.world.items.get_mut(index) {
        item.status = Status::WaitingDelete;
        item.updated_at = now;
        item.delete_turn = Some(turn);
        item.planned_failure = planned;
        item.step = None;
    }
}
