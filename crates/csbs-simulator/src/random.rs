//! Reproducible IDs and random choices.

use rand::{RngExt, SeedableRng, rngs::SmallRng};

/// Generator of numbers and IDs that depend on a seed only.
#[derive(Debug)]
pub(crate) struct Random(SmallRng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SmallRng::seed_from_u64(seed))
    }

    /// Returns a version 4 UUID.
    pub(crate) fn uuid(&mut self) -> String {
        uuid::Builder::from_random_bytes(self.0.random())
            .into_uuid()
            .to_string()
    }

    /// Returns 32 hexadecimal digits, like Keystone's IDs.
    pub(crate) fn hex(&mut self) -> String {
        format!("{:032x}", self.0.random::<u128>())
    }

    /// Returns `true` with the given probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.0.random_bool(probability.clamp(0.0, 1.0))
    }
}

/// Returns one of `0..choices`, always the same for the same two strings: the form of a response must not change between reads.
pub(crate) fn pick(id: &str, what: &str, choices: u64) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in id.bytes().chain([0]).chain(what.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    // The low bits of this hash are weak.
    (hash ^ (hash >> 32)) % choices.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        assert_eq!(Random::new(7).uuid(), Random::new(7).uuid());
        assert_ne!(Random::new(7).uuid(), Random::new(8).uuid());
        assert_eq!(Random::new(1).hex().len(), 32);
    }

    #[test]
    fn choices_are_stable_and_spread() {
        assert_eq!(pick("a", "b", 4), pick("a", "b", 4));
        let seen: std::collections::HashSet<_> = (0..64).map(|n| pick(&n.to_string(), "description", 4)).collect();
        assert_eq!(seen.len(), 4);
    }
}
