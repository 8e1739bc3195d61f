//! A service that repeats the answers that were recorded beside a state.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use otc_client::{
    http::{SystemClock, Transport, TransportError},
    identity::{Endpoint, Session},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Answers to reads. Everything else is refused.
#[derive(Debug, Clone, Deserialize)]
pub struct RecordedService {
    /// ID of the project.
    project_id: String,
    /// Backups (checkpoint items), as the service answers the read of one.
    #[serde(default)]
    checkpoint_items: Vec<Value>,
    /// Policies, as the service answers the read of one.
    #[serde(default)]
    policies: Vec<Value>,
}

impl RecordedService {
    /// A session of a user who is signed in.
    pub fn into_session(self) -> Arc<Session> {
        let endpoint = Endpoint {
            base: format!("https://csbs.example/v1/{}", self.project_id).parse().unwrap(),
            project_id: self.project_id.clone(),
            region: Some("eu-de".to_owned()),
        };
        Arc::new(Session::with_token(
            endpoint,
            "token".into(),
            Arc::new(self),
            Arc::new(SystemClock),
        ))
    }

    fn answer(&self, method: &Method, path: &str) -> (StatusCode, Value) {
        let segments: Vec<&str> = path.trim_matches('/').split('/').skip(2).collect();
        let find = |list: &[Value], id: &str| list.iter().find(|object| object["id"] == id).cloned();
        let found = match (method.as_str(), segments.as_slice()) {
            ("GET", ["checkpoint_items"]) => Some(json!({"checkpoint_items": self.checkpoint_items})),
            ("GET", ["checkpoint_items", id]) => {
                find(&self.checkpoint_items, id).map(|item| json!({"checkpoint_item": item}))
            }
            ("GET", ["policies"]) => Some(json!({"policies": self.policies})),
            ("GET", ["policies", id]) => find(&self.policies, id).map(|policy| json!({"policy": policy})),
            _ => None,
        };
        found.map_or_else(
            || {
                let message = format!("not recorded: {method} {path}");
                (
                    StatusCode::BAD_REQUEST,
                    json!({"error_code": "CSBS.9001", "error_msg": message}),
                )
            },
            |body| (StatusCode::OK, body),
        )
    }
}

#[async_trait]
impl Transport for RecordedService {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let (status, body) = self.answer(request.method(), request.uri().path());
        let response = Response::builder().status(status);
        Ok(response.body(Bytes::from(body.to_string())).unwrap())
    }
}
