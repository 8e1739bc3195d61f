//! Bodies of sign-in requests, and their description without secrets.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::identity::resolved::{Agency, Credential, Domain, Project, User};

/// Scope of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::identity) enum Scope {
    /// A project.
    Project(Project),
    /// An account.
    Domain(Domain),
    /// The credential's own scope, or the user's default project.
    Own,
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => Ok(()),
            Self::Domain(domain) => write!(formatter, ", for {}", describe_domain(domain)),
            Self::Project(Project::Id(id)) => write!(formatter, ", the project with the ID \"{id}\""),
            Self::Project(Project::Name(name, None)) => write!(formatter, ", the project \"{name}\""),
            Self::Project(Project::Name(name, Some(domain))) => {
                write!(formatter, ", the project \"{name}\" of {}", describe_domain(domain))
            }
        }
    }
}

pub(super) fn describe_domain(domain: &Domain) -> String {
    match domain {
        Domain::Id(id) => format!("the domain with the ID \"{id}\""),
        Domain::Name(name) => format!("the domain \"{name}\""),
    }
}

pub(super) fn describe_user(user: &User) -> String {
    match user {
        User::Id(id) => format!("the user with the ID \"{id}\""),
        User::Name(name, domain) => format!("the user \"{name}\" of {}", describe_domain(domain)),
    }
}

fn domain(domain: &Domain) -> Value {
    match domain {
        Domain::Id(id) => json!({ "id": id }),
        Domain::Name(name) => json!({ "name": name }),
    }
}

fn user(user: &User) -> Value {
    match user {
        User::Id(id) => json!({ "id": id }),
        User::Name(name, of) => json!({ "name": name, "domain": domain(of) }),
    }
}

/// The whole request body.
pub(super) fn auth(identity: Value, scope: &Scope) -> Value {
    let mut auth = json!({ "identity": identity });
    let scope = match scope {
        Scope::Own => return json!({ "auth": auth }),
        Scope::Domain(of) => json!({ "domain": domain(of) }),
        Scope::Project(Project::Id(id)) => json!({ "project": { "id": id } }),
        Scope::Project(Project::Name(name, None)) => json!({ "project": { "name": name } }),
        Scope::Project(Project::Name(name, Some(of))) => json!({ "project": { "name": name, "domain": domain(of) } }),
    };
    auth["scope"] = scope;
    json!({ "auth": auth })
}

pub(super) fn password(of: &User, password: &SecretString, passcode: Option<&SecretString>) -> Value {
    let mut user = user(of);
    let second = passcode.map(|passcode| {
        let mut user = user.clone();
        user["passcode"] = Value::from(passcode.expose_secret());
        user
    });
    user["password"] = Value::from(password.expose_secret());
    match second {
        None => json!({ "methods": ["password"], "password": { "user": user } }),
        Some(second) => json!({
            "methods": ["password", "totp"],
            "password": { "user": user },
            "totp": { "user": second },
        }),
    }
}

pub(super) fn application_credential(name: &Credential, secret: &SecretString) -> Value {
    let mut credential = match name {
        Credential::Id(id) => json!({ "id": id }),
        Credential::Name(name, of) => json!({ "name": name, "user": user(of) }),
    };
    credential["secret"] = Value::from(secret.expose_secret());
    json!({ "methods": ["application_credential"], "application_credential": credential })
}

pub(super) fn token(token: &SecretString) -> Value {
    json!({ "methods": ["token"], "token": { "id": token.expose_secret() } })
}

/// The API page's table calls the agency `agency_name`, its examples `xrole_name`; the latter is known to work.
pub(super) fn assume_role(agency: &Agency) -> Value {
    let mut role = json!({ "xrole_name": agency.name });
    match &agency.domain {
        Domain::Id(id) => role["domain_id"] = Value::from(id.as_str()),
        Domain::Name(name) => role["domain_name"] = Value::from(name.as_str()),
    }
    json!({ "methods": ["assume_role"], "assume_role": role })
}

/// The factors that Keystone requires, from its answer with a receipt.
pub(super) fn factors(body: &[u8]) -> String {
    let wanted: Vec<String> = serde_json::from_slice::<Value>(body)
        .ok()
        .and_then(|body| {
            let rules = body.get("required_auth_methods")?.as_array()?;
            Some(
                rules
                    .iter()
                    .filter_map(Value::as_array)
                    .map(|rule| rule.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" and "))
                    .collect(),
            )
        })
        .unwrap_or_default();
    match wanted.is_empty() {
        true => "the identity service asks for a second factor".to_owned(),
        false => format!("the identity service asks for {}", wanted.join(", or ")),
    }
}
