//! Reads the tasks of backups: their progress and the reason of a failure. All waits share the requests.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use tokio::{sync::Mutex, time::Instant};
use tracing::debug;

use super::timing::CLOCK_TOLERANCE;
use crate::cbr::{ApiError, Client, Task, TaskFilter};

/// Greatest age of a list from which a progress is told.
const PROGRESS_AGE: Duration = Duration::from_secs(20);

/// The tasks of backups that this process has started. Clones share the list.
///
/// A user may have no permission to read tasks, and a task may be missing, so that an answer is never an error: without one, the
/// progress and the reason are not known.
#[derive(Clone)]
pub struct SharedTasks {
    client: Client,
    /// Tasks from before are read one by one.
    since: Timestamp,
    latest: Arc<Mutex<Option<List>>>,
    is_refused: Arc<AtomicBool>,
}

struct List {
    read_at: Instant,
    tasks: Vec<Task>,
}

/// A backup whose task is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct BackupTask<'a> {
    pub resource_id: &'a str,
    pub checkpoint_id: &'a str,
}

impl SharedTasks {
    /// Tasks that are read through `client`.
    pub fn new(client: Client) -> Self {
        Self {
            since: client.session().clock().now() - CLOCK_TOLERANCE,
            client,
            latest: Arc::default(),
            is_refused: Arc::default(),
        }
    }

    /// The task of a backup as it was shortly before, for its progress.
    pub(super) async fn progress(&self, backup: BackupTask<'_>) -> Option<Task> {
        let not_older_than = Instant::now().checked_sub(PROGRESS_AGE);
        self.read(backup, not_older_than).await
    }

    /// The task of a backup as it is now, for the reason of its failure.
    pub(super) async fn reason(&self, backup: BackupTask<'_>) -> Option<Task> {
        let shared = self.read(backup, Some(Instant::now())).await;
        if shared.is_some() || self.is_refused.load(Ordering::Relaxed) {
            return shared;
        }
        // An earlier process may have started it.
        let filter = TaskFilter {
            resource_id: Some(backup.resource_id.to_owned()),
            checkpoint_id: Some(backup.checkpoint_id.to_owned()),
            ..backups()
        };
        let found = self.client.list_tasks(&filter).await;
        self.unless_refused(found)?.into_iter().next()
    }

    /// Returns whether the service has certainly not begun a backup of the server since `sent_at`: the tasks can be read, none of
    /// them is one, and none is unfinished.
    pub(super) async fn shows_no_backup(&self, resource_id: &str, sent_at: Timestamp) -> bool {
        let filter = TaskFilter {
            resource_id: Some(resource_id.to_owned()),
            ..backups()
        };
        let is_new = |task: &Task| {
            let created = task.created_at.as_deref().and_then(crate::rest::parse_time);
            !task.status.has_ended() || created.is_none_or(|created| created >= sent_at - CLOCK_TOLERANCE)
        };
        match self.client.list_tasks(&filter).await {
            Ok(tasks) => !tasks.iter().any(is_new),
            Err(error) => {
                debug!(%error, "the tasks cannot be read");
                false
            }
        }
    }

    async fn read(&self, backup: BackupTask<'_>, not_older_than: Option<Instant>) -> Option<Task> {
        if self.is_refused.load(Ordering::Relaxed) {
            return None;
        }
        let mut latest = self.latest.lock().await;
        let is_fresh = |list: &&List| not_older_than.is_none_or(|least| list.read_at >= least);
        if latest.as_ref().filter(is_fresh).is_none() {
            let read_at = Instant::now();
            let filter = TaskFilter {
                start_time: Some(self.since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
                ..backups()
            };
            let found = self.client.list_tasks(&filter).await;
            let tasks = self.unless_refused(found)?;
            *latest = Some(List { read_at, tasks });
        }
        let is_ours = |task: &&Task| {
            task.checkpoint_id.as_deref() == Some(backup.checkpoint_id)
                && task.resource_id.as_deref().is_none_or(|id| id == backup.resource_id)
        };
        latest.as_ref()?.tasks.iter().find(is_ours).cloned()
    }

    /// Stops asking after a refusal: tasks need a permission of their own.
    fn unless_refused(&self, found: Result<Vec<Task>, ApiError>) -> Option<Vec<Task>> {
        match found {
            Ok(tasks) => Some(tasks),
            Err(error) => {
                debug!(%error, "the tasks cannot be read, so progress and reasons are not known");
                if matches!(error.status(), Some(401 | 403 | 404 | 405)) {
                    self.is_refused.store(true, Ordering::Relaxed);
                }
                None
            }
        }
    }
}

/// All backups.
fn backups() -> TaskFilter {
    TaskFilter {
        operation_type: Some("backup".to_owned()),
        ..TaskFilter::default()
    }
}
