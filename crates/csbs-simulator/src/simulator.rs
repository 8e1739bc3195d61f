//! The handle of a simulator, for tests and for the program.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Result;
use jiff::Timestamp;

use crate::{
    AuthMode, Config, Operation, RateLimit, RequestRecord, Rule, RuleId, Server, SimClock, fault::Faults,
    keystone::Keystone, state::State, throttle::Throttle, timeline::advance_to_now,
};

/// A simulated service. All clones are the same service.
#[derive(Debug, Clone)]
pub struct Simulator {
    state: Arc<Mutex<State>>,
    clock: Arc<SimClock>,
    keystone: Option<Arc<Keystone>>,
    config: Arc<Config>,
}

impl Simulator {
    /// Creates a service without backups and policies. With tokio's time, it must be called inside the runtime.
    pub fn new(config: Config) -> Self {
        let clock = Arc::new(SimClock::new(config.clock, config.start));
        let keystone = match &config.auth {
            AuthMode::Keystone { url, cache } => Keystone::new(url, *cache).ok().map(Arc::new),
            AuthMode::BuiltIn | AuthMode::Open => None,
        };
        Self {
            state: Arc::new(Mutex::new(State::new(config.clone(), clock.clone()))),
            clock,
            keystone,
            config: Arc::new(config),
        }
    }

    /// Returns the configuration that it was created with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the clock.
    pub fn clock(&self) -> &SimClock {
        &self.clock
    }

    /// Advances the time, and processes all events that are due by then.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
        advance_to_now(&mut self.state());
    }

    /// Returns the current time of the service.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Returns the newest requests, oldest first, and at most [`Config::log_limit`].
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.requests_where(|_| true)
    }

    /// Returns those of the newest requests that fulfil a condition, oldest first.
    pub fn requests_where(&self, condition: impl Fn(&RequestRecord) -> bool) -> Vec<RequestRecord> {
        let state = self.state();
        let records = state.log.records();
        records.filter(|record| condition(record)).cloned().collect()
    }

    /// Returns the number of requests of an operation, including failed ones.
    pub fn count(&self, operation: Operation) -> u64 {
        self.state().log.count(operation)
    }

    /// Returns the number of requests to all services except Keystone.
    pub fn count_csbs(&self) -> u64 {
        let state = self.state();
        let counts = state.log.counts().iter();
        counts
            .filter(|(operation, _)| !operation.is_identity())
            .map(|(_, count)| count)
            .sum()
    }

    /// Clears the log and the counters.
    pub fn clear_requests(&self) {
        self.state().log.clear();
    }

    /// Returns the number of sign-ins, including failed ones.
    pub fn sign_ins(&self) -> u64 {
        self.state().tokens.sign_ins
    }

    /// Adds a fault rule.
    ///
    /// # Errors
    /// If its path is not a valid regular expression.
    pub fn fault(&self, rule: Rule) -> Result<RuleId> {
        Ok(self.state().faults.add(rule)?)
    }

    /// Returns the number of requests that a rule affected.
    pub fn fault_met(&self, id: RuleId) -> u64 {
        self.state().faults.met(id)
    }

    /// Removes a rule.
    pub fn remove_fault(&self, id: RuleId) {
        self.state().faults.remove(id);
    }

    /// Removes all rules.
    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// Removes all rules, and sets the seed of their random choices.
    pub fn seed_faults(&self, seed: u64) {
        self.state().faults = Faults::new(seed);
    }

    /// Sets or removes the rate limit.
    pub fn set_rate_limit(&self, limit: Option<RateLimit>) {
        self.state().throttle = Throttle::new(limit);
    }

    /// Changes the configuration of a running service, such as timing, quirks, quotas and users. Servers, clock and rate limit are
    /// read only once; other methods change them.
    pub fn configure(&self, change: impl FnOnce(&mut Config)) {
        change(&mut self.state().config);
    }

    /// Adds a server, or replaces the one with the same ID.
    pub fn add_server(&self, server: Server) {
        let servers = &mut self.state().objects.servers;
        servers.retain(|known| known.id != server.id);
        servers.push(server);
    }

    /// Removes a server. Its backups stay.
    pub fn remove_server(&self, id: &str) {
        self.state().objects.servers.retain(|server| server.id != id);
    }

    /// Resets everything except the clock to the initial configuration.
    pub fn reset(&self) {
        *self.state() = State::new((*self.config).clone(), self.clock.clone());
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn keystone(&self) -> Option<&Keystone> {
        self.keystone.as_deref()
    }
}
