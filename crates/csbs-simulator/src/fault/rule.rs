//! Fault rules.

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::{Arrival, Effect, Operation, random::Random};

/// Fault rule: an effect, and the requests that it applies to. All given conditions must hold; without conditions, it applies
/// to all requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// HTTP method.
    #[serde(default)]
    pub method: Option<String>,
    /// Regular expression that matches a part of the path.
    #[serde(default)]
    pub path: Option<String>,
    /// Operation.
    #[serde(default)]
    pub operation: Option<Operation>,
    /// Number of matching requests that are not affected first.
    #[serde(default)]
    pub skip: u64,
    /// Number of requests that are affected afterwards; `None` means all.
    #[serde(default)]
    pub times: Option<u64>,
    /// Probability for each of them, from 0 to 1; random choices depend on the simulator's seed.
    #[serde(default = "always")]
    pub probability: f64,
    /// Effect on them.
    pub effect: Effect,
}

fn always() -> f64 {
    1.0
}

impl Rule {
    /// Creates a rule for every request.
    pub fn always(effect: Effect) -> Self {
        Self {
            method: None,
            path: None,
            operation: None,
            skip: 0,
            times: None,
            probability: 1.0,
            effect,
        }
    }

    /// Creates a rule for one operation.
    pub fn on(operation: Operation, effect: Effect) -> Self {
        Self {
            operation: Some(operation),
            ..Self::always(effect)
        }
    }

    /// Creates a rule for paths with a match of a regular expression.
    pub fn on_path(path: impl Into<String>, effect: Effect) -> Self {
        Self {
            path: Some(path.into()),
            ..Self::always(effect)
        }
    }

    /// Restricts the rule to an HTTP method.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Does not affect the first `count` matching requests.
    #[must_use]
    pub fn after(mut self, count: u64) -> Self {
        self.skip = count;
        self
    }

    /// Affects at most `count` requests.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.times = Some(count);
        self
    }

    /// Affects one request.
    #[must_use]
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Affects requests with a probability.
    #[must_use]
    pub fn with_probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }
}

/// ID of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleId(u64);

/// All rules.
#[derive(Debug)]
pub(crate) struct Faults {
    random: Random,
    next: u64,
    rules: Vec<Active>,
}

#[derive(Debug)]
struct Active {
    id: RuleId,
    rule: Rule,
    path: Option<Regex>,
    matched: u64,
    met: u64,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed ^ 0x0fa0_17ed),
            next: 1,
            rules: Vec::new(),
        }
    }

    /// Adds a rule.
    ///
    /// # Errors
    /// If its path is not a valid regular expression.
    pub(crate) fn add(&mut self, rule: Rule) -> Result<RuleId, regex::Error> {
        let path = rule.path.as_deref().map(Regex::new).transpose()?;
        let id = RuleId(self.next);
        self.next += 1;
        self.rules.push(Active {
            id,
            rule,
            path,
            matched: 0,
            met: 0,
        });
        Ok(id)
    }

    pub(crate) fn remove(&mut self, id: RuleId) {
        self.rules.retain(|active| active.id != id);
    }

    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// Returns the number of requests that a rule affected.
    pub(crate) fn met(&self, id: RuleId) -> u64 {
        self.rules
            .iter()
            .find(|active| active.id == id)
            .map_or(0, |active| active.met)
    }

    /// Returns the effects on a request, in the order of the rules.
    pub(crate) fn meet(&mut self, arrival: &Arrival<'_>) -> Vec<Effect> {
        let random = &mut self.random;
        self.rules
            .iter_mut()
            .filter_map(|active| active.meet(arrival, random))
            .collect()
    }
}

impl Active {
    fn meet(&mut self, arrival: &Arrival<'_>, random: &mut Random) -> Option<Effect> {
        let rule = &self.rule;
        let matches = rule
            .method
            .as_deref()
            .is_none_or(|method| method.eq_ignore_ascii_case(arrival.method))
            && rule.operation.is_none_or(|operation| operation == arrival.operation)
            && self.path.as_ref().is_none_or(|path| path.is_match(arrival.path));
        if !matches {
            return None;
        }
        self.matched += 1;
        let spent = rule.times.is_some_and(|times| self.met >= times);
        if self.matched <= rule.skip || spent || !random.chance(rule.probability) {
            return None;
        }
        self.met += 1;
        Some(rule.effect.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(operation: Operation) -> Arrival<'static> {
        Arrival {
            method: "GET",
            path: "/v1/p/checkpoint_items/42",
            operation,
        }
    }

    #[test]
    fn only_the_nth_call_is_affected() {
        let mut faults = Faults::new(1);
        let id = faults
            .add(Rule::on(Operation::GetItem, Effect::DropBefore).after(1).once())
            .unwrap();
        let met: Vec<_> = (0..4)
            .map(|_| faults.meet(&arrival(Operation::GetItem)).len())
            .collect();
        assert_eq!(met, [0, 1, 0, 0]);
        assert!(faults.meet(&arrival(Operation::ListItems)).is_empty());
        assert_eq!(faults.met(id), 1);
    }

    #[test]
    fn random_choices_are_reproducible() {
        let run = |seed| -> Vec<bool> {
            let mut faults = Faults::new(seed);
            faults
                .add(Rule::on_path("checkpoint_items/\\d+$", Effect::Stall).with_probability(0.5))
                .unwrap();
            (0..64)
                .map(|_| !faults.meet(&arrival(Operation::GetItem)).is_empty())
                .collect()
        };
        assert_eq!(run(3), run(3));
        assert_ne!(run(3), run(4));
        assert!(run(3).contains(&true) && run(3).contains(&false));
    }

    #[test]
    fn rules_are_parsed_from_json() {
        let rule: Rule =
            serde_json::from_str(r#"{"operation": "protect", "times": 1, "effect": {"kind": "drop_after"}}"#).unwrap();
        assert_eq!(rule, Rule::on(Operation::Protect, Effect::DropAfter).once());
        assert!(Faults::new(0).add(Rule::on_path("(", Effect::Stall)).is_err());
    }
}
