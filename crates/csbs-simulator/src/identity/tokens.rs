//! Tokens in responses, and the calls that validate and revoke tokens.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::catalog;
use crate::{
    Role,
    call::Call,
    clock::later,
    reply::{Answer, Payload, Reply},
    state::State,
    tokens::Token,
};

/// Returns the expiry of a token that is issued at `now`.
pub(super) fn expiry(state: &State, now: Timestamp) -> Timestamp {
    later(now, state.config.token_life.max(Duration::from_millis(1)))
}

/// Returns `{"token": …}`.
pub(super) fn shown(state: &State, call: &Call, token: &Token, with_catalog: bool) -> Value {
    let time = |time: Timestamp| time.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    let mut body = json!({
        "methods": token.methods,
        "issued_at": time(token.issued),
        "expires_at": time(token.expires),
        "user": {
            "id": token.user_id,
            "name": token.user_name,
            "domain": {"id": token.domain_id, "name": token.domain_name},
            "password_expires_at": "",
        },
    });
    if let Some((project, domain_id, domain_name)) = &token.project {
        body["project"] = json!({
            "id": project.id,
            "name": project.name,
            "domain": {"id": domain_id, "name": domain_name},
        });
    }
    if token.domain_scope {
        body["domain"] = json!({"id": token.domain_id, "name": token.domain_name});
    }
    if token.project.is_some() || token.domain_scope {
        body["roles"] = roles(token.role);
        if with_catalog {
            let project = token.project.as_ref().map(|(project, ..)| project.id.as_str());
            body["catalog"] = catalog::services(state, call, project);
        }
    }
    if let Some(assumed_by) = &token.assumed_by {
        body["assumed_by"] = assumed_by.clone();
    }
    json!({"token": body})
}

fn roles(role: Role) -> Value {
    let names: &[&str] = match role {
        Role::Member => &["csbs_adm", "op_gated_csbs"],
        Role::Reader => &["readonly"],
        Role::Admin => &["te_admin", "csbs_adm"],
    };
    names
        .iter()
        .map(|name| json!({"id": format!("role-{name}"), "name": name}))
        .collect()
}

/// `GET /v3/auth/tokens`
pub(super) fn validate(state: &mut State, call: &Call, now: Timestamp) -> Answer {
    let subject = authorised(state, call, now)?;
    let token = state.tokens.valid(&subject, now).ok_or_else(gone)?;
    let body = shown(
        state,
        call,
        token,
        !call.query.iter().any(|(name, _)| name == "nocatalog"),
    );
    let payload = if call.method == "HEAD" {
        Payload::None
    } else {
        Payload::Json(body)
    };
    Ok(Reply::new(200, payload).with_header("x-subject-token", subject))
}

/// `DELETE /v3/auth/tokens`
pub(super) fn revoke(state: &mut State, call: &Call, now: Timestamp) -> Answer {
    let subject = authorised(state, call, now)?;
    if state.tokens.end(&subject) {
        Ok(Reply::no_content())
    } else {
        Err(gone())
    }
}

/// Returns the error for an invalid token.
pub(super) fn gone() -> Reply {
    Reply::keystone(404, "Not Found", "Failed to validate token")
}

/// Returns the token that a call is about, if the caller is authenticated.
fn authorised(state: &State, call: &Call, now: Timestamp) -> Result<String, Reply> {
    let asker = call
        .header("x-auth-token")
        .and_then(|token| state.tokens.valid(token, now));
    if asker.is_none() {
        return Err(Reply::unauthorized(&call.base));
    }
    call.header("x-subject-token")
        .map(str::to_owned)
        .ok_or_else(|| Reply::keystone(400, "Bad Request", "X-Subject-Token is required"))
}
