//! A provider that breaks the contract, or breaks down: what was made is kept, and the user is told which type did what.

use csbs::{
    framework::Dynamic,
    protocol::{ProviderService, wire},
};

use crate::client::{Client, in_memory, object, told};

const FAULTY: &str = "example_faulty";

async fn create(client: &Client<ProviderService>, fault: &str) -> (Dynamic, String) {
    let applied = client.apply(&client.creation(FAULTY, [("fault", fault.into())])).await;
    let state = client.read_resource_value(FAULTY, applied.new_state.as_ref());
    (state, told(&applied.diagnostics))
}

fn state(fault: &str) -> Dynamic {
    object([("fault", fault.into()), ("id", "x".into()), ("text", Dynamic::Null)])
}

#[tokio::test]
async fn a_panic_is_told_and_the_others_go_on() {
    let client = in_memory();
    let (_, errors) = create(&client, "panic_create").await;
    assert!(
        errors.contains("The provider failed while it was to create example_faulty"),
        "{errors}"
    );
    assert!(errors.contains("create was to panic"), "{errors}");
    let config = object([("fault", "panic_validate".into())]);
    let errors = told(&client.validate(FAULTY, &config, true).await);
    assert!(
        errors.contains("failed while it was to validate example_faulty"),
        "{errors}"
    );
    let plan = client
        .plan(&client.creation(FAULTY, [("fault", "panic_plan".into())]), false)
        .await;
    assert!(told(&plan.diagnostics).contains("failed while it was to plan example_faulty"));
    let (made, errors) = create(&client, "none").await;
    assert_eq!((made.get("id").as_str(), errors.as_str()), (Some("made"), ""));
}

#[tokio::test]
async fn a_panic_in_read_update_or_delete_leaves_the_state_as_it_was() {
    let client = in_memory();
    let read = client.read(FAULTY, &state("panic_read"), false).await;
    assert!(told(&read.diagnostics).contains("failed while it was to read example_faulty"));
    assert_eq!(
        client.read_resource_value(FAULTY, read.new_state.as_ref()),
        state("panic_read")
    );
    assert_eq!(read.private, b"private");
    let deleted = client.delete(FAULTY, &state("panic_delete")).await;
    assert!(told(&deleted.diagnostics).contains("failed while it was to delete example_faulty"));
    assert_eq!(
        client.read_resource_value(FAULTY, deleted.new_state.as_ref()),
        state("panic_delete")
    );
    let mut change = client.creation(FAULTY, [("fault", "panic_update".into()), ("text", "new".into())]);
    change.prior = state("panic_update");
    change.proposed.set("id", "x");
    let updated = client.apply(&change).await;
    assert!(told(&updated.diagnostics).contains("failed while it was to update example_faulty"));
    assert_eq!(
        client.read_resource_value(FAULTY, updated.new_state.as_ref()),
        state("panic_update")
    );
}

#[tokio::test]
async fn what_a_create_kept_before_it_panicked_is_in_the_state() {
    let (state, errors) = create(&in_memory(), "panic_after_keep").await;
    assert!(
        errors.contains("failed while it was to create example_faulty"),
        "{errors}"
    );
    assert_eq!(state.get("id").as_str(), Some("made"));
}

#[tokio::test]
async fn state_and_error_together_are_kept_both() {
    let (state, errors) = create(&in_memory(), "error_and_state").await;
    assert_eq!(errors, "It broke: In the middle.\n");
    assert_eq!(state.get("id").as_str(), Some("made"));
    let client = in_memory();
    let deleted = client.delete(FAULTY, &self::state("half_deleted")).await;
    let state = client.read_resource_value(FAULTY, deleted.new_state.as_ref());
    assert_eq!(state.get("text").as_str(), Some("half gone"));
    assert_eq!(
        told(&deleted.diagnostics),
        "Half deleted: The other half is still there.\n"
    );
}

#[tokio::test]
async fn a_plan_may_not_change_what_is_configured() {
    let client = in_memory();
    let plan = client
        .plan(&client.creation(FAULTY, [("fault", "plan_other".into())]), false)
        .await;
    assert!(told(&plan.diagnostics).contains("planned a value that is not its to choose"));
    assert!(plan.diagnostics[0].attribute.is_some());
    let plan = client
        .plan(&client.creation(FAULTY, [("fault", "plan_misfit".into())]), false)
        .await;
    assert!(!plan.diagnostics.is_empty());
}

#[tokio::test]
async fn an_apply_that_breaks_the_plan_is_told_and_kept() {
    let (state, errors) = create(&in_memory(), "apply_other").await;
    assert!(errors.contains("applied something else than it planned"), "{errors}");
    assert_eq!(state.get("id").as_str(), Some("made"));
    let (state, errors) = create(&in_memory(), "leave_unknown").await;
    assert!(errors.contains("left a value unknown"), "{errors}");
    assert!(state.get("id").is_null() && state.is_wholly_known());
}

#[tokio::test]
async fn nothing_without_a_reason_is_an_error() {
    let client = in_memory();
    let (state, errors) = create(&client, "nothing_created").await;
    assert!(
        errors.contains("gave no result when it was to create example_faulty"),
        "{errors}"
    );
    assert!(state.is_null());
    let plan = client
        .plan(&client.creation(FAULTY, [("fault", "nothing_planned".into())]), false)
        .await;
    assert!(told(&plan.diagnostics).contains("gave no result when it was to plan"));
    let read = client.read(FAULTY, &self::state("nothing_read"), false).await;
    assert!(told(&read.diagnostics).contains("gave no result when it was to read"));
    let read = client.read(FAULTY, &self::state("read_unknown"), false).await;
    assert!(told(&read.diagnostics).contains("read an unknown value"));
    assert!(
        client
            .read_resource_value(FAULTY, read.new_state.as_ref())
            .is_wholly_known()
    );
}

#[tokio::test]
async fn values_that_do_not_fit_the_schema_are_refused() {
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
        assert!(told(&answer.diagnostics).contains("cannot be read"), "{bytes:x?}");
    }
}
