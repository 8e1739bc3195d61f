//! The values of the provider block, and the layers of sources in order of precedence.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::{
    argument::{ARGUMENTS, Argument, find_argument},
    clouds_file::Entry,
    environment::Environment,
};

/// The arguments of the provider block, as text. Blank ones count as not set.
#[derive(Default)]
pub struct Settings {
    values: BTreeMap<String, SecretString>,
}

impl Settings {
    /// Sets an argument by its name in the provider block, such as `auth_url` or `project_name`; numbers and booleans are
    /// given as text. False when there is no such argument.
    pub fn set(&mut self, name: &str, value: SecretString) -> bool {
        if find_argument(name).is_none() {
            return false;
        }
        if !value.expose_secret().trim().is_empty() {
            self.values.insert(name.to_owned(), value);
        }
        true
    }

    /// As [`Settings::set`], for building in one expression.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.set(name, value.into());
        self
    }
}

/// Source of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An argument of the provider block.
    Argument(String),
    /// An environment variable.
    Variable(&'static str),
    /// A file.
    File(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(name) => write!(formatter, "{name} of the provider block"),
            Self::Variable(name) => formatter.write_str(name),
            Self::File(path) => write!(formatter, "{}", path.display()),
        }
    }
}

/// A value and its source.
#[derive(Clone)]
pub(super) struct SourcedValue {
    pub value: SecretString,
    pub origin: Origin,
    /// 0 for the provider block, 1 for the environment, 2 for files.
    pub layer: usize,
}

impl SourcedValue {
    pub fn text(&self) -> &str {
        self.value.expose_secret().trim()
    }
}

/// Number of layers.
pub(super) const LAYERS: usize = 3;

/// All sources, in order of precedence.
pub(super) struct Layers {
    layers: [BTreeMap<&'static str, SourcedValue>; LAYERS],
    /// Pairs of names of one setting that have different values.
    pub disagreements: Vec<(&'static str, String)>,
}

impl Layers {
    pub fn new(settings: &Settings, environment: &Environment) -> Self {
        let mut layers = Self {
            layers: Default::default(),
            disagreements: Vec::new(),
        };
        for argument in ARGUMENTS {
            layers.take_from_block(argument, settings);
            let variable = argument
                .variables
                .iter()
                .find_map(|name| Some((*name, environment.variable(name)?)));
            if let Some((name, value)) = variable {
                layers.insert(1, argument.name, value.clone(), Origin::Variable(name));
            }
        }
        layers
    }

    fn take_from_block(&mut self, argument: &'static Argument, settings: &Settings) {
        let mut first: Option<(&str, &SecretString)> = None;
        for name in std::iter::once(&argument.name).chain(argument.aliases) {
            let Some(value) = settings.values.get(*name) else {
                continue;
            };
            match first {
                None => {
                    first = Some((name, value));
                    self.insert(0, argument.name, value.clone(), Origin::Argument((*name).to_owned()));
                }
                Some((other, given)) if given.expose_secret() != value.expose_secret() => {
                    self.disagreements.push((name, other.to_owned()));
                }
                Some(_) => {}
            }
        }
    }

    /// Adds the layer of least precedence.
    pub fn add_file(&mut self, entry: &Entry) {
        for argument in ARGUMENTS {
            if let Some((value, file)) = entry.get(argument.keys) {
                self.insert(2, argument.name, value.clone(), Origin::File(file.clone()));
            }
        }
        if let Some((verify, file)) = entry.get(&["verify"])
            && verify.expose_secret().eq_ignore_ascii_case("false")
            && !self.layers[2].contains_key("insecure")
        {
            self.insert(2, "insecure", "true".into(), Origin::File(file.clone()));
        }
    }

    fn insert(&mut self, layer: usize, name: &'static str, value: SecretString, origin: Origin) {
        if let Some(values) = self.layers.get_mut(layer) {
            values.insert(name, SourcedValue { value, origin, layer });
        }
    }

    /// The value of one layer.
    pub fn at(&self, layer: usize, name: &str) -> Option<&SourcedValue> {
        self.layers.get(layer)?.get(name)
    }

    /// The value of the first layer that has one.
    pub fn get(&self, name: &str) -> Option<&SourcedValue> {
        self.layers.iter().find_map(|layer| layer.get(name))
    }

    /// The value that counts of alternative settings, such as an ID and a name: that of the first layer that has one of them, and
    /// in one layer the first of `names`. So an ID in the environment never overrides a name in the provider block.
    pub fn first_of<'a>(&self, names: &[&'a str]) -> Option<(&'a str, &SourcedValue)> {
        (0..LAYERS).find_map(|layer| names.iter().find_map(|name| Some((*name, self.at(layer, name)?))))
    }
}
