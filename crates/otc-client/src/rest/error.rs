//! The failures of calls, and what follows from them.

mod body;
mod codes;

use std::time::Duration;

pub(crate) use body::parse;
pub use codes::RefusalReason;
pub(crate) use codes::is_busy_code;
use codes::{Meaning, meaning, refusal_reason};

use crate::http::{Delivery, TransportError};
use crate::identity::{IdentityError, is_malformed_request_url};

/// A call that failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ApiError {
    /// Signing in failed; nothing was sent to the service.
    #[error("{operation}: {source}")]
    Identity {
        /// The call, such as `protect`.
        operation: &'static str,
        /// The reason.
        source: IdentityError,
    },
    /// The call got no complete answer.
    #[error("{operation}: {source}")]
    Transport {
        /// The call.
        operation: &'static str,
        /// The reason, and whether the service may have received the request.
        source: TransportError,
        /// Whether the call changes anything.
        write: bool,
    },
    /// The service, or a gateway in front of it, refused the call.
    #[error(transparent)]
    Service(Box<ServiceError>),
    /// The answer cannot be read.
    #[error("{operation}: the answer (HTTP {status}) cannot be read: {message}")]
    Decode {
        /// The call.
        operation: &'static str,
        /// The problem with the answer.
        message: String,
        /// The answer's HTTP status.
        status: u16,
        /// The service's ID of the request, if the answer has one.
        request_id: Option<String>,
        /// Whether the call changes anything.
        write: bool,
    },
    /// The ID cannot be part of a path; nothing was sent.
    #[error(
        "{what} is not an ID: it must have 1 to {} letters, digits, \"-\" or \"_\"",
        super::id::MAX_ID_LENGTH
    )]
    InvalidId {
        /// The name of the ID, such as `resource_id`.
        what: &'static str,
        /// The value, cut to 80 characters. No message quotes it, because it may be marked sensitive.
        id: String,
    },
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceError {
    /// The call, such as `protect`.
    pub operation: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The service's code, such as `CSBS.6000` or `APIG.0301`.
    pub code: Option<String>,
    /// The service's message; may be empty.
    pub message: String,
    /// The service's ID of the request.
    pub request_id: Option<String>,
    /// The pause that the service asks for.
    pub retry_after: Option<Duration>,
    /// Whether the call changes anything.
    pub write: bool,
    /// The form of the body, which shows who refused.
    pub form: ErrorForm,
}

/// The form of a refusal, which shows who refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorForm {
    /// `{"error_code": "CSBS.…", "error_msg": …}`: the service.
    Service,
    /// The same with `APIG.…`: the gateway before the service.
    Gateway,
    /// `{"error": {"code": …, "message": …}}`: the identity service, as a rule.
    Identity,
    /// `{"badRequest": {"code": …, "message": …}}`: the framework of the service.
    Nested,
    /// HTML or other text: a proxy or load balancer.
    Text,
    /// No body, or JSON without a message.
    Empty,
}

impl std::fmt::Display for ServiceError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: HTTP {}", self.operation, self.status)?;
        if let Some(code) = &self.code {
            write!(formatter, ", {code}")?;
        }
        if !self.message.is_empty() {
            write!(formatter, ": {}", self.message)?;
        }
        if let Some(id) = &self.request_id {
            write!(formatter, " (request {id})")?;
        }
        Ok(())
    }
}

impl std::error::Error for ServiceError {}

impl ApiError {
    /// The refusal, if the service refused the call.
    pub fn service(&self) -> Option<&ServiceError> {
        match self {
            Self::Service(error) => Some(error),
            _ => None,
        }
    }

    /// The service's code, if the refusal has one.
    pub fn code(&self) -> Option<&str> {
        self.service().and_then(|error| error.code.as_deref())
    }

    /// The HTTP status, if an answer came.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Service(error) => Some(error.status),
            Self::Decode { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Returns whether no connection was made, to the service or to the identity service.
    pub fn is_failed_connection(&self) -> bool {
        let source = match self {
            Self::Transport { source, .. } => source,
            Self::Identity {
                source: IdentityError::Transport(source),
                ..
            } => source,
            _ => return false,
        };
        source.delivery == Delivery::NotSent
    }

    /// The service's ID of the request, if the answer has one.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Service(error) => error.request_id.as_deref(),
            Self::Decode { request_id, .. } => request_id.as_deref(),
            _ => None,
        }
    }

    /// The pause before the next request that the service asks for.
    pub fn retry_after(&self) -> Option<Duration> {
        self.service().and_then(|error| error.retry_after)
    }

    fn meaning(&self) -> Option<Meaning> {
        self.code().and_then(meaning)
    }

    /// The reason of a refusal, if it is one that an operation needs to know.
    pub fn refusal_reason(&self) -> Option<RefusalReason> {
        self.code().and_then(refusal_reason)
    }

    /// Returns whether the service itself says that the object does not exist.
    ///
    /// Only the service's code decides (such as `CSBS.3001` and `BackupService.6200` for a backup), because a 404 without it may
    /// come from anything on the way: see [`ApiError::is_unconfirmed_not_found`].
    pub fn is_gone(&self) -> bool {
        self.meaning() == Some(Meaning::Gone)
    }

    /// Returns whether the answer is a 404 that is not the service's own: with an empty body, with the body of a gateway, the
    /// identity service or a proxy, or with another code; or a 401 of the gateway that is about the ID in the path. It does not
    /// prove that anything is gone; a list of the service can.
    pub fn is_unconfirmed_not_found(&self) -> bool {
        self.service().is_some_and(|error| match error.status {
            404 => !self.is_gone(),
            401 => error.code.as_deref().and_then(meaning).is_none() && is_malformed_request_url(&error.message),
            _ => false,
        })
    }

    /// Returns whether the object, or one that it depends on, is busy with another job: the same call may succeed later.
    pub fn is_busy(&self) -> bool {
        let Some(error) = self.service() else {
            return false;
        };
        match error.code.as_deref() {
            Some(code) if meaning(code).is_some() => is_busy_code(code),
            _ => error.status == 409,
        }
    }

    /// Returns whether the same call may succeed soon, because the failure lies in the service or on the way to it.
    ///
    /// This does not mean that repeating it is safe: see [`ApiError::may_have_taken_effect`].
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Transport { .. } => true,
            Self::Identity { source, .. } => source.is_transient(),
            Self::Service(error) => match self.meaning() {
                Some(meaning) => meaning == Meaning::Internal,
                None => matches!(error.status, 408 | 429 | 500 | 502 | 503 | 504),
            },
            // A proxy's page with status 200, or a truncated answer.
            Self::Decode { .. } => true,
            Self::InvalidId { .. } => false,
        }
    }

    /// Returns whether a response came that cannot be read, from the service or, during a sign-in, with a success status from the
    /// identity service.
    pub(crate) fn is_unreadable(&self) -> bool {
        match self {
            Self::Decode { .. } => true,
            Self::Identity { source, .. } => {
                matches!(source, IdentityError::Decode { status, .. } if (200..300).contains(status))
            }
            _ => false,
        }
    }

    /// Returns whether the call may have changed something in spite of the failure.
    ///
    /// This is so after a lost answer, after one that cannot be read, and after a 408 or 5xx without a code of the service that
    /// gives a reason (such as `CSBS.9999` or `BackupService.9910`, which only mean "internal").
    pub fn may_have_taken_effect(&self) -> bool {
        match self {
            Self::Transport { source, write, .. } => *write && source.delivery != Delivery::NotSent,
            Self::Decode { write, .. } => *write,
            Self::Service(error) => {
                let has_reason = self.meaning().is_some_and(|meaning| meaning != Meaning::Internal);
                let open = error.status == 408 || (error.status >= 500 && !matches!(error.status, 501 | 505));
                error.write && open && !has_reason
            }
            Self::Identity { .. } | Self::InvalidId { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, body: &str) -> ApiError {
        let headers = ::http::HeaderMap::new();
        ApiError::Service(Box::new(parse(
            "protect",
            true,
            status,
            &headers,
            body.as_bytes(),
            None,
        )))
    }

    #[test]
    fn every_documented_code_has_its_meaning() {
        // code, status, gone, busy, transient, may have taken effect
        for (code, status, gone, busy, transient, effect) in [
            ("CSBS.0001", 400, false, false, false, false),
            ("CSBS.1001", 500, false, true, false, false),
            ("CSBS.1002", 500, false, true, false, false),
            ("CSBS.2001", 500, false, true, false, false),
            ("CSBS.2003", 400, false, true, false, false),
            ("CSBS.2004", 400, false, true, false, false),
            ("CSBS.3000", 404, true, false, false, false),
            ("CSBS.3001", 404, true, false, false, false),
            ("CSBS.3001", 400, true, false, false, false),
            ("CSBS.6040", 404, false, false, false, false),
            ("CSBS.7001", 404, false, false, false, false),
            ("CSBS.6000", 400, false, false, false, false),
            ("CSBS.6005", 400, false, true, false, false),
            ("CSBS.6030", 500, false, true, false, false),
            ("CSBS.6031", 400, false, true, false, false),
            ("CSBS.6032", 500, false, false, false, false),
            ("CSBS.8007", 400, false, false, false, false),
            ("CSBS.8007", 409, false, false, false, false),
            ("CSBS.9999", 500, false, false, true, true),
            ("CSBS.9998", 500, false, false, true, true),
            ("APIG.0101", 404, false, false, false, false),
            ("APIG.0308", 429, false, false, true, false),
            ("APIG.0201", 504, false, false, true, true),
            ("BackupService.4008", 400, false, false, false, false),
            ("BackupService.0001", 400, false, false, false, false),
            ("BackupService.0002", 500, false, true, false, false),
            ("BackupService.1001", 400, false, true, false, false),
            ("BackupService.2001", 400, false, false, false, false),
            ("BackupService.2002", 400, false, true, false, false),
            ("BackupService.2010", 400, false, true, false, false),
            ("BackupService.4007", 500, false, true, false, false),
            ("BackupService.6105", 404, true, false, false, false),
            ("BackupService.6105", 400, true, false, false, false),
            ("BackupService.6112", 400, false, false, false, false),
            ("BackupService.6114", 400, false, false, false, false),
            ("BackupService.6123", 400, false, true, false, false),
            ("BackupService.6125", 400, false, true, false, false),
            ("BackupService.6132", 500, false, false, false, false),
            ("BackupService.6135", 400, false, false, false, false),
            ("BackupService.6139", 500, false, false, true, true),
            ("BackupService.6200", 404, true, false, false, false),
            ("BackupService.6200", 400, true, false, false, false),
            ("BackupService.6203", 400, false, true, false, false),
            ("BackupService.6204", 400, false, false, false, false),
            ("BackupService.6216", 400, false, true, false, false),
            ("BackupService.6217", 404, true, false, false, false),
            ("BackupService.6220", 400, false, false, false, false),
            ("BackupService.6302", 404, false, false, false, false),
            ("BackupService.6500", 404, true, false, false, false),
            ("BackupService.7009", 500, false, true, false, false),
            ("BackupService.7100", 404, false, false, false, false),
            ("BackupService.8400", 500, false, false, true, true),
            ("BackupService.9900", 400, false, false, false, false),
            ("BackupService.9910", 500, false, false, true, true),
            ("BackupService.9998", 500, false, false, true, true),
        ] {
            let error = refusal(status, &format!(r#"{{"error_code":"{code}","error_msg":"text"}}"#));
            assert_eq!(error.code(), Some(code));
            assert_eq!(error.is_gone(), gone, "{code} {status} gone");
            assert_eq!(
                error.is_unconfirmed_not_found(),
                status == 404 && !gone,
                "{code} {status} unconfirmed"
            );
            assert_eq!(error.is_busy(), busy, "{code} {status} busy");
            assert_eq!(error.is_transient(), transient, "{code} {status} transient");
            assert_eq!(error.may_have_taken_effect(), effect, "{code} {status} effect");
        }
    }

    #[test]
    fn without_a_code_the_status_decides() {
        for (status, body, busy, transient, effect) in [
            (400, "", false, false, false),
            (401, "", false, false, false),
            (403, "", false, false, false),
            (404, "", false, false, false),
            (
                404,
                r#"{"itemNotFound":{"code":404,"message":"gone"}}"#,
                false,
                false,
                false,
            ),
            (404, "<html><title>404</title></html>", false, false, false),
            (408, "", false, true, true),
            (409, "", true, false, false),
            (429, "", false, true, false),
            (500, "", false, true, true),
            (501, "", false, false, false),
            (502, "<html>", false, true, true),
            (503, "", false, true, true),
            (504, "", false, true, true),
            (302, "", false, false, false),
        ] {
            let error = refusal(status, body);
            assert_eq!(error.is_busy(), busy, "{status} {body} busy");
            assert_eq!(error.is_transient(), transient, "{status} {body} transient");
            assert_eq!(error.may_have_taken_effect(), effect, "{status} {body} effect");
        }
    }

    #[test]
    fn a_404_in_another_form_does_not_mean_that_the_backup_is_gone() {
        for body in [
            "",
            "{}",
            "null",
            "<html><title>404 Not Found</title></html>",
            r#"{"error_code":"APIG.0101","error_msg":"The API does not exist or has not been published"}"#,
            r#"{"error_msg":"The API does not exist","request_id":"r"}"#,
            r#"{"error":{"code":404,"message":"Could not find.","title":"Not Found"}}"#,
            r#"{"itemNotFound":{"code":404,"message":"gone"}}"#,
            r#"{"message":"no Route matched with those values"}"#,
        ] {
            let error = refusal(404, body);
            assert!(!error.is_gone(), "{body}");
            assert!(error.is_unconfirmed_not_found(), "{body}");
            assert!(!error.is_transient() && !error.is_busy(), "{body}");
        }
        for body in [
            r#"{"error_code":"CSBS.3001","error_msg":"Checkpoint item 7 does not exist."}"#,
            r#"{"error":{"error_code":"CSBS.3000","error_msg":"no"}}"#,
        ] {
            let error = refusal(404, body);
            assert!(error.is_gone() && !error.is_unconfirmed_not_found(), "{body}");
        }
        assert!(!refusal(403, "").is_unconfirmed_not_found());
    }

    #[test]
    fn a_401_about_the_url_is_about_the_object() {
        let error = refusal(
            401,
            r#"{"unauthorized":{"code":"401","message":"Malformed request url"}}"#,
        );
        assert!(error.is_unconfirmed_not_found() && !error.is_gone() && !error.is_transient());
        let error = refusal(401, r#"{"error":{"code":401,"message":"The token is invalid"}}"#);
        assert!(!error.is_unconfirmed_not_found());
    }

    #[test]
    fn a_read_never_takes_effect() {
        let mut error = parse("look", false, 500, &::http::HeaderMap::new(), b"", None);
        assert!(!ApiError::Service(Box::new(error.clone())).may_have_taken_effect());
        error.write = true;
        assert!(ApiError::Service(Box::new(error)).may_have_taken_effect());
    }

    #[test]
    fn the_message_has_status_code_text_and_request_id() {
        let mut headers = ::http::HeaderMap::new();
        headers.insert("x-request-id", "req-7".parse().unwrap());
        let body = br#"{"error_code":"CSBS.6000","error_msg":"The server does not exist."}"#;
        let error = parse("protect", true, 400, &headers, body, None);
        assert_eq!(
            error.to_string(),
            "protect: HTTP 400, CSBS.6000: The server does not exist. (request req-7)"
        );
    }

    fn unreadable(status: u16) -> ApiError {
        ApiError::Decode {
            operation: "look",
            message: "no JSON".to_owned(),
            status,
            request_id: Some("req-8".to_owned()),
            write: false,
        }
    }

    #[test]
    fn status_and_request_id_of_every_answer_are_known() {
        assert_eq!(
            (unreadable(200).status(), unreadable(200).request_id()),
            (Some(200), Some("req-8"))
        );
        let mut headers = ::http::HeaderMap::new();
        headers.insert("x-request-id", "req-7".parse().unwrap());
        let refused = ApiError::Service(Box::new(parse("look", false, 403, &headers, b"", None)));
        assert_eq!((refused.status(), refused.request_id()), (Some(403), Some("req-7")));
        let invalid = ApiError::InvalidId {
            what: "id",
            id: String::new(),
        };
        assert_eq!((invalid.status(), invalid.request_id()), (None, None));
    }

    #[test]
    fn only_a_code_of_the_service_overrides_the_status_409() {
        let gateway = refusal(409, r#"{"error_code":"APIG.0308","error_msg":"text"}"#);
        assert!(gateway.is_busy());
        let service = refusal(409, r#"{"error_code":"CSBS.6000","error_msg":"text"}"#);
        assert!(!service.is_busy());
    }

    #[test]
    fn a_connection_can_fail_on_the_way_to_the_identity_service() {
        for (delivery, failed) in [
            (Delivery::NotSent, true),
            (Delivery::Unknown, false),
            (Delivery::Answered, false),
        ] {
            let source = TransportError {
                delivery,
                message: "lost".to_owned(),
            };
            let identity = ApiError::Identity {
                operation: "look",
                source: IdentityError::Transport(source.clone()),
            };
            let service = ApiError::Transport {
                operation: "look",
                source,
                write: false,
            };
            assert_eq!(identity.is_failed_connection(), failed, "{delivery:?}");
            assert_eq!(service.is_failed_connection(), failed, "{delivery:?}");
        }
        assert!(!unreadable(200).is_failed_connection());
    }

    #[test]
    fn an_answer_to_a_sign_in_is_unreadable_only_with_a_success_status() {
        for (status, expected) in [
            (199, false),
            (200, true),
            (201, true),
            (299, true),
            (300, false),
            (500, false),
        ] {
            let error = ApiError::Identity {
                operation: "look",
                source: IdentityError::Decode {
                    host: String::new(),
                    status,
                    reason: String::new(),
                },
            };
            assert_eq!(error.is_unreadable(), expected, "{status}");
        }
        assert!(unreadable(200).is_unreadable());
        assert!(!refusal(500, "").is_unreadable());
    }
}
