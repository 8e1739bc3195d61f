//! Only the service can say that something is gone: the provider waits for a deletion also if lists hide the backup, and a 404
//! of a proxy or gateway does not remove a backup or policy from the state.

use std::time::Duration;

use csbs_simulator::{Config, Effect, Operation, Rule};
use terraform_plugin::{Diagnostics, RawValue};
use tokio::time::{Instant, sleep};

use crate::{
    cloud::{Cloud, MAX_BODY, PROJECT, config},
    core::{Action, Core},
    policy_config::{self, server_id},
    virtual_time,
};

const TEN_MINUTES: Duration = Duration::from_secs(600);

/// Bodies of 404 responses that do not come from the service.
const FOREIGN_404: [&str; 6] = [
    "",
    "{}",
    r#"{"error_code":"APIG.0101","error_msg":"The API does not exist or has not been published"}"#,
    r#"{"error":{"code":404,"message":"Could not find resource.","title":"Not Found"}}"#,
    "<html><head><title>404 Not Found</title></head></html>",
    r#"{"message":"no Route matched with those values"}"#,
];

fn not_found(body: &str) -> Effect {
    Effect::Answer {
        status: 404,
        headers: Vec::new(),
        body: body.to_owned(),
    }
}

/// A service whose lists hide backups that are being deleted; a deletion takes ten minutes.
fn hides_deleting() -> Config {
    let mut config = config(1);
    config.hide_deleting = Some(true);
    config.timing.delete = TEN_MINUTES;
    config
}

fn text(diags: &Diagnostics) -> String {
    let errors = diags.errors.iter();
    errors
        .map(|error| format!("{}: {}", error.summary, error.detail))
        .collect()
}

fn assert_no_errors(diags: &Diagnostics) {
    assert!(diags.errors.is_empty(), "{}", text(diags));
}

fn backup_config(core: &Core, server: u32) -> RawValue {
    core.config(&[
        ("resource_id", server_id(server).into()),
        ("backup_name", "nightly".into()),
    ])
}

async fn backup(cloud: &Cloud, server: u32) -> Core {
    let mut core = Core::new(&cloud.process());
    let config = backup_config(&core, server);
    assert_no_errors(&core.apply(&config).await.1);
    core.reconnect(&cloud.process());
    cloud.clear_requests();
    core
}

async fn policy(cloud: &Cloud) -> Core {
    let mut core = Core::of(&cloud.process(), "csbs_backup_policy");
    let config = policy_config::config(&core, &[]);
    assert_no_errors(&core.apply(&config).await.1);
    core.reconnect(&cloud.process());
    cloud.clear_requests();
    core
}

fn is_empty(cloud: &Cloud) -> bool {
    cloud.simulator.inventory().checkpoints.is_empty()
}

#[test]
fn a_deletion_is_awaited_although_lists_hide_it() {
    virtual_time(async {
        let cloud = Cloud::with(hides_deleting(), MAX_BODY);
        let mut core = backup(&cloud, 0).await;
        let started = Instant::now();
        assert_no_errors(&core.destroy().await);
        assert!(is_empty(&cloud), "reported as gone while it is being deleted");
        assert!(started.elapsed() >= TEN_MINUTES, "{:?}", started.elapsed());
        assert_eq!(cloud.simulator.count(Operation::DeleteCheckpoint), 1);
        assert_eq!(cloud.simulator.count(Operation::ListItems), 1);
        // The intervals grow with the time waited.
        let reads = cloud.simulator.count(Operation::GetItem);
        assert!(reads < 150, "{reads} reads");
    });
}

#[test]
fn a_failed_deletion_that_lists_hide_is_an_error_and_keeps_the_state() {
    virtual_time(async {
        let cloud = Cloud::with(hides_deleting(), MAX_BODY);
        let mut core = backup(&cloud, 0).await;
        let reason = "The storage is busy.";
        cloud
            .simulator
            .fail_next_delete(Some(&server_id(0)), "CSBS.9999", reason);
        let diags = core.destroy().await;
        assert!(text(&diags).contains(reason), "{diags:?}");
        assert!(core.stored.is_some());
        assert_no_errors(&core.destroy().await);
        assert!(is_empty(&cloud));
    });
}

/// Listed backups cost their share of a page; hidden ones are read at growing intervals.
#[test]
fn many_hidden_deletions_cost_few_requests() {
    virtual_time(async {
        let mut config = hides_deleting();
        config.servers = csbs_simulator::Server::some(40);
        config.timing.delete = Duration::from_secs(120);
        config.timing.deletions_at_once = 40;
        let cloud = Cloud::with(config, MAX_BODY);
        let ids: Vec<_> = (0..40).map(server_id).collect();
        let provider = cloud.process();
        let mut cores = Vec::new();
        for id in &ids {
            let made = cloud.simulator.make_checkpoint(PROJECT, &[id.as_str()], None);
            let mut core = Core::new(&provider);
            assert_no_errors(&core.import(terraform_plugin::ImportTarget::Id(made.id)).await);
            cores.push(core);
        }
        cloud.clear_requests();
        let work = cores.iter_mut().map(Core::destroy);
        for diags in futures_util::future::join_all(work).await {
            assert_no_errors(&diags);
        }
        assert!(is_empty(&cloud));
        let reads = cloud.simulator.count(Operation::GetItem);
        // An interval of 1.5 s would cost 80 reads for each backup.
        assert!(reads <= 40 * 20, "{reads} reads");
    });
}

#[test]
fn a_backup_without_an_id_in_the_state_is_found_in_the_list() {
    virtual_time(async {
        let cloud = Cloud::with(hides_deleting(), MAX_BODY);
        let mut core = backup(&cloud, 0).await;
        core.stored.as_mut().unwrap().state.set("id", RawValue::Null);
        assert_no_errors(&core.destroy().await);
        assert!(is_empty(&cloud), "reported as gone while it is being deleted");
    });
}

#[test]
fn a_backup_that_no_list_contains_is_gone_when_the_delete_request_says_so() {
    virtual_time(async {
        let cloud = Cloud::with(hides_deleting(), MAX_BODY);
        let mut core = backup(&cloud, 0).await;
        core.stored.as_mut().unwrap().state.set("id", RawValue::Null);
        let rule = Rule::on(Operation::ListItems, Effect::EmptyList);
        cloud.simulator.fault(rule).unwrap();
        assert_no_errors(&core.destroy().await);
        assert!(is_empty(&cloud), "reported as gone while it is being deleted");
        let sent = cloud.simulator.count(Operation::DeleteCheckpoint);
        assert!((2..=30).contains(&sent), "{sent} requests to delete");
    });
}

#[test]
fn a_foreign_404_does_not_end_a_deletion() {
    for body in FOREIGN_404 {
        virtual_time(async {
            let cloud = Cloud::with(hides_deleting(), MAX_BODY);
            let mut core = backup(&cloud, 0).await;
            // For half a minute in the middle of the deletion.
            let rule = Rule::on(Operation::GetItem, not_found(body)).after(20).times(6);
            cloud.simulator.fault(rule).unwrap();
            assert_no_errors(&core.destroy().await);
            assert!(is_empty(&cloud), "{body:?}: reported as gone while it is being deleted");
        });
    }
}

#[test]
fn a_lasting_foreign_404_ends_a_deletion_when_no_list_contains_the_backup() {
    virtual_time(async {
        let mut config = config(1);
        config.hide_deleting = Some(false);
        let cloud = Cloud::with(config, MAX_BODY);
        let mut core = backup(&cloud, 0).await;
        cloud
            .simulator
            .fault(Rule::on(Operation::GetItem, not_found("")))
            .unwrap();
        let started = Instant::now();
        assert_no_errors(&core.destroy().await);
        assert!(is_empty(&cloud));
        assert!(started.elapsed() < Duration::from_secs(120), "{:?}", started.elapsed());
    });
}

#[test]
fn a_foreign_404_of_the_delete_request_is_an_error() {
    for body in FOREIGN_404 {
        virtual_time(async {
            let cloud = Cloud::new(1);
            let mut core = backup(&cloud, 0).await;
            let rule = Rule::on(Operation::DeleteCheckpoint, not_found(body));
            cloud.simulator.fault(rule).unwrap();
            let started = Instant::now();
            let diags = core.destroy().await;
            assert!(text(&diags).contains("HTTP status 404"), "{body:?}: {diags:?}");
            assert!(core.stored.is_some() && !is_empty(&cloud), "{body:?}");
            assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
        });
    }
}

#[test]
fn a_foreign_404_does_not_recreate_a_backup() {
    for body in FOREIGN_404 {
        virtual_time(async {
            let cloud = Cloud::new(1);
            let mut core = backup(&cloud, 0).await;
            let config = backup_config(&core, 0);
            let rule = Rule::on(Operation::GetItem, not_found(body));
            cloud.simulator.fault(rule).unwrap();
            let (action, diags) = core.plan(&config).await;
            assert!(text(&diags).contains("HTTP status 404"), "{body:?}: {diags:?}");
            assert_eq!(action, Action::Nothing, "{body:?}");
            assert!(
                core.stored.is_some(),
                "{body:?}: the backup exists, but not in the state"
            );
            // Once it does not exist, the list confirms it.
            assert!(cloud.simulator.remove_item(&core.text("id")));
            sleep(Duration::from_secs(60)).await;
            assert_no_errors(&core.refresh().await);
            assert!(core.stored.is_none(), "{body:?}");
        });
    }
}

#[test]
fn a_foreign_404_does_not_recreate_a_policy() {
    for body in FOREIGN_404 {
        virtual_time(async {
            let cloud = Cloud::new(1);
            let mut core = policy(&cloud).await;
            let config = policy_config::config(&core, &[]);
            cloud
                .simulator
                .fault(Rule::on(Operation::GetPolicy, not_found(body)))
                .unwrap();
            let (action, diags) = core.plan(&config).await;
            assert!(text(&diags).contains("HTTP status 404"), "{body:?}: {diags:?}");
            assert_eq!(action, Action::Nothing, "{body:?}");
            assert!(
                core.stored.is_some(),
                "{body:?}: the policy exists, but not in the state"
            );
            assert!(cloud.simulator.remove_policy(&core.text("id")));
            assert_no_errors(&core.refresh().await);
            assert!(core.stored.is_none(), "{body:?}");
        });
    }
}

#[test]
fn a_foreign_404_of_the_delete_request_keeps_the_policy_in_the_state() {
    for body in FOREIGN_404 {
        virtual_time(async {
            let cloud = Cloud::new(1);
            let mut core = policy(&cloud).await;
            cloud
                .simulator
                .fault(Rule::on(Operation::DeletePolicy, not_found(body)))
                .unwrap();
            let diags = core.destroy().await;
            assert!(text(&diags).contains("HTTP status 404"), "{body:?}: {diags:?}");
            assert!(core.stored.is_some(), "{body:?}");
            assert_eq!(cloud.simulator.inventory().policies.len(), 1);
        });
    }
}
