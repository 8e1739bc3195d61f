//! What the machine tells: environment variables and where configuration files are.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use secrecy::SecretString;

/// The largest file that is read: 1 MiB.
const LARGEST: u64 = 1024 * 1024;

/// Environment variables and folders, given from outside so that tests have their own.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, SecretString>,
    working: PathBuf,
    system: Option<PathBuf>,
}

impl Environment {
    /// That of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let mut environment = Self::new(std::env::current_dir().unwrap_or_default(), variables);
        environment.system = Some(PathBuf::from("/etc/openstack"));
        environment
    }

    /// One with these variables, that looks for files relative to `working`, and in no folder of the system.
    #[must_use]
    pub fn new(working: PathBuf, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            variables: variables
                .into_iter()
                .filter(|(_, value)| !value.trim().is_empty())
                .map(|(name, value)| (name, SecretString::from(value)))
                .collect(),
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

    fn home(&self) -> Option<PathBuf> {
        self.plain("HOME")
            .or_else(|| self.plain("USERPROFILE"))
            .map(PathBuf::from)
    }

    /// Where `clouds.yaml` and its like are looked for, in this order.
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

    /// `~` is the home directory; what is relative is relative to the working directory.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        match (path.strip_prefix("~/"), self.home()) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.working.join(path),
        }
    }

    /// Reads a small text file.
    pub(super) fn read(&self, path: &Path) -> io::Result<String> {
        let mut text = String::new();
        // A longer file is told from one of just this size by the one byte more.
        File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
        if text.len() as u64 > LARGEST {
            return Err(io::Error::other("the file is longer than 1 MiB"));
        }
        Ok(text)
    }
}
