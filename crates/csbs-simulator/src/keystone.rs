//! Client of a real Keystone, which validates tokens.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::time::Instant;

use crate::{Role, caller::Caller};

/// Client of a real Keystone.
#[derive(Debug)]
pub(crate) struct Keystone {
    url: String,
    cache: Duration,
    client: reqwest::Client,
    known: Mutex<HashMap<String, (Instant, Caller)>>,
}

impl Keystone {
    pub(crate) fn new(url: &str, cache: Duration) -> Result<Self> {
        // It fails if the process has a default already, which is fine too.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()
            .context("cannot create an HTTP client for Keystone")?;
        Ok(Self {
            url: url.trim_end_matches('/').to_owned(),
            cache,
            client,
            known: Mutex::default(),
        })
    }

    /// Returns the caller of a token; `None` if the token is invalid or Keystone does not answer.
    pub(crate) async fn validate(&self, token: &str) -> Option<Caller> {
        if let Some(known) = self.known(token) {
            return Some(known);
        }
        let response = self
            .client
            .get(format!("{}/auth/tokens?nocatalog", self.url))
            .header("x-auth-token", token)
            .header("x-subject-token", token)
            .send()
            .await
            .ok()?;
        if !response.status().is_success() {
            return None;
        }
        let body: Value = response.json().await.ok()?;
        let caller = read(&body)?;
        if !self.cache.is_zero() {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.insert(token.to_owned(), (Instant::now(), caller.clone()));
        }
        Some(caller)
    }

    fn known(&self, token: &str) -> Option<Caller> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (asked, _)| asked.elapsed() < self.cache);
        known.get(token).map(|(_, caller)| caller.clone())
    }
}

fn read(body: &Value) -> Option<Caller> {
    let token = &body["token"];
    let project = token["project"]["id"].as_str()?;
    let roles: Vec<&str> = token["roles"]
        .as_array()?
        .iter()
        .filter_map(|role| role["name"].as_str())
        .collect();
    let role = if roles.contains(&"admin") {
        Role::Admin
    } else if roles.iter().any(|role| !matches!(*role, "reader" | "readonly")) {
        Role::Member
    } else {
        Role::Reader
    };
    Some(Caller {
        project_id: project.to_owned(),
        role,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn roles_of_a_token_are_mapped() {
        let role = |names: &[&str]| {
            let roles: Vec<_> = names.iter().map(|name| json!({"name": name})).collect();
            read(&json!({"token": {"project": {"id": "p"}, "roles": roles}}))
                .unwrap()
                .role
        };
        assert_eq!(role(&["reader"]), Role::Reader);
        assert_eq!(role(&["reader", "member"]), Role::Member);
        assert_eq!(role(&["admin"]), Role::Admin);
        assert!(read(&json!({"token": {"roles": []}})).is_none());
    }
}
