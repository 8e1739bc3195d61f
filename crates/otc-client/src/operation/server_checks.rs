//! Answers of the service on whether servers can be backed up, for the create that follows a plan in the same process.

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

/// Remembered answers. Clones share them.
#[derive(Clone, Default)]
pub struct ServerChecks {
    answers: Arc<Mutex<HashMap<Server, (Instant, Capability)>>>,
}

impl ServerChecks {
    /// The answer for `server`: a fresh one that is remembered, or that of a request, which is shared with other callers.
    ///
    /// # Errors
    /// As [`Inventory::check_protectable`].
    pub async fn check(&self, inventory: &Inventory, server: &Server) -> Result<Capability, ApiError> {
        if let Some(answer) = self.fresh(server) {
            return Ok(answer);
        }
        let answer = inventory.check_protectable(server.clone()).await?;
        self.lock().insert(server.clone(), (Instant::now(), answer.clone()));
        Ok(answer)
    }

    /// Takes a fresh positive answer, so that it is used for one create only.
    pub(super) fn take(&self, server: &Server) -> Option<Capability> {
        let answer = self.fresh(server).filter(|answer| answer.result);
        self.lock().remove(server);
        answer
    }

    fn fresh(&self, server: &Server) -> Option<Capability> {
        let answers = self.lock();
        let (at, answer) = answers.get(server)?;
        (at.elapsed() < MAX_AGE).then(|| answer.clone())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Server, (Instant, Capability)>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
