//! The fake service: it keeps what it is asked to make, and answers with documented members only.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    body::to_bytes,
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;

use test_support::simulated_service::PROJECT;

use crate::answers::{self, Backup, PROVIDER_ID, Page, Policy, Shape, pairs};

/// Seconds that a backup, a restore and a deletion take.
const BACKUP: u64 = 120;
const RESTORE: u64 = 60;
const DELETE: u64 = 20;

struct Item {
    backup: Backup,
    made: Instant,
    restored: Option<Instant>,
    deleted: Option<Instant>,
}

impl Item {
    /// The backup as it is now; none when its deletion is over.
    fn now(&self) -> Option<Backup> {
        let since = |at: Instant| at.elapsed().as_secs();
        let (status, progress) = match (self.deleted, self.restored) {
            (Some(at), _) if since(at) >= DELETE => return None,
            (Some(_), _) => ("deleting", 100),
            (None, Some(at)) if since(at) < RESTORE => ("restoring", 50),
            (None, Some(_)) => ("available", 100),
            (None, None) => match since(self.made) {
                0..10 => ("waiting_protect", 0),
                10..BACKUP => ("protecting", 50),
                _ => ("available", 100),
            },
        };
        Some(Backup {
            status,
            progress,
            ..self.backup.clone()
        })
    }
}

#[derive(Default)]
struct State {
    next: u32,
    items: Vec<Item>,
    policies: Vec<Policy>,
    requests: Vec<(String, Value)>,
}

/// The fake service.
#[derive(Clone)]
pub struct DocumentedService {
    shape: Shape,
    begun: Instant,
    state: Arc<Mutex<State>>,
}

type Answer = Result<Value, (u16, Value)>;

fn refuse<T>(status: u16, code: &str, message: impl Into<String>) -> Result<T, (u16, Value)> {
    Err((status, json!({ "error_code": code, "error_msg": message.into() })))
}

impl DocumentedService {
    pub fn new(shape: Shape) -> Self {
        Self {
            shape,
            begun: Instant::now(),
            state: Arc::default(),
        }
    }

    pub fn router(&self) -> Router {
        let service = self.clone();
        Router::new().fallback(move |request: Request| {
            let service = service.clone();
            async move { service.answer(request).await }
        })
    }

    /// `METHOD /path` and body of all requests so far, below the project.
    pub fn requests(&self) -> Vec<(String, Value)> {
        self.state.lock().unwrap().requests.clone()
    }

    /// Changes a backup's address.
    pub fn set_private_ip(&self, id: &str, ip: &str) {
        let mut state = self.state.lock().unwrap();
        let item = state.items.iter_mut().find(|item| item.backup.id == id).unwrap();
        ip.clone_into(&mut item.backup.private_ip);
    }

    async fn answer(self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let path = parts
            .uri
            .path()
            .strip_prefix(&format!("/v1/{PROJECT}/"))
            .unwrap()
            .to_owned();
        let query: Vec<(String, String)> = parts
            .uri
            .query()
            .map(|query| url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
            .unwrap_or_default();
        let mut state = self.state.lock().unwrap();
        state.requests.push((format!("{} /{path}", parts.method), body.clone()));
        let segments: Vec<&str> = path.split('/').collect();
        let answer = self.handle(&mut state, &parts.method, &segments, &query, &body);
        match answer {
            Ok(Value::Null) => StatusCode::NO_CONTENT.into_response(),
            Ok(body) => Json(body).into_response(),
            Err((status, body)) => (StatusCode::from_u16(status).unwrap(), Json(body)).into_response(),
        }
    }

    fn time(&self) -> String {
        let begin: jiff::Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        let now = begin + self.begun.elapsed();
        now.strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string()
    }

    fn handle(
        &self,
        state: &mut State,
        method: &Method,
        path: &[&str],
        query: &[(String, String)],
        body: &Value,
    ) -> Answer {
        match (method.as_str(), path) {
            ("POST", ["providers", PROVIDER_ID, "resources", "action"]) => self.check(state, body),
            ("POST", ["providers", PROVIDER_ID, "resources", server, "action"]) => {
                Ok(self.protect(state, server, &body["protect"]))
            }
            ("POST", ["providers", PROVIDER_ID, "checkpoints"]) => self.run(state, &body["checkpoint"]),
            ("DELETE", ["providers", PROVIDER_ID, "checkpoints", id]) => {
                let items = state.items.iter_mut().filter(|item| item.backup.checkpoint_id == *id);
                items.for_each(|item| item.deleted = Some(Instant::now()));
                Ok(json!({}))
            }
            ("GET", ["checkpoint_items"]) => Ok(self.list(state, query)),
            ("GET", ["checkpoint_items", id]) => match find(state, id) {
                Some(backup) => Ok(json!({ "checkpoint_item": answers::item(&backup, self.shape, false) })),
                None => refuse(404, "CSBS.3001", "The checkpoint item does not exist."),
            },
            ("POST", ["restores"]) => self.restore(state, &body["restore"]),
            ("POST", ["policies"]) => Ok(self.create_policy(state, &body["policy"])),
            ("GET", ["policies"]) => {
                let name = query.iter().find(|(name, _)| name == "name");
                let policies = state
                    .policies
                    .iter()
                    .filter(|policy| name.is_none_or(|(_, name)| policy.request["name"].as_str() == Some(name)));
                let policies: Vec<Value> = policies
                    .map(|policy| answers::policy(policy, self.shape, Page::Other))
                    .collect();
                Ok(json!({ "policies": policies }))
            }
            (_, ["policies", id]) => self.policy(state, method, id, &body["policy"]),
            ("GET", ["quotas"]) => Ok(answers::quotas()),
            (_, [kind @ ("csbs_backup" | "csbs_backup_policy"), rest @ ..]) => {
                self.tags(state, method, kind, rest, body)
            }
            _ => refuse(404, "APIG.0101", format!("{method} {path:?} is not documented")),
        }
    }

    fn check(&self, state: &State, body: &Value) -> Answer {
        if let Some(servers) = body["check_protectable"].as_array() {
            let answers: Vec<Value> = servers
                .iter()
                .map(|server| answers::check(&server["resource_id"], self.shape))
                .collect();
            return Ok(json!({ "protectable": answers }));
        }
        let check = &body["check_restorable"][0];
        if find(state, check["checkpoint_item_id"].as_str().unwrap()).is_none() {
            return refuse(404, "CSBS.3001", "The checkpoint item does not exist.");
        }
        Ok(json!({ "restorable": [answers::check(&check["target"]["resource_id"], self.shape)] }))
    }

    fn add_item(
        &self,
        state: &mut State,
        checkpoint_id: &str,
        server: &str,
        request: &Value,
        tags: Vec<(String, String)>,
    ) {
        state.next += 1;
        let id = format!("90c1d5fa-1b9f-4aeb-b2f4-{:012x}", state.next);
        let text = |name: &str| request[name].as_str().map(str::to_owned);
        state.items.push(Item {
            backup: Backup {
                id,
                checkpoint_id: checkpoint_id.to_owned(),
                name: text("backup_name").unwrap_or_else(|| "manualbk_ea67".to_owned()),
                description: text("description"),
                server: server.to_owned(),
                created_at: self.time(),
                status: "",
                progress: 0,
                auto_trigger: false,
                incremental: request["incremental"].as_bool().unwrap_or(false),
                private_ip: String::new(),
                tags,
            },
            made: Instant::now(),
            restored: None,
            deleted: None,
        });
    }

    fn protect(&self, state: &mut State, server: &str, request: &Value) -> Value {
        state.next += 1;
        let id = format!("4468f4b8-7c78-4222-a2ca-{:012x}", state.next);
        self.add_item(state, &id, server, request, read_pairs(&request["tags"]));
        let plan = format!("server protect plan for {server}");
        answers::checkpoint(
            &id,
            PROJECT,
            &self.time(),
            ("fake_04f8ea0f-2000-4389-a5ce-93a3e20d0faf", &plan),
            &[server.to_owned()],
        )
    }

    fn run(&self, state: &mut State, request: &Value) -> Answer {
        let Some(policy) = state
            .policies
            .iter()
            .find(|policy| request["plan_id"] == policy.id)
            .cloned()
        else {
            return refuse(404, "CSBS.3000", "The policy does not exist.");
        };
        let servers: Vec<String> = request["parameters"]["resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|server| server.as_str().unwrap().to_owned())
            .collect();
        state.next += 1;
        let id = format!("4468f4b8-7c78-4222-a2ca-{:012x}", state.next);
        for server in &servers {
            self.add_item(state, &id, server, &json!({}), policy.tags.clone());
        }
        let name = policy.request["name"].as_str().unwrap();
        Ok(answers::checkpoint(
            &id,
            PROJECT,
            &self.time(),
            (&policy.id, name),
            &servers,
        ))
    }

    fn list(&self, state: &State, query: &[(String, String)]) -> Value {
        let fits = |backup: &Backup| {
            query.iter().all(|(name, value)| match name.as_str() {
                "checkpoint_id" => backup.checkpoint_id == *value,
                "resource_id" => backup.server == *value,
                "status" => backup.status == value,
                "name" => backup.name.contains(value),
                // A filter by address is not on the page.
                _ => true,
            })
        };
        let backups = state.items.iter().rev().filter_map(Item::now).filter(fits);
        let items: Vec<Value> = backups.map(|backup| answers::item(&backup, self.shape, true)).collect();
        json!({ "checkpoint_items": items })
    }

    /// Table 4 of the page has `power_on` as mandatory.
    fn restore(&self, state: &mut State, request: &Value) -> Answer {
        let parameters = &request["parameters"];
        if !parameters["power_on"].is_boolean() {
            return refuse(400, "CSBS.9001", "power_on is mandatory");
        }
        let id = parameters["checkpoint_item_id"].as_str().unwrap();
        match state.items.iter_mut().find(|item| item.backup.id == id) {
            Some(item) => item.restored = Some(Instant::now()),
            None => return refuse(404, "CSBS.3001", "The checkpoint item does not exist."),
        }
        Ok(answers::restore(
            "d3a54e80-6483-485d-98f6-c0409e6f2e0a",
            PROJECT,
            request,
            self.shape,
        ))
    }

    fn create_policy(&self, state: &mut State, request: &Value) -> Value {
        state.next += 1;
        let mut request = request.clone();
        give_ids(&mut state.next, &mut request["scheduled_operations"], &Value::Null);
        let policy = Policy {
            id: format!("f766c171-9336-479a-8b30-{:012x}", state.next),
            project_id: PROJECT.to_owned(),
            created_at: self.time(),
            tags: read_pairs(&request["tags"]),
            request,
        };
        let answer = answers::policy(&policy, self.shape, Page::Create);
        state.policies.push(policy);
        json!({ "policy": answer })
    }

    fn policy(&self, state: &mut State, method: &Method, id: &str, change: &Value) -> Answer {
        let Some(index) = state.policies.iter().position(|policy| policy.id == id) else {
            return refuse(404, "CSBS.3000", "The policy does not exist.");
        };
        match method.as_str() {
            "DELETE" => {
                state.policies.remove(index);
                return Ok(json!({}));
            }
            "PUT" => {
                let mut change = change.clone();
                let before = state.policies[index].request["scheduled_operations"].clone();
                give_ids(&mut state.next, &mut change["scheduled_operations"], &before);
                for (name, value) in change.as_object().unwrap() {
                    if !value.is_null() {
                        state.policies[index].request[name] = value.clone();
                    }
                }
            }
            _ => {}
        }
        Ok(json!({ "policy": answers::policy(&state.policies[index], self.shape, Page::Other) }))
    }

    fn tags(&self, state: &mut State, method: &Method, kind: &str, path: &[&str], body: &Value) -> Answer {
        let backups = kind == "csbs_backup";
        match (method.as_str(), path) {
            ("POST", ["resource_instances", "action"]) => Ok(self.search(state, backups, body)),
            ("GET", ["tags"]) => {
                let mut found: Vec<(String, Vec<String>)> = Vec::new();
                for (key, value) in all_tags(state, backups) {
                    match found.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, values)) => values.push(value),
                        None => found.push((key, vec![value])),
                    }
                }
                let tags: Vec<Value> = found
                    .into_iter()
                    .map(|(key, values)| json!({ "key": key, "values": values }))
                    .collect();
                Ok(json!({ "tags": tags }))
            }
            (_, [id, rest @ ..]) => {
                let tags = if backups {
                    let item = state.items.iter_mut().find(|item| item.backup.id == *id);
                    item.map(|item| &mut item.backup.tags)
                } else {
                    let policy = state.policies.iter_mut().find(|policy| policy.id == *id);
                    policy.map(|policy| &mut policy.tags)
                };
                let Some(tags) = tags else {
                    return refuse(
                        404,
                        if backups { "CSBS.3001" } else { "CSBS.3000" },
                        "It does not exist.",
                    );
                };
                match (method.as_str(), rest) {
                    ("GET", ["tags"]) => Ok(json!({ "tags": pairs(tags) })),
                    ("POST", ["tags", "action"]) => {
                        let sent = read_pairs(&body["tags"]);
                        tags.retain(|(key, _)| !sent.iter().any(|(other, _)| other == key));
                        if body["action"] == "create" {
                            tags.extend(sent);
                        }
                        Ok(Value::Null)
                    }
                    _ => refuse(404, "APIG.0101", "not documented"),
                }
            }
            _ => refuse(404, "APIG.0101", "not documented"),
        }
    }

    fn search(&self, state: &State, backups: bool, body: &Value) -> Value {
        let fits = |tags: &[(String, String)]| {
            body["tags_any"].as_array().unwrap().iter().any(|wanted| {
                let values = wanted["values"].as_array().unwrap();
                tags.iter()
                    .any(|(key, value)| wanted["key"] == *key && (values.is_empty() || values.contains(&json!(value))))
            })
        };
        let found: Vec<Value> = if backups {
            let items = state.items.iter().filter_map(Item::now);
            items
                .filter(|backup| fits(&backup.tags))
                .map(|backup| {
                    let detail = match self.shape {
                        Shape::Tables => answers::item(&backup, self.shape, false),
                        _ => json!({}),
                    };
                    answers::tagged(&backup.id, &json!(backup.name), &backup.tags, detail)
                })
                .collect()
        } else {
            let policies = state.policies.iter().filter(|policy| fits(&policy.tags));
            policies
                .map(|policy| answers::tagged(&policy.id, &policy.request["name"], &policy.tags, json!({})))
                .collect()
        };
        json!({ "total_count": found.len(), "resources": found })
    }
}

fn find(state: &State, id: &str) -> Option<Backup> {
    state.items.iter().find(|item| item.backup.id == id)?.now()
}

fn all_tags(state: &State, backups: bool) -> Vec<(String, String)> {
    if backups {
        let items = state.items.iter().filter_map(Item::now);
        items.flat_map(|backup| backup.tags).collect()
    } else {
        state.policies.iter().flat_map(|policy| policy.tags.clone()).collect()
    }
}

fn read_pairs(tags: &Value) -> Vec<(String, String)> {
    let text = |tag: &Value, name: &str| tag[name].as_str().unwrap_or_default().to_owned();
    let tags = tags.as_array().into_iter().flatten();
    tags.map(|tag| (text(tag, "key"), text(tag, "value"))).collect()
}

/// Gives IDs to operations that have none, and keeps what a change of a known one leaves out.
fn give_ids(next: &mut u32, operations: &mut Value, before: &Value) {
    for operation in operations.as_array_mut().into_iter().flatten() {
        let known = before
            .as_array()
            .into_iter()
            .flatten()
            .find(|known| !known["id"].is_null() && known["id"] == operation["id"]);
        if let Some(known) = known {
            for (name, value) in known.as_object().unwrap() {
                if operation.get(name).is_none() {
                    operation[name] = value.clone();
                }
            }
        } else {
            *next += 1;
            operation["id"] = json!(format!("9303a23d-e433-48e7-b88a-{next:012x}"));
            operation["trigger_id"] = json!(format!("8178846b-766d-4fe6-941f-{next:012x}"));
        }
    }
}
