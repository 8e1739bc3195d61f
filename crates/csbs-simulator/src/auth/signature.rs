//! Verifies SDK-HMAC-SHA256 signatures, after the published signing guide.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use ring::{digest, hmac};

use super::Caller;
use crate::{
    call::{Call, decode},
    reply::Reply,
    state::State,
};

/// Maximum difference between the clocks, in seconds.
const WINDOW: i64 = 15 * 60;

/// Verifies the signature of a call.
///
/// # Errors
/// The error response of the gateway.
pub(super) fn verify(state: &mut State, call: &Call, authorization: &str) -> Result<Caller, Reply> {
    let now = state.clock.wall();
    let Some(shown) = Shown::read(authorization) else {
        return Err(refuse(
            "Incorrect IAM authentication information: Authorization header is malformed",
        ));
    };
    if state.locks.locked(shown.access, now) {
        return Err(refuse(
            "Incorrect IAM authentication information: AK access failed to reach the limit,forbidden",
        ));
    }
    let result = check(state, call, &shown, now);
    match &result {
        Ok(_) => state.locks.succeeded(shown.access),
        Err(_) => state.locks.failed(shown.access, now),
    }
    result
}

fn check(state: &State, call: &Call, shown: &Shown<'_>, now: Timestamp) -> Result<Caller, Reply> {
    let Some(key) = state.config.access_keys.iter().find(|key| key.access == shown.access) else {
        return Err(refuse(format!(
            "Incorrect IAM authentication information: Get secretKey failed,ak:{},err:ak not exist",
            shown.access
        )));
    };
    let date = call.header("x-sdk-date").unwrap_or_default();
    let Some(signed_at) = time(date) else {
        return Err(refuse(
            "Incorrect IAM authentication information: X-Sdk-Date is missing or malformed",
        ));
    };
    if (now.as_second() - signed_at.as_second()).abs() > WINDOW {
        return Err(refuse(format!(
            "Incorrect IAM authentication information: signature expired, signature time:{date},server time:{}",
            now.strftime("%Y%m%dT%H%M%SZ")
        )));
    }
    let canonical = canonical_request(call, &shown.headers);
    let complete = ["host", "x-sdk-date"].iter().all(|name| shown.headers.contains(name));
    if !complete || !signature_fits(&key.secret, date, &canonical, shown.signature) {
        return Err(refuse(format!(
            "Incorrect IAM authentication information: verify aksk signature fail, canonicalRequest:{}",
            canonical.replace('\n', "|")
        )));
    }
    if call.header("x-security-token") != key.security_token.as_deref() {
        return Err(refuse("Incorrect IAM authentication information: decrypt token fail"));
    }
    // The gateway takes the project from the header, or else from the path.
    let in_path = || match call.segments().as_slice() {
        ["v1" | "v3", project, ..] => Some((*project).to_owned()),
        _ => None,
    };
    let project = call.header("x-project-id").map(str::to_owned).or_else(in_path);
    let known = |id: &String| state.config.projects.iter().any(|project| project.id == *id);
    Ok(Caller {
        project_id: project.filter(known).unwrap_or_default(),
        role: key.role,
    })
}

fn refuse(message: impl Into<String>) -> Reply {
    Reply::gateway(401, "APIG.0301", message)
}

/// Parsed `Authorization` header.
struct Shown<'a> {
    access: &'a str,
    headers: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Shown<'a> {
    fn read(authorization: &'a str) -> Option<Self> {
        let fields = authorization.strip_prefix("SDK-HMAC-SHA256 ")?;
        let (mut access, mut headers, mut signature) = (None, None, None);
        for field in fields.split(',') {
            let (name, value) = field.trim().split_once('=')?;
            match name {
                "Access" => access = Some(value),
                "SignedHeaders" => headers = Some(value.split(';').collect()),
                "Signature" => signature = Some(value),
                _ => return None,
            }
        }
        Some(Self {
            access: access?,
            headers: headers?,
            signature: signature?,
        })
    }
}

fn time(text: &str) -> Option<Timestamp> {
    let civil = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    Some(civil.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp())
}

fn signature_fits(secret: &str, date: &str, canonical: &str, signature: &str) -> bool {
    let hash = hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
    let to_sign = format!("SDK-HMAC-SHA256\n{date}\n{hash}");
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let lower = signature.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    lower && unhex(signature).is_some_and(|tag| hmac::verify(&key, to_sign.as_bytes(), &tag).is_ok())
}

fn canonical_request(call: &Call, signed: &[&str]) -> String {
    let mut path: String = decode(&call.path).split('/').map(encode).collect::<Vec<_>>().join("/");
    if !path.ends_with('/') {
        path.push('/');
    }
    let mut query: Vec<(String, String)> = call
        .raw_query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(name), decode(value))
        })
        .collect();
    query.sort();
    let query: Vec<_> = query
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    let mut names = signed.to_vec();
    names.sort_unstable();
    let headers: String = names
        .iter()
        .map(|name| {
            let value = if *name == "host" {
                Some(call.host.as_str())
            } else {
                call.header(name)
            };
            format!("{name}:{}\n", value.unwrap_or_default().trim())
        })
        .collect();
    let body = match call.header("x-sdk-content-sha256") {
        Some("UNSIGNED-PAYLOAD") => "UNSIGNED-PAYLOAD".to_owned(),
        _ => hex(digest::digest(&digest::SHA256, &call.body).as_ref()),
    };
    [
        call.method.as_str(),
        &path,
        &query.join("&"),
        &headers,
        &names.join(";"),
        &body,
    ]
    .join("\n")
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16)
                .ok()
                .filter(|_| pair.len() == 2)
        })
        .collect()
}
