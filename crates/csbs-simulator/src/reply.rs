//! Responses, and the forms of error responses.

use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

/// A response before faults are applied.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Payload,
}

/// Content of a response.
#[derive(Debug, Clone)]
pub(crate) enum Payload {
    None,
    Json(Value),
}

/// A response, or an error response.
pub(crate) type Answer = Result<Reply, Reply>;

impl Reply {
    pub(crate) fn new(status: u16, body: Payload) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
        }
    }

    pub(crate) fn ok(body: Value) -> Self {
        Self::new(200, Payload::Json(body))
    }

    /// Returns an object with one member. Unlike `json!`, it does not copy the value.
    pub(crate) fn member(name: &str, value: Value) -> Self {
        Self::ok(Value::Object([(name.to_owned(), value)].into_iter().collect()))
    }

    pub(crate) fn no_content() -> Self {
        Self::new(204, Payload::None)
    }

    #[must_use]
    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Returns an error of the service, with the HTTP status of its code.
    pub(crate) fn csbs(code: &str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        Self::new(
            status_of(code),
            Payload::Json(json!({"error_code": code, "error_msg": message})),
        )
    }

    /// Returns the error `CSBS.9001`.
    pub(crate) fn parameter(message: impl AsRef<str>) -> Self {
        Self::csbs("CSBS.9001", format!("Parameter error: {}", message.as_ref()))
    }

    /// Returns an error of the API gateway.
    pub(crate) fn gateway(status: u16, code: &str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        Self::new(
            status,
            Payload::Json(json!({
                "error_code": code,
                "error_msg": message,
                "request_id": "5d3b7b0e1f0c4a6f8e2f6d1b9c0a7e53",
            })),
        )
    }

    /// Returns an error in Keystone's form.
    pub(crate) fn keystone(status: u16, title: &str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        Self::new(
            status,
            Payload::Json(json!({"error": {"code": status, "message": message, "title": title}})),
        )
    }

    /// Returns Keystone's 401.
    pub(crate) fn unauthorized(base: &str) -> Self {
        Self::keystone(
            401,
            "Unauthorized",
            "The request you have made requires authentication.",
        )
        .with_header("www-authenticate", format!("Keystone uri=\"{base}\""))
    }

    /// Returns an error in Karbor's nested form.
    pub(crate) fn nested(name: &str, status: u16, message: impl Into<String>) -> Self {
        let message: String = message.into();
        Self::new(
            status,
            Payload::Json(json!({name: {"code": status, "message": message}})),
        )
    }

    /// Converts to an HTTP response.
    pub(crate) fn into_response(self) -> Response<bytes::Bytes> {
        let (kind, body) = match self.body {
            Payload::None => (None, Vec::new()),
            Payload::Json(value) => (Some("application/json"), value.to_string().into_bytes()),
        };
        let mut response = Response::new(bytes::Bytes::from(body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        if let Some(kind) = kind {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response
    }
}

/// Returns the HTTP status of an error code. The service's statuses do not always fit their meaning in HTTP.
fn status_of(code: &str) -> u16 {
    match code.trim_start_matches("CSBS.") {
        "1001" | "1002" | "2001" | "5001" | "6019" | "6023" | "6030" | "6032" | "8001" | "8008" | "8009" | "9998"
        | "9999" => 500,
        "3000" | "3001" | "6040" | "7001" => 404,
        _ => 400,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_http_status_of_the_service() {
        for (code, status) in [
            ("CSBS.1001", 500),
            ("CSBS.2003", 400),
            ("CSBS.3001", 404),
            ("CSBS.7001", 404),
            ("CSBS.6018", 400),
            ("CSBS.6019", 500),
            ("BackupService.4008", 400),
        ] {
            assert_eq!(Reply::csbs(code, "").status, status, "{code}");
        }
    }
}
