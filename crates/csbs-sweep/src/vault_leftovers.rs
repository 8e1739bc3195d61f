//! Backups in vaults that carry the prefix: to list and to delete.

use std::fmt;

use anyhow::{Result, bail};
use otc_client::cbr::{ApiError, Backup, BackupFilter, Client};

use crate::Prefix;

/// Backups in vaults whose names begin with the prefix.
#[derive(Debug, Default)]
pub struct VaultLeftovers {
    /// The backups.
    pub backups: Vec<Backup>,
}

impl VaultLeftovers {
    /// Lists them.
    ///
    /// # Errors
    /// Any [`ApiError`].
    pub async fn find(client: &Client, prefix: &Prefix) -> Result<Self, ApiError> {
        let mut backups = client.list_backups(&BackupFilter::default()).await?;
        backups.retain(|backup| prefix.owns(backup.name.as_deref()));
        Ok(Self { backups })
    }

    /// Returns `true` if nothing carries the prefix.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.backups.is_empty()
    }

    /// Starts their deletion. Continues after a failure.
    ///
    /// # Errors
    /// Every failure, in one error at the end.
    pub async fn delete(self, client: &Client) -> Result<()> {
        let mut failures = Vec::new();
        for backup in self.backups {
            match client.delete_backup(&backup.id).await {
                Ok(()) => {}
                Err(error) if error.is_gone() => {}
                Err(error) => failures.push(format!("backup {}: {error}", backup.id)),
            }
        }
        if !failures.is_empty() {
            bail!("not everything is being deleted:\n{}", failures.join("\n"));
        }
        Ok(())
    }
}

impl fmt::Display for VaultLeftovers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return formatter.write_str("No backup in a vault carries the prefix.\n");
        }
        for backup in &self.backups {
            writeln!(
                formatter,
                "backup {} in vault {}: name {:?}, {}, created at {}",
                backup.id,
                backup.vault_id.as_deref().unwrap_or("unknown"),
                backup.name.as_deref().unwrap_or_default(),
                backup.status,
                backup.created_at.as_deref().unwrap_or("an unknown time")
            )?;
        }
        Ok(())
    }
}
