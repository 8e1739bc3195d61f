//! Access keys that failed too often.

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;

use crate::clock::later;

/// So many failures in a row lock a key.
const FAILURES: u32 = 5;
/// For so long.
const TIME: Duration = Duration::from_secs(300);
/// So many keys are watched; beyond, the strangers are forgotten.
const MOST: usize = 1000;

/// Access keys that failed too often.
#[derive(Debug, Default)]
pub(crate) struct Locks {
    keys: HashMap<String, Watched>,
}

#[derive(Debug, Default)]
struct Watched {
    failures: u32,
    until: Option<Timestamp>,
}

impl Locks {
    pub(crate) fn locked(&mut self, access: &str, now: Timestamp) -> bool {
        let Some(watched) = self.keys.get_mut(access) else {
            return false;
        };
        match watched.until {
            Some(until) if now < until => true,
            Some(_) => {
                self.keys.remove(access);
                false
            }
            None => false,
        }
    }

    pub(crate) fn failed(&mut self, access: &str, now: Timestamp) {
        if self.keys.len() >= MOST {
            self.keys.clear();
        }
        let watched = self.keys.entry(access.to_owned()).or_default();
        watched.failures += 1;
        if watched.failures >= FAILURES {
            watched.until = Some(later(now, TIME));
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
        let mut locks = Locks::default();
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
