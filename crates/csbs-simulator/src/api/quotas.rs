//! Quotas.

use serde_json::json;

use super::context::Context;
use crate::{
    reply::{Answer, Reply},
    state::State,
};

/// `GET /quotas`
pub(super) fn get(state: &mut State, context: &Context<'_>) -> Answer {
    let items = state
        .objects
        .items
        .iter()
        .filter(|item| item.project_id == context.project);
    let (count, megabytes) = items.fold((0_u64, 0), |(count, size), item| (count + 1, size + item.size()));
    let quotas = state.config.quotas;
    Ok(Reply::ok(json!({"quotas": {"resources": [
        {"type": "backup_capacity", "unit": "GB", "quota": quotas.capacity, "used": megabytes / 1024},
        {"type": "backups", "quota": quotas.backups, "used": count},
    ]}})))
}
