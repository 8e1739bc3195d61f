//! The list of the project's policies, shared by the checks of a plan.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Mutex, time::Instant};

use crate::csbs::{ApiError, Client, Policy, PolicyFilter};

/// Maximum age of a list that is used again.
const MAX_AGE: Duration = Duration::from_secs(30);

type Answer = Result<Arc<Vec<Policy>>, ApiError>;

/// One list that serves all plans of about the same time. Clones share it.
#[derive(Clone)]
pub struct PolicyList {
    client: Client,
    /// Number of changes of policies by this process.
    changes: Arc<AtomicU64>,
    latest: Arc<Mutex<Option<Listed>>>,
}

struct Listed {
    at: Instant,
    changes: u64,
    answer: Answer,
}

impl PolicyList {
    /// A list that is read through `client` when it is needed.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            changes: Arc::default(),
            latest: Arc::default(),
        }
    }

    /// Makes earlier lists stale. To be called after every change of a policy.
    pub fn invalidate(&self) {
        self.changes.fetch_add(1, Ordering::Relaxed);
    }

    /// All policies of the project. Concurrent callers share a request, also one that fails.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn get(&self) -> Result<Arc<Vec<Policy>>, ApiError> {
        let mut latest = self.latest.lock().await;
        let (at, changes) = (Instant::now(), self.changes.load(Ordering::Relaxed));
        if let Some(listed) = latest.as_ref()
            && listed.changes == changes
            && at.duration_since(listed.at) < MAX_AGE
        {
            return listed.answer.clone();
        }
        let answer = self.client.list_policies(&PolicyFilter::default()).await.map(Arc::new);
        *latest = Some(Listed {
            at,
            changes,
            answer: answer.clone(),
        });
        answer
    }
}
