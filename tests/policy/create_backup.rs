//! The action that creates a backup.

use std::time::Duration;

use csbs_simulator::{Effect, Operation, Rule, Status};
use terraform_plugin::{Diagnostics, RawValue};
use tokio_util::sync::CancellationToken;

use crate::{
    core::{invoke, object},
    fixture::{Fixture, assert_no_errors, errors, server_id},
};

const CREATE: &str = "csbs_create_backup";

async fn create(fixture: &Fixture, more: &[(&str, RawValue)]) -> (Vec<String>, Diagnostics) {
    create_until(fixture, more, CancellationToken::new()).await
}

async fn create_until(
    fixture: &Fixture,
    more: &[(&str, RawValue)],
    cancel: CancellationToken,
) -> (Vec<String>, Diagnostics) {
    let mut values = vec![
        ("resource_id", RawValue::from(server_id(0))),
        ("backup_name", "before-update".into()),
    ];
    values.extend(more.iter().cloned());
    invoke(&fixture.provider, CREATE, &values, cancel).await
}

/// The only backup: IDs of the backup and its checkpoint.
fn only(fixture: &Fixture) -> (String, String) {
    let checkpoints = fixture.simulator.inventory().checkpoints;
    assert_eq!(checkpoints.len(), 1, "{checkpoints:?}");
    (checkpoints[0].items[0].id.clone(), checkpoints[0].id.clone())
}

#[tokio::test(start_paused = true)]
async fn every_argument_is_sent_and_the_last_event_has_the_ids() {
    let fixture = Fixture::new();
    let more = [
        ("resource_type", "OS::Nova::Server".into()),
        ("description", "Before the update".into()),
        ("incremental", false.into()),
        ("tags", object(&[("team", "a".into())])),
        ("extra_info", object(&[("key", "value".into())])),
    ];
    let (messages, diags) = create(&fixture, &more).await;
    assert_no_errors(&diags);
    let (id, checkpoint_id) = only(&fixture);
    let last = messages.last().unwrap();
    assert!(
        last.contains(&id) && last.contains(&checkpoint_id) && last.ends_with("is available."),
        "{messages:?}"
    );
    assert!(messages.iter().any(|message| message.contains(" %.")), "{messages:?}");
    let requests = fixture.simulator.requests().into_iter();
    let bodies: Vec<_> = requests
        .filter(|request| request.operation == Operation::Protect)
        .filter_map(|request| request.body)
        .collect();
    assert_eq!(bodies.len(), 1);
    let protect = &bodies[0]["protect"];
    assert_eq!(protect["backup_name"], "before-update");
    assert_eq!(protect["description"], "Before the update");
    assert_eq!(protect["incremental"], false);
    assert_eq!(protect["resource_type"], "OS::Nova::Server");
    assert_eq!(protect["tags"][0]["key"], "team");
    assert_eq!(protect["extra_info"]["key"], "value");
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_names_the_backup_that_continues() {
    let fixture = Fixture::new();
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(20)).await;
        stop.cancel();
    });
    let (_, diags) = create_until(&fixture, &[], cancel).await;
    let (id, checkpoint_id) = only(&fixture);
    let text = errors(&diags);
    for part in ["Interrupted", &id, &checkpoint_id, "continues in the cloud"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(!text.contains("taint") && !text.contains("The state has"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_backup_whose_answer_was_lost_is_found() {
    let fixture = Fixture::new();
    let lost = Effect::DropAfter;
    fixture.fault(Rule::on(Operation::Protect, lost).once());
    let (messages, diags) = create(&fixture, &[]).await;
    assert_no_errors(&diags);
    assert!(messages.last().unwrap().contains(&only(&fixture).0), "{messages:?}");
    assert_eq!(fixture.simulator.count(Operation::Protect), 1);
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_an_unanswered_invocation_left_is_named_by_the_next_one() {
    let fixture = Fixture::new();
    // The service carries out the request when the first invocation no longer looks for its backup.
    fixture.fault(Rule::on(Operation::Protect, Effect::Late { seconds: 120.0 }).once());
    let (_, diags) = create(&fixture, &[]).await;
    assert!(errors(&diags).contains("not known whether"), "{diags:?}");
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let (left, _) = only(&fixture);
    let named =
        |text: &str| text.contains("already had ") && text.contains(&left) && !text.contains("terraform import");
    let (messages, diags) = create(&fixture.other_process(), &[]).await;
    assert_no_errors(&diags);
    assert!(diags.warnings.is_empty(), "{diags:?}");
    let last = messages.last().unwrap();
    assert!(last.contains("is available. Server ") && named(last), "{messages:?}");
    // A failure is a reason to look at it.
    fixture
        .simulator
        .fail_next_backup(None, "CSBS.1234", "the disk is gone");
    let (_, diags) = create(&fixture.other_process(), &[]).await;
    assert!(errors(&diags).contains("the disk is gone"), "{diags:?}");
    assert!(diags.warnings.iter().any(|warning| named(&warning.detail)), "{diags:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_backup_is_an_error_with_its_ids() {
    let fixture = Fixture::new();
    fixture
        .simulator
        .fail_next_backup(None, "CSBS.1234", "the disk is gone");
    let (_, diags) = create(&fixture, &[]).await;
    let (id, checkpoint_id) = only(&fixture);
    let text = errors(&diags);
    for part in [&id, &checkpoint_id, "CSBS.1234", "the disk is gone", "No state has"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert_eq!(
        fixture.simulator.inventory().checkpoints[0].items[0].status,
        Status::Error
    );
}

#[tokio::test(start_paused = true)]
async fn a_timeout_names_its_argument_and_the_backup() {
    let fixture = Fixture::new();
    let (_, diags) = create(&fixture, &[("timeout", "30s".into())]).await;
    let text = errors(&diags);
    assert!(
        text.contains(&only(&fixture).1) && text.contains("raise timeout."),
        "{text}"
    );
    assert_eq!(diags.errors[0].attribute.to_string(), "timeout");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_be_backed_up_is_an_error_before_anything_is_created() {
    let fixture = Fixture::new();
    let values = [("resource_id", RawValue::from("00000000-dead-4000-8000-000000000000"))];
    let (_, diags) = invoke(&fixture.provider, CREATE, &values, CancellationToken::new()).await;
    assert!(errors(&diags).contains("No backup was created"), "{diags:?}");
    assert_eq!(fixture.simulator.count(Operation::Protect), 0);
}
