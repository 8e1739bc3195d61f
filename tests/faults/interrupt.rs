//! Ctrl-C at every request of every operation: before it is sent, after its response, and while the service hangs.

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
    panic_message,
    policy_config::server_id,
    scenario::{Scenario, ScenarioRun},
    virtual_time,
    wire::{Broken, Interrupt, Moment},
};

/// Longest time between an interrupt and the provider's return.
const MAX_DELAY: Duration = Duration::from_secs(2);

/// The service's behaviour at the interrupted request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Behaviour {
    BeforeTheRequest,
    AfterTheResponse,
    HangsBefore,
    HangsAfter,
}

const BEHAVIOURS: [Behaviour; 4] = [
    Behaviour::BeforeTheRequest,
    Behaviour::AfterTheResponse,
    Behaviour::HangsBefore,
    Behaviour::HangsAfter,
];

fn requests(scenario: Scenario) -> u64 {
    virtual_time(async {
        let mut run = ScenarioRun::new(scenario, Cloud::new(1)).await;
        run.execute().await;
        run.cloud.simulator.requests().len() as u64
    })
}

async fn interrupt(scenario: Scenario, at: u64, behaviour: Behaviour) {
    let mut run = ScenarioRun::new(scenario, Cloud::new(1)).await;
    let hangs = match behaviour {
        Behaviour::HangsBefore => Some(Effect::Stall),
        Behaviour::HangsAfter => Some(Effect::StallAfter),
        _ => None,
    };
    if let Some(effect) = hangs.clone() {
        run.cloud.fault(Rule::always(effect).after(at), Broken::Reset);
    }
    let moment = if behaviour == Behaviour::AfterTheResponse {
        Moment::After
    } else {
        Moment::Before
    };
    *run.cloud.shared.interrupt.lock().unwrap() = Some(Interrupt {
        at,
        moment,
        cancel: run.cancel.clone(),
    });
    run.execute().await;
    let interrupted_at = run
        .cloud
        .shared
        .interrupted_at
        .lock()
        .unwrap()
        .take()
        .expect("an interrupt");
    assert!(
        interrupted_at.elapsed() <= MAX_DELAY,
        "it took {:?}",
        interrupted_at.elapsed()
    );
    *run.cloud.shared.interrupt.lock().unwrap() = None;
    run.assert_nothing_is_lost(hangs.is_some());
    run.assert_no_unsafe_repeat(false);
    if scenario == Scenario::Create {
        assert!(
            run.resources[0]
                .core
                .stored
                .as_ref()
                .is_none_or(|stored| !stored.tainted)
        );
    }
    run.recover().await;
}

fn interrupt_everywhere(scenarios: &[Scenario]) {
    let (mut count, mut failed) = (0, Vec::new());
    for scenario in scenarios {
        for at in 0..requests(*scenario) {
            for behaviour in BEHAVIOURS {
                count += 1;
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| virtual_time(interrupt(*scenario, at, behaviour))))
                {
                    failed.push(format!(
                        "{scenario:?} / request {at} / {behaviour:?}: {}",
                        panic_message(&*panic)
                    ));
                }
            }
        }
    }
    println!("{scenarios:?}: {count} interrupts, {} failed", failed.len());
    assert!(
        failed.is_empty(),
        "{} of {count} interrupts failed:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

#[test]
fn backups() {
    use Scenario::{Create, CreateMany, Delete, Refresh, RefreshMany, Replace, SignInAgain, Tags};
    interrupt_everywhere(&[
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
    use Scenario::{
        AssociationCreate, AssociationDelete, CreateBackupAction, PolicyCreate, PolicyDelete, PolicyRefresh,
        PolicyUpdate, PruneBackups, Restore, RunPolicy,
    };
    interrupt_everywhere(&[
        PolicyCreate,
        PolicyRefresh,
        PolicyUpdate,
        PolicyDelete,
        AssociationCreate,
        AssociationDelete,
        Restore,
        RunPolicy,
        CreateBackupAction,
        PruneBackups,
    ]);
}

#[test]
fn backups_in_vaults() {
    use Scenario::{VaultCreate, VaultDelete, VaultRefresh, VaultRestore};
    interrupt_everywhere(&[VaultCreate, VaultRefresh, VaultDelete, VaultRestore]);
}

/// A slow service, so that the waits between two lookups are long.
fn slow() -> Timing {
    Timing {
        backup: Some(Duration::from_secs(1500)),
        restore: Duration::from_secs(1500),
        delete: Duration::from_secs(1500),
        ..Timing::default()
    }
}

/// Interrupts an operation that waits; returns the time it took to return.
async fn interrupt_after(run: &mut ScenarioRun, seconds: u64) -> Duration {
    let cancel = run.cancel.clone();
    let interrupted = tokio::spawn(async move {
        sleep(Duration::from_secs(seconds)).await;
        cancel.cancel();
        Instant::now()
    });
    run.execute().await;
    let ended = Instant::now();
    ended - interrupted.await.unwrap()
}

#[test]
fn while_it_waits() {
    for scenario in [
        Scenario::Create,
        Scenario::CreateMany,
        Scenario::Delete,
        Scenario::Replace,
        Scenario::Restore,
        Scenario::RunPolicy,
        Scenario::VaultCreate,
        Scenario::VaultDelete,
        Scenario::VaultRestore,
        Scenario::CreateBackupAction,
        Scenario::PruneBackups,
    ] {
        for seconds in [4, 31, 101, 173] {
            virtual_time(async {
                let mut run = ScenarioRun::new(scenario, Cloud::new(1)).await;
                run.cloud.simulator.configure(|config| config.timing = slow());
                let took = interrupt_after(&mut run, seconds).await;
                assert!(took <= MAX_DELAY, "{scenario:?} after {seconds} s: {took:?}");
                run.assert_nothing_is_lost(false);
                run.cloud.simulator.configure(|config| config.timing = timing());
                run.recover().await;
            });
        }
    }
}

/// Another backup of the server is in progress.
#[test]
fn while_the_server_is_busy() {
    for seconds in [4, 31, 101, 173] {
        virtual_time(async {
            let mut run = ScenarioRun::new(Scenario::Create, Cloud::new(1)).await;
            run.cloud.simulator.configure(|config| config.timing = slow());
            let mut other = Core::new(&run.cloud.process());
            let config = other.config(&[
                ("resource_id", server_id(0).into()),
                ("backup_name", RawValue::from("another")),
            ]);
            assert!(timeout(Duration::from_secs(3), other.apply(&config)).await.is_err());
            let took = interrupt_after(&mut run, seconds).await;
            assert!(took <= MAX_DELAY, "after {seconds} s: {took:?}");
            assert!(run.resources[0].core.stored.is_none());
            assert_eq!(run.cloud.checkpoints().len(), 1, "no second backup was created");
        });
    }
}
