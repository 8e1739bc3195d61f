//! The handle: everything that a test, or the program, does with a simulator.

mod controls;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Result;
use axum::{Router, extract::Request};
use jiff::Timestamp;

use crate::{
    AuthMode, CheckpointRecord, Config, Inventory, ItemRecord, Operation, PolicyRecord, RateLimit, RequestRecord, Rule,
    RuleId, Served, Server, SimClock, TlsIdentity,
    auth::Keystone,
    core::Core,
    fault::Faults,
    serve, service,
    throttle::Throttle,
    world::{Item, settle},
};

/// A simulated service. Cheap to clone: all clones are the same service.
#[derive(Debug, Clone)]
pub struct Simulator {
    core: Arc<Mutex<Core>>,
    clock: Arc<SimClock>,
    keystone: Option<Arc<Keystone>>,
    config: Arc<Config>,
}

impl Simulator {
    /// A service with nothing in it. With tokio's time, to be called inside of the runtime.
    pub fn new(config: Config) -> Self {
        let clock = Arc::new(SimClock::new(config.clock, config.start));
        let keystone = match &config.auth {
            AuthMode::Keystone { url, cache } => Keystone::new(url, *cache).ok().map(Arc::new),
            AuthMode::BuiltIn | AuthMode::Open => None,
        };
        Self {
            core: Arc::new(Mutex::new(Core::new(config.clone(), clock.clone()))),
            clock,
            keystone,
            config: Arc::new(config),
        }
    }

    /// The service as an axum router, for use without a socket. An answer whose connection fails carries a
    /// [`crate::ConnectionFault`] as extension.
    pub fn router(&self) -> Router {
        let simulator = self.clone();
        Router::new().fallback(move |request: Request| {
            let simulator = simulator.clone();
            async move { Box::pin(service::answer(simulator, request, false)).await }
        })
    }

    /// Listens on a loopback address, for HTTP/1.1 and HTTP/2 without TLS.
    ///
    /// # Errors
    /// For any other address, and when the port is taken.
    pub async fn serve(&self, address: SocketAddr) -> Result<Served> {
        serve::serve(self.clone(), address, None).await
    }

    /// Listens on a loopback address with TLS.
    ///
    /// # Errors
    /// As [`Simulator::serve`].
    pub async fn serve_tls(&self, address: SocketAddr, identity: TlsIdentity) -> Result<Served> {
        serve::serve(self.clone(), address, Some(identity)).await
    }

    /// The configuration it was made with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Its clock.
    pub fn clock(&self) -> &SimClock {
        &self.clock
    }

    /// Moves its time on, and lets everything happen that is due by then.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
        settle(&mut self.core());
    }

    /// The service's present time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Everything that exists now.
    pub fn inventory(&self) -> Inventory {
        let core = &mut *self.core();
        let now = settle(core);
        let checkpoints = core
            .world
            .checkpoints
            .iter()
            .map(|checkpoint| CheckpointRecord {
                id: checkpoint.id.clone(),
                project_id: checkpoint.project_id.clone(),
                request: checkpoint.request,
                policy_id: checkpoint.policy_id.clone(),
                items: core
                    .world
                    .items
                    .iter()
                    .filter(|item| item.checkpoint_id == checkpoint.id)
                    .map(|item| record(item, now))
                    .collect(),
            })
            .collect();
        let policies = core
            .world
            .policies
            .iter()
            .map(|policy| PolicyRecord {
                id: policy.id.clone(),
                project_id: policy.project_id.clone(),
                request: policy.request,
                name: policy.name.clone(),
                description: policy.description.clone(),
                status: policy.status().to_owned(),
                resources: policy.resources.iter().map(|resource| resource.id.clone()).collect(),
                operations: policy
                    .operations
                    .iter()
                    .map(|operation| crate::api::operation_view(policy, operation))
                    .collect(),
                tags: policy.tags.iter().cloned().collect(),
            })
            .collect();
        Inventory { checkpoints, policies }
    }

    /// The newest requests, oldest first; as many as [`Config::log_limit`].
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.core().log.records()
    }

    /// How many requests of a call came, whatever became of them.
    pub fn count(&self, operation: Operation) -> u64 {
        self.core().log.count(operation)
    }

    /// How many requests came for anything but Keystone.
    pub fn count_csbs(&self) -> u64 {
        let core = self.core();
        let counts = core.log.counts().iter();
        counts
            .filter(|(operation, _)| !operation.is_identity())
            .map(|(_, count)| count)
            .sum()
    }

    /// Forgets requests and counters.
    pub fn clear_requests(&self) {
        self.core().log.clear();
    }

    /// How many sign-ins were tried.
    pub fn sign_ins(&self) -> u64 {
        self.core().identity.sign_ins
    }

    /// Puts a fault rule in force.
    ///
    /// # Errors
    /// When its path is no regular expression.
    pub fn fault(&self, rule: Rule) -> Result<RuleId> {
        Ok(self.core().faults.add(rule)?)
    }

    /// How many requests met the effect of a rule.
    pub fn fault_met(&self, id: RuleId) -> u64 {
        self.core().faults.met(id)
    }

    /// Ends a rule.
    pub fn remove_fault(&self, id: RuleId) {
        self.core().faults.remove(id);
    }

    /// Ends all rules.
    pub fn clear_faults(&self) {
        self.core().faults.clear();
    }

    /// Ends all rules and lets chance begin anew, from another seed.
    pub fn seed_faults(&self, seed: u64) {
        self.core().faults = Faults::new(seed);
    }

    /// Limits the rate of requests, or ends the limit.
    pub fn set_rate_limit(&self, limit: Option<RateLimit>) {
        self.core().throttle = Throttle::new(limit);
    }

    /// Changes its configuration while it runs: timing, oddities, quotas, users, whether it is closed. What is made
    /// once, such as servers at the beginning, clock, log and rate limit, has methods of its own.
    pub fn configure(&self, change: impl FnOnce(&mut Config)) {
        change(&mut self.core().config);
    }

    /// Adds a server, or replaces the one with its id.
    pub fn add_server(&self, server: Server) {
        let servers = &mut self.core().world.servers;
        servers.retain(|known| known.id != server.id);
        servers.push(server);
    }

    /// Takes a server away. Its backups stay.
    pub fn remove_server(&self, id: &str) {
        self.core().world.servers.retain(|server| server.id != id);
    }

    /// Begins anew, as it was made. The clock goes on.
    pub fn reset(&self) {
        *self.core() = Core::new((*self.config).clone(), self.clock.clone());
    }

    pub(crate) fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn keystone(&self) -> Option<&Keystone> {
        self.keystone.as_deref()
    }
}

pub(crate) fn record(item: &Item, now: Timestamp) -> ItemRecord {
    ItemRecord {
        id: item.id.clone(),
        checkpoint_id: item.checkpoint_id.clone(),
        name: item.name.clone(),
        description: item.description.clone(),
        resource_id: item.server.id.clone(),
        status: item.status,
        progress: item.progress(now),
        created_at: item.created_at,
        finished_at: item.finished_at,
        incremental: item.incremental,
        tags: item.tags.iter().cloned().collect(),
    }
}
