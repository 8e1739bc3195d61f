//! Answers the looks that wait, together.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::snapshot::Snapshot;
use super::{ItemKey, Lookup, Proof, Shared, confirm, single};
use crate::csbs::item::ITEMS;
use crate::csbs::page::PAGE;
use crate::csbs::{ApiError, Client, ItemFilter};

/// How long the first look waits for company.
const GATHER: Duration = Duration::from_millis(5);

/// What must be saved up before the first page is read: four looks.
const ENOUGH: f64 = 2.0;

/// More than this is never saved up.
const MOST: f64 = 10.0;

/// Over how long looks count as company, at least and at most; in between, for as long as the answer may be old.
const COMPANY: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));

/// How many keys are remembered as company; more change nothing.
const REMEMBERED: usize = 64;

/// A look that wants an answer younger than this is a poll: later looks will not be content with what it read.
const POLL: Duration = Duration::from_secs(5);

/// So few looks of a poll that the page did not answer are cheaper alone.
const FEW: usize = 4;

/// How often the list may be refused before it is not tried again: a role may allow single reads alone.
const REFUSALS: u32 = 2;

type Sender = oneshot::Sender<Result<Lookup, ApiError>>;

/// A look that waits.
#[derive(Debug)]
struct Waiter {
    key: ItemKey,
    not_older_than: Instant,
    proof: Proof,
    sender: Sender,
}

/// What is shared by all looks.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Someone is answering.
    pub(super) collecting: bool,
    waiting: Vec<Waiter>,
    snapshot: Option<Snapshot>,
    /// Pages that may be read.
    credit: f64,
    /// What was looked at lately, and when.
    recent: VecDeque<(Instant, ItemKey)>,
    refusals: u32,
}

impl State {
    /// The answer, if it is known already.
    pub(super) fn recall(&mut self, client: &Client, key: &ItemKey, not_older_than: Instant) -> Option<Lookup> {
        let items = self.snapshot.as_ref()?.recall(client, key, not_older_than)?;
        self.credit = (self.credit + 1.0).min(MOST);
        self.note(key);
        Some(Lookup::Found(items))
    }

    fn note(&mut self, key: &ItemKey) {
        if let Some(known) = self.recent.iter().position(|(_, recent)| recent == key) {
            self.recent.remove(known);
        } else if self.recent.len() >= REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back((Instant::now(), key.clone()));
    }

    pub(super) fn ask(&mut self, key: ItemKey, not_older_than: Instant, proof: Proof, sender: Sender) {
        self.waiting.push(Waiter {
            key,
            not_older_than,
            proof,
            sender,
        });
    }

    /// Takes what waits; ends the collecting when nothing does.
    fn take(&mut self) -> Vec<Waiter> {
        let mut waiting = std::mem::take(&mut self.waiting);
        // A look whose asker is gone needs no answer.
        waiting.retain(|waiter| !waiter.sender.is_closed());
        if waiting.is_empty() {
            self.collecting = false;
        }
        waiting
    }

    /// Answers what can be answered from the snapshot and returns the rest.
    fn settle(&mut self, client: &Client, waiting: Vec<Waiter>) -> Vec<Waiter> {
        let mut rest = Vec::new();
        for waiter in waiting {
            match self.recall(client, &waiter.key, waiter.not_older_than) {
                Some(look) => {
                    let _ = waiter.sender.send(Ok(look));
                }
                None => rest.push(waiter),
            }
        }
        rest
    }

    /// Whether pages that were read at `since` or later have not shown the item.
    pub(super) fn was_left_out(&self, item_id: &str, since: Instant) -> bool {
        let fresh = self.snapshot.as_ref().filter(|snapshot| snapshot.begun >= since);
        fresh.is_some_and(|snapshot| !snapshot.holds(item_id))
    }

    /// How many items are kept.
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.snapshot.as_ref().map_or(0, Snapshot::len)
    }

    /// Counts looks that need a request. No more is saved up than the company of the last moments is worth, so that one
    /// operation which polls alone never reads a page, however long it does so.
    fn earn(&mut self, waiting: &[Waiter]) {
        let Some(needed) = waiting.iter().map(|waiter| waiter.not_older_than).max() else {
            return;
        };
        for waiter in waiting {
            self.note(&waiter.key);
        }
        let now = Instant::now();
        let window = now.saturating_duration_since(needed).clamp(COMPANY.0, COMPANY.1);
        let company = self.recent.iter().filter(|(at, _)| now - *at <= window).count();
        let half = |looks: usize| f64::from(u32::try_from(looks).unwrap_or(u32::MAX)) / 2.0;
        self.credit = (self.credit + half(waiting.len())).min(half(company)).min(MOST);
    }

    /// Where to read the next page, if one may be read: `Some(None)` is the first of a new list.
    fn next_page(&mut self, waiting: &[Waiter]) -> Option<Option<String>> {
        let needed = waiting.iter().map(|waiter| waiter.not_older_than).max()?;
        if self.refusals >= REFUSALS {
            return None;
        }
        let usable = self.snapshot.as_ref().filter(|snapshot| snapshot.begun >= needed);
        let is_poll = Instant::now().saturating_duration_since(needed) < POLL;
        let (price, page) = match usable {
            Some(snapshot) if snapshot.complete || snapshot.is_full() || (is_poll && waiting.len() < FEW) => {
                return None;
            }
            Some(snapshot) => (1.0, snapshot.next.clone()),
            None => (ENOUGH, None),
        };
        if self.credit < price {
            return None;
        }
        self.credit -= 1.0;
        Some(page)
    }
}

/// Clears the way for the next collector, also when this one panics.
struct Running(Arc<Shared>);

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut state = self.0.state();
            state.collecting = false;
            // Their senders go with them, and the askers help themselves.
            state.waiting.clear();
        }
    }
}

/// Answers looks until none waits.
pub(super) async fn run(shared: Arc<Shared>) {
    let running = Running(Arc::clone(&shared));
    sleep(GATHER).await;
    loop {
        let waiting = shared.state().take();
        if waiting.is_empty() {
            break;
        }
        answer(&shared, waiting).await;
    }
    drop(running);
}

async fn answer(shared: &Arc<Shared>, waiting: Vec<Waiter>) {
    let client = &shared.client;
    let mut waiting = {
        let mut state = shared.state();
        let rest = state.settle(client, waiting);
        state.earn(&rest);
        rest
    };
    loop {
        let Some(marker) = shared.state().next_page(&waiting) else {
            break;
        };
        let read_at = Instant::now();
        let path = ItemFilter {
            sort: Some("created_at:desc".to_owned()),
            ..ItemFilter::default()
        }
        .path("checkpoint_items");
        match client.page(ITEMS, &path, PAGE, marker.as_deref()).await {
            Ok(page) => {
                let mut state = shared.state();
                if page.next.is_some() && page.next == marker {
                    // The service does not know where it was: reading on would repeat the page for ever.
                    state.refusals += 1;
                    state.credit = 0.0;
                    break;
                }
                state.refusals = 0;
                if marker.is_none() {
                    state.snapshot = None;
                }
                state
                    .snapshot
                    .get_or_insert_with(|| Snapshot::new(read_at))
                    .absorb(page, read_at);
                waiting = state.settle(client, waiting);
            }
            Err(error) => {
                let list_alone = match &error {
                    ApiError::Decode { .. } => true,
                    ApiError::Service(refusal) => refusal.status != 401 && !error.is_transient(),
                    _ => false,
                };
                if list_alone {
                    // The list cannot be had; single reads may be.
                    let mut state = shared.state();
                    state.refusals += 1;
                    state.credit = 0.0;
                    break;
                }
                for waiter in waiting {
                    let _ = waiter.sender.send(Err(error.clone()));
                }
                return;
            }
        }
    }
    one_by_one(client, waiting).await;
}

/// One request for each key that is left, in the order of the keys. What was answered 404 without the service's own word is
/// then looked for in the list, all of it together.
async fn one_by_one(client: &Client, waiting: Vec<Waiter>) {
    let mut by_key: BTreeMap<ItemKey, Vec<(Proof, Sender)>> = BTreeMap::new();
    for waiter in waiting {
        by_key
            .entry(waiter.key)
            .or_default()
            .push((waiter.proof, waiter.sender));
    }
    let mut reads = JoinSet::new();
    for (key, senders) in by_key {
        let client = client.clone();
        reads.spawn(async move {
            let outcome = single(&client, &key).await;
            let mut open = Vec::new();
            for (proof, sender) in senders {
                match &outcome {
                    Err(error) if proof == Proof::Any && error.is_unconfirmed_not_found() => open.push(sender),
                    outcome => {
                        let _ = sender.send(outcome.clone());
                    }
                }
            }
            (key, outcome, open)
        });
    }
    let mut open: BTreeMap<ItemKey, Vec<Sender>> = BTreeMap::new();
    let mut answers = Vec::new();
    while let Some(read) = reads.join_next().await {
        if let Ok((key, Err(error), senders)) = read
            && !senders.is_empty()
        {
            answers.push((key.clone(), error));
            open.insert(key, senders);
        }
    }
    if answers.is_empty() {
        return;
    }
    for (key, look) in confirm::absence(client, answers).await {
        for sender in open.remove(&key).unwrap_or_default() {
            let _ = sender.send(look.clone());
        }
    }
}
