//! Starts a backup: looks at the vault and the server first, then requests the checkpoint once.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, timeout, timeout_at};
use tracing::{debug, info};

use crate::{
    cbr::{ApiError, Backup, BackupStatus, Checkpoint, RefusalReason, Vault, parse_time},
    operation::{
        Backoff,
        create_backup::RECENT,
        stop::{Answered, until_answered},
        timing::{CLOCK_TOLERANCE, LAST_LOOK, PROTECT_ANSWER_AFTER_STOP},
        until_stopped,
        wait::{Look, Verdict, Wait, WaitError},
    },
};

use super::{
    VaultProblem, problem_of,
    run::Run,
    types::{CreateVaultBackupError, Refusal, VaultBackupProgress, VaultStep},
};

/// Number of times that a server may be skipped as busy while no backup of it is running. The service would skip it each time, and
/// leave a checkpoint without it.
const MAX_IDLE_SKIPS: u32 = 3;

/// The outcome of the request.
enum Answer {
    Accepted(Checkpoint),
    /// The service did not carry it out and may do so later.
    Refused(Refusal),
    /// The service may have carried it out.
    Unclear(ApiError),
    /// A stop was requested before an answer came.
    Stopped,
}

/// A sent request.
pub(super) struct SentRequest {
    /// When it was sent.
    pub at: Timestamp,
    /// IDs of the backups that the server had before.
    pub known: HashSet<String>,
}

impl Run<'_> {
    /// Leaves a checkpoint ID in `progress`, or fails with nothing made.
    pub(super) async fn start(&self, progress: &mut VaultBackupProgress) -> Result<(), CreateVaultBackupError> {
        let _lock = until_stopped(self.cancel, self.context.locks.lock(self.server_id()))
            .await
            .map_err(|_| CreateVaultBackupError::Stopped)?;
        let (mut vault, mut before) = self.look_before().await?;
        if problem_of(&vault, self.server_id()) == Some(VaultProblem::NotAssociated) {
            // It may have been associated just now, and the first answer may be an old one.
            (vault, before) = self.look_before().await?;
        }
        if problem_of(&vault, self.server_id()).is_some() {
            return Err(CreateVaultBackupError::VaultRefused(Box::new(vault)));
        }
        progress.vault = Some(vault);
        // A backup that one look has shown is not new, even if a later look leaves it out.
        let mut known = HashSet::new();
        let mut backoff = Backoff::busy();
        let mut may_send_again = true;
        let mut idle_skips = 0;
        loop {
            known.extend(before.iter().map(|backup| backup.id.clone()));
            progress.earlier = self.equal_and_recent(before);
            let sent = SentRequest {
                at: self.now(),
                known: known.clone(),
            };
            match self.request().await? {
                Answer::Accepted(checkpoint) => {
                    info!(
                        checkpoint_id = checkpoint.id,
                        server_id = self.server_id(),
                        "the backup has started"
                    );
                    self.context.locks.record_created(self.server_id(), &checkpoint.id);
                    progress.checkpoint_id = Some(checkpoint.id.clone());
                    progress.checkpoint = Some(checkpoint);
                    return Ok(());
                }
                Answer::Unclear(source) => match self.resolve(&sent, source, progress).await {
                    Err(CreateVaultBackupError::NoAnswer { look: None, .. })
                        if may_send_again && self.was_certainly_not_carried_out(&sent).await =>
                    {
                        info!(
                            server_id = self.server_id(),
                            "the service has not begun the backup; the request is sent again"
                        );
                        may_send_again = false;
                        progress.sent_twice = Some(sent.at);
                        // No list has shown a new one.
                        before = std::mem::take(&mut progress.earlier);
                    }
                    resolved => return resolved,
                },
                Answer::Stopped => return self.look_once_more(&sent, progress).await,
                Answer::Refused(last) => {
                    let skipped = match &last {
                        Refusal::Skipped(skipped) => Some(skipped.clone()),
                        Refusal::Refused(_) => None,
                    };
                    let (backups, has_run) = self.wait_for_server(last, &mut backoff).await?;
                    if let Some(skipped) = skipped.filter(|_| !has_run) {
                        idle_skips += 1;
                        if idle_skips == MAX_IDLE_SKIPS {
                            return Err(CreateVaultBackupError::Skipped(skipped));
                        }
                    }
                    before = backups;
                }
            }
        }
    }

    /// Returns whether the service has certainly not carried out a request whose backup no list shows: the tasks show none either,
    /// and there is time left.
    async fn was_certainly_not_carried_out(&self, sent: &SentRequest) -> bool {
        if self.is_over() {
            return false;
        }
        let look = timeout(LAST_LOOK, self.context.tasks.shows_no_backup(self.server_id(), sent.at));
        matches!(until_stopped(self.cancel, look).await, Ok(Ok(true)))
    }

    /// The vault, and the backups of the server.
    async fn look_before(&self) -> Result<(Vault, Vec<Backup>), CreateVaultBackupError> {
        let request = &self.job.request;
        let both = async {
            tokio::join!(
                Box::pin(self.context.vaults.read(&request.vault_id)),
                Box::pin(self.context.vault_lister.backups_of(&request.resource_id)),
            )
        };
        let (vault, before) = until_stopped(self.cancel, timeout_at(self.deadline, both))
            .await
            .map_err(|_| CreateVaultBackupError::Stopped)?
            .map_err(|_| CreateVaultBackupError::NotStarted {
                step: VaultStep::Vault,
                waited: self.begin.elapsed(),
            })?;
        let failed = |step| move |source| CreateVaultBackupError::Api { step, source };
        Ok((
            vault
                .map_err(failed(VaultStep::Vault))?
                .ok_or(CreateVaultBackupError::VaultNotFound)?,
            before.map_err(failed(VaultStep::Lookup))?,
        ))
    }

    async fn request(&self) -> Result<Answer, CreateVaultBackupError> {
        if self.cancel.is_cancelled() {
            return Err(CreateVaultBackupError::Stopped);
        }
        let request = self.context.cbr.create_checkpoint(&self.job.request);
        let answer = match until_answered(self.cancel, PROTECT_ANSWER_AFTER_STOP, request).await {
            Answered::InTime(answer) | Answered::AfterStop(Some(answer)) => answer,
            Answered::AfterStop(None) => return Ok(Answer::Stopped),
        };
        match answer {
            // An accepted request that does not back up the server is a refusal.
            Ok(checkpoint) => match checkpoint.skipped(self.server_id()) {
                None => Ok(Answer::Accepted(checkpoint)),
                Some(skipped) if skipped.is_busy() => Ok(Answer::Refused(Refusal::Skipped(skipped.clone()))),
                Some(skipped) => Err(CreateVaultBackupError::Skipped(skipped.clone())),
            },
            Err(source) if source.is_busy() || matches!(source.status(), Some(409 | 429)) => {
                Ok(Answer::Refused(Refusal::Refused(source)))
            }
            // The service may say this of a server that is being backed up.
            Err(source)
                if source.refusal_reason() == Some(RefusalReason::NothingToBackUp)
                    && self.is_being_backed_up().await =>
            {
                Ok(Answer::Refused(Refusal::Refused(source)))
            }
            Err(source) if source.may_have_taken_effect() => Ok(Answer::Unclear(source)),
            Err(source) => Err(CreateVaultBackupError::Api {
                step: VaultStep::Start,
                source,
            }),
        }
    }

    /// Returns whether a list shows a backup of the server that is running.
    async fn is_being_backed_up(&self) -> bool {
        let look = timeout(LAST_LOOK, self.context.vault_lister.backups_of(self.server_id()));
        match until_stopped(self.cancel, look).await {
            Ok(Ok(Ok(backups))) => backups.iter().any(|backup| backup.status.is_working()),
            _ => false,
        }
    }

    /// Waits after a refusal until no backup of the server is running, and returns the server's backups and whether one was running.
    /// Looking comes before sending: the backup that holds the server may have been started by an earlier run of our own.
    async fn wait_for_server(
        &self,
        last: Refusal,
        backoff: &mut Backoff,
    ) -> Result<(Vec<Backup>, bool), CreateVaultBackupError> {
        let least = match &last {
            Refusal::Refused(error) => error.retry_after().unwrap_or_default(),
            Refusal::Skipped(_) => Default::default(),
        };
        let mut running = Vec::new();
        let mut has_run = false;
        let waited = if self.is_over() {
            Err(WaitError::TimedOut)
        } else {
            let pace = |now: Instant| {
                let wait = backoff.next_wait().max(least);
                info!(server_id = self.server_id(), %last, ?wait, "the server is busy; waiting");
                now + wait
            };
            let look = |_: Look| self.context.vault_lister.backups_of(self.server_id());
            let verdict = |_: Look, seen: Result<Vec<Backup>, ApiError>| match seen {
                Ok(backups) => {
                    running = backups
                        .iter()
                        .filter(|backup| backup.status.is_working())
                        .cloned()
                        .collect();
                    has_run |= !running.is_empty();
                    if running.is_empty() && !self.is_over() {
                        Verdict::Done((backups, has_run))
                    } else {
                        Verdict::Continue
                    }
                }
                Err(error) if error.is_transient() => {
                    debug!(server_id = self.server_id(), %error, "looking at the server failed");
                    Verdict::Continue
                }
                Err(source) => Verdict::Fail(CreateVaultBackupError::Api {
                    step: VaultStep::Lookup,
                    source,
                }),
            };
            Wait::until(self.deadline)
                .or_stopped(self.cancel)
                .run(pace, look, verdict)
                .await
        };
        waited.map_err(|end| match end {
            WaitError::Failed(error) => error,
            WaitError::Stopped => CreateVaultBackupError::Stopped,
            WaitError::TimedOut => CreateVaultBackupError::Busy {
                last: Box::new(last),
                running,
                waited: self.begin.elapsed(),
            },
        })
    }

    /// The backups that an interrupted run of the same configuration may have made, newest first: recent ones with the same name
    /// and description that neither a policy nor a create of this process has made. The backup that this create replaces looks the
    /// same: Terraform does not say which one that is when it asks for the create.
    fn equal_and_recent(&self, before: Vec<Backup>) -> Vec<Backup> {
        let since = self.now().checked_sub(RECENT).unwrap_or(Timestamp::MIN);
        let mut earlier: Vec<_> = before
            .into_iter()
            .filter(|backup| self.equals_request(backup) && is_newer(backup, since) && !self.is_created_here(backup))
            .filter(|backup| !matches!(backup.status, BackupStatus::WaitingDelete | BackupStatus::Deleting))
            .collect();
        earlier.sort_by(|a, b| b.created_at.cmp(&a.created_at));
        earlier
    }

    /// Returns whether the backup has what was requested, as far as the service shows it.
    fn equals_request(&self, backup: &Backup) -> bool {
        let request = &self.job.request;
        let described = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let same_description =
            backup.description.is_none() || described(&backup.description) == described(&request.description);
        backup.name == request.name && same_description && backup.auto_trigger != Some(true) && !backup.is_child()
    }

    /// Returns whether the sent request can have made the backup.
    pub(super) fn can_be_of(&self, sent: &SentRequest, backup: &Backup) -> bool {
        let since = sent.at.checked_sub(CLOCK_TOLERANCE).unwrap_or(Timestamp::MIN);
        !sent.known.contains(&backup.id)
            && self.equals_request(backup)
            && is_newer(backup, since)
            && !self.is_created_here(backup)
    }
}

/// Returns whether the backup was created after `since`, or at a time that is not known.
fn is_newer(backup: &Backup, since: Timestamp) -> bool {
    let created = backup.created_at.as_deref().and_then(parse_time);
    created.is_none_or(|created| created.duration_since(since) > SignedDuration::ZERO)
}
