//! Creates checkpoints and items, and shows them in responses.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    Server, Status,
    clock::{later, stamp},
    objects::{Checkpoint, Item, Step},
    random::pick,
    state::State,
};

/// Properties of a new item.
pub(super) struct NewItem {
    pub project: String,
    pub region: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub incremental: Option<bool>,
    pub tags: Vec<(String, String)>,
    pub policy_id: Option<String>,
    pub auto_trigger: bool,
}

/// Creates an item of a server, which waits for its backup.
pub(super) fn start_item(state: &mut State, checkpoint_id: &str, server: Server, wanted: NewItem, now: Timestamp) {
    let timing = &state.config.timing;
    let first = !state.objects.items.iter().any(|item| {
        item.server.id == server.id
            && matches!(
                item.status,
                Status::Available | Status::WaitingRestore | Status::Restoring
            )
    });
    let incremental = !first && wanted.incremental.unwrap_or(true);
    let per_gb = if incremental {
        timing.incremental_per_gb
    } else {
        timing.full_per_gb
    };
    let gigabytes = u32::try_from(server.size()).unwrap_or(u32::MAX);
    let usual = timing.backup.unwrap_or_else(|| per_gb.saturating_mul(gigabytes));
    let work_time = state.clock.scale(usual);
    let waiting = state.clock.scale(timing.waiting);
    let visible_after: Duration = state.clock.scale(timing.visible_after);
    let id = state.random.uuid();
    let planned_failure = state.objects.take_failure("backup", &server.id);
    state.objects.items.push(Item {
        name: wanted
            .name
            .unwrap_or_else(|| format!("manualbk_{}", id.get(..4).unwrap_or_default())),
        checkpoint_id: checkpoint_id.to_owned(),
        project_id: wanted.project,
        region: wanted.region,
        description: wanted.description,
        server,
        status: Status::WaitingProtect,
        created_at: now,
        updated_at: now,
        visible_at: later(now, visible_after),
        finished_at: None,
        tags: wanted.tags,
        auto_trigger: wanted.auto_trigger,
        incremental,
        policy_id: wanted.policy_id,
        images: Vec::new(),
        failure: None,
        planned_failure,
        step: Some(Step {
            from: now,
            at: later(now, waiting),
        }),
        work_time,
        delete_turn: None,
        restore_target: None,
        progress: 0,
        volumes: Vec::new(),
        task_id: state.random.uuid(),
        id,
    });
}

/// Returns `{"checkpoint": …}`, the response to a protect action or a policy run.
pub(super) fn shown(state: &State, checkpoint: &Checkpoint) -> Value {
    let odd = |what, choices| match state.config.quirks {
        crate::Quirks::Tidy => 0,
        _ => pick(&checkpoint.id, what, choices),
    };
    let extra_info = match odd("extra_info", 3) {
        0 => Value::Null,
        1 => json!(r#"{"created_by": "manual"}"#),
        _ => json!({"created_by": "manual"}),
    };
    let graph = match odd("graph", 3) {
        0 => Value::Null,
        1 => json!(""),
        _ => json!(format!(
            "[{{\"0x0\": [\"OS::Nova::Server\", \"{}\"]}}, [[]]]",
            checkpoint.id
        )),
    };
    let mut body = json!({
        "status": "protecting",
        "created_at": stamp(checkpoint.created_at),
        "id": checkpoint.id,
        "resource_graph": graph,
        "project_id": checkpoint.project_id,
        "extra_info": extra_info,
        "protection_plan": checkpoint.plan,
    });
    if odd("more", 2) == 1 {
        body["protected_at"] = Value::Null;
        body["expired_at"] = Value::Null;
    }
    json!({"checkpoint": body})
}

/// Creates a finished checkpoint without a request of this API.
pub(crate) fn create_finished(
    state: &mut State,
    project: &str,
    servers: &[&str],
    name: Option<&str>,
    now: Timestamp,
) -> Checkpoint {
    let servers: Vec<_> = servers
        .iter()
        .filter_map(|id| state.objects.server(project, id).cloned())
        .collect();
    let policy_id = (servers.len() > 1).then(|| state.random.uuid());
    let checkpoint = Checkpoint {
        id: state.random.uuid(),
        project_id: project.to_owned(),
        created_at: now,
        request: None,
        policy_id: policy_id.clone(),
        plan: json!({}),
    };
    state.objects.checkpoints.push(checkpoint.clone());
    for server in servers {
        let wanted = NewItem {
            project: project.to_owned(),
            region: state.config.regions.first().cloned().unwrap_or_default(),
            name: name.map(str::to_owned),
            description: None,
            incremental: None,
            tags: Vec::new(),
            policy_id: policy_id.clone(),
            auto_trigger: policy_id.is_some(),
        };
        start_item(state, &checkpoint.id, server, wanted, now);
        if let Some(item) = state.objects.items.last_mut() {
            item.status = Status::Available;
            item.step = None;
            item.progress = 100;
            item.visible_at = now;
            item.finished_at = Some(now);
            item.planned_failure = None;
            item.fill(&mut state.random);
        }
    }
    checkpoint
}
