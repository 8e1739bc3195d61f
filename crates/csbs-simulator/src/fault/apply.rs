//! Applies effects to responses.

use std::time::Duration;

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{ConnectionFault, Effect};

/// Page of a proxy whose backend does not answer.
const BAD_GATEWAY: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad \
                           Gateway</h1></center>\r\n<hr><center>proxy</center>\r\n</body>\r\n</html>\r\n";

/// Returns the response that replaces the service's, if the effect has one.
pub(crate) fn instead(effect: &Effect) -> Option<Response<Bytes>> {
    let response = match effect {
        Effect::Answer { status, headers, body } | Effect::AnswerAfter { status, headers, body } => {
            let kind = if body.starts_with('<') {
                "text/html"
            } else {
                "application/json"
            };
            let mut response = plain(*status, kind, body.clone());
            for (name, value) in headers {
                if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value)) {
                    response.headers_mut().insert(name, value);
                }
            }
            response
        }
        Effect::BadGateway { .. } => plain(502, "text/html", BAD_GATEWAY.to_owned()),
        Effect::HugeBody { bytes } => plain(200, "application/json", format!("{{\"a\":\"{}\"}}", "a".repeat(*bytes))),
        Effect::Redirect { location } => {
            let mut response = plain(302, "text/html", String::new());
            if let Ok(location) = HeaderValue::try_from(location) {
                response.headers_mut().insert(header::LOCATION, location);
            }
            response
        }
        Effect::DropBefore => broken(ConnectionFault::DropBefore),
        Effect::DropAfter => broken(ConnectionFault::DropAfter),
        Effect::Stall | Effect::StallAfter | Effect::Late { .. } => broken(ConnectionFault::Stall),
        _ => return None,
    };
    Some(response)
}

/// Changes a response of the service.
pub(crate) fn spoil(effect: &Effect, mut response: Response<Bytes>) -> Response<Bytes> {
    match effect {
        Effect::TruncateBody => {
            let keep = response.body().len() / 2;
            response.extensions_mut().insert(ConnectionFault::TruncateBody { keep });
            response
        }
        Effect::Drip { chunk, pause } => {
            response.extensions_mut().insert(ConnectionFault::Drip {
                chunk: (*chunk).max(1),
                pause: Duration::try_from_secs_f64(*pause).unwrap_or_default(),
            });
            response
        }
        Effect::TruncateJson => response.map(|body| body.slice(..body.len() / 2)),
        Effect::WrongTypes => edit(response, &|value| {
            *value = match value {
                Value::String(_) => json!([17]),
                Value::Number(_) => json!({"wrong": true}),
                Value::Bool(_) => json!([]),
                _ => return,
            };
        }),
        Effect::UnknownFields => edit(response, &|value| {
            if let Value::Object(object) = value {
                object.insert("never_heard_of".to_owned(), json!({"deep": [1, null, "x"]}));
            }
        }),
        Effect::UnknownStatus => edit(response, &|value| {
            if let Some(status) = value.get_mut("status") {
                *status = json!("contemplating");
            }
        }),
        Effect::EmptyList => edit(response, &|value| {
            if let Value::Array(list) = value {
                list.clear();
            }
        }),
        Effect::WrongDate { seconds } => {
            let date = response.headers().get(header::DATE).and_then(|date| date.to_str().ok());
            let date = date.and_then(|date| jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok());
            let wrong = date
                .unwrap_or_default()
                .checked_add(SignedDuration::from_secs(*seconds))
                .unwrap_or(Timestamp::MAX);
            if let Ok(value) = HeaderValue::try_from(http_date(wrong)) {
                response.headers_mut().insert(header::DATE, value);
            }
            response
        }
        _ => response,
    }
}

/// Formats a time for a `Date` header.
pub(crate) fn http_date(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn plain(status: u16, kind: &'static str, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn broken(fault: ConnectionFault) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    response.extensions_mut().insert(fault);
    response
}

/// Changes every value of a JSON body, innermost first. Other bodies stay.
fn edit(response: Response<Bytes>, change: &dyn Fn(&mut Value)) -> Response<Bytes> {
    fn walk(value: &mut Value, change: &dyn Fn(&mut Value)) {
        match value {
            Value::Array(list) => list.iter_mut().for_each(|value| walk(value, change)),
            Value::Object(object) => object.values_mut().for_each(|value| walk(value, change)),
            _ => {}
        }
        change(value);
    }
    response.map(|body| match serde_json::from_slice::<Value>(&body) {
        Ok(mut value) => {
            walk(&mut value, change);
            Bytes::from(value.to_string())
        }
        Err(_) => body,
    })
}

/// Converts the body of a response for axum.
pub(crate) fn boxed(response: Response<Bytes>) -> Response<Body> {
    response.map(Body::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Response<Bytes> {
        plain(
            200,
            "application/json",
            r#"{"items":[{"status":"available","size":3}]}"#.to_owned(),
        )
    }

    fn spoiled(effect: Effect) -> Value {
        serde_json::from_slice(spoil(&effect, answer()).body()).unwrap()
    }

    #[test]
    fn responses_are_changed_by_their_effect() {
        assert_eq!(spoiled(Effect::EmptyList), json!({"items": []}));
        assert_eq!(spoiled(Effect::UnknownStatus)["items"][0]["status"], "contemplating");
        assert_eq!(spoiled(Effect::WrongTypes)["items"][0]["size"], json!({"wrong": true}));
        assert!(spoiled(Effect::UnknownFields)["items"][0]["never_heard_of"].is_object());
        assert!(serde_json::from_slice::<Value>(spoil(&Effect::TruncateJson, answer()).body()).is_err());
        let fault = spoil(&Effect::TruncateBody, answer());
        assert_eq!(
            fault.extensions().get::<ConnectionFault>(),
            Some(&ConnectionFault::TruncateBody { keep: 21 })
        );
    }

    #[test]
    fn the_date_is_shifted() {
        let mut response = answer();
        let date = http_date(Timestamp::UNIX_EPOCH);
        assert_eq!(date, "Thu, 01 Jan 1970 00:00:00 GMT");
        response.headers_mut().insert(header::DATE, date.try_into().unwrap());
        let response = spoil(&Effect::WrongDate { seconds: 3600 }, response);
        assert_eq!(response.headers()["date"], "Thu, 01 Jan 1970 01:00:00 GMT");
    }

    #[test]
    fn a_redirect_has_its_location() {
        let response = instead(&Effect::Redirect {
            location: "https://elsewhere.example.com/".to_owned(),
        })
        .unwrap();
        assert_eq!(response.status(), 302);
        assert_eq!(response.headers()["location"], "https://elsewhere.example.com/");
    }
}
