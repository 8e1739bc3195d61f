//! The checks of Cloud Backup and Recovery that a run makes, with one server of one vault.

use std::time::Duration;

use jiff::Timestamp;
use otc_client::cbr::{
    Backup, BackupFilter, BackupStatus, CheckpointRequest, Client, TaskFilter, TaskStatus, Vault, VaultStatus,
    parse_time,
};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    Prefix,
    report::{Finding, Outcome},
};

/// Time between two reads.
const INTERVAL: Duration = Duration::from_secs(2);

/// Time until a new backup must be listed.
const LISTED_WITHIN: Duration = Duration::from_secs(60);

/// Longest time to wait until the backup is available, or gone.
const ENDED_WITHIN: Duration = Duration::from_secs(4 * 3600);

/// Greatest difference between the service's clock and ours.
const CLOCK_TOLERANCE_SECONDS: i64 = 300;

/// Assumptions that no run tries, with the reason.
const NOT_TRIED: [(&str, &str); 7] = [
    ("A47", "the backup of a server in no vault may back up other servers"),
    ("A48", "the backup of an unknown server may back up other servers"),
    ("A51", "an empty list of servers may back up the whole vault"),
    ("A63", "a restore overwrites disks"),
    ("A65", "a vault would have to be filled"),
    ("A67", "the lock of a vault cannot be removed"),
    ("A70", "the move of a project happens once"),
];

/// Tries the assumptions with one server of one vault. What it creates carries the prefix; the caller deletes it.
pub async fn run_vault_checks(
    client: &Client,
    prefix: &Prefix,
    vault_id: &str,
    server_id: &str,
    cancel: &CancellationToken,
) -> Vec<Finding> {
    let mut run = Run {
        client,
        prefix,
        vault_id,
        server_id,
        cancel,
        findings: Vec::new(),
    };
    run.policies().await;
    if let Some(before) = run.vault().await
        && let Some(backup) = run.create_backup().await
    {
        run.children(&backup).await;
        run.sizes(&before).await;
        run.task(&backup).await;
        run.deletion(&backup).await;
    }
    let reasons = NOT_TRIED.into_iter();
    run.findings.extend(reasons.map(|(number, reason)| Finding {
        number,
        outcome: Outcome::NotTried(reason.to_owned()),
    }));
    run.findings
}

/// A run and what it has found so far.
struct Run<'a> {
    client: &'a Client,
    prefix: &'a Prefix,
    vault_id: &'a str,
    server_id: &'a str,
    cancel: &'a CancellationToken,
    findings: Vec<Finding>,
}

impl Run<'_> {
    /// Records whether the assumption held, with what was seen in either case.
    fn expect(&mut self, number: &'static str, held: bool, seen: impl Into<String>) {
        let outcome = if held { Outcome::Held } else { Outcome::Differs };
        self.add(number, outcome(seen.into()));
    }

    fn not_tried(&mut self, number: &'static str, reason: impl Into<String>) {
        self.add(number, Outcome::NotTried(reason.into()));
    }

    fn add(&mut self, number: &'static str, outcome: Outcome) {
        self.findings.push(Finding { number, outcome });
    }

    /// Reads the vault; `None` if the server is not in it, or if it takes no backups now.
    async fn vault(&mut self) -> Option<Vault> {
        match self.client.get_vault(self.vault_id).await {
            Ok(vault) if vault.resource(self.server_id).is_none() => {
                self.not_tried("A57", "the server is not in the vault");
                None
            }
            Ok(vault) if vault.status != VaultStatus::Available || vault.is_full() => {
                self.not_tried("A57", format!("the vault is full, or {}", vault.status));
                None
            }
            Ok(vault) => Some(vault),
            Err(error) => {
                self.not_tried("A57", format!("the vault cannot be read: {error}"));
                None
            }
        }
    }

    /// Lists the policies of the vault. Whether all of them are in the list, a person has to compare.
    async fn policies(&mut self) {
        match self.client.vault_policy_ids(self.vault_id).await {
            Ok(ids) => self.expect("A73", true, format!("policies of the vault: {}", ids.join(", "))),
            Err(error) => self.expect("A73", error.status() == Some(403), error.to_string()),
        }
    }

    fn request(&self, suffix: &str) -> CheckpointRequest {
        CheckpointRequest {
            vault_id: self.vault_id.to_owned(),
            resource_id: self.server_id.to_owned(),
            name: Some(self.prefix.name(suffix)),
            ..CheckpointRequest::default()
        }
    }

    /// Creates the backup that the other checks use; `None` if it is not available in the end.
    async fn create_backup(&mut self) -> Option<Backup> {
        let sent_at = self.client.session().clock().now();
        let began = Instant::now();
        let checkpoint = match self.client.create_checkpoint(&self.request("first")).await {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                self.not_tried("A57", format!("the request failed: {error}"));
                return None;
            }
        };
        if let Some(skipped) = checkpoint.skipped(self.server_id) {
            self.not_tried("A57", format!("the server was skipped: {:?}", skipped.code));
            return None;
        }
        self.second_request().await;
        let listed = self.wait_until_listed(&checkpoint.id, began).await?;
        let available = self.wait_until_available(&listed.id, began).await?;
        self.times(&available, sent_at);
        match self.client.get_checkpoint(&checkpoint.id).await {
            Ok(checkpoint) => self.expect("A56", true, format!("the checkpoint is {}", checkpoint.status)),
            Err(error) => self.expect("A56", false, error.to_string()),
        }
        Some(available)
    }

    async fn second_request(&mut self) {
        match self.client.create_checkpoint(&self.request("second")).await {
            Ok(checkpoint) => match checkpoint.skipped(self.server_id) {
                Some(skipped) => {
                    let seen = format!("200, and the server was skipped: {:?}", skipped.code);
                    self.expect("A49", false, seen.clone());
                    self.expect("A50", true, seen);
                }
                None => self.expect("A49", false, "a second request was accepted while the first one ran"),
            },
            Err(error) => self.expect("A49", error.is_busy(), format!("a second request: {error}")),
        }
    }

    async fn wait_until_listed(&mut self, checkpoint_id: &str, began: Instant) -> Option<Backup> {
        let filter = BackupFilter {
            checkpoint_id: Some(checkpoint_id.to_owned()),
            resource_id: Some(self.server_id.to_owned()),
            ..BackupFilter::default()
        };
        while began.elapsed() < 10 * LISTED_WITHIN && !self.cancel.is_cancelled() {
            if let Ok(backups) = self.client.list_backups(&filter).await
                && let Some(backup) = backups.into_iter().next()
            {
                let after = began.elapsed();
                self.expect(
                    "A57",
                    after <= LISTED_WITHIN,
                    format!("listed after {} s", after.as_secs()),
                );
                return Some(backup);
            }
            sleep(INTERVAL).await;
        }
        self.expect("A57", false, "not listed within ten minutes");
        None
    }

    async fn wait_until_available(&mut self, id: &str, began: Instant) -> Option<Backup> {
        let mut statuses: Vec<BackupStatus> = Vec::new();
        while began.elapsed() < ENDED_WITHIN && !self.cancel.is_cancelled() {
            if let Ok(backup) = self.client.get_backup(id).await {
                if statuses.last() != Some(&backup.status) {
                    statuses.push(backup.status.clone());
                }
                match &backup.status {
                    BackupStatus::Available => {
                        let statuses: Vec<_> = statuses.iter().map(BackupStatus::as_str).collect();
                        let (seconds, statuses) = (began.elapsed().as_secs(), statuses.join(", "));
                        self.expect("A72", true, format!("available after {seconds} s ({statuses})"));
                        return Some(backup);
                    }
                    BackupStatus::Error => break,
                    _ => {}
                }
            }
            sleep(INTERVAL).await;
        }
        self.not_tried("A72", "the backup did not become available");
        None
    }

    fn times(&mut self, backup: &Backup, sent_at: Timestamp) {
        let time = |text: &Option<String>| text.as_deref().and_then(parse_time);
        let created = time(&backup.created_at);
        let is_near = created.is_some_and(|at| at.duration_since(sent_at).as_secs().abs() <= CLOCK_TOLERANCE_SECONDS);
        let is_later = time(&backup.protected_at) >= created;
        self.expect(
            "A62",
            is_near && is_later && backup.expired_at.is_none(),
            format!(
                "the request was sent at {sent_at}; created_at {:?}, protected_at {:?}, expired_at {:?}",
                backup.created_at, backup.protected_at, backup.expired_at
            ),
        );
    }

    /// Looks for the backups of disks, in a list and by their ID.
    async fn children(&mut self, backup: &Backup) {
        let Some(child) = backup.children.first() else {
            return self.expect("A54", false, "the backup has no backups of disks");
        };
        let filter = BackupFilter {
            vault_id: Some(self.vault_id.to_owned()),
            include_children: true,
            ..BackupFilter::default()
        };
        match self.client.list_backups(&filter).await {
            Ok(rows) => {
                let listed = rows.iter().any(Backup::is_child);
                self.expect("A54", !listed, format!("backups of disks are rows of lists: {listed}"));
            }
            Err(error) => self.not_tried("A54", error.to_string()),
        }
        match self.client.get_backup(&child.id).await {
            Ok(read) => self.expect("A54", read.is_child(), "a backup of a disk can be read by its ID"),
            Err(error) => self.expect("A54", false, error.to_string()),
        }
    }

    /// Compares the growth of the vault with that of its server.
    async fn sizes(&mut self, before: &Vault) {
        let after = match self.client.get_vault(self.vault_id).await {
            Ok(after) => after,
            Err(error) => return self.not_tried("A61", error.to_string()),
        };
        let size = |vault: &Vault| vault.resource(self.server_id).and_then(|server| server.backup_size);
        let of_server = size(&after).zip(size(before)).map(|(after, before)| after - before);
        let of_vault = after.used_mb.zip(before.used_mb).map(|(after, before)| after - before);
        self.expect(
            "A61",
            of_server.is_some() && of_server == of_vault,
            format!("backup_size grew by {of_server:?}, and billing.used by {of_vault:?}"),
        );
    }

    async fn task(&mut self, backup: &Backup) {
        let filter = TaskFilter {
            operation_type: Some("backup".to_owned()),
            resource_id: Some(self.server_id.to_owned()),
            checkpoint_id: backup.checkpoint_id.clone(),
            ..TaskFilter::default()
        };
        match self.client.list_tasks(&filter).await {
            Ok(tasks) => {
                let seen: Vec<_> = tasks
                    .iter()
                    .map(|task| format!("{} with progress {:?}", task.status, task.progress))
                    .collect();
                let held = tasks.len() == 1 && tasks.iter().all(|task| task.status == TaskStatus::Success);
                self.expect("A68", held, format!("tasks of the backup: {}", seen.join(", ")));
            }
            Err(error) => self.expect("A68", false, error.to_string()),
        }
    }

    async fn deletion(&mut self, backup: &Backup) {
        let began = Instant::now();
        if let Err(error) = self.client.delete_backup(&backup.id).await {
            return self.expect("A58", false, error.to_string());
        }
        match self.client.delete_backup(&backup.id).await {
            Ok(()) => self.expect("A58", true, "a repeated deletion is accepted"),
            Err(error) => self.expect("A58", error.is_gone(), format!("a repeated deletion: {error}")),
        }
        while began.elapsed() < ENDED_WITHIN && !self.cancel.is_cancelled() {
            if let Err(error) = self.client.get_backup(&backup.id).await {
                if error.is_gone() {
                    let seconds = began.elapsed().as_secs();
                    self.expect("A71", true, format!("gone after {seconds} s: {error}"));
                    return self.checkpoint_of_deleted(backup).await;
                }
                if error.is_unconfirmed_not_found() {
                    return self.expect("A71", false, format!("a 404 that is not the service's own: {error}"));
                }
            }
            sleep(INTERVAL).await;
        }
        self.expect("A71", false, "the backup was not gone in time");
    }

    async fn checkpoint_of_deleted(&mut self, backup: &Backup) {
        let id = backup.checkpoint_id.clone().unwrap_or_default();
        match self.client.get_checkpoint(&id).await {
            Ok(checkpoint) => self.expect(
                "A55",
                false,
                format!("the checkpoint stays, with the status {}", checkpoint.status),
            ),
            Err(error) => self.expect("A55", error.is_gone(), error.to_string()),
        }
    }
}
