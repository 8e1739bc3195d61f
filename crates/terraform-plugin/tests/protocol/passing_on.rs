//! Everything that Terraform sends about a resource reaches the resource, and everything that this returns reaches Terraform.

use terraform_plugin::{ImportTarget, RawValue, protocol6::wire};

use crate::{
    client::{Client, diagnostics_text, object},
    recorder::{NEW_PRIVATE, Recorder, Request, SECRET, TYPE, identity},
};

type Service = terraform_plugin::protocol6::ProviderService;

/// Returns a state in the form that Terraform stores.
fn state(name: &str, id: impl Into<RawValue>) -> RawValue {
    object([
        ("name", name.into()),
        ("id", id.into()),
        ("secret", RawValue::Null),
        ("block", RawValue::List(vec![])),
    ])
}

/// Returns a configuration with a write-only value.
fn config(name: &str) -> RawValue {
    let mut config = state(name, RawValue::Null);
    config.set("secret", "configured");
    config
}

/// Returns the configuration behind a planned state: none for a deletion.
fn config_of(planned: &RawValue) -> RawValue {
    if planned.is_null() {
        RawValue::Null
    } else {
        config("new")
    }
}

/// Returns a state as a resource may return it: with a write-only value, and without blocks.
fn careless(name: &str, id: impl Into<RawValue>) -> RawValue {
    object([
        ("name", name.into()),
        ("id", id.into()),
        ("secret", "configured".into()),
    ])
}

async fn plan(client: &Client<Service>, prior: &RawValue, proposed: &RawValue) -> wire::PlanResourceChangeResponse {
    let request = wire::PlanResourceChangeRequest {
        type_name: TYPE.to_owned(),
        prior_state: client.resource_value(TYPE, prior),
        proposed_new_state: client.resource_value(TYPE, proposed),
        config: client.resource_value(TYPE, &config_of(proposed)),
        prior_private: b"prior private".to_vec(),
        prior_identity: client.identity_value(TYPE, &identity("prior")),
        planned_private: b"planned before".to_vec(),
        ..wire::PlanResourceChangeRequest::default()
    };
    client.call("PlanResourceChange", request).await.unwrap()
}

async fn apply(client: &Client<Service>, prior: &RawValue, planned: &RawValue) -> wire::ApplyResourceChangeResponse {
    let request = wire::ApplyResourceChangeRequest {
        type_name: TYPE.to_owned(),
        prior_state: client.resource_value(TYPE, prior),
        planned_state: client.resource_value(TYPE, planned),
        config: client.resource_value(TYPE, &config_of(planned)),
        planned_private: b"planned private".to_vec(),
        planned_identity: client.identity_value(TYPE, &identity("planned")),
        ..wire::ApplyResourceChangeRequest::default()
    };
    client.call("ApplyResourceChange", request).await.unwrap()
}

async fn read(client: &Client<Service>, current: &RawValue) -> wire::ReadResourceResponse {
    let request = wire::ReadResourceRequest {
        type_name: TYPE.to_owned(),
        current_state: client.resource_value(TYPE, current),
        private: b"private".to_vec(),
        current_identity: client.identity_value(TYPE, &identity("current")),
        ..wire::ReadResourceRequest::default()
    };
    client.call("ReadResource", request).await.unwrap()
}

async fn import(client: &Client<Service>, id: &str, identity: Option<&RawValue>) -> wire::ImportResourceStateResponse {
    let request = wire::ImportResourceStateRequest {
        type_name: TYPE.to_owned(),
        id: id.to_owned(),
        client_capabilities: None,
        identity: identity.and_then(|identity| client.identity_value(TYPE, identity)),
    };
    client.call("ImportResourceState", request).await.unwrap()
}

fn raw_state(json: &str) -> Option<wire::RawState> {
    Some(wire::RawState {
        json: json.as_bytes().to_vec(),
        ..wire::RawState::default()
    })
}

async fn upgrade(client: &Client<Service>, version: i64, json: &str) -> wire::UpgradeResourceStateResponse {
    let request = wire::UpgradeResourceStateRequest {
        type_name: TYPE.to_owned(),
        version,
        raw_state: raw_state(json),
    };
    client.call("UpgradeResourceState", request).await.unwrap()
}

async fn move_state(client: &Client<Service>) -> wire::MoveResourceStateResponse {
    let request = wire::MoveResourceStateRequest {
        source_provider_address: "registry.example/ns/other".to_owned(),
        source_type_name: "other_object".to_owned(),
        source_schema_version: 3,
        source_state: raw_state(r#"{"title":"old"}"#),
        target_type_name: TYPE.to_owned(),
        source_private: b"source private".to_vec(),
        ..wire::MoveResourceStateRequest::default()
    };
    client.call("MoveResourceState", request).await.unwrap()
}

#[tokio::test]
async fn a_plan_of_an_update() {
    let (recorder, client) = Recorder::returning(careless("new", "1"));
    let answer = plan(&client, &state("old", "1"), &state("new", "1")).await;
    let Request::Plan(request) = recorder.request() else {
        panic!("not planned");
    };
    assert_eq!(request.prior_state, Some(state("old", "1")));
    assert_eq!(request.proposed_state, state("new", "1"));
    assert_eq!(request.config, config("new"));
    assert_eq!(request.prior_private, b"prior private");
    assert_eq!(request.prior_identity, Some(identity("prior")));
    assert_eq!(request.planned_private, b"planned before");

    assert_eq!(diagnostics_text(&answer.diagnostics), "");
    assert_eq!(
        client.read_resource_value(TYPE, answer.planned_state.as_ref()),
        state("new", "1")
    );
    assert_eq!(answer.planned_private, NEW_PRIVATE);
    assert_eq!(
        client.read_identity(TYPE, answer.planned_identity.as_ref()),
        identity("new")
    );
    let step = &answer.requires_replace[0].steps[0];
    assert_eq!(step.selector, Some(wire::Selector::AttributeName("name".to_owned())));
}

#[tokio::test]
async fn a_plan_of_a_create_has_no_prior_state() {
    let (recorder, client) = Recorder::returning(careless("new", RawValue::UNKNOWN));
    let answer = plan(&client, &RawValue::Null, &state("new", RawValue::Null)).await;
    let Request::Plan(request) = recorder.request() else {
        panic!("not planned");
    };
    assert_eq!(request.prior_state, None);
    assert_eq!(
        client.read_resource_value(TYPE, answer.planned_state.as_ref()),
        state("new", RawValue::UNKNOWN)
    );
}

#[tokio::test]
async fn a_plan_to_destroy_keeps_the_private_data_for_the_delete() {
    let (recorder, client) = Recorder::returning(RawValue::Null);
    let answer = plan(&client, &state("old", "1"), &RawValue::Null).await;
    let Request::PlanDestroy(prior) = recorder.request() else {
        panic!("not planned");
    };
    assert_eq!(prior, state("old", "1"));
    assert!(
        client
            .read_resource_value(TYPE, answer.planned_state.as_ref())
            .is_null()
    );
    assert_eq!(answer.planned_private, b"prior private");
}

#[tokio::test]
async fn a_create() {
    let (recorder, client) = Recorder::returning(careless("new", "1"));
    let planned = state("new", RawValue::UNKNOWN);
    let answer = apply(&client, &RawValue::Null, &planned).await;
    let Request::Create(request) = recorder.request() else {
        panic!("not created");
    };
    assert_eq!(request.planned_state, planned);
    assert_eq!(request.config, config("new"));
    assert_eq!(request.planned_private, b"planned private");
    assert_applied(&client, &answer);
}

#[tokio::test]
async fn an_update() {
    let (recorder, client) = Recorder::returning(careless("new", "1"));
    let answer = apply(&client, &state("old", "1"), &state("new", "1")).await;
    let Request::Update(request) = recorder.request() else {
        panic!("not updated");
    };
    assert_eq!(request.prior_state, state("old", "1"));
    assert_eq!(request.planned_state, state("new", "1"));
    assert_eq!(request.config, config("new"));
    assert_eq!(request.planned_private, b"planned private");
    assert_eq!(request.planned_identity, Some(identity("planned")));
    assert_applied(&client, &answer);
}

fn assert_applied(client: &Client<Service>, answer: &wire::ApplyResourceChangeResponse) {
    assert_eq!(diagnostics_text(&answer.diagnostics), "");
    assert_eq!(
        client.read_resource_value(TYPE, answer.new_state.as_ref()),
        state("new", "1")
    );
    assert_eq!(answer.private, NEW_PRIVATE);
    assert_eq!(
        client.read_identity(TYPE, answer.new_identity.as_ref()),
        identity("new")
    );
}

#[tokio::test]
async fn a_delete() {
    let (recorder, client) = Recorder::returning(state("left", "1"));
    let answer = apply(&client, &state("old", "1"), &RawValue::Null).await;
    let Request::Delete(request) = recorder.request() else {
        panic!("not deleted");
    };
    assert_eq!(request.prior_state, state("old", "1"));
    assert_eq!(request.private, b"planned private");
    assert_eq!(diagnostics_text(&answer.diagnostics), "");
    assert!(client.read_resource_value(TYPE, answer.new_state.as_ref()).is_null());
    assert_eq!((answer.private, answer.new_identity), (Vec::new(), None));
}

#[tokio::test]
async fn a_read() {
    let (recorder, client) = Recorder::returning(careless("new", "1"));
    let answer = read(&client, &state("old", "1")).await;
    let Request::Read(request) = recorder.request() else {
        panic!("not read");
    };
    assert_eq!(request.current_state, state("old", "1"));
    assert_eq!(request.private, b"private");
    assert_eq!(request.current_identity, Some(identity("current")));
    assert_eq!(diagnostics_text(&answer.diagnostics), "");
    assert_eq!(
        client.read_resource_value(TYPE, answer.new_state.as_ref()),
        state("new", "1")
    );
    assert_eq!(answer.private, NEW_PRIVATE);
    assert_eq!(
        client.read_identity(TYPE, answer.new_identity.as_ref()),
        identity("new")
    );
}

#[tokio::test]
async fn a_read_of_an_object_that_is_gone_leaves_no_state_and_no_private_data() {
    let (_, client) = Recorder::returning(RawValue::Null);
    let answer = read(&client, &state("old", "1")).await;
    assert!(client.read_resource_value(TYPE, answer.new_state.as_ref()).is_null());
    assert_eq!(answer.private, b"");
}

#[tokio::test]
async fn an_import() {
    let (recorder, client) = Recorder::returning(careless("new", "1"));
    for (id, by_identity) in [("1", None), ("", Some(identity("1")))] {
        let answer = import(&client, id, by_identity.as_ref()).await;
        let Request::Import(request) = recorder.request() else {
            panic!("not imported");
        };
        match request.target {
            ImportTarget::Id(given) => assert_eq!((given.as_str(), by_identity), (id, None)),
            ImportTarget::Identity(given) => assert_eq!(Some(given), by_identity),
        }
        assert_eq!(diagnostics_text(&answer.diagnostics), "");
        let imported = &answer.imported_resources[0];
        assert_eq!(imported.type_name, TYPE);
        assert_eq!(
            client.read_resource_value(TYPE, imported.state.as_ref()),
            state("new", "1")
        );
        assert_eq!(imported.private, NEW_PRIVATE);
        assert_eq!(client.read_identity(TYPE, imported.identity.as_ref()), identity("new"));
    }
}

#[tokio::test]
async fn an_upgrade_of_a_state() {
    let (recorder, client) = Recorder::returning(careless("new", "1"));
    let answer = upgrade(&client, 0, r#"{"title":"old"}"#).await;
    let Request::UpgradeState(request) = recorder.request() else {
        panic!("not upgraded");
    };
    assert_eq!((request.version, &request.raw["title"]), (0, &"old".into()));
    assert_eq!(diagnostics_text(&answer.diagnostics), "");
    assert_eq!(
        client.read_resource_value(TYPE, answer.upgraded_state.as_ref()),
        state("new", "1")
    );
}

#[tokio::test]
async fn a_state_of_a_version_that_is_readable_needs_no_upgrade() {
    let (recorder, client) = Recorder::failing();
    for version in [1, 2] {
        let answer = upgrade(&client, version, r#"{"name":"old","id":"1","gone":true}"#).await;
        assert_eq!(diagnostics_text(&answer.diagnostics), "");
        let upgraded = client.read_resource_value(TYPE, answer.upgraded_state.as_ref());
        assert_eq!(upgraded, state("old", "1"));
    }
    let newer = upgrade(&client, 3, "{}").await;
    assert!(diagnostics_text(&newer.diagnostics).contains("A newer version of the provider wrote the state"));
    assert!(newer.upgraded_state.is_none());
    assert_eq!(recorder.requests(), 0);
}

#[tokio::test]
async fn an_upgrade_of_an_identity() {
    for (version, json, asked, upgraded) in [
        (0, r#"{"key":"1"}"#, true, identity("new")),
        (1, r#"{"id":"1"}"#, false, identity("1")),
        // States that are older than identities have none.
        (0, "null", false, RawValue::Null),
        (1, "null", false, RawValue::Null),
        (0, "", false, RawValue::Null),
    ] {
        let (recorder, client) = Recorder::returning(identity("new"));
        let request = wire::UpgradeResourceIdentityRequest {
            type_name: TYPE.to_owned(),
            version,
            raw_identity: raw_state(json),
        };
        let answer: wire::UpgradeResourceIdentityResponse =
            client.call("UpgradeResourceIdentity", request).await.unwrap();
        assert_eq!(diagnostics_text(&answer.diagnostics), "", "{version} {json}");
        assert_eq!(
            client.read_identity(TYPE, answer.upgraded_identity.as_ref()),
            upgraded,
            "{version} {json}"
        );
        if asked {
            let Request::UpgradeIdentity(request) = recorder.request() else {
                panic!("not upgraded");
            };
            assert_eq!((request.version, &request.raw["key"]), (0, &"1".into()));
        }
    }
}

#[tokio::test]
async fn a_move() {
    let (recorder, client) = Recorder::returning(careless("new", "1"));
    let answer = move_state(&client).await;
    let Request::MoveState(request) = recorder.request() else {
        panic!("not moved");
    };
    assert_eq!(request.source_provider_address, "registry.example/ns/other");
    assert_eq!(request.source_type_name, "other_object");
    assert_eq!(request.source_schema_version, 3);
    assert_eq!(request.source_state["title"], "old");
    assert_eq!(request.source_private, b"source private");
    assert_eq!(diagnostics_text(&answer.diagnostics), "");
    assert_eq!(
        client.read_resource_value(TYPE, answer.target_state.as_ref()),
        state("new", "1")
    );
    assert_eq!(answer.target_private, NEW_PRIVATE);
    assert_eq!(
        client.read_identity(TYPE, answer.target_identity.as_ref()),
        identity("new")
    );
}

#[tokio::test]
async fn after_an_error_state_private_data_and_identity_are_those_of_the_request() {
    let (_, client) = Recorder::failing();
    let (old, new) = (state("old", "1"), state("new", "1"));
    let value = |value: &RawValue| client.resource_value(TYPE, value);
    let identity = |id: &str| client.identity_value(TYPE, &identity(id));
    let failed = "It failed: On purpose.\n";

    let planned = plan(&client, &old, &new).await;
    assert_eq!(diagnostics_text(&planned.diagnostics), failed);
    assert_eq!(planned.planned_state, value(&new));
    assert_eq!(
        (planned.planned_private, planned.planned_identity),
        (b"prior private".to_vec(), identity("prior"))
    );

    for (prior, planned) in [(&RawValue::Null, &new), (&old, &new), (&old, &RawValue::Null)] {
        let applied = apply(&client, prior, planned).await;
        assert_eq!(diagnostics_text(&applied.diagnostics), failed);
        assert_eq!(applied.new_state, value(prior));
        assert_eq!(
            (applied.private, applied.new_identity),
            (b"planned private".to_vec(), identity("planned"))
        );
    }

    let read = read(&client, &old).await;
    assert_eq!(diagnostics_text(&read.diagnostics), failed);
    assert_eq!(read.new_state, value(&old));
    assert_eq!(
        (read.private, read.new_identity),
        (b"private".to_vec(), identity("current"))
    );

    let imported = import(&client, "1", None).await;
    assert_eq!(diagnostics_text(&imported.diagnostics), failed);
    assert_eq!(imported.imported_resources.len(), 0);
    assert_eq!(diagnostics_text(&upgrade(&client, 0, "{}").await.diagnostics), failed);
    assert_eq!(diagnostics_text(&move_state(&client).await.diagnostics), failed);
}

#[tokio::test]
async fn a_secret_that_the_service_repeats_is_stored_by_no_call() {
    let (_, client) = Recorder::returning(state("new", format!("id of {SECRET}")));
    let clean = state("new", "id of [removed]");
    let warning = "A secret was removed from the state";
    let assert_clean = |call: &str, stored: RawValue, diagnostics: &[wire::Diagnostic]| {
        assert_eq!(stored, clean, "{call}");
        assert!(
            diagnostics_text(diagnostics).contains(warning),
            "{call}: {diagnostics:?}"
        );
    };
    let stored = |value: Option<&wire::DynamicValue>| client.read_resource_value(TYPE, value);

    let created = apply(&client, &RawValue::Null, &state("new", RawValue::UNKNOWN)).await;
    assert_clean("create", stored(created.new_state.as_ref()), &created.diagnostics);
    let updated = apply(&client, &state("old", "1"), &state("new", RawValue::UNKNOWN)).await;
    assert_clean("update", stored(updated.new_state.as_ref()), &updated.diagnostics);
    let refreshed = read(&client, &state("old", "1")).await;
    assert_clean("read", stored(refreshed.new_state.as_ref()), &refreshed.diagnostics);
    let imported = import(&client, "1", None).await;
    let state = imported.imported_resources[0].state.as_ref();
    assert_clean("import", stored(state), &imported.diagnostics);

    let request = wire::ListResourceRequest {
        type_name: TYPE.to_owned(),
        config: client.list_value(TYPE, &object([])),
        include_resource_object: true,
        limit: 0,
    };
    let listed: Vec<wire::ListResourceEvent> = client.stream("ListResource", request).await.unwrap();
    let found = client.read_resource_value(TYPE, listed[0].resource_object.as_ref());
    assert_eq!(found.get("id"), &"id of [removed]".into());
    assert!(diagnostics_text(&listed[0].diagnostic).contains(warning));
}

#[tokio::test]
async fn the_name_of_a_listed_object_contains_no_secret() {
    let (_, client) = Recorder::returning(state(&format!("name of {SECRET}"), "1"));
    let request = wire::ListResourceRequest {
        type_name: TYPE.to_owned(),
        config: client.list_value(TYPE, &object([])),
        include_resource_object: false,
        limit: 0,
    };
    let listed: Vec<wire::ListResourceEvent> = client.stream("ListResource", request).await.unwrap();
    assert_eq!(listed[0].display_name, "name of [removed]");
    assert_eq!(listed[0].resource_object, None);
}

#[tokio::test]
async fn a_secret_that_the_user_wrote_stays_in_the_state() {
    let own = state(&format!("name of {SECRET}"), "1");
    let (_, client) = Recorder::returning(own.clone());
    let stored = |value: Option<&wire::DynamicValue>| client.read_resource_value(TYPE, value);
    let updated = apply(&client, &state("old", "1"), &own).await;
    assert_eq!(
        (stored(updated.new_state.as_ref()), updated.diagnostics),
        (own.clone(), vec![])
    );
    let refreshed = read(&client, &own).await;
    assert_eq!(
        (stored(refreshed.new_state.as_ref()), refreshed.diagnostics),
        (own, vec![])
    );
}

#[tokio::test]
async fn the_validators_of_the_schema_run_in_a_validation() {
    let (_, client) = Recorder::failing();
    for (text, expected) in [("valid", ""), ("invalid", "Invalid text: Use another one.\n")] {
        let of_resource = client.validate(TYPE, &config(text), true).await;
        assert_eq!(diagnostics_text(&of_resource), expected);
        let of_provider = client.validate_provider(&object([("endpoint", text.into())])).await;
        assert_eq!(diagnostics_text(&of_provider.diagnostics), expected);
    }
}

async fn read_data(client: &Client<Service>) -> wire::ReadDataSourceResponse {
    let request = wire::ReadDataSourceRequest {
        type_name: TYPE.to_owned(),
        config: client.data_value(TYPE, &object([])),
        ..wire::ReadDataSourceRequest::default()
    };
    client.call("ReadDataSource", request).await.unwrap()
}

#[tokio::test]
async fn data_is_wholly_known() {
    let (_, client) = Recorder::returning(object([("name", RawValue::Null), ("id", RawValue::UNKNOWN)]));
    let answer = read_data(&client).await;
    assert!(diagnostics_text(&answer.diagnostics).contains("The provider read an unknown value"));
    let (_, client) = Recorder::returning(object([("name", RawValue::Null), ("id", "1".into())]));
    let answer = read_data(&client).await;
    assert_eq!(diagnostics_text(&answer.diagnostics), "");
}

#[tokio::test]
async fn a_secret_is_not_in_the_data_of_a_data_source() {
    let data = object([("name", RawValue::Null), ("id", format!("id of {SECRET}").into())]);
    let (_, client) = Recorder::returning(data);
    let answer = read_data(&client).await;
    let data = client.read_data_value(TYPE, answer.state.as_ref());
    assert_eq!(data.get("id"), &"id of [removed]".into());
}
