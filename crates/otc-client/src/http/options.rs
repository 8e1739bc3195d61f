//! The options of the network transport.

use std::time::Duration;

use secrecy::SecretString;

use super::Secrets;

/// The options of connections, and their time limits.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Certificate authorities to trust in addition to those of the system: one or more PEM certificates.
    pub ca_pem: Option<String>,
    /// The client certificate, with its chain, as PEM.
    pub client_cert_pem: Option<String>,
    /// The client certificate's private key as PEM.
    pub client_key_pem: Option<SecretString>,
    /// Whether any certificate of the server is accepted.
    pub insecure: bool,
    /// Time limit for a connection, including TLS.
    pub connect_timeout: Duration,
    /// Time limit for a request, from the first attempt to connect to the last byte of the answer.
    pub timeout: Duration,
    /// The user agent.
    pub user_agent: String,
    /// The register of secrets, for tokens that are issued.
    pub secrets: Secrets,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            ca_pem: None,
            client_cert_pem: None,
            client_key_pem: None,
            insecure: false,
            connect_timeout: Duration::from_secs(4),
            timeout: Duration::from_secs(60),
            user_agent: user_agent(None),
            secrets: Secrets::default(),
        }
    }
}

/// Returns the user agent: the provider's version, and Terraform's if it is known.
pub fn user_agent(terraform_version: Option<&str>) -> String {
    let ours = concat!("terraform-provider-csbs/", env!("CARGO_PKG_VERSION"));
    let version: String = terraform_version
        .unwrap_or_default()
        .chars()
        .filter(|character| character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '+' | '_'))
        .take(64)
        .collect();
    if version.is_empty() {
        ours.to_owned()
    } else {
        format!("{ours} (+terraform/{version})")
    }
}

/// The reason why an option cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpOptionsError {
    /// The certificate authorities are not PEM certificates.
    #[error("the certificate authority file has no readable PEM certificate: {0}")]
    CertificateAuthority(String),
    /// The client certificate cannot be read.
    #[error("the client certificate cannot be used: {0}")]
    ClientCertificate(String),
    /// The client certificate's private key cannot be read, or belongs to another certificate. The text has no part of it.
    #[error("the client certificate's private key cannot be used: {0}")]
    ClientKey(&'static str),
    /// Only one of client certificate and key is given.
    #[error("a client certificate and its key must be given together")]
    HalfAClientCertificate,
    /// The user agent is not a valid header value.
    #[error("the user agent is not a valid header value")]
    UserAgent,
}

#[cfg(test)]
mod tests {
    use super::user_agent;

    #[test]
    fn the_user_agent_cannot_be_used_to_inject_a_header() {
        assert_eq!(
            user_agent(Some("1.11.4\r\nX-Evil: 1")),
            format!(
                "terraform-provider-csbs/{} (+terraform/1.11.4X-Evil1)",
                env!("CARGO_PKG_VERSION")
            )
        );
        assert!(!user_agent(None).contains("terraform/1"));
    }
}
