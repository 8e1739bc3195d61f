//! Turns a failed call into a diagnostic: what failed, what the service said, what to do next.

use otc_client::{
    csbs::{ApiError, ServiceError},
    http::Delivery,
    identity::IdentityError,
};
use terraform_plugin::{AttributePath, Diagnostic, Diagnostics};

/// What was being done when a call failed.
#[derive(Debug, Clone, Copy)]
pub struct Failure<'a> {
    /// What failed, such as "Cannot create the backup".
    pub summary: &'a str,
    /// Which object, such as "Server 9506416d-…".
    pub subject: &'a str,
    /// The attributes that the object has; a diagnostic is put on one of them when it is at fault.
    pub attributes: &'a [&'static str],
}

/// What a refusal means for the person who has to deal with it.
struct Advice {
    attribute: Option<&'static str>,
    next: &'static str,
}

impl Failure<'_> {
    /// Adds the error that `error` means.
    pub fn report(&self, diags: &mut Diagnostics, error: &ApiError) {
        diags.errors.push(self.diagnostic(error));
    }

    /// The diagnostic that `error` means.
    #[must_use]
    pub fn diagnostic(&self, error: &ApiError) -> Diagnostic {
        let advice = advice(error);
        let attribute = advice
            .attribute
            .filter(|name| self.attributes.contains(name))
            .map(AttributePath::new)
            .unwrap_or_default();
        Diagnostic {
            summary: self.summary.to_owned().into(),
            detail: format!("{}: {}\n\n{}", self.subject, facts(error), advice.next).into(),
            attribute,
        }
    }

    /// The diagnostic for a refusal that came with a code in an answer of its own, such as that of a capability check.
    #[must_use]
    pub fn refusal(&self, code: Option<&str>, message: Option<&str>) -> Diagnostic {
        let known = code.and_then(by_code);
        let attribute = known
            .as_ref()
            .and_then(|advice| advice.attribute)
            .filter(|name| self.attributes.contains(name))
            .map(AttributePath::new)
            .unwrap_or_default();
        let said = match (code, message) {
            (Some(code), Some(message)) => format!("the service answered {code}: {message}"),
            (Some(code), None) => format!("the service answered {code}"),
            (None, Some(message)) => format!("the service answered: {message}"),
            (None, None) => "the service gave no reason".to_owned(),
        };
        let next = known.map_or("Look at the server in the console of the cloud.", |advice| advice.next);
        Diagnostic {
            summary: self.summary.to_owned().into(),
            detail: format!("{}: {said}.\n\n{next}", self.subject).into(),
            attribute,
        }
    }
}

/// What is known of the failure, in one or two sentences: HTTP status, code, message, request id.
#[must_use]
pub fn facts(error: &ApiError) -> String {
    match error {
        ApiError::Service(error) => service_facts(error),
        ApiError::Identity {
            source: source @ (IdentityError::NotInCatalog | IdentityError::NoEndpoint(_)),
            ..
        } => format!("{source}."),
        ApiError::Identity { source, .. } => format!("signing in failed: {source}."),
        ApiError::Transport { source, .. } => {
            let sent = match source.delivery {
                Delivery::NotSent => "The request did not reach the service",
                Delivery::Unknown => "It is not known whether the service received the request",
                Delivery::Answered => "The service answered, but the answer could not be read to its end",
            };
            format!("the connection failed: {source}. {sent}.")
        }
        ApiError::Decode {
            message,
            status,
            request_id,
            ..
        } => format!(
            "the service answered HTTP status {status} with something that is not the API's: {message}.{}",
            request(request_id.as_deref())
        ),
        other => format!("{other}."),
    }
}

fn service_facts(error: &ServiceError) -> String {
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

fn advice(error: &ApiError) -> Advice {
    error.code().and_then(by_code).unwrap_or_else(|| Advice {
        attribute: match error {
            ApiError::InvalidId {
                what: "resource_id", ..
            } => Some("resource_id"),
            _ => None,
        },
        next: by_kind(error),
    })
}

/// What a client does by the service's code. The code goes before the status: the service's statuses often disagree.
fn by_code(code: &str) -> Option<Advice> {
    let on = |attribute, next| {
        Some(Advice {
            attribute: Some(attribute),
            next,
        })
    };
    let general = |next| Some(Advice { attribute: None, next });
    match code {
        "CSBS.0001" => {
            general("The project has as many policies as it may have. Delete one, or ask for a higher limit.")
        }
        "CSBS.0002" => on(
            "resource_id",
            "The server's disks are of storage types that cannot be backed up together.",
        ),
        "CSBS.1001" | "CSBS.1002" => on(
            "resource_id",
            "Another backup of this server is running; there can be one at a time. Apply again when it has ended, or \
             raise the timeout.",
        ),
        "CSBS.2001" | "CSBS.2003" | "CSBS.2004" | "CSBS.6030" | "CSBS.6031" => {
            general("The service is still at work on it. Apply again when that has ended, or raise the timeout.")
        }
        "CSBS.3000" | "CSBS.3001" => general("It no longer exists. Run a plan to see what has to be made anew."),
        "CSBS.4000" | "CSBS.9008" => general("The backup is not available. Wait until its status is `available`."),
        "CSBS.5001" => {
            general("The policy could not be stopped. Try again; when it stays, contact the cloud's support.")
        }
        "CSBS.6000" => on(
            "resource_id",
            "There is no server with this ID in this project. Check the ID, and that the provider's project and region \
             are those of the server.",
        ),
        "CSBS.6001" => on(
            "resource_id",
            "The server is stopped for good or terminated. Check its status in the console of the cloud.",
        ),
        "CSBS.6003" | "CSBS.6013" => on(
            "resource_type",
            "This type cannot be backed up or restored. The service knows OS::Nova::Server.",
        ),
        "CSBS.6004" => on(
            "resource",
            "A server can belong to one policy only. Take it out of the other policy first.",
        ),
        "CSBS.6005" => on(
            "resource_id",
            "The server is busy with another job of the service. Apply again when that has ended.",
        ),
        "CSBS.6006" => on(
            "resource_id",
            "The server's status does not allow a backup. Wait until it runs or is shut off.",
        ),
        "CSBS.6007" => on("resource_id", "The server has no disk that could be backed up."),
        "CSBS.6010" => on(
            "resource_id",
            "The server has a shared disk, which the service cannot back up.",
        ),
        "CSBS.6027" => on(
            "resource_id",
            "The service does not work in the server's availability zone.",
        ),
        "CSBS.6033" => on(
            "resource_id",
            "The server has a disk on dedicated storage (DSS), which the service cannot back up.",
        ),
        "CSBS.6061" => on("resource_id", "The service cannot back up servers of this kind."),
        "CSBS.6014" | "CSBS.6015" | "CSBS.6016" | "CSBS.6017" | "CSBS.6018" | "CSBS.6019" | "CSBS.6020"
        | "CSBS.6021" | "CSBS.6022" | "CSBS.6023" | "CSBS.6024" | "CSBS.6025" => on(
            "volumes",
            "The mapping of disk backups to disks does not fit the target. Every disk backup needs a disk of the target, \
             a system disk for the system disk, at least as large, attached and not shared.",
        ),
        "CSBS.6032" => general("The policy has nothing to back up. Give it a server first."),
        "CSBS.7000" => on("tags", "A backup can have at most 10 tags."),
        "CSBS.8007" => general(
            "An image was made from this backup. Delete the image first (the service is called IMS), then destroy the \
             backup again.",
        ),
        "CSBS.9006" => general(
            "A quota of the project is used up. The data source csbs_quotas shows the quotas and their use; delete \
             backups that are no longer needed, or ask for a higher quota.",
        ),
        "CSBS.9007" => on(
            "name",
            "Another policy has this name. Names of policies are unique in a project.",
        ),
        "CSBS.9009" => general(
            "The account is not verified, or the space is below what is used. Look at the account in the console of the \
             cloud.",
        ),
        "BackupService.4008" => general(
            "The Cloud Server Backup Service (CSBS) is closed to this project: since 2025-07-28 only projects that already \
             use it may go on, and the cloud announced its end of life for 2025-08-01. Its successor is Cloud Backup and \
             Recovery (CBR), which this provider does not manage. See the guide \"CSBS and CBR\". A project that does use \
             CSBS may be another one: check tenant_name (OS_PROJECT_NAME) and region (OS_REGION).",
        ),
        _ => None,
    }
}

fn by_kind(error: &ApiError) -> &'static str {
    match error {
        ApiError::Identity {
            source: IdentityError::NotInCatalog,
            ..
        } => {
            "The sign-in worked, but this project has no CSBS. T Cloud Public closed the service to new projects on \
             2025-07-28 and announced its end of life for 2025-08-01. Its successor is Cloud Backup and Recovery (CBR), \
             which this provider does not manage. See the guide \"CSBS and CBR\". A project that does use CSBS may be \
             another one: check tenant_name (OS_PROJECT_NAME). On a cloud whose catalog leaves CSBS out, set endpoint \
             (OS_CSBS_ENDPOINT)."
        }
        ApiError::Identity { .. } => "Check the credentials and the auth_url of the provider block or environment.",
        ApiError::Transport { source, .. } => match source.delivery {
            Delivery::NotSent => {
                "Check that this machine can reach the service: name resolution, proxy, firewall, certificates. Then \
                 apply again."
            }
            _ => "Check the connection to the service, then run a plan to see what has to be done.",
        },
        ApiError::Decode { .. } => {
            "Something between here and the service may have answered in its place. Check the endpoint and the proxy; \
             when they are right, try again later."
        }
        ApiError::InvalidId { .. } => "Use the ID as the cloud shows it.",
        ApiError::Service(refusal) if error.is_unconfirmed_not_found() && !speaks_for_the_service(refusal) => {
            "This 404 does not come in the form of the Cloud Server Backup Service, so it does not say that anything is gone: \
             something between here and the service may have answered in its place. Check the endpoint, the project, the \
             region and the proxy, then run the command again."
        }
        ApiError::Service(error) => by_status(error.status),
    }
}

/// Whether a refusal carries a code of the service itself.
fn speaks_for_the_service(refusal: &ServiceError) -> bool {
    let code = refusal.code.as_deref().unwrap_or_default();
    code.starts_with("CSBS.") || code.starts_with("BackupService.")
}

fn by_status(status: u16) -> &'static str {
    match status {
        300..=399 => {
            "Something between here and the service sends the request elsewhere. The provider does not follow, because \
             its credentials are for the service alone. Check the endpoint and the proxy, then apply again."
        }
        400 => "A value is not what the service takes. Compare the configuration with the message above.",
        401 => {
            "The service does not accept the credentials any more. Check that the token has not expired and that the \
             user or key is still valid."
        }
        403 => {
            "The user may not do this. Ask the administrator of the project for a role that allows it, such as CSBS \
             Administrator together with Server Administrator."
        }
        404 => "It does not exist in this project. Check the ID, the project and the region.",
        408 | 504 => "The service did not answer in time. Run a plan to see what has to be done, then apply again.",
        409 => "The service is at work on the same object. Apply again when that has ended.",
        429 => {
            "There were too many requests. Apply again later, or with a lower -parallelism; the provider's argument \
             max_backoff_retries lets it wait longer."
        }
        500..=599 => {
            "The service has a problem. Run a plan to see what has to be done, and apply again later; when it stays, \
             give the request id to the cloud's support."
        }
        _ => "Compare the configuration with the message above.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use otc_client::http::TransportError;

    const FAILURE: Failure<'static> = Failure {
        summary: "Cannot create the backup",
        subject: "Server 9506416d",
        attributes: &["resource_id", "resource_type", "tags"],
    };

    fn service(status: u16, code: Option<&str>, message: &str) -> ApiError {
        ApiError::Service(Box::new(ServiceError {
            operation: "protect",
            status,
            code: code.map(str::to_owned),
            message: message.to_owned(),
            request_id: Some("req-1".to_owned()),
            retry_after: None,
            write: true,
            form: otc_client::csbs::ErrorForm::Service,
        }))
    }

    #[test]
    fn tells_status_code_message_request_and_next_step() {
        let shown = FAILURE.diagnostic(&service(400, Some("CSBS.6000"), "No such server."));
        assert_eq!(shown.summary, "Cannot create the backup");
        assert_eq!(shown.attribute, AttributePath::new("resource_id"));
        let detail = shown.detail.as_ref();
        for part in [
            "Server 9506416d",
            "HTTP status 400",
            "CSBS.6000",
            "No such server",
            "req-1",
            "Check the ID",
        ] {
            assert!(detail.contains(part), "{part} is missing in {detail:?}");
        }
    }

    #[test]
    fn the_code_goes_before_the_status() {
        let detail = |code, status| FAILURE.diagnostic(&service(status, Some(code), "")).detail;
        assert!(detail("CSBS.1001", 500).contains("one at a time"));
        assert!(detail("CSBS.9006", 400).contains("csbs_quotas"));
        assert!(detail("BackupService.4008", 400).contains("CBR"));
        assert!(detail("CSBS.8007", 400).contains("image"));
    }

    #[test]
    fn a_service_that_is_closed_to_the_project_names_its_successor() {
        let no_entry = ApiError::Identity {
            operation: "protect",
            source: IdentityError::NotInCatalog,
        };
        for error in [service(400, Some("BackupService.4008"), ""), no_entry] {
            let detail = FAILURE.diagnostic(&error).detail;
            for part in [
                "CSBS",
                "2025-07-28",
                "2025-08-01",
                "Cloud Backup and Recovery (CBR)",
                "guide",
            ] {
                assert!(detail.contains(part), "{part} is missing in {detail:?}");
            }
            for part in ["Check the credentials", "signing in failed"] {
                assert!(!detail.contains(part), "{part} in {detail:?}");
            }
        }
    }

    #[test]
    fn an_attribute_that_the_object_lacks_is_not_named() {
        assert_eq!(
            FAILURE.diagnostic(&service(400, Some("CSBS.9007"), "")).attribute,
            AttributePath::root()
        );
        assert_eq!(
            FAILURE.diagnostic(&service(400, Some("CSBS.7000"), "")).attribute,
            AttributePath::new("tags")
        );
    }

    #[test]
    fn every_status_has_advice_of_its_own() {
        let statuses = [400, 401, 403, 404, 409, 429, 500, 504];
        let mut advices: Vec<_> = statuses.iter().map(|status| by_status(*status)).collect();
        advices.dedup();
        assert_eq!(advices.len(), statuses.len());
        for status in statuses {
            let detail = FAILURE.diagnostic(&service(status, None, "")).detail;
            assert!(detail.contains(&format!("HTTP status {status}")), "{detail}");
        }
    }

    #[test]
    fn a_404_of_something_on_the_way_is_not_taken_for_the_word_of_the_service() {
        for code in [None, Some("APIG.0101")] {
            let detail = FAILURE.diagnostic(&service(404, code, "")).detail;
            assert!(detail.contains("does not say that anything is gone"), "{detail}");
        }
        let detail = FAILURE.diagnostic(&service(404, Some("CSBS.6040"), "")).detail;
        assert!(detail.contains("does not exist in this project"), "{detail}");
    }

    #[test]
    fn a_lost_connection_says_what_is_known() {
        for (delivery, words) in [
            (Delivery::NotSent, "did not reach"),
            (Delivery::Unknown, "not known whether"),
            (Delivery::Answered, "could not be read"),
        ] {
            let error = ApiError::Transport {
                operation: "protect",
                source: TransportError {
                    delivery,
                    message: "connection reset".to_owned(),
                },
                write: true,
            };
            let detail = FAILURE.diagnostic(&error).detail;
            assert!(
                detail.contains(words) && detail.contains("connection reset"),
                "{detail}"
            );
        }
    }

    #[test]
    fn a_refused_capability_names_code_and_message() {
        let shown = FAILURE.refusal(Some("CSBS.6007"), Some("no disk"));
        assert_eq!(shown.attribute, AttributePath::new("resource_id"));
        assert!(shown.detail.contains("CSBS.6007") && shown.detail.contains("no disk"));
        assert!(FAILURE.refusal(None, None).detail.contains("no reason"));
    }
}
