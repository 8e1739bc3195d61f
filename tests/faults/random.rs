//! Long runs by chance: several resources, faults, stops and killed processes.
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
    cloud::{Cloud, Told, adopt_and_delete},
    core::{Action, Core, Stored, object},
    fault,
    policy_config::{self, server_id},
    text_of, virtual_time,
    wire::{Broken, Trace},
};

/// How many seeds run when nothing is said: as many as fit in half a minute on two cores without optimization. A number and not a
/// time, so that it is known which seeds run.
const SEEDS: u64 = 500;

/// Sixty-four bits at a time (SplitMix64).
struct Chance(u64);

impl Chance {
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

    /// From 10 ms to some 80 s, short times as often as long ones.
    fn moment(&mut self) -> Duration {
        Duration::from_millis((10 << self.below(13)) + self.below(20))
    }
}

/// One address of the configuration.
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

    fn would_make(&self, item: &ItemRecord) -> bool {
        self.server.map(server_id).as_ref() == Some(&item.resource_id)
            && item.name == self.name
            && item.tags.get("n") == Some(&self.tag.to_string())
    }
}

#[derive(Debug, Default)]
pub struct Counts {
    pub steps: AtomicU64,
    pub stops: AtomicU64,
    pub kills: AtomicU64,
    pub lost: AtomicU64,
    pub open: AtomicU64,
}

struct Run {
    cloud: Cloud,
    chance: Chance,
    addresses: Vec<Address>,
    told: Told,
    /// Made by processes that were killed.
    orphans: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
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
            // Another of the same server: one of them has to wait.
            address("second", Some(0)),
            address("third", Some(1)),
            address("fourth", Some(2)),
            address("nightly", None),
        ];
        Self {
            addresses,
            chance: Chance(seed),
            told: Told::default(),
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

    fn holds(&self, id: &str) -> bool {
        let mut cores = self.addresses.iter().map(|address| &address.core);
        cores.any(|core| core.text("checkpoint_id") == id || core.text("id") == id)
    }

    /// Everything in the service that the state does not hold.
    fn outside(&self) -> Vec<String> {
        let mut all = self.cloud.checkpoints();
        let policies = self.cloud.simulator.inventory().policies;
        all.extend(policies.into_iter().map(|policy| policy.id));
        all.retain(|id| !self.holds(id));
        all
    }

    fn add_faults(&mut self) {
        let faults = fault::all();
        for _ in 0..self.chance.below(4) {
            let fault = faults[self.chance.below(faults.len() as u64) as usize].clone();
            let mut rule = Rule::always(fault.effect);
            if self.chance.one_in(2) {
                let operations = Operation::ALL;
                rule.operation = Some(operations[self.chance.below(operations.len() as u64) as usize]);
            } else {
                rule.probability = 1.0 / (1 + self.chance.below(20)) as f64;
            }
            if self.chance.one_in(3) {
                rule = rule.times(1 + self.chance.below(3));
            }
            self.cloud.fault(rule.after(self.chance.below(12)), fault.broken);
        }
        let broken = [Broken::Reset, Broken::Refused, Broken::Tls][self.chance.below(3) as usize];
        *self.cloud.shared.broken.lock().unwrap() = broken;
    }

    /// One command of Terraform, in a process of its own; it may be stopped or killed.
    async fn command(&mut self, what: What, counts: &Counts) {
        let dead = CancellationToken::new();
        let cancel = CancellationToken::new();
        let provider = self.cloud.mortal(dead.clone());
        self.reconnect(&provider, &cancel);
        self.cloud.begin();
        let interruption = self.chance.below(4);
        let moment = self.chance.moment();
        let saved: Vec<Option<Stored>> = self
            .addresses
            .iter()
            .map(|address| address.core.stored.clone())
            .collect();
        let began = Instant::now();
        let mut stopped = None;
        let configs: Vec<_> = self.addresses.iter().map(Address::config).collect();
        let outcome = {
            let work = self
                .addresses
                .iter_mut()
                .zip(&configs)
                .map(async |(address, config)| match what {
                    What::Apply => Box::pin(address.core.apply(config)).await,
                    What::Refresh => (Action::Nothing, Box::pin(address.core.refresh()).await),
                    What::Destroy => {
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
                () = sleep(moment), if interruption < 2 => {
                    if interruption == 0 {
                        counts.stops.fetch_add(1, Ordering::Relaxed);
                        stopped = Some(Instant::now());
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
        if let Some(stopped) = stopped {
            assert!(
                stopped.elapsed() <= Duration::from_secs(2),
                "a stop took {:?}",
                stopped.elapsed()
            );
        }
        assert!(
            began.elapsed() < Duration::from_secs(3600),
            "it took {:?}",
            began.elapsed()
        );
        let end = match outcome {
            Some(done) => {
                self.learn(&done, &saved);
                End::Done
            }
            None => {
                for (address, saved) in self.addresses.iter_mut().zip(saved) {
                    address.core.stored = saved;
                }
                // What was on the way arrives.
                sleep(Duration::from_secs(1)).await;
                End::Killed
            }
        };
        self.check(end, counts).await;
    }

    /// What was said is read. Whoever has made a backup has been told of those that a killed process has left.
    fn learn(&mut self, done: &[(Action, Diagnostics)], before: &[Option<Stored>]) {
        for (_, diags) in done {
            self.told.read(diags);
        }
        let creates = done
            .iter()
            .zip(&self.addresses)
            .filter(|((action, _), address)| {
                matches!(action, Action::Create | Action::Replace) && address.server.is_some()
            })
            .count();
        let made = self.cloud.requests_of(Operation::Protect);
        let made = made.iter().filter(|request| request.carried_out).count();
        assert!(made <= creates, "{creates} creates made {made} backups");
        let inventory = self.cloud.simulator.inventory();
        for ((address, before), (_, diags)) in self.addresses.iter().zip(before).zip(done) {
            let is_new = address.core.stored.is_some()
                && before.as_ref().map(|before| before.state.get("checkpoint_id"))
                    != address.core.stored.as_ref().map(|now| now.state.get("checkpoint_id"));
            let Some(server) = address.server else { continue };
            if !is_new || !diags.errors.is_empty() || self.was_misled(server) {
                continue;
            }
            let left = inventory
                .items()
                .filter(|item| self.orphans.contains(&item.checkpoint_id));
            let going = |item: &ItemRecord| matches!(item.status, Status::WaitingDelete | Status::Deleting);
            let should_be_named =
                |item: &&ItemRecord| address.would_make(item) && !going(item) && !self.hid_tags_of(item);
            for item in left.filter(should_be_named) {
                let adopted = address.core.text("checkpoint_id") == item.checkpoint_id;
                assert!(
                    adopted || self.told.names(&item.checkpoint_id),
                    "{item:?} is not named: {diags:?}\n{}",
                    self.story(&[])
                );
            }
        }
    }

    /// Whether a list of the server's backups came that was empty although it should not have been: the provider names what the
    /// service lists, and has no other way to know of it. The next create with an honest list names it.
    fn was_misled(&self, server: u32) -> bool {
        let of_server = format!("resource_id={}", server_id(server));
        let lists = self.cloud.requests_of(Operation::ListItems);
        lists.iter().any(|request| {
            let about = request.query.contains(&of_server) || !request.query.contains("resource_id=");
            let faults = request.fault.as_deref().unwrap_or_default();
            about && faults.split(',').any(|fault| fault == "empty_list")
        })
    }

    /// Whether the service said that a backup has no tags although it has some.
    fn hid_tags_of(&self, item: &ItemRecord) -> bool {
        let reads = self.cloud.requests_of(Operation::ListTags);
        reads.iter().any(|request| {
            let faults = request.fault.as_deref().unwrap_or_default();
            request.path.contains(&item.id) && faults.split(',').any(|fault| fault == "empty_list")
        })
    }

    /// Whether a request of an earlier command made it, which the service carried out late: that command's process was killed,
    /// or has said what to look for.
    fn is_late(&self, id: &str) -> bool {
        let requests = self.cloud.simulator.requests();
        let inventory = self.cloud.simulator.inventory();
        let checkpoint = inventory.checkpoint(id).and_then(|checkpoint| checkpoint.request);
        let policy = inventory.policies.iter().find(|policy| policy.id == id);
        let number = checkpoint.or_else(|| policy.and_then(|policy| policy.request));
        !requests.iter().any(|request| Some(request.number) == number)
    }

    async fn check(&mut self, end: End, counts: &Counts) {
        self.cloud.check_hosts();
        counts.steps.fetch_add(1, Ordering::Relaxed);
        let unnamed: Vec<_> = self
            .outside()
            .into_iter()
            .filter(|id| !self.told.all.contains(id) && !self.orphans.contains(id))
            .collect();
        if end == End::Killed {
            counts.lost.fetch_add(unnamed.len() as u64, Ordering::Relaxed);
            self.orphans.extend(unnamed);
            return;
        }
        let (late, unnamed): (Vec<_>, Vec<_>) = unnamed.into_iter().partition(|id| self.is_late(id));
        self.orphans.extend(late);
        let policies = ["It is not known whether the policy", "may have been created"];
        let open = self.told.open
            + policies
                .iter()
                .map(|words| self.told.errors.matches(words).count())
                .sum::<usize>();
        assert!(
            unnamed.len() <= open,
            "nobody knows of {unnamed:?}: {}\n{}",
            self.told.errors,
            self.story(&unnamed)
        );
        // A person who was told what to look for finds it.
        counts.open.fetch_add(unnamed.len() as u64, Ordering::Relaxed);
        self.told.open = 0;
        self.told.errors.clear();
        self.orphans.extend(unnamed);
    }

    /// The requests of the last command, for those who look into it.
    fn story(&self, unnamed: &[String]) -> String {
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

    /// A person changes the configuration, or takes over what is left.
    async fn edit(&mut self) {
        let provider = self.cloud.process();
        for index in 0..self.addresses.len() {
            match self.chance.below(6) {
                0 => self.addresses[index].release += 1,
                1 => self.addresses[index].tag += 1,
                2 if self.addresses[index].core.stored.is_none() => {
                    let outside = self.outside();
                    let inventory = self.cloud.simulator.inventory();
                    let address = &mut self.addresses[index];
                    let mut fitting = inventory.items().filter(|item| {
                        outside.contains(&item.checkpoint_id)
                            && address.would_make(item)
                            && item.status == Status::Available
                    });
                    let Some(found) = fitting.next() else { continue };
                    address.core.reconnect(&provider);
                    address.core.cancel = CancellationToken::new();
                    let diags = address.core.import(ImportTarget::Id(found.checkpoint_id.clone())).await;
                    assert!(diags.errors.is_empty(), "{diags:?}");
                }
                _ => {}
            }
        }
    }

    /// Faults end, and so does everything else.
    async fn finish(mut self) {
        self.cloud.lift();
        sleep(Duration::from_secs(3600)).await;
        let provider = self.cloud.process();
        self.reconnect(&provider, &CancellationToken::new());
        self.take_over_policy().await;
        for address in &mut self.addresses {
            let (_, diags) = address.core.apply(&address.config()).await;
            self.told.read(&diags);
            assert!(diags.errors.is_empty(), "{}: {diags:?}", address.name);
        }
        // Also with all resources gone and made anew, nothing is left that was not named.
        for round in 0..2 {
            for address in &mut self.addresses {
                let config = address.config();
                if round == 1 {
                    let (_, diags) = address.core.apply(&config).await;
                    self.told.read(&diags);
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
            let could_know = self.addresses.iter().any(|address| address.would_make(item));
            assert!(
                self.told.names(&item.checkpoint_id) || !could_know,
                "{item:?} was never named"
            );
            adopt_and_delete(&self.cloud, &provider, &item.checkpoint_id).await;
        }
        let inventory = self.cloud.simulator.inventory();
        assert!(
            inventory.checkpoints.is_empty() && inventory.policies.is_empty(),
            "{inventory:?}"
        );
    }

    /// A policy's name is unique: the error names the one that has it.
    async fn take_over_policy(&mut self) {
        let address = self
            .addresses
            .iter_mut()
            .find(|address| address.server.is_none())
            .unwrap();
        let (_, diags) = address.core.apply(&address.config()).await;
        self.told.read(&diags);
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
    for _ in 0..3 + run.chance.below(5) {
        run.cloud.lift();
        run.add_faults();
        let what = match run.chance.below(8) {
            0 => What::Refresh,
            1 => What::Destroy,
            _ => What::Apply,
        };
        run.command(what, counts).await;
        run.cloud.lift();
        let pause = run.chance.moment();
        sleep(pause).await;
        run.edit().await;
    }
    run.finish().await;
}

#[test]
fn nothing_is_lost_by_chance() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("CSBS_SEED") {
        Some(seed) => seed..seed + 1,
        None => 1..number("CSBS_SEEDS").unwrap_or(SEEDS) + 1,
    };
    let counts = Counts::default();
    let next = AtomicU64::new(seeds.start);
    // The whole course of one seed that is run again.
    let trace = (seeds.end - seeds.start == 1).then(Trace::default);
    let failed = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, |count| count.get().min(8));
    let began = std::time::Instant::now();
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
                        let text = text_of(&*panic);
                        failed.lock().unwrap().push(format!(
                            "CSBS_SEED={seed} cargo test --test faults nothing_is_lost_by_chance\n  {text}"
                        ));
                    }
                }
            });
        }
    });
    if let Some(trace) = trace {
        println!("{}", trace.lock().unwrap().join("\n"));
    }
    println!("{} seeds in {:?}: {counts:?}", seeds.end - seeds.start, began.elapsed());
    let failed = failed.into_inner().unwrap();
    assert!(
        failed.is_empty(),
        "{} seeds failed:\n{}",
        failed.len(),
        failed[..failed.len().min(20)].join("\n")
    );
}

/// Seeds of which the whole course is compared: the first ones, and some that used to differ from replay to replay.
fn compared() -> impl Iterator<Item = u64> {
    (1..=12).chain([1930, 2295, 4794, 10256])
}

#[test]
fn a_run_is_determined_by_its_seed() {
    let course = |seed| {
        let trace = Trace::default();
        let counts = Counts::default();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            virtual_time(run(seed, &counts, Some(trace.clone())));
        }));
        let lines = std::mem::take(&mut *trace.lock().unwrap());
        (lines, outcome.err().map(|panic| text_of(&*panic)))
    };
    for seed in compared() {
        let (first, first_end) = course(seed);
        let (second, second_end) = course(seed);
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
