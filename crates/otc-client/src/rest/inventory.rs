//! Reads of backups that concurrent operations share.

mod confirm;
mod listed;
mod lookup;
mod reader;
mod snapshot;

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{ApiError, client::Client};
use lookup::Proof;
use reader::Reader;

pub use listed::Listed;
pub use lookup::{ItemKey, Lookup};

/// A shared view of the project's backups. Clones share it.
///
/// # Freshness
/// - An answer was read by a request that was sent at `not_older_than` or later.
/// - What was read before the end of a call of this client that changes the item (or its checkpoint) is not used after that call
///   has begun.
/// - "Absent" is never concluded from a list alone: a single read for this key, sent after the look began, has said so. If that
///   read was answered with a 404 that is not the service's own, the list is read to its end as well. An item that the list shows
///   is not absent, and the 404 is the look's error. All such keys of one moment share that reading of the list.
/// - An item can come from a list, which may leave out parts of it, such as its disks. The caller reads them where they are
///   needed.
/// - A checkpoint's items are taken from a list only if the list certainly has all of them: it was read to its end, or on to items
///   that are at least a minute older.
///
/// # Cost
/// Looks that begin while others are under way are answered together. Up to three different keys cost one small request each.
/// If four or more were looked at lately (at once, one after the other within 2 s, or within the time that the answer may be old),
/// pages of 1000 items are read, newest first, and answer every look that they can, later ones too. A batch reads at most one
/// page, and one more for four looks, so it costs at most one request and a quarter more than single reads, however large the
/// project is. A thousand looks in a project of a thousand items cost two requests, and a single operation that polls costs one
/// small request each time.
/// Pages are kept as text, about as long as the service sent it, until newer pages replace them.
#[derive(Clone)]
pub struct Inventory<T: Listed> {
    shared: Arc<Shared<T>>,
}

/// The greatest age of an answer for a refresh.
const REFRESH: Duration = Duration::from_secs(30);

struct Shared<T: Listed> {
    created: Instant,
    reader: Reader<T>,
}

impl<T: Listed> Inventory<T> {
    /// An inventory whose calls go through `client`.
    pub fn new(client: Client<T::Api>) -> Self {
        Self {
            shared: Arc::new(Shared {
                created: Instant::now(),
                reader: Reader::new(client),
            }),
        }
    }

    /// The client that the calls go through.
    pub(crate) fn client(&self) -> &Client<T::Api> {
        self.shared.reader.client()
    }

    /// Number of items in the pages that are kept.
    #[cfg(test)]
    pub(crate) fn item_count(&self) -> usize {
        self.shared.reader.item_count()
    }

    /// The greatest age of an answer for a refresh: that of this inventory, which is created when Terraform configures the provider
    /// at the beginning of a plan, but at most half a minute.
    pub fn refresh_from(&self) -> Instant {
        let lately = Instant::now().checked_sub(REFRESH);
        lately.map_or(self.shared.created, |lately| lately.max(self.shared.created))
    }

    /// The backup or the checkpoint's backups as the service had them at `not_older_than` or later.
    ///
    /// # Errors
    /// Any [`ApiError`] but [`ApiError::is_gone`], which is [`Lookup::Absent`]; also a 404 that no list confirms.
    pub async fn look(&self, key: ItemKey, not_older_than: Instant) -> Result<Lookup<T>, ApiError> {
        self.shared.reader.look(key, not_older_than, Proof::Any).await
    }

    /// As [`Inventory::look`], for a backup that is being deleted: only the service's own answer about the backup counts as
    /// [`Lookup::Absent`], because a list may hide backups that are being deleted.
    ///
    /// # Errors
    /// As [`Inventory::look`]; any 404 that is not [`ApiError::is_gone`].
    pub async fn look_at_item(&self, item_id: &str, not_older_than: Instant) -> Result<Lookup<T>, ApiError> {
        let key = ItemKey::Item(item_id.to_owned());
        self.shared.reader.look(key, not_older_than, Proof::OwnAnswer).await
    }

    /// Returns whether pages of the list that were read at `since` or later have not shown the backup. Looks at it then cost a
    /// request each.
    pub fn was_left_out(&self, item_id: &str, since: Instant) -> bool {
        self.shared.reader.was_left_out(item_id, since)
    }
}
