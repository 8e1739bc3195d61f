//! Why signing in failed.

use crate::http::TransportError;

/// Signing in failed, or what is needed to sign in is missing. The texts name what was sent and hold no secret.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IdentityError {
    /// The identity service could not be reached.
    #[error("the identity service could not be reached: {0}")]
    Transport(#[from] TransportError),
    /// The identity service has a problem or too much to do; later it may work.
    #[error("the identity service answered HTTP status {status}{message}")]
    Unavailable {
        /// The status: 429 or 5xx.
        status: u16,
        /// What it said, with a colon before it.
        message: String,
    },
    /// The identity service does not accept what was sent.
    #[error(
        "the identity service refused to sign in with HTTP status {status}{message}. Sent were {sent}. It does not tell which \
         part is wrong: check each of them, that the user is not locked or disabled, and that it may use the project"
    )]
    Refused {
        /// The status.
        status: u16,
        /// What it said, with a colon before it.
        message: String,
        /// What was sent, without secrets.
        sent: String,
    },
    /// The user has to prove more than was sent.
    #[error(
        "the user has to sign in with more than that: {0}. Set passcode (OS_PASSCODE) together with user_id (OS_USER_ID)"
    )]
    MoreFactors(String),
    /// The token no longer holds, and there is no way to get another one.
    #[error("the token no longer holds{said}, and {reason}")]
    NotRenewable {
        /// What the service said, with a colon before it.
        said: String,
        /// Why there is no other one, and what to do.
        reason: &'static str,
    },
    /// A signature was refused; nothing more is sent with these keys.
    #[error(
        "the signature made with the access keys was refused{said}. No further request is sent with them, because five \
         failures in a row lock an access key for five minutes. Check access_key (OS_ACCESS_KEY) and secret_key \
         (OS_SECRET_KEY), and security_token (OS_SECURITY_TOKEN) of temporary keys, which expire"
    )]
    KeysRefused {
        /// What the service said, with a colon before it.
        said: String,
    },
    /// The clocks differ too much for signatures.
    #[error(
        "the signature was refused because this machine's clock is wrong: here it is {local}, at the service {server}, and \
         signatures are good for 15 minutes. Set the clock"
    )]
    ClockSkew {
        /// The moment here.
        local: jiff::Timestamp,
        /// The moment there.
        server: jiff::Timestamp,
    },
    /// There is no CSBS endpoint.
    #[error("the address of CSBS is not known: {0}")]
    NoEndpoint(String),
    /// The catalog of the project names services, but not CSBS.
    #[error("the catalog of the project has no Cloud Server Backup Service (service type data-protect)")]
    NotInCatalog,
    /// A project or domain could not be found, or more than one.
    #[error("{0}")]
    Lookup(String),
    /// The answer is not one of an identity service.
    #[error(
        "the identity service at {host} answered HTTP status {status} with something that is not its API's: {reason}"
    )]
    Decode {
        /// Who answered.
        host: String,
        /// The status.
        status: u16,
        /// What is strange.
        reason: String,
    },
    /// A credential cannot be sent as it is.
    #[error("{0} holds characters that cannot be sent; it may have been pasted with a line break in it")]
    Unsendable(&'static str),
    /// A request to another host than the endpoint's.
    #[error("the credentials are not for the host {0}")]
    ForeignHost(String),
}

impl IdentityError {
    /// Whether the same may work a little later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Transport(_) | Self::Unavailable { .. })
    }
}
