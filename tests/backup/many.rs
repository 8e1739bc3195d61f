//! Many backups at once: what they cost, and that none is taken for another.

use std::collections::HashSet;

use csbs_simulator::{Quirks, Server};
use terraform_plugin::{ImportTarget, RawValue};
use tokio::task::JoinSet;

use crate::{
    core::{Action, Core},
    new_process,
};
use test_support::simulated_service::SimulatedService;

fn of(core: &Core, index: usize) -> RawValue {
    core.config(&[
        ("resource_id", format!("server-{index}").into()),
        ("backup_name", "nightly".into()),
    ])
}

/// Applies one backup for each of `count` servers at once.
async fn apply(service: &SimulatedService, count: usize) -> Vec<Core> {
    let provider = new_process(service);
    let mut running = JoinSet::new();
    for index in 0..count {
        let mut core = Core::new(&provider);
        running.spawn(async move {
            let (_, diags) = core.apply(&of(&core, index)).await;
            assert_eq!(diags, Default::default());
            core
        });
    }
    running.join_all().await
}

#[tokio::test(start_paused = true)]
async fn a_hundred_creates_share_their_looks() {
    let service = SimulatedService::with_servers(100);
    let made = apply(&service, 100).await;
    let ids: HashSet<_> = made.iter().map(|core| core.text("id")).collect();
    assert_eq!(ids.len(), 100);
    for core in &made {
        let item = service
            .items()
            .into_iter()
            .find(|item| item.id == core.text("id"))
            .unwrap();
        assert_eq!(item.resource_id, core.text("resource_id"));
    }
    let looks = service.count("GET", "/checkpoint_items");
    let checks = service.count("POST", "/providers") - 100;
    assert!(looks <= 100, "{looks} looks for 100 creates of a minute each");
    assert!(checks <= 10, "{checks} capability checks for 100 servers");
}

#[tokio::test(start_paused = true)]
async fn a_thousand_backups_are_refreshed_with_five_requests() {
    refresh_a_thousand(&SimulatedService::with_servers(1000)).await;
}

/// The list leaves out the disks, tags or time of a backup in six. The state needs none of them.
#[tokio::test(start_paused = true)]
async fn a_thousand_backups_are_refreshed_with_five_requests_where_the_list_leaves_parts_out() {
    let service = SimulatedService::with(|config| {
        config.quirks = Quirks::Mix;
        config.quotas.backups = -1;
        config.servers = (0..1000).map(|index| Server::new(format!("server-{index}"))).collect();
    });
    refresh_a_thousand(&service).await;
}

async fn refresh_a_thousand(service: &SimulatedService) {
    let provider = new_process(service);
    let servers: Vec<String> = (0..1000).map(|index| format!("server-{index}")).collect();
    let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
    service.make_checkpoint(&servers, None);
    let items = service.items();
    let mut first = Core::new(&provider);
    first.import(ImportTarget::Id(items[0].id.clone())).await;
    let cores: Vec<_> = items
        .iter()
        .map(|item| {
            let mut core = first.clone();
            let stored = core.stored.as_mut().unwrap();
            stored.state.set("id", item.id.as_str());
            stored.state.set("resource_id", item.resource_id.as_str());
            stored.identity = None;
            core
        })
        .collect();
    let before = service.count("GET", "");
    let mut running = JoinSet::new();
    for mut core in cores {
        running.spawn(async move {
            let config = core.config(&[("resource_id", core.get("resource_id"))]);
            assert_eq!(core.plan(&config).await, (Action::Nothing, Default::default()));
        });
    }
    running.join_all().await;
    let requests = service.count("GET", "") - before;
    assert!(requests <= 5, "{requests} requests for a thousand backups");
}

/// Ten imports at a time, as Terraform's default parallelism has it: the later ones use the list that the first ones read.
#[tokio::test(start_paused = true)]
async fn a_hundred_imports_share_a_list() {
    let service = SimulatedService::with_servers(100);
    let servers: Vec<String> = (0..100).map(|index| format!("server-{index}")).collect();
    let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
    service.make_checkpoint(&servers, None);
    let ids: Vec<String> = service.items().into_iter().map(|item| item.id).collect();
    let provider = new_process(&service);
    let before = service.count("GET", "");
    for ids in ids.chunks(10) {
        let mut running = JoinSet::new();
        for id in ids {
            let (mut core, id) = (Core::new(&provider), id.clone());
            running.spawn(async move {
                assert_eq!(core.import(ImportTarget::Id(id.clone())).await, Default::default());
                assert_eq!(core.text("id"), id);
            });
        }
        running.join_all().await;
    }
    let requests = service.count("GET", "") - before;
    assert!(requests <= 5, "{requests} requests for a hundred imports");
}

/// As `terraform apply -parallelism=100` does it, with backups of half a minute and of 25 minutes.
#[tokio::test(start_paused = true)]
async fn creates_cost_at_most_three_requests_each_and_end_soon_after_their_backup() {
    for (count, takes, late) in [(500, 30, 2.0), (200, 1500, 75.0)] {
        let takes = std::time::Duration::from_secs(takes);
        let service = SimulatedService::with_servers(count);
        service.set_backup_time(takes);
        let provider = new_process(&service);
        let slots = std::sync::Arc::new(tokio::sync::Semaphore::new(100));
        let mut running = JoinSet::new();
        for index in 0..count {
            let mut core = Core::new(&provider);
            let slots = slots.clone();
            running.spawn(async move {
                let _slot = slots.acquire().await.unwrap();
                let config = of(&core, index);
                let begun = tokio::time::Instant::now();
                let (_, diags) = core.apply(&config).await;
                assert_eq!(diags, Default::default());
                begun.elapsed()
            });
        }
        let slowest = running.join_all().await.into_iter().max().unwrap();
        let requests = service.count("GET", "") + service.count("POST", "");
        println!(
            "backups of {takes:?}: {requests} requests, the slowest {:?} late",
            slowest - takes
        );
        assert!(requests <= 3 * count, "{requests} requests for backups of {takes:?}");
        assert!(
            (slowest - takes).as_secs_f64() <= late + 1.0,
            "{slowest:?} for a backup of {takes:?}"
        );
    }
}
