//! A service in memory, as far as one backup needs it, with the troubles that the tests ask for.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use csbs::CsbsProvider;
use http::{Request, Response};
use jiff::Timestamp;
use otc_client::{
    http::{Clock, Delivery, Transport, TransportError},
    identity::{Endpoint, Session},
};
use serde_json::{Value, json};
use terraform_plugin::RawValue;
use tokio::time::Instant;

pub const SERVER: &str = "9506416d-db6c-406e-8bca-c0f43793d914";
const PROJECT: &str = "b942cc8342734d15bcb246babb1953cf";

/// How the answer to a protect action is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    RequestReset,
    NeverAnswered,
    AnswerReset,
    AnswerTruncated,
    AnswerIs502,
}

#[derive(Debug, Clone)]
struct Item {
    id: String,
    checkpoint_id: String,
    server: String,
    name: String,
    description: Option<String>,
    tags: Vec<(String, String)>,
    incremental: bool,
    made: Instant,
    made_at: Timestamp,
    done: Instant,
    fails: Option<(String, String)>,
    going: Option<Instant>,
    forced: Option<String>,
    image: bool,
    scheduled: bool,
}

#[derive(Default)]
struct State {
    items: Vec<Item>,
    log: Vec<(String, String)>,
    next: u32,
    take: Option<Duration>,
    delete_takes: Option<Duration>,
    refuse_server: Option<String>,
    fail_next: Option<(String, String)>,
    lose: Option<Lost>,
    slow_protect: Option<Duration>,
    refuse_protect: Option<(u16, Option<String>)>,
    refuse_reads: Option<u16>,
}

/// One item, as the service sees it.
pub struct Seen {
    pub id: String,
    pub checkpoint_id: String,
    pub server: String,
    pub tags: RawValue,
}

#[derive(Clone)]
pub struct World {
    state: Arc<Mutex<State>>,
    clock: Arc<PausedClock>,
}

struct PausedClock {
    begin: Instant,
}

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        let begin: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        begin + self.begin.elapsed()
    }
}

impl World {
    pub async fn new() -> Self {
        Self {
            state: Arc::default(),
            clock: Arc::new(PausedClock { begin: Instant::now() }),
        }
    }

    pub fn provider(&self) -> CsbsProvider {
        let endpoint = Endpoint {
            base: format!("https://csbs.example.com/v1/{PROJECT}").parse().unwrap(),
            project_id: PROJECT.to_owned(),
            region: Some(self.region()),
        };
        CsbsProvider::with_session(Arc::new(Session::with_token(
            endpoint,
            "token".into(),
            Arc::new(self.clone()),
            self.clock.clone(),
        )))
    }

    pub fn region(&self) -> String {
        "eu-de".to_owned()
    }

    pub fn items(&self) -> Vec<Seen> {
        let mut state = self.state.lock().unwrap();
        state.advance();
        let seen = |item: &Item| Seen {
            id: item.id.clone(),
            checkpoint_id: item.checkpoint_id.clone(),
            server: item.server.clone(),
            tags: RawValue::Map(item.tags.iter().map(|(k, v)| (k.clone(), v.as_str().into())).collect()),
        };
        state.items.iter().map(seen).collect()
    }

    pub fn count(&self, method: &str, part: &str) -> usize {
        let state = self.state.lock().unwrap();
        state
            .log
            .iter()
            .filter(|(m, path)| m == method && path.contains(part))
            .count()
    }

    pub fn writes(&self) -> usize {
        self.state
            .lock()
            .unwrap()
            .log
            .iter()
            .filter(|(m, _)| m != "GET")
            .count()
    }

    pub async fn run_policy(&self, servers: usize) -> String {
        let mut state = self.state.lock().unwrap();
        let checkpoint_id = state.id("c0000000");
        for index in 0..servers {
            let server = format!("server-{index}");
            let item = state.item(&checkpoint_id, &server, &json!({}), self.clock.now());
            state.items.push(Item {
                done: Instant::now(),
                ..item
            });
        }
        checkpoint_id
    }

    /// A policy makes backups of this name of [`SERVER`] and of so many other servers, by its schedule or by a manual run.
    pub fn policy_makes(&self, name: &str, others: usize, scheduled: bool) {
        let mut state = self.state.lock().unwrap();
        let checkpoint_id = state.id("c0000000");
        let servers = (0..others).map(|index| format!("server-{index}"));
        for server in servers.chain([SERVER.to_owned()]) {
            let item = state.item(&checkpoint_id, &server, &json!({"backup_name": name}), self.clock.now());
            state.items.push(Item {
                done: Instant::now(),
                scheduled,
                ..item
            });
        }
    }

    fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
    }

    fn edit(&self, id: &str, change: impl FnOnce(&mut Item)) {
        self.set(|state| change(state.items.iter_mut().find(|item| item.id == id).unwrap()));
    }

    pub fn backups_take(&self, time: Duration) {
        self.set(|state| state.take = Some(time));
    }

    pub fn deletions_take(&self, time: Duration) {
        self.set(|state| state.delete_takes = Some(time));
    }

    pub fn refuse_server(&self, code: &str) {
        self.set(|state| state.refuse_server = Some(code.to_owned()));
    }

    pub fn fail_next_backup(&self, code: &str, reason: &str) {
        self.set(|state| state.fail_next = Some((code.to_owned(), reason.to_owned())));
    }

    pub fn lose_protect(&self, lost: Lost) {
        self.set(|state| state.lose = Some(lost));
    }

    pub fn slow_protect(&self, time: Duration) {
        self.set(|state| state.slow_protect = Some(time));
    }

    pub fn refuse_protect(&self, status: u16, code: Option<&str>) {
        self.set(|state| state.refuse_protect = Some((status, code.map(str::to_owned))));
    }

    pub fn refuse_reads(&self, status: u16) {
        self.set(|state| state.refuse_reads = Some(status));
    }

    pub fn set_status(&self, id: &str, status: &str) {
        self.edit(id, |item| item.forced = Some(status.to_owned()));
    }

    pub fn remove(&self, id: &str) {
        self.set(|state| state.items.retain(|item| item.id != id));
    }

    pub fn set_tag(&self, id: &str, key: &str, value: &str) {
        self.edit(id, |item| item.tags.push((key.to_owned(), value.to_owned())));
    }

    pub fn rename(&self, id: &str, name: &str) {
        self.edit(id, |item| item.name = name.to_owned());
    }

    pub fn describe(&self, id: &str, description: &str) {
        self.edit(id, |item| item.description = Some(description.to_owned()));
    }

    pub fn make_image(&self, id: &str) {
        self.edit(id, |item| item.image = true);
    }
}

impl State {
    fn id(&mut self, prefix: &str) -> String {
        self.next += 1;
        format!("{prefix}-0000-4000-8000-{:012}", self.next)
    }

    fn item(&mut self, checkpoint_id: &str, server: &str, protect: &Value, made_at: Timestamp) -> Item {
        let id = self.id("11111111");
        let first = !self.items.iter().any(|item| item.server == server);
        let tags = protect["tags"].as_array().cloned().unwrap_or_default();
        Item {
            name: protect["backup_name"]
                .as_str()
                .map_or_else(|| format!("auto-{id}"), str::to_owned),
            id,
            checkpoint_id: checkpoint_id.to_owned(),
            server: server.to_owned(),
            description: protect["description"].as_str().map(str::to_owned),
            tags: tags
                .iter()
                .map(|tag| {
                    (
                        tag["key"].as_str().unwrap().to_owned(),
                        tag["value"].as_str().unwrap().to_owned(),
                    )
                })
                .collect(),
            incremental: !first && protect["incremental"] != json!(false),
            made: Instant::now(),
            made_at,
            done: Instant::now() + self.take.unwrap_or(Duration::from_secs(60)),
            fails: self.fail_next.take(),
            going: None,
            forced: None,
            image: false,
            scheduled: false,
        }
    }

    fn advance(&mut self) {
        let now = Instant::now();
        self.items.retain(|item| item.going.is_none_or(|gone| gone > now));
    }

    fn protect(&mut self, server: &str, protect: &Value, now: Timestamp) -> (u16, Value) {
        if let Some((status, code)) = self.refuse_protect.take() {
            let body = code.map_or_else(
                || json!({"error": {"code": status, "message": "no", "title": "No"}}),
                |code| json!({"error_code": code, "error_msg": "refused"}),
            );
            return (status, body);
        }
        if self
            .items
            .iter()
            .any(|item| item.server == server && matches!(item.status(), "waiting_protect" | "protecting"))
        {
            return (
                500,
                json!({"error_code": "CSBS.1001", "error_msg": "a manual backup runs"}),
            );
        }
        let id = self.id("c0000000");
        let item = self.item(&id, server, protect, now);
        self.items.push(item);
        let plan = json!({"id": "fake_1", "name": format!("server protect plan for {server}"), "resources":
            [{"id": server, "type": "OS::Nova::Server", "name": format!("resource_{server}"), "extra_info": {}}]});
        (
            200,
            json!({"checkpoint": {"status": "protecting", "created_at": "2026-01-01T12:00:00.000001", "id": id,
            "resource_graph": null, "project_id": PROJECT, "extra_info": "{\"created_by\": \"manual\"}",
            "protection_plan": plan}}),
        )
    }

    fn answer(&mut self, method: &str, path: &str, query: &str, body: &Value, now: Timestamp) -> (u16, Value) {
        self.advance();
        let parts: Vec<_> = path.trim_matches('/').split('/').skip(2).collect();
        let find = |state: &Self, id: &str| state.items.iter().position(|item| item.id == id);
        match (method, parts.as_slice()) {
            ("POST", ["providers", _, "resources", "action"]) => {
                let refused = self.refuse_server.clone();
                let answers = body["check_protectable"].as_array().unwrap().iter().map(|server| {
                    json!({"result": refused.is_none(), "resource_id": server["resource_id"],
                        "resource_type": "OS::Nova::Server", "error_code": refused, "error_msg": "why not"})
                });
                (200, json!({"protectable": answers.collect::<Vec<_>>()}))
            }
            ("POST", ["providers", _, "resources", server, "action"]) => self.protect(server, &body["protect"], now),
            ("GET", ["checkpoint_items", id]) => match (self.refuse_reads, find(self, id)) {
                (Some(status), _) => (status, json!({"error_code": "APIG.0301", "error_msg": "no"})),
                (None, Some(index)) => (200, json!({"checkpoint_item": self.items[index].json()})),
                (None, None) => (404, json!({"error_code": "CSBS.3001", "error_msg": "not found"})),
            },
            ("GET", ["checkpoint_items"]) => {
                if let Some(status) = self.refuse_reads {
                    return (status, json!({"error_code": "APIG.0301", "error_msg": "no"}));
                }
                let wanted = |name: &str| {
                    url::form_urlencoded::parse(query.as_bytes())
                        .find(|(key, _)| key == name)
                        .map(|(_, v)| v.into_owned())
                };
                let (server, checkpoint) = (wanted("resource_id"), wanted("checkpoint_id"));
                let items = self.items.iter().filter(|item| {
                    server.as_ref().is_none_or(|id| *id == item.server)
                        && checkpoint.as_ref().is_none_or(|id| *id == item.checkpoint_id)
                });
                (
                    200,
                    json!({"checkpoint_items": items.map(Item::json).collect::<Vec<_>>()}),
                )
            }
            ("DELETE", ["providers", _, "checkpoints", id]) => {
                let only = query.strip_prefix("checkpoint_items=");
                let takes = self.delete_takes.unwrap_or(Duration::from_secs(20));
                let mut found = false;
                for item in &mut self.items {
                    if item.checkpoint_id == *id && only.is_none_or(|only| only == item.id) {
                        found = true;
                        if item.image {
                            return (400, json!({"error_code": "CSBS.8007", "error_msg": "it has an image"}));
                        }
                        if !matches!(item.status(), "available" | "error") {
                            return (400, json!({"error_code": "CSBS.2003", "error_msg": "busy"}));
                        }
                        item.going = Some(Instant::now() + takes);
                    }
                }
                if found {
                    (200, json!({}))
                } else {
                    (404, json!({"error_code": "CSBS.3001", "error_msg": "gone"}))
                }
            }
            ("POST", ["csbs_backup", id, "tags", "action"]) => {
                let index = find(self, id).unwrap();
                let tags = body["tags"].as_array().unwrap();
                assert!(!tags.is_empty());
                for tag in tags {
                    let key = tag["key"].as_str().unwrap();
                    self.items[index].tags.retain(|(known, _)| known != key);
                    if body["action"] == "create" {
                        let value = tag["value"].as_str().unwrap().to_owned();
                        self.items[index].tags.push((key.to_owned(), value));
                    }
                }
                assert!(self.items[index].tags.len() <= 10, "too many tags at once");
                (204, json!({}))
            }
            _ => panic!("no such call: {method} {path}"),
        }
    }
}

impl Item {
    fn status(&self) -> &str {
        if let Some(forced) = &self.forced {
            return forced;
        }
        let now = Instant::now();
        match self.going {
            Some(_) => "deleting",
            None if now >= self.done && self.fails.is_some() => "error",
            None if now >= self.done => "available",
            None if now >= self.made + Duration::from_secs(5) => "protecting",
            None => "waiting_protect",
        }
    }

    fn json(&self) -> Value {
        let status = self.status();
        let done = status == "available";
        let failed = self.fails.as_ref().filter(|_| status == "error");
        let tags: Vec<_> = self.tags.iter().map(|(k, v)| json!({"key": k, "value": v})).collect();
        json!({
            "id": self.id, "checkpoint_id": self.checkpoint_id, "name": self.name,
            "description": self.description.as_deref().unwrap_or("--"), "resource_id": self.server,
            "resource_type": "OS::Nova::Server", "status": status, "tags": tags,
            "created_at": self.made_at.strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string(),
            "updated_at": self.made_at.strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string(),
            "backup_data": {"__openstack_region_name": "eu-de", "cloudservicetype": "x", "disk": 40, "imagetype": "gold",
                "ram": 2048, "vcpus": 1, "eip": "", "private_ip": "192.168.0.5"},
            "extend_info": {"auto_trigger": self.scheduled, "progress": if done { 100 } else { 50 }, "incremental": self.incremental,
                "size": 40960, "average_speed": 19.5, "fail_op": failed.map_or("", |_| "backup"),
                "fail_code": failed.map_or(json!({}), |(code, reason)| json!({"Code": code, "Description": reason})),
                "fail_reason": failed.map_or("", |(_, reason)| reason), "finished_at": "", "image_type": "backup",
                "resource_name": "web", "resource_az": "eu-de-01", "supported_restore_mode": "backup",
                "volume_backups": [{"id": "vb", "name": "vol", "status": "available", "bootable": true, "size": 40960,
                    "incremental": self.incremental, "average_speed": 19, "space_saving_ratio": 0,
                    "source_volume_id": "vol-1", "source_volume_size": 40}]}
        })
    }
}

#[async_trait]
impl Transport for World {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        tokio::time::sleep(Duration::from_millis(40)).await;
        let method = request.method().as_str().to_owned();
        let path = request.uri().path().to_owned();
        let query = request.uri().query().unwrap_or_default().to_owned();
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let is_protect = !body["protect"].is_null();
        let lost = if is_protect {
            self.state.lock().unwrap().lose.take()
        } else {
            None
        };
        self.set(|state| state.log.push((method.clone(), path.clone())));
        let reset = |delivery| TransportError {
            delivery,
            message: "connection reset".to_owned(),
        };
        if lost == Some(Lost::RequestReset) {
            return Err(reset(Delivery::Unknown));
        }
        if lost == Some(Lost::NeverAnswered) {
            std::future::pending::<()>().await;
        }
        let (mut status, body) = self
            .state
            .lock()
            .unwrap()
            .answer(&method, &path, &query, &body, self.clock.now());
        let slow = self.state.lock().unwrap().slow_protect;
        if let (true, Some(slow)) = (is_protect, slow) {
            tokio::time::sleep(slow).await;
        }
        let mut body = body.to_string();
        match lost {
            Some(Lost::AnswerReset) => return Err(reset(Delivery::Unknown)),
            Some(Lost::AnswerTruncated) => body.truncate(20),
            Some(Lost::AnswerIs502) => {
                status = 502;
                body = "<html>Bad Gateway</html>".to_owned();
            }
            _ => {}
        }
        Ok(Response::builder()
            .status(status)
            .header("x-request-id", "req-1")
            .body(Bytes::from(body))
            .unwrap())
    }
}
