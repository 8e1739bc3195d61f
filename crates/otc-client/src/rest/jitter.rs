//! Pseudo-random numbers that can be reproduced from a seed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// SplitMix64: similar inputs give different outputs.
pub(crate) fn mix(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// A sequence drawn from a seed, shared by all calls of a client.
#[derive(Debug)]
pub(crate) struct Jitter {
    seed: u64,
    drawn: AtomicU64,
}

impl Jitter {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            drawn: AtomicU64::new(0),
        }
    }

    /// Half of `span` at least and all of it at most.
    pub(crate) fn of(&self, span: Duration) -> Duration {
        let number = mix(self.seed ^ mix(self.drawn.fetch_add(1, Ordering::Relaxed)));
        let thousandths = u32::try_from(number % 501).unwrap_or(0) + 500;
        span * thousandths / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_waits_within_bounds() {
        let span = Duration::from_secs(10);
        let draw = |seed| {
            let jitter = Jitter::new(seed);
            (0..20).map(|_| jitter.of(span)).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert!(draw(3).iter().all(|wait| *wait >= span / 2 && *wait <= span));
    }
}
