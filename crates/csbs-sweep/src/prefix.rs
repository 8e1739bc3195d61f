//! The prefix of names that marks the objects of a run.

use std::hash::{BuildHasher, Hasher, RandomState};

use anyhow::{Result, ensure};

/// Fewest characters of a prefix, so that it is not the beginning of somebody's names by chance.
const MIN_LENGTH: usize = 8;

/// Beginning of the names of everything that a run may change or delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix(String);

impl Prefix {
    /// The prefix that is used when none is given.
    pub const DEFAULT: &'static str = "csbs-sweep-";

    /// Parses a prefix: 8 to 32 lowercase letters, digits and `-`, ending with `-`.
    ///
    /// # Errors
    /// If the text is not such a prefix.
    pub fn parse(text: &str) -> Result<Self> {
        let is_allowed =
            |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
        ensure!(
            (MIN_LENGTH..=32).contains(&text.len()) && text.chars().all(is_allowed) && text.ends_with('-'),
            "the prefix {text:?} is not valid: it has {MIN_LENGTH} to 32 lowercase letters, digits and '-', and ends with '-'"
        );
        Ok(Self(text.to_owned()))
    }

    /// The prefix of one run: with a random part, so that runs at the same time do not delete each other's objects.
    #[must_use]
    pub fn of_run(&self) -> Self {
        let random = RandomState::new().build_hasher().finish();
        Self(format!("{}{random:016x}-", self.0))
    }

    /// Returns `true` if the name of an object begins with the prefix and has something after it.
    #[must_use]
    pub fn owns(&self, name: Option<&str>) -> bool {
        name.and_then(|name| name.strip_prefix(&self.0))
            .is_some_and(|rest| !rest.is_empty())
    }

    /// A name of an object of this run.
    #[must_use]
    pub fn name(&self, suffix: &str) -> String {
        format!("{}{suffix}", self.0)
    }
}

impl std::fmt::Display for Prefix {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]

    use super::*;

    #[test]
    fn only_long_prefixes_with_a_separator_are_accepted() {
        for wrong in [
            "",
            "-",
            "a-",
            "backup",
            "nightly",
            "Nightly-x-",
            "csbs sweep-",
            &"x".repeat(40),
        ] {
            assert!(Prefix::parse(wrong).is_err(), "{wrong:?}");
        }
        assert!(Prefix::parse(Prefix::DEFAULT).is_ok());
    }

    #[test]
    fn a_run_owns_its_own_names_and_the_prefix_owns_those_of_all_runs() {
        let prefix = Prefix::parse(Prefix::DEFAULT).unwrap();
        let (first, second) = (prefix.of_run(), prefix.of_run());
        let name = first.name("full");
        assert!(
            prefix.owns(Some(&name)) && first.owns(Some(&name)) && !second.owns(Some(&name)),
            "{name}"
        );
    }

    #[test]
    fn the_prefix_owns_only_names_that_begin_with_it() {
        let prefix = Prefix::parse("csbs-sweep-").unwrap();
        assert!(prefix.owns(Some("csbs-sweep-1")));
        for other in [
            None,
            Some(""),
            Some("csbs-sweep-"),
            Some("my-csbs-sweep-1"),
            Some("CSBS-SWEEP-1"),
        ] {
            assert!(!prefix.owns(other), "{other:?}");
        }
    }
}
