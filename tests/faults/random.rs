//! Random runs: several resources, faults, interrupts and killed processes.
//!
//! A run is determined by its seed. A seed that fails is printed with the command that runs it again. `CSBS_SEED=7` runs one seed
//! and prints each of its requests with the virtual time, `CSBS_SEEDS=5000` runs many.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use csbs::CsbsProvider;
use csbs_simulator::{ItemRecord, Operation, Rule, Status};
use futures_util::future::join_all;
use terraform_plugin::{Diagnostics, ImportTarget, RawValue};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    cloud::{Cloud, ReportedDiagnostics, adopt_and_delete},
    core::{Action, Core, Stored, object},
    fault, panic_message,
    policy_config::{self, server_id},
    virtual_time,
    wire::{Broken, Trace},
};

/// Default number of seeds: they take half a minute on two cores without optimization. It is a number and not a time, so that
/// it is certain which seeds run.
const SEEDS: u64 = 500;

/// A pseudo-random number generator (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// From 10 ms to about 80 s, with a uniform logarithm.
    fn duration(&mut self) -> Duration {
        Duration::from_millis((10 << self.below(13)) + self.below(20))
    }
}

/// One resource address of the configuration.
struct Address {
    core: Core,
    /// Number of the server; `None` for a policy.
    server: Option<u32>,
    name: &'static str,
    release: u64,
    tag: u64,
}

impl Address {
    fn config(&self) -> RawValue {
        let tags = object(&[("n", RawValue::from(self.tag.to_string().as_str()))]);
        let timeouts = object(&["create", "update", "delete"].map(|name| (name, "3m".into())));
        let mut values = vec![("tags", tags), ("timeouts", timeouts)];
        match self.server {
            None => {
                values.push(("description", self.release.to_string().as_str().into()));
                policy_config::config(&self.core, &values)
            }
            Some(server) => {
                let triggers = object(&[("release", self.release.to_string().as_str().into())]);
                values.push(("resource_id", server_id(server).into()));
                values.push(("backup_name", self.name.into()));
                values.push(("triggers", triggers));
                self.core.config(&values)
            }
        }
    }

    /// Returns true if a create at this address would make a backup like this one.
    fn would_create(&self, item: &ItemRecord) -> bool {
        self.server.map(server_id).as_ref() == Some(&item.resource_id)
            && item.name == self.name
            && item.tags.get("n") == Some(&self.tag.to_string())
    }
}

#[derive(Debug, Default)]
pub struct Counts {
    pub commands: AtomicU64,
    pub interrupts: AtomicU64,
    pub kills: AtomicU64,
    pub lost: AtomicU64,
    pub unknown_outcomes: AtomicU64,
}

struct Run {
    cloud: Cloud,
    random: Random,
    addresses: Vec<Address>,
    reported: ReportedDiagnostics,
    /// Backups and policies that processes made which were killed.
    orphans: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command {
    Apply,
    Refresh,
    Destroy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Done,
    Killed,
}

impl Run {
    fn new(seed: u64, trace: Option<Trace>) -> Self {
        let cloud = Cloud::new(seed);
        if let Some(trace) = trace {
            cloud.shared.trace.set(trace).unwrap();
        }
        let provider = cloud.process();
        let address = |name, server: Option<u32>| Address {
            core: match server {
                Some(_) => Core::new(&provider),
                None => Core::of(&provider, "csbs_backup_policy"),
            },
            server,
            name,
            release: 0,
            tag: 0,
        };
        let addresses = vec![
            address("first", Some(0)),
            // Another backup of the same server: one of the two has to wait.
            address("second", Some(0)),
            address("third", Some(1)),
            address("fourth", Some(2)),
            address("nightly", None),
        ];
        Self {
            addresses,
            random: Random(seed),
            reported: ReportedDiagnostics::default(),
            orphans: BTreeSet::new(),
            cloud,
        }
    }

    fn reconnect(&mut self, provider: &CsbsProvider, cancel: &CancellationToken) {
        for address in &mut self.addresses {
            address.core.reconnect(provider);
            address.core.cancel = cancel.clone();
        }
    }

    fn state_contains(&self, id: &str) -> bool {
        let mut cores = self.addresses.iter().map(|address| &address.core);
        cores.any(|core| core.text("checkpoint_id") == id || core.text("id") == id)
    }

    /// IDs of everything in the service that is not in the state.
    fn unmanaged(&self) -> Vec<String> {
        let mut all = self.cloud.checkpoints();
        let policies = self.cloud.simulator.inventory().policies;
        all.extend(policies.into_iter().map(|policy| policy.id));
        all.retain(|id| !self.state_contains(id));
        all
    }

    fn add_faults(&mut self) {
        let faults = fault::all();
        for _ in 0..self.random.below(4) {
            let fault = faults[self.random.below(faults.len() as u64) as usize].clone();
            let mut rule = Rule::always(fault.effect);
            if self.random.one_in(2) {
                let operations: Vec<_> = Operation::ALL.iter().filter(|operation| !operation.is_cbr()).collect();
                rule.operation = Some(*operations[self.random.below(operations.len() as u64) as usize]);
            } else {
                rule.probability = 1.0 / (1 + self.random.below(20)) as f64;
            }
            if self.random.one_in(3) {
                rule = rule.times(1 + self.random.below(3));
            }
            self.cloud.fault(rule.after(self.random.below(12)), fault.broken);
        }
        let broken = [Broken::Reset, Broken::Refused, Broken::Tls][self.random.below(3) as usize];
        *self.cloud.shared.broken.lock().unwrap() = broken;
    }

    /// Runs one Terraform command in a new process, which may be interrupted or killed.
    async fn command(&mut self, command: Command, counts: &Counts) {
        let dead = CancellationToken::new();
        let cancel = CancellationToken::new();
        let provider = self.cloud.killable_process(dead.clone());
        self.reconnect(&provider, &cancel);
        self.cloud.clear_requests();
        let interruption = self.random.below(4);
        let interrupt_time = self.random.duration();
        let saved: Vec<Option<Stored>> = self
            .addresses
            .iter()
            .map(|address| address.core.stored.clone())
            .collect();
        let started = Instant::now();
        let mut interrupted_at = None;
        let configs: Vec<_> = self.addresses.iter().map(Address::config).collect();
        let outcome = {
            let work = self
                .addresses
                .iter_mut()
                .zip(&configs)
                .map(async |(address, config)| match command {
                    Command::Apply => Box::pin(address.core.apply(config)).await,
                    Command::Refresh => (Action::Nothing, Box::pin(address.core.refresh()).await),
                    Command::Destroy => {
                        let mut diags = address.core.refresh().await;
                        if diags.errors.is_empty() {
                            diags.add_diagnostics(Box::pin(address.core.destroy()).await);
                        }
                        (Action::Nothing, diags)
                    }
                });
            let mut work = Box::pin(join_all(work));
            tokio::select! {
                biased;
                () = sleep(interrupt_time), if interruption < 2 => {
                    if interruption == 0 {
                        counts.interrupts.fetch_add(1, Ordering::Relaxed);
                        interrupted_at = Some(Instant::now());
                        cancel.cancel();
                        Some(work.await)
                    } else {
                        counts.kills.fetch_add(1, Ordering::Relaxed);
                        dead.cancel();
                        None
                    }
                }
                done = &mut work => Some(done),
            }
        };
        if let Some(interrupted_at) = interrupted_at {
            assert!(
                interrupted_at.elapsed() <= Duration::from_secs(2),
                "the interrupt took {:?}",
                interrupted_at.elapsed()
            );
        }
        assert!(
            started.elapsed() < Duration::from_secs(3600),
            "it took {:?}",
            started.elapsed()
        );
        let end = match outcome {
            Some(done) => {
                self.record(&done, &saved);
                End::Done
            }
            None => {
                for (address, saved) in self.addresses.iter_mut().zip(saved) {
                    address.core.stored = saved;
                }
                // Requests in flight arrive.
                sleep(Duration::from_secs(1)).await;
                End::Killed
            }
        };
        self.check(end, counts).await;
    }

    /// Records the diagnostics. Asserts that each create reported the backups like its own that a killed process has left.
    fn record(&mut self, done: &[(Action, Diagnostics)], before: &[Option<Stored>]) {
        for (_, diags) in done {
            self.reported.add(diags);
        }
        let creates = done
            .iter()
            .zip(&self.addresses)
            .filter(|((action, _), address)| {
                matches!(action, Action::Create | Action::Replace) && address.server.is_some()
            })
            .count();
        let protects = self.cloud.requests_of(Operation::Protect);
        let made = protects.iter().filter(|request| request.carried_out).count();
        assert!(made <= creates, "{creates} creates made {made} backups");
        let inventory = self.cloud.simulator.inventory();
        for ((address, before), (_, diags)) in self.addresses.iter().zip(before).zip(done) {
            let is_new = address.core.stored.is_some()
                && before.as_ref().map(|before| before.state.get("checkpoint_id"))
                    != address.core.stored.as_ref().map(|now| now.state.get("checkpoint_id"));
            let Some(server) = address.server else { continue };
            if !is_new || !diags.errors.is_empty() || self.list_was_falsely_empty(server) {
                continue;
            }
            let left = inventory
                .items()
                .filter(|item| self.orphans.contains(&item.checkpoint_id));
            let being_deleted = |item: &ItemRecord| matches!(item.status, Status::WaitingDelete | Status::Deleting);
            let should_be_reported = |item: &&ItemRecord| {
                address.would_create(item) && !being_deleted(item) && !self.tags_were_omitted(item)
            };
            for item in left.filter(should_be_reported) {
                let adopted = address.core.text("checkpoint_id") == item.checkpoint_id;
                assert!(
                    adopted || self.reported.names(&item.checkpoint_id),
                    "{item:?} is not reported: {diags:?}\n{}",
                    self.request_log(&[])
                );
            }
        }
    }

    /// Returns true if a list of the server's backups was empty because of a fault. The provider can only report what the service
    /// lists; the next create with a correct list reports it.
    fn list_was_falsely_empty(&self, server: u32) -> bool {
        let of_server = format!("resource_id={}", server_id(server));
        let lists = self.cloud.requests_of(Operation::ListItems);
        lists.iter().any(|request| {
            let concerns_server = request.query.contains(&of_server) || !request.query.contains("resource_id=");
            let faults = request.fault.as_deref().unwrap_or_default();
            concerns_server && faults.split(',').any(|fault| fault == "empty_list")
        })
    }

    /// Returns true if a fault made the service omit the tags of this backup.
    fn tags_were_omitted(&self, item: &ItemRecord) -> bool {
        let reads = self.cloud.requests_of(Operation::ListTags);
        reads.iter().any(|request| {
            let faults = request.fault.as_deref().unwrap_or_default();
            request.path.contains(&item.id) && faults.split(',').any(|fault| fault == "empty_list")
        })
    }

    /// Returns true if the service created it late, for a request of an earlier command: that command's process was killed, or
    /// reported what to look for.
    fn was_created_late(&self, id: &str) -> bool {
        let requests = self.cloud.simulator.requests();
        let inventory = self.cloud.simulator.inventory();
        let checkpoint = inventory.checkpoint(id).and_then(|checkpoint| checkpoint.request);
        let policy = inventory.policies.iter().find(|policy| policy.id == id);
        let number = checkpoint.or_else(|| policy.and_then(|policy| policy.request));
        !requests.iter().any(|request| Some(request.number) == number)
    }

    async fn check(&mut self, end: End, counts: &Counts) {
        self.cloud.assert_only_host_is_service();
        counts.commands.fetch_add(1, Ordering::Relaxed);
        let unnamed: Vec<_> = self
            .unmanaged()
            .into_iter()
            .filter(|id| !self.reported.all.contains(id) && !self.orphans.contains(id))
            .collect();
        if end == End::Killed {
            counts.lost.fetch_add(unnamed.len() as u64, Ordering::Relaxed);
            self.orphans.extend(unnamed);
            return;
        }
        let (late, unnamed): (Vec<_>, Vec<_>) = unnamed.into_iter().partition(|id| self.was_created_late(id));
        self.orphans.extend(late);
        let policy_messages = ["It is not known whether the policy", "may have been created"];
        let unknown_outcomes = self.reported.unknown_outcomes
            + policy_messages
                .iter()
                .map(|words| self.reported.errors.matches(words).count())
                .sum::<usize>();
        assert!(
            unnamed.len() <= unknown_outcomes,
            "no state and no message names {unnamed:?}: {}\n{}",
            self.reported.errors,
            self.request_log(&unnamed)
        );
        // The user finds them as the message recommends.
        counts
            .unknown_outcomes
            .fetch_add(unnamed.len() as u64, Ordering::Relaxed);
        self.reported.unknown_outcomes = 0;
        self.reported.errors.clear();
        self.orphans.extend(unnamed);
    }

    /// The requests of the last command, for the message of a failed assertion.
    fn request_log(&self, unnamed: &[String]) -> String {
        let inventory = self.cloud.simulator.inventory();
        let items = inventory.items().filter(|item| unnamed.contains(&item.checkpoint_id));
        let mut lines: Vec<_> = items.map(|item| format!("{item:?}")).collect();
        lines.extend(self.cloud.simulator.requests().into_iter().map(|request| {
            let (path, query) = (&request.path[request.path.len().min(36)..], &request.query);
            let (at, method, status, fault) = (request.at, &request.method, request.status, &request.fault);
            format!(
                "{at:.3} {method} {path}?{query} {status:?} {fault:?} {}",
                request.carried_out
            )
        }));
        lines.join("\n")
    }

    /// Changes the configuration as a user does, or imports a remaining backup.
    async fn edit_configuration(&mut self) {
        let provider = self.cloud.process();
        for index in 0..self.addresses.len() {
            match self.random.below(6) {
                0 => self.addresses[index].release += 1,
                1 => self.addresses[index].tag += 1,
                2 if self.addresses[index].core.stored.is_none() => {
                    let unmanaged = self.unmanaged();
                    let inventory = self.cloud.simulator.inventory();
                    let address = &mut self.addresses[index];
                    let mut candidates = inventory.items().filter(|item| {
                        unmanaged.contains(&item.checkpoint_id)
                            && address.would_create(item)
                            && item.status == Status::Available
                    });
                    let Some(found) = candidates.next() else { continue };
                    address.core.reconnect(&provider);
                    address.core.cancel = CancellationToken::new();
                    let diags = address.core.import(ImportTarget::Id(found.checkpoint_id.clone())).await;
                    assert!(diags.errors.is_empty(), "{diags:?}");
                }
                _ => {}
            }
        }
    }

    /// Ends all faults; then applies and destroys everything, and asserts that nothing remains that no message named.
    async fn finish(mut self) {
        self.cloud.clear_faults();
        sleep(Duration::from_secs(3600)).await;
        let provider = self.cloud.process();
        self.reconnect(&provider, &CancellationToken::new());
        self.adopt_policy().await;
        for address in &mut self.addresses {
            let (_, diags) = address.core.apply(&address.config()).await;
            self.reported.add(&diags);
            assert!(diags.errors.is_empty(), "{}: {diags:?}", address.name);
        }
        // In the second round all resources are created again.
        for round in 0..2 {
            for address in &mut self.addresses {
                let config = address.config();
                if round == 1 {
                    let (_, diags) = address.core.apply(&config).await;
                    self.reported.add(&diags);
                    assert!(diags.errors.is_empty(), "{}: {diags:?}", address.name);
                }
                let (action, diags) = address.core.plan(&config).await;
                assert!(diags.errors.is_empty(), "{diags:?}");
                assert_eq!(action, Action::Nothing, "{}", address.name);
                let diags = address.core.destroy().await;
                assert!(diags.errors.is_empty(), "{diags:?}");
            }
        }
        let inventory = self.cloud.simulator.inventory();
        for item in inventory.items() {
            let must_be_reported = self.addresses.iter().any(|address| address.would_create(item));
            assert!(
                self.reported.names(&item.checkpoint_id) || !must_be_reported,
                "{item:?} was never reported"
            );
            adopt_and_delete(&self.cloud, &provider, &item.checkpoint_id).await;
        }
        let inventory = self.cloud.simulator.inventory();
        assert!(
            inventory.checkpoints.is_empty() && inventory.policies.is_empty(),
            "{inventory:?}"
        );
    }

    /// Imports the policy if it exists already: names are unique, and the error of the create contains its ID.
    async fn adopt_policy(&mut self) {
        let address = self
            .addresses
            .iter_mut()
            .find(|address| address.server.is_none())
            .unwrap();
        let (_, diags) = address.core.apply(&address.config()).await;
        self.reported.add(&diags);
        let Some(error) = diags.errors.first() else { return };
        assert_eq!(error.summary, "Another policy has this name", "{error:?}");
        let policies = self.cloud.simulator.inventory().policies;
        let named = policies
            .iter()
            .find(|policy| error.detail.contains(&policy.id))
            .unwrap();
        let diags = address.core.import(ImportTarget::Id(named.id.clone())).await;
        assert!(diags.errors.is_empty(), "{diags:?}");
    }
}

async fn run(seed: u64, counts: &Counts, trace: Option<Trace>) {
    let mut run = Run::new(seed, trace);
    for _ in 0..3 + run.random.below(5) {
        run.cloud.clear_faults();
        run.add_faults();
        let command = match run.random.below(8) {
            0 => Command::Refresh,
            1 => Command::Destroy,
            _ => Command::Apply,
        };
        run.command(command, counts).await;
        run.cloud.clear_faults();
        let pause = run.random.duration();
        sleep(pause).await;
        run.edit_configuration().await;
    }
    run.finish().await;
}

#[test]
fn random_runs_lose_nothing() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("CSBS_SEED") {
        Some(seed) => seed..seed + 1,
        None => 1..number("CSBS_SEEDS").unwrap_or(SEEDS) + 1,
    };
    let counts = Counts::default();
    let next = AtomicU64::new(seeds.start);
    // A single seed is traced completely.
    let trace = (seeds.end - seeds.start == 1).then(Trace::default);
    let failed = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, |count| count.get().min(8));
    let started = std::time::Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    let outcome = catch_unwind(AssertUnwindSafe(|| virtual_time(run(seed, &counts, trace.clone()))));
                    if let Err(panic) = outcome {
                        let text = panic_message(&*panic);
                        failed.lock().unwrap().push(format!(
                            "CSBS_SEED={seed} cargo test --test faults random_runs_lose_nothing\n  {text}"
                        ));
                    }
                }
            });
        }
    });
    if let Some(trace) = trace {
        println!("{}", trace.lock().unwrap().join("\n"));
    }
    println!(
        "{} seeds in {:?}: {counts:?}",
        seeds.end - seeds.start,
        started.elapsed()
    );
    let failed = failed.into_inner().unwrap();
    assert!(
        failed.is_empty(),
        "{} seeds failed:\n{}",
        failed.len(),
        failed[..failed.len().min(20)].join("\n")
    );
}

/// Seeds whose traces are compared: the first ones, and some that used to differ between two runs.
fn compared_seeds() -> impl Iterator<Item = u64> {
    (1..=12).chain([1930, 2295, 4794, 10256])
}

#[test]
fn a_run_is_determined_by_its_seed() {
    let trace_of = |seed| {
        let trace = Trace::default();
        let counts = Counts::default();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            virtual_time(run(seed, &counts, Some(trace.clone())));
        }));
        let lines = std::mem::take(&mut *trace.lock().unwrap());
        (lines, outcome.err().map(|panic| panic_message(&*panic)))
    };
    for seed in compared_seeds() {
        let (first, first_end) = trace_of(seed);
        let (second, second_end) = trace_of(seed);
        assert!(first.len() > 20, "seed {seed}: {} lines", first.len());
        if let Some((line, (one, other))) = first
            .iter()
            .zip(&second)
            .enumerate()
            .find(|(_, (one, other))| one != other)
        {
            panic!("seed {seed} differs in line {line}:\n  {one}\n  {other}");
        }
        assert_eq!(first.len(), second.len(), "seed {seed}");
        assert_eq!(first_end, second_end, "seed {seed}");
    }
}
