//! `StopProvider` during every kind of call, with handlers that return and handlers that ignore it.

use std::time::Duration;

use terraform_plugin::{
    RawValue,
    protocol6::{ProviderService, wire},
};
use tokio::time::Instant;

use crate::client::{Client, capabilities, diagnostics_text, in_memory, object};

/// Maximum time until a call returns after the stop.
const LIMIT: Duration = Duration::from_millis(2_100);

/// Calls a new provider, stops it while the call waits, and returns the diagnostics of the call.
async fn stopped<A>(call: impl FnOnce(Client<ProviderService>) -> A) -> String
where
    A: Future<Output = String> + Send + 'static,
{
    let client = in_memory();
    let running = tokio::spawn(call(client.clone()));
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(!running.is_finished(), "the call did not wait");
    let begin = Instant::now();
    client.stop().await;
    let output = running.await.unwrap();
    assert!(
        begin.elapsed() <= LIMIT,
        "{:?} after the stop: {output}",
        begin.elapsed()
    );
    let answer: wire::GetMetadataResponse = client.call("GetMetadata", wire::Empty {}).await.unwrap();
    assert!(answer.server_capabilities.is_some(), "the provider does not answer");
    output
}

/// Checks the diagnostics of a handler that returned, and those that the framework wrote for one that ignored the stop.
fn check_both(returned: &str, ignored: &str, operation: &str) {
    assert!(
        returned.contains("Creation continues") && returned.contains("Stopped: Run"),
        "{returned}"
    );
    assert!(ignored.contains(&format!("Interrupted while {operation}")), "{ignored}");
    assert!(ignored.contains("may still take effect"), "{ignored}");
}

fn slow(stop: &str, text: &str) -> RawValue {
    object([
        ("stop", stop.into()),
        ("text", text.into()),
        ("marker", RawValue::Null),
        ("id", "x".into()),
        ("done", true.into()),
    ])
}

#[tokio::test(start_paused = true)]
async fn a_validation() {
    let call = |stop: &'static str| {
        stopped(move |client| async move {
            let config = object([("stop", stop.into()), ("text", "slow validate".into())]);
            diagnostics_text(&client.validate("example_slow", &config, true).await)
        })
    };
    check_both(&call("return").await, &call("ignore").await, "validating example_slow");
}

#[tokio::test(start_paused = true)]
async fn a_plan() {
    let call = |stop: &'static str| {
        stopped(move |client| async move {
            let change = client.creation("example_slow", [("stop", stop.into()), ("text", "slow plan".into())]);
            diagnostics_text(&client.plan(&change, false).await.diagnostics)
        })
    };
    check_both(&call("return").await, &call("ignore").await, "planning example_slow");
}

#[tokio::test(start_paused = true)]
async fn a_plan_of_a_destruction() {
    let call = |stop: &'static str| {
        stopped(move |client| async move {
            let mut change = client.creation("example_slow", [("stop", stop.into())]);
            change.prior = slow(stop, "slow plan");
            change.proposed = RawValue::Null;
            diagnostics_text(&client.plan(&change, false).await.diagnostics)
        })
    };
    let operation = "planning the destruction of example_slow";
    check_both(&call("return").await, &call("ignore").await, operation);
}

#[tokio::test(start_paused = true)]
async fn an_import_returns_its_result() {
    let call = |stop: &'static str| {
        stopped(move |client| async move {
            let request = wire::ImportResourceStateRequest {
                type_name: "example_slow".to_owned(),
                id: stop.to_owned(),
                ..wire::ImportResourceStateRequest::default()
            };
            let answer: wire::ImportResourceStateResponse = client.call("ImportResourceState", request).await.unwrap();
            assert_eq!(answer.imported_resources.len(), usize::from(stop == "return"));
            diagnostics_text(&answer.diagnostics)
        })
    };
    check_both(&call("return").await, &call("ignore").await, "importing example_slow");
}

#[tokio::test(start_paused = true)]
async fn an_update_a_read_and_a_delete_that_return() {
    for kind in ["update", "read", "delete"] {
        let output = stopped(move |client| async move {
            let prior = slow("return", &format!("slow {kind}"));
            match kind {
                "read" => diagnostics_text(&client.read("example_slow", &prior, false).await.diagnostics),
                "delete" => diagnostics_text(&client.delete("example_slow", &prior).await.diagnostics),
                _ => {
                    let mut change = client.creation("example_slow", [("stop", "return".into())]);
                    change.proposed = slow("return", "new");
                    change.config.set("text", "new");
                    change.prior = prior;
                    let answer = client.apply(&change).await;
                    let state = client.read_resource_value("example_slow", answer.new_state.as_ref());
                    assert_eq!(
                        state.get("text").as_str(),
                        Some("new"),
                        "the state of the stopped update"
                    );
                    diagnostics_text(&answer.diagnostics)
                }
            }
        })
        .await;
        assert!(
            output.contains("Creation continues") && output.contains("Stopped: Run"),
            "{kind}: {output}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_configuration_of_the_provider() {
    let call = |stop: &'static str| {
        stopped(move |client| async move {
            let config = object([("endpoint", stop.into())]);
            diagnostics_text(&client.configure(config, false).await.diagnostics)
        })
    };
    check_both(&call("return").await, &call("ignore").await, "configuring the provider");
}

#[tokio::test(start_paused = true)]
async fn a_data_source() {
    let call = |stop: &'static str| {
        stopped(move |client| async move {
            let request = wire::ReadDataSourceRequest {
                type_name: "example_greeting".to_owned(),
                config: client.data_value("example_greeting", &object([("name", stop.into())])),
                ..wire::ReadDataSourceRequest::default()
            };
            let answer: wire::ReadDataSourceResponse = client.call("ReadDataSource", request).await.unwrap();
            diagnostics_text(&answer.diagnostics)
        })
    };
    check_both(&call("return").await, &call("ignore").await, "reading example_greeting");
}

#[tokio::test(start_paused = true)]
async fn a_list_sends_the_objects_it_found() {
    let call = |stop: &'static str| {
        stopped(move |client| async move {
            let type_name = "example_everything";
            client.apply(&client.creation(type_name, [("name", stop.into())])).await;
            let request = wire::ListResourceRequest {
                type_name: type_name.to_owned(),
                config: client.list_value(type_name, &object([("prefix", stop.into())])),
                include_resource_object: false,
                limit: 0,
            };
            let events: Vec<wire::ListResourceEvent> = client.stream("ListResource", request).await.unwrap();
            assert_eq!(events[0].display_name, format!("object {stop}-1"));
            events.iter().map(|event| diagnostics_text(&event.diagnostic)).collect()
        })
    };
    check_both(
        &call("return").await,
        &call("ignore").await,
        "listing example_everything",
    );
}

#[tokio::test(start_paused = true)]
async fn an_ephemeral_resource() {
    let call = |stop: &'static str| {
        stopped(move |client| async move {
            let request = wire::OpenEphemeralResourceRequest {
                type_name: "example_token".to_owned(),
                config: client.ephemeral_value("example_token", &object([("user", stop.into())])),
                client_capabilities: None,
            };
            let answer: wire::OpenEphemeralResourceResponse =
                client.call("OpenEphemeralResource", request).await.unwrap();
            diagnostics_text(&answer.diagnostics)
        })
    };
    check_both(&call("return").await, &call("ignore").await, "opening example_token");
}

fn ping(client: &Client<ProviderService>, target: &str) -> wire::ActionRequest {
    wire::ActionRequest {
        action_type: "example_ping".to_owned(),
        config: client.action_value("example_ping", &object([("target", target.into())])),
        client_capabilities: capabilities(false),
    }
}

#[tokio::test(start_paused = true)]
async fn a_plan_of_an_action() {
    let call = |stop: &'static str| {
        stopped(move |client| async move {
            let answer: wire::PlanActionResponse = client.call("PlanAction", ping(&client, stop)).await.unwrap();
            diagnostics_text(&answer.diagnostics)
        })
    };
    check_both(&call("return").await, &call("ignore").await, "planning example_ping");
}

#[tokio::test(start_paused = true)]
async fn an_action_sends_its_progress_and_its_end() {
    let call = |stop: &'static str| {
        stopped(move |client| async move {
            let request = ping(&client, stop);
            let events: Vec<wire::InvokeActionEvent> = client.stream("InvokeAction", request).await.unwrap();
            assert_eq!(events.len(), 3, "two progress messages, and the end");
            let Some(wire::InvokeActionEventType::Completed(end)) = events[2].r#type.clone() else {
                panic!("no end");
            };
            diagnostics_text(&end.diagnostics)
        })
    };
    check_both(&call("forever").await, &call("ignore").await, "invoking example_ping");
}
