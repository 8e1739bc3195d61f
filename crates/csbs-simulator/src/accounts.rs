//! Who may sign in.

use serde::{Deserialize, Serialize};

/// What someone may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything in the project.
    #[default]
    Member,
    /// Only reads.
    Reader,
    /// Also lists of all projects.
    Admin,
}

/// One user of the built-in Keystone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its password.
    pub password: String,
    /// With one, signing in takes it as second factor.
    #[serde(default)]
    pub passcode: Option<String>,
    /// What it may do.
    #[serde(default)]
    pub role: Role,
    /// Whether it may sign in at all.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Id of the project that a sign-in without scope leads to.
    #[serde(default)]
    pub default_project_id: Option<String>,
}

fn yes() -> bool {
    true
}

impl User {
    /// A member with a password.
    pub fn new(id: impl Into<String>, name: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            password: password.into(),
            passcode: None,
            role: Role::Member,
            enabled: true,
            default_project_id: None,
        }
    }

    /// The same with a second factor.
    #[must_use]
    pub fn with_passcode(mut self, passcode: impl Into<String>) -> Self {
        self.passcode = Some(passcode.into());
        self
    }

    /// The same with another role.
    #[must_use]
    pub fn with_role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }
}

/// One project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Its id.
    pub id: String,
    /// Its name, which begins with its region.
    pub name: String,
}

impl Project {
    /// The part of the name before the first `_`.
    pub fn region(&self) -> &str {
        self.name.split('_').next().unwrap_or(&self.name)
    }
}

/// An application credential of a user for a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationCredential {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its secret.
    pub secret: String,
    /// Whose it is.
    pub user_id: String,
    /// Where it leads to.
    pub project_id: String,
}

/// An agency: what another account lets our users do in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agency {
    /// Its name.
    pub name: String,
    /// Id of the domain that delegates.
    pub domain_id: String,
    /// Name of the domain that delegates.
    pub domain_name: String,
    /// The delegated projects.
    pub projects: Vec<Project>,
}

/// A key pair that signs requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKey {
    /// The access key.
    pub access: String,
    /// The secret key.
    pub secret: String,
    /// The token that belongs to a temporary pair.
    #[serde(default)]
    pub security_token: Option<String>,
    /// What it may do.
    #[serde(default)]
    pub role: Role,
}
