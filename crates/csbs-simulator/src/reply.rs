//! Answers, and the forms that refusals take.

use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

/// An answer before faults are applied.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Payload,
}

/// What an answer carries.
#[derive(Debug, Clone)]
pub(crate) enum Payload {
    None,
    Json(Value),
}

/// An answer, or a refusal.
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

    pub(crate) fn no_content() -> Self {
        Self::new(204, Payload::None)
    }

    #[must_use]
    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// A refusal of the service, with the HTTP status that belongs to its code.
    pub(crate) fn csbs(code: &str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        Self::new(
            status_of(code),
            Payload::Json(json!({"error_code": code, "error_msg": message})),
        )
    }

    /// `CSBS.9001`.
    pub(crate) fn parameter(message: impl AsRef<str>) -> Self {
        Self::csbs("CSBS.9001", format!("Parameter error: {}", message.as_ref()))
    }

    /// A refusal of the gateway in front.
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

    /// A refusal in Keystone's form.
    pub(crate) fn keystone(status: u16, title: &str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        Self::new(
            status,
            Payload::Json(json!({"error": {"code": status, "message": message, "title": title}})),
        )
    }

    /// Keystone's only 401.
    pub(crate) fn unauthorized(base: &str) -> Self {
        Self::keystone(
            401,
            "Unauthorized",
            "The request you have made requires authentication.",
        )
        .with_header("www-authenticate", format!("Keystone uri=\"{base}\""))
    }

    /// A refusal in the nested form that came from Karbor.
    pub(crate) fn nested(name: &str, status: u16, message: impl Into<String>) -> Self {
        let message: String = message.into();
        Self::new(
            status,
            Payload::Json(json!({name: {"code": status, "message": message}})),
        )
    }

    /// As HTTP.
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

/// The HTTP status of an error code; they disagree with what HTTP means, and that is the service's way.
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
    fn codes_have_the_status_that_the_service_gives_them() {
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
