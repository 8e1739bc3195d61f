//! Many backups at once: what they cost, and that none is taken for another.

use std::collections::HashSet;

use terraform_plugin::{ImportTarget, RawValue};
use tokio::task::JoinSet;

use crate::{
    core::{Action, Core},
    fake_service::World,
};

fn of(core: &Core, index: usize) -> RawValue {
    core.config(&[
        ("resource_id", format!("server-{index}").into()),
        ("backup_name", "nightly".into()),
    ])
}

/// Applies one backup for each of `count` servers at once.
async fn apply(world: &World, count: usize) -> Vec<Core> {
    let provider = world.provider();
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
    let world = World::new().await;
    let made = apply(&world, 100).await;
    let ids: HashSet<_> = made.iter().map(|core| core.text("id")).collect();
    assert_eq!(ids.len(), 100);
    for core in &made {
        let item = world
            .items()
            .into_iter()
            .find(|item| item.id == core.text("id"))
            .unwrap();
        assert_eq!(item.server, core.text("resource_id"));
    }
    let looks = world.count("GET", "/checkpoint_items");
    let checks = world.count("POST", "/providers") - 100;
    assert!(looks <= 100, "{looks} looks for 100 creates of a minute each");
    assert!(checks <= 10, "{checks} capability checks for 100 servers");
}

#[tokio::test(start_paused = true)]
async fn a_thousand_backups_are_refreshed_with_five_requests() {
    let world = World::new().await;
    let provider = world.provider();
    world.run_policy(1000).await;
    let items = world.items();
    let mut first = Core::new(&provider);
    first.import(ImportTarget::Id(items[0].id.clone())).await;
    let cores: Vec<_> = items
        .iter()
        .map(|item| {
            let mut core = first.clone();
            let stored = core.stored.as_mut().unwrap();
            stored.state.set("id", item.id.as_str());
            stored.state.set("resource_id", item.server.as_str());
            stored.identity = None;
            core
        })
        .collect();
    let before = world.count("GET", "");
    let mut running = JoinSet::new();
    for mut core in cores {
        running.spawn(async move {
            let config = core.config(&[("resource_id", core.get("resource_id"))]);
            assert_eq!(core.plan(&config).await, (Action::Nothing, Default::default()));
        });
    }
    running.join_all().await;
    let requests = world.count("GET", "") - before;
    assert!(requests <= 5, "{requests} requests for a thousand backups");
}

/// As `terraform apply -parallelism=100` does it, with backups of half a minute and of 25 minutes.
#[tokio::test(start_paused = true)]
async fn creates_cost_at_most_three_requests_each_and_end_soon_after_their_backup() {
    for (count, takes, late) in [(500, 30, 2.0), (200, 1500, 75.0)] {
        let takes = std::time::Duration::from_secs(takes);
        let world = World::new().await;
        world.backups_take(takes);
        let provider = world.provider();
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
        let requests = world.count("GET", "") + world.count("POST", "");
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
