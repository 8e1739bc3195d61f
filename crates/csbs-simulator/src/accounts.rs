//! Users, projects, credentials and agencies.

use serde::{Deserialize, Serialize};

/// Role in a project.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May read and write in the project.
    #[default]
    Member,
    /// May only read.
    Reader,
    /// May also list items of all projects.
    Admin,
}

/// User of the built-in Keystone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// ID.
    pub id: String,
    /// Name.
    pub name: String,
    /// Password.
    pub password: String,
    /// Second factor; if set, sign-ins need it.
    #[serde(default)]
    pub passcode: Option<String>,
    /// Role.
    #[serde(default)]
    pub role: Role,
    /// Enabled; a disabled user cannot sign in.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// ID of the project for sign-ins without a scope.
    #[serde(default)]
    pub default_project_id: Option<String>,
}

fn yes() -> bool {
    true
}

impl User {
    /// Creates a member with a password.
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

    /// Sets a second factor.
    #[must_use]
    pub fn with_passcode(mut self, passcode: impl Into<String>) -> Self {
        self.passcode = Some(passcode.into());
        self
    }

    /// Sets the role.
    #[must_use]
    pub fn with_role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }
}

/// Project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// ID.
    pub id: String,
    /// Name, which begins with its region.
    pub name: String,
}

impl Project {
    /// Returns the part of the name before the first `_`.
    pub fn region(&self) -> &str {
        self.name.split('_').next().unwrap_or(&self.name)
    }
}

/// Application credential of a user for a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationCredential {
    /// ID.
    pub id: String,
    /// Name.
    pub name: String,
    /// Secret.
    pub secret: String,
    /// ID of its user.
    pub user_id: String,
    /// ID of its project.
    pub project_id: String,
}

/// Agency: access to another account that this account's users can assume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agency {
    /// Name.
    pub name: String,
    /// ID of the delegating domain.
    pub domain_id: String,
    /// Name of the delegating domain.
    pub domain_name: String,
    /// Delegated projects.
    pub projects: Vec<Project>,
}

/// Access key, for signed requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKey {
    /// Access key ID.
    pub access: String,
    /// Secret key.
    pub secret: String,
    /// Security token of a temporary key.
    #[serde(default)]
    pub security_token: Option<String>,
    /// Role.
    #[serde(default)]
    pub role: Role,
}
