//! Reads refusals in all their forms.

use std::time::Duration;

use ::http::HeaderMap;
use serde_json::{Map, Value};

use super::{ErrorForm, ServiceError};
use crate::http::{redact_text, request_id};

/// Length of the message that is kept, in characters. A gateway answers with a whole canonical request.
const MAX_MESSAGE_LENGTH: usize = 4000;

/// Reads a refusal.
pub(crate) fn parse(
    operation: &'static str,
    write: bool,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
    retry_after: Option<Duration>,
) -> ServiceError {
    let read = match serde_json::from_slice::<Value>(body) {
        Ok(value) => service_message(&value),
        Err(_) => ServiceMessage {
            code: None,
            message: plain_text(&String::from_utf8_lossy(body)),
            request_id: None,
            form: if body.iter().all(u8::is_ascii_whitespace) {
                ErrorForm::Empty
            } else {
                ErrorForm::Text
            },
        },
    };
    ServiceError {
        operation,
        status,
        code: read
            .code
            .map(|code| one_line(&code, 100))
            .filter(|code| !code.is_empty()),
        message: one_line(&redact_text(&read.message), MAX_MESSAGE_LENGTH),
        request_id: request_id(headers).or(read.request_id.map(|id| one_line(&id, 256)).filter(|id| !id.is_empty())),
        retry_after,
        write,
        form: read.form,
    }
}

struct ServiceMessage {
    code: Option<String>,
    message: String,
    request_id: Option<String>,
    form: ErrorForm,
}

fn service_message(value: &Value) -> ServiceMessage {
    let empty = ServiceMessage {
        code: None,
        message: String::new(),
        request_id: None,
        form: ErrorForm::Empty,
    };
    let members = match value {
        Value::Object(members) => members,
        Value::String(text) => {
            return ServiceMessage {
                message: plain_text(text),
                form: ErrorForm::Text,
                ..empty
            };
        }
        _ => return empty,
    };
    let id = text(members, &["request_id", "requestId"]);
    if let Some(code) = text(members, &["error_code", "errorCode"]) {
        return ServiceMessage {
            form: if code.starts_with("APIG") {
                ErrorForm::Gateway
            } else {
                ErrorForm::Service
            },
            message: text(members, &["error_msg", "errorMsg", "message"]).unwrap_or_default(),
            code: Some(code),
            request_id: id,
        };
    }
    if let Some(message) = text(members, &["error_msg", "errorMsg"]) {
        return ServiceMessage {
            message,
            request_id: id,
            form: ErrorForm::Service,
            ..empty
        };
    }
    match members.get("error") {
        Some(Value::Object(inner)) if inner.contains_key("error_code") => {
            return service_message(&Value::Object(inner.clone()));
        }
        Some(Value::Object(inner)) => {
            return ServiceMessage {
                code: service_code(inner),
                message: text(inner, &["message", "title"]).unwrap_or_default(),
                request_id: id,
                form: ErrorForm::Identity,
            };
        }
        Some(Value::String(word)) => {
            let message = text(members, &["message", "error_description"]).unwrap_or_else(|| word.clone());
            return ServiceMessage {
                message,
                request_id: id,
                form: ErrorForm::Nested,
                ..empty
            };
        }
        _ => {}
    }
    // `{"badRequest": {…}}`, `{"itemNotFound": {…}}` and the like.
    let nested = members.values().find_map(|member| match member {
        Value::Object(inner) if inner.contains_key("message") || inner.contains_key("code") => Some(inner),
        _ => None,
    });
    if let Some(inner) = nested {
        return ServiceMessage {
            code: service_code(inner),
            message: text(inner, &["message"]).unwrap_or_default(),
            request_id: id,
            form: ErrorForm::Nested,
        };
    }
    if let Some(message) = text(members, &["message", "msg", "faultstring", "detail"]) {
        return ServiceMessage {
            code: service_code(members),
            message,
            request_id: id,
            form: ErrorForm::Nested,
        };
    }
    ServiceMessage {
        request_id: id,
        ..empty
    }
}

/// A code such as `CSBS.6000` or `BackupService.4008`; a bare number only repeats the HTTP status.
fn service_code(members: &Map<String, Value>) -> Option<String> {
    text(members, &["code"])
        .filter(|code| code.contains('.') && code.starts_with(|first: char| first.is_ascii_alphabetic()))
}

fn text(members: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match members.get(*name) {
        Some(Value::String(text)) if !text.trim().is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    })
}

/// The text of a page without tags, styles and scripts.
fn plain_text(text: &str) -> String {
    let start: String = text.chars().take(20_000).collect();
    let mut out = String::new();
    let mut in_tag = false;
    let mut skipped: Option<&str> = None;
    let mut rest = start.as_str();
    while let Some(character) = rest.chars().next() {
        if character == '<' {
            let lower: String = rest.chars().take(8).collect::<String>().to_ascii_lowercase();
            skipped = match skipped {
                None if lower.starts_with("<style") => Some("</style"),
                None if lower.starts_with("<script") => Some("</script"),
                Some(end) if lower.starts_with(end) => None,
                other => other,
            };
            in_tag = true;
            out.push(' ');
        } else if character == '>' && in_tag {
            in_tag = false;
        } else if !in_tag && skipped.is_none() {
            out.push(character);
        }
        rest = &rest[character.len_utf8()..];
    }
    one_line(&out, 300)
}

/// The text as one line without control characters, cut to `longest` characters.
fn one_line(text: &str, longest: usize) -> String {
    let mut out = String::new();
    let mut length = 0;
    for word in text.split(|character: char| character.is_whitespace() || character.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
            length += 1;
        }
        for character in word.chars() {
            if length == longest {
                out.push('…');
                return out;
            }
            out.push(character);
            length += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(body: &str) -> ServiceError {
        parse("protect", true, 400, &HeaderMap::new(), body.as_bytes(), None)
    }

    #[test]
    fn every_form_is_read() {
        for (body, code, message, form) in [
            (
                r#"{"error_code":"CSBS.6000","error_msg":"no such server"}"#,
                Some("CSBS.6000"),
                "no such server",
                ErrorForm::Service,
            ),
            (
                r#"{"error_code":"APIG.0301","error_msg":"Incorrect IAM authentication information","request_id":"r1"}"#,
                Some("APIG.0301"),
                "Incorrect IAM authentication information",
                ErrorForm::Gateway,
            ),
            (
                r#"{"error":{"code":401,"message":"The request requires authentication.","title":"Unauthorized"}}"#,
                None,
                "The request requires authentication.",
                ErrorForm::Identity,
            ),
            (
                r#"{"error":{"code":"CSBS.9001","message":"wrong"}}"#,
                Some("CSBS.9001"),
                "wrong",
                ErrorForm::Identity,
            ),
            (
                r#"{"error":{"error_code":"CSBS.9001","error_msg":"wrong"}}"#,
                Some("CSBS.9001"),
                "wrong",
                ErrorForm::Service,
            ),
            (
                r#"{"badRequest":{"code":400,"message":"Invalid input"}}"#,
                None,
                "Invalid input",
                ErrorForm::Nested,
            ),
            (
                r#"{"error":"not_allowed","message":"no"}"#,
                None,
                "no",
                ErrorForm::Nested,
            ),
            (r#"{"message":"no"}"#, None, "no", ErrorForm::Nested),
            (
                "<html><head><title>502 Bad Gateway</title><style>a{b:c}</style></head><body><h1>Bad\n Gateway</h1></body></html>",
                None,
                "502 Bad Gateway Bad Gateway",
                ErrorForm::Text,
            ),
            ("upstream timed out", None, "upstream timed out", ErrorForm::Text),
            ("", None, "", ErrorForm::Empty),
            (" \n", None, "", ErrorForm::Empty),
            ("{}", None, "", ErrorForm::Empty),
            ("null", None, "", ErrorForm::Empty),
            ("[1]", None, "", ErrorForm::Empty),
            (
                r#"{"error_code":null,"error_msg":"half"}"#,
                None,
                "half",
                ErrorForm::Service,
            ),
        ] {
            let error = read(body);
            assert_eq!(error.code.as_deref(), code, "{body}");
            assert_eq!(error.message, message, "{body}");
            assert_eq!(error.form, form, "{body}");
        }
    }

    #[test]
    fn the_request_id_comes_from_the_headers_first_and_the_body_second() {
        assert_eq!(
            read(r#"{"error_code":"APIG.1","request_id":"r1"}"#)
                .request_id
                .as_deref(),
            Some("r1")
        );
        let mut headers = HeaderMap::new();
        headers.insert("x-openstack-request-id", "r2".parse().unwrap());
        let error = parse("x", false, 400, &headers, br#"{"request_id":"r1"}"#, None);
        assert_eq!(error.request_id.as_deref(), Some("r2"));
    }

    #[test]
    fn a_message_is_one_line_of_bounded_length_without_secrets() {
        let error = read(&format!(
            r#"{{"error_code":"APIG.0301","error_msg":"a\u001b[31m\r\nb x-security-token:hunter2| {}"}}"#,
            "x".repeat(10_000)
        ));
        assert!(error.message.starts_with("a [31m b"), "{}", error.message);
        assert!(!error.message.contains("hunter2"));
        assert_eq!(error.message.chars().count(), MAX_MESSAGE_LENGTH + 1);
    }

    proptest! {
        #[test]
        fn any_body_is_read(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse("x", true, status, &HeaderMap::new(), &body, None);
        }

        #[test]
        fn any_page_is_read(body in "(<[a-z/]{0,8}>?|[a-zü &;>]{0,5}){0,20}") {
            let error = read(&body);
            prop_assert!(error.message.chars().count() <= MAX_MESSAGE_LENGTH + 1);
        }
    }
}
