//! Vaults in responses.

use serde_json::{Value, json};

use super::{
    objects::{Association, Vault},
    rough,
    times::written,
};
use crate::state::State;

/// Provider ID of server backups, and of the disks in them.
pub(super) const SERVER_PROVIDER: &str = "0daac4c5-6707-4851-97ba-169e36266b66";
const DISK_PROVIDER: &str = "d1603440-187d-4516-af25-121250c7cc97";
const FILE_SYSTEM_PROVIDER: &str = "3f3c3220-245c-4805-b811-758870015881";

/// Returns a vault as `GET /vaults/{id}` shows it.
pub(super) fn view(state: &State, vault: &Vault, project: &str) -> Value {
    let rough = state.config.cbr.rough.vaults;
    let used = state.cbr.used(&vault.id, None);
    let (provider, spec) = match vault.object_type.as_str() {
        "disk" => (DISK_PROVIDER, "volume"),
        "turbo" => (FILE_SYSTEM_PROVIDER, "turbo"),
        _ => (SERVER_PROVIDER, "server"),
    };
    let bind_rules = if vault.bind_tags.is_empty() {
        json!({})
    } else {
        json!({"tags": pairs(&vault.bind_tags)})
    };
    let mut value = json!({
        "id": vault.id,
        "name": vault.name,
        "description": vault.description,
        "provider_id": provider,
        "project_id": project,
        "user_id": "fedcba9876543210fedcba9876543210",
        "created_at": written(vault.created_at, rough, &vault.id, "created_at"),
        "auto_bind": vault.auto_bind,
        "bind_rules": bind_rules,
        "auto_expand": vault.auto_expand,
        "locked": vault.locked,
        "tags": pairs(&vault.tags),
        "billing": {
            "size": vault.size,
            "used": used,
            "allocated": vault.allocated(),
            "status": vault.status.name(),
            "object_type": vault.object_type,
            "protect_type": vault.protect_type,
            "cloud_type": "public",
            "consistent_level": "crash_consistent",
            "charging_mode": "post_paid",
            "spec_code": format!("vault.{}.{spec}.normal", vault.protect_type),
            "storage_unit": null,
            "order_id": null,
            "product_id": null,
            "frozen_scene": null,
        },
        "resources": vault.resources.iter().map(|one| resource(state, vault, one)).collect::<Vec<_>>(),
    });
    if rough {
        rough::roughen(&mut value, &vault.id);
    }
    value
}

fn resource(state: &State, vault: &Vault, association: &Association) -> Value {
    let backups = state
        .cbr
        .backups
        .iter()
        .filter(|backup| backup.vault_id == vault.id && backup.server.id == association.id);
    json!({
        "id": association.id,
        "type": association.kind,
        "name": association.name,
        "size": association.size,
        "protect_status": protect_status(state, association),
        "backup_size": state.cbr.used(&vault.id, Some(&association.id)),
        "backup_count": backups.count(),
        "extra_info": {"exclude_volumes": association.exclude_volumes},
    })
}

fn protect_status(state: &State, association: &Association) -> &'static str {
    if association.removal.is_some() {
        "removing"
    } else if state.cbr.running_backup(&association.id).is_some() {
        "protecting"
    } else if state.cbr.is_being_restored(&association.id) {
        "restoring"
    } else {
        "available"
    }
}

/// Returns tags in their form in responses.
pub(super) fn pairs(pairs: &[(String, String)]) -> Value {
    pairs
        .iter()
        .map(|(key, value)| json!({"key": key, "value": value}))
        .collect()
}
