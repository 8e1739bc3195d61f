//! The provider's secrets do not leave the process.

use terraform_plugin::{RawValue, protocol6::wire};
use tokio::io::AsyncReadExt;

use crate::{
    client::{VALIDATE_METHODS, diagnostics_text, in_memory, object},
    plugin::{Identity, Plugin, Start},
    resources::SECRET,
};

fn of_secret_type() -> wire::ValidateConfigRequest {
    wire::ValidateConfigRequest {
        type_name: SECRET.to_owned(),
        ..wire::ValidateConfigRequest::default()
    }
}

#[tokio::test]
async fn diagnostics_contain_no_secret() {
    let client = in_memory();
    for method in VALIDATE_METHODS {
        let answer: wire::DiagnosticsResponse = client.call(method, of_secret_type()).await.unwrap();
        let text = diagnostics_text(&answer.diagnostics);
        assert!(text.contains("[removed]") && !text.contains(SECRET), "{method}: {text}");
    }
}

#[tokio::test]
async fn progress_of_an_action_contains_no_secret() {
    let client = in_memory();
    let request = wire::ActionRequest {
        action_type: "example_ping".to_owned(),
        config: client.action_value("example_ping", &object([("target", SECRET.into())])),
        client_capabilities: None,
    };
    let events: Vec<wire::InvokeActionEvent> = client.stream("InvokeAction", request).await.unwrap();
    assert_eq!(events.len(), 3);
    let text = format!("{events:?}");
    assert!(text.contains("ping 1 to [removed]") && !text.contains(SECRET), "{text}");
}

#[tokio::test]
async fn an_error_of_a_function_contains_no_secret() {
    let request = wire::CallFunctionRequest {
        name: SECRET.to_owned(),
        arguments: Vec::new(),
    };
    let answer: wire::CallFunctionResponse = in_memory().call("CallFunction", request).await.unwrap();
    assert_eq!(answer.error.unwrap().text, "The provider has no function [removed]");
}

#[tokio::test]
async fn stored_values_contain_no_secret_except_configured_ones() {
    let client = in_memory();
    let config = object([("name", SECRET.into())]);
    let request = wire::ReadDataSourceRequest {
        type_name: "example_greeting".to_owned(),
        config: client.data_value("example_greeting", &config),
        ..wire::ReadDataSourceRequest::default()
    };
    let answer: wire::ReadDataSourceResponse = client.call("ReadDataSource", request).await.unwrap();
    let data = client.read_data_value("example_greeting", answer.state.as_ref());
    assert_eq!(*data.get("name"), RawValue::from(SECRET));
    assert_eq!(*data.get("greeting"), RawValue::from("Hello, [removed]!"));
    assert_eq!(answer.diagnostics.len(), 1);
    assert!(
        diagnostics_text(&answer.diagnostics).contains("removed from the state"),
        "{:?}",
        answer.diagnostics
    );
}

#[tokio::test]
async fn log_lines_contain_no_secret() {
    let identity = Identity::new();
    let start = Start::as_plugin(&identity).set("TF_LOG", "TRACE");
    let mut plugin = Plugin::start_as(start, identity).await;
    let client = plugin.client().await;
    let _: wire::DiagnosticsResponse = client
        .call("ValidateDataResourceConfig", of_secret_type())
        .await
        .unwrap();
    let _: wire::Empty = client
        .call_path("/plugin.GRPCController/Shutdown", wire::Empty {})
        .await
        .unwrap();
    let mut log = String::new();
    let mut err = plugin.child.stderr.take().unwrap();
    err.read_to_string(&mut log).await.unwrap();
    assert!(log.contains(r#""tf_resource_type":"[removed]""#), "{log}");
    assert!(!log.contains(SECRET), "{log}");
}
