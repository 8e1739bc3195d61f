//! A client of the router.

use std::time::Duration;

use axum::{Router, body::Body};
use csbs_simulator::{Config, ConnectionFault, PROVIDER_ID, Quirks, Role, Simulator, Timing};
use http::{HeaderMap, Method, Request};
use serde_json::{Value, json};
use tower::ServiceExt;

pub const PROJECT: &str = "b942cc8342734d15bcb246babb1953cf";
pub const SERVER: &str = "00000000-0000-0000-0000-000000000000";
pub const OTHER: &str = "00000000-0000-0000-0000-000000000001";
pub const THIRD: &str = "00000000-0000-0000-0000-000000000002";

/// A response.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub json: Value,
    pub fault: Option<ConnectionFault>,
}

impl Got {
    /// Returns the error code, or an empty string.
    pub fn code(&self) -> &str {
        self.json["error_code"].as_str().unwrap_or_default()
    }

    /// Returns status and code as one string.
    pub fn refusal(&self) -> String {
        format!("{} {}", self.status, self.code())
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
    pub fn new(config: Config) -> Self {
        let simulator = Simulator::new(config);
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

    pub async fn send(&self, request: Request<Body>) -> Got {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Got {
            status: parts.status.as_u16(),
            json: serde_json::from_str(&text).unwrap_or_default(),
            fault: parts.extensions.get().copied(),
            headers: parts.headers,
            text,
        }
    }

    pub fn request(&self, method: &str, path: &str, body: Option<Value>) -> Request<Body> {
        let mut request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(format!("https://csbs.example.com{path}"))
            .header("x-auth-token", &self.token);
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        request.body(body).unwrap()
    }

    /// Sends a call under `/v1/{project_id}`.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Got {
        self.send(self.request(method, &format!("/v1/{PROJECT}{path}"), body))
            .await
    }

    pub async fn get(&self, path: &str) -> Got {
        self.call("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Got {
        self.call("POST", path, Some(body)).await
    }

    pub async fn try_protect(&self, server: &str, protect: Value) -> Got {
        let path = format!("/providers/{PROVIDER_ID}/resources/{server}/action");
        self.post(&path, json!({"protect": protect})).await
    }

    /// Starts a backup, and returns its checkpoint.
    pub async fn protect(&self, server: &str, protect: Value) -> String {
        let answer = self.try_protect(server, protect).await.ok();
        answer["checkpoint"]["id"].as_str().unwrap().to_owned()
    }

    /// Returns the items of a checkpoint.
    pub async fn items(&self, checkpoint: &str) -> Vec<Value> {
        let answer = self
            .get(&format!("/checkpoint_items?checkpoint_id={checkpoint}"))
            .await
            .ok();
        answer["checkpoint_items"].as_array().unwrap().clone()
    }

    /// Creates a backup and waits for it. Returns checkpoint and item.
    pub async fn backup(&self, server: &str, protect: Value) -> (String, Value) {
        let checkpoint = self.protect(server, protect).await;
        self.simulator.advance(Duration::from_secs(7200));
        let item = self.items(&checkpoint).await.remove(0);
        assert_eq!(item["status"], "available");
        (checkpoint, item)
    }

    pub async fn delete(&self, checkpoint: &str, item: Option<&str>) -> Got {
        let query = item.map(|item| format!("?checkpoint_items={item}")).unwrap_or_default();
        self.call(
            "DELETE",
            &format!("/providers/{PROVIDER_ID}/checkpoints/{checkpoint}{query}"),
            None,
        )
        .await
    }
}

/// Manual time, responses without quirks.
pub fn tidy() -> Config {
    Config {
        clock: csbs_simulator::ClockMode::Manual,
        quirks: Quirks::Tidy,
        ..Config::default()
    }
}

/// Backups that wait for ten seconds and take a minute.
pub fn quick() -> Config {
    Config {
        timing: Timing {
            waiting: Duration::from_secs(10),
            backup: Some(Duration::from_secs(60)),
            ..Timing::default()
        },
        ..tidy()
    }
}

pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no text {name} in {value}"))
}
