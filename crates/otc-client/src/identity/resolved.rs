//! What the sources come to: how to sign in, for which project, and how to talk.

use std::time::Duration;

use secrecy::SecretString;
use url::Url;

/// A domain (account).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Domain {
    /// By ID.
    Id(String),
    /// By name.
    Name(String),
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum User {
    /// By ID.
    Id(String),
    /// By name, which is unique in a domain only.
    Name(String, Domain),
}

/// A project, which is what this cloud calls a tenant too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Project {
    /// By ID.
    Id(String),
    /// By name; the domain may be unknown with AK/SK and tokens, which bring their own.
    Name(String, Option<Domain>),
}

/// An access key pair.
#[derive(Clone)]
pub struct AccessKeys {
    /// Its public half; kept like a secret all the same.
    pub access_key: SecretString,
    /// Its secret half.
    pub secret_key: SecretString,
    /// What comes with temporary keys.
    pub security_token: Option<SecretString>,
}

/// How to prove who we are.
#[derive(Clone)]
pub enum Method {
    /// A token that was given; there is nothing to get another one with.
    Token(SecretString),
    /// A user's password, with a one-time passcode where a second factor is wanted.
    Password {
        /// Whose.
        user: User,
        /// The password.
        password: SecretString,
        /// The passcode; good for one sign-in.
        passcode: Option<SecretString>,
    },
    /// An application credential.
    ApplicationCredential {
        /// Its ID, or its name.
        name: Credential,
        /// Its secret.
        secret: SecretString,
    },
    /// Access keys, which sign each request.
    AccessKeys(AccessKeys),
}

/// Which application credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// By ID.
    Id(String),
    /// By the name that this user gave it.
    Name(String, User),
}

impl Method {
    /// Its name in messages.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Token(_) => "a given token",
            Self::Password { passcode: None, .. } => "user and password",
            Self::Password { .. } => "user, password and passcode",
            Self::ApplicationCredential { .. } => "an application credential",
            Self::AccessKeys(keys) if keys.security_token.is_some() => "temporary access keys (AK/SK)",
            Self::AccessKeys(_) => "access keys (AK/SK)",
        }
    }
}

/// An agency to assume after signing in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agency {
    /// Its name.
    pub name: String,
    /// The domain that made it.
    pub domain: Domain,
    /// The project of that domain to work in.
    pub project: String,
}

/// Certificates and how far to trust.
#[derive(Clone, Default)]
pub struct Tls {
    /// Certificate authorities to trust beside the system's, PEM.
    pub ca_pem: Option<String>,
    /// Client certificate, PEM.
    pub cert_pem: Option<String>,
    /// Its key, PEM.
    pub key_pem: Option<SecretString>,
    /// Accepts any certificate of the server.
    pub insecure: bool,
}

/// Something that works and should not be so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The argument of the provider block that it is about.
    pub argument: Option<&'static str>,
    /// What it is.
    pub summary: String,
    /// Why, and what to do.
    pub detail: String,
}

/// Everything that a session needs.
#[derive(Clone)]
pub struct Resolved {
    /// How to prove who we are.
    pub method: Method,
    /// The identity service, ending in `/v3`; not needed where everything it tells is given.
    pub auth_url: Option<Url>,
    /// The project to work in, or to sign in to before an agency is assumed.
    pub project: Option<Project>,
    /// The user's domain.
    pub domain: Option<Domain>,
    /// The agency to assume.
    pub agency: Option<Agency>,
    /// The region, where it was given.
    pub region: Option<String>,
    /// The CSBS endpoint, where it was given.
    pub endpoint: Option<Url>,
    /// Which interface of the catalog to use.
    pub interface: String,
    /// Whether to sign in again when a token no longer holds.
    pub allow_reauth: bool,
    /// How to connect.
    pub tls: Tls,
    /// How often a request is repeated after a passing failure.
    pub max_retries: Option<u32>,
    /// How often a request is repeated that was refused for its rate.
    pub max_backoff_retries: Option<u32>,
    /// The longest pause between two such repetitions.
    pub backoff_retry_timeout: Option<Duration>,
    /// What should not be so.
    pub warnings: Vec<Warning>,
}
