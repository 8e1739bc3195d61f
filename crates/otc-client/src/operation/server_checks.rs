//! Answers of the service on whether servers can be backed up: for the plans of one run, and for the creates that follow them in
//! the same process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::csbs::{ApiError, Capability, Inventory, Server};

/// Longest age of an answer that is used again. A server's state can change at any time; a minute bridges the time from a plan to
/// the create that follows it.
const MAX_AGE: Duration = Duration::from_secs(60);

/// Time for which no plan asks a failing service again.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(30);

/// Remembered answers. Clones share them.
#[derive(Clone, Default)]
pub struct ServerChecks {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    answers: HashMap<Server, (Instant, Capability)>,
    /// The last failure of the service. Otherwise a plan of many backups would wait for it once for each batch.
    failure: Option<(Instant, ApiError)>,
}

impl ServerChecks {
    /// The answer for `server`: a fresh one that is remembered, or that of a request, which is shared with other callers.
    ///
    /// # Errors
    /// As [`Inventory::check_protectable_for_plan`]; a failure of the service in the last 30 seconds.
    pub async fn check(&self, inventory: &Inventory, server: &Server) -> Result<Capability, ApiError> {
        if let Some(answer) = self.fresh(server) {
            return Ok(answer);
        }
        if let Some(failure) = self.recent_failure() {
            return Err(failure);
        }
        let answer = inventory.check_protectable_for_plan(server.clone()).await;
        let now = Instant::now();
        let mut state = self.lock();
        match &answer {
            Ok(answer) => drop(state.answers.insert(server.clone(), (now, answer.clone()))),
            // The rate limit is no failure, and "busy" is about one server.
            Err(error) if error.is_transient() && !error.is_busy() && error.status() != Some(429) => {
                state.failure = Some((now, error.clone()));
            }
            Err(_) => {}
        }
        answer
    }

    fn recent_failure(&self) -> Option<ApiError> {
        let state = self.lock();
        let (at, failure) = state.failure.as_ref()?;
        (at.elapsed() < PAUSE_AFTER_FAILURE).then(|| failure.clone())
    }

    /// Takes a fresh positive answer, so that it is used for one create only.
    pub(super) fn take(&self, server: &Server) -> Option<Capability> {
        let answer = self.fresh(server).filter(|answer| answer.result);
        self.lock().answers.remove(server);
        answer
    }

    fn fresh(&self, server: &Server) -> Option<Capability> {
        let state = self.lock();
        let (at, answer) = state.answers.get(server)?;
        (at.elapsed() < MAX_AGE).then(|| answer.clone())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
