//! Five hundred backups at once, with a service that allows ten requests per second.

use std::{sync::Arc, time::Duration};

use csbs_simulator::{Config, Operation, RateLimit, Server, Timing};
use otc_client::http::MAX_BODY;
use tokio::{sync::Semaphore, task::JoinSet, time::Instant};

use crate::{
    cloud::{Cloud, config},
    core::{Action, Core},
    policy_config::server_id,
    virtual_time,
};

const PARALLEL: usize = 100;
const RATE: f64 = 10.0;
const BURST: u32 = 20;

async fn create_and_destroy(backups: u32, retry_after: bool) {
    let cloud = Cloud::with(
        Config {
            servers: Server::some(backups),
            rate_limit: Some(RateLimit {
                per_second: RATE,
                burst: BURST,
                retry_after,
            }),
            timing: Timing {
                backup: Some(Duration::from_secs(20)),
                delete: Duration::from_secs(5),
                deletions_at_once: 50,
                ..Timing::default()
            },
            log_limit: 100_000,
            ..config(1)
        },
        MAX_BODY,
    );
    let started = Instant::now();
    let provider = cloud.process();
    let mut cores: Vec<_> = (0..backups).map(|_| Core::new(&provider)).collect();
    cores = for_each(cores, async |number, core| {
        let config = core.config(&[
            ("resource_id", server_id(number).into()),
            ("backup_name", "nightly".into()),
        ]);
        let (action, diags) = core.apply(&config).await;
        assert_eq!(action, Action::Create);
        assert_eq!(diags, Default::default());
    })
    .await;
    let took = started.elapsed();
    let (sent, refused) = count_and_check_rate(
        &cloud,
        &format!("{backups} creates in {took:?}, retry_after {retry_after}"),
    );
    assert_eq!(
        cloud
            .requests_of(Operation::Protect)
            .iter()
            .filter(|request| request.carried_out)
            .count(),
        backups as usize
    );
    assert!(refused * 10 <= sent, "{refused} of {sent} requests were refused");
    assert!(took < Duration::from_secs(20 * 60), "{took:?}");

    // The same for the deletion, with fewer backups, because every page of the list costs real time here.
    if backups > 100 {
        return;
    }
    cloud.clear_requests();
    let started = Instant::now();
    let provider = cloud.process();
    for core in &mut cores {
        core.reconnect(&provider);
    }
    for_each(cores, async |_, core| {
        let mut diags = core.refresh().await;
        diags.add_diagnostics(core.destroy().await);
        assert_eq!(diags, Default::default());
        assert!(core.stored.is_none());
    })
    .await;
    let (sent, refused) = count_and_check_rate(&cloud, &format!("{backups} destroys in {:?}", started.elapsed()));
    assert!(refused * 5 <= sent, "{refused} of {sent} requests were refused");
    assert!(cloud.simulator.inventory().checkpoints.is_empty());
}

/// Runs `work` for every resource, [`PARALLEL`] at a time.
async fn for_each(cores: Vec<Core>, work: impl AsyncFn(u32, &mut Core) + Clone + 'static) -> Vec<Core> {
    let permits = Arc::new(Semaphore::new(PARALLEL));
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async move {
            let mut running = JoinSet::new();
            for (number, mut core) in (0..).zip(cores) {
                let (permits, work) = (Arc::clone(&permits), work.clone());
                running.spawn_local(async move {
                    let _permit = permits.acquire().await.unwrap();
                    work(number, &mut core).await;
                    core
                });
            }
            running.join_all().await
        })
        .await
}

/// Counts the requests, and those that were refused. Asserts that no period has many more requests than the service allows.
fn count_and_check_rate(cloud: &Cloud, title: &str) -> (usize, usize) {
    let requests = cloud.simulator.requests();
    let requests: Vec<_> = requests
        .iter()
        .filter(|request| !request.operation.is_identity())
        .collect();
    let refused = requests.iter().filter(|request| request.status == Some(429)).count();
    let at: Vec<f64> = requests
        .iter()
        .map(|request| request.at.as_microsecond() as f64 / 1e6)
        .collect();
    // The largest excess over the rate in any period between two requests.
    let (mut most, mut lowest) = (0.0_f64, f64::MAX);
    for (number, at) in (0..).zip(&at) {
        let level = f64::from(number) - RATE * at;
        lowest = lowest.min(level);
        most = most.max(level - lowest + 1.0);
    }
    println!(
        "{title}: {} requests, {refused} refused, at most {most:.0} above the rate",
        requests.len()
    );
    // Requests in flight at the first refusal come on top of the service's own burst.
    assert!(most <= f64::from(BURST) + 64.0, "{most} above the rate");
    (requests.len(), refused)
}

#[test]
fn five_hundred_at_ten_requests_per_second() {
    virtual_time(create_and_destroy(500, true));
}

#[test]
fn one_hundred_without_retry_after() {
    virtual_time(create_and_destroy(100, false));
}
