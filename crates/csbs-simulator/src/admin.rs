//! The admin API for other processes: `/_admin/…`, JSON in both directions, without a token.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{
    ClockMode, Operation, RateLimit, Rule, RuleId, Server, Simulator, Status,
    call::Call,
    cbr, check,
    reply::{Answer, Payload, Reply},
};

/// Answers a request to `/_admin/…`.
pub(crate) fn answer(simulator: &Simulator, call: &Call) -> Answer {
    let segments = call.segments();
    let rest = segments.get(1..).unwrap_or_default();
    match (call.method.as_str(), rest) {
        ("GET", ["state"]) => Ok(state(simulator)),
        ("GET", ["requests"]) => Ok(requests(simulator, call)),
        ("POST", ["faults"]) => {
            let id = simulator
                .fault(read::<Rule>(call)?)
                .map_err(|error| bad(error.to_string()))?;
            Ok(Reply::ok(json!({"id": id})))
        }
        (_, ["cbr", rest @ ..]) => cbr::admin(simulator, call, rest),
        ("POST", ["checkpoints"]) => checkpoint(simulator, &read(call)?),
        (method, rest) => {
            command(simulator, call, method, rest)?;
            Ok(Reply::ok(json!({})))
        }
    }
}

/// Runs a command whose response has no content.
fn command(simulator: &Simulator, call: &Call, method: &str, rest: &[&str]) -> Result<(), Reply> {
    match (method, rest) {
        ("POST", ["reset"]) => simulator.reset(),
        ("POST", ["requests", "clear"]) => simulator.clear_requests(),
        ("POST", ["advance"]) => {
            let seconds = read::<Value>(call)?["seconds"].as_f64().unwrap_or(-1.0);
            let time = Duration::try_from_secs_f64(seconds).map_err(|_| bad("seconds must be a number"))?;
            simulator.advance(time);
        }
        ("POST", ["clock"]) => simulator.clock().set_mode(read::<ClockMode>(call)?),
        ("POST", ["servers"]) => {
            let servers = read::<Vec<Server>>(call)?;
            servers.into_iter().for_each(|server| simulator.add_server(server));
        }
        ("DELETE", ["servers", id]) => simulator.remove_server(id),
        ("DELETE", ["faults"]) => simulator.clear_faults(),
        ("DELETE", ["faults", id]) => {
            let id: RuleId = serde_json::from_str(id).map_err(|_| bad("the ID of a rule must be a number"))?;
            simulator.remove_fault(id);
        }
        ("POST", ["rate_limit"]) => simulator.set_rate_limit(read::<Option<RateLimit>>(call)?),
        ("POST", ["tokens", "revoke"]) => simulator.revoke_tokens(),
        ("POST", ["tokens", "expire"]) => simulator.expire_tokens(),
        ("POST", ["failures"]) => failure(simulator, &read(call)?)?,
        ("POST", ["items", id]) => item(simulator, id, &read(call)?)?,
        ("DELETE", ["items", id]) => found(simulator.remove_item(id))?,
        ("DELETE", ["policies", id]) => found(simulator.remove_policy(id))?,
        ("POST", ["settings"]) => settings(simulator, &read(call)?),
        _ => return Err(error(404, "unknown admin path")),
    }
    Ok(())
}

fn state(simulator: &Simulator) -> Reply {
    let inventory = simulator.inventory();
    let state = simulator.state();
    let counts: serde_json::Map<String, Value> = state
        .log
        .counts()
        .iter()
        .map(|(operation, count)| (operation.name().to_owned(), json!(count)))
        .collect();
    Reply::ok(json!({
        "now": state.clock.now().to_string(),
        "checkpoints": inventory.checkpoints,
        "policies": inventory.policies,
        "servers": state.objects.servers,
        "sign_ins": state.tokens.sign_ins,
        "counts": counts,
    }))
}

fn requests(simulator: &Simulator, call: &Call) -> Reply {
    let wanted = call
        .query("operation")
        .and_then(|name| serde_json::from_value::<Operation>(json!(name)).ok());
    let records: Vec<_> = simulator
        .requests()
        .into_iter()
        .filter(|record| wanted.is_none_or(|operation| record.operation == operation))
        .collect();
    Reply::ok(json!({"requests": records}))
}

fn failure(simulator: &Simulator, body: &Value) -> Result<(), Reply> {
    let operation = match body["operation"].as_str().unwrap_or("backup") {
        "backup" => "backup",
        "restore" => "restore",
        "delete" => "delete",
        _ => return Err(bad("operation must be backup, restore or delete")),
    };
    let code = check::text(body, "code")?.unwrap_or("CSBS.9999");
    let reason = check::text(body, "reason")?.unwrap_or("injected");
    simulator.plan_failure(operation, check::text(body, "server")?, code, reason);
    Ok(())
}

fn checkpoint(simulator: &Simulator, body: &Value) -> Answer {
    let project = match check::text(body, "project")? {
        Some(project) => project.to_owned(),
        None => simulator
            .config()
            .projects
            .first()
            .map(|project| project.id.clone())
            .unwrap_or_default(),
    };
    let servers: Vec<&str> = body["servers"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let made = simulator.make_checkpoint(&project, &servers, check::text(body, "name")?);
    Ok(Reply::ok(json!(made)))
}

fn item(simulator: &Simulator, id: &str, body: &Value) -> Result<(), Reply> {
    let mut known = true;
    if let Some(name) = check::text(body, "name")? {
        known &= simulator.rename_item(id, name);
    }
    if let Some(description) = check::text(body, "description")? {
        known &= simulator.describe_item(id, Some(description));
    }
    if let Some(tags) = check::object(body, "tags")? {
        let tags: Vec<_> = tags
            .iter()
            .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
            .collect();
        known &= simulator.tag_item(id, &tags);
    }
    if let Some(images) = check::list(body, "images")? {
        let images: Vec<_> = images.iter().filter_map(Value::as_str).collect();
        known &= simulator.set_item_images(id, &images);
    }
    if let Some(status) = check::text(body, "status")? {
        let status = Status::from_name(status).ok_or_else(|| bad("unknown status"))?;
        known &= simulator.set_item_status(id, status);
    }
    found(known)
}

fn settings(simulator: &Simulator, body: &Value) {
    let seconds = |name: &str| {
        body[name]
            .as_f64()
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
    };
    simulator.configure(|config| {
        if let Some(closed) = body["closed"].as_bool() {
            config.closed = closed;
        }
        if let Some(schedules) = body["schedules"].as_bool() {
            config.schedules = schedules;
        }
        if let Some(backups) = body["quota_backups"].as_i64() {
            config.quotas.backups = backups;
        }
        if let Some(capacity) = body["quota_capacity"].as_i64() {
            config.quotas.capacity = capacity;
        }
        if let Some(time) = seconds("backup") {
            config.timing.backup = Some(time);
        }
        if let Some(time) = seconds("waiting") {
            config.timing.waiting = time;
        }
        if let Some(time) = seconds("delete") {
            config.timing.delete = time;
        }
        if let Some(time) = seconds("restore") {
            config.timing.restore = time;
        }
        if let Some(time) = seconds("visible_after") {
            config.timing.visible_after = time;
        }
        if let Some(hide) = body["hide_deleting"].as_bool() {
            config.hide_deleting = Some(hide);
        }
        if let Some(time) = seconds("deleted_shown") {
            config.timing.deleted_shown = time;
        }
    });
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
