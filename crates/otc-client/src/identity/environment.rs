//! Environment variables, and the places of configuration files.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use secrecy::SecretString;

/// Largest file that is read, in bytes: 1 MiB.
const LARGEST: u64 = 1024 * 1024;

/// Environment variables and folders; tests use their own.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, SecretString>,
    /// Names of variables whose values are not UTF-8 text.
    unreadable: BTreeSet<String>,
    working: PathBuf,
    system: Option<PathBuf>,
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let mut environment = Self::of(std::env::current_dir().unwrap_or_default(), std::env::vars_os());
        environment.system = Some(PathBuf::from("/etc/openstack"));
        environment
    }

    fn of(working: PathBuf, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut unreadable = BTreeSet::new();
        let variables = variables.into_iter().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            match value.into_string() {
                Ok(value) => Some((name, value)),
                Err(_) => {
                    unreadable.insert(name);
                    None
                }
            }
        });
        let mut environment = Self::new(working, variables.collect::<Vec<_>>());
        environment.unreadable = unreadable;
        environment
    }

    /// An environment with these variables that reads files relative to `working`, and none of the system's.
    #[must_use]
    pub fn new(working: PathBuf, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            variables: variables
                .into_iter()
                .filter(|(_, value)| !value.trim().is_empty())
                .map(|(name, value)| (name, SecretString::from(value)))
                .collect(),
            unreadable: BTreeSet::new(),
            working,
            system: None,
        }
    }

    pub(super) fn variable(&self, name: &str) -> Option<&SecretString> {
        self.variables.get(name)
    }

    pub(super) fn plain(&self, name: &str) -> Option<&str> {
        use secrecy::ExposeSecret;
        self.variable(name).map(ExposeSecret::expose_secret)
    }

    /// The first of `names` whose value is not text.
    pub(super) fn unreadable(&self, names: &[&'static str]) -> Option<&'static str> {
        names.iter().copied().find(|name| self.unreadable.contains(*name))
    }

    fn home(&self) -> Option<PathBuf> {
        self.plain("HOME")
            .or_else(|| self.plain("USERPROFILE"))
            .map(PathBuf::from)
    }

    /// Folders of `clouds.yaml` and similar files, in order of precedence.
    pub(super) fn folders(&self) -> Vec<PathBuf> {
        let user = match self.plain("XDG_CONFIG_HOME") {
            Some(folder) => Some(PathBuf::from(folder)),
            None => self.home().map(|home| home.join(".config")),
        };
        let user = user.map(|folder| self.working.join(folder).join("openstack"));
        [Some(self.working.clone()), user, self.system.clone()]
            .into_iter()
            .flatten()
            .collect()
    }

    /// The path with `~` replaced by the home directory, relative to the working directory.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        match (path.strip_prefix("~/"), self.home()) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.working.join(path),
        }
    }

    /// Reads a small text file.
    pub(super) fn read(&self, path: &Path) -> io::Result<String> {
        let mut text = String::new();
        // One more byte distinguishes a longer file from one of just this size.
        File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
        if text.len() as u64 > LARGEST {
            return Err(io::Error::other("the file is longer than 1 MiB"));
        }
        Ok(text)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use proptest::prelude::*;

    use super::*;
    use crate::identity::{Settings, resolve};

    fn with(name: &str, value: Vec<u8>) -> Environment {
        Environment::of("/nowhere".into(), [(name.into(), OsString::from_vec(value))])
    }

    #[test]
    fn a_value_that_is_not_text_is_reported() {
        for (name, argument) in [("OS_PASSWORD", "password"), ("OS_CLIENT_CONFIG_FILE", "cloud")] {
            let secret = b"hunter2\xff".to_vec();
            let problems = resolve(&Settings::default().with("cloud", "otc"), &with(name, secret))
                .map(|_| ())
                .unwrap_err();
            let problem = problems.iter().find(|problem| problem.detail.contains(name)).unwrap();
            assert_eq!(problem.argument, Some(argument));
            assert!(!format!("{problems:?}").contains("hunter2"), "{problems:?}");
        }
    }

    #[test]
    fn a_value_that_is_not_text_is_ignored_where_the_block_has_one() {
        let settings = Settings::default()
            .with("token", "t")
            .with("endpoint", "https://csbs.example")
            .with("tenant_id", "p");
        assert!(resolve(&settings, &with("OS_AUTH_TOKEN", vec![0xff])).is_ok());
    }

    proptest! {
        #[test]
        fn any_environment_is_accepted_or_reported(
            variables in proptest::collection::vec(
                (
                    "OS_(CLOUD|AUTH_URL|TOKEN|USERNAME|PASSWORD|PROJECT_ID|CSBS_ENDPOINT|REGION|INSECURE|CACERT|AUTH_TYPE|DOMAIN_ID|ACCESS_KEY|SECRET_KEY|CLIENT_CONFIG_FILE)|HOME|XDG_CONFIG_HOME",
                    prop_oneof![
                        proptest::collection::vec(1_u8..=255, 0..12),
                        "https?://[a-z.:/@?#%\\[\\]0-9]{0,12}|true|token|aksk|password|p".prop_map(String::into_bytes),
                    ],
                ),
                0..8,
            ),
        ) {
            let variables = variables.into_iter().map(|(name, value)| (name.into(), OsString::from_vec(value)));
            let environment = Environment::of("/nowhere".into(), variables);
            if let Err(problems) = resolve(&Settings::default(), &environment) {
                prop_assert!(!problems.is_empty());
            }
        }
    }
}
