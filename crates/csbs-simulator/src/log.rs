//! The log of requests.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::Operation;

/// Request in the log.
#[derive(Debug, Clone, Serialize)]
pub struct RequestRecord {
    /// Number, counted from 1.
    pub number: u64,
    /// Time of the service at its arrival.
    pub at: Timestamp,
    /// HTTP method.
    pub method: String,
    /// Path, as it was sent.
    pub path: String,
    /// Query, as it was sent, or empty.
    pub query: String,
    /// Operation.
    pub operation: Operation,
    /// Body, if it is JSON. Sign-ins have none here.
    pub body: Option<Value>,
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// HTTP status of the response; `None` before or without a response.
    pub status: Option<u16>,
    /// Names of the injected faults.
    pub fault: Option<String>,
    /// Headers and body of the response that a fault injected.
    pub injected: Option<String>,
    /// `true` if the service carried it out, even if the response was lost.
    pub carried_out: bool,
}

/// Newly arrived request, which fault rules match.
#[derive(Debug, Clone)]
pub struct Arrival<'a> {
    /// HTTP method.
    pub method: &'a str,
    /// Path, as it was sent.
    pub path: &'a str,
    /// Operation.
    pub operation: Operation,
}

/// The newest requests, and counters of all requests.
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

    /// Adds a request and returns its number.
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

    /// Changes an entry if it is still in the log.
    pub(crate) fn update(&mut self, number: u64, change: impl FnOnce(&mut RequestRecord)) {
        let Some(first) = self.records.front().map(|record| record.number) else {
            return;
        };
        let index = number.checked_sub(first).and_then(|index| usize::try_from(index).ok());
        if let Some(record) = index.and_then(|index| self.records.get_mut(index)) {
            change(record);
        }
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &RequestRecord> {
        self.records.iter()
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
