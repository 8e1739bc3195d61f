//! Reads query parameters, and pages lists.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::refusal::parameter;
use crate::{call::Call, check::Checked, state::State};

/// Maximum and default size of a page.
const LIMIT: usize = 1000;

/// Refuses undocumented parameters in strict mode.
pub(super) fn check_known(state: &State, call: &Call, known: &[&str]) -> Checked<()> {
    let unknown = call.query.iter().find(|(name, _)| !known.contains(&name.as_str()));
    match unknown {
        Some((name, _)) if state.config.strict => Err(parameter(format!("unknown query parameter {name}"))),
        _ => Ok(()),
    }
}

/// Reads an optional number within bounds.
pub(super) fn number(call: &Call, name: &str, least: usize, most: usize) -> Checked<Option<usize>> {
    let Some(text) = call.query(name) else {
        return Ok(None);
    };
    text.parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .map(Some)
        .ok_or_else(|| parameter(format!("{name} must be a whole number from {least} to {most}")))
}

/// Reads an optional time of the form `YYYY-MM-DDTHH:MM:SSZ`.
pub(super) fn time(call: &Call, name: &str) -> Checked<Option<Timestamp>> {
    let Some(text) = call.query(name) else {
        return Ok(None);
    };
    text.parse()
        .ok()
        .filter(|_| text.len() == 20 && text.ends_with('Z'))
        .map(Some)
        .ok_or_else(|| parameter(format!("{name} must have the form YYYY-MM-DDTHH:MM:SSZ")))
}

/// Position of a page in a list.
pub(super) struct Page {
    limit: usize,
    offset: usize,
}

impl Page {
    /// Reads `limit` and `offset`. `least_offset` is the smallest documented offset.
    pub(super) fn read(call: &Call, least_offset: usize) -> Checked<Self> {
        Ok(Self {
            limit: number(call, "limit", 1, LIMIT)?.unwrap_or(LIMIT),
            offset: number(call, "offset", least_offset, usize::MAX)?.unwrap_or(0),
        })
    }

    /// Returns the elements of the page.
    pub(super) fn cut<T>(&self, all: Vec<T>) -> Vec<T> {
        all.into_iter().skip(self.offset).take(self.limit).collect()
    }

    /// Returns the response of a list. `count` is the number of all elements that match the filter.
    pub(super) fn response(&self, key: &str, elements: Vec<Value>, count: usize) -> Value {
        let mut response = json!({"count": count, "offset": self.offset, "limit": self.limit});
        response[key] = Value::Array(elements);
        response
    }
}
