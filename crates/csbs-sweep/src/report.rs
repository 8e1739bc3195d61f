//! What a run found out about the assumptions.

use std::collections::BTreeMap;

/// The result for one assumption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The cloud does what the simulator does, with what was seen.
    Held(String),
    /// The cloud does something else.
    Differs(String),
    /// It could not be tried in this run, with the reason.
    NotTried(String),
}

/// One assumption of the table in the simulator's README, and its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Number in the table, such as `A03`.
    pub number: &'static str,
    /// The outcome.
    pub outcome: Outcome,
}

/// The findings as a table. One that differs comes before those that held; later findings about a number add to earlier ones.
#[must_use]
pub fn report(findings: &[Finding]) -> String {
    let mut groups: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    for Finding { number, outcome } in findings {
        let (group, word, text) = match outcome {
            Outcome::Differs(text) => (0, "DIFFERS", text),
            Outcome::Held(text) => (1, "held", text),
            Outcome::NotTried(text) => (2, "not tried", text),
        };
        groups
            .entry(group)
            .or_default()
            .push(format!("{number}  {word:<9}  {text}"));
    }
    groups.into_values().flatten().map(|line| line + "\n").collect()
}
