//! The resource addresses of the configuration.

use csbs::CsbsProvider;
use csbs_simulator::FIRST_VAULT_ID;
use terraform_plugin::RawValue;

use super::service_backup::{Service, ServiceBackup};
use crate::{
    core::{Core, object},
    policy_config::{self, server_id},
};

/// The object of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A backup of a server.
    Backup {
        server: u32,
    },
    /// A backup of a server in a vault. Without a configured name, the provider chooses one.
    VaultBackup {
        server: u32,
        has_name: bool,
    },
    Policy,
    /// A server in the policy of another program.
    Association,
}

impl Kind {
    /// The service and the server, if it is a backup.
    pub fn backup(self) -> Option<(Service, u32)> {
        match self {
            Self::Backup { server } => Some((Service::Csbs, server)),
            Self::VaultBackup { server, .. } => Some((Service::Cbr, server)),
            Self::Policy | Self::Association => None,
        }
    }

    fn resource_type(self) -> &'static str {
        match self {
            Self::Policy => "csbs_backup_policy",
            Self::Association => "csbs_policy_association",
            Self::Backup { .. } => Service::Csbs.resource_type(),
            Self::VaultBackup { .. } => Service::Cbr.resource_type(),
        }
    }
}

/// One resource address of the configuration.
pub struct Address {
    pub core: Core,
    pub kind: Kind,
    pub name: &'static str,
    /// A change of the release replaces a backup.
    pub release: u64,
    /// The mark of the configuration: a tag in CSBS, the description in CBR.
    pub mark: u64,
}

/// Server of the association.
pub const ASSOCIATED_SERVER: u32 = 3;

impl Address {
    /// The addresses that a configuration can have.
    pub fn all(provider: &CsbsProvider) -> Vec<Self> {
        let addresses = [
            ("first", Kind::Backup { server: 0 }),
            // Another backup of the same server: one of the two has to wait.
            ("second", Kind::Backup { server: 0 }),
            ("third", Kind::Backup { server: 1 }),
            ("fourth", Kind::Backup { server: 2 }),
            ("nightly", Kind::Policy),
            ("associated", Kind::Association),
            (
                "first-in-vault",
                Kind::VaultBackup {
                    server: 0,
                    has_name: true,
                },
            ),
            (
                "second-in-vault",
                Kind::VaultBackup {
                    server: 0,
                    has_name: true,
                },
            ),
            (
                "unnamed-in-vault",
                Kind::VaultBackup {
                    server: 1,
                    has_name: false,
                },
            ),
        ];
        let address = |(name, kind): (&'static str, Kind)| Self {
            core: Core::of(provider, kind.resource_type()),
            kind,
            name,
            release: 0,
            mark: 0,
        };
        addresses.map(address).into()
    }

    /// The configuration. `foreign_policy_id` is the policy of the association.
    pub fn config(&self, foreign_policy_id: &str) -> RawValue {
        let text = |number: u64| RawValue::from(number.to_string().as_str());
        let tags = object(&[("n", text(self.mark))]);
        let triggers = object(&[("release", text(self.release))]);
        let timeouts = object(&["create", "update", "delete"].map(|name| (name, "3m".into())));
        let mut values = vec![("timeouts", timeouts)];
        match self.kind {
            Kind::Policy => {
                values.extend([("description", text(self.release)), ("tags", tags)]);
                return policy_config::config(&self.core, &values);
            }
            Kind::Association => values.extend([
                ("policy_id", foreign_policy_id.into()),
                ("server_id", server_id(ASSOCIATED_SERVER).into()),
            ]),
            Kind::Backup { server } => values.extend([
                ("resource_id", server_id(server).into()),
                ("backup_name", self.name.into()),
                ("tags", tags),
                ("triggers", triggers),
            ]),
            Kind::VaultBackup { server, has_name } => {
                values.extend([
                    ("vault_id", FIRST_VAULT_ID.into()),
                    ("resource_id", server_id(server).into()),
                    ("description", text(self.mark)),
                    ("triggers", triggers),
                ]);
                if has_name {
                    values.push(("name", self.name.into()));
                }
            }
        }
        self.core.config(&values)
    }

    /// Returns true if a create at this address would make a backup like this one. No create makes another backup with a name
    /// that the provider has chosen.
    pub fn would_create(&self, backup: &ServiceBackup) -> bool {
        self.kind.backup().map(|(service, server)| (service, server_id(server)))
            == Some((backup.service, backup.server_id.clone()))
            && backup.name == self.name
            && backup.mark == Some(self.mark.to_string())
    }

    /// Returns true if the state has this object. A vault backup that the service has not shown yet is in the state by its
    /// checkpoint.
    pub fn contains(&self, id: &str) -> bool {
        self.core.text("id") == id || self.core.text("checkpoint_id") == id
    }
}
