//! A month of hourly pipeline runs in one process, without growth of memory, tasks or connections.

use std::{sync::atomic::Ordering, time::Duration};

use csbs_simulator::Config;
use terraform_plugin::RawValue;
use tokio::{runtime::Handle, time::sleep};

use crate::{
    cloud::{Cloud, MAX_BODY, config},
    core::{Action, Core, object},
    policy_config::server_id,
};

const HOUR: Duration = Duration::from_secs(3600);

/// Tolerance in bytes: caches are full at different times of a day.
const SLACK: i64 = 64 * 1024;

struct Pipeline {
    cloud: Cloud,
    cores: Vec<Core>,
    run: u32,
}

impl Pipeline {
    async fn new() -> Self {
        let cloud = Cloud::with(
            Config {
                log_limit: 50,
                ..config(1)
            },
            MAX_BODY,
        );
        let provider = cloud.process();
        Self {
            cores: (0..2).map(|_| Core::new(&provider)).collect(),
            cloud,
            run: 0,
        }
    }

    /// Runs the pipeline hourly: a new backup of each server replaces the old one.
    async fn days(&mut self, days: u32) {
        for _ in 0..days * 24 {
            self.run += 1;
            let release = RawValue::from(self.run.to_string().as_str());
            for (number, core) in (0..).zip(&mut self.cores) {
                let config = core.config(&[
                    ("resource_id", server_id(number).into()),
                    ("backup_name", "nightly".into()),
                    ("triggers", object(&[("release", release.clone())])),
                ]);
                let (action, diags) = core.apply(&config).await;
                let summaries: Vec<_> = diags.warnings.iter().map(|warning| &*warning.summary).collect();
                let replaced: &[&str] = if self.run == 1 {
                    &[]
                } else {
                    &["The backup will be replaced"]
                };
                assert_eq!((diags.errors.len(), summaries.as_slice()), (0, replaced), "{diags:?}");
                assert_eq!(action, if self.run == 1 { Action::Create } else { Action::Replace });
                assert_eq!(core.plan(&config).await, (Action::Nothing, Default::default()));
            }
            assert_eq!(self.cloud.checkpoints().len(), self.cores.len());
            sleep(HOUR).await;
            self.cloud.simulator.clear_requests();
        }
    }

    fn connections(&self) -> u64 {
        self.cloud.shared.in_flight.load(Ordering::Relaxed)
    }
}

#[test]
fn thirty_days_of_hourly_runs() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let tasks = || runtime.block_on(async { Handle::current().metrics().num_alive_tasks() });
    let mut pipeline = runtime.block_on(Pipeline::new());
    runtime.block_on(Box::pin(pipeline.days(5)));
    let (tasks_before, mut growth) = (tasks(), Vec::new());
    for _ in 0..5 {
        let grown = allocation_counter::measure(|| runtime.block_on(Box::pin(pipeline.days(5))));
        growth.push((grown.bytes_current, grown.count_current));
        assert_eq!(pipeline.connections(), 0);
        assert!(tasks() <= tasks_before, "{} tasks, {tasks_before} before", tasks());
    }
    let sum: i64 = growth.iter().map(|(bytes, _)| bytes).sum();
    println!(
        "{} runs; growth of memory in each 5 days after the first: {growth:?} (bytes, allocations)",
        pipeline.run
    );
    assert!(sum <= SLACK, "{sum} bytes more after 30 days than after 5");
}
