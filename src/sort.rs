//! The argument `sort` of data sources: the order of their results.

use std::cmp::Ordering;

use jiff::Timestamp;

use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics, RawValue};

/// The service's limit for the argument, in characters.
const LONGEST: usize = 255;

/// A value to compare by. A resource without one comes last in both directions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortValue {
    /// A moment.
    Time(Timestamp),
    /// A text, by its characters.
    Text(String),
}

/// An order: keys, each with whether it rises.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sort(Vec<(String, bool)>);

impl Sort {
    /// Reads `key[:asc|desc],…`; falling where no direction is given, as the service does.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn parse(text: &str, keys: &[&str]) -> Result<Self, String> {
        if text.chars().count() > LONGEST {
            return Err(format!("It must have at most {LONGEST} characters."));
        }
        let parts = text.split(',').enumerate().map(|(index, part)| {
            let at = index + 1;
            let (key, direction) = part.trim().split_once(':').unwrap_or((part.trim(), "desc"));
            if !keys.contains(&key) {
                return Err(format!(
                    "Part {at} is not a key to sort by. The keys are {}.",
                    keys.join(", ")
                ));
            }
            match direction {
                "asc" => Ok((key.to_owned(), true)),
                "desc" => Ok((key.to_owned(), false)),
                _ => Err(format!(
                    "What follows the key in part {at} is not a direction. The directions are asc and desc."
                )),
            }
        });
        Ok(Self(parts.collect::<Result<_, _>>()?))
    }

    /// Reports a configured order that cannot be used.
    pub fn validate(config: &RawValue, keys: &[&str], diags: &mut Diagnostics) {
        if let Some(text) = config.get("sort").as_str()
            && let Err(problem) = Self::parse(text, keys)
        {
            diags.add_attribute_error("The order is not valid", problem, AttributePath::new("sort"));
        }
    }

    /// The configured order, if there is one.
    #[must_use]
    pub fn read(config: &RawValue, keys: &[&str]) -> Option<Self> {
        Self::parse(config.get("sort").as_str()?, keys).ok()
    }

    /// Compares two resources by what `value` gives for a key.
    pub fn compare<T>(&self, a: &T, b: &T, value: impl Fn(&T, &str) -> Option<SortValue>) -> Ordering {
        let mut orders = self.0.iter().map(|(key, rises)| match (value(a, key), value(b, key)) {
            (Some(a), Some(b)) if *rises => a.cmp(&b),
            (Some(a), Some(b)) => b.cmp(&a),
            (a, b) => b.is_some().cmp(&a.is_some()),
        });
        orders
            .find(|order| *order != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 2] = ["name", "created_at"];

    fn sorted(sort: &str, mut all: Vec<(&'static str, Option<i64>)>) -> Vec<&'static str> {
        let sort = Sort::parse(sort, &KEYS).unwrap();
        all.sort_by(|a, b| {
            sort.compare(a, b, |one, key| match key {
                "name" => Some(SortValue::Text(one.0.to_owned())),
                _ => one
                    .1
                    .map(|second| SortValue::Time(Timestamp::from_second(second).unwrap())),
            })
        });
        all.into_iter().map(|one| one.0).collect()
    }

    #[test]
    fn keys_and_directions_are_followed() {
        let all = vec![("b", Some(1)), ("a", None), ("c", Some(10)), ("d", Some(1))];
        assert_eq!(sorted("name:asc", all.clone()), ["a", "b", "c", "d"]);
        assert_eq!(sorted("name", all.clone()), ["d", "c", "b", "a"]);
        assert_eq!(sorted("created_at,name:asc", all.clone()), ["c", "b", "d", "a"]);
        assert_eq!(sorted("created_at:asc, name:desc", all), ["d", "b", "c", "a"]);
    }

    #[test]
    fn what_cannot_be_used_is_explained() {
        let problem = |text: &str| Sort::parse(text, &KEYS).unwrap_err();
        assert!(problem("size").contains("name, created_at"));
        assert!(problem("").contains("not a key"));
        assert!(problem("name,").contains("not a key"));
        assert!(problem("name:up").contains("asc and desc"));
        assert!(problem(&["name"; 60].join(",")).contains("255"));
    }
}
