//! A stop, under paused time.

use std::time::Duration;

use terraform_plugin::{
    RawValue,
    protocol6::{ProviderService, wire},
};
use tokio::{task::JoinHandle, time::Instant};

use crate::client::{Client, in_memory, object, told};

const SLOW: &str = "example_slow";

/// Begins a create and comes back once its handler waits.
async fn begin(client: &Client<ProviderService>, stop: &str) -> JoinHandle<(RawValue, String)> {
    let change = client.creation(SLOW, [("stop", stop.into())]);
    let plan = client.plan(&change, false).await;
    let request = client.applying(&change, &plan);
    let own = client.clone();
    let running = tokio::spawn(async move {
        let answer: wire::ApplyResourceChangeResponse = own.call("ApplyResourceChange", request).await.unwrap();
        let state = own.read_resource_value(SLOW, answer.new_state.as_ref());
        (state, told(&answer.diagnostics))
    });
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(!running.is_finished());
    running
}

#[tokio::test(start_paused = true)]
async fn a_create_returns_its_partial_state_at_once_and_the_server_goes_on() {
    let client = in_memory();
    let running = begin(&client, "at once").await;
    let begin = Instant::now();
    client.stop().await;
    let (state, told) = running.await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(2));
    assert_eq!(state.get("id").as_str(), Some("begun"));
    assert!(state.get("done").is_null(), "what was not known yet is null");
    assert_eq!(
        told,
        "Stopped: Run apply again.\nIt goes on: The object is still being made.\n"
    );
    client.stop().await;
    let answer: wire::GetMetadataResponse = client.call("GetMetadata", wire::Empty {}).await.unwrap();
    assert_eq!(answer.resources.len(), 3);
    let change = client.creation("example_everything", [("name", "after".into())]);
    assert_eq!(client.plan(&change, false).await.diagnostics, []);
}

#[tokio::test(start_paused = true)]
async fn what_begins_after_a_stop_is_stopped_until_the_provider_is_configured_anew() {
    let client = in_memory();
    client.stop().await;
    let change = client.creation(SLOW, [("stop", "at once".into())]);
    let applied = client.apply(&change).await;
    assert!(told(&applied.diagnostics).contains("Stopped"));
    client.configure(object([]), false).await;
    begin(&client, "at once").await.abort();
}

#[tokio::test(start_paused = true)]
async fn a_create_that_does_not_hear_is_left_once_it_has_kept_its_state() {
    let client = in_memory();
    let running = begin(&client, "deaf_but_keeps").await;
    let begin = Instant::now();
    client.stop().await;
    let (state, told) = running.await.unwrap();
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    assert_eq!(state.get("id").as_str(), Some("begun"));
    assert!(told.contains("Interrupted while creating example_slow"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn a_create_that_has_kept_nothing_is_waited_for() {
    let client = in_memory();
    let running = begin(&client, "deaf").await;
    client.stop().await;
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert!(!running.is_finished(), "what it makes would be lost");
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn reads_updates_and_deletes_that_do_not_hear_are_left_with_the_prior_state() {
    let client = in_memory();
    let state = |text: &str| {
        let pairs = [
            ("stop", "deaf".into()),
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
    let mut change = client.creation(SLOW, [("stop", "deaf".into()), ("text", "new".into())]);
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
    assert!(told(&read.diagnostics).contains("Interrupted while reading"));
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
