//! Errors of signing in.

use super::CloudService;
use crate::http::TransportError;

/// Signing in failed, or what is needed to sign in is missing. The texts name what was sent and hold no secret.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IdentityError {
    /// The identity service could not be reached.
    #[error("the identity service could not be reached: {0}")]
    Transport(#[from] TransportError),
    /// The identity service has a problem or is overloaded. The same request may succeed later.
    #[error("the identity service answered HTTP status {status}{message}")]
    Unavailable {
        /// HTTP status: 408, 425, 429 or 5xx.
        status: u16,
        /// Message of the service, with a colon before it.
        message: String,
    },
    /// The identity service does not accept what was sent.
    #[error(
        "the identity service refused to sign in with HTTP status {status}{message}. The request contained {sent}. The service \
         does not say which part is wrong: check each of them, that the user is not locked or disabled, and that the user may \
         use the project"
    )]
    Refused {
        /// HTTP status.
        status: u16,
        /// Message of the service, with a colon before it.
        message: String,
        /// Contents of the request, without secrets.
        sent: String,
    },
    /// There is no identity API at the configured URL.
    #[error(
        "{url} answered HTTP status 404{message}: there is no identity API at this address. Check auth_url (OS_AUTH_URL), \
         such as https://iam.eu-de.otc.t-systems.com/v3"
    )]
    WrongAddress {
        /// The configured URL.
        url: String,
        /// Message of the answer, with a colon before it.
        message: String,
    },
    /// The user needs another factor.
    #[error("the user needs a second factor: {0}. Set passcode (OS_PASSCODE) together with user_id (OS_USER_ID)")]
    MoreFactors(String),
    /// The token is no longer valid, and there is no way to get another one.
    #[error("the token is no longer valid{message}, and {reason}")]
    NotRenewable {
        /// Message of the service, with a colon before it.
        message: String,
        /// Why there can be no other token, and what to do.
        reason: &'static str,
    },
    /// A signature was refused. No further request is sent with these keys.
    #[error(
        "the signature made with the access keys was refused{message}. No further request is sent with them, because five \
         failures in a row lock an access key for five minutes. Check access_key (OS_ACCESS_KEY) and secret_key \
         (OS_SECRET_KEY), and security_token (OS_SECURITY_TOKEN) of temporary keys, which expire"
    )]
    KeysRefused {
        /// Message of the service, with a colon before it.
        message: String,
    },
    /// The clocks differ too much for signatures.
    #[error(
        "the signature was refused because this machine's clock is wrong: here it is {local}, at the service {server}, and \
         signatures are valid for 15 minutes. Set the clock"
    )]
    ClockSkew {
        /// Time of this machine.
        local: jiff::Timestamp,
        /// Time of the service.
        server: jiff::Timestamp,
    },
    /// The endpoint of the service is unknown.
    #[error("the address of {name} is not known: {1}", name = .0.name())]
    NoEndpoint(CloudService, String),
    /// The catalog has no endpoint of the service in the requested region.
    #[error(
        "the catalog has no {interface} endpoint of {name} for the region \"{region}\"; it has: {available}",
        name = .service.name()
    )]
    UnknownRegion {
        /// The service.
        service: CloudService,
        /// The requested region.
        region: Box<str>,
        /// `public`, `internal` or `admin`.
        interface: Box<str>,
        /// Regions with such an endpoint, separated by commas.
        available: Box<str>,
    },
    /// The requested region is not that of the configured endpoint.
    #[error(
        "the configured {argument} is that of the region \"{configured}\", so the address of {name} in the region \
         \"{region}\" is not known",
        argument = .service.endpoint_argument(),
        name = .service.name()
    )]
    NotRegionOfEndpoint {
        /// The service.
        service: CloudService,
        /// The requested region.
        region: Box<str>,
        /// Region of the configured endpoint.
        configured: Box<str>,
    },
    /// The catalog of the project names services, but not this one.
    #[error(
        "the catalog of the project has no {name} (service type {kind})",
        name = .0.full_name(),
        kind = .0.catalog_types().first().copied().unwrap_or_default()
    )]
    NotInCatalog(CloudService),
    /// A project or domain was not found, or is ambiguous.
    #[error("{0}")]
    Lookup(String),
    /// The answer is not from an identity service.
    #[error("{host} answered HTTP status {status}, but not as an identity service: {reason}")]
    Decode {
        /// Host that answered.
        host: String,
        /// HTTP status.
        status: u16,
        /// The defect of the answer.
        reason: String,
    },
    /// A credential cannot be sent as it is.
    #[error("{0} contains characters that cannot be sent; it may have been pasted with a line break in it")]
    Unsendable(&'static str),
    /// A request to another host than the endpoint's.
    #[error("the credentials are not for the host {0}")]
    ForeignHost(String),
}

impl IdentityError {
    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Transport(_) | Self::Unavailable { .. })
    }
}

/// A request without an answer of the service.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SendError {
    /// Nothing was carried out: signing in failed, or the service refused the credentials.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The request was sent, and no complete answer was received.
    #[error(transparent)]
    Transport(#[from] TransportError),
}
