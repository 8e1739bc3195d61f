//! A service with the vault `v` and the servers `s0` to `s199`.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    cbr::CheckpointRequest,
    http::Delivery,
    operation::{
        OperationContext,
        create_vault_backup::{CreateVaultBackup, CreateVaultBackupError, VaultBackupProgress},
    },
    rest::testing::{Fake, Reply, Seen, answer, lost, refusal, text},
};

/// The answer to the next call of a kind, in place of the usual one.
pub(super) enum Scripted {
    /// The call has no effect, and this answer.
    Refused(Reply),
    /// The call has its effect, and its answer is lost.
    Lost,
}

/// A backup, with its times since the beginning of the test.
pub(super) struct Record {
    pub id: String,
    pub checkpoint_id: String,
    pub server: String,
    pub name: String,
    pub listed_at: Instant,
    /// The statuses that follow, each with the moment from which it holds.
    pub statuses: Vec<(Instant, &'static str)>,
    /// When a read by its ID is answered with 404.
    pub gone_at: Option<Instant>,
    pub error: Option<(&'static str, &'static str)>,
    pub created_at: Timestamp,
}

impl Record {
    fn status(&self) -> &'static str {
        let now = Instant::now();
        let reached = self.statuses.iter().rev().find(|(from, _)| *from <= now);
        reached.map_or("waiting_protect", |(_, status)| status)
    }

    fn is_gone(&self) -> bool {
        self.gone_at.is_some_and(|at| at <= Instant::now())
    }
}

pub(super) struct State {
    pub backups: Vec<Record>,
    pub script: Vec<(&'static str, VecDeque<Scripted>)>,
    /// How long a new backup is not listed.
    pub listed_after: Duration,
    pub takes: Duration,
    pub ends_as: &'static str,
    pub error: Option<(&'static str, &'static str)>,
    pub vault: Value,
    pub refuses_tasks: bool,
    pub skipped: VecDeque<Value>,
    pub restores: Vec<Value>,
    pub restore_ends_as: &'static str,
}

pub(super) struct Service {
    state: Arc<Mutex<State>>,
    pub fake: Arc<Fake>,
    pub context: OperationContext,
    pub cancel: CancellationToken,
}

impl Service {
    pub(super) fn new() -> Self {
        let servers: Vec<_> = (0..200)
            .map(|number| json!({ "id": format!("s{number}"), "type": "OS::Nova::Server", "protect_status": "available" }))
            .collect();
        let state = Arc::new(Mutex::new(State {
            backups: Vec::new(),
            script: Vec::new(),
            listed_after: Duration::ZERO,
            takes: Duration::from_secs(60),
            ends_as: "available",
            error: None,
            vault: json!({ "id": "v", "name": "vault-app", "billing": { "status": "available", "size": 200, "used": 1024,
                "object_type": "server", "protect_type": "backup" }, "resources": servers }),
            refuses_tasks: false,
            skipped: VecDeque::new(),
            restores: Vec::new(),
            restore_ends_as: "success",
        }));
        let shared = Arc::clone(&state);
        let fake = Fake::new(move |seen, _| shared.lock().unwrap().answer(seen));
        Self {
            state,
            context: fake.context(),
            fake,
            cancel: CancellationToken::new(),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Gives the next calls of a kind, such as `POST /checkpoints`, these answers.
    pub(super) fn script(&self, kind: &'static str, replies: impl IntoIterator<Item = Scripted>) {
        self.state().script.push((kind, replies.into_iter().collect()));
    }

    /// Number of requests whose line begins with `kind`.
    pub(super) fn count(&self, kind: &str) -> usize {
        self.fake.lines().iter().filter(|line| line.starts_with(kind)).count()
    }

    /// Adds a backup of `server` that is available, and returns its ID.
    pub(super) fn add(&self, server: &str, name: &str) -> String {
        let mut state = self.state();
        let now = Instant::now();
        state.make(server, name, "available");
        let record = state.backups.last_mut().unwrap();
        record.statuses = vec![(now, "available")];
        record.listed_at = now;
        record.id.clone()
    }

    pub(super) fn request(server: &str) -> CheckpointRequest {
        CheckpointRequest {
            vault_id: "v".to_owned(),
            resource_id: server.to_owned(),
            name: Some(format!("before-{server}")),
            ..CheckpointRequest::default()
        }
    }

    pub(super) async fn create(&self, server: &str) -> (Result<(), CreateVaultBackupError>, VaultBackupProgress) {
        self.create_within(server, Duration::from_secs(1800)).await
    }

    pub(super) async fn create_within(
        &self,
        server: &str,
        timeout: Duration,
    ) -> (Result<(), CreateVaultBackupError>, VaultBackupProgress) {
        let create = CreateVaultBackup {
            request: Self::request(server),
            reads_percentage: false,
            timeout,
        };
        let mut progress = VaultBackupProgress::default();
        let result = create.run(&self.context, &self.cancel, &mut progress, &|_| {}).await;
        (result, progress)
    }
}

impl State {
    fn make(&mut self, server: &str, name: &str, ends_as: &'static str) -> String {
        let number = self.backups.len();
        let now = Instant::now();
        let checkpoint_id = format!("cp{number}");
        self.backups.push(Record {
            id: format!("b{number}"),
            checkpoint_id: checkpoint_id.clone(),
            server: server.to_owned(),
            name: name.to_owned(),
            listed_at: now + self.listed_after,
            statuses: vec![(now, "protecting"), (now + self.takes, ends_as)],
            gone_at: None,
            error: self.error,
            created_at: Timestamp::now() + SignedDuration::from_micros(i64::try_from(number).unwrap()),
        });
        checkpoint_id
    }

    fn row(record: &Record, has_children: bool) -> Value {
        let children = json!([{ "id": format!("{}-c", record.id), "parent_id": record.id, "resource_id": "disk",
            "resource_type": "OS::Cinder::Volume", "status": "available" }]);
        json!({
            "id": record.id, "checkpoint_id": record.checkpoint_id, "vault_id": "v", "resource_id": record.server,
            "resource_type": "OS::Nova::Server", "name": record.name, "status": record.status(), "parent_id": null,
            "created_at": record.created_at.to_string(), "extend_info": { "auto_trigger": false, "os_images_data": [{ "image_id": "i0" }] },
            "children": if has_children { children } else { json!([]) },
        })
    }

    fn answer(&mut self, seen: &Seen) -> Reply {
        let scripted = self.script.iter_mut().filter(|(kind, _)| seen.line.starts_with(kind));
        let scripted = scripted.filter_map(|(_, replies)| replies.pop_front()).next();
        match scripted {
            Some(Scripted::Refused(reply)) => reply,
            Some(Scripted::Lost) => {
                self.carry_out(seen).ok();
                lost(Delivery::Unknown)
            }
            None => self.carry_out(seen),
        }
    }

    fn carry_out(&mut self, seen: &Seen) -> Reply {
        let method = seen.line.split(' ').next().unwrap();
        let parts: Vec<_> = seen.path.trim_start_matches('/').split('/').collect();
        match (method, parts.as_slice()) {
            ("GET", ["vaults", "v"]) => answer(200, &json!({ "vault": self.vault })),
            ("GET", ["vaults", _]) => refusal(404, "BackupService.6105"),
            ("POST", ["checkpoints"]) => self.create(&seen.body["checkpoint"]["parameters"]),
            ("GET", ["checkpoints", _]) => text(403, ""),
            ("GET", ["backups"]) => self.list(seen),
            ("GET", ["backups", id]) => match self.find(id) {
                Some(record) => answer(200, &json!({ "backup": Self::row(record, true) })),
                None => refusal(404, "BackupService.6200"),
            },
            ("DELETE", ["backups", id]) => match self.find(id) {
                Some(record) => {
                    let now = Instant::now();
                    record.statuses.push((now, "deleting"));
                    record.gone_at = Some(now + Duration::from_secs(30));
                    text(204, "")
                }
                None => refusal(404, "BackupService.6200"),
            },
            ("POST", ["backups", id, "restore"]) => {
                let id = (*id).to_owned();
                let now = Instant::now();
                let record = self.find(&id).unwrap();
                record.statuses.push((now + Duration::from_secs(2), "restoring"));
                record.statuses.push((now + Duration::from_secs(40), "available"));
                let task = json!({ "id": format!("r{}", self.restores.len()), "backup": id,
                    "target": seen.body["restore"]["server_id"], "at": Timestamp::now().to_string() });
                self.restores.push(task);
                text(202, "")
            }
            ("GET", ["operation-logs", ..]) if self.refuses_tasks => text(403, ""),
            ("GET", ["operation-logs"]) => match seen.query("operation_type") {
                Some("restore") => answer(200, &json!({ "operation_logs": self.restore_tasks() })),
                _ => answer(200, &json!({ "operation_logs": self.backup_tasks() })),
            },
            ("GET", ["operation-logs", id]) => match self.restore_tasks().into_iter().find(|task| task["id"] == *id) {
                Some(task) => answer(200, &json!({ "operation_log": task })),
                None => refusal(404, "BackupService.6500"),
            },
            other => panic!("{other:?}"),
        }
    }

    fn find(&mut self, id: &str) -> Option<&mut Record> {
        self.backups
            .iter_mut()
            .find(|record| record.id == id && !record.is_gone())
    }

    fn create(&mut self, parameters: &Value) -> Reply {
        let server = parameters["resources"][0].as_str().unwrap().to_owned();
        let name = parameters["name"].as_str().unwrap_or_default().to_owned();
        if let Some(skipped) = self.skipped.pop_front() {
            return answer(
                200,
                &json!({ "checkpoint": { "id": "empty", "vault": { "skipped_resources": [skipped] } } }),
            );
        }
        let ends_as = self.ends_as;
        let checkpoint_id = self.make(&server, &name, ends_as);
        answer(
            200,
            &json!({ "checkpoint": { "id": checkpoint_id, "status": "protecting", "vault": { "id": "v",
            "name": "vault-app", "resources": [{ "id": server }], "skipped_resources": [] } } }),
        )
    }

    fn list(&mut self, seen: &Seen) -> Reply {
        let now = Instant::now();
        let fits = |name: &str, value: &str| seen.query(name).is_none_or(|wanted| wanted == value);
        let rows: Vec<_> = self
            .backups
            .iter()
            .rev()
            .filter(|record| record.listed_at <= now && record.gone_at.is_none())
            .filter(|record| fits("checkpoint_id", &record.checkpoint_id) && fits("resource_id", &record.server))
            .map(|record| Self::row(record, false))
            .collect();
        let start = seen
            .query("marker")
            .map_or(0, |id| rows.iter().position(|row| row["id"] == id).unwrap() + 1);
        let limit: usize = seen.query("limit").unwrap().parse().unwrap();
        let page: Vec<_> = rows[start..].iter().take(limit).collect();
        answer(200, &json!({ "backups": page, "count": rows.len() }))
    }

    fn backup_tasks(&self) -> Vec<Value> {
        let task = |record: &Record| {
            let (status, progress) = match record.status() {
                "protecting" => ("running", 42),
                "error" => ("failed", 42),
                _ => ("success", 100),
            };
            let (code, message) = record.error.unwrap_or_default();
            json!({ "id": format!("t-{}", record.id), "operation_type": "backup", "status": status,
                "checkpoint_id": record.checkpoint_id, "created_at": record.created_at.to_string(),
                "error_info": { "code": code, "message": message },
                "extra_info": { "common": { "progress": progress }, "resource": { "id": record.server },
                    "backup": { "backup_id": record.id } } })
        };
        self.backups.iter().map(task).collect()
    }

    fn restore_tasks(&self) -> Vec<Value> {
        let task = |restore: &Value| {
            let backup = self
                .backups
                .iter()
                .find(|record| record.id == restore["backup"].as_str().unwrap());
            let ended = backup.is_some_and(|record| record.statuses.last().unwrap().0 <= Instant::now());
            let status = if ended { self.restore_ends_as } else { "running" };
            json!({ "id": restore["id"], "operation_type": "restore", "status": status, "created_at": restore["at"],
                "error_info": { "code": if status == "failed" { "BackupService.2001" } else { "" } },
                "extra_info": { "common": { "progress": 7 }, "restore": { "backup_id": restore["backup"],
                    "target_resource_id": restore["target"] } } })
        };
        self.restores.iter().map(task).collect()
    }
}
