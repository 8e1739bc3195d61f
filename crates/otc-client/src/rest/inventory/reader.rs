//! Reads what a batch of looks asks for: pages of the list for many looks, single reads for few.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{task::JoinSet, time::Instant};

use super::{
    Listed, confirm,
    lookup::{ItemKey, Lookup, Proof, single},
    snapshot::Snapshot,
};
use crate::rest::{
    ApiError,
    client::Client,
    coalescer::{Batches, Coalescer, Question, group},
    page::PAGE,
};

/// Time that the first look waits for others.
const GATHER: Duration = Duration::from_millis(5);

/// Number of keys that are read one by one. If more were looked at lately, a page is read.
const MAX_SINGLE_READS: usize = 3;

/// A batch reads one page, and one more for so many looks.
const LOOKS_PER_PAGE: usize = 4;

/// Time for which a look counts as recent, at least and at most; in between, as long as the answer may be old.
const RECENT: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));

/// Number of failed lists after which only single reads are used: a role may allow these alone.
const MAX_LIST_FAILURES: u32 = 2;

/// A look at a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Request {
    key: ItemKey,
    not_older_than: Instant,
    proof: Proof,
}

type Answer<T> = Result<Lookup<T>, ApiError>;
type Look<T> = Question<Request, Answer<T>>;

/// Answers looks. Clones share pages and requests.
pub(super) struct Reader<T: Listed> {
    client: Client<T::Api>,
    /// Sequential: while one batch reads a page, the next one gathers looks that this page may answer.
    looks: Coalescer<Request, Answer<T>>,
    state: Arc<Mutex<State>>,
}

impl<T: Listed> Clone for Reader<T> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            looks: self.looks.clone(),
            state: Arc::clone(&self.state),
        }
    }
}

impl<T: Listed> Reader<T> {
    pub(super) fn new(client: Client<T::Api>) -> Self {
        Self {
            client,
            looks: Coalescer::new(GATHER, Batches::Sequential { max_len: usize::MAX }),
            state: Arc::default(),
        }
    }

    pub(super) fn client(&self) -> &Client<T::Api> {
        &self.client
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether pages that were read at `since` or later have not shown the item.
    pub(super) fn was_left_out(&self, item_id: &str, since: Instant) -> bool {
        let state = self.state();
        let fresh = state.snapshot.as_ref().filter(|snapshot| snapshot.begun >= since);
        fresh.is_some_and(|snapshot| !snapshot.holds(item_id))
    }

    /// Number of items in the pages.
    #[cfg(test)]
    pub(super) fn item_count(&self) -> usize {
        self.state().snapshot.as_ref().map_or(0, Snapshot::len)
    }

    /// The items of a key as the service had them at `not_older_than` or later.
    pub(super) async fn look(&self, key: ItemKey, not_older_than: Instant, proof: Proof) -> Answer<T> {
        // No answer could be as new as a moment in the future.
        let not_older_than = not_older_than.min(Instant::now());
        if let Some(look) = self.state().cached(&self.client, &key, not_older_than) {
            return Ok(look);
        }
        let request = Request {
            key: key.clone(),
            not_older_than,
            proof,
        };
        let reader = self.clone();
        let answer = move |batch| answer(reader.clone(), batch);
        match self.looks.ask(request, answer).await {
            Some(outcome) => outcome,
            None => match single(&self.client, &key).await {
                Err(error) if proof == Proof::Any && error.is_unconfirmed_not_found() => {
                    let mut looks = confirm::absence(&self.client, vec![(key, error)]).await;
                    looks.pop().map_or(Ok(Lookup::Absent), |(_, look)| look)
                }
                look => look,
            },
        }
    }
}

/// The state that all looks share.
#[derive(Debug, Default)]
struct State {
    snapshot: Option<Snapshot>,
    /// Keys that were looked at lately, the last one last.
    recent: VecDeque<(Instant, ItemKey)>,
    list_failures: u32,
}

impl State {
    /// The answer, if a page has it.
    fn cached<T: Listed>(
        &mut self,
        client: &Client<T::Api>,
        key: &ItemKey,
        not_older_than: Instant,
    ) -> Option<Lookup<T>> {
        let items = self.snapshot.as_ref()?.cached(client, key, not_older_than)?;
        self.note(key);
        Some(Lookup::Found(items))
    }

    fn note(&mut self, key: &ItemKey) {
        if let Some(known) = self.recent.iter().position(|(_, recent)| recent == key) {
            self.recent.remove(known);
        } else if self.recent.len() > MAX_SINGLE_READS {
            self.recent.pop_front();
        }
        self.recent.push_back((Instant::now(), key.clone()));
    }

    /// Answers what pages have and returns the rest.
    fn answer_cached<T: Listed>(&mut self, client: &Client<T::Api>, looks: Vec<Look<T>>) -> Vec<Look<T>> {
        let mut rest = Vec::new();
        for look in looks {
            let Request {
                key, not_older_than, ..
            } = &look.question;
            match self.cached(client, key, *not_older_than) {
                Some(lookup) => look.answer(Ok(lookup)),
                None => rest.push(look),
            }
        }
        rest
    }

    /// Number of pages that a batch may read: none if few keys were looked at lately, else one and a quarter of the looks.
    fn page_limit<T>(&mut self, looks: &[Look<T>]) -> usize {
        for look in looks {
            self.note(&look.question.key);
        }
        let now = Instant::now();
        let Some(needed) = looks.iter().map(|look| look.question.not_older_than).max() else {
            return 0;
        };
        let window = now.saturating_duration_since(needed).clamp(RECENT.0, RECENT.1);
        let recent = self.recent.iter().filter(|(at, _)| now - *at <= window).count();
        if recent <= MAX_SINGLE_READS || self.list_failures >= MAX_LIST_FAILURES {
            return 0;
        }
        1 + looks.len() / LOOKS_PER_PAGE
    }

    /// The position of the next page that may answer `looks`: `Some(None)` is the first page of a new list, `None` means that no
    /// page can.
    fn next_page<T>(&self, looks: &[Look<T>]) -> Option<Option<String>> {
        let needed = looks.iter().map(|look| look.question.not_older_than).max()?;
        match self.snapshot.as_ref().filter(|snapshot| snapshot.begun >= needed) {
            Some(snapshot) if snapshot.complete || snapshot.is_full() => None,
            Some(snapshot) => Some(snapshot.next.clone()),
            None => Some(None),
        }
    }
}

/// Answers a batch of looks.
async fn answer<T: Listed>(reader: Reader<T>, batch: Vec<Look<T>>) {
    let client = &reader.client;
    let (mut looks, limit) = {
        let mut state = reader.state();
        let rest = state.answer_cached(client, batch);
        let limit = state.page_limit(&rest);
        (rest, limit)
    };
    for pages_read in 0..limit {
        // The rest of a batch is cheaper one by one than by the page.
        if pages_read > 0 && looks.len() < LOOKS_PER_PAGE {
            break;
        }
        let Some(position) = reader.state().next_page(&looks) else {
            break;
        };
        let read_at = Instant::now();
        match client
            .page(T::LIST, &T::newest_first(), PAGE, position.as_deref())
            .await
        {
            Ok(page) => {
                let mut state = reader.state();
                let before = state
                    .snapshot
                    .as_ref()
                    .filter(|_| position.is_some())
                    .map_or(0, Snapshot::len);
                let next = page.next(before);
                if next.is_some() && next == position {
                    // The service ignores the position, so the following pages would be the same.
                    break;
                }
                state.list_failures = 0;
                if position.is_none() {
                    state.snapshot = None;
                }
                state
                    .snapshot
                    .get_or_insert_with(|| Snapshot::new(read_at))
                    .add(page, read_at);
                looks = state.answer_cached(client, looks);
            }
            Err(error) if is_about_the_list(&error) => {
                reader.state().list_failures += 1;
                break;
            }
            Err(error) => {
                for look in looks {
                    look.answer(Err(error.clone()));
                }
                return;
            }
        }
    }
    one_by_one(client, looks).await;
}

/// Returns whether single reads may succeed although the list failed.
fn is_about_the_list(error: &ApiError) -> bool {
    match error {
        ApiError::Decode { .. } => true,
        ApiError::Service(refusal) => refusal.status != 401 && !error.is_transient(),
        _ => false,
    }
}

/// Sends one request for each key, in the order of the keys. Keys that are answered with a 404 that is not the service's own are
/// then looked for in the list, all of them together.
async fn one_by_one<T: Listed>(client: &Client<T::Api>, looks: Vec<Look<T>>) {
    let mut reads = JoinSet::new();
    for (key, looks) in group(looks, |request| request.key.clone()) {
        let client = client.clone();
        reads.spawn(async move {
            let outcome = single(&client, &key).await;
            let mut open = Vec::new();
            for look in looks {
                match &outcome {
                    Err(error) if look.question.proof == Proof::Any && error.is_unconfirmed_not_found() => {
                        open.push(look)
                    }
                    outcome => look.answer(outcome.clone()),
                }
            }
            (key, outcome, open)
        });
    }
    let mut open: BTreeMap<ItemKey, Vec<Look<T>>> = BTreeMap::new();
    let mut errors = Vec::new();
    while let Some(read) = reads.join_next().await {
        if let Ok((key, Err(error), looks)) = read
            && !looks.is_empty()
        {
            errors.push((key.clone(), error));
            open.insert(key, looks);
        }
    }
    if errors.is_empty() {
        return;
    }
    for (key, answer) in confirm::absence(client, errors).await {
        for look in open.remove(&key).unwrap_or_default() {
            look.answer(answer.clone());
        }
    }
}
