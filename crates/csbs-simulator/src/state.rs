//! The state of the service.

use std::sync::Arc;

use crate::{
    Config, SimClock, cbr, clock::later, fault::Faults, key_locks::KeyLocks, log::Log, objects::Objects,
    random::Random, throttle::Throttle, tokens::Tokens,
};

/// The mutable state of the service, behind the lock of [`crate::Simulator`].
#[derive(Debug)]
pub(crate) struct State {
    pub config: Config,
    pub clock: Arc<SimClock>,
    pub random: Random,
    pub objects: Objects,
    pub cbr: cbr::Objects,
    pub tokens: Tokens,
    pub locks: KeyLocks,
    pub faults: Faults,
    pub throttle: Throttle,
    pub log: Log,
}

impl State {
    pub(crate) fn new(config: Config, clock: Arc<SimClock>) -> Self {
        let mut objects = Objects::new(config.servers.clone());
        objects.next_cleanup = Some(later(clock.now(), config.timing.cleanup_every));
        Self {
            random: Random::new(config.seed),
            objects,
            cbr: cbr::Objects::new(config.seed, &config.servers, clock.now()),
            tokens: Tokens::new(config.seed),
            locks: KeyLocks::default(),
            faults: Faults::new(config.seed),
            throttle: Throttle::new(config.rate_limit),
            log: Log::new(config.log_limit),
            clock,
            config,
        }
    }
}
