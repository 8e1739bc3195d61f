//! The message of a refusal: short, and without secrets.

use ::http::Response;
use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::http::{REMOVED, redact_text, request_id};

/// Longest message, in characters. A gateway answers with the whole canonical request.
const LONGEST: usize = 1500;

/// `: MESSAGE (request id ID)`, or nothing.
pub(super) fn service_message(response: &Response<Bytes>, secrets: &[&SecretString]) -> String {
    let mut text = match serde_json::from_slice::<Value>(response.body()) {
        Ok(body) => message(&body),
        Err(_) => None,
    }
    .map(|message| format!(": {}", message.trim().trim_end_matches('.')))
    .unwrap_or_default();
    if let Some(id) = request_id(response.headers()) {
        text.push_str(&format!(" (request id {id})"));
    }
    let mut text = redact_text(&text);
    for secret in secrets {
        let secret = secret.expose_secret();
        if secret.len() >= 4 {
            text = text.replace(secret, REMOVED);
        }
    }
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

/// The message in the form of Keystone, of the gateway or of another proxy.
fn message(body: &Value) -> Option<String> {
    let error = body.get("error").filter(|error| error.is_object()).unwrap_or(body);
    let text = ["message", "error_msg", "message_cn", "error"]
        .iter()
        .find_map(|name| error.get(*name)?.as_str())?;
    let code = ["error_code", "code"]
        .iter()
        .find_map(|name| error.get(*name)?.as_str());
    Some(match code {
        Some(code) => format!("{code}: {text}"),
        None => text.to_owned(),
    })
}
