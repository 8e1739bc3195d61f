//! Locks for creates of one server, and the record of checkpoints that this process has created.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Weak},
};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::sync::Mutex;

/// Number of checkpoints of one server that are recorded as created by this process.
const MAX_RECORDED: usize = 64;

/// One lock per server, and the checkpoints that were created under it. Clones share them.
#[derive(Clone, Default)]
pub struct ServerLocks {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    locks: HashMap<String, Weak<AsyncMutex<()>>>,
    created: HashMap<String, VecDeque<String>>,
}

impl ServerLocks {
    /// Waits for the lock of a server. A create holds it from its first look until the protect action is answered, so that no
    /// create of this process mistakes the backup of another one for its own.
    pub async fn lock(&self, server_id: &str) -> OwnedMutexGuard<()> {
        let lock = self.with(|state| {
            state.locks.retain(|_, lock| lock.strong_count() > 0);
            let known = state.locks.get(server_id).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let lock = Arc::new(AsyncMutex::new(()));
                state.locks.insert(server_id.to_owned(), Arc::downgrade(&lock));
                lock
            })
        });
        lock.lock_owned().await
    }

    /// Records that a create of this process has made the checkpoint.
    pub fn record_created(&self, server_id: &str, checkpoint_id: &str) {
        self.with(|state| {
            let created = state.created.entry(server_id.to_owned()).or_default();
            if !created.iter().any(|known| known == checkpoint_id) {
                created.push_back(checkpoint_id.to_owned());
            }
            if created.len() > MAX_RECORDED {
                created.pop_front();
            }
        });
    }

    /// Returns whether a create of this process has made the checkpoint.
    pub fn is_created_here(&self, server_id: &str, checkpoint_id: &str) -> bool {
        self.with(|state| {
            state
                .created
                .get(server_id)
                .is_some_and(|created| created.iter().any(|known| known == checkpoint_id))
        })
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock())
    }
}

#[cfg(test)]
mod interleavings;
