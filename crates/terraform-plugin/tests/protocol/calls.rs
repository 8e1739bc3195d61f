//! Every call of the protocol.

use terraform_plugin::{
    AttributeType, RawValue,
    protocol6::{codec, wire},
};

use crate::client::{Client, VALIDATE_METHODS, as_terraform, capabilities, diagnostics_text, in_memory, object};

const EVERYTHING: &str = "example_everything";

fn named(name: &str) -> RawValue {
    object([("name", name.into())])
}

#[tokio::test]
async fn metadata_has_all_type_names_and_the_capabilities() {
    let answer: wire::GetMetadataResponse = in_memory().call("GetMetadata", wire::Empty {}).await.unwrap();
    let capabilities = answer.server_capabilities.unwrap();
    assert!(capabilities.plan_destroy && capabilities.get_provider_schema_optional);
    assert!(capabilities.move_resource_state && capabilities.generate_resource_config);
    let names = |items: &[wire::TypeName]| items.iter().map(|item| item.type_name.clone()).collect::<Vec<_>>();
    assert_eq!(
        names(&answer.resources),
        ["example_everything", "example_faulty", "example_slow"]
    );
    assert_eq!(names(&answer.actions), ["example_ping"]);
    assert_eq!(names(&answer.list_resources), ["example_everything"]);
    assert_eq!(names(&answer.ephemeral_resources), ["example_token"]);
    assert_eq!(names(&answer.functions), ["join", "same"]);
}

#[tokio::test]
async fn the_schema_is_sorted_and_has_every_property_of_its_attributes() {
    let client = in_memory();
    let answer: wire::GetProviderSchemaResponse = client.call("GetProviderSchema", wire::Empty {}).await.unwrap();
    let schema = &answer.resource_schemas[EVERYTHING];
    assert_eq!(schema.version, 1);
    let block = schema.block.as_ref().unwrap();
    let names: Vec<_> = block
        .attributes
        .iter()
        .map(|attribute| attribute.name.as_str())
        .collect();
    assert!(names.is_sorted());
    let find = |name: &str| {
        block
            .attributes
            .iter()
            .find(|attribute| attribute.name == name)
            .unwrap()
    };
    assert!(find("secret").write_only && !find("secret").computed);
    assert!(find("password").sensitive);
    assert!(find("either").optional && find("either").computed);
    assert_eq!(find("list").r#type, br#"["list","string"]"#);
    assert!(find("nested").r#type.is_empty());
    assert_eq!(
        find("nested_map").nested_type.as_ref().unwrap().nesting,
        i32::from(wire::ObjectNesting::Map)
    );
    let limits = |name: &str| {
        let nested = block
            .block_types
            .iter()
            .find(|nested| nested.type_name == name)
            .unwrap();
        (nested.nesting, nested.min_items, nested.max_items)
    };
    assert_eq!(limits("optional_block"), (wire::BlockNesting::List.into(), 0, 1));
    assert_eq!(limits("single_block"), (wire::BlockNesting::Single.into(), 0, 0));
    assert_eq!(limits("list_block"), (wire::BlockNesting::List.into(), 0, 0));
    assert!(answer.action_schemas.contains_key("example_ping"));
    assert!(answer.functions["join"].variadic_parameter.is_some());
    let again: wire::GetProviderSchemaResponse = client.call("GetProviderSchema", wire::Empty {}).await.unwrap();
    assert_eq!(answer, again);
    let functions: wire::GetFunctionsResponse = client.call("GetFunctions", wire::Empty {}).await.unwrap();
    assert_eq!(functions.functions, answer.functions);
    let identities: wire::GetResourceIdentitySchemasResponse =
        client.call("GetResourceIdentitySchemas", wire::Empty {}).await.unwrap();
    let identity = &identities.identity_schemas[EVERYTHING];
    assert_eq!(identity.version, 1);
    assert!(identity.identity_attributes[0].required_for_import);
    assert!(identity.identity_attributes[1].optional_for_import);
}

#[tokio::test]
async fn validation_reports_paths_and_ignores_unknown_values() {
    let client = in_memory();
    let refused = client.validate(EVERYTHING, &named(""), true).await;
    assert_eq!(refused[0].summary, "No name");
    let step = &refused[0].attribute.as_ref().unwrap().steps[0];
    assert_eq!(step.selector, Some(wire::Selector::AttributeName("name".to_owned())));
    let unknown = object([("name", RawValue::UNKNOWN)]);
    assert_eq!(client.validate(EVERYTHING, &unknown, true).await, []);
}

#[tokio::test]
async fn write_only_attributes_need_a_client_that_supports_them() {
    let client = in_memory();
    let config = object([("name", "n".into()), ("secret", "s".into())]);
    assert_eq!(client.validate(EVERYTHING, &config, true).await, []);
    let refused = client.validate(EVERYTHING, &config, false).await;
    assert!(
        diagnostics_text(&refused).contains("Write-only attributes need a newer Terraform"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_resource_is_planned_created_read_and_deleted() {
    let client = in_memory();
    let nested = |name: &str| object([("name", name.into()), ("id", RawValue::Null)]);
    let change = client.creation(
        EVERYTHING,
        [
            ("name", "life".into()),
            ("secret", "hidden".into()),
            ("any", vec!["x", "y"].into()),
            ("nested_set", RawValue::List(vec![nested("a"), nested("b")])),
            ("list_block", RawValue::List(vec![nested("block")])),
        ],
    );
    let plan = client.plan(&change, false).await;
    assert_eq!(plan.diagnostics, []);
    let planned = client.read_resource_value(EVERYTHING, plan.planned_state.as_ref());
    assert!(planned.get("secret").is_null(), "a write-only value is in the plan");
    assert!(planned.get("id").is_unknown() && planned.get("either").is_unknown());
    assert_eq!(
        *planned.get("set_block"),
        RawValue::List(vec![]),
        "a block that is not there is an empty collection"
    );

    let applied: wire::ApplyResourceChangeResponse = client
        .call("ApplyResourceChange", client.apply_request(&change, &plan))
        .await
        .unwrap();
    assert_eq!(applied.diagnostics, []);
    assert_eq!(applied.private, b"private");
    let state = client.read_resource_value(EVERYTHING, applied.new_state.as_ref());
    assert!(state.is_wholly_known());
    assert_eq!(state.get("id").as_str(), Some("life-1"));
    assert_eq!(
        state.get("digest").as_str(),
        Some("6 letters"),
        "create saw the write-only value"
    );
    assert!(state.get("secret").is_null());
    let identity = client.read_identity(EVERYTHING, applied.new_identity.as_ref());
    assert_eq!(identity.get("id").as_str(), Some("life-1"));

    let read = client.read(EVERYTHING, &state, false).await;
    assert_eq!(read.diagnostics, []);
    assert_eq!(client.read_resource_value(EVERYTHING, read.new_state.as_ref()), state);

    let gone = client.delete(EVERYTHING, &state).await;
    assert_eq!(gone.diagnostics, []);
    assert!(
        client
            .read_resource_value(EVERYTHING, gone.new_state.as_ref())
            .is_null()
    );
    let read = client.read(EVERYTHING, &state, false).await;
    assert!(
        client
            .read_resource_value(EVERYTHING, read.new_state.as_ref())
            .is_null()
    );
}

#[tokio::test]
async fn a_change_can_require_replacement() {
    let client = in_memory();
    let mut change = client.creation(EVERYTHING, [("name", "r".into()), ("replace", "a".into())]);
    let applied = client.apply(&change).await;
    change.prior = client.read_resource_value(EVERYTHING, applied.new_state.as_ref());
    change.config.set("replace", "b");
    change.proposed = change.prior.clone();
    change.proposed.set("replace", "b");
    let plan = client.plan(&change, false).await;
    assert_eq!(plan.diagnostics, []);
    assert_eq!(plan.requires_replace.len(), 1);
    let identity = client.read_identity(EVERYTHING, plan.planned_identity.as_ref());
    assert_eq!(identity.get("id").as_str(), Some("r-1"));
}

async fn import(id: &str, identity: Option<RawValue>) -> wire::ImportResourceStateResponse {
    let client = in_memory();
    client.apply(&client.creation(EVERYTHING, [("name", "i".into())])).await;
    let request = wire::ImportResourceStateRequest {
        type_name: EVERYTHING.to_owned(),
        id: id.to_owned(),
        client_capabilities: capabilities(false),
        identity: identity.and_then(|identity| client.identity_value(EVERYTHING, &identity)),
    };
    client.call("ImportResourceState", request).await.unwrap()
}

#[tokio::test]
async fn import_by_id_and_by_identity() {
    let by_identity = object([("id", "i-1".into()), ("region", RawValue::Null)]);
    for answer in [import("i-1", None).await, import("", Some(by_identity)).await] {
        assert_eq!(answer.diagnostics, []);
        let imported = &answer.imported_resources[0];
        let client = in_memory();
        let state = client.read_resource_value(EVERYTHING, imported.state.as_ref());
        assert_eq!(state.get("id").as_str(), Some("i-1"));
        assert_eq!(*state.get("list_block"), RawValue::List(vec![]));
        assert!(imported.identity.is_some());
    }
    let missing = import("nothing", None).await;
    assert_eq!(missing.diagnostics.len(), 1);
    assert!(missing.imported_resources.is_empty());
}

async fn upgrade(version: i64, json: &str) -> (RawValue, String) {
    let client = in_memory();
    let request = wire::UpgradeResourceStateRequest {
        type_name: EVERYTHING.to_owned(),
        version,
        raw_state: Some(wire::RawState {
            json: json.as_bytes().to_vec(),
            ..wire::RawState::default()
        }),
    };
    let answer: wire::UpgradeResourceStateResponse = client.call("UpgradeResourceState", request).await.unwrap();
    let state = client.read_resource_value(EVERYTHING, answer.upgraded_state.as_ref());
    (state, diagnostics_text(&answer.diagnostics))
}

#[tokio::test]
async fn older_states_are_upgraded_and_newer_ones_refused() {
    let (state, errors) = upgrade(0, r#"{"id":"old","title":"Old"}"#).await;
    assert_eq!((state.get("name").as_str(), errors.as_str()), (Some("Old"), ""));
    assert_eq!(*state.get("map_block"), object([]));
    // The same version: undeclared attributes are dropped, and numbers keep every digit.
    let digits = "12345678901234567890.123456789";
    let (state, errors) = upgrade(1, &format!(r#"{{"id":"x","name":"n","gone":1,"number":{digits}}}"#)).await;
    assert_eq!(errors, "");
    let number = codec::to_msgpack(state.get("number"), &AttributeType::Number).unwrap();
    assert_eq!(&number[1..], digits.as_bytes());
    for (version, json) in [
        (0, "{"),
        (1, "{"),
        (1, ""),
        (0, "{}"),
        (1, r#"{"name":[]}"#),
        (2, "{}"),
        (-1, "[]"),
    ] {
        let (state, errors) = upgrade(version, json).await;
        assert!(state.is_null() && !errors.is_empty(), "{version} {json}");
    }
}

#[tokio::test]
async fn older_identities_are_upgraded() {
    let client = in_memory();
    for version in [0, 1] {
        let request = wire::UpgradeResourceIdentityRequest {
            type_name: EVERYTHING.to_owned(),
            version,
            raw_identity: Some(wire::RawState {
                json: br#"{"id":"x"}"#.to_vec(),
                ..wire::RawState::default()
            }),
        };
        let answer: wire::UpgradeResourceIdentityResponse =
            client.call("UpgradeResourceIdentity", request).await.unwrap();
        let identity = client.read_identity(EVERYTHING, answer.upgraded_identity.as_ref());
        assert_eq!(identity.get("id").as_str(), Some("x"), "version {version}");
    }
}

#[tokio::test]
async fn a_resource_of_another_type_is_moved() {
    let client = in_memory();
    let request = |source: &str| wire::MoveResourceStateRequest {
        source_provider_address: "terraform.io/builtin/terraform".to_owned(),
        source_type_name: source.to_owned(),
        source_state: Some(wire::RawState {
            json: br#"{"id":"moved-1"}"#.to_vec(),
            ..wire::RawState::default()
        }),
        target_type_name: EVERYTHING.to_owned(),
        ..wire::MoveResourceStateRequest::default()
    };
    let moved: wire::MoveResourceStateResponse = client
        .call("MoveResourceState", request("terraform_data"))
        .await
        .unwrap();
    assert_eq!(moved.diagnostics, []);
    let state = client.read_resource_value(EVERYTHING, moved.target_state.as_ref());
    assert_eq!(state.get("id").as_str(), Some("moved-1"));
    assert!(moved.target_identity.is_some());
    let refused: wire::MoveResourceStateResponse = client.call("MoveResourceState", request("other")).await.unwrap();
    assert_eq!(refused.diagnostics.len(), 1);
}

#[tokio::test]
async fn a_configuration_is_generated_from_a_state() {
    let client = in_memory();
    let applied = client
        .apply(&client.creation(EVERYTHING, [("name", "g".into()), ("number", 5.into())]))
        .await;
    let request = wire::GenerateResourceConfigRequest {
        type_name: EVERYTHING.to_owned(),
        state: applied.new_state,
    };
    let answer: wire::GenerateResourceConfigResponse = client.call("GenerateResourceConfig", request).await.unwrap();
    let config = client.read_resource_value(EVERYTHING, answer.config.as_ref());
    assert_eq!(
        (config.get("name").as_str(), config.get("number").as_i64()),
        (Some("g"), Some(5))
    );
    assert!(config.get("id").is_null() && config.get("digest").is_null() && config.get("secret").is_null());
}

async fn read_data<S>(client: &Client<S>, config: RawValue, deferral_allowed: bool) -> wire::ReadDataSourceResponse
where
    S: tonic::client::GrpcService<tonic::body::Body> + Clone,
    S::ResponseBody: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    <S::ResponseBody as http_body::Body>::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send,
{
    let request = wire::ReadDataSourceRequest {
        type_name: "example_greeting".to_owned(),
        config: client.data_value("example_greeting", &config),
        provider_meta: None,
        client_capabilities: capabilities(deferral_allowed),
    };
    client.call("ReadDataSource", request).await.unwrap()
}

#[tokio::test]
async fn data_sources_are_read_and_must_not_change_configured_values() {
    let client = in_memory();
    let answer = read_data(&client, named("you"), false).await;
    let data = client.read_data_value("example_greeting", answer.state.as_ref());
    assert_eq!(data.get("greeting").as_str(), Some("Hello, you!"));
    let other = read_data(&client, named("other"), false).await;
    assert!(diagnostics_text(&other.diagnostics).contains("changed a configured value"));
    let panicked = read_data(&client, named("panic"), false).await;
    assert!(diagnostics_text(&panicked.diagnostics).contains("crashed while reading example_greeting"));
    let nothing = read_data(&client, named("nothing"), false).await;
    assert!(diagnostics_text(&nothing.diagnostics).contains("returned no result"));
    let later = read_data(&client, named("later"), true).await;
    assert_eq!(
        later.deferred.unwrap().reason,
        i32::from(wire::DeferredReason::AbsentPrereq)
    );
}

#[tokio::test]
async fn an_unknown_provider_configuration_defers_if_the_client_understands_deferral() {
    let client = in_memory();
    let configured = client.configure(object([("endpoint", RawValue::UNKNOWN)]), true).await;
    assert_eq!(configured.diagnostics, []);
    let reason = Some(wire::Deferred {
        reason: wire::DeferredReason::ProviderConfigUnknown.into(),
    });
    let change = client.creation(EVERYTHING, [("name", "d".into())]);
    let plan = client.plan(&change, true).await;
    assert_eq!(plan.deferred, reason);
    let planned = client.read_resource_value(EVERYTHING, plan.planned_state.as_ref());
    assert!(planned.get("id").is_unknown());
    let state = client.read_resource_value(EVERYTHING, client.apply(&change).await.new_state.as_ref());
    assert_eq!(client.read(EVERYTHING, &state, true).await.deferred, reason);
    let data = read_data(&client, named("you"), true).await;
    assert_eq!(data.deferred, reason);
    let greeting = client.read_data_value("example_greeting", data.state.as_ref());
    assert!(greeting.get("greeting").is_unknown() && greeting.get("name").as_str() == Some("you"));
    // For other clients, the calls are answered as if the configuration were known.
    assert_eq!(client.plan(&change, false).await.deferred, None);
    assert_eq!(client.read(EVERYTHING, &state, false).await.deferred, None);
    // After another configuration, nothing is deferred.
    client.configure(object([("endpoint", "e".into())]), true).await;
    assert_eq!(client.plan(&change, true).await.deferred, None);
}

/// Each of these would panic if the provider were called.
#[tokio::test]
async fn an_unknown_provider_configuration_defers_every_kind_of_call_without_calling_the_provider() {
    let client = in_memory();
    client.configure(object([("endpoint", RawValue::UNKNOWN)]), true).await;
    let reason = Some(wire::Deferred {
        reason: wire::DeferredReason::ProviderConfigUnknown.into(),
    });

    let state = object([("fault", "panic_read".into()), ("id", "x".into())]);
    let read = client.read("example_faulty", &state, true).await;
    assert_eq!((read.deferred, read.diagnostics), (reason.clone(), vec![]));
    assert_eq!(read.new_state, client.resource_value("example_faulty", &state));

    let import = wire::ImportResourceStateRequest {
        type_name: "example_faulty".to_owned(),
        id: "panic".to_owned(),
        client_capabilities: capabilities(true),
        ..wire::ImportResourceStateRequest::default()
    };
    let imported: wire::ImportResourceStateResponse = client.call("ImportResourceState", import).await.unwrap();
    assert_eq!((imported.deferred, imported.diagnostics), (reason.clone(), vec![]));

    let data = read_data(&client, named("panic"), true).await;
    assert_eq!((data.deferred, data.diagnostics), (reason.clone(), vec![]));

    let action = wire::ActionRequest {
        action_type: "example_ping".to_owned(),
        config: client.action_value("example_ping", &object([("target", "panic_plan".into())])),
        client_capabilities: capabilities(true),
    };
    let planned: wire::PlanActionResponse = client.call("PlanAction", action).await.unwrap();
    assert_eq!((planned.deferred, planned.diagnostics), (reason.clone(), vec![]));

    let token = wire::OpenEphemeralResourceRequest {
        type_name: "example_token".to_owned(),
        config: client.ephemeral_value("example_token", &object([("user", "panic".into())])),
        client_capabilities: capabilities(true),
    };
    let opened: wire::OpenEphemeralResourceResponse = client.call("OpenEphemeralResource", token).await.unwrap();
    assert_eq!((opened.deferred, opened.diagnostics), (reason, vec![]));
}

#[tokio::test]
async fn functions_return_results_and_errors_with_the_argument_at_fault() {
    let client = in_memory();
    let call = async |name: &str, arguments: &[RawValue]| -> wire::CallFunctionResponse {
        let ty = if name == "same" {
            AttributeType::Any
        } else {
            AttributeType::String
        };
        let arguments = arguments.iter().map(|value| as_terraform(value, &ty)).collect();
        let name = name.to_owned();
        client
            .call("CallFunction", wire::CallFunctionRequest { name, arguments })
            .await
            .unwrap()
    };
    let joined = call("join", &["-".into(), "a".into(), "b".into()]).await;
    assert_eq!(
        codec::decode(joined.result.as_ref(), &AttributeType::String).unwrap(),
        "a-b".into()
    );
    let wrong = call("join", &["-".into(), "a".into(), "".into()]).await.error.unwrap();
    assert_eq!(wrong.function_argument, Some(2));
    let panicked = call("join", &["panic".into()]).await.error.unwrap();
    assert!(
        panicked.text.contains("crashed while calling join"),
        "{}",
        panicked.text
    );
    assert!(call("nothing", &[]).await.error.is_some());
    let value = RawValue::Typed(
        Box::new(AttributeType::Map(Box::new(AttributeType::Bool))),
        Box::new(object([("a", true.into())])),
    );
    let same = call("same", std::slice::from_ref(&value)).await;
    assert_eq!(codec::decode(same.result.as_ref(), &AttributeType::Any).unwrap(), value);
    let too_many = call("same", &[value.clone(), value]).await.error.unwrap();
    assert_eq!(too_many.function_argument, Some(1));
}

#[tokio::test]
async fn ephemeral_resources_are_opened_renewed_and_closed() {
    let client = in_memory();
    let type_name = "example_token".to_owned();
    let opened: wire::OpenEphemeralResourceResponse = client
        .call(
            "OpenEphemeralResource",
            wire::OpenEphemeralResourceRequest {
                type_name: type_name.clone(),
                config: client.ephemeral_value("example_token", &object([("user", "u".into())])),
                client_capabilities: None,
            },
        )
        .await
        .unwrap();
    let result = client.read_ephemeral_value("example_token", opened.result.as_ref());
    assert_eq!(result.get("token").as_str(), Some("token of u"));
    assert_eq!(opened.renew_at.unwrap().seconds, 4_000_000_000);
    let private = opened.private;
    let renewed: wire::RenewEphemeralResourceResponse = client
        .call(
            "RenewEphemeralResource",
            wire::RenewEphemeralResourceRequest {
                type_name: type_name.clone(),
                private: private.clone(),
            },
        )
        .await
        .unwrap();
    assert_eq!(renewed.renew_at.unwrap().seconds, 4_000_000_060);
    let request = wire::CloseEphemeralResourceRequest { type_name, private };
    let closed: wire::DiagnosticsResponse = client.call("CloseEphemeralResource", request).await.unwrap();
    assert!(diagnostics_text(&closed.diagnostics).contains("Closed: u"));
}

#[tokio::test]
async fn lists_send_results_up_to_the_limit() {
    let client = in_memory();
    for _ in 0..3 {
        client.apply(&client.creation(EVERYTHING, [("name", "l".into())])).await;
    }
    let list = async |prefix: &str, include_resource_object, limit| -> Vec<wire::ListResourceEvent> {
        let request = wire::ListResourceRequest {
            type_name: EVERYTHING.to_owned(),
            config: client.list_value(EVERYTHING, &object([("prefix", prefix.into())])),
            include_resource_object,
            limit,
        };
        client.stream("ListResource", request).await.unwrap()
    };
    let all = list("l", true, 0).await;
    assert_eq!(all.len(), 3);
    let resource = client.read_resource_value(EVERYTHING, all[0].resource_object.as_ref());
    assert_eq!(resource.get("name").as_str(), Some("l"));
    let identity = client.read_identity(EVERYTHING, all[0].identity.as_ref());
    assert_eq!(identity.get("id").as_str(), Some("l-1"));
    assert_eq!(all[0].display_name, "object l-1");
    let some = list("l", false, 2).await;
    assert_eq!(some.len(), 2);
    assert!(some[0].resource_object.is_none());
    let exactly = list("l", false, 3).await;
    assert_eq!(exactly.len(), 3);
    assert!(diagnostics_text(&list("warn", false, 0).await[0].diagnostic).contains("No object has this prefix"));
    assert!(diagnostics_text(&list("panic", false, 0).await[0].diagnostic).contains("crashed while listing"));
    // What goes wrong after the limit is reported too.
    for _ in 0..3 {
        client
            .apply(&client.creation(EVERYTHING, [("name", "crash".into())]))
            .await;
    }
    let crashed = list("crash", false, 2).await;
    assert_eq!(crashed.len(), 3);
    assert!(diagnostics_text(&crashed[2].diagnostic).contains("crashed while listing"));
}

#[tokio::test]
async fn actions_are_planned_and_report_progress() {
    let client = in_memory();
    let request = |target: RawValue, deferral| wire::ActionRequest {
        action_type: "example_ping".to_owned(),
        config: client.action_value("example_ping", &object([("target", target)])),
        client_capabilities: capabilities(deferral),
    };
    let plan: wire::PlanActionResponse = client
        .call("PlanAction", request("nobody".into(), false))
        .await
        .unwrap();
    assert!(diagnostics_text(&plan.diagnostics).contains("No such target"));
    let later: wire::PlanActionResponse = client
        .call("PlanAction", request(RawValue::UNKNOWN, true))
        .await
        .unwrap();
    assert!(later.deferred.is_some());
    let events: Vec<wire::InvokeActionEvent> = client
        .stream("InvokeAction", request("you".into(), false))
        .await
        .unwrap();
    let kinds: Vec<_> = events.into_iter().map(|event| event.r#type.unwrap()).collect();
    let progress = |message: &str| {
        wire::InvokeActionEventType::Progress(wire::InvokeActionProgress {
            message: message.to_owned(),
        })
    };
    assert_eq!(kinds[..2], [progress("ping 1 to you"), progress("ping 2 to you")]);
    assert_eq!(
        kinds[2],
        wire::InvokeActionEventType::Completed(wire::DiagnosticsResponse::default())
    );
    let events: Vec<wire::InvokeActionEvent> = client
        .stream("InvokeAction", request("panic".into(), false))
        .await
        .unwrap();
    let Some(wire::InvokeActionEventType::Completed(end)) = events.last().unwrap().r#type.clone() else {
        panic!("no end");
    };
    assert!(diagnostics_text(&end.diagnostics).contains("crashed while invoking example_ping"));
}

#[tokio::test]
async fn unknown_types_and_methods_are_errors() {
    let client = in_memory();
    let request = wire::ValidateConfigRequest {
        type_name: "example_nothing".to_owned(),
        ..wire::ValidateConfigRequest::default()
    };
    for method in VALIDATE_METHODS {
        let answer: wire::DiagnosticsResponse = client.call(method, request.clone()).await.unwrap();
        assert!(
            diagnostics_text(&answer.diagnostics).contains("example_nothing"),
            "{method}"
        );
    }
    let state_stores = [
        "ValidateStateStoreConfig",
        "ConfigureStateStore",
        "ReadStateBytes",
        "WriteStateBytes",
        "LockState",
        "UnlockState",
        "GetStates",
        "DeleteState",
    ];
    for method in state_stores.into_iter().chain(["Nonsense", ""]) {
        let answer = client.call::<_, wire::Empty>(method, wire::Empty {}).await;
        assert_eq!(answer.unwrap_err().code(), tonic::Code::Unimplemented, "{method}");
    }
}

#[tokio::test]
async fn a_list_configuration_is_validated_with_its_limit() {
    let client = in_memory();
    let config = object([("prefix", "a".into())]);
    let request = wire::ValidateListResourceConfigRequest {
        type_name: EVERYTHING.to_owned(),
        config: client.list_value(EVERYTHING, &config),
        include_resource_object: Some(as_terraform(&true.into(), &AttributeType::Bool)),
        limit: Some(as_terraform(&10.into(), &AttributeType::Number)),
    };
    let answer: wire::DiagnosticsResponse = client.call("ValidateListResourceConfig", request).await.unwrap();
    assert_eq!(diagnostics_text(&answer.diagnostics), "");
}
