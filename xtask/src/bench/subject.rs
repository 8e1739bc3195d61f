//! The providers that are measured.
//!
//! | variable | binary |
//! | --- | --- |
//! | `CSBS_PLUGIN` | this provider; without it a release binary is built |
//! | `CSBS_BEFORE` | an earlier build of this provider |
//! | `CSBS_PEER` | the official Go provider, whose resource type is `opentelekomcloud_csbs_backup_v1` |

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Result, ensure};

use super::{
    configuration::{self, Form, Kind},
    lift_quotas,
};
use crate::{build, mirror, paths, sandbox::Sandbox, setup::terraform};

/// One provider.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its name in tables.
    pub name: &'static str,
    /// Its program.
    pub binary: PathBuf,
    /// Its resource.
    pub kind: Kind,
}

impl Subject {
    /// This provider first, then those that the environment names.
    ///
    /// # Errors
    /// Returns an error if the build fails, or a variable names a file that does not exist.
    pub fn from_environment() -> Result<Vec<Self>> {
        let mut subjects = vec![Self {
            name: "this provider",
            binary: build::release()?,
            kind: Kind::Backup,
        }];
        for (variable, name, kind) in [
            ("CSBS_BEFORE", "an earlier build of it", Kind::Backup),
            ("CSBS_PEER", "the Go provider", Kind::Peer),
        ] {
            if let Some(binary) = env::var_os(variable) {
                let binary = paths::root().join(binary);
                ensure!(binary.is_file(), "{variable} is {}, which is no file", binary.display());
                subjects.push(Self { name, binary, kind });
            }
        }
        Ok(subjects)
    }

    /// A sandbox with this provider, and a simulator with these options.
    ///
    /// # Errors
    /// Returns an error if the simulator does not start.
    pub fn sandbox(&self, options: &[&str]) -> Result<Sandbox> {
        let (source, version) = self.kind.source();
        let mirrored = |folder: &Path| mirror::binaries_of(folder, source, version);
        let sandbox = Sandbox::new(terraform::preferred()?, options, "", &self.binary, mirrored)?;
        lift_quotas(&sandbox.simulator)?;
        Ok(sandbox)
    }

    /// A sandbox with `count` servers where the service's time does not matter: each request moves it on by two hours. The
    /// simulator tolerates undocumented members, which other clients send.
    ///
    /// # Errors
    /// Returns an error if the simulator does not start.
    pub fn fast_sandbox(&self, count: usize) -> Result<Sandbox> {
        self.sandbox(&["--step-per-request", "2h", "--lenient", "--servers", &count.to_string()])
    }

    /// Creates `count` backups, and leaves their configuration and state in the sandbox.
    ///
    /// # Errors
    /// Returns an error if Terraform fails.
    pub fn fill(&self, sandbox: &Sandbox, form: Form, count: usize) -> Result<()> {
        configuration::fill(sandbox, self.kind, form, count)
    }
}
