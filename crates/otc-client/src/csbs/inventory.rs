//! Looks at items that many waiting operations share.

mod checks;
mod collector;
mod confirm;
mod snapshot;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{ApiError, Capability, CheckpointItem, Client, ItemFilter, Server};
use checks::Checks;
use collector::State;

/// What a look is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ItemKey {
    /// The item with this ID.
    Item(String),
    /// All items of the checkpoint with this ID.
    Checkpoint(String),
}

/// What a look saw.
#[derive(Debug, Clone, PartialEq)]
pub enum Lookup {
    /// The item, or the items of the checkpoint; never empty.
    Found(Vec<CheckpointItem>),
    /// There is none. The service said so itself about just this key, or answered 404 without saying it and does not list it
    /// either.
    Absent,
}

/// What it takes to call an item absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// The service's own word, or a 404 that a list confirms.
    Any,
    /// The service's own word: a list may hide what is being deleted.
    OwnWord,
}

/// A shared view of the project's items. Clones share it.
///
/// # How fresh an answer is
/// - It was read by a request that was sent at `not_older_than` or later: never earlier.
/// - Nothing that was read before the end of a call of this client that changes the item (or its checkpoint) is used after
///   that call has begun.
/// - "Absent" is never concluded from a list alone: a single read for just this key, sent after the look was asked for, has said
///   so. Where that read was answered 404, but not in the service's own words, the list is read to its end as well; what it
///   shows nevertheless is not absent, and the 404 is the look's error. All such keys of one moment share that reading.
/// - A checkpoint's items are taken from a list only when it is certain that the list holds all of them: the list was read to
///   its end, or on to items that are at least a minute older.
///
/// # What it costs
/// Looks that come while others are under way are answered together. One to three looks cost one small request each. From the
/// fourth look on (at once, or one after the other within 2 s, or within the time that the answer may be old), pages of 1000
/// items are read, newest first, and answer every look that they can, those that come later too. Pages are earned: each look
/// that needs a request earns half a page, each look answered from a page earns one, and never more are saved up than half of
/// the number of different things looked at lately, nor more than ten. So the requests stay below one and a half per look
/// however large the project, a thousand looks in a project of a thousand items cost two, and an operation that polls alone
/// costs one small request each time. What pages said is kept as text, about as long as the service sent it, until newer
/// pages replace it.
#[derive(Clone)]
pub struct Inventory {
    shared: Arc<Shared>,
}

/// How old an answer may be for a refresh.
const REFRESH: Duration = Duration::from_secs(30);

struct Shared {
    begun: Instant,
    client: Client,
    state: Mutex<State>,
    checks: Mutex<Checks>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn checks(&self) -> MutexGuard<'_, Checks> {
        self.checks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inventory {
    /// An empty inventory; nothing is asked yet.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self {
            shared: Arc::new(Shared {
                begun: Instant::now(),
                client,
                state: Mutex::default(),
                checks: Mutex::default(),
            }),
        }
    }

    /// The client that it asks through.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.shared.client
    }

    /// How old an answer may be for a refresh: as old as this inventory, which is made when Terraform configures the provider
    /// at the beginning of a plan, and never older than half a minute.
    #[must_use]
    pub fn refresh_from(&self) -> Instant {
        let lately = Instant::now().checked_sub(REFRESH);
        lately.map_or(self.shared.begun, |lately| lately.max(self.shared.begun))
    }

    /// The item or the checkpoint's items as the service had them at `not_older_than` or later.
    ///
    /// # Errors
    /// Any [`ApiError`] but [`ApiError::is_gone`], which is [`Lookup::Absent`]; also a 404 that no list confirms.
    pub async fn look(&self, key: ItemKey, not_older_than: Instant) -> Result<Lookup, ApiError> {
        self.look_for(key, not_older_than, Proof::Any).await
    }

    /// As [`Inventory::look`], for an item that is being deleted: only the service's own word on the item counts as
    /// [`Lookup::Absent`], because a list may hide what is being deleted.
    ///
    /// # Errors
    /// As [`Inventory::look`]; any 404 that is not [`ApiError::is_gone`].
    pub async fn look_at_item(&self, item_id: &str, not_older_than: Instant) -> Result<Lookup, ApiError> {
        let key = ItemKey::Item(item_id.to_owned());
        self.look_for(key, not_older_than, Proof::OwnWord).await
    }

    /// Whether pages of the list that were read at `since` or later have not shown the item, as far as they went: looks at it
    /// cost a request each.
    #[must_use]
    pub fn was_left_out(&self, item_id: &str, since: Instant) -> bool {
        self.shared.state().was_left_out(item_id, since)
    }

    async fn look_for(&self, key: ItemKey, not_older_than: Instant, proof: Proof) -> Result<Lookup, ApiError> {
        // A moment in the future would never be reached by what is read now.
        let not_older_than = not_older_than.min(Instant::now());
        let receiver = {
            let mut state = self.shared.state();
            if let Some(look) = state.recall(&self.shared.client, &key, not_older_than) {
                return Ok(look);
            }
            let (sender, receiver) = oneshot::channel();
            state.ask(key.clone(), not_older_than, proof, sender);
            if !state.collecting {
                state.collecting = true;
                tokio::spawn(collector::run(Arc::clone(&self.shared)));
            }
            receiver
        };
        match receiver.await {
            Ok(outcome) => outcome,
            // The collector is gone, which only a panic in it can bring about.
            Err(_) => match single(&self.shared.client, &key).await {
                Err(error) if proof == Proof::Any && error.is_unconfirmed_not_found() => {
                    let mut looks = confirm::absence(&self.shared.client, vec![(key, error)]).await;
                    looks.pop().map_or(Ok(Lookup::Absent), |(_, look)| look)
                }
                look => look,
            },
        }
    }

    /// Whether one server can be backed up; concurrent questions travel together.
    ///
    /// A server that the service's answer leaves out, even when it is asked for alone, gets `result` false without a code.
    ///
    /// # Errors
    /// Any [`ApiError`]; a refusal with 400 and a code comes as [`ApiError::Service`], for the server that it is about.
    pub async fn check_protectable(&self, server: Server) -> Result<Capability, ApiError> {
        let receiver = {
            let mut checks = self.shared.checks();
            let (sender, receiver) = oneshot::channel();
            checks.ask(server.clone(), sender);
            if !checks.collecting {
                checks.collecting = true;
                tokio::spawn(checks::run(Arc::clone(&self.shared)));
            }
            receiver
        };
        match receiver.await {
            Ok(outcome) => outcome,
            Err(_) => checks::single(&self.shared.client, &server).await,
        }
    }
}

/// Looks with a request for this key alone. A 404 that is not the service's own word is an error.
async fn single(client: &Client, key: &ItemKey) -> Result<Lookup, ApiError> {
    match key {
        ItemKey::Item(id) => match client.get_checkpoint_item(id).await {
            Ok(item) => Ok(Lookup::Found(vec![item])),
            Err(error) if error.is_gone() => Ok(Lookup::Absent),
            Err(error) => Err(error),
        },
        ItemKey::Checkpoint(id) => {
            let mut items = match client.list_checkpoint_items(&ItemFilter::of_checkpoint(id)).await {
                Ok(items) => items,
                Err(error) if error.is_gone() => return Ok(Lookup::Absent),
                Err(error) => return Err(error),
            };
            // A filter that the service does not know would answer everything.
            items.retain(|item| item.checkpoint_id.as_deref() == Some(id));
            Ok(if items.is_empty() {
                Lookup::Absent
            } else {
                Lookup::Found(items)
            })
        }
    }
}

#[cfg(test)]
mod tests;
