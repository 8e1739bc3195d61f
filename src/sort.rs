//! The argument `sort` of data sources: the order of their results.

use std::cmp::Ordering;

use jiff::Timestamp;

use terraform_plugin::Attribute;

use crate::validators::{Check, string};

/// Most characters that the service accepts.
const MAX_LENGTH: usize = 255;

/// A value to compare by. An object without one comes last in both directions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortValue {
    /// A point in time.
    Time(Timestamp),
    /// Text, compared by its characters.
    Text(String),
}

/// An order: keys, the most significant first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sort(Vec<SortKey>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct SortKey {
    name: String,
    ascending: bool,
}

/// The argument `sort` with these keys.
#[must_use]
pub fn attribute(keys: &'static [&'static str]) -> Attribute {
    let check: Check = Box::new(move |text| Sort::parse(text, keys).map(|_| ()));
    Attribute::string("sort").validate(string("The order is not valid", [check]))
}

impl Sort {
    /// Parses `key[:asc|desc],…`. Descending is the default, as for the service.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn parse(text: &str, keys: &[&str]) -> Result<Self, String> {
        if text.chars().count() > MAX_LENGTH {
            return Err(format!("It must have at most {MAX_LENGTH} characters."));
        }
        let parts = text.split(',').enumerate();
        parts
            .map(|(index, part)| SortKey::parse(index + 1, part, keys))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Compares two objects by the values that `value` returns for a key.
    pub fn compare<T>(&self, a: &T, b: &T, value: impl Fn(&T, &str) -> Option<SortValue>) -> Ordering {
        let mut orders = self
            .0
            .iter()
            .map(|key| match (value(a, &key.name), value(b, &key.name)) {
                (Some(a), Some(b)) if key.ascending => a.cmp(&b),
                (Some(a), Some(b)) => b.cmp(&a),
                (a, b) => b.is_some().cmp(&a.is_some()),
            });
        orders
            .find(|order| *order != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    }
}

impl SortKey {
    fn parse(number: usize, part: &str, keys: &[&str]) -> Result<Self, String> {
        let part = part.trim();
        let (name, direction) = part.split_once(':').unwrap_or((part, "desc"));
        if !keys.contains(&name) {
            return Err(format!(
                "Part {number} is not a key to sort by. The keys are {}.",
                keys.join(", ")
            ));
        }
        let ascending = match direction {
            "asc" => true,
            "desc" => false,
            _ => {
                return Err(format!(
                    "The text after the key in part {number} is not a direction. The directions are asc and desc."
                ));
            }
        };
        Ok(Self {
            name: name.to_owned(),
            ascending,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 2] = ["name", "created_at"];

    fn sorted(sort: &str, mut all: Vec<(&'static str, Option<i64>)>) -> Vec<&'static str> {
        let sort = Sort::parse(sort, &KEYS).unwrap();
        all.sort_by(|a, b| {
            sort.compare(a, b, |object, key| match key {
                "name" => Some(SortValue::Text(object.0.to_owned())),
                _ => object
                    .1
                    .map(|second| SortValue::Time(Timestamp::from_second(second).unwrap())),
            })
        });
        all.into_iter().map(|object| object.0).collect()
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
    fn an_invalid_order_is_explained() {
        let problem = |text: &str| Sort::parse(text, &KEYS).unwrap_err();
        assert!(problem("size").contains("name, created_at"));
        assert!(problem("").contains("not a key"));
        assert!(problem("name,").contains("not a key"));
        assert!(problem("name:up").contains("asc and desc"));
        assert!(problem(&["name"; 60].join(",")).contains("255"));
    }
}
