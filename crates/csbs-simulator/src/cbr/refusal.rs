//! Error responses of CBR.

use serde_json::json;

use crate::reply::{Payload, Reply};

/// Returns the error with a code such as `6105`, with the HTTP status of the code.
pub(super) fn refusal(code: &str, message: impl Into<String>) -> Reply {
    let message: String = message.into();
    Reply::new(
        status_of(code),
        Payload::Json(json!({"error_code": full_code(code), "error_msg": message})),
    )
}

/// Returns the error `BackupService.9900`.
pub(super) fn parameter(message: impl AsRef<str>) -> Reply {
    refusal("9900", format!("Invalid parameter: {}", message.as_ref()))
}

/// Adds the prefix of the service to the number of a code; a complete code stays.
pub(super) fn full_code(code: &str) -> String {
    if code.contains('.') {
        code.to_owned()
    } else {
        format!("BackupService.{code}")
    }
}

/// Returns the gateway's error for an unknown path or method.
pub(super) fn no_such_api() -> Reply {
    Reply::gateway(
        404,
        "APIG.0101",
        "The API does not exist or has not been published in the environment",
    )
}

/// Returns the error for a caller without the permission for an action.
pub(super) fn forbidden(action: &str) -> Reply {
    Reply::nested(
        "forbidden",
        403,
        format!("Policy doesn't allow {action} to be performed."),
    )
}

/// Returns the 401 for an ID that the gateway does not accept. The token is not the reason.
pub(super) fn malformed_url() -> Reply {
    Reply::new(
        401,
        Payload::Json(json!({"unauthorized": {"code": "401", "message": "Malformed request url"}})),
    )
}

/// Returns the HTTP status of a code. Some codes for a busy service are 500.
fn status_of(code: &str) -> u16 {
    match code.trim_start_matches("BackupService.") {
        "0002" | "4004" | "4005" | "4006" | "4007" | "6132" | "6137" | "6139" | "7009" | "8400" | "9910" | "9998" => {
            500
        }
        "4001" | "6000" | "6002" | "6105" | "6200" | "6217" | "6302" | "6402" | "6500" | "6501" | "6601" | "6705"
        | "7000" | "7100" | "7202" => 404,
        "8600" => 403,
        _ => 400,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_http_status_of_the_service() {
        for (code, status) in [
            ("0002", 500),
            ("0001", 400),
            ("6105", 404),
            ("6125", 400),
            ("6200", 404),
            ("9900", 400),
            ("9998", 500),
            ("8600", 403),
            ("BackupService.6217", 404),
        ] {
            assert_eq!(refusal(code, "").status, status, "{code}");
        }
        assert_eq!(full_code("6105"), "BackupService.6105");
        assert_eq!(full_code("CSBS.1001"), "CSBS.1001");
    }
}
