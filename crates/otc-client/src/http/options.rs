//! How the network transport is set up.

use std::time::Duration;

use secrecy::SecretString;

use super::Secrets;

/// How connections are made and how long they may take.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Certificate authorities to trust beside those of the system: one or more PEM certificates.
    pub ca_pem: Option<String>,
    /// The client certificate, with its chain, as PEM.
    pub client_cert_pem: Option<String>,
    /// The client certificate's private key as PEM.
    pub client_key_pem: Option<SecretString>,
    /// Accepts any certificate of the server.
    pub insecure: bool,
    /// How long making a connection may take, TLS included.
    pub connect_timeout: Duration,
    /// How long a request may take in all, from the first try to connect to the answer's last byte.
    pub timeout: Duration,
    /// What we call ourselves.
    pub user_agent: String,
    /// Where tokens are registered when they are issued.
    pub secrets: Secrets,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            ca_pem: None,
            client_cert_pem: None,
            client_key_pem: None,
            insecure: false,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            user_agent: user_agent(None),
            secrets: Secrets::default(),
        }
    }
}

/// What we call ourselves: the provider's version, and Terraform's where it is known.
#[must_use]
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

/// An option cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpOptionsError {
    /// The certificate authorities are not PEM certificates.
    #[error("the certificate authority file holds no readable PEM certificate: {0}")]
    CertificateAuthority(String),
    /// The client certificate cannot be read.
    #[error("the client certificate cannot be used: {0}")]
    ClientCertificate(String),
    /// The client certificate's private key cannot be read, or belongs to another certificate. The text holds nothing of it.
    #[error("the client certificate's private key cannot be used: {0}")]
    ClientKey(&'static str),
    /// Only one of client certificate and key is given.
    #[error("a client certificate and its key must be given together")]
    HalfAClientCertificate,
    /// The user agent cannot stand in a header.
    #[error("the user agent cannot stand in a header")]
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
