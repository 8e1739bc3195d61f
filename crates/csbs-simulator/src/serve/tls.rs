//! Certificates for loopback.

use std::sync::Arc;

use anyhow::{Context, Result};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

/// Certificate and key for `localhost`, `127.0.0.1` and `::1`.
#[derive(Debug, Clone)]
pub struct TlsIdentity {
    certificate: Vec<u8>,
    key: Vec<u8>,
    pem: String,
}

impl TlsIdentity {
    /// Creates a self-signed certificate.
    ///
    /// # Errors
    /// If the key cannot be created.
    pub fn self_made() -> Result<Self> {
        let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let made = rcgen::generate_simple_self_signed(names).context("cannot make a certificate")?;
        Ok(Self {
            certificate: made.cert.der().to_vec(),
            key: made.signing_key.serialize_der(),
            pem: made.cert.pem(),
        })
    }

    /// Returns the certificate in PEM form.
    pub fn certificate_pem(&self) -> &str {
        &self.pem
    }

    pub(super) fn acceptor(&self) -> Result<TlsAcceptor> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from(self.certificate.clone())],
                PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.key.clone())),
            )?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}
