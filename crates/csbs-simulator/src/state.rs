//! Everything that is behind the lock.

use std::sync::Arc;

use crate::{
    Config, SimClock, auth::locks::Locks, clock::later, fault::Faults, identity::Identity, log::Log, random::Random,
    throttle::Throttle, world::World,
};

/// Everything that is behind the lock.
#[derive(Debug)]
pub(crate) struct Core {
    pub config: Config,
    pub clock: Arc<SimClock>,
    pub random: Random,
    pub world: World,
    pub identity: Identity,
    pub locks: Locks,
    pub faults: Faults,
    pub throttle: Throttle,
    pub log: Log,
}

impl Core {
    pub(crate) fn new(config: Config, clock: Arc<SimClock>) -> Self {
        let mut world = World::new(config.servers.clone());
        world.next_cleanup = Some(later(clock.now(), config.timing.cleanup_every));
        Self {
            random: Random::new(config.seed),
            world,
            identity: Identity::new(config.seed),
            locks: Locks::default(),
            faults: Faults::new(config.seed),
            throttle: Throttle::new(config.rate_limit),
            log: Log::new(config.log_limit),
            clock,
            config,
        }
    }
}
