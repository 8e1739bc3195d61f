//! A service with a few backups, whose answers a test can replace one by one.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    csbs::{Client, ClientOptions},
    http::{Clock, Transport},
    identity::{Endpoint, Session},
    operation::{
        OperationContext,
        create_backup::{CreateBackup, CreateError, CreateProgress},
    },
    rest::testing::{Fake, Reply, Seen, answer, refusal},
};

/// The server that every backup is of, unless a test says otherwise.
pub(super) const SERVER: &str = "server-1";

/// The time of day at the beginning of every test.
pub(super) const NOON: &str = "2026-01-01T12:00:00Z";

/// The calls of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Check,
    Protect,
    List,
    Read,
    Tags,
    Delete,
}

impl Op {
    fn of(seen: &Seen) -> Self {
        match seen.path.as_str() {
            path if path.ends_with("/resources/action") => Self::Check,
            path if path.ends_with("/action") => Self::Protect,
            "/checkpoint_items" => Self::List,
            path if path.starts_with("/checkpoint_items/") => Self::Read,
            path if path.ends_with("/tags") => Self::Tags,
            path if path.contains("/checkpoints/") => Self::Delete,
            other => panic!("an unknown call: {other}"),
        }
    }
}

/// One replaced answer.
#[derive(Clone)]
enum Scripted {
    /// The call has its usual effect, and this answer.
    Carried(Reply),
    /// The call has no effect, and this answer.
    NotCarried(Reply),
    /// The call has its usual effect and answer, after this time instead of 50 ms.
    Late(Duration),
}

/// A request: the time since the beginning at which it came, and the call.
pub(super) type Request = (Duration, Op);

#[derive(Default)]
struct State {
    items: Vec<Value>,
    scripted: Vec<(Op, VecDeque<Scripted>)>,
    /// Answers for every later call, once `scripted` has none.
    lasting: Vec<(Op, Scripted)>,
    requests: Vec<Request>,
    /// The queries and bodies of the requests.
    seen: Vec<Seen>,
    made: usize,
    /// Changes that follow the effect of the next request of a kind.
    after: Vec<(Op, Change)>,
}

type Change = Box<dyn FnOnce(&Service) + Send>;

/// The service. Clones share it.
#[derive(Clone)]
pub(super) struct Service {
    state: Arc<Mutex<State>>,
    begin: Instant,
}

struct Noon(Instant);

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        NOON.parse::<Timestamp>().unwrap() + SignedDuration::try_from(self.0.elapsed()).unwrap()
    }
}

impl Service {
    pub(super) fn new() -> Self {
        Self {
            state: Arc::default(),
            begin: Instant::now(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// A process whose calls are never repeated, so that every answer reaches the operation.
    pub(super) fn context(&self) -> OperationContext {
        let endpoint = Endpoint {
            base: url::Url::parse("https://csbs.example/v1/project").unwrap(),
            project_id: "project".to_owned(),
            region: None,
        };
        let transport: Arc<dyn Transport> = Arc::new(self.clone());
        let session = Session::with_token(endpoint, "token".into(), transport, Arc::new(Noon(self.begin)));
        let options = ClientOptions {
            max_retries: 0,
            ..ClientOptions::default()
        };
        OperationContext::new(Client::new(Arc::new(session), options))
    }

    /// Replaces the answers to the next calls. They have their usual effects.
    pub(super) fn answer_after_effect(&self, op: Op, replies: impl IntoIterator<Item = Reply>) {
        self.script(op, replies.into_iter().map(Scripted::Carried));
    }

    /// Replaces the answers to the next calls, which have no effect.
    pub(super) fn refuse(&self, op: Op, replies: impl IntoIterator<Item = Reply>) {
        self.script(op, replies.into_iter().map(Scripted::NotCarried));
    }

    /// Replaces the answer to the next call but one, which has no effect.
    pub(super) fn refuse_second(&self, op: Op, reply: Reply) {
        self.script(
            op,
            [Scripted::Late(Duration::from_millis(50)), Scripted::NotCarried(reply)],
        );
    }

    /// Answers the next call late.
    pub(super) fn delay(&self, op: Op, time: Duration) {
        self.script(op, [Scripted::Late(time)]);
    }

    fn script(&self, op: Op, replies: impl IntoIterator<Item = Scripted>) {
        self.state().scripted.push((op, replies.into_iter().collect()));
    }

    /// Gives all further calls this answer and no effect; `None` ends that.
    pub(super) fn refuse_all(&self, op: Op, reply: Option<Reply>) {
        let mut state = self.state();
        state.lasting.retain(|(other, _)| *other != op);
        state
            .lasting
            .extend(reply.map(|reply| (op, Scripted::NotCarried(reply))));
    }

    /// Delays the answers to all further calls.
    pub(super) fn delay_all(&self, op: Op, time: Duration) {
        self.state().lasting.push((op, Scripted::Late(time)));
    }

    /// Adds a backup, changed from [`item`].
    pub(super) fn add(&self, id: &str, change: impl FnOnce(&mut Value)) {
        let mut item = item(id);
        change(&mut item);
        self.state().items.push(item);
    }

    /// Changes a backup now.
    pub(super) fn change(&self, id: &str, change: impl FnOnce(&mut Value)) {
        let mut state = self.state();
        let item = state.items.iter_mut().find(|item| item["id"] == id);
        change(item.expect("the backup exists"));
    }

    /// Does `change` at this number of seconds after the beginning of the test.
    pub(super) fn at(&self, seconds: u64, change: impl FnOnce(&Self) + Send + 'static) {
        let service = self.clone();
        let moment = self.begin + Duration::from_secs(seconds);
        tokio::spawn(async move {
            tokio::time::sleep_until(moment).await;
            change(&service);
        });
    }

    /// Does `change` as soon as the next request of this kind has had its effect.
    pub(super) fn after(&self, op: Op, change: impl FnOnce(&Self) + Send + 'static) {
        self.state().after.push((op, Box::new(change)));
    }

    fn run_changes(&self, op: Op) {
        let mut state = self.state();
        let (due, later) = std::mem::take(&mut state.after)
            .into_iter()
            .partition(|(other, _)| *other == op);
        state.after = later;
        drop(state);
        let due: Vec<(Op, Change)> = due;
        due.into_iter().for_each(|(_, change)| change(self));
    }

    /// Gives a backup a status at this number of seconds after the beginning of the test.
    pub(super) fn status_at(&self, seconds: u64, id: &'static str, status: &'static str) {
        self.at(seconds, move |service| service.set_status(id, status));
    }

    pub(super) fn set_status(&self, id: &str, status: &str) {
        self.change(id, |item| item["status"] = status.into());
    }

    /// Removes a backup.
    pub(super) fn remove(&self, id: &str) {
        self.state().items.retain(|item| item["id"] != id);
    }

    /// The moments of the requests of one kind, in seconds since the beginning.
    pub(super) fn moments(&self, op: Op) -> Vec<f64> {
        let state = self.state();
        let of_kind = state.requests.iter().filter(|(_, other)| *other == op);
        of_kind.map(|(at, _)| at.as_secs_f64()).collect()
    }

    /// Number of the requests of one kind.
    pub(super) fn count(&self, op: Op) -> usize {
        self.moments(op).len()
    }

    /// All requests in their order.
    pub(super) fn order(&self) -> Vec<Op> {
        self.state().requests.iter().map(|(_, op)| *op).collect()
    }

    /// The lines of the requests of one kind.
    pub(super) fn lines(&self, op: Op) -> Vec<String> {
        let state = self.state();
        let of_kind = state.seen.iter().filter(|seen| Op::of(seen) == op);
        of_kind.map(|seen| seen.line.clone()).collect()
    }

    /// The time since the beginning of the test.
    pub(super) fn elapsed(&self) -> f64 {
        self.begin.elapsed().as_secs_f64()
    }

    fn next(&self, op: Op) -> Option<Scripted> {
        let mut state = self.state();
        let queued = state.scripted.iter_mut().filter(|(other, _)| *other == op);
        if let Some(next) = queued.filter_map(|(_, replies)| replies.pop_front()).next() {
            return Some(next);
        }
        let lasting = state.lasting.iter().rev().find(|(other, _)| *other == op);
        lasting.map(|(_, scripted)| scripted.clone())
    }

    /// The usual effect and answer.
    fn carry_out(&self, op: Op, seen: &Seen) -> Reply {
        let mut state = self.state();
        let last = seen.path.rsplit('/').next().unwrap_or_default();
        match op {
            Op::Check => {
                let servers = seen.body["check_protectable"].as_array().unwrap();
                let answers: Vec<_> = servers
                    .iter()
                    .map(|server| json!({ "result": true, "resource_id": server["resource_id"] }))
                    .collect();
                answer(200, &json!({ "protectable": answers }))
            }
            Op::Protect => {
                state.made += 1;
                let number = state.made;
                let mut made = item(&format!("new-{number}"));
                made["status"] = "protecting".into();
                made["created_at"] = time(self.begin.elapsed()).into();
                let request = &seen.body["protect"];
                for (member, name) in [
                    ("name", "backup_name"),
                    ("description", "description"),
                    ("tags", "tags"),
                ] {
                    if !request[name].is_null() {
                        made[member] = request[name].clone();
                    }
                }
                made["resource_id"] = seen.path.split('/').nth(4).unwrap().into();
                state.items.insert(0, made);
                answer(
                    200,
                    &json!({ "checkpoint": { "id": format!("cp-new-{number}"), "status": "protecting" } }),
                )
            }
            Op::List => {
                let wanted = |name: &str, item: &Value| seen.query(name).is_none_or(|id| item[name] == id);
                let items: Vec<_> = state
                    .items
                    .iter()
                    .filter(|item| item["hidden"] != true)
                    .filter(|item| wanted("resource_id", item) && wanted("checkpoint_id", item))
                    .collect();
                answer(200, &json!({ "checkpoint_items": items }))
            }
            Op::Read => match state.items.iter().find(|item| item["id"] == last) {
                Some(item) => answer(200, &json!({ "checkpoint_item": item })),
                None => refusal(404, "CSBS.3001"),
            },
            Op::Tags => answer(200, &json!({ "tags": [] })),
            Op::Delete => {
                let only = seen.query("checkpoint_items");
                let mut found = false;
                for item in &mut state.items {
                    if item["checkpoint_id"] == last && only.is_none_or(|id| item["id"] == id) {
                        item["status"] = "deleting".into();
                        found = true;
                    }
                }
                if found {
                    answer(202, &json!({}))
                } else {
                    refusal(404, "CSBS.3001")
                }
            }
        }
    }
}

#[async_trait]
impl Transport for Service {
    async fn send(&self, request: ::http::Request<Bytes>) -> Reply {
        let seen = Fake::read(&request);
        let op = Op::of(&seen);
        {
            let mut state = self.state();
            state.requests.push((self.begin.elapsed(), op));
            state.seen.push(seen.clone());
        }
        let scripted = self.next(op);
        let takes = match &scripted {
            Some(Scripted::Late(time)) => *time,
            _ => Duration::from_millis(50),
        };
        let reply = match scripted {
            Some(Scripted::NotCarried(reply)) => Err(reply),
            Some(Scripted::Carried(reply)) => {
                let _ = self.carry_out(op, &seen);
                Err(reply)
            }
            // A write has its effect at once, however late the answer is.
            _ if matches!(op, Op::Protect | Op::Delete) => Err(self.carry_out(op, &seen)),
            _ => Ok(()),
        };
        self.run_changes(op);
        tokio::time::sleep(takes).await;
        match reply {
            Err(reply) => reply,
            // A read shows what there is when it is answered.
            Ok(()) => self.carry_out(op, &seen),
        }
    }
}

/// An available backup of [`SERVER`] in a checkpoint of its own (`cp-` and the ID), made a day before [`NOON`].
fn item(id: &str) -> Value {
    json!({
        "id": id,
        "checkpoint_id": format!("cp-{id}"),
        "resource_id": SERVER,
        "name": "nightly",
        "description": "--",
        "status": "available",
        "created_at": "2025-12-31T12:00:00.000000",
        "tags": [],
        "extend_info": { "auto_trigger": false, "progress": 0, "volume_backups": [] },
    })
}

/// A creation time this long after [`NOON`], in the service's form.
pub(super) fn time(since: Duration) -> String {
    let noon: Timestamp = NOON.parse().unwrap();
    (noon + SignedDuration::try_from(since).unwrap())
        .to_string()
        .trim_end_matches('Z')
        .to_owned()
}

/// A creation time this long before [`NOON`].
pub(super) fn time_ago(before: SignedDuration) -> String {
    let noon: Timestamp = NOON.parse().unwrap();
    (noon - before).to_string().trim_end_matches('Z').to_owned()
}

/// A create of a backup named `nightly`, with an hour of time.
pub(super) fn nightly() -> CreateBackup {
    CreateBackup {
        server_id: SERVER.to_owned(),
        request: crate::csbs::ProtectRequest {
            backup_name: Some("nightly".to_owned()),
            ..Default::default()
        },
        timeout: Duration::from_secs(3600),
    }
}

/// Runs a create to its end.
pub(super) async fn create(
    context: &OperationContext,
    job: &CreateBackup,
) -> (Result<(), CreateError>, CreateProgress) {
    create_until(context, job, &CancellationToken::new()).await
}

/// Runs a create that can be stopped.
pub(super) async fn create_until(
    context: &OperationContext,
    job: &CreateBackup,
    cancel: &CancellationToken,
) -> (Result<(), CreateError>, CreateProgress) {
    let mut progress = CreateProgress::default();
    let result = job.run(context, cancel, &mut progress, &|_| {}).await;
    (result, progress)
}

/// A token that is cancelled after this time.
pub(super) fn stop_after(time: Duration) -> CancellationToken {
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(time).await;
        stop.cancel();
    });
    cancel
}
