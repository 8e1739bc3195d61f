//! A provider that panics or breaks the rules of Terraform: created objects stay in the state, and errors name the type and the
//! operation.
//! operation.

use terraform_plugin::{
    RawValue,
    protocol6::{ProviderService, wire},
};

use crate::client::{Client, diagnostics_text, in_memory, object};

const FAULTY: &str = "example_faulty";

async fn create(client: &Client<ProviderService>, fault: &str) -> (RawValue, String) {
    let applied = client.apply(&client.creation(FAULTY, [("fault", fault.into())])).await;
    let state = client.read_resource_value(FAULTY, applied.new_state.as_ref());
    (state, diagnostics_text(&applied.diagnostics))
}

fn state(fault: &str) -> RawValue {
    object([("fault", fault.into()), ("id", "x".into()), ("text", RawValue::Null)])
}

#[tokio::test]
async fn a_panic_is_reported_and_harms_no_other_call() {
    let client = in_memory();
    let (_, errors) = create(&client, "panic_create").await;
    assert!(
        errors.contains("The provider crashed while creating example_faulty"),
        "{errors}"
    );
    assert!(errors.contains("intended panic in create"), "{errors}");
    let config = object([("fault", "panic_validate".into())]);
    let errors = diagnostics_text(&client.validate(FAULTY, &config, true).await);
    assert!(errors.contains("crashed while validating example_faulty"), "{errors}");
    let plan = client
        .plan(&client.creation(FAULTY, [("fault", "panic_plan".into())]), false)
        .await;
    assert!(diagnostics_text(&plan.diagnostics).contains("crashed while planning example_faulty"));
    let (made, errors) = create(&client, "none").await;
    assert_eq!((made.get("id").as_str(), errors.as_str()), (Some("created"), ""));
}

/// Validates a configuration whose validation panics.
async fn validated(client: &Client<ProviderService>, method: &str, config: Option<wire::DynamicValue>) -> String {
    let type_name = match method {
        "ValidateDataResourceConfig" => "example_greeting",
        "ValidateEphemeralResourceConfig" => "example_token",
        "ValidateListResourceConfig" => "example_everything",
        _ => "example_ping",
    };
    let request = wire::ValidateConfigRequest {
        type_name: type_name.to_owned(),
        config,
        client_capabilities: None,
    };
    let answer: wire::DiagnosticsResponse = client.call(method, request).await.unwrap();
    diagnostics_text(&answer.diagnostics)
}

#[tokio::test]
async fn a_panic_in_every_call_names_the_operation() {
    let client = in_memory();
    let mut all = Vec::new();
    let mut expect = |what: &str, said: String| all.push((format!("crashed while {what}: "), said));
    let value = |name: &str| object([(name, "panic_validate".into())]);

    let config = client.data_value("example_greeting", &value("name"));
    let said = validated(&client, "ValidateDataResourceConfig", config).await;
    expect("validating example_greeting", said);
    let config = client.ephemeral_value("example_token", &value("user"));
    let said = validated(&client, "ValidateEphemeralResourceConfig", config).await;
    expect("validating example_token", said);
    let config = client.list_value("example_everything", &value("prefix"));
    let said = validated(&client, "ValidateListResourceConfig", config).await;
    expect("validating example_everything", said);
    let config = client.action_value("example_ping", &value("target"));
    let said = validated(&client, "ValidateActionConfig", config).await;
    expect("validating example_ping", said);

    let answer = client.validate_provider(&value("endpoint")).await;
    expect(
        "validating the provider configuration",
        diagnostics_text(&answer.diagnostics),
    );
    let answer = client.configure(object([("endpoint", "panic".into())]), false).await;
    expect("configuring the provider", diagnostics_text(&answer.diagnostics));

    let mut change = client.creation(FAULTY, [("fault", "x".into())]);
    change.prior = state("panic_plan_destroy");
    change.proposed = RawValue::Null;
    let answer = client.plan(&change, false).await;
    expect(
        "planning the destruction of example_faulty",
        diagnostics_text(&answer.diagnostics),
    );
    let answer = import(&client, "panic", false).await;
    expect("importing example_faulty", diagnostics_text(&answer.diagnostics));

    let raw = |text: &str| {
        Some(wire::RawState {
            json: text.as_bytes().to_vec(),
            ..wire::RawState::default()
        })
    };
    let answer: wire::UpgradeResourceStateResponse = client
        .call(
            "UpgradeResourceState",
            wire::UpgradeResourceStateRequest {
                type_name: FAULTY.to_owned(),
                version: 0,
                raw_state: raw("{}"),
            },
        )
        .await
        .unwrap();
    expect(
        "upgrading the state of example_faulty",
        diagnostics_text(&answer.diagnostics),
    );
    let answer: wire::UpgradeResourceIdentityResponse = client
        .call(
            "UpgradeResourceIdentity",
            wire::UpgradeResourceIdentityRequest {
                type_name: "example_everything".to_owned(),
                version: 0,
                raw_identity: raw(r#"{"id":"panic"}"#),
            },
        )
        .await
        .unwrap();
    expect(
        "upgrading the identity of example_everything",
        diagnostics_text(&answer.diagnostics),
    );
    let answer: wire::MoveResourceStateResponse = client
        .call(
            "MoveResourceState",
            wire::MoveResourceStateRequest {
                source_type_name: "panic".to_owned(),
                source_state: raw("{}"),
                target_type_name: FAULTY.to_owned(),
                ..wire::MoveResourceStateRequest::default()
            },
        )
        .await
        .unwrap();
    expect(
        "moving a state to example_faulty",
        diagnostics_text(&answer.diagnostics),
    );

    let type_name = "example_token".to_owned();
    let answer: wire::OpenEphemeralResourceResponse = client
        .call(
            "OpenEphemeralResource",
            wire::OpenEphemeralResourceRequest {
                type_name: type_name.clone(),
                config: client.ephemeral_value(&type_name, &object([("user", "panic".into())])),
                client_capabilities: None,
            },
        )
        .await
        .unwrap();
    expect("opening example_token", diagnostics_text(&answer.diagnostics));
    let private = Some(b"panic".to_vec());
    let request = wire::RenewEphemeralResourceRequest {
        type_name: type_name.clone(),
        private: private.clone(),
    };
    let answer: wire::RenewEphemeralResourceResponse = client.call("RenewEphemeralResource", request).await.unwrap();
    expect("renewing example_token", diagnostics_text(&answer.diagnostics));
    let request = wire::CloseEphemeralResourceRequest { type_name, private };
    let answer: wire::DiagnosticsResponse = client.call("CloseEphemeralResource", request).await.unwrap();
    expect("closing example_token", diagnostics_text(&answer.diagnostics));

    let request = wire::ActionRequest {
        action_type: "example_ping".to_owned(),
        config: client.action_value("example_ping", &object([("target", "panic_plan".into())])),
        client_capabilities: None,
    };
    let answer: wire::PlanActionResponse = client.call("PlanAction", request).await.unwrap();
    expect("planning example_ping", diagnostics_text(&answer.diagnostics));

    for (expected, said) in all {
        assert!(
            said.contains(&expected) && said.contains("intended panic in "),
            "{expected}{said}"
        );
    }
    // The provider still answers.
    let (made, errors) = create(&client, "none").await;
    assert_eq!((made.get("id").as_str(), errors.as_str()), (Some("created"), ""));
}

async fn import(client: &Client<ProviderService>, id: &str, deferral: bool) -> wire::ImportResourceStateResponse {
    let request = wire::ImportResourceStateRequest {
        type_name: FAULTY.to_owned(),
        id: id.to_owned(),
        client_capabilities: crate::client::capabilities(deferral),
        identity: None,
    };
    client.call("ImportResourceState", request).await.unwrap()
}

#[tokio::test]
async fn an_ephemeral_resource_must_not_change_configured_values() {
    let client = in_memory();
    for (user, expected) in [
        ("other", "changed a configured value"),
        ("nothing", "returned no result while opening example_token"),
    ] {
        let request = wire::OpenEphemeralResourceRequest {
            type_name: "example_token".to_owned(),
            config: client.ephemeral_value("example_token", &object([("user", user.into())])),
            client_capabilities: None,
        };
        let answer: wire::OpenEphemeralResourceResponse = client.call("OpenEphemeralResource", request).await.unwrap();
        assert!(
            diagnostics_text(&answer.diagnostics).contains(expected),
            "{:?}",
            answer.diagnostics
        );
    }
}

#[tokio::test]
async fn a_resource_may_defer_its_plan_read_and_import() {
    let client = in_memory();
    let change = client.creation(FAULTY, [("fault", "later".into())]);
    let plan = client.plan(&change, true).await;
    assert_eq!(plan.diagnostics, []);
    let reason = |deferred: Option<wire::Deferred>| deferred.map(|deferred| deferred.reason);
    assert_eq!(
        reason(plan.deferred),
        Some(wire::DeferredReason::ResourceConfigUnknown.into())
    );
    let absent = Some(i32::from(wire::DeferredReason::AbsentPrereq));
    assert_eq!(
        reason(client.read(FAULTY, &state("later"), true).await.deferred),
        absent
    );
    let imported = import(&client, "later", true).await;
    assert_eq!((imported.diagnostics.len(), reason(imported.deferred)), (0, absent));
    // Nothing is deferred for a client that does not understand deferral.
    assert_eq!(client.plan(&change, false).await.deferred, None);
    assert_eq!(client.read(FAULTY, &state("later"), false).await.deferred, None);
}

#[tokio::test]
async fn a_panic_in_read_update_or_delete_leaves_the_state_as_it_was() {
    let client = in_memory();
    let read = client.read(FAULTY, &state("panic_read"), false).await;
    assert!(diagnostics_text(&read.diagnostics).contains("crashed while reading example_faulty"));
    assert_eq!(
        client.read_resource_value(FAULTY, read.new_state.as_ref()),
        state("panic_read")
    );
    assert_eq!(read.private, b"private");
    let deleted = client.delete(FAULTY, &state("panic_delete")).await;
    assert!(diagnostics_text(&deleted.diagnostics).contains("crashed while deleting example_faulty"));
    assert_eq!(
        client.read_resource_value(FAULTY, deleted.new_state.as_ref()),
        state("panic_delete")
    );
    let mut change = client.creation(FAULTY, [("fault", "panic_update".into()), ("text", "new".into())]);
    change.prior = state("panic_update");
    change.proposed.set("id", "x");
    let updated = client.apply(&change).await;
    assert!(diagnostics_text(&updated.diagnostics).contains("crashed while updating example_faulty"));
    assert_eq!(
        client.read_resource_value(FAULTY, updated.new_state.as_ref()),
        state("panic_update")
    );
}

#[tokio::test]
async fn a_partial_state_is_in_the_state_after_a_panic() {
    let (state, errors) = create(&in_memory(), "panic_after_keep").await;
    assert!(errors.contains("crashed while creating example_faulty"), "{errors}");
    assert_eq!(state.get("id").as_str(), Some("created"));
}

#[tokio::test]
async fn a_state_with_an_error_is_saved() {
    let (state, errors) = create(&in_memory(), "error_and_state").await;
    assert_eq!(errors, "It broke: In the middle.\n");
    assert_eq!(state.get("id").as_str(), Some("created"));
    let client = in_memory();
    let deleted = client.delete(FAULTY, &self::state("half_deleted")).await;
    let state = client.read_resource_value(FAULTY, deleted.new_state.as_ref());
    assert_eq!(state.get("text").as_str(), Some("half gone"));
    assert_eq!(
        diagnostics_text(&deleted.diagnostics),
        "Half deleted: The other half still exists.\n"
    );
}

#[tokio::test]
async fn a_plan_must_not_change_configured_values() {
    let client = in_memory();
    let plan = client
        .plan(&client.creation(FAULTY, [("fault", "plan_other".into())]), false)
        .await;
    assert!(diagnostics_text(&plan.diagnostics).contains("planned a value that it may not choose"));
    assert!(plan.diagnostics[0].attribute.is_some());
    let plan = client
        .plan(&client.creation(FAULTY, [("fault", "plan_misfit".into())]), false)
        .await;
    assert!(!plan.diagnostics.is_empty());
}

#[tokio::test]
async fn an_applied_state_that_differs_from_the_plan_is_reported_and_saved() {
    let (state, errors) = create(&in_memory(), "apply_other").await;
    assert!(errors.contains("applied another value than it planned"), "{errors}");
    assert_eq!(state.get("id").as_str(), Some("created"));
    let (state, errors) = create(&in_memory(), "leave_unknown").await;
    assert!(errors.contains("left a value unknown"), "{errors}");
    assert!(state.get("id").is_null() && state.is_wholly_known());
}

#[tokio::test]
async fn a_missing_result_without_an_error_is_reported() {
    let client = in_memory();
    let (state, errors) = create(&client, "nothing_created").await;
    assert!(
        errors.contains("returned no result while creating example_faulty"),
        "{errors}"
    );
    assert!(state.is_null());
    let plan = client
        .plan(&client.creation(FAULTY, [("fault", "nothing_planned".into())]), false)
        .await;
    assert!(diagnostics_text(&plan.diagnostics).contains("returned no result while planning"));
    let imported = import(&client, "nothing", false).await;
    assert!(diagnostics_text(&imported.diagnostics).contains("returned no result while importing"));
    let read = client.read(FAULTY, &self::state("nothing_read"), false).await;
    assert!(diagnostics_text(&read.diagnostics).contains("returned no result while reading"));
    let read = client.read(FAULTY, &self::state("read_unknown"), false).await;
    assert!(diagnostics_text(&read.diagnostics).contains("read an unknown value"));
    assert!(
        client
            .read_resource_value(FAULTY, read.new_state.as_ref())
            .is_wholly_known()
    );
}

#[tokio::test]
async fn values_that_do_not_match_the_schema_are_refused() {
    let client = in_memory();
    let garbage: [&[u8]; 6] = [
        b"\xc1",
        b"\x81",
        b"\x92\xc0",
        b"\x81\xa1x\xc0",
        b"\xdf\xff\xff\xff\xff",
        b"\x80\x80",
    ];
    for bytes in garbage {
        let request = wire::ValidateConfigRequest {
            type_name: FAULTY.to_owned(),
            config: Some(wire::DynamicValue {
                msgpack: bytes.to_vec(),
                json: Vec::new(),
            }),
            client_capabilities: None,
        };
        let answer: wire::DiagnosticsResponse = client.call("ValidateResourceConfig", request).await.unwrap();
        assert!(
            diagnostics_text(&answer.diagnostics).contains("Cannot read the "),
            "{bytes:x?}"
        );
    }
}
