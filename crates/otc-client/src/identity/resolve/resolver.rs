//! The state of a resolution: sources, and the problems found so far.

use std::path::PathBuf;

use crate::{
    http::Secrets,
    identity::{argument::hint, environment::Environment, resolved::Warning, settings::Layers},
};

/// A setting that has to be corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The argument of the provider block that it is about.
    pub argument: Option<&'static str>,
    /// The problem.
    pub summary: String,
    /// The setting to change, with all its names.
    pub detail: String,
    /// A setting or file is missing that another environment may have. The provider block itself is right.
    pub missing: bool,
}

/// Reads settings from their sources and collects problems.
pub(super) struct Resolver<'a> {
    pub layers: Layers,
    pub environment: &'a Environment,
    pub secrets: &'a Secrets,
    /// The `clouds.yaml` that was read, for messages about what its entry lacks.
    pub clouds_file: Option<PathBuf>,
    /// Sentences about keys of that entry that no setting has.
    pub unknown_keys: Vec<String>,
    pub problems: Vec<Problem>,
    pub warnings: Vec<Warning>,
}

impl Resolver<'_> {
    /// Adds a problem of the configuration.
    pub fn problem(&mut self, argument: Option<&'static str>, summary: &str, detail: String) {
        self.add(argument, summary, detail, false);
    }

    /// Adds a problem that another environment may not have.
    pub fn missing_here(&mut self, argument: Option<&'static str>, summary: &str, detail: String) {
        self.add(argument, summary, detail, true);
    }

    /// Adds the problem that none of `alternatives` is set.
    pub fn missing(&mut self, argument: &'static str, reason: &str, alternatives: &[&str]) {
        let names: Vec<_> = alternatives.iter().map(|name| hint(name)).collect();
        let detail = format!("{reason} Set {}, or {}.", names.join(" or "), self.clouds_entry());
        self.missing_here(Some(argument), &format!("{argument} is missing"), detail);
    }

    /// The end of a sentence about a missing setting: the file that was read and what is odd in it, or how to use a file.
    fn clouds_entry(&self) -> String {
        match &self.clouds_file {
            Some(file) => {
                let notes = self
                    .unknown_keys
                    .iter()
                    .map(|note| format!(" ({note})"))
                    .collect::<String>();
                format!("add it to the entry of {}, which was read{notes}", file.display())
            }
            None => "an entry of clouds.yaml with cloud (OS_CLOUD)".to_owned(),
        }
    }

    fn add(&mut self, argument: Option<&'static str>, summary: &str, detail: String, missing: bool) {
        self.problems.push(Problem {
            argument,
            summary: summary.to_owned(),
            detail,
            missing,
        });
    }
}
