//! A stop in the middle of every kind of call: those that hear it, and those that do not.

use std::time::Duration;

use terraform_plugin::{
    RawValue,
    protocol6::{ProviderService, wire},
};
use tokio::time::Instant;

use crate::client::{Client, capabilities, in_memory, object, told};

/// How long a call may go on after the stop.
const LIMIT: Duration = Duration::from_millis(2_100);

/// Makes a call to a provider of its own, stops it once it waits, and answers what the call then says.
async fn stopped<A>(call: impl FnOnce(Client<ProviderService>) -> A) -> String
where
    A: Future<Output = String> + Send + 'static,
{
    let client = in_memory();
    let running = tokio::spawn(call(client.clone()));
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(!running.is_finished(), "it did not wait");
    let begin = Instant::now();
    client.stop().await;
    let told = running.await.unwrap();
    assert!(begin.elapsed() <= LIMIT, "{:?} after the stop: {told}", begin.elapsed());
    let answer: wire::GetMetadataResponse = client.call("GetMetadata", wire::Empty {}).await.unwrap();
    assert!(answer.server_capabilities.is_some(), "it serves no longer");
    told
}

/// Both ways to take a stop: heard, with a warning of what goes on, and not heard, named by the layer.
fn both(heard: &str, deaf: &str, operation: &str) {
    assert!(
        heard.contains("It goes on") && heard.contains("Stopped: Run"),
        "{heard}"
    );
    assert!(deaf.contains(&format!("Interrupted while {operation}")), "{deaf}");
    assert!(deaf.contains("may still take effect"), "{deaf}");
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
            told(&client.validate("example_slow", &config, true).await)
        })
    };
    both(&call("at once").await, &call("deaf").await, "validating example_slow");
}

#[tokio::test(start_paused = true)]
async fn a_plan() {
    let call = |stop: &'static str| {
        stopped(move |client| async move {
            let change = client.creation("example_slow", [("stop", stop.into()), ("text", "slow plan".into())]);
            told(&client.plan(&change, false).await.diagnostics)
        })
    };
    both(&call("at once").await, &call("deaf").await, "planning example_slow");
}

#[tokio::test(start_paused = true)]
async fn the_plan_of_a_destruction() {
    let call = |stop: &'static str| {
        stopped(move |client| async move {
            let mut change = client.creation("example_slow", [("stop", stop.into())]);
            change.prior = slow(stop, "slow plan");
            change.proposed = RawValue::Null;
            told(&client.plan(&change, false).await.diagnostics)
        })
    };
    let operation = "planning the destruction of example_slow";
    both(&call("at once").await, &call("deaf").await, operation);
}

#[tokio::test(start_paused = true)]
async fn an_import_keeps_what_it_has() {
    let call = |stop: &'static str| {
        stopped(move |client| async move {
            let request = wire::ImportResourceStateRequest {
                type_name: "example_slow".to_owned(),
                id: stop.to_owned(),
                ..wire::ImportResourceStateRequest::default()
            };
            let answer: wire::ImportResourceStateResponse = client.call("ImportResourceState", request).await.unwrap();
            assert_eq!(answer.imported_resources.len(), usize::from(stop == "at once"));
            told(&answer.diagnostics)
        })
    };
    both(&call("at once").await, &call("deaf").await, "importing example_slow");
}

#[tokio::test(start_paused = true)]
async fn an_update_and_a_read_and_a_deletion_that_hear() {
    for kind in ["update", "read", "delete"] {
        let told = stopped(move |client| async move {
            let prior = slow("at once", &format!("slow {kind}"));
            match kind {
                "read" => told(&client.read("example_slow", &prior, false).await.diagnostics),
                "delete" => told(&client.delete("example_slow", &prior).await.diagnostics),
                _ => {
                    let mut change = client.creation("example_slow", [("stop", "at once".into())]);
                    change.proposed = slow("at once", "new");
                    change.config.set("text", "new");
                    change.prior = prior;
                    let answer = client.apply(&change).await;
                    let state = client.read_resource_value("example_slow", answer.new_state.as_ref());
                    assert_eq!(state.get("text").as_str(), Some("new"), "what it had done by then");
                    told(&answer.diagnostics)
                }
            }
        })
        .await;
        assert!(
            told.contains("It goes on") && told.contains("Stopped: Run"),
            "{kind}: {told}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_configuration_of_the_provider() {
    let call = |stop: &'static str| {
        stopped(move |client| async move {
            let config = object([("endpoint", stop.into())]);
            told(&client.configure(config, false).await.diagnostics)
        })
    };
    both(&call("at once").await, &call("deaf").await, "configuring the provider");
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
            told(&answer.diagnostics)
        })
    };
    both(&call("at once").await, &call("deaf").await, "reading example_greeting");
}

#[tokio::test(start_paused = true)]
async fn a_list_keeps_what_was_found() {
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
            events.iter().map(|event| told(&event.diagnostic)).collect()
        })
    };
    both(
        &call("at once").await,
        &call("deaf").await,
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
            told(&answer.diagnostics)
        })
    };
    both(&call("at once").await, &call("deaf").await, "opening example_token");
}

fn ping(client: &Client<ProviderService>, target: &str) -> wire::ActionRequest {
    wire::ActionRequest {
        action_type: "example_ping".to_owned(),
        config: client.action_value("example_ping", &object([("target", target.into())])),
        client_capabilities: capabilities(false),
    }
}

#[tokio::test(start_paused = true)]
async fn the_plan_of_an_action() {
    let call = |stop: &'static str| {
        stopped(move |client| async move {
            let answer: wire::PlanActionResponse = client.call("PlanAction", ping(&client, stop)).await.unwrap();
            told(&answer.diagnostics)
        })
    };
    both(&call("at once").await, &call("deaf").await, "planning example_ping");
}

#[tokio::test(start_paused = true)]
async fn an_action_tells_its_progress_and_its_end() {
    let call = |stop: &'static str| {
        stopped(move |client| async move {
            let request = ping(&client, stop);
            let events: Vec<wire::InvokeActionEvent> = client.stream("InvokeAction", request).await.unwrap();
            assert_eq!(events.len(), 3, "two of progress, and the end");
            let Some(wire::InvokeActionEventType::Completed(end)) = events[2].r#type.clone() else {
                panic!("no end");
            };
            told(&end.diagnostics)
        })
    };
    both(&call("forever").await, &call("deaf").await, "invoking example_ping");
}
