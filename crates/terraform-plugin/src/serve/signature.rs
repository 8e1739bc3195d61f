//! Signature algorithms of client certificates.
//!
//! Terraform and OpenTofu use the curve P-521, which `ring` does not support. To a server that offers only the algorithms of
//! `ring` they send no certificate at all, which is why other Rust plugins do not require one.

use p521::ecdsa::{Signature, VerifyingKey, signature::Verifier};
use rustls::{
    SignatureScheme,
    crypto::WebPkiSupportedAlgorithms,
    pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id},
};
use webpki::ring as known;

/// All accepted algorithms.
pub static SUPPORTED: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        &P521,
        known::ECDSA_P384_SHA384,
        known::ECDSA_P256_SHA256,
        known::ED25519,
        known::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
        known::RSA_PKCS1_2048_8192_SHA256,
    ],
    mapping: &[
        (SignatureScheme::ECDSA_NISTP521_SHA512, &[&P521]),
        (SignatureScheme::ECDSA_NISTP384_SHA384, &[known::ECDSA_P384_SHA384]),
        (SignatureScheme::ECDSA_NISTP256_SHA256, &[known::ECDSA_P256_SHA256]),
        (SignatureScheme::ED25519, &[known::ED25519]),
        (
            SignatureScheme::RSA_PSS_SHA256,
            &[known::RSA_PSS_2048_8192_SHA256_LEGACY_KEY],
        ),
        (SignatureScheme::RSA_PKCS1_SHA256, &[known::RSA_PKCS1_2048_8192_SHA256]),
    ],
};

/// ECDSA on P-521 with SHA-512.
#[derive(Debug)]
struct EcdsaP521;

static P521: EcdsaP521 = EcdsaP521;

impl SignatureVerificationAlgorithm for EcdsaP521 {
    fn verify_signature(&self, public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let key = VerifyingKey::from_sec1_bytes(public_key).map_err(|_| InvalidSignature)?;
        let signature = Signature::from_der(signature).map_err(|_| InvalidSignature)?;
        key.verify(message, &signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P521
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA512
    }
}

#[cfg(test)]
mod tests {
    use p521::ecdsa::{SigningKey, signature::Signer};

    use super::*;

    #[test]
    fn a_signature_on_p521_is_valid_for_its_own_key_and_message_only() {
        let key = |byte: u8| SigningKey::from_slice(&[[0; 65].as_slice(), &[byte]].concat()).unwrap();
        let public = |key: &SigningKey| key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        let signed: Signature = key(7).sign(b"message");
        let signature = signed.to_der().as_bytes().to_vec();
        let own = public(&key(7));
        assert!(P521.verify_signature(&own, b"message", &signature).is_ok());
        for (case, public_key, message, signature) in [
            ("another message", own.as_slice(), &b"another"[..], signature.as_slice()),
            ("another key", &public(&key(8)), b"message", &signature),
            ("no key", b"", b"message", &signature),
            ("a damaged key", &own[..132], b"message", &signature),
            ("no signature", &own, b"message", b""),
            ("a damaged signature", &own, b"message", &signature[1..]),
        ] {
            assert!(P521.verify_signature(public_key, message, signature).is_err(), "{case}");
        }
    }
}
