//! Deletes checkpoints and single items.

use jiff::Timestamp;
use serde_json::json;

use super::context::Context;
use crate::{
    Status,
    reply::{Answer, Reply},
    state::State,
};

/// `DELETE /providers/{provider_id}/checkpoints/{checkpoint_id}[?checkpoint_items=<item id>]`
pub(super) fn delete(state: &mut State, context: &Context<'_>) -> Answer {
    let id = context.rest.get(3).copied().unwrap_or_default();
    let only = context.call.query("checkpoint_items");
    let meant: Vec<usize> = state
        .objects
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
    for item in meant.iter().filter_map(|index| state.objects.items.get(*index)) {
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
        queue_deletion(state, index, context.now);
    }
    Ok(Reply::ok(json!({})))
}

/// Queues the deletion of an item.
pub(crate) fn queue_deletion(state: &mut State, index: usize, now: Timestamp) {
    let Some(server) = state.objects.items.get(index).map(|item| item.server.id.clone()) else {
        return;
    };
    let planned = state.objects.take_failure("delete", &server);
    state.objects.deletions += 1;
    let turn = state.objects.deletions;
    if let Some(item) = state.objects.items.get_mut(index) {
        item.status = Status::WaitingDelete;
        item.updated_at = now;
        item.delete_turn = Some(turn);
        item.planned_failure = planned;
        item.step = None;
    }
}
