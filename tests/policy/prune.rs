//! The action that deletes old backups.

use std::{collections::BTreeSet, time::Duration};

use csbs_simulator::{Effect, Operation, Rule, Status};
use terraform_plugin::{Diagnostics, RawValue};
use tokio_util::sync::CancellationToken;

use crate::{
    core::{invoke, object},
    fixture::{Fixture, PROJECT, assert_no_errors, errors, server_id},
};

const PRUNE: &str = "csbs_prune_backups";

async fn prune(fixture: &Fixture, values: &[(&str, RawValue)]) -> (Vec<String>, Diagnostics) {
    invoke(&fixture.provider, PRUNE, values, CancellationToken::new()).await
}

/// A backup of each of some servers, made one after the other.
async fn backups(fixture: &Fixture, servers: &[u32], name: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for server in servers {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        let made = fixture
            .simulator
            .make_checkpoint(PROJECT, &[&server_id(*server)], Some(name));
        ids.push(made.items[0].id.clone());
    }
    ids
}

fn existing(fixture: &Fixture) -> BTreeSet<String> {
    let checkpoints = fixture.simulator.inventory().checkpoints.into_iter();
    checkpoints
        .flat_map(|checkpoint| checkpoint.items)
        .map(|item| item.id)
        .collect()
}

fn set(ids: &[&String]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).clone()).collect()
}

fn servers(numbers: &[u32]) -> RawValue {
    RawValue::List(numbers.iter().map(|number| server_id(*number).into()).collect())
}

#[tokio::test(start_paused = true)]
async fn the_newest_of_the_selected_servers_stay() {
    let fixture = Fixture::new();
    let ids = backups(&fixture, &[0, 1, 0, 0, 1, 2, 2], "before-release").await;
    let (messages, diags) = prune(&fixture, &[("keep_last", 1.into()), ("server_ids", servers(&[0, 1]))]).await;
    assert_no_errors(&diags);
    assert_eq!(existing(&fixture), set(&[&ids[3], &ids[4], &ids[5], &ids[6]]));
    let text = messages.join("\n");
    assert!(
        text.contains("To delete (3)") && text.contains("Backups deleted: 3, kept: 2."),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn filters_select_together() {
    let fixture = Fixture::new();
    let ids = backups(&fixture, &[0, 0, 0], "before-release").await;
    let others = backups(&fixture, &[0, 1], "nightly").await;
    fixture.simulator.tag_item(&ids[0], &[("team", "a")]);
    fixture.simulator.tag_item(&ids[1], &[("team", "a")]);
    fixture.simulator.tag_item(&others[0], &[("team", "a")]);
    let config = [
        ("keep_last", 0.into()),
        ("name_prefix", "before-".into()),
        ("with_tags", object(&[("team", "a".into())])),
        // All backups are made an hour apart.
        ("older_than", "3h30m".into()),
    ];
    assert_no_errors(&prune(&fixture, &config).await.1);
    assert_eq!(existing(&fixture), set(&[&ids[1], &ids[2], &others[0], &others[1]]));
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_deletes_nothing_and_reports_the_backups() {
    let fixture = Fixture::new();
    let ids = backups(&fixture, &[0, 0], "before-release").await;
    let config = [
        ("keep_last", 1.into()),
        ("server_ids", servers(&[0])),
        ("dry_run", true.into()),
    ];
    let (messages, diags) = prune(&fixture, &config).await;
    assert_no_errors(&diags);
    assert_eq!(existing(&fixture).len(), 2);
    assert_eq!(fixture.simulator.count(Operation::DeleteCheckpoint), 0);
    assert!(messages.join("\n").contains(&ids[0]));
    assert!(diags.warnings[0].detail.contains(&ids[0]), "{diags:?}");
    assert!(!diags.warnings[0].detail.contains(&ids[1]), "{diags:?}");
}

#[tokio::test(start_paused = true)]
async fn backups_of_policies_and_unfinished_backups_stay() {
    let fixture = Fixture::new();
    let ids = backups(&fixture, &[0, 0, 0, 0], "before-release").await;
    fixture.simulator.set_item_status(&ids[0], Status::Protecting);
    fixture.simulator.set_item_status(&ids[1], Status::Error);
    tokio::time::sleep(Duration::from_secs(3600)).await;
    // Of a policy that no longer exists.
    let run = fixture
        .simulator
        .make_checkpoint(PROJECT, &[&server_id(0), &server_id(1)], None);
    let before = existing(&fixture);
    let config = [("keep_last", 1.into()), ("server_ids", servers(&[0]))];
    assert_no_errors(&prune(&fixture, &config).await.1);
    let mut left = before;
    left.remove(&ids[2]);
    assert_eq!(existing(&fixture), left);
    let config = [
        ("keep_last", 1.into()),
        ("server_ids", servers(&[0])),
        ("include_policy_backups", true.into()),
    ];
    assert_no_errors(&prune(&fixture, &config).await.1);
    let of_server = run.items.iter().find(|item| item.resource_id == server_id(0)).unwrap();
    assert!(existing(&fixture).contains(&of_server.id), "the newest one");
    assert!(!existing(&fixture).contains(&ids[3]));
}

#[tokio::test(start_paused = true)]
async fn at_most_five_are_deleted_at_once_and_a_failure_does_not_stop_the_others() {
    let fixture = Fixture::new();
    let ids = backups(&fixture, &[0; 12], "before-release").await;
    fixture.fault(Rule::on(Operation::DeleteCheckpoint, Effect::refuse(400, "CSBS.8007")).once());
    let config = [("keep_last", 0.into()), ("name_prefix", "before-".into())];
    let (messages, diags) = prune(&fixture, &config).await;
    assert!(errors(&diags).contains("CSBS.8007"), "{diags:?}");
    assert_eq!(existing(&fixture).len(), 1);
    assert!(existing(&fixture).is_subset(&ids.into_iter().collect()));
    assert!(
        messages
            .join("\n")
            .contains("Backups deleted: 11, kept: 0, 1 not deleted"),
        "{messages:?}"
    );
    // The first five are sent together, and a sixth when one of them is refused.
    let deletions: Vec<_> = fixture
        .simulator
        .requests()
        .into_iter()
        .filter(|request| request.operation == Operation::DeleteCheckpoint)
        .map(|request| request.at)
        .collect();
    assert!(deletions[6] > deletions[0], "{deletions:?}");
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_sends_no_further_deletion_and_names_those_that_continue() {
    let fixture = Fixture::new();
    backups(&fixture, &[0; 8], "before-release").await;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(2)).await;
        stop.cancel();
    });
    let config = [("keep_last", 0.into()), ("name_prefix", "before-".into())];
    let (_, diags) = invoke(&fixture.provider, PRUNE, &config, cancel).await;
    let text = errors(&diags);
    assert!(
        text.contains("Interrupted") && text.contains("continue in the cloud"),
        "{text}"
    );
    assert_eq!(fixture.simulator.count(Operation::DeleteCheckpoint), 5);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_fails_deletes_nothing() {
    for operation in [Operation::ListItems, Operation::ListPolicies] {
        let fixture = Fixture::new();
        backups(&fixture, &[0, 0], "before-release").await;
        fixture.fault(Rule::on(operation, Effect::refuse(403, "CSBS.9009")));
        let (_, diags) = prune(&fixture, &[("keep_last", 0.into()), ("server_ids", servers(&[0]))]).await;
        assert!(errors(&diags).contains("CSBS.9009"), "{diags:?}");
        assert_eq!(existing(&fixture).len(), 2);
    }
}
