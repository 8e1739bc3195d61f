//! The command line.

use anyhow::{Context, Result, bail};

use crate::Prefix;

/// Text of `--help`.
pub const HELP: &str = "\
Usage: cargo xtask sweep [--prefix PREFIX] [--delete | --check SERVER_ID [--vault VAULT_ID]] [--confirm PROJECT_ID]

Signs in as the OS_* variables or clouds.yaml say, as the provider does.

  (no option)         Lists the backups and policies whose names begin with the prefix. Changes nothing.
  --delete            Lists them, then deletes them and nothing else. This includes the objects of a run in progress.
  --check SERVER_ID   Creates two backups of this server at most and one policy without a schedule, tries the assumptions of the
                      simulator with them (crates/csbs-simulator/README.md), deletes them, and reports which assumptions held.
                      The names have a random part after the prefix: several such runs can be in progress at once.
                      The server itself is not changed. The backups incur costs while they exist.
  --vault VAULT_ID    With --check: tries the assumptions about Cloud Backup and Recovery (CBR) instead of those about CSBS, with two
                      backups at most of this server, which must be in the vault. The vault itself is not changed.
  --confirm PROJECT   Required by --delete and --check: the ID of the project that is signed in to.
  --prefix PREFIX     Beginning of all names. Default csbs-sweep-.
";

/// The work of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// List what carries the prefix.
    List,
    /// Delete what carries the prefix.
    Delete,
    /// Try the assumptions with the server of this ID.
    Check {
        /// ID of the server.
        server_id: String,
        /// ID of a vault of Cloud Backup and Recovery that holds the server; `None` tries CSBS.
        vault_id: Option<String>,
    },
}

/// Options of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The work.
    pub mode: Mode,
    /// Beginning of the names of all objects.
    pub prefix: Prefix,
    /// The project that the person expects.
    pub confirmed_project: Option<String>,
}

impl Options {
    /// Parses arguments.
    ///
    /// # Errors
    /// If an argument is unknown, lacks its value, or contradicts another one.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self> {
        let mut arguments = arguments.into_iter();
        let mut options = Self {
            mode: Mode::List,
            prefix: Prefix::parse(Prefix::DEFAULT)?,
            confirmed_project: None,
        };
        let mut vault = None;
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
            let mode = match argument.as_str() {
                "--prefix" => {
                    options.prefix = Prefix::parse(&value()?)?;
                    continue;
                }
                "--vault" => {
                    vault = Some(value()?);
                    continue;
                }
                "--confirm" => {
                    options.confirmed_project = Some(value()?);
                    continue;
                }
                "--delete" => Mode::Delete,
                "--check" => Mode::Check {
                    server_id: value()?,
                    vault_id: None,
                },
                other => bail!("unknown argument {other:?}\n\n{HELP}"),
            };
            if options.mode != Mode::List {
                bail!("--delete and --check exclude each other; each can be given once");
            }
            options.mode = mode;
        }
        match (&mut options.mode, vault) {
            (Mode::Check { vault_id, .. }, vault) => *vault_id = vault,
            (_, Some(_)) => bail!("--vault needs --check"),
            (_, None) => {}
        }
        Ok(options)
    }

    /// Checks that the project that was signed in to is the confirmed one, before anything is changed.
    ///
    /// # Errors
    /// If a run that changes something is not confirmed for this project.
    pub fn check_project(&self, project_id: &str) -> Result<()> {
        if self.mode == Mode::List || self.confirmed_project.as_deref() == Some(project_id) {
            return Ok(());
        }
        match &self.confirmed_project {
            None => bail!("this changes project {project_id}: run it again with --confirm {project_id}"),
            Some(other) => bail!("--confirm names project {other}, but the credentials are of project {project_id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "test code")]

    use super::*;

    fn parse(text: &str) -> Result<Options> {
        Options::parse(text.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_run_changes_nothing_unless_it_is_asked_to_and_confirmed() {
        let list = parse("").unwrap();
        assert_eq!(list.mode, Mode::List);
        assert!(list.check_project("p").is_ok());
        for changing in ["--delete", "--check server"] {
            assert!(parse(changing).unwrap().check_project("p").is_err());
            let other = parse(&format!("{changing} --confirm q")).unwrap();
            assert!(other.check_project("p").unwrap_err().to_string().contains("project q"));
            assert!(
                parse(&format!("{changing} --confirm p"))
                    .unwrap()
                    .check_project("p")
                    .is_ok()
            );
        }
    }

    #[test]
    fn wrong_arguments_are_errors() {
        for wrong in [
            "--check",
            "--vault",
            "--vault x",
            "--delete --vault x",
            "--delete --check x",
            "--prefix x",
            "--force",
            "--confirm",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
