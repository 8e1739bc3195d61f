//! Looks at single keys.

use super::Listed;
use crate::rest::{ApiError, client::Client};

/// The key of a look.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ItemKey {
    /// The backup with this ID.
    Item(String),
    /// All backups of the checkpoint with this ID.
    Checkpoint(String),
}

/// The result of a look.
#[derive(Debug, Clone, PartialEq)]
pub enum Lookup<T> {
    /// The backup, or the backups of the checkpoint; never empty.
    Found(Vec<T>),
    /// It does not exist. The service itself said so about this key, or answered 404 without saying so and does not list it
    /// either.
    Absent,
}

/// The proof that a backup is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Proof {
    /// The service's own answer, or a 404 that a list confirms.
    Any,
    /// The service's own answer: a list may hide backups that are being deleted.
    OwnAnswer,
}

/// Sends a request for this key alone. A 404 that is not the service's own is an error.
pub(crate) async fn single<T: Listed>(client: &Client<T::Api>, key: &ItemKey) -> Result<Lookup<T>, ApiError> {
    let found = match key {
        ItemKey::Item(id) => T::read(client, id).await.map(|item| vec![item]),
        ItemKey::Checkpoint(id) => T::of_checkpoint(client, id).await.map(|mut items| {
            // The service may ignore the filter.
            items.retain(|item| item.checkpoint_id() == Some(id));
            items
        }),
    };
    match found {
        Ok(items) if items.is_empty() => Ok(Lookup::Absent),
        Ok(items) => Ok(Lookup::Found(items)),
        Err(error) if error.is_gone() => Ok(Lookup::Absent),
        Err(error) => Err(error),
    }
}
