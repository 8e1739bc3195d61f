//! The check of a planned create: can the server be backed up?

use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostic, Diagnostics, RawValue, Value};

use super::{
    messages::{not_protectable, on_the_server},
    model::BackupModel,
};
use crate::{
    Connection,
    diagnostics::{Failure, error_summary},
};
use otc_client::{
    csbs::{ApiError, Capability, Server, is_valid_id},
    operation::until_stopped,
};

const ATTRIBUTES: &[&str] = &["resource_id", "resource_type"];

/// Asks the service whether the server of a planned create can be backed up, if the server is known. Plans in progress at the same
/// time share a request. "Busy" is no error: the create waits for the server.
pub async fn check(connection: &Connection, context: &Context, planned: &RawValue, diags: &mut Diagnostics) {
    let Some(service) = connection.for_plan_checks() else {
        return;
    };
    let Some(planned) = planned.to_model::<BackupModel>(diags) else {
        return;
    };
    let Some(id) = planned.resource_id.as_deref_option().filter(|id| is_valid_id(id)) else {
        return;
    };
    let mut server = Server::new(id);
    if let Value::Value(resource_type) = &planned.resource_type {
        server.resource_type.clone_from(resource_type);
    }
    let check = service.checks.check(&service.inventory, &server);
    if let Ok(answer) = until_stopped(&context.cancel, check).await {
        report(id, answer, diags);
    }
}

fn report(server_id: &str, answer: Result<Capability, ApiError>, diags: &mut Diagnostics) {
    let server = format!("Server {server_id}");
    let error = match answer {
        Ok(capability) if capability.result || capability.is_busy() => return,
        Ok(capability) => return diags.errors.push(not_protectable(&server, &capability)),
        Err(error) if error.is_busy() => return,
        Err(error) => error,
    };
    if error.is_transient() && !error.is_failed_connection() {
        return diags.add_attribute_warning(
            "The server was not checked",
            format!(
                "{server}: the provider could not ask whether the server can be backed up: {} The apply asks again.",
                error_summary(&error)
            ),
            AttributePath::new("resource_id"),
        );
    }
    let failure = Failure {
        summary: "The server cannot be backed up",
        subject: &server,
        attributes: ATTRIBUTES,
    };
    let diagnostic = failure.diagnostic(&error);
    diags.errors.push(match &error {
        ApiError::Service(refusal)
            if refusal.status == 400 && error.code().is_some_and(|code| code.starts_with("CSBS.")) =>
        {
            on_the_server(diagnostic)
        }
        ApiError::InvalidId { .. } => on_the_server(diagnostic),
        _ => Diagnostic {
            summary: "Cannot check whether the server can be backed up".into(),
            ..diagnostic
        },
    });
}

#[cfg(test)]
mod tests {
    use otc_client::{
        csbs::{ErrorForm, ServiceError},
        http::{Delivery, TransportError},
        identity::IdentityError,
    };

    use super::*;

    fn refusal(status: u16, code: &str) -> ApiError {
        ApiError::Service(Box::new(ServiceError {
            operation: "check_protectable",
            status,
            code: Some(code.to_owned()),
            message: "no".to_owned(),
            request_id: None,
            retry_after: None,
            write: false,
            form: ErrorForm::Service,
        }))
    }

    fn diagnostics(answer: Result<Capability, ApiError>) -> Diagnostics {
        let mut diags = Diagnostics::default();
        report("server", answer, &mut diags);
        diags
    }

    /// The attribute and the whole text of the only error.
    fn error(answer: Result<Capability, ApiError>) -> (String, String) {
        let diags = diagnostics(answer);
        let [error] = diags.errors.as_slice() else {
            panic!("{diags:?}");
        };
        (
            error.attribute.to_string(),
            format!("{}: {}", error.summary, error.detail),
        )
    }

    fn capability(code: &str) -> Capability {
        Capability {
            error_code: Some(code.to_owned()),
            ..Capability::default()
        }
    }

    #[test]
    fn a_server_that_cannot_be_backed_up_is_an_error_on_it() {
        for code in ["CSBS.6000", "CSBS.6007", "CSBS.9001"] {
            assert_eq!(error(Ok(capability(code))).0, "resource_id", "{code}");
            let (attribute, text) = error(Err(refusal(400, code)));
            assert_eq!(attribute, "resource_id", "{code}");
            assert!(
                text.contains(code) && text.starts_with("The server cannot be backed up"),
                "{text}"
            );
        }
        let (what, id) = ("resource_id", "a b".to_owned());
        let (attribute, _) = error(Err(ApiError::InvalidId { what, id }));
        assert_eq!(attribute, "resource_id");
        assert_eq!(error(Ok(capability("CSBS.6003"))).0, "resource_type");
    }

    #[test]
    fn a_busy_server_is_no_error() {
        for answer in [Ok(capability("CSBS.1001")), Err(refusal(500, "CSBS.6005"))] {
            let diags = diagnostics(answer);
            assert!(diags.errors.is_empty() && diags.warnings.is_empty(), "{diags:?}");
        }
    }

    #[test]
    fn a_closed_service_and_wrong_credentials_are_errors_of_the_plan() {
        let (attribute, text) = error(Err(refusal(400, "BackupService.4008")));
        assert!(attribute.is_empty() && text.contains("CBR"), "{attribute} {text}");
        assert!(
            text.starts_with("Cannot check whether the server can be backed up"),
            "{text}"
        );
        let source = IdentityError::Refused {
            status: 401,
            message: String::new(),
            sent: "the user \"me\", a password".to_owned(),
        };
        let operation = "check_protectable";
        let (_, text) = error(Err(ApiError::Identity { operation, source }));
        assert!(text.contains("the user \"me\""), "{text}");
        let source = TransportError {
            delivery: Delivery::NotSent,
            message: "connection refused".to_owned(),
        };
        let write = false;
        let (_, text) = error(Err(ApiError::Transport {
            operation,
            source,
            write,
        }));
        assert!(text.contains("connection refused"), "{text}");
    }

    #[test]
    fn a_passing_failure_is_a_warning() {
        let mut failure = refusal(503, "");
        if let ApiError::Service(error) = &mut failure {
            error.code = None;
        }
        let diags = diagnostics(Err(failure));
        assert!(diags.errors.is_empty() && diags.warnings.len() == 1, "{diags:?}");
    }
}
