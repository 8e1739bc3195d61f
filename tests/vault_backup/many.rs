//! Many backups at once: the number of requests, and that none is taken for another.

use std::{collections::HashSet, sync::Arc, time::Duration};

use csbs_simulator::{FIRST_VAULT_ID, NewBackup};
use terraform_plugin::{Diagnostics, ImportTarget, RawValue};
use test_support::{
    core::{Action, Core},
    simulated_service::{PROJECT, SimulatedService},
};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{backups, new_process, server, with_servers};

fn of_server(core: &Core, index: usize) -> RawValue {
    core.config(&[
        ("vault_id", FIRST_VAULT_ID.into()),
        ("resource_id", server(index).into()),
        ("name", "nightly".into()),
    ])
}

/// Applies one backup for each of `count` servers at once.
async fn apply(service: &SimulatedService, count: usize) -> Vec<Core> {
    let provider = new_process(service);
    let slots = Arc::new(Semaphore::new(100));
    let mut running = JoinSet::new();
    for index in 0..count {
        let mut core = Core::of(&provider, "csbs_vault_backup");
        let slots = Arc::clone(&slots);
        running.spawn(async move {
            let _slot = slots.acquire().await.unwrap();
            let (_, diags) = core.apply(&of_server(&core, index)).await;
            assert_eq!(diags, Diagnostics::default());
            core
        });
    }
    running.join_all().await
}

#[tokio::test(start_paused = true)]
async fn a_hundred_creates_cost_at_most_three_requests_each() {
    for takes in [30, 1500] {
        let service = with_servers(100);
        service.set_backup_time(Duration::from_secs(takes));
        let made = apply(&service, 100).await;
        let ids: HashSet<_> = made.iter().map(|core| core.text("id")).collect();
        assert_eq!(ids.len(), 100);
        let backups = backups(&service);
        for core in &made {
            let backup = backups.iter().find(|backup| backup.id == core.text("id")).unwrap();
            assert_eq!(backup.resource_id, core.text("resource_id"));
        }
        let requests = service.count("GET", "") + service.count("POST", "");
        println!("{requests} requests for 100 backups of {takes} s");
        assert!(requests <= 300, "{requests} requests for 100 backups of {takes} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_backups_are_refreshed_with_five_requests() {
    let service = with_servers(250);
    let cbr = service.simulator.cbr();
    let new = NewBackup {
        servers: (0..250).map(server).collect(),
        project_id: Some(PROJECT.to_owned()),
        ..NewBackup::default()
    };
    for _ in 0..4 {
        cbr.make_backups(FIRST_VAULT_ID, &new).unwrap();
    }
    let provider = new_process(&service);
    let backups = backups(&service);
    assert_eq!(backups.len(), 1000);
    let mut first = Core::of(&provider, "csbs_vault_backup");
    first.import(ImportTarget::Id(backups[0].id.clone())).await;
    let cores: Vec<_> = backups
        .iter()
        .map(|backup| {
            let mut core = first.clone();
            let stored = core.stored.as_mut().unwrap();
            stored.state.set("id", backup.id.as_str());
            stored.state.set("resource_id", backup.resource_id.as_str());
            stored.identity = None;
            core
        })
        .collect();
    let before = service.count("GET", "");
    let mut running = JoinSet::new();
    for mut core in cores {
        running.spawn(async move {
            let config = core.config(&[
                ("vault_id", FIRST_VAULT_ID.into()),
                ("resource_id", core.get("resource_id")),
            ]);
            assert_eq!(core.plan(&config).await, (Action::Nothing, Diagnostics::default()));
        });
    }
    running.join_all().await;
    let requests = service.count("GET", "") - before;
    println!("{requests} requests to refresh 1000 backups");
    assert!(requests <= 5, "{requests} requests for a thousand backups");
}
