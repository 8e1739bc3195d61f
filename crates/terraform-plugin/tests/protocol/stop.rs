//! `StopProvider` and partial states, under paused time.

use std::time::Duration;

use terraform_plugin::{
    RawValue,
    protocol6::{ProviderService, wire},
};
use tokio::{task::JoinHandle, time::Instant};

use crate::client::{Client, diagnostics_text, in_memory, object};

const SLOW: &str = "example_slow";

/// Starts a create and returns once its handler waits.
async fn start_create(client: &Client<ProviderService>, stop: &str) -> JoinHandle<(RawValue, String)> {
    let change = client.creation(SLOW, [("stop", stop.into())]);
    let plan = client.plan(&change, false).await;
    let request = client.apply_request(&change, &plan);
    let own = client.clone();
    let running = tokio::spawn(async move {
        let answer: wire::ApplyResourceChangeResponse = own.call("ApplyResourceChange", request).await.unwrap();
        let state = own.read_resource_value(SLOW, answer.new_state.as_ref());
        (state, diagnostics_text(&answer.diagnostics))
    });
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(!running.is_finished());
    running
}

#[tokio::test(start_paused = true)]
async fn a_create_returns_its_partial_state_and_the_provider_still_serves() {
    let client = in_memory();
    let running = start_create(&client, "return").await;
    let begin = Instant::now();
    client.stop().await;
    let (state, output) = running.await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(2));
    assert_eq!(state.get("id").as_str(), Some("created"));
    assert!(state.get("done").is_null(), "unknown values become null");
    assert_eq!(
        output,
        "Stopped: Run apply again.\nCreation continues: The object is still being created.\n"
    );
    client.stop().await;
    let answer: wire::GetMetadataResponse = client.call("GetMetadata", wire::Empty {}).await.unwrap();
    assert_eq!(answer.resources.len(), 3);
    let change = client.creation("example_everything", [("name", "after".into())]);
    assert_eq!(client.plan(&change, false).await.diagnostics, []);
}

#[tokio::test(start_paused = true)]
async fn calls_after_a_stop_are_cancelled_until_the_provider_is_configured_again() {
    let client = in_memory();
    client.stop().await;
    let change = client.creation(SLOW, [("stop", "return".into())]);
    let applied = client.apply(&change).await;
    assert!(diagnostics_text(&applied.diagnostics).contains("Stopped"));
    client.configure(object([]), false).await;
    start_create(&client, "return").await.abort();
}

#[tokio::test(start_paused = true)]
async fn a_create_that_ignores_the_stop_is_abandoned_once_it_has_saved_its_state() {
    let client = in_memory();
    let running = start_create(&client, "save_and_ignore").await;
    let begin = Instant::now();
    client.stop().await;
    let (state, output) = running.await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    assert_eq!(state.get("id").as_str(), Some("created"));
    assert!(output.contains("Interrupted while creating example_slow"), "{output}");
}

#[tokio::test(start_paused = true)]
async fn a_create_that_has_saved_nothing_is_awaited() {
    let client = in_memory();
    let running = start_create(&client, "ignore").await;
    client.stop().await;
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert!(!running.is_finished(), "the created object would be lost");
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn reads_updates_and_deletes_that_ignore_the_stop_are_abandoned_with_the_prior_state() {
    let client = in_memory();
    let state = |text: &str| {
        let pairs = [
            ("stop", "ignore".into()),
            ("text", text.into()),
            ("id", "x".into()),
            ("done", true.into()),
            ("marker", RawValue::Null),
        ];
        object(pairs)
    };
    let (own, prior) = (client.clone(), state("slow read"));
    let reading = tokio::spawn(async move { own.read(SLOW, &prior, false).await });
    let (own, prior) = (client.clone(), state("slow delete"));
    let deleting = tokio::spawn(async move { own.delete(SLOW, &prior).await });
    let own = client.clone();
    let mut change = client.creation(SLOW, [("stop", "ignore".into()), ("text", "new".into())]);
    change.prior = state("old");
    change.proposed = state("new");
    let updating = tokio::spawn(async move { own.apply(&change).await });
    tokio::time::sleep(Duration::from_secs(60)).await;
    let begin = Instant::now();
    client.stop().await;
    let read = reading.await.unwrap();
    assert_eq!(
        client.read_resource_value(SLOW, read.new_state.as_ref()),
        state("slow read")
    );
    assert!(diagnostics_text(&read.diagnostics).contains("Interrupted while reading"));
    let deleted = deleting.await.unwrap();
    assert_eq!(
        client.read_resource_value(SLOW, deleted.new_state.as_ref()),
        state("slow delete")
    );
    let updated = updating.await.unwrap();
    assert_eq!(
        client.read_resource_value(SLOW, updated.new_state.as_ref()),
        state("old")
    );
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
}
