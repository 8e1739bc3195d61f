//! What carries the prefix: to list and to delete.

use std::{fmt, time::Duration};

use anyhow::{Result, bail};
use otc_client::{
    csbs::{ApiError, CheckpointItem, ItemFilter, Policy, PolicyFilter},
    operation::{OperationContext, prune_backups::delete_all},
};
use tokio_util::sync::CancellationToken;

use crate::Prefix;

/// Longest duration of all deletions: the service queues them, five at a time.
const DELETION_TIMEOUT: Duration = Duration::from_secs(45 * 60);

/// Backups and policies whose names begin with the prefix.
#[derive(Debug, Default)]
pub struct Leftovers {
    /// The backups.
    pub backups: Vec<CheckpointItem>,
    /// The policies.
    pub policies: Vec<Policy>,
}

impl Leftovers {
    /// Lists them.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn find(context: &OperationContext, prefix: &Prefix) -> Result<Self, ApiError> {
        let client = &context.client;
        let mut backups = client.list_checkpoint_items(&ItemFilter::default()).await?;
        backups.retain(|item| prefix.owns(item.name.as_deref()));
        let mut policies = client.list_policies(&PolicyFilter::default()).await?;
        policies.retain(|policy| prefix.owns(policy.name.as_deref()));
        Ok(Self { backups, policies })
    }

    /// Returns `true` if nothing carries the prefix.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.backups.is_empty() && self.policies.is_empty()
    }

    /// Deletes them, the policies first, so that none creates another backup. Continues after a failure.
    ///
    /// # Errors
    /// Every failure, in one error at the end.
    pub async fn delete(self, context: &OperationContext, cancel: &CancellationToken) -> Result<()> {
        let mut failures = Vec::new();
        for policy in self.policies {
            match context.client.delete_policy(&policy.id).await {
                Ok(()) => {}
                Err(error) if error.is_gone() => {}
                Err(error) => failures.push(format!("policy {}: {error}", policy.id)),
            }
        }
        let deletions = delete_all(context, self.backups, DELETION_TIMEOUT, cancel, &|_| {}).await;
        for (item, result) in deletions {
            if let Err(error) = result {
                failures.push(format!("backup {}: {error}", item.id));
            }
        }
        if !failures.is_empty() {
            bail!("not everything was deleted:\n{}", failures.join("\n"));
        }
        Ok(())
    }
}

impl fmt::Display for Leftovers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return formatter.write_str("Nothing carries the prefix.\n");
        }
        for item in &self.backups {
            writeln!(
                formatter,
                "backup {} (checkpoint {}): name {:?}, {}, created at {}",
                item.id,
                item.checkpoint_id.as_deref().unwrap_or("unknown"),
                item.name.as_deref().unwrap_or_default(),
                item.status,
                item.created_at.as_deref().unwrap_or("an unknown time")
            )?;
        }
        for policy in &self.policies {
            writeln!(
                formatter,
                "policy {}: name {:?}",
                policy.id,
                policy.name.as_deref().unwrap_or_default()
            )?;
        }
        Ok(())
    }
}
