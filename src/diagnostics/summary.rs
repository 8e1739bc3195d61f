//! The facts of a failed call in one or two sentences.

use otc_client::{
    csbs::{ApiError, ServiceError},
    http::Delivery,
    identity::IdentityError,
};

/// The facts of a failed call: HTTP status, code, message, request id.
#[must_use]
pub fn error_summary(error: &ApiError) -> String {
    match error {
        ApiError::Service(error) => service_summary(error),
        ApiError::Identity {
            source:
                source @ (IdentityError::NotInCatalog(_)
                | IdentityError::NoEndpoint(..)
                | IdentityError::UnknownRegion { .. }
                | IdentityError::NotRegionOfEndpoint { .. }),
            ..
        } => format!("{source}."),
        ApiError::Identity { source, .. } => format!("signing in failed: {source}."),
        ApiError::Transport { source, .. } => {
            let sent = match source.delivery {
                Delivery::NotSent => "The request did not reach the service",
                Delivery::Unknown => "It is not known whether the service received the request",
                Delivery::Answered => "The service answered, but the answer could not be read completely",
            };
            format!("the connection failed: {source}. {sent}.")
        }
        ApiError::Decode {
            message,
            status,
            request_id,
            ..
        } => format!(
            "the service answered HTTP status {status}, but not in the form of its API: {message}.{}",
            request(request_id.as_deref())
        ),
        other => format!("{other}."),
    }
}

fn service_summary(error: &ServiceError) -> String {
    let code = error.code.as_deref().map_or_else(
        || ", without a code of the service".to_owned(),
        |code| format!(", code {code}"),
    );
    let message = match error.message.trim() {
        "" => String::new(),
        message => format!(": {}", message.trim_end_matches('.')),
    };
    format!(
        "the service answered HTTP status {}{code}{message}.{}",
        error.status,
        request(error.request_id.as_deref())
    )
}

fn request(id: Option<&str>) -> String {
    id.map_or_else(String::new, |id| format!(" Request id: {id}."))
}
