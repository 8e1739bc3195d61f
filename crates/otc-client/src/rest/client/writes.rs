//! Records when objects were changed, so that earlier reads are not used.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Number of IDs that are recorded one by one.
const LIMIT: usize = 4096;

/// Number of IDs from which on those are dropped whose last write is long ago: no earlier read is still used.
const MANY: usize = 128;
const LONG_AGO: Duration = Duration::from_secs(600);

/// The time of the last write of each ID.
#[derive(Debug, Default)]
pub(crate) struct WriteLog {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last: HashMap<String, Instant>,
    /// Number of IDs that were left when some were last dropped.
    kept: usize,
    /// The time that counts for all IDs that are not recorded.
    floor: Option<Instant>,
}

impl State {
    fn drop_old(&mut self, now: Instant) {
        let Some(long_ago) = now.checked_sub(LONG_AGO) else {
            return;
        };
        let floor = &mut self.floor;
        self.last.retain(|_, at| {
            let stays = *at > long_ago;
            if !stays {
                *floor = (*floor).max(Some(*at));
            }
            stays
        });
        self.kept = self.last.len();
        self.last.shrink_to(MANY);
    }
}

/// A write that is under way. It is recorded at its beginning and at its end, whatever its result.
pub(crate) struct Writing<'a> {
    writes: &'a WriteLog,
    ids: &'a [String],
}

impl WriteLog {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn begin<'a>(&'a self, ids: &'a [String]) -> Writing<'a> {
        self.note(ids);
        Writing { writes: self, ids }
    }

    /// Records that reads of these IDs from before now are stale.
    pub(crate) fn note(&self, ids: &[String]) {
        if ids.is_empty() {
            return;
        }
        let now = Instant::now();
        let mut state = self.state();
        if state.last.len() >= MANY.max(2 * state.kept) {
            state.drop_old(now);
        }
        if state.last.len() + ids.len() > LIMIT {
            state.last.clear();
            state.floor = Some(now);
        }
        for id in ids {
            state.last.insert(id.clone(), now);
        }
    }

    pub(crate) fn last(&self, id: &str) -> Option<Instant> {
        let state = self.state();
        state.last.get(id).copied().or(state.floor)
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.writes.note(self.ids);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_write_is_recorded_at_its_beginning_and_its_end() {
        let writes = WriteLog::default();
        assert_eq!(writes.last("a"), None);
        let ids = ["a".to_owned()];
        let writing = writes.begin(&ids);
        let began = Instant::now();
        assert_eq!(writes.last("a"), Some(began));
        tokio::time::advance(Duration::from_secs(3)).await;
        drop(writing);
        assert_eq!(writes.last("a"), Some(began + Duration::from_secs(3)));
        assert_eq!(writes.last("b"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_id_counts_as_written_lately() {
        let writes = WriteLog::default();
        drop(writes.begin(&["a".to_owned()]));
        tokio::time::advance(Duration::from_secs(1)).await;
        for number in 0..LIMIT {
            drop(writes.begin(&[number.to_string()]));
        }
        assert_eq!(writes.last("a"), Some(Instant::now()));
        assert!(writes.state().last.len() <= LIMIT);
    }

    #[tokio::test(start_paused = true)]
    async fn old_writes_are_dropped() {
        let writes = WriteLog::default();
        for number in 0..10 * MANY {
            drop(writes.begin(&[number.to_string()]));
            tokio::time::advance(Duration::from_secs(60)).await;
        }
        let last = (10 * MANY - 1).to_string();
        assert_eq!(writes.last(&last), Some(Instant::now() - Duration::from_secs(60)));
        assert!(writes.last("0").is_some_and(|at| at < Instant::now() - LONG_AGO));
        assert!(writes.state().last.len() <= MANY);
    }
}
