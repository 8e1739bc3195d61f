//! What was asked, and what was answered.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::Operation;

/// One request, as the log keeps it.
#[derive(Debug, Clone, Serialize)]
pub struct RequestRecord {
    /// 1 for the first request, and so on.
    pub number: u64,
    /// The service's time when it came.
    pub at: Timestamp,
    /// HTTP method.
    pub method: String,
    /// Path as sent.
    pub path: String,
    /// Query as sent, or empty.
    pub query: String,
    /// Which call it was.
    pub operation: Operation,
    /// The body, where it was JSON and no sign-in.
    pub body: Option<Value>,
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// The answer's HTTP status; `None` while there is no answer, or none was ever given.
    pub status: Option<u16>,
    /// Name of the fault that it met.
    pub fault: Option<String>,
    /// Headers and body of the answer that a fault brought in place of the service's.
    pub injected: Option<String>,
    /// Whether it did its work, also when its answer got lost.
    pub carried_out: bool,
}

/// A request that just came; what a rule looks at.
#[derive(Debug, Clone)]
pub struct Arrival<'a> {
    /// HTTP method.
    pub method: &'a str,
    /// Path as sent.
    pub path: &'a str,
    /// Which call it is.
    pub operation: Operation,
}

/// The newest requests, and counters of all.
#[derive(Debug, Default)]
pub(crate) struct Log {
    limit: usize,
    number: u64,
    records: VecDeque<RequestRecord>,
    counts: BTreeMap<Operation, u64>,
}

impl Log {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    /// Enters a request and gives its number.
    pub(crate) fn begin(&mut self, make: impl FnOnce(u64) -> RequestRecord) -> u64 {
        self.number += 1;
        let record = make(self.number);
        *self.counts.entry(record.operation).or_default() += 1;
        self.records.push_back(record);
        while self.records.len() > self.limit {
            self.records.pop_front();
        }
        self.number
    }

    /// Changes an entry, as long as it is kept.
    pub(crate) fn update(&mut self, number: u64, change: impl FnOnce(&mut RequestRecord)) {
        let Some(first) = self.records.front().map(|record| record.number) else {
            return;
        };
        let index = number.checked_sub(first).and_then(|index| usize::try_from(index).ok());
        if let Some(record) = index.and_then(|index| self.records.get_mut(index)) {
            change(record);
        }
    }

    pub(crate) fn records(&self) -> Vec<RequestRecord> {
        self.records.iter().cloned().collect()
    }

    pub(crate) fn count(&self, operation: Operation) -> u64 {
        self.counts.get(&operation).copied().unwrap_or_default()
    }

    pub(crate) fn counts(&self) -> &BTreeMap<Operation, u64> {
        &self.counts
    }

    pub(crate) fn clear(&mut self) {
        self.records.clear();
        self.counts.clear();
    }
}
