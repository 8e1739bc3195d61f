//! Locks access keys after several failed signatures.

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;

use crate::clock::later;

/// Number of consecutive failures that lock a key.
const FAILURES: u32 = 5;
/// Duration of a lock.
const TIME: Duration = Duration::from_secs(300);
/// Maximum number of tracked keys; beyond it, all are forgotten.
const MAX_KEYS: usize = 1000;

/// Failure counts and locks of access keys.
#[derive(Debug, Default)]
pub(crate) struct KeyLocks {
    keys: HashMap<String, Failures>,
}

#[derive(Debug, Default)]
struct Failures {
    failures: u32,
    until: Option<Timestamp>,
}

impl KeyLocks {
    pub(crate) fn locked(&mut self, access: &str, now: Timestamp) -> bool {
        let Some(failures) = self.keys.get_mut(access) else {
            return false;
        };
        match failures.until {
            Some(until) if now < until => true,
            Some(_) => {
                self.keys.remove(access);
                false
            }
            None => false,
        }
    }

    pub(crate) fn failed(&mut self, access: &str, now: Timestamp) {
        if self.keys.len() >= MAX_KEYS {
            self.keys.clear();
        }
        let failures = self.keys.entry(access.to_owned()).or_default();
        failures.failures += 1;
        if failures.failures >= FAILURES {
            failures.until = Some(later(now, TIME));
        }
    }

    pub(crate) fn succeeded(&mut self, access: &str) {
        self.keys.remove(access);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_failures_in_a_row_lock_for_five_minutes() {
        let mut locks = KeyLocks::default();
        let now = Timestamp::UNIX_EPOCH;
        (0..4).for_each(|_| locks.failed("ak", now));
        assert!(!locks.locked("ak", now));
        locks.failed("ak", now);
        assert!(locks.locked("ak", now));
        assert!(!locks.locked("other", now));
        assert!(!locks.locked("ak", later(now, TIME)));
        (0..4).for_each(|_| locks.failed("ak", now));
        locks.succeeded("ak");
        locks.failed("ak", now);
        assert!(!locks.locked("ak", now));
    }
}
