//! Tokens: what they say, and how long.

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::catalog;
use crate::{
    Project, Role,
    call::Call,
    clock::later,
    core::Core,
    random::Random,
    reply::{Answer, Payload, Reply},
};

/// One token.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub user_id: String,
    pub user_name: String,
    pub domain_id: String,
    pub domain_name: String,
    /// The project with its domain's id and name.
    pub project: Option<(Project, String, String)>,
    /// Scoped to its domain.
    pub domain_scope: bool,
    pub methods: Vec<String>,
    pub role: Role,
    pub issued: Timestamp,
    pub expires: Timestamp,
    /// Of the user who took an agency's role.
    pub assumed_by: Option<Value>,
}

/// All tokens that live, and how they came to be.
#[derive(Debug)]
pub(crate) struct Identity {
    random: Random,
    tokens: HashMap<String, Token>,
    pub sign_ins: u64,
}

impl Identity {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed ^ 0x1de7_7177),
            tokens: HashMap::new(),
            sign_ins: 0,
        }
    }

    /// Keeps a token and gives its value.
    pub(crate) fn issue(&mut self, token: Token) -> String {
        let now = token.issued;
        self.tokens.retain(|_, token| token.expires > now);
        let value = format!("gAAAAAB{}{}", self.random.hex(), self.random.hex());
        self.tokens.insert(value.clone(), token);
        value
    }

    /// A token that is good at `now`.
    pub(crate) fn valid(&self, value: &str, now: Timestamp) -> Option<&Token> {
        self.tokens.get(value).filter(|token| token.expires > now)
    }

    /// Ends one token.
    pub(crate) fn end(&mut self, value: &str) -> bool {
        self.tokens.remove(value).is_some()
    }

    /// Ends all tokens.
    pub(crate) fn end_all(&mut self) {
        self.tokens.clear();
    }

    /// Lets all tokens expire at `at`.
    pub(crate) fn expire_all(&mut self, at: Timestamp) {
        for token in self.tokens.values_mut() {
            token.expires = token.expires.min(at);
        }
    }
}

/// When a token made at `now` expires.
pub(super) fn expiry(core: &Core, now: Timestamp) -> Timestamp {
    later(now, core.config.token_life.max(Duration::from_millis(1)))
}

/// `{"token": …}`
pub(super) fn shown(core: &Core, call: &Call, token: &Token, with_catalog: bool) -> Value {
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
            body["catalog"] = catalog::services(core, call, project);
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
pub(super) fn validate(core: &mut Core, call: &Call, now: Timestamp) -> Answer {
    let subject = authorised(core, call, now)?;
    let token = core.identity.valid(&subject, now).ok_or_else(gone)?;
    let body = shown(
        core,
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
pub(super) fn revoke(core: &mut Core, call: &Call, now: Timestamp) -> Answer {
    let subject = authorised(core, call, now)?;
    if core.identity.end(&subject) {
        Ok(Reply::no_content())
    } else {
        Err(gone())
    }
}

/// The answer about a token that is not there any more.
pub(super) fn gone() -> Reply {
    Reply::keystone(404, "Not Found", "Failed to validate token")
}

/// The token that a call is about, if the caller may ask.
fn authorised(core: &Core, call: &Call, now: Timestamp) -> Result<String, Reply> {
    let asker = call
        .header("x-auth-token")
        .and_then(|token| core.identity.valid(token, now));
    if asker.is_none() {
        return Err(Reply::unauthorized(&call.base));
    }
    call.header("x-subject-token")
        .map(str::to_owned)
        .ok_or_else(|| Reply::keystone(400, "Bad Request", "X-Subject-Token is required"))
}
