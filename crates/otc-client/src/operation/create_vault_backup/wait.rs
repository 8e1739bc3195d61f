//! Waits until a backup that the service has accepted is available.

use std::{sync::OnceLock, time::Duration};

use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{Level, debug, enabled, info};

use crate::{
    cbr::{ApiError, Backup, ItemKey, Lookup, Task},
    operation::{
        OperationContext,
        backup_status::{NotAvailable, is_permanent, judge},
        shared_tasks::BackupTask,
        timing::{LAST_LOOK, NEW_BACKUP_LISTED_WITHIN, SAME_MOMENT, UNKNOWN_STATUS_LOOKS},
        until_stopped,
        wait::{Look, Tolerance, Verdict, Wait, WaitError},
    },
};

use super::types::{CreateVaultBackupError, VaultBackupProgress, VaultStep};

/// A wait for one backup.
pub(super) struct VaultBackupWait<'a> {
    pub context: &'a OperationContext,
    pub cancel: &'a CancellationToken,
    /// The server, which distinguishes our backup from others of the checkpoint.
    pub server_id: &'a str,
    /// The backup's ID, when the service has shown it in an earlier run.
    pub backup_id: Option<&'a str>,
    /// When the operation began.
    pub begin: Instant,
    /// When it has to end.
    pub deadline: Instant,
    /// How long an unknown status is tolerated; as long as any unfinished one when `None`.
    pub unknown_status_limit: Option<Duration>,
    /// Whether the task is read for its percentage, also when no log shows it.
    pub reads_percentage: bool,
    /// Called when the backup's status or percentage has changed, and when the service shows it for the first time.
    pub on_progress: &'a (dyn Fn(&VaultBackupProgress) + Send + Sync),
}

impl VaultBackupWait<'_> {
    /// Waits through every status of a backup that is being made. After a failure, `progress` has the task with its reason.
    pub(super) async fn until_available(
        &self,
        progress: &mut VaultBackupProgress,
    ) -> Result<(), CreateVaultBackupError> {
        let result = self.run(progress).await;
        if let (Err(CreateVaultBackupError::Failed), Some(backup)) = (&result, &progress.backup)
            && let Some(task) = self.task(backup)
        {
            let reason = timeout(LAST_LOOK, self.context.tasks.reason(task));
            if let Ok(Ok(task)) = until_stopped(self.cancel, reason).await {
                progress.task = task;
            }
        }
        // A later refresh by this process may use what was read for others meanwhile, but nothing older than what is known here.
        let ids = [
            progress.backup.as_ref().map(|backup| &backup.id),
            progress.checkpoint_id.as_ref(),
        ];
        let ids: Vec<_> = ids.into_iter().flatten().cloned().collect();
        self.context.cbr.invalidate(&ids);
        result
    }

    async fn run(&self, progress: &mut VaultBackupProgress) -> Result<(), CreateVaultBackupError> {
        let accepted = Instant::now();
        let mut unknown = self
            .unknown_status_limit
            .map(|limit| Tolerance::of(limit).and_looks(UNKNOWN_STATUS_LOOKS));
        let mut failure = None;
        let known = progress.backup.as_ref();
        let known = known.map_or(Verdict::Continue, |backup| {
            judge(&backup.status, &mut unknown, accepted).map_err(CreateVaultBackupError::from)
        });
        let waited = match known {
            Verdict::Done(()) => Ok(()),
            Verdict::Fail(error) => Err(WaitError::Failed(error)),
            _ if accepted >= self.deadline => Err(WaitError::TimedOut),
            _ => {
                // The backup is looked at by its ID as soon as that is known.
                let shown_id = OnceLock::new();
                let backup = progress.backup.as_ref();
                if let Some(id) = backup.map(|backup| backup.id.as_str()).or(self.backup_id) {
                    let _ = shown_id.set(id.to_owned());
                }
                let checkpoint_id = progress.checkpoint_id.clone();
                let pace = |now| self.context.schedule.next(accepted, now);
                let look = |look: Look| self.look(shown_id.get(), checkpoint_id.as_ref(), accepted, look.began);
                let verdict = |look: Look, seen: Result<Option<(Backup, Option<Task>)>, ApiError>| match seen {
                    Ok(Some((backup, task))) => {
                        failure = None;
                        let verdict =
                            judge(&backup.status, &mut unknown, look.began).map_err(CreateVaultBackupError::from);
                        let _ = shown_id.set(backup.id.clone());
                        if note(progress, backup, task) {
                            (self.on_progress)(progress);
                        }
                        verdict
                    }
                    Ok(None) if shown_id.get().is_some() => Verdict::Fail(CreateVaultBackupError::Removed),
                    Ok(None) if accepted.elapsed() >= NEW_BACKUP_LISTED_WITHIN => {
                        Verdict::Fail(CreateVaultBackupError::NotShown {
                            waited: accepted.elapsed(),
                        })
                    }
                    Ok(None) => {
                        failure = None;
                        Verdict::Continue
                    }
                    Err(source) if is_permanent(&source) => Verdict::Fail(CreateVaultBackupError::Api {
                        step: VaultStep::Wait,
                        source,
                    }),
                    Err(source) => {
                        debug!(checkpoint_id, %source, "looking at the backup failed; trying again");
                        failure = Some(source);
                        Verdict::Continue
                    }
                };
                Wait::until(self.deadline)
                    .or_stopped(self.cancel)
                    .run(pace, look, verdict)
                    .await
            }
        };
        match waited {
            Ok(()) => {
                let backup_id = progress.backup.as_ref().map(|backup| backup.id.as_str());
                info!(backup_id, took = ?self.begin.elapsed(), "the backup is available");
                Ok(())
            }
            Err(WaitError::Failed(error)) => Err(error),
            Err(WaitError::Stopped) => Err(CreateVaultBackupError::Stopped),
            Err(WaitError::TimedOut) => Err(CreateVaultBackupError::TimedOut {
                waited: self.begin.elapsed(),
                look: failure,
            }),
        }
    }

    /// Our backup of the checkpoint, and its task. All waits look at the same moments and share the answer.
    async fn look(
        &self,
        backup_id: Option<&String>,
        checkpoint_id: Option<&String>,
        accepted: Instant,
        began: Instant,
    ) -> Result<Option<(Backup, Option<Task>)>, ApiError> {
        let key = match (backup_id, checkpoint_id) {
            (Some(id), _) => ItemKey::Item(id.clone()),
            (None, Some(id)) => ItemKey::Checkpoint(id.clone()),
            (None, None) => return Ok(None),
        };
        let not_older_than = began.checked_sub(SAME_MOMENT).unwrap_or(began).max(accepted);
        let backup = match self.context.vault_backups.look(key, not_older_than).await? {
            Lookup::Found(backups) => backups.into_iter().find(|backup| {
                backup_id.is_some() || backup.resource_id.as_deref().is_none_or(|id| id == self.server_id)
            }),
            Lookup::Absent => None,
        };
        let Some(backup) = backup else { return Ok(None) };
        let task = match self.task(&backup) {
            Some(task) if self.shows_percentage() && backup.status.is_working() => {
                self.context.tasks.progress(task).await
            }
            _ => None,
        };
        Ok(Some((backup, task)))
    }

    /// Returns whether anybody sees the percentage, which only the task has.
    fn shows_percentage(&self) -> bool {
        self.reads_percentage || enabled!(Level::INFO)
    }

    /// The task of the backup.
    fn task<'b>(&'b self, backup: &'b Backup) -> Option<BackupTask<'b>> {
        Some(BackupTask {
            resource_id: self.server_id,
            checkpoint_id: backup.checkpoint_id.as_deref()?,
        })
    }
}

impl From<NotAvailable> for CreateVaultBackupError {
    fn from(reason: NotAvailable) -> Self {
        match reason {
            NotAvailable::Failed => Self::Failed,
            NotAvailable::Removed => Self::Removed,
            NotAvailable::UnknownStatus(status) => Self::UnknownStatus(status),
        }
    }
}

/// Leaves what was seen in `progress`. Returns `true` if the status or the percentage is new.
fn note(progress: &mut VaultBackupProgress, backup: Backup, task: Option<Task>) -> bool {
    let percentage = |task: &Option<Task>| task.as_ref().and_then(|task| task.progress);
    let is_news = progress
        .backup
        .as_ref()
        .is_none_or(|before| before.status != backup.status)
        || (task.is_some() && percentage(&progress.task) != percentage(&task));
    if is_news {
        info!(
            backup_id = backup.id,
            checkpoint_id = backup.checkpoint_id,
            status = backup.status.as_str(),
            percent = percentage(&task),
            "backup progress"
        );
    }
    if progress.checkpoint_id.is_none() {
        progress.checkpoint_id.clone_from(&backup.checkpoint_id);
    }
    progress.task = task;
    progress.backup = Some(backup);
    is_news
}
