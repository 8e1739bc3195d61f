//! Backups in the inventory.

use super::{ApiError, Backup, BackupFilter, Cbr, Client, backup::BACKUPS};
use crate::rest::{Listed, page::List, path::Path};

impl Listed for Backup {
    type Api = Cbr;
    const LIST: List = BACKUPS;

    fn newest_first() -> Path {
        BackupFilter {
            sort: Some("created_at:desc".to_owned()),
            ..BackupFilter::default()
        }
        .path()
    }

    fn checkpoint_id(&self) -> Option<&str> {
        self.checkpoint_id.as_deref()
    }

    async fn read(client: &Client, id: &str) -> Result<Self, ApiError> {
        client.get_backup(id).await
    }

    async fn of_checkpoint(client: &Client, checkpoint_id: &str) -> Result<Vec<Self>, ApiError> {
        let filter = BackupFilter {
            checkpoint_id: Some(checkpoint_id.to_owned()),
            ..BackupFilter::default()
        };
        client.list_backups(&filter).await
    }
}
