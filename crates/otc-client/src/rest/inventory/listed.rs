//! The backups that an inventory lists.

use serde::de::DeserializeOwned;

use crate::rest::{
    ApiError,
    client::{Api, Client},
    page::List,
    path::Path,
};

/// A backup of a service, which an [`super::Inventory`] reads by its ID, by its checkpoint or in a list.
pub trait Listed: DeserializeOwned + Clone + Send + Sync + 'static {
    /// The API that has it.
    type Api: Api;

    /// The list of all backups.
    #[doc(hidden)]
    const LIST: List;

    /// The path of the whole list, newest backups first.
    #[doc(hidden)]
    fn newest_first() -> Path;

    /// The checkpoint that it belongs to.
    fn checkpoint_id(&self) -> Option<&str>;

    /// Reads the backup with this ID.
    fn read(client: &Client<Self::Api>, id: &str) -> impl Future<Output = Result<Self, ApiError>> + Send;

    /// Lists the backups of a checkpoint. The service may ignore the filter.
    fn of_checkpoint(
        client: &Client<Self::Api>,
        checkpoint_id: &str,
    ) -> impl Future<Output = Result<Vec<Self>, ApiError>> + Send;
}
