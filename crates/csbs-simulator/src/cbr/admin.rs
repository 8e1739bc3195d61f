//! The admin API of CBR: `/_admin/cbr/…`.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    controls::{BackupChanges, NewBackup, NewVault, VaultChanges},
    objects::{FIRST_VAULT_ID, TaskKind},
};
use crate::{
    CbrConfig, Simulator,
    call::Call,
    reply::{Answer, Payload, Reply},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewFailure {
    operation: Option<TaskKind>,
    server: Option<String>,
    code: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize)]
struct NewBackupIn {
    vault_id: Option<String>,
    #[serde(flatten)]
    backup: Value,
}

/// Answers a request to `/_admin/cbr/…`. `rest` are the segments after `cbr`.
pub(crate) fn admin(simulator: &Simulator, call: &Call, rest: &[&str]) -> Answer {
    let cbr = simulator.cbr();
    match (call.method.as_str(), rest) {
        ("GET", ["state"]) => {
            let mut state = json!(cbr.inventory());
            state["settings"] = json!(simulator.state().config.cbr);
            return Ok(Reply::ok(state));
        }
        ("POST", ["settings"]) => return settings(simulator, &read(call)?),
        ("POST", ["vaults"]) => return Ok(Reply::ok(json!(cbr.make_vault(read::<NewVault>(call)?)))),
        ("POST", ["vaults", id]) => found(cbr.change_vault(id, &read::<VaultChanges>(call)?))?,
        ("DELETE", ["vaults", id]) => found(cbr.remove_vault(id))?,
        ("POST", ["backups"]) => {
            let NewBackupIn { vault_id, backup } = read(call)?;
            let backup: NewBackup = serde_json::from_value(backup).map_err(|error| bad(error.to_string()))?;
            let made = cbr.make_backups(vault_id.as_deref().unwrap_or(FIRST_VAULT_ID), &backup);
            let made = made.ok_or_else(|| error(404, "there is no such vault"))?;
            return Ok(Reply::ok(json!({"backups": made})));
        }
        ("POST", ["backups", id]) => found(cbr.change_backup(id, read::<BackupChanges>(call)?))?,
        ("DELETE", ["backups", id]) => found(cbr.remove_backup(id))?,
        ("POST", ["migrate"]) => return Ok(Reply::ok(json!({"backups": cbr.migrate_from_csbs()}))),
        ("POST", ["failures"]) => {
            let failure: NewFailure = read(call)?;
            cbr.plan_failure(
                failure.operation.unwrap_or(TaskKind::Backup),
                failure.server.as_deref(),
                failure.code.as_deref().unwrap_or("6215"),
                failure.message.as_deref().unwrap_or("injected"),
            );
        }
        _ => return Err(error(404, "unknown admin path")),
    }
    Ok(Reply::ok(json!({})))
}

/// Changes the given settings, and returns all of them.
fn settings(simulator: &Simulator, changes: &Value) -> Answer {
    let mut settings = json!(simulator.state().config.cbr);
    merge(&mut settings, changes);
    let config: CbrConfig = serde_json::from_value(settings).map_err(|error| bad(error.to_string()))?;
    simulator.cbr().configure(|settings| *settings = config.clone());
    Ok(Reply::ok(json!(config)))
}

/// Replaces members of objects, at every level.
fn merge(value: &mut Value, changes: &Value) {
    match (value, changes) {
        (Value::Object(object), Value::Object(changes)) => {
            for (name, change) in changes {
                merge(object.entry(name.clone()).or_insert(Value::Null), change);
            }
        }
        (value, changes) => *value = changes.clone(),
    }
}

fn found(known: bool) -> Result<(), Reply> {
    if known { Ok(()) } else { Err(error(404, "not there")) }
}

fn read<T: DeserializeOwned>(call: &Call) -> Result<T, Reply> {
    serde_json::from_slice(&call.body).map_err(|error| bad(error.to_string()))
}

fn bad(message: impl Into<String>) -> Reply {
    error(400, message)
}

fn error(status: u16, message: impl Into<String>) -> Reply {
    let message: String = message.into();
    Reply::new(status, Payload::Json(json!({"error": message})))
}
