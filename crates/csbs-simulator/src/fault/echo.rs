//! Responses that repeat parts of the request, as careless services and gateways do.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use regex::{Captures, Regex};
use serde_json::Value;

use crate::{Effect, call::Call};

/// `{{NOTATION header NAME}}`, `{{NOTATION body POINTER}}` or `{{NOTATION text TEXT}}`.
static PLACE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\{\{(raw|json|url|form|base64|html) (header|body|text) ([^}]+)\}\}").ok());

/// Replaces the placeholders in headers and body of an effect by the parts of `call` that they name.
pub(crate) fn echo(effect: Effect, call: &Call) -> Effect {
    let fill = |text: String| filled(&text, call);
    let all = |headers: Vec<(String, String)>| headers.into_iter().map(|(name, value)| (name, fill(value))).collect();
    match effect {
        Effect::Answer { status, headers, body } => Effect::Answer {
            status,
            headers: all(headers),
            body: fill(body),
        },
        Effect::AnswerAfter { status, headers, body } => Effect::AnswerAfter {
            status,
            headers: all(headers),
            body: fill(body),
        },
        other => other,
    }
}

/// Returns headers and body of the response of an effect, for the log.
pub(crate) fn injected(effect: &Effect) -> Option<String> {
    let (Effect::Answer { headers, body, .. } | Effect::AnswerAfter { headers, body, .. }) = effect else {
        return None;
    };
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    Some(format!("{headers}\n{body}"))
}

fn filled(text: &str, call: &Call) -> String {
    let Some(place) = PLACE.as_ref().filter(|_| text.contains("{{")) else {
        return text.to_owned();
    };
    let value = |captures: &Captures<'_>| {
        let received = match &captures[2] {
            "header" => call.header(&captures[3]).map(str::to_owned),
            "text" => Some(captures[3].to_owned()),
            _ => serde_json::from_slice::<Value>(&call.body)
                .ok()
                .and_then(|body| body.pointer(&captures[3])?.as_str().map(str::to_owned)),
        };
        written(&received.unwrap_or_default(), &captures[1])
    };
    place.replace_all(text, value).into_owned()
}

fn written(text: &str, notation: &str) -> String {
    match notation {
        "json" => {
            let quoted = Value::from(text).to_string();
            quoted[1..quoted.len() - 1].replace('/', "\\/")
        }
        "url" => text.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        "form" => url::form_urlencoded::byte_serialize(text.as_bytes()).collect(),
        "base64" => STANDARD.encode(format!("user:{text}")),
        "html" => text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_values_are_repeated_in_the_given_notation() {
        let mut headers = http::HeaderMap::new();
        headers.insert("x-auth-token", http::HeaderValue::from_static("a/b+c"));
        let call = Call {
            method: "POST".to_owned(),
            path: String::new(),
            raw_query: String::new(),
            segments: Vec::new(),
            region: None,
            query: Vec::new(),
            headers,
            body: bytes::Bytes::from_static(br#"{"auth":{"password":"x\"y"}}"#),
            base: String::new(),
            host: String::new(),
        };
        for (text, expected) in [
            ("t={{raw header x-auth-token}}.", "t=a/b+c."),
            ("{{json header x-auth-token}}", r"a\/b+c"),
            ("{{url header x-auth-token}}", "%61%2f%62%2b%63"),
            ("{{form header x-auth-token}}", "a%2Fb%2Bc"),
            ("{{base64 header x-auth-token}}", "dXNlcjphL2IrYw=="),
            ("{{raw body /auth/password}}", "x\"y"),
            ("{{html body /auth/password}}", "x&quot;y"),
            ("{{form text a b}}", "a+b"),
            ("{{raw header x-none}}{{raw body /none}}", ""),
            ("{{other}}", "{{other}}"),
        ] {
            assert_eq!(filled(text, &call), expected);
        }
    }
}
