//! Restores a server's disks from a backup in a vault, and waits until the restore has ended.

use std::{collections::HashSet, time::Duration};

use tokio::{sync::Mutex, time::Instant};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::cbr::{
    ApiError, Backup, BackupStatus, ItemKey, Lookup, RestoreRequest, Task, TaskFilter, TaskStatus, VolumeMapping,
};

use super::{
    OperationContext,
    restore::{DiskBackup, MappingError, map_disks},
    restore_course::{self, Course, RestoreEnd, Sent},
    timing::{ACCEPTED_WITHOUT_SIGN, TASK_READ_EVERY},
    until_stopped,
    wait::{self, Look, Verdict, Wait},
};

/// Operation type of the task of a restore.
const RESTORE: &str = "restore";

/// A restore to run.
#[derive(Debug, Clone)]
pub struct RestoreVaultBackup {
    /// The backup of a server.
    pub backup_id: String,
    /// The server to restore to; the one that was backed up when `None`.
    pub server_id: Option<String>,
    /// Which disk backup goes to which disk; the original disks when empty.
    pub volumes: Vec<VolumeMapping>,
    /// Whether the server is started afterwards.
    pub power_on: bool,
    /// How long the whole restore may take.
    pub timeout: Duration,
}

/// The progress of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestoreVaultProgress {
    /// The backup can be restored, as far as is known.
    Checked {
        /// The target server.
        server_id: String,
        /// Number of disks that are written.
        disks: usize,
    },
    /// The service has accepted it.
    Started,
    /// The restore is running.
    Running {
        /// Status of the backup.
        status: BackupStatus,
        /// Percentage done, if known.
        percent: Option<i64>,
    },
}

/// The reason why a restore is not known to have succeeded.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RestoreVaultBackupError {
    /// A call failed; nothing was restored.
    #[error(transparent)]
    Api(ApiError),
    /// The backup does not exist.
    #[error("the backup does not exist")]
    NotFound,
    /// It is the backup of one disk, and not that of a server.
    #[error("it is the backup of one disk")]
    OfDisk(Box<Backup>),
    /// The status of the backup does not allow a restore.
    #[error("the backup is {:?}", .0.status)]
    NotAvailable(Box<Backup>),
    /// The mapping of disk backups to disks is wrong.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The service did not answer before the timeout, so the request was not sent.
    #[error("no answer within {waited:?}; nothing was restored")]
    NotStarted {
        /// The time waited.
        waited: Duration,
    },
    /// The request got no answer, and no sign of a restore was seen.
    #[error("the request got no answer: {0}")]
    NoAnswer(ApiError),
    /// The service accepted the restore, and no sign of it was seen.
    #[error("no sign of the restore was seen")]
    NoSign,
    /// The restore failed.
    #[error("the restore failed")]
    Failed {
        /// The backup.
        backup: Box<Backup>,
        /// The task of the restore, if it could be read.
        task: Option<Box<Task>>,
    },
    /// The backup was deleted during the restore.
    #[error("the backup is gone")]
    Gone,
    /// The restore did not end before the timeout; it continues.
    #[error("the restore had not ended after {waited:?}")]
    TimedOut {
        /// The time waited.
        waited: Duration,
        /// Status at the last look.
        last: Option<BackupStatus>,
    },
    /// Reading the backup failed; the restore continues.
    #[error("the restore cannot be followed: {0}")]
    Lost(ApiError),
    /// A stop was requested.
    #[error("stopped")]
    Stopped {
        /// Whether the restore continues in the cloud; `None` when that is not known.
        started: Option<bool>,
    },
}

/// Receives the progress of a restore.
pub type OnVaultRestore<'a> = &'a (dyn Fn(RestoreVaultProgress) + Send + Sync);

/// The proof that a restore has succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreProof {
    /// The service's task says so.
    Task,
    /// The task could not be read. The backup is available again, which it would be after a failed restore, too.
    Status,
}

/// What was read before the request.
struct Before {
    backup: Backup,
    /// The restores from this backup; `None` if tasks cannot be read.
    tasks: Option<HashSet<String>>,
}

/// What one look has read.
struct Seen {
    backup: Backup,
    /// The task of this restore.
    task: Option<Task>,
    /// Whether tasks can be read.
    reads_tasks: bool,
}

/// The backup of a failed restore, and its task if it could be read.
type FailedRestore = (Box<Backup>, Option<Box<Task>>);

/// The task of a restore as it was last read. A list of tasks is a request of its own, so not every look reads it.
struct LastTask {
    read_at: Instant,
    /// What the backup has shown at the same look.
    backup: (BackupStatus, Option<String>),
    task: Option<Task>,
    reads_tasks: bool,
}

impl LastTask {
    /// Returns whether it says nothing about the backup as it is now: the backup has changed, or the task was read long ago. The
    /// time of the last change counts only for a backup that the service is not working on.
    fn is_outdated(&self, backup: &Backup, is_early: bool) -> bool {
        let (status, updated_at) = &self.backup;
        let is_idle = !backup.status.is_working();
        *status != backup.status
            || (is_idle && (*updated_at != backup.updated_at || !is_early))
            || self.read_at.elapsed() >= TASK_READ_EVERY
    }
}

impl RestoreVaultBackup {
    /// Restores the disks and waits until the restore has ended. The request is sent once, whatever happens.
    ///
    /// The restore has succeeded when its task says so: a backup that is available again does not prove it. Where tasks cannot be
    /// read, or no task is listed after two minutes, the status of the backup decides, and [`RestoreProof`] says so. After a
    /// failure to read them that may be temporary, the wait continues.
    ///
    /// # Errors
    /// [`RestoreVaultBackupError`]; a stop ends the wait within two seconds, and the restore continues.
    pub async fn run(
        &self,
        context: &OperationContext,
        cancel: &CancellationToken,
        on_progress: OnVaultRestore<'_>,
    ) -> Result<RestoreProof, RestoreVaultBackupError> {
        let deadline = wait::deadline(Instant::now(), self.timeout);
        let not_started = |_| RestoreVaultBackupError::Stopped { started: Some(false) };
        let preparing = tokio::time::timeout(self.timeout, self.prepare(context, on_progress));
        let (before, request) = until_stopped(cancel, preparing)
            .await
            .map_err(not_started)?
            .map_err(|_| RestoreVaultBackupError::NotStarted { waited: self.timeout })??;
        let sent = restore_course::send(cancel, context.cbr.restore_backup(&request)).await;
        let unanswered = match sent.map_err(|end| self.error(end))? {
            Sent::Accepted(_) => {
                on_progress(RestoreVaultProgress::Started);
                None
            }
            Sent::Unclear(error) => Some(error),
        };
        let course = Course::new(context, unanswered);
        let ended = self.wait(context, cancel, &before, course, deadline, on_progress).await;
        ended.map_err(|end| self.error(end))
    }

    /// Reads the backup, and maps its disks.
    async fn prepare(
        &self,
        context: &OperationContext,
        on_progress: OnVaultRestore<'_>,
    ) -> Result<(Before, RestoreRequest), RestoreVaultBackupError> {
        let backup = match context.cbr.get_backup(&self.backup_id).await {
            Ok(backup) => backup,
            Err(error) if error.is_gone() => return Err(RestoreVaultBackupError::NotFound),
            Err(error) => return Err(RestoreVaultBackupError::Api(error)),
        };
        if backup.is_child() {
            return Err(RestoreVaultBackupError::OfDisk(Box::new(backup)));
        }
        if backup.status != BackupStatus::Available {
            return Err(RestoreVaultBackupError::NotAvailable(Box::new(backup)));
        }
        let (server_id, mappings) = vault_mapping(&backup, self.server_id.as_deref(), &self.volumes)?;
        let tasks = self.tasks(context).await;
        on_progress(RestoreVaultProgress::Checked {
            server_id: server_id.clone(),
            disks: mappings.len(),
        });
        let request = RestoreRequest {
            backup_id: self.backup_id.clone(),
            server_id,
            mappings,
            power_on: self.power_on,
        };
        let tasks = tasks.ok().map(|tasks| tasks.into_iter().map(|task| task.id).collect());
        Ok((Before { backup, tasks }, request))
    }

    /// Waits until the restore has ended.
    async fn wait(
        &self,
        context: &OperationContext,
        cancel: &CancellationToken,
        before: &Before,
        mut course: Course,
        deadline: Instant,
        on_progress: OnVaultRestore<'_>,
    ) -> Result<RestoreProof, RestoreEnd<FailedRestore>> {
        let begin = course.begin();
        let last_task = Mutex::new(None);
        let pace = |now| context.schedule.next(begin, now);
        let look = |look: Look| self.look(context, before, &last_task, (begin, look.began));
        let verdict = |look: Look, seen: Result<Option<Seen>, ApiError>| {
            let seen = match seen {
                Ok(Some(seen)) => seen,
                Ok(None) => return Verdict::Fail(RestoreEnd::Gone),
                Err(error) => return course.look_failed(look, error),
            };
            let (backup, task) = (seen.backup, seen.task);
            let is_sign = task.is_some() || backup.updated_at != before.backup.updated_at;
            course.look_succeeded(&backup.status, is_sign);
            let percent = task.as_ref().and_then(|task| task.progress);
            if course.is_news(&backup.status, percent) {
                on_progress(RestoreVaultProgress::Running {
                    status: backup.status.clone(),
                    percent,
                });
            }
            let task = task.map(Box::new);
            match task.as_ref().map(|task| &task.status) {
                Some(TaskStatus::Success) => return Verdict::Done(RestoreProof::Task),
                Some(TaskStatus::Failed | TaskStatus::Timeout | TaskStatus::Skipped) => {
                    return Verdict::Fail(RestoreEnd::Failed((Box::new(backup), task)));
                }
                // The task has the last word, as long as it is known to run.
                Some(TaskStatus::Waiting | TaskStatus::Running) => return Verdict::Continue,
                Some(TaskStatus::Unknown(_)) | None => {}
            }
            match backup.status {
                // Without a sign, the status is still the one from before the restore; and the task may be listed later.
                BackupStatus::Available if course.is_early() && (!course.has_sign() || seen.reads_tasks) => {
                    Verdict::Continue
                }
                BackupStatus::Available => Verdict::Done(RestoreProof::Status),
                ref status if course.is_running(status, look) => Verdict::Continue,
                _ => Verdict::Fail(RestoreEnd::Failed((Box::new(backup), task))),
            }
        };
        let result = Wait::until(deadline).or_stopped(cancel).run(pace, look, verdict).await;
        course.end(result)
    }

    fn error(&self, end: RestoreEnd<FailedRestore>) -> RestoreVaultBackupError {
        match end {
            RestoreEnd::Refused(error) => RestoreVaultBackupError::Api(error),
            RestoreEnd::NoAnswer(error) => RestoreVaultBackupError::NoAnswer(error),
            RestoreEnd::NoSign => RestoreVaultBackupError::NoSign,
            RestoreEnd::Failed((backup, task)) => RestoreVaultBackupError::Failed { backup, task },
            RestoreEnd::Gone => RestoreVaultBackupError::Gone,
            RestoreEnd::TimedOut(last) => RestoreVaultBackupError::TimedOut {
                waited: self.timeout,
                last,
            },
            RestoreEnd::Lost(error) => RestoreVaultBackupError::Lost(error),
            RestoreEnd::Stopped(started) => RestoreVaultBackupError::Stopped { started },
        }
    }

    /// Reads the backup and, if it is time, the task of this restore; `None` if the backup is gone.
    async fn look(
        &self,
        context: &OperationContext,
        before: &Before,
        last_task: &Mutex<Option<LastTask>>,
        (begin, began): (Instant, Instant),
    ) -> Result<Option<Seen>, ApiError> {
        let key = ItemKey::Item(self.backup_id.clone());
        let backup = match context.vault_backups.look(key, began).await? {
            Lookup::Found(backups) => backups.into_iter().next(),
            Lookup::Absent => None,
        };
        let Some(backup) = backup else { return Ok(None) };
        let is_early = begin.elapsed() < ACCEPTED_WITHOUT_SIGN;
        let mut last_task = last_task.lock().await;
        // A failed read leaves none, so that the next look tries again.
        let _ = last_task.take_if(|last| last.is_outdated(&backup, is_early));
        let last = match &mut *last_task {
            Some(last) => last,
            none => {
                let read_at = Instant::now();
                let tasks = self.new_tasks(context, before).await?;
                none.insert(LastTask {
                    read_at,
                    backup: (backup.status.clone(), backup.updated_at.clone()),
                    reads_tasks: tasks.is_some(),
                    task: tasks.into_iter().flatten().next(),
                })
            }
        };
        Ok(Some(Seen {
            task: last.task.clone(),
            reads_tasks: last.reads_tasks,
            backup,
        }))
    }

    /// The tasks of restores from this backup that are new; `None` if tasks cannot be read.
    async fn new_tasks(&self, context: &OperationContext, before: &Before) -> Result<Option<Vec<Task>>, ApiError> {
        // Without the task, the status of the backup would have to prove the end of the restore.
        let Some(known) = &before.tasks else { return Ok(None) };
        match self.tasks(context).await {
            Ok(tasks) => Ok(Some(
                tasks.into_iter().filter(|task| !known.contains(&task.id)).collect(),
            )),
            Err(error) if error.is_transient() => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// The tasks of restores from this backup. Reading them needs a permission of its own.
    async fn tasks(&self, context: &OperationContext) -> Result<Vec<Task>, ApiError> {
        let filter = TaskFilter {
            operation_type: Some(RESTORE.to_owned()),
            ..TaskFilter::default()
        };
        let tasks = context.cbr.list_tasks(&filter).await;
        let tasks = tasks.inspect_err(|error| {
            debug!(backup_id = self.backup_id, %error, "the tasks of the restore cannot be read");
        })?;
        let of_backup = |task: &Task| task.backup_id.as_deref() == Some(&*self.backup_id);
        Ok(tasks.into_iter().filter(of_backup).collect())
    }
}

/// Returns the target server and the complete mapping of the backups of disks to disks.
///
/// # Errors
/// [`MappingError`] names the disk backup at fault.
pub fn vault_mapping(
    backup: &Backup,
    server_id: Option<&str>,
    volumes: &[VolumeMapping],
) -> Result<(String, Vec<VolumeMapping>), MappingError> {
    let disks: Vec<_> = backup
        .children
        .iter()
        .map(|child| DiskBackup {
            id: Some(&child.id),
            disk: child.resource_id.as_deref(),
        })
        .collect();
    map_disks(backup.resource_id.as_deref(), &disks, server_id, volumes)
}
