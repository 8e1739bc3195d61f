//! A client of the router.

use std::time::Duration;

use axum::{Router, body::Body};
use csbs_simulator::{ClockMode, Config, ConnectionFault, FIRST_VAULT_ID, Role, Simulator, Timing};
use http::{Method, Request};
use serde_json::{Value, json};
use tower::ServiceExt;

pub const PROJECT: &str = "b942cc8342734d15bcb246babb1953cf";
pub const SERVER: &str = "00000000-0000-0000-0000-000000000000";
pub const OTHER: &str = "00000000-0000-0000-0000-000000000001";
/// Server that is not associated with a vault.
pub const STRANGER: &str = "00000000-0000-0000-0000-0000000000aa";
/// ID of nothing.
pub const NOTHING: &str = "11111111-2222-4333-8444-555555555555";

/// A response.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub text: String,
    pub json: Value,
    pub fault: Option<ConnectionFault>,
}

impl Got {
    /// Returns the HTTP status and the number of the error code, such as `404 6105`.
    pub fn refusal(&self) -> String {
        let code = self.json["error_code"].as_str().unwrap_or_default();
        format!("{} {}", self.status, code.trim_start_matches("BackupService."))
    }

    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text);
        self.json
    }
}

/// A client with a token.
pub struct Client {
    pub simulator: Simulator,
    router: Router,
    pub token: String,
}

impl Client {
    /// Creates a service with manual time, backups that wait for 10 seconds and take 60 seconds, and a server outside the vault.
    pub fn new() -> Self {
        Self::with(config())
    }

    pub fn with(config: Config) -> Self {
        let simulator = Simulator::new(config);
        simulator.add_server(csbs_simulator::Server::new(STRANGER).named("stranger"));
        let token = simulator.issue_token(PROJECT, Role::Member);
        Self::of(&simulator, token)
    }

    pub fn of(simulator: &Simulator, token: String) -> Self {
        Self {
            router: simulator.router(),
            simulator: simulator.clone(),
            token,
        }
    }

    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Got {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(format!("https://cbr.example.com{path}"))
            .header("x-auth-token", &self.token);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Got {
            status: parts.status.as_u16(),
            json: serde_json::from_str(&text).unwrap_or_default(),
            fault: parts.extensions.get().copied(),
            text,
        }
    }

    /// Sends a call under `/v3/{project_id}`.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Got {
        self.send(method, &format!("/v3/{PROJECT}{path}"), body).await
    }

    pub async fn get(&self, path: &str) -> Got {
        self.call("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Got {
        self.call("POST", path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Got {
        self.call("PUT", path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Got {
        self.call("DELETE", path, None).await
    }

    /// Starts a run over the first vault with these parameters.
    pub async fn run(&self, parameters: Value) -> Got {
        self.run_in(FIRST_VAULT_ID, parameters).await
    }

    pub async fn run_in(&self, vault: &str, parameters: Value) -> Got {
        let body = json!({"checkpoint": {"vault_id": vault, "parameters": parameters}});
        self.post("/checkpoints", body).await
    }

    /// Starts a backup of a server, and returns its checkpoint and its backup.
    pub async fn start(&self, server: &str, mut parameters: Value) -> (String, String) {
        parameters["resources"] = json!([server]);
        let checkpoint = text(&self.run(parameters).await.ok()["checkpoint"], "id").to_owned();
        let backup = text(&self.backups(&format!("checkpoint_id={checkpoint}")).await[0], "id").to_owned();
        (checkpoint, backup)
    }

    /// Creates a backup of a server, and waits for it.
    pub async fn backup(&self, server: &str) -> String {
        let (_, backup) = self.start(server, json!({})).await;
        self.advance(70);
        assert_eq!(self.status(&backup).await, "available");
        backup
    }

    /// Returns the rows of a list of backups.
    pub async fn backups(&self, query: &str) -> Vec<Value> {
        let list = self.get(&format!("/backups?{query}")).await.ok();
        list["backups"].as_array().unwrap().clone()
    }

    /// Returns a backup with its children.
    pub async fn read(&self, backup: &str) -> Value {
        self.get(&format!("/backups/{backup}")).await.ok()["backup"].clone()
    }

    pub async fn status(&self, backup: &str) -> String {
        text(&self.read(backup).await, "status").to_owned()
    }

    /// Returns the tasks of a list.
    pub async fn tasks(&self, query: &str) -> Vec<Value> {
        let list = self.get(&format!("/operation-logs?{query}")).await.ok();
        list["operation_logs"].as_array().unwrap().clone()
    }

    pub async fn vault(&self, vault: &str) -> Value {
        self.get(&format!("/vaults/{vault}")).await.ok()["vault"].clone()
    }

    pub fn advance(&self, seconds: u64) {
        self.simulator.advance(Duration::from_secs(seconds));
    }
}

/// Manual time; backups wait for 10 seconds and take 60 seconds.
pub fn config() -> Config {
    Config {
        clock: ClockMode::Manual,
        timing: Timing {
            waiting: Duration::from_secs(10),
            backup: Some(Duration::from_secs(60)),
            ..Timing::default()
        },
        ..Config::default()
    }
}

#[track_caller]
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no text {name} in {value}"))
}

/// Returns the names of the members of an object.
#[track_caller]
pub fn members(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}
