//! The actions.

use std::time::Duration;

use csbs_simulator::{Effect, Operation, Rule, Server, Status};
use terraform_plugin::{Diagnostics, RawValue};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    core::{invoke, object, plan_action},
    fixture::{Fixture, PROJECT, assert_no_errors, config, errors, server, server_id},
};

async fn run(fixture: &Fixture, type_name: &str, values: &[(&str, RawValue)]) -> (Vec<String>, Diagnostics) {
    invoke(&fixture.provider, type_name, values, CancellationToken::new()).await
}

fn stop_after(time: Duration) -> CancellationToken {
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(time).await;
        stop.cancel();
    });
    cancel
}

const RESTORE: &str = "csbs_restore_backup";
const RUN: &str = "csbs_run_backup_policy";

fn backup(fixture: &Fixture) -> String {
    fixture.simulator.make_checkpoint(PROJECT, &[&server_id(0)], None).items[0]
        .id
        .clone()
}

#[tokio::test(start_paused = true)]
async fn a_backup_is_restored_to_its_server() {
    let fixture = Fixture::new();
    let id = backup(&fixture);
    let begun = Instant::now();
    let (messages, diags) = run(
        &fixture,
        RESTORE,
        &[("backup_id", id.as_str().into()), ("power_on", true.into())],
    )
    .await;
    assert_no_errors(&diags);
    assert!(begun.elapsed() >= Duration::from_secs(310) && begun.elapsed() < Duration::from_secs(330));
    let text = messages.join("\n");
    for part in ["can be restored", "has begun", "restoring", "is restored"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert_eq!(fixture.simulator.count(Operation::CheckRestorable), 1);
    assert_eq!(fixture.simulator.count(Operation::Restore), 1);
}

#[tokio::test(start_paused = true)]
async fn a_restore_always_says_whether_the_server_is_started() {
    for (configured, sent) in [
        (RawValue::Null, true),
        (RawValue::from(true), true),
        (RawValue::from(false), false),
    ] {
        let fixture = Fixture::new();
        let id = backup(&fixture);
        let values = [("backup_id", id.as_str().into()), ("power_on", configured)];
        assert_no_errors(&run(&fixture, RESTORE, &values).await.1);
        let bodies: Vec<_> = fixture
            .simulator
            .requests()
            .into_iter()
            .filter(|request| request.operation == Operation::Restore)
            .filter_map(|request| request.body)
            .collect();
        assert_eq!(bodies.len(), 1);
        assert_eq!(bodies[0]["restore"]["parameters"]["power_on"], sent);
    }
}

#[tokio::test(start_paused = true)]
async fn a_backup_is_restored_to_another_server() {
    let fixture = Fixture::new();
    let id = backup(&fixture);
    let other = server_id(1);
    let (_, diags) = run(
        &fixture,
        RESTORE,
        &[("backup_id", id.as_str().into()), ("server_id", other.as_str().into())],
    )
    .await;
    assert!(errors(&diags).contains("another server"), "{diags:?}");
    assert_eq!(fixture.simulator.count(Operation::Restore), 0);
    let found = fixture.found("csbs_backup", &[("id", id.as_str().into())]).await;
    let parts = found.get("volume_backups").as_list().unwrap();
    let disks = Server::some(2).remove(1).disks;
    let bootable = |part: &&RawValue| part.get("bootable").as_bool() == Some(true);
    let system = parts.iter().find(bootable).unwrap().get("id").as_str().unwrap();
    let data = parts
        .iter()
        .find(|part| !bootable(part))
        .unwrap()
        .get("id")
        .as_str()
        .unwrap();
    let volumes = object(&[
        (system, disks[0].id.as_str().into()),
        (data, disks[1].id.as_str().into()),
    ]);
    let values = [
        ("backup_id", id.as_str().into()),
        ("server_id", other.into()),
        ("volumes", volumes),
    ];
    assert_no_errors(&run(&fixture, RESTORE, &values).await.1);
    let crossed = object(&[
        (system, disks[1].id.as_str().into()),
        (data, disks[0].id.as_str().into()),
    ]);
    let values = [values[0].clone(), values[1].clone(), ("volumes", crossed)];
    let (_, diags) = run(&fixture, RESTORE, &values).await;
    assert!(errors(&diags).contains("CSBS.60"), "{diags:?}");
    assert_eq!(fixture.simulator.count(Operation::Restore), 1);
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_cannot_be_done_is_not_begun() {
    let fixture = Fixture::new();
    let id = backup(&fixture);
    for (values, words) in [
        (vec![("backup_id", RawValue::from("nowhere"))], "no backup"),
        (
            vec![("backup_id", id.as_str().into()), ("timeout", "soon".into())],
            "timeout",
        ),
        (
            vec![
                ("backup_id", id.as_str().into()),
                ("volumes", object(&[("x", "y".into())])),
            ],
            "not a disk backup",
        ),
    ] {
        let (_, diags) = run(&fixture, RESTORE, &values).await;
        assert!(errors(&diags).contains(words), "{words}: {diags:?}");
    }
    fixture.simulator.set_item_status(&id, Status::Protecting);
    let (_, diags) = run(&fixture, RESTORE, &[("backup_id", id.as_str().into())]).await;
    assert!(errors(&diags).contains("protecting"), "{diags:?}");
    fixture.simulator.set_item_status(&id, Status::Available);
    fixture.simulator.remove_server(&server_id(0));
    let (_, diags) = run(&fixture, RESTORE, &[("backup_id", id.as_str().into())]).await;
    assert!(errors(&diags).contains("CSBS.6000"), "{diags:?}");
    assert_eq!(fixture.simulator.count(Operation::Restore), 0);
}

#[tokio::test(start_paused = true)]
async fn the_plan_of_a_restore_says_what_is_overwritten() {
    let fixture = Fixture::with_plan_checks();
    let id = backup(&fixture);
    let diags = plan_action(&fixture.provider, RESTORE, &[("backup_id", id.as_str().into())]).await;
    assert_no_errors(&diags);
    let [warning] = diags.warnings.as_slice() else {
        panic!("{diags:?}");
    };
    let server = Server::some(1).remove(0);
    for part in [&server.name, &server_id(0), &id, "2 disks", "UTC"] {
        assert!(warning.detail.contains(part), "{part} is missing in {}", warning.detail);
    }
}

#[tokio::test(start_paused = true)]
async fn the_plan_of_a_restore_refuses_a_target_that_cannot_be_right() {
    let fixture = Fixture::with_plan_checks();
    let id = backup(&fixture);
    let to_another_server = [("backup_id", id.as_str().into()), ("server_id", server_id(1).into())];
    let diags = plan_action(&fixture.provider, RESTORE, &to_another_server).await;
    assert!(errors(&diags).contains("another server"), "{diags:?}");
    assert_eq!(diags.errors[0].attribute.to_string(), "volumes");
    let diags = plan_action(&fixture.provider, RESTORE, &[("backup_id", "nowhere".into())]).await;
    assert_eq!(diags.errors[0].attribute.to_string(), "backup_id", "{diags:?}");
}

#[tokio::test(start_paused = true)]
async fn the_plan_of_a_restore_asks_nothing_while_the_backup_is_unknown() {
    let fixture = Fixture::with_plan_checks();
    let diags = plan_action(&fixture.provider, RESTORE, &[("backup_id", RawValue::UNKNOWN)]).await;
    assert!(diags.errors.is_empty() && diags.warnings.is_empty(), "{diags:?}");
    assert_eq!(fixture.simulator.requests().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_fails_says_why() {
    let fixture = Fixture::new();
    let id = backup(&fixture);
    fixture
        .simulator
        .fail_next_restore(None, "CSBS.1234", "the disk is broken");
    let (_, diags) = run(&fixture, RESTORE, &[("backup_id", id.as_str().into())]).await;
    assert!(errors(&diags).contains("the disk is broken"), "{diags:?}");
}

#[tokio::test(start_paused = true)]
async fn a_restore_without_an_answer_is_followed_or_doubted_but_not_sent_again() {
    for (effect, restored) in [
        (Effect::DropAfter, true),
        (Effect::TruncateJson, true),
        (Effect::DropBefore, false),
    ] {
        let fixture = Fixture::new();
        let id = backup(&fixture);
        fixture.fault(Rule::on(Operation::Restore, effect.clone()).once());
        let (_, diags) = run(&fixture, RESTORE, &[("backup_id", id.as_str().into())]).await;
        assert_eq!(diags.errors.is_empty(), restored, "{effect:?}: {diags:?}");
        if !restored {
            assert!(errors(&diags).contains("not known whether"));
        }
        assert_eq!(fixture.simulator.count(Operation::Restore), 1, "{effect:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stopped_restore_ends_in_two_seconds_and_goes_on() {
    let fixture = Fixture::new();
    let id = backup(&fixture);
    let begun = Instant::now();
    let cancel = stop_after(Duration::from_secs(60));
    let (_, diags) = invoke(&fixture.provider, RESTORE, &[("backup_id", id.as_str().into())], cancel).await;
    assert!(begun.elapsed() <= Duration::from_secs(62));
    assert!(errors(&diags).contains("continues in the cloud"), "{diags:?}");
    let fixture = Fixture::new();
    let id = backup(&fixture);
    fixture.fault(Rule::on(Operation::Restore, Effect::Stall));
    let begun = Instant::now();
    let cancel = stop_after(Duration::from_secs(1));
    let (_, diags) = invoke(&fixture.provider, RESTORE, &[("backup_id", id.as_str().into())], cancel).await;
    assert!(begun.elapsed() <= Duration::from_secs(3), "{:?}", begun.elapsed());
    assert!(errors(&diags).contains("had not answered"), "{diags:?}");
}

#[tokio::test(start_paused = true)]
async fn a_restore_that_lasts_too_long_goes_on() {
    let fixture = Fixture::new();
    let id = backup(&fixture);
    let values = [("backup_id", id.as_str().into()), ("timeout", "2m".into())];
    let begun = Instant::now();
    let (_, diags) = run(&fixture, RESTORE, &values).await;
    assert!(begun.elapsed() < Duration::from_secs(130));
    assert!(errors(&diags).contains("continues in the cloud"), "{diags:?}");
}

/// A policy with servers 0 and 1.
async fn policy(fixture: &Fixture) -> RawValue {
    let mut core = fixture.policy();
    let servers = RawValue::List(vec![server(0), server(1)]);
    assert_no_errors(&core.apply(&config(&core, &[("resource", servers)])).await.1);
    core.get("id")
}

#[tokio::test(start_paused = true)]
async fn a_policy_is_run_and_its_backups_are_named() {
    let fixture = Fixture::new();
    let id = policy(&fixture).await;
    let begun = Instant::now();
    let (messages, diags) = run(&fixture, RUN, &[("policy_id", id.clone())]).await;
    assert_no_errors(&diags);
    assert!(begun.elapsed() < Duration::from_secs(160), "{:?}", begun.elapsed());
    let items: Vec<_> = fixture.simulator.inventory().items().cloned().collect();
    assert_eq!(items.len(), 2);
    let text = messages.join("\n");
    for item in &items {
        assert!(text.contains(&item.id), "{text}");
    }
    assert!(text.contains("protecting") && text.contains("available"));
    let one = RawValue::List(vec![server_id(1).into()]);
    assert_no_errors(
        &run(&fixture, RUN, &[("policy_id", id.clone()), ("server_ids", one)])
            .await
            .1,
    );
    assert_eq!(fixture.simulator.inventory().items().count(), 3);
    let stranger = RawValue::List(vec![server_id(3).into()]);
    let (_, diags) = run(&fixture, RUN, &[("policy_id", id), ("server_ids", stranger)]).await;
    assert!(errors(&diags).contains(&server_id(3)));
    assert_eq!(fixture.simulator.count(Operation::RunPolicy), 2);
}

#[tokio::test(start_paused = true)]
async fn a_busy_policy_is_run_later() {
    let fixture = Fixture::new();
    let id = policy(&fixture).await;
    fixture.fault(Rule::on(Operation::RunPolicy, Effect::refuse(500, "CSBS.2001")).times(3));
    let (messages, diags) = run(&fixture, RUN, &[("policy_id", id)]).await;
    assert_no_errors(&diags);
    assert!(messages[0].contains("CSBS.2001"), "{messages:?}");
    assert_eq!(fixture.simulator.inventory().items().count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_run_with_a_failed_backup_names_it() {
    let fixture = Fixture::new();
    let id = policy(&fixture).await;
    fixture
        .simulator
        .fail_next_backup(Some(&server_id(1)), "CSBS.1234", "the disk is broken");
    let (_, diags) = run(&fixture, RUN, &[("policy_id", id)]).await;
    let text = errors(&diags);
    assert!(
        text.contains("the disk is broken") && text.contains(&server_id(1)),
        "{text}"
    );
    assert!(!text.contains(&server_id(0)), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_run_without_an_answer_is_found_or_doubted_but_not_sent_again() {
    for (effect, done) in [
        (Effect::DropAfter, true),
        (Effect::TruncateJson, true),
        (Effect::DropBefore, false),
    ] {
        let fixture = Fixture::new();
        let id = policy(&fixture).await;
        fixture.fault(Rule::on(Operation::RunPolicy, effect.clone()).once());
        let (_, diags) = run(&fixture, RUN, &[("policy_id", id)]).await;
        assert_eq!(diags.errors.is_empty(), done, "{effect:?}: {diags:?}");
        assert_eq!(fixture.simulator.count(Operation::RunPolicy), 1, "{effect:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stopped_run_ends_in_two_seconds_and_goes_on() {
    let fixture = Fixture::new();
    let id = policy(&fixture).await;
    let begun = Instant::now();
    let cancel = stop_after(Duration::from_secs(30));
    let (_, diags) = invoke(&fixture.provider, RUN, &[("policy_id", id)], cancel).await;
    assert!(begun.elapsed() <= Duration::from_secs(32));
    let checkpoint = fixture.simulator.inventory().checkpoints[0].id.clone();
    assert!(errors(&diags).contains(&checkpoint), "{diags:?}");
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_is_not_there_or_empty_is_not_run() {
    let fixture = Fixture::new();
    let (_, diags) = run(&fixture, RUN, &[("policy_id", "nowhere".into())]).await;
    assert!(errors(&diags).contains("CSBS.3000"), "{diags:?}");
    let mut core = fixture.policy();
    assert_no_errors(
        &core
            .apply(&config(&core, &[("resource", RawValue::List(vec![]))]))
            .await
            .1,
    );
    let (_, diags) = run(&fixture, RUN, &[("policy_id", core.get("id"))]).await;
    assert!(errors(&diags).contains("nothing to back up"), "{diags:?}");
}
