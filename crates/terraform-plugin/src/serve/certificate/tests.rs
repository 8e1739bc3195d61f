//! Handshakes over a pipe in memory.

use p521::ecdsa::{Signature, SigningKey as P521Key, signature::Signer as _};
use rcgen::PKCS_ECDSA_P384_SHA384;
use rustls::{
    ClientConfig, SignatureAlgorithm, SupportedProtocolVersion,
    client::danger::{ServerCertVerified, ServerCertVerifier},
    pki_types::ServerName,
    sign::{CertifiedKey, Signer, SigningKey, SingleCertAndKey},
    version::{TLS12, TLS13},
};
use tokio_rustls::TlsConnector;

use super::*;

/// A key on P-521, as Terraform and OpenTofu use.
#[derive(Debug, Clone)]
struct ClientKey {
    key: P521Key,
    point: Vec<u8>,
}

impl ClientKey {
    fn new(byte: u8) -> Self {
        let key = P521Key::from_slice(&[[0; 65].as_slice(), &[byte]].concat()).unwrap();
        let point = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        Self { key, point }
    }

    /// Creates a certificate for this key.
    fn certificate(&self, name: &str) -> CertificateDer<'static> {
        const OID_P384: &[u8] = b"\x06\x05\x2b\x81\x04\x00\x22";
        let certificate = CertificateParams::new(vec![name.to_owned()])
            .unwrap()
            .self_signed(self)
            .unwrap();
        // `rcgen` does not know P-521, whose OID differs in the last byte. Nobody checks the certificate's own signature.
        let mut der = certificate.der().to_vec();
        let at = der.windows(OID_P384.len()).position(|bytes| bytes == OID_P384).unwrap();
        der[at + OID_P384.len() - 1] = 0x23;
        der.into()
    }
}

impl rcgen::PublicKeyData for ClientKey {
    fn der_bytes(&self) -> &[u8] {
        &self.point
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &PKCS_ECDSA_P384_SHA384
    }
}

impl rcgen::SigningKey for ClientKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature: Signature = self.key.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

impl SigningKey for ClientKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let supported = offered.contains(&SignatureScheme::ECDSA_NISTP521_SHA512);
        supported.then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for ClientKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        rcgen::SigningKey::sign(self, message).map_err(|error| Error::General(error.to_string()))
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP521_SHA512
    }
}

/// Accepts every server: these tests are about the client.
#[derive(Debug)]
struct AnyServer;

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        signature::SUPPORTED.supported_schemes()
    }
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

/// Returns `true` if a server that expects `expected` accepts a client that shows `shown` and signs with `key`.
async fn is_accepted(
    expected: &CertificateDer<'_>,
    shown: Option<(CertificateDer<'static>, Arc<dyn SigningKey>)>,
    version: &'static SupportedProtocolVersion,
) -> bool {
    let (acceptor, _) = acceptor(&pem(expected)).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyServer));
    let config = match shown {
        Some((certificate, key)) => {
            let certified = CertifiedKey::new(vec![certificate], key);
            builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(certified)))
        }
        None => builder.with_no_client_auth(),
    };
    let (client, server) = tokio::io::duplex(64 * 1024);
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let (accepted, _) = tokio::join!(acceptor.accept(server), connector.connect(name, client));
    accepted.is_ok()
}

#[tokio::test]
async fn only_the_expected_certificate_with_its_own_key_is_accepted() {
    let key = |byte| -> Arc<dyn SigningKey> { Arc::new(ClientKey::new(byte)) };
    let certificate = |byte, name| ClientKey::new(byte).certificate(name);
    let expected = certificate(7, "localhost");
    for version in [&TLS12, &TLS13] {
        let accepted = async |shown| is_accepted(&expected, shown, version).await;
        assert!(accepted(Some((expected.clone(), key(7)))).await, "{version:?}");
        assert!(!accepted(None).await, "no certificate, {version:?}");
        let other = (certificate(8, "localhost"), key(8));
        assert!(!accepted(Some(other)).await, "another certificate, {version:?}");
        let stolen = (expected.clone(), key(8));
        assert!(
            !accepted(Some(stolen)).await,
            "without the key of the certificate, {version:?}"
        );
        let twin = (certificate(7, "otherhost"), key(7));
        assert!(
            !accepted(Some(twin)).await,
            "another certificate of the same key, {version:?}"
        );
    }
}

#[tokio::test]
async fn a_certificate_of_another_curve_is_accepted_too() {
    for algorithm in [&PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519] {
        let new_key = || {
            let pair = KeyPair::generate_for(algorithm).unwrap();
            let der = PrivateKeyDer::try_from(pair.serialize_der()).unwrap();
            (pair, rustls::crypto::ring::sign::any_supported_type(&der).unwrap())
        };
        let (pair, key) = new_key();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let expected = params.self_signed(&pair).unwrap().der().clone();
        for version in [&TLS12, &TLS13] {
            assert!(is_accepted(&expected, Some((expected.clone(), Arc::clone(&key))), version).await);
            let stolen = (expected.clone(), new_key().1);
            assert!(!is_accepted(&expected, Some(stolen), version).await);
        }
    }
}

#[test]
fn text_that_is_no_certificate_is_refused() {
    for text in [
        "",
        "certificate",
        "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n",
    ] {
        assert!(acceptor(text).is_err(), "{text}");
    }
}
