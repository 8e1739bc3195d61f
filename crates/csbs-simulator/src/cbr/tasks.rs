//! Lists and reads tasks ("operation logs").

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    objects::{Task, TaskKind, TaskStatus},
    query::{self, Page},
    refusal::{forbidden, parameter, refusal},
    rough,
    times::written,
    vault_view::SERVER_PROVIDER,
    vaults::path_id,
};
use crate::{
    api::Context,
    check::Checked,
    reply::{Answer, Reply},
    state::State,
};

const PARAMETERS: &[&str] = &[
    "end_time",
    "limit",
    "offset",
    "operation_type",
    "provider_id",
    "resource_id",
    "resource_name",
    "start_time",
    "status",
    "vault_id",
    "vault_name",
];

const OPERATION_TYPES: [&str; 6] = ["backup", "delete", "remove_resource", "restore", "sync", "vault_delete"];

/// `GET /operation-logs`
pub(super) fn list(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, PARAMETERS)?;
    check_permission(state, "cbr:tasks:list")?;
    let call = context.call;
    if let Some(kind) = call
        .query("operation_type")
        .filter(|kind| !OPERATION_TYPES.contains(kind))
    {
        return Err(parameter(format!("operation_type {kind} is not known")));
    }
    if let Some(status) = call
        .query("status")
        .filter(|status| TaskStatus::from_name(status).is_none())
    {
        return Err(parameter(format!("status {status} is not known")));
    }
    let start = query::time(call, "start_time")?;
    let end = query::time(call, "end_time")?;
    let page = Page::read(call, 1)?;
    let ignore = state.config.cbr.ignore_filters;
    let found: Vec<_> = kept(state, context)
        .filter(|task| {
            ignore
                || matches(state, context, task)
                    && start.is_none_or(|start| task.created_at >= start)
                    && end.is_none_or(|end| task.created_at <= end)
        })
        .collect();
    let count = found.len();
    let tasks = page.cut(found).into_iter();
    let tasks = tasks.map(|task| view(state, task, context.now)).collect();
    Ok(Reply::ok(page.response("operation_logs", tasks, count)))
}

/// Returns the tasks that are not too old, newest first.
fn kept<'a>(state: &'a State, context: &Context<'a>) -> impl Iterator<Item = &'a Task> {
    let days = SignedDuration::from_hours(24 * i64::from(state.config.cbr.task_days));
    let oldest = context.now.checked_sub(days).unwrap_or(Timestamp::MIN);
    let project = context.project;
    let tasks = state.cbr.tasks.iter().rev();
    tasks.filter(move |task| task.project_id == project && task.created_at >= oldest)
}

fn matches(state: &State, context: &Context<'_>, task: &Task) -> bool {
    let exact = |name: &str, value: &str| context.call.query(name).is_none_or(|wanted| wanted == value);
    let names = state.config.cbr.name_filter;
    let by_name = |name: &str, value: &str| {
        context
            .call
            .query(name)
            .is_none_or(|wanted| names.matches(wanted, value))
    };
    let (resource_id, resource_name) = match &task.resource {
        Some((id, _, name)) => (id.as_str(), name.as_str()),
        None => ("", ""),
    };
    exact("operation_type", task.kind.name())
        && exact("status", task.status.name())
        && exact("resource_id", resource_id)
        && by_name("resource_name", resource_name)
        && exact("vault_id", &task.vault_id)
        && by_name("vault_name", &task.vault_name)
        && exact("provider_id", SERVER_PROVIDER)
}

/// `GET /operation-logs/{id}`
pub(super) fn get(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, &[])?;
    check_permission(state, "cbr:tasks:get")?;
    let id = path_id(state, context)?;
    let task = kept(state, context)
        .find(|task| task.id == id)
        .ok_or_else(|| refusal("6500", format!("The operation log {id} does not exist.")))?;
    Ok(Reply::ok(json!({"operation_log": view(state, task, context.now)})))
}

fn check_permission(state: &State, action: &str) -> Checked<()> {
    if state.config.cbr.tasks_forbidden {
        Err(forbidden(action))
    } else {
        Ok(())
    }
}

fn view(state: &State, task: &Task, now: Timestamp) -> Value {
    let rough = state.config.cbr.rough.tasks;
    let time = |time, member| written(time, rough, &task.id, member);
    let (code, message) = match &task.failure {
        Some(failure) => (failure.code.as_str(), failure.message.as_str()),
        None => ("", ""),
    };
    let mut value = json!({
        "id": task.id,
        "operation_type": task.kind.name(),
        "status": task.status.name(),
        "checkpoint_id": task.checkpoint_id,
        "project_id": task.project_id,
        "provider_id": SERVER_PROVIDER,
        "policy_id": null,
        "vault_id": task.vault_id,
        "vault_name": task.vault_name,
        "created_at": time(task.created_at, "created_at"),
        "started_at": task.started_at.map(|at| time(at, "started_at")),
        "updated_at": time(task.updated_at, "updated_at"),
        "ended_at": task.ended_at.map(|at| time(at, "ended_at")),
        "error_info": {"code": code, "message": message},
        "extra_info": extra_info(task, now),
    });
    if rough {
        rough::roughen(&mut value, &task.id);
    }
    value
}

fn extra_info(task: &Task, now: Timestamp) -> Value {
    let mut info = json!({
        "common": {
            "progress": task.progress(now),
            "request_id": format!("req-{}", task.id),
            "task_id": task.id,
        },
    });
    if let Some((id, kind, name)) = &task.resource {
        info["resource"] = json!({"id": id, "type": kind, "name": name});
    }
    let (backup_id, backup_name) = match &task.backup {
        Some((id, name)) => (json!(id), json!(name)),
        None => (Value::Null, Value::Null),
    };
    match task.kind {
        TaskKind::Backup => {
            let incremental = task.incremental.map(|incremental| incremental.to_string());
            info["backup"] = json!({"backup_id": backup_id, "backup_name": backup_name, "incremental": incremental});
        }
        TaskKind::Delete => info["delete"] = json!({"backup_id": backup_id, "backup_name": backup_name}),
        TaskKind::Restore => {
            let (target_id, target_name) = task.target.clone().unwrap_or_default();
            info["restore"] = json!({
                "backup_id": backup_id,
                "backup_name": backup_name,
                "target_resource_id": target_id,
                "target_resource_name": target_name,
            });
        }
        TaskKind::RemoveResource => {
            let resources = task
                .resource
                .iter()
                .map(|(id, kind, name)| json!({"id": id, "type": kind, "name": name}));
            info["remove_resources"] = json!({
                "fail_count": 0,
                "total_count": task.total_count,
                "resources": resources.collect::<Vec<_>>(),
            });
        }
        TaskKind::VaultDelete => info["vault_delete"] = json!({"fail_count": 0, "total_count": task.total_count}),
    }
    info
}
