//! Large, invalid and abandoned messages, and many at once.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use terraform_plugin::{
    RawValue,
    protocol6::{ProviderService, wire},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::Service;

use crate::{
    client::{diagnostics_text, object},
    plugin::Plugin,
};

#[tokio::test]
async fn messages_of_more_than_a_hundred_megabytes_pass() {
    let plugin = Plugin::start().await;
    let client = plugin.client().await;
    let text = "x".repeat(128 * 1024 * 1024);
    let state = object([
        ("fault", "none".into()),
        ("id", "x".into()),
        ("text", text.as_str().into()),
    ]);
    let read = client.read("example_faulty", &state, false).await;
    assert_eq!(read.diagnostics, []);
    let read = client.read_resource_value("example_faulty", read.new_state.as_ref());
    assert!(read.get("text").as_str() == Some(&text), "the text has changed");
}

/// Waits until `path` exists.
async fn appearance(path: &std::path::Path) {
    while !path.exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Sends these bytes as a message, and returns the gRPC status of the response.
async fn raw_status(frame: Vec<u8>) -> String {
    let mut service = ProviderService::new(crate::resources::provider());
    let request = http::Request::post("http://localhost/tfplugin6.Provider/ValidateResourceConfig")
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Full::new(Bytes::from(frame)))
        .unwrap();
    let response = service.call(request).await.unwrap();
    let in_headers = response.headers().get("grpc-status").cloned();
    let trailers = response.into_body().collect().await.unwrap();
    let status = in_headers.or_else(|| trailers.trailers().and_then(|t| t.get("grpc-status").cloned()));
    status.unwrap().to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_message_above_the_limit_is_refused_unread() {
    let mut frame = vec![0];
    frame.extend_from_slice(&(300_u32 * 1024 * 1024).to_be_bytes());
    assert_eq!(raw_status(frame).await, tonic::Code::OutOfRange.to_string_code());
}

trait StatusText {
    fn to_string_code(self) -> String;
}

impl StatusText for tonic::Code {
    fn to_string_code(self) -> String {
        i32::from(self).to_string()
    }
}

#[tokio::test]
async fn invalid_messages_are_refused() {
    let frame = |message: &[u8]| {
        let mut frame = vec![0];
        frame.extend_from_slice(&u32::try_from(message.len()).unwrap().to_be_bytes());
        frame.extend_from_slice(message);
        frame
    };
    let internal = tonic::Code::Internal.to_string_code();
    for message in [&b"\xff\xff\xff"[..], b"\x0a\xff", b"\x12\x02\x0a\x05"] {
        assert_eq!(raw_status(frame(message)).await, internal, "{message:x?}");
    }
    // Truncated.
    assert_ne!(raw_status(frame(b"\x0a\x03abc")[..6].to_vec()).await, "0");
}

#[tokio::test]
async fn garbage_on_a_connection_harms_no_other() {
    let plugin = Plugin::start().await;
    let client = plugin.client().await;
    let mut raw = tokio::net::UnixStream::connect(plugin.socket()).await.unwrap();
    raw.write_all(&[0xff; 4096]).await.unwrap();
    let mut broken = plugin.tls(Some(&plugin.identity)).await.unwrap();
    broken.write_all(&[0xa5; 4096]).await.unwrap();
    let mut answer = Vec::new();
    let _ = broken.read_to_end(&mut answer).await;
    let answer: wire::GetMetadataResponse = client.call("GetMetadata", wire::Empty {}).await.unwrap();
    assert!(answer.server_capabilities.is_some());
}

#[tokio::test]
async fn the_plugin_still_serves_after_a_client_has_disconnected() {
    let plugin = Plugin::start().await;
    {
        let client = plugin.client().await;
        let folder = tempfile::tempdir().unwrap();
        let marker = folder.path().join("created");
        let change = client.creation(
            "example_slow",
            [("stop", "return".into()), ("marker", marker.to_str().unwrap().into())],
        );
        let plan = client.plan(&change, false).await;
        let request = client.apply_request(&change, &plan);
        let call = client.call::<_, wire::ApplyResourceChangeResponse>("ApplyResourceChange", request);
        // The create never returns; the client gives up.
        tokio::select! {
            _ = call => panic!("it ended"),
            () = appearance(&marker) => {}
        }
    }
    let client = plugin.client().await;
    let change = client.creation("example_everything", [("name", "after".into())]);
    assert_eq!(client.plan(&change, false).await.diagnostics, []);
}

#[tokio::test]
async fn one_stop_ends_a_thousand_concurrent_calls() {
    let plugin = Plugin::start().await;
    let client = plugin.client().await;
    let change = Arc::new(client.creation("example_slow", [("stop", "return".into())]));
    let plan = client.plan(&change, false).await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let (client, request) = (client.clone(), client.apply_request(&change, &plan));
        calls.spawn(async move {
            let answer: wire::ApplyResourceChangeResponse = client.call("ApplyResourceChange", request).await.unwrap();
            let state = client.read_resource_value("example_slow", answer.new_state.as_ref());
            (state.get("id").clone(), diagnostics_text(&answer.diagnostics))
        });
    }
    // The provider answers another call while they wait.
    let change = client.creation("example_everything", [("name", "beside".into())]);
    assert_eq!(client.plan(&change, false).await.diagnostics, []);
    client.stop().await;
    let mut ended = 0;
    while let Some(call) = calls.join_next().await {
        let (id, output) = call.unwrap();
        assert_eq!(id, RawValue::from("created"));
        assert!(output.contains("Stopped"));
        ended += 1;
    }
    assert_eq!(ended, 1000);
}

#[tokio::test]
async fn the_services_of_every_plugin_are_available() {
    #[derive(Clone, PartialEq, prost::Message)]
    struct Health {
        #[prost(int32, tag = "1")]
        status: i32,
    }
    let plugin = Plugin::start().await;
    let client = plugin.client().await;
    let health: Health = client
        .call_path("/grpc.health.v1.Health/Check", wire::Empty {})
        .await
        .unwrap();
    assert_eq!(health.status, 1);
    let unknown = client
        .call_path::<_, wire::Empty>("/no.Service/Method", wire::Empty {})
        .await;
    assert_eq!(unknown.unwrap_err().code(), tonic::Code::Unimplemented);
}
