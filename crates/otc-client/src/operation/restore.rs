//! Restores a server's disks from a backup, and waits for its end.

mod mapping;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{pin, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::csbs::{
    ApiError, Capability, CheckpointItem, ItemKey, Lookup, RestorableCheck, RestoreRequest, Server, Status,
    VolumeMapping,
    wait::{Expect, Gone, Observed, WaitError, until},
};

use super::{OperationContext, until_stopped};

pub use mapping::{MappingError, mapping};

/// How long a stop waits for the answer to the request.
const LAST_ANSWER: Duration = Duration::from_millis(1500);

/// For how long a restore that was asked for may show no sign.
const QUIET: Duration = Duration::from_secs(120);

/// What is to be restored.
#[derive(Debug, Clone)]
pub struct RestoreBackup {
    /// The backup (checkpoint item).
    pub item_id: String,
    /// The server to restore to; the one that was backed up when `None`.
    pub server_id: Option<String>,
    /// Which disk backup goes to which disk; the original disks when empty.
    pub volumes: Vec<VolumeMapping>,
    /// Whether the server is started afterwards.
    pub power_on: bool,
    /// How long it may take, with all waiting.
    pub timeout: Duration,
}

/// How far a restore is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestoreProgress {
    /// The service says that it can be done.
    Checked {
        /// The target server.
        server_id: String,
        /// How many disks are written.
        disks: usize,
    },
    /// The service has accepted it.
    Started {
        /// The restore's ID, where it was told.
        restore_id: Option<String>,
    },
    /// It goes on.
    Running {
        /// Status of the backup.
        status: Status,
        /// Percent, where it is known.
        percent: Option<i64>,
    },
}

/// Why a restore did not come to its end, as far as is known.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RestoreError {
    /// A call failed; nothing was restored.
    #[error(transparent)]
    Api(ApiError),
    /// There is no such backup.
    #[error("there is no such backup")]
    NotFound,
    /// The backup cannot be restored from in its status.
    #[error("the backup is {:?}", .0.status)]
    NotAvailable(Box<CheckpointItem>),
    /// The disks do not fit.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The service says that it cannot be done.
    #[error("the service refuses the restore")]
    NotRestorable(Option<Capability>),
    /// The time was over before the request was sent: the service did not answer.
    #[error("no answer within {waited:?}; nothing was restored")]
    NotStarted {
        /// How long was waited.
        waited: Duration,
    },
    /// No answer came, and no sign of a restore was seen.
    #[error("no answer came: {0}")]
    NoAnswer(ApiError),
    /// The service accepted it, and no sign of it was seen.
    #[error("no sign of the restore was seen")]
    NoSign,
    /// The restore failed.
    #[error("the restore failed")]
    Failed(Box<CheckpointItem>),
    /// The backup was deleted meanwhile.
    #[error("the backup is gone")]
    Gone,
    /// The time is over; the restore goes on.
    #[error("it was not done after {waited:?}")]
    TimedOut {
        /// How long was waited.
        waited: Duration,
        /// Status at the last look.
        last: Option<Status>,
    },
    /// Looking at it failed; the restore goes on.
    #[error("the restore cannot be followed: {0}")]
    Lost(ApiError),
    /// A stop was asked for.
    #[error("stopped")]
    Stopped {
        /// Whether the restore goes on in the cloud; `None` when that is not known.
        started: Option<bool>,
    },
}

/// Told how far it is.
pub type OnRestore<'a> = &'a (dyn Fn(RestoreProgress) + Send + Sync);

impl RestoreBackup {
    /// Restores and waits for the end. The request is sent once, whatever happens.
    ///
    /// # Errors
    /// [`RestoreError`]; a stop ends it within two seconds, and the restore goes on.
    pub async fn run(
        &self,
        service: &OperationContext,
        cancel: &CancellationToken,
        tell: OnRestore<'_>,
    ) -> Result<(), RestoreError> {
        let begun = Instant::now();
        let not_started = |_| RestoreError::Stopped { started: Some(false) };
        let preparing = tokio::time::timeout(self.timeout, self.prepare(service, tell));
        let (before, request) = until_stopped(cancel, preparing)
            .await
            .map_err(not_started)?
            .map_err(|_| RestoreError::NotStarted { waited: self.timeout })??;
        let unanswered = self.send(service, cancel, &request, tell).await?;
        let left = self.timeout.saturating_sub(begun.elapsed());
        self.follow(service, cancel, &before, unanswered, left, tell).await
    }

    /// Looks at the backup and asks whether it can be done.
    async fn prepare(
        &self,
        service: &OperationContext,
        tell: OnRestore<'_>,
    ) -> Result<(CheckpointItem, RestoreRequest), RestoreError> {
        let item = self.look(service, Instant::now()).await.map_err(RestoreError::Api)?;
        let item = item.ok_or(RestoreError::NotFound)?;
        // The mapping needs the disks, which a list may leave out.
        let item = service.client.complete_checkpoint_item(item).await;
        let item = item.map_err(RestoreError::Api)?;
        let after_failed_restore = item.status == Status::Error
            && item.extend_info.as_ref().and_then(|info| info.fail_op.as_deref()) == Some("restore");
        if item.status != Status::Available && !after_failed_restore {
            return Err(RestoreError::NotAvailable(Box::new(item)));
        }
        let (server_id, volumes) = mapping(&item, self.server_id.as_deref(), &self.volumes)?;
        let check = RestorableCheck {
            checkpoint_item_id: self.item_id.clone(),
            target: Server::new(server_id.clone()),
            volumes: volumes.clone(),
        };
        let answers = service.client.check_restorable(&[check]).await;
        let answers = answers.map_err(RestoreError::Api)?;
        match answers.into_iter().next() {
            Some(answer) if answer.result => {}
            refused => return Err(RestoreError::NotRestorable(refused)),
        }
        tell(RestoreProgress::Checked {
            server_id: server_id.clone(),
            disks: volumes.len(),
        });
        let request = RestoreRequest {
            checkpoint_id: item.checkpoint_id.clone().unwrap_or_default(),
            checkpoint_item_id: self.item_id.clone(),
            server_id,
            volumes,
            power_on: self.power_on,
            restore_target: None,
        };
        Ok((item, request))
    }

    /// Sends the request; the failure when it is not known whether the service took it.
    async fn send(
        &self,
        service: &OperationContext,
        cancel: &CancellationToken,
        request: &RestoreRequest,
        tell: OnRestore<'_>,
    ) -> Result<Option<ApiError>, RestoreError> {
        if cancel.is_cancelled() {
            return Err(RestoreError::Stopped { started: Some(false) });
        }
        let sending = service.client.restore(request);
        pin!(sending);
        let answer = match until_stopped(cancel, &mut sending).await {
            Ok(answer) => answer,
            Err(_) => {
                let started = match tokio::time::timeout(LAST_ANSWER, &mut sending).await {
                    Ok(Ok(_)) => Some(true),
                    Ok(Err(error)) if !error.may_have_taken_effect() => Some(false),
                    _ => None,
                };
                return Err(RestoreError::Stopped { started });
            }
        };
        match answer {
            Ok(restore) => {
                tell(RestoreProgress::Started { restore_id: restore.id });
                Ok(None)
            }
            Err(error) if error.may_have_taken_effect() => Ok(Some(error)),
            Err(error) => Err(RestoreError::Api(error)),
        }
    }

    /// Looks until the backup is available again. It is so also before the restore begins: a restore counts as done only when
    /// some sign of it was seen.
    async fn follow(
        &self,
        service: &OperationContext,
        cancel: &CancellationToken,
        before: &CheckpointItem,
        unanswered: Option<ApiError>,
        timeout: Duration,
        tell: OnRestore<'_>,
    ) -> Result<(), RestoreError> {
        #[derive(Default)]
        struct Seen {
            sign: bool,
            told: Option<(Status, Option<i64>)>,
        }
        let seen = Mutex::new(Seen::default());
        let with = |change: &mut dyn FnMut(&mut Seen)| change(&mut seen.lock().unwrap_or_else(PoisonError::into_inner));
        let begun = Instant::now();
        let expect = Expect {
            pending: &[Status::WaitingRestore, Status::Restoring],
            target: &[Status::Available],
            gone: Gone::Failure,
        };
        let look = |at: Instant| {
            let (with, tell) = (&with, &tell);
            async move {
                let Some(item) = self.look(service, at).await? else {
                    return Ok(Observed::Gone);
                };
                let mut quiet = false;
                with(&mut |seen| {
                    seen.sign |= item.status.is_working() || item.updated_at != before.updated_at;
                    quiet = !seen.sign && begun.elapsed() < QUIET;
                    let percent = item.extend_info.as_ref().and_then(|info| info.progress);
                    let now = (item.status.clone(), percent);
                    if item.status.is_working() && seen.told.as_ref() != Some(&now) {
                        tell(RestoreProgress::Running {
                            status: now.0.clone(),
                            percent,
                        });
                        seen.told = Some(now);
                    }
                });
                let status = if quiet {
                    Status::WaitingRestore
                } else {
                    item.status.clone()
                };
                Ok(Observed::Present(status, item))
            }
        };
        let result = until(&service.inventory.schedule(), timeout, cancel, &expect, look).await;
        let mut sign = false;
        with(&mut |seen| sign = seen.sign);
        match result {
            // That looks failed says nothing of the restore.
            Err(WaitError::Api(error)) if unanswered.is_none() => Err(RestoreError::Lost(error)),
            Err(WaitError::TimedOut {
                last_error: Some(error),
                ..
            }) if !sign && unanswered.is_none() => Err(RestoreError::Lost(error)),
            _ if !sign && !matches!(result, Err(WaitError::Cancelled { .. } | WaitError::Gone)) => {
                Err(unanswered.map_or(RestoreError::NoSign, RestoreError::NoAnswer))
            }
            Ok(_) => Ok(()),
            Err(WaitError::Cancelled { .. }) => Err(RestoreError::Stopped {
                started: (unanswered.is_none() || sign).then_some(true),
            }),
            Err(WaitError::Gone) => Err(RestoreError::Gone),
            Err(WaitError::Unexpected { value, .. }) => Err(RestoreError::Failed(Box::new(value))),
            Err(WaitError::Api(error)) => Err(RestoreError::Lost(error)),
            Err(WaitError::TimedOut { last, .. }) => Err(RestoreError::TimedOut {
                waited: self.timeout,
                last,
            }),
        }
    }

    async fn look(&self, service: &OperationContext, at: Instant) -> Result<Option<CheckpointItem>, ApiError> {
        let look = service.inventory.look(ItemKey::Item(self.item_id.clone()), at).await?;
        Ok(match look {
            Lookup::Found(items) => items.into_iter().next(),
            Lookup::Absent => None,
        })
    }
}
