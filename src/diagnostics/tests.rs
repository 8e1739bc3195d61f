use otc_client::{
    csbs::ServiceError,
    http::{Delivery, TransportError},
    identity::{CloudService, IdentityError},
};

use super::*;

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
fn a_diagnostic_has_status_code_message_request_and_advice() {
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
fn the_code_takes_precedence_over_the_status() {
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
        source: IdentityError::NotInCatalog(CloudService::Csbs),
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
fn codes_of_vault_backups_have_advice_on_the_attribute_at_fault() {
    let failure = Failure {
        attributes: &["vault_id", "resource_id", "exclude_volumes"],
        ..FAILURE
    };
    for (status, code, attribute, words) in [
        (500, "BackupService.0002", "resource_id", "one at a time"),
        (400, "BackupService.6114", "vault_id", "is full"),
        (400, "BackupService.6113", "vault_id", "frozen"),
        (404, "BackupService.6105", "vault_id", "no vault with this ID"),
        (400, "BackupService.6135", "vault_id", "deletes all its backups"),
        (404, "BackupService.6302", "resource_id", "no server with this ID"),
        (404, "BackupService.7000", "exclude_volumes", "no disk with this ID"),
        (400, "BackupService.6204", "", "image"),
        (400, "BackupService.6220", "", "locked"),
    ] {
        let shown = failure.diagnostic(&service(status, Some(code), ""));
        assert_eq!(shown.attribute.to_string(), attribute, "{code}");
        assert!(shown.detail.contains(words), "{code}: {}", shown.detail);
    }
}

#[test]
fn a_call_of_cbr_that_is_not_allowed_names_the_permission() {
    let detail = |operation: &'static str| {
        let ApiError::Service(refusal) = service(403, Some("APIG.0301"), "no") else {
            unreachable!();
        };
        let refusal = ServiceError { operation, ..*refusal };
        FAILURE.diagnostic(&ApiError::Service(Box::new(refusal))).detail
    };
    for (operation, permission) in [
        (
            "create_checkpoint",
            "`cbr:vaults:backup` together with `ecs:cloudServers:list`",
        ),
        ("list_backups", "`cbr:backups:list`"),
        ("get_vault", "`cbr:vaults:get`"),
        ("restore_backup", "`cbr:backups:restore`"),
    ] {
        let detail = detail(operation);
        assert!(detail.contains(permission) && !detail.contains("CSBS"), "{detail}");
    }
    assert!(detail("protect").contains("CSBS Administrator"));
    let unknown_account = FAILURE.diagnostic(&service(403, Some("BackupService.8600"), ""));
    assert!(unknown_account.detail.contains("not verified"));
}

#[test]
fn an_attribute_that_the_object_does_not_have_is_not_used() {
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
fn every_status_has_its_own_advice() {
    let statuses = [400, 401, 403, 404, 409, 429, 500, 504];
    let mut advices: Vec<_> = statuses
        .iter()
        .map(|status| advice::advice_for_status(*status))
        .collect();
    advices.dedup();
    assert_eq!(advices.len(), statuses.len());
    for status in statuses {
        let detail = FAILURE.diagnostic(&service(status, None, "")).detail;
        assert!(detail.contains(&format!("HTTP status {status}")), "{detail}");
    }
}

#[test]
fn a_404_of_a_gateway_does_not_count_as_an_answer_of_the_service() {
    for code in [None, Some("APIG.0101")] {
        let detail = FAILURE.diagnostic(&service(404, code, "")).detail;
        assert!(detail.contains("does not say that anything is gone"), "{detail}");
    }
    let detail = FAILURE.diagnostic(&service(404, Some("CSBS.6040"), "")).detail;
    assert!(detail.contains("does not exist in this project"), "{detail}");
}

#[test]
fn the_error_of_a_lost_connection_says_whether_the_request_was_received() {
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
    let shown = FAILURE.refusal(Some("CSBS.6007"), Some("no disk."));
    assert_eq!(shown.attribute, AttributePath::new("resource_id"));
    assert!(
        shown.detail.contains("the service answered CSBS.6007: no disk.\n"),
        "{}",
        shown.detail
    );
    assert!(FAILURE.refusal(None, None).detail.contains("no reason"));
}
