//! Ctrl-C at every request of every operation: before it arrives, after its answer, and while the service hangs.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use csbs_simulator::{Effect, Rule, Timing};
use terraform_plugin::RawValue;
use tokio::time::{Instant, sleep, timeout};

use crate::{
    cloud::{Cloud, timing},
    core::Core,
    life::{Life, Stage},
    policy_config::server_id,
    text_of, virtual_time,
    wire::{Broken, Moment, Stop},
};

/// What Terraform is promised.
const AT_ONCE: Duration = Duration::from_secs(2);

/// How the service behaves while the stop comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    BeforeItArrives,
    AfterTheAnswer,
    HangsBefore,
    HangsAfter,
}

const WAYS: [Way; 4] = [
    Way::BeforeItArrives,
    Way::AfterTheAnswer,
    Way::HangsBefore,
    Way::HangsAfter,
];

fn requests(life: Life) -> u64 {
    virtual_time(async {
        let mut stage = Stage::new(life, Cloud::new(1)).await;
        stage.act().await;
        stage.cloud.simulator.requests().len() as u64
    })
}

async fn run(life: Life, at: u64, way: Way) {
    let mut stage = Stage::new(life, Cloud::new(1)).await;
    let hangs = match way {
        Way::HangsBefore => Some(Effect::Stall),
        Way::HangsAfter => Some(Effect::StallAfter),
        _ => None,
    };
    if let Some(effect) = hangs.clone() {
        stage.cloud.fault(Rule::always(effect).after(at), Broken::Reset);
    }
    let moment = if way == Way::AfterTheAnswer {
        Moment::After
    } else {
        Moment::Before
    };
    *stage.cloud.shared.stop.lock().unwrap() = Some(Stop {
        at,
        moment,
        cancel: stage.cancel.clone(),
    });
    stage.act().await;
    let stopped = stage.cloud.shared.stopped.lock().unwrap().take().expect("a stop");
    assert!(stopped.elapsed() <= AT_ONCE, "it took {:?}", stopped.elapsed());
    *stage.cloud.shared.stop.lock().unwrap() = None;
    stage.check(hangs.is_some());
    stage.check_sent(false);
    if life == Life::Create {
        assert!(
            stage.resources[0]
                .core
                .stored
                .as_ref()
                .is_none_or(|stored| !stored.tainted)
        );
    }
    stage.recover().await;
}

fn stops(lives: &[Life]) {
    let (mut count, mut failed) = (0, Vec::new());
    for life in lives {
        for at in 0..requests(*life) {
            for way in WAYS {
                count += 1;
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| virtual_time(run(*life, at, way)))) {
                    failed.push(format!("{life:?} / request {at} / {way:?}: {}", text_of(&*panic)));
                }
            }
        }
    }
    println!("{lives:?}: {count} stops, {} failed", failed.len());
    assert!(
        failed.is_empty(),
        "{} of {count} stops failed:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

#[test]
fn backups() {
    use Life::{Create, CreateMany, Delete, Refresh, RefreshMany, Replace, SignInAgain, Tags};
    stops(&[
        Create,
        CreateMany,
        Refresh,
        RefreshMany,
        Tags,
        Delete,
        Replace,
        SignInAgain,
    ]);
}

#[test]
fn policies_and_actions() {
    use Life::{PolicyCreate, PolicyDelete, PolicyRefresh, PolicyUpdate, Restore, RunPolicy};
    stops(&[
        PolicyCreate,
        PolicyRefresh,
        PolicyUpdate,
        PolicyDelete,
        Restore,
        RunPolicy,
    ]);
}

/// A service that takes its time, so that waits between two looks are long.
fn slow() -> Timing {
    Timing {
        backup: Some(Duration::from_secs(1500)),
        restore: Duration::from_secs(1500),
        delete: Duration::from_secs(1500),
        ..Timing::default()
    }
}

/// Stops an operation that waits; how long it took to end.
async fn stopped_after(stage: &mut Stage, seconds: u64) -> Duration {
    let cancel = stage.cancel.clone();
    let stop = tokio::spawn(async move {
        sleep(Duration::from_secs(seconds)).await;
        cancel.cancel();
        Instant::now()
    });
    stage.act().await;
    let ended = Instant::now();
    ended - stop.await.unwrap()
}

#[test]
fn while_it_waits() {
    for life in [
        Life::Create,
        Life::CreateMany,
        Life::Delete,
        Life::Replace,
        Life::Restore,
        Life::RunPolicy,
    ] {
        for seconds in [4, 31, 101, 173] {
            virtual_time(async {
                let mut stage = Stage::new(life, Cloud::new(1)).await;
                stage.cloud.simulator.configure(|config| config.timing = slow());
                let took = stopped_after(&mut stage, seconds).await;
                assert!(took <= AT_ONCE, "{life:?} after {seconds} s: {took:?}");
                stage.check(false);
                stage.cloud.simulator.configure(|config| config.timing = timing());
                stage.recover().await;
            });
        }
    }
}

/// Another job holds the server.
#[test]
fn while_the_server_is_busy() {
    for seconds in [4, 31, 101, 173] {
        virtual_time(async {
            let mut stage = Stage::new(Life::Create, Cloud::new(1)).await;
            stage.cloud.simulator.configure(|config| config.timing = slow());
            let mut other = Core::new(&stage.cloud.process());
            let config = other.config(&[
                ("resource_id", server_id(0).into()),
                ("backup_name", RawValue::from("another")),
            ]);
            assert!(timeout(Duration::from_secs(3), other.apply(&config)).await.is_err());
            let took = stopped_after(&mut stage, seconds).await;
            assert!(took <= AT_ONCE, "after {seconds} s: {took:?}");
            assert!(stage.resources[0].core.stored.is_none());
            assert_eq!(stage.cloud.checkpoints().len(), 1, "nothing was made");
        });
    }
}
