//! Request signing with access keys: SDK-HMAC-SHA256 in the form of the vendor's API Request Signing Guide.

use std::fmt::Write as _;

use ::http::{HeaderMap, HeaderName, HeaderValue, Request, Uri, header};
use bytes::Bytes;
use jiff::Timestamp;
use ring::{digest, hmac};
use secrecy::ExposeSecret;

use super::resolved::AccessKeys;

/// The header with the project, for services of a project.
pub const PROJECT: HeaderName = HeaderName::from_static("x-project-id");
/// The header with the account, for the identity service.
pub const DOMAIN: HeaderName = HeaderName::from_static("x-domain-id");
/// The header with the moment of signing.
pub const DATE: HeaderName = HeaderName::from_static("x-sdk-date");
/// The header with what belongs to temporary keys.
pub const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-security-token");

const ALGORITHM: &str = "SDK-HMAC-SHA256";

/// The parts of a signature that can be computed before the key is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical {
    /// The canonical request.
    pub request: String,
    /// Names of the signed headers.
    pub signed_headers: String,
    /// What the signature is made of.
    pub string_to_sign: String,
}

/// Signs `request` as of `now`: sets `X-Sdk-Date`, `X-Security-Token` and `Authorization`.
///
/// Nothing of the request may change afterwards. `Host` is what the connection will send: the URL's host, with a port other
/// than the scheme's own.
///
/// # Errors
/// A key with characters that no header can hold.
pub fn sign(request: &mut Request<Bytes>, keys: &AccessKeys, now: Timestamp) -> Result<(), header::InvalidHeaderValue> {
    let date = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let headers = request.headers_mut();
    headers.remove(header::AUTHORIZATION);
    headers.insert(DATE, HeaderValue::from_str(&date)?);
    if let Some(token) = &keys.security_token {
        let mut value = HeaderValue::from_str(token.expose_secret())?;
        value.set_sensitive(true);
        headers.insert(SECURITY_TOKEN, value);
    }
    let canonical = canonical(request, &date);
    let signature = signature(keys.secret_key.expose_secret(), &canonical.string_to_sign);
    let mut value = HeaderValue::from_str(&format!(
        "{ALGORITHM} Access={}, SignedHeaders={}, Signature={signature}",
        keys.access_key.expose_secret(),
        canonical.signed_headers
    ))?;
    value.set_sensitive(true);
    request.headers_mut().insert(header::AUTHORIZATION, value);
    Ok(())
}

/// The canonical forms of `request`, with the headers that a gateway checks.
#[must_use]
pub fn canonical(request: &Request<Bytes>, date: &str) -> Canonical {
    let (headers, signed_headers) = signed_headers(request.uri(), request.headers());
    let text = format!(
        "{}\n{}\n{}\n{headers}\n{signed_headers}\n{}",
        request.method(),
        canonical_path(request.uri().path()),
        canonical_query(request.uri().query().unwrap_or_default()),
        sha256(request.body()),
    );
    Canonical {
        string_to_sign: format!("{ALGORITHM}\n{date}\n{}", sha256(text.as_bytes())),
        request: text,
        signed_headers,
    }
}

fn signature(key: &str, text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    hex(hmac::sign(&key, text.as_bytes()).as_ref())
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// `name:value` lines of the signed headers, and their names.
fn signed_headers(uri: &Uri, headers: &HeaderMap) -> (String, String) {
    let mut lines = vec![("host".to_owned(), host(uri))];
    for name in [header::CONTENT_TYPE, DOMAIN, PROJECT, DATE, SECURITY_TOKEN] {
        for value in headers.get_all(&name) {
            let value = String::from_utf8_lossy(value.as_bytes());
            lines.push((name.as_str().to_owned(), value.trim().to_owned()));
        }
    }
    lines.sort();
    let names: Vec<_> = lines.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(";");
    let text = lines.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    (text, names)
}

/// `Host` as the connection sends it.
fn host(uri: &Uri) -> String {
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    match (uri.scheme_str(), uri.port_u16()) {
        (_, None) | (Some("https"), Some(443)) | (Some("http"), Some(80)) => host,
        (_, Some(port)) => format!("{host}:{port}"),
    }
}

fn canonical_path(path: &str) -> String {
    let mut text: String = path
        .split('/')
        .map(|segment| encode(&decode(segment)))
        .collect::<Vec<_>>()
        .join("/");
    if !text.ends_with('/') {
        text.push('/');
    }
    text
}

fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (encode(&decode(name)), encode(&decode(value)))
        })
        .collect();
    pairs.sort();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

fn decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let escaped = text
            .get(at + 1..at + 3)
            .filter(|digits| *byte == b'%' && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(escaped.unwrap_or(*byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    decoded
}

fn encode(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len()), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Vectors {
        vectors: Vec<Vector>,
    }

    #[derive(Deserialize)]
    struct Vector {
        name: String,
        method: String,
        url: String,
        headers: Vec<(String, String)>,
        body: Option<String>,
        access_key: String,
        secret_key: String,
        timestamp: String,
        expected: Expected,
    }

    #[derive(Deserialize)]
    struct Expected {
        canonical_request: String,
        canonical_request_sha256: String,
        string_to_sign: String,
        authorization: String,
    }

    fn moment(text: &str) -> Timestamp {
        jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text)
            .unwrap()
            .to_zoned_datetime(jiff::tz::TimeZone::UTC)
            .unwrap()
            .timestamp()
    }

    #[test]
    fn equals_the_vectors_byte_for_byte() {
        let file: Vectors = serde_json::from_str(include_str!("../../tests/data/signing-vectors.json")).unwrap();
        assert_eq!(file.vectors.len(), 12);
        for vector in file.vectors {
            let mut request = Request::builder().method(vector.method.as_str()).uri(&vector.url);
            let mut security_token = None;
            for (name, value) in &vector.headers {
                if name.eq_ignore_ascii_case("x-security-token") {
                    security_token = Some(value.as_str().into());
                } else {
                    request = request.header(name, value);
                }
            }
            let mut request = request.body(Bytes::from(vector.body.unwrap_or_default())).unwrap();
            let keys = AccessKeys {
                access_key: vector.access_key.into(),
                secret_key: vector.secret_key.into(),
                security_token,
            };
            sign(&mut request, &keys, moment(&vector.timestamp)).unwrap();
            let canonical = canonical(&request, &vector.timestamp);
            let name = vector.name;
            assert_eq!(canonical.request, vector.expected.canonical_request, "{name}");
            assert_eq!(
                sha256(canonical.request.as_bytes()),
                vector.expected.canonical_request_sha256,
                "{name}"
            );
            assert_eq!(canonical.string_to_sign, vector.expected.string_to_sign, "{name}");
            assert_eq!(
                request.headers()[header::AUTHORIZATION],
                vector.expected.authorization,
                "{name}"
            );
        }
    }

    #[test]
    fn signing_again_replaces_what_was_signed() {
        let keys = AccessKeys {
            access_key: "ak".into(),
            secret_key: "sk".into(),
            security_token: Some("st".into()),
        };
        let mut request = Request::get("https://a.example/v1").body(Bytes::new()).unwrap();
        sign(&mut request, &keys, moment("20261123T114500Z")).unwrap();
        let mut once = request.clone();
        sign(&mut request, &keys, moment("20261123T115500Z")).unwrap();
        assert_ne!(request.headers(), once.headers());
        sign(&mut once, &keys, moment("20261123T115500Z")).unwrap();
        assert_eq!(request.headers(), once.headers());
        assert_eq!(request.headers().len(), 3);
        assert!(request.headers()[header::AUTHORIZATION].is_sensitive());
        assert!(request.headers()[SECURITY_TOKEN].is_sensitive());
    }

    proptest! {
        #[test]
        fn any_path_and_query_can_be_signed(path in "(/[a-zA-Z0-9%._~+*ü-]{0,8}){1,4}", query in "[a-z%=&+0-9]{0,30}") {
            let once = canonical_path(&path);
            prop_assert!(once.ends_with('/'));
            let query = canonical_query(&query);
            prop_assert!(!query.contains('+') && once.is_ascii() && query.is_ascii());
        }

        #[test]
        fn decoding_undoes_encoding(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(decode(&encode(&bytes)), bytes);
        }
    }
}
