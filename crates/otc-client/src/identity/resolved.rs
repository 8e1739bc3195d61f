//! The result of reading all sources: method, project and connection.

use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::CloudService;
use crate::http::{HttpOptions, Secrets};

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
    /// Public half; protected like a secret.
    pub access_key: SecretString,
    /// Secret half.
    pub secret_key: SecretString,
    /// Token of temporary keys.
    pub security_token: Option<SecretString>,
}

/// Method of signing in, with its credentials.
#[derive(Clone)]
pub enum Method {
    /// A configured token, which cannot be renewed.
    Token(SecretString),
    /// A user's password, with a one-time passcode where a second factor is required.
    Password {
        /// The user.
        user: User,
        /// The password.
        password: SecretString,
        /// The passcode; valid for one sign-in.
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

/// An application credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// By ID.
    Id(String),
    /// By its name, which is unique for this user only.
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
    /// The domain that created it.
    pub domain: Domain,
    /// The project of that domain to work in.
    pub project: String,
}

/// Certificates to present and to trust.
#[derive(Clone, Default)]
pub struct Tls {
    /// Certificate authorities to trust in addition to the system's, PEM.
    pub ca_pem: Option<String>,
    /// Client certificate, PEM.
    pub cert_pem: Option<String>,
    /// Its key, PEM.
    pub key_pem: Option<SecretString>,
    /// Accept any server certificate.
    pub insecure: bool,
}

impl Tls {
    /// Options of a transport that presents and trusts these certificates, and redacts `secrets`.
    #[must_use]
    pub fn http_options(&self, user_agent: String, secrets: &Secrets) -> HttpOptions {
        HttpOptions {
            ca_pem: self.ca_pem.clone(),
            client_cert_pem: self.cert_pem.clone(),
            client_key_pem: self.key_pem.clone(),
            insecure: self.insecure,
            user_agent,
            secrets: secrets.clone(),
            ..HttpOptions::default()
        }
    }
}

/// A setting that works and should be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The argument of the provider block that it is about.
    pub argument: Option<&'static str>,
    /// Summary.
    pub summary: String,
    /// Why, and what to do.
    pub detail: String,
}

/// The settings of a session.
#[derive(Clone)]
pub struct Resolved {
    /// Method of signing in, with its credentials.
    pub method: Method,
    /// URL of the identity service, ending in `/v3`; not needed where project, endpoint and a token or keys are configured.
    pub auth_url: Option<Url>,
    /// The project to work in, or to sign in to before an agency is assumed.
    pub project: Option<Project>,
    /// The user's domain.
    pub domain: Option<Domain>,
    /// The agency to assume.
    pub agency: Option<Agency>,
    /// The configured region.
    pub region: Option<String>,
    /// The configured CSBS endpoint.
    pub endpoint: Option<Url>,
    /// The configured CBR endpoint.
    pub cbr_endpoint: Option<Url>,
    /// Interface of the catalog: `public`, `internal` or `admin`.
    pub interface: String,
    /// Sign in again when a token has expired.
    pub allow_reauth: bool,
    /// TLS settings.
    pub tls: Tls,
    /// Number of retries after a transient failure.
    pub max_retries: Option<u32>,
    /// Number of retries after a refusal because of the rate limit.
    pub max_backoff_retries: Option<u32>,
    /// Longest wait between two such retries.
    pub backoff_retry_timeout: Option<Duration>,
    /// Settings that should be changed.
    pub warnings: Vec<Warning>,
}

impl Resolved {
    /// The configured endpoint of a service.
    #[must_use]
    pub fn endpoint_of(&self, service: CloudService) -> Option<&Url> {
        match service {
            CloudService::Csbs => self.endpoint.as_ref(),
            CloudService::Cbr => self.cbr_endpoint.as_ref(),
        }
    }

    /// Returns whether the endpoint of a service is configured.
    #[must_use]
    pub fn has_endpoint(&self) -> bool {
        self.endpoint.is_some() || self.cbr_endpoint.is_some()
    }
}
