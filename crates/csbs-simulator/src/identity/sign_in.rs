//! Sign-in: issues tokens for credentials.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::tokens;
use crate::{
    Project, User,
    call::Call,
    caller::Caller,
    reply::{Answer, Payload, Reply},
    state::State,
    tokens::Token,
};

/// Result of the authentication methods of a sign-in.
struct Proven {
    user: Value,
    token: Token,
    /// Scope that the method determines.
    scoped: bool,
}

/// `POST /v3/auth/tokens`
pub(super) fn create(state: &mut State, call: &Call, signer: Option<&Caller>, now: Timestamp) -> Answer {
    let body: Value = serde_json::from_slice(&call.body).map_err(|_| bad("Malformed request body"))?;
    let identity = &body["auth"]["identity"];
    let Some(methods) = identity["methods"].as_array().filter(|methods| !methods.is_empty()) else {
        return Err(bad(
            "Expecting to find identity in auth. 'methods' is a required property",
        ));
    };
    let methods: Vec<&str> = methods.iter().filter_map(Value::as_str).collect();
    state.tokens.sign_ins += 1;
    let mut proven = prove(state, call, identity, &methods, signer, now)?;
    let scope = &body["auth"]["scope"];
    if proven.scoped && !scope.is_null() && methods.contains(&"application_credential") {
        return Err(Reply::keystone(
            401,
            "Unauthorized",
            "Application credentials cannot request a scope.",
        ));
    }
    if !proven.scoped {
        set_scope(state, call, &mut proven, scope)?;
    }
    let with_catalog = !call.query.iter().any(|(name, _)| name == "nocatalog");
    let body = tokens::shown(state, call, &proven.token, with_catalog);
    let value = state.tokens.issue(proven.token);
    Ok(Reply::new(201, Payload::Json(body)).with_header("x-subject-token", value))
}

fn prove(
    state: &State,
    call: &Call,
    identity: &Value,
    methods: &[&str],
    signer: Option<&Caller>,
    now: Timestamp,
) -> Result<Proven, Reply> {
    let known = ["password", "token", "totp", "application_credential", "assume_role"];
    if methods.iter().any(|method| !known.contains(method)) {
        return Err(Reply::keystone(
            401,
            "Unauthorized",
            "Attempted to authenticate with an unsupported method.",
        ));
    }
    if methods.contains(&"assume_role") {
        return assume_role(state, call, &identity["assume_role"], signer, now);
    }
    if methods.contains(&"application_credential") {
        return application_credential(state, call, &identity["application_credential"], now);
    }
    if methods.contains(&"token") {
        return token(state, &identity["token"], now);
    }
    let no = || Reply::unauthorized(&call.base);
    let mut user: Option<&User> = None;
    for method in methods {
        let shown = &identity[*method]["user"];
        let found = find_user(state, shown)?.filter(|user| user.enabled).ok_or_else(no)?;
        let right = match *method {
            "password" => shown["password"].as_str() == Some(&found.password),
            _ => found.passcode.is_some() && shown["passcode"].as_str() == found.passcode.as_deref(),
        };
        if !right || user.is_some_and(|user| user.id != found.id) {
            return Err(no());
        }
        user = Some(found);
    }
    let user = user.ok_or_else(no)?;
    let required = if user.passcode.is_some() {
        vec!["totp", "password"]
    } else {
        vec!["password"]
    };
    if required.iter().any(|method| !methods.contains(method)) {
        if user.passcode.is_none() {
            return Err(no());
        }
        return Err(receipt(state, user, methods, &required, now));
    }
    Ok(proven(state, user, methods, now))
}

fn proven(state: &State, user: &User, methods: &[&str], now: Timestamp) -> Proven {
    let config = &state.config;
    Proven {
        user: json!({
            "id": user.id,
            "name": user.name,
            "domain": {"id": config.domain_id, "name": config.domain_name},
        }),
        token: Token {
            user_id: user.id.clone(),
            user_name: user.name.clone(),
            domain_id: config.domain_id.clone(),
            domain_name: config.domain_name.clone(),
            project: None,
            domain_scope: false,
            methods: methods.iter().map(|method| (*method).to_owned()).collect(),
            role: user.role,
            issued: now,
            expires: tokens::expiry(state, now),
            assumed_by: None,
        },
        scoped: false,
    }
}

/// Returns the response to a correct first factor without a second one.
fn receipt(state: &State, user: &User, methods: &[&str], required: &[&str], now: Timestamp) -> Reply {
    let body = json!({
        "receipt": {
            "methods": methods,
            "user": {
                "id": user.id,
                "name": user.name,
                "domain": {"id": state.config.domain_id, "name": state.config.domain_name},
            },
            "issued_at": now.to_string(),
            "expires_at": tokens::expiry(state, now).to_string(),
        },
        "required_auth_methods": [required],
    });
    Reply::new(401, Payload::Json(body)).with_header("openstack-auth-receipt", "gAAAAAB-receipt")
}

fn find_user<'a>(state: &'a State, shown: &Value) -> Result<Option<&'a User>, Reply> {
    if let Some(id) = shown["id"].as_str() {
        return Ok(state.config.users.iter().find(|user| user.id == id));
    }
    let Some(name) = shown["name"].as_str() else {
        return Err(bad("Expecting to find id or name in user."));
    };
    let domain = &shown["domain"];
    if !domain.is_object() {
        return Err(bad(
            "Expecting to find domain in user. The server could not comply with the request since it is either malformed \
             or otherwise incorrect. The client is assumed to be in error.",
        ));
    }
    let users = state.config.users.iter();
    Ok(own_domain(state, domain)
        .then(|| users.into_iter().find(|user| user.name == name))
        .flatten())
}

fn own_domain(state: &State, domain: &Value) -> bool {
    domain["id"].as_str() == Some(&state.config.domain_id) || domain["name"].as_str() == Some(&state.config.domain_name)
}

fn token(state: &State, shown: &Value, now: Timestamp) -> Result<Proven, Reply> {
    let value = shown["id"].as_str().unwrap_or_default();
    let old = state.tokens.valid(value, now).ok_or_else(tokens::gone)?;
    let mut token = old.clone();
    token.issued = now;
    token.project = None;
    token.domain_scope = false;
    if !token.methods.iter().any(|method| method == "token") {
        token.methods.push("token".to_owned());
    }
    Ok(Proven {
        user: json!({"id": token.user_id, "name": token.user_name}),
        token,
        scoped: false,
    })
}

fn application_credential(state: &State, call: &Call, shown: &Value, now: Timestamp) -> Result<Proven, Reply> {
    let no = || Reply::unauthorized(&call.base);
    let by_id = shown["id"].as_str();
    let credentials = &state.config.application_credentials;
    let credential = match by_id {
        Some(id) => credentials.iter().find(|credential| credential.id == id),
        None => {
            let user = find_user(state, &shown["user"])?.ok_or_else(no)?;
            credentials
                .iter()
                .find(|one| one.user_id == user.id && Some(one.name.as_str()) == shown["name"].as_str())
        }
    };
    let credential = credential
        .filter(|credential| shown["secret"].as_str() == Some(&credential.secret))
        .ok_or_else(no)?;
    let user = state.config.users.iter().find(|user| user.id == credential.user_id);
    let mut proven = proven(state, user.ok_or_else(no)?, &["application_credential"], now);
    let project = state
        .config
        .projects
        .iter()
        .find(|project| project.id == credential.project_id);
    proven.token.project = Some(own(state, project.ok_or_else(no)?));
    proven.scoped = true;
    Ok(proven)
}

/// Authenticates with an assumed agency, by a token or a signature.
fn assume_role(
    state: &State,
    call: &Call,
    shown: &Value,
    signer: Option<&Caller>,
    now: Timestamp,
) -> Result<Proven, Reply> {
    let no = || Reply::unauthorized(&call.base);
    let token = call
        .header("x-auth-token")
        .and_then(|token| state.tokens.valid(token, now));
    let caller = match (token, signer) {
        (Some(token), _) => json!({
            "id": token.user_id,
            "name": token.user_name,
            "domain": {"id": token.domain_id, "name": token.domain_name},
        }),
        (None, Some(_)) => json!({
            "id": "signer",
            "name": "signer",
            "domain": {"id": state.config.domain_id, "name": state.config.domain_name},
        }),
        (None, None) => return Err(no()),
    };
    let name = shown["xrole_name"].as_str().or_else(|| shown["agency_name"].as_str());
    let agency = state.config.agencies.iter().find(|agency| {
        Some(agency.name.as_str()) == name
            && (shown["domain_name"].as_str() == Some(&agency.domain_name)
                || shown["domain_id"].as_str() == Some(&agency.domain_id))
    });
    let agency = agency.ok_or_else(|| Reply::keystone(404, "Not Found", "Could not find agency."))?;
    Ok(Proven {
        user: json!({}),
        token: Token {
            user_id: format!("{}-{}", agency.name, agency.domain_id),
            user_name: format!("{}/{}", agency.domain_name, agency.name),
            domain_id: agency.domain_id.clone(),
            domain_name: agency.domain_name.clone(),
            project: None,
            domain_scope: false,
            methods: vec!["assume_role".to_owned()],
            role: crate::Role::Member,
            issued: now,
            expires: tokens::expiry(state, now),
            assumed_by: Some(json!({"user": caller})),
        },
        scoped: false,
    })
}

fn own(state: &State, project: &Project) -> (Project, String, String) {
    (
        project.clone(),
        state.config.domain_id.clone(),
        state.config.domain_name.clone(),
    )
}

fn set_scope(state: &State, call: &Call, proven: &mut Proven, scope: &Value) -> Result<(), Reply> {
    let no = || Reply::unauthorized(&call.base);
    if scope.as_str() == Some("unscoped") || scope.get("unscoped").is_some() {
        return Ok(());
    }
    let token = &mut proven.token;
    let agency = token.assumed_by.is_some();
    let projects: Vec<_> = if agency {
        let agencies = state
            .config
            .agencies
            .iter()
            .filter(|agency| agency.domain_id == token.domain_id);
        agencies
            .flat_map(|agency| &agency.projects)
            .map(|project| (project.clone(), token.domain_id.clone(), token.domain_name.clone()))
            .collect()
    } else {
        state
            .config
            .projects
            .iter()
            .map(|project| own(state, project))
            .collect()
    };
    if scope.is_null() {
        let user = proven.user["id"].as_str();
        let default = state
            .config
            .users
            .iter()
            .find(|one| Some(one.id.as_str()) == user)
            .and_then(|user| user.default_project_id.clone());
        token.project = projects
            .into_iter()
            .find(|(project, ..)| Some(&project.id) == default.as_ref());
        return Ok(());
    }
    if let Some(domain) = scope.get("domain") {
        let same =
            domain["id"].as_str() == Some(&token.domain_id) || domain["name"].as_str() == Some(&token.domain_name);
        token.domain_scope = same;
        return if same { Ok(()) } else { Err(no()) };
    }
    let wanted = &scope["project"];
    let found = projects.into_iter().find(|(project, domain_id, domain_name)| {
        let domain = &wanted["domain"];
        let in_domain = domain.is_null()
            || domain["id"].as_str() == Some(domain_id)
            || domain["name"].as_str() == Some(domain_name);
        match wanted["id"].as_str() {
            Some(id) => project.id == id,
            None => wanted["name"].as_str() == Some(&project.name) && in_domain,
        }
    });
    token.project = Some(found.ok_or_else(no)?);
    Ok(())
}

fn bad(message: &str) -> Reply {
    Reply::keystone(400, "Bad Request", message)
}
