//! Actions that create backups while the resources are applied.

use csbs::CsbsProvider;
use csbs_simulator::FIRST_VAULT_ID;
use terraform_plugin::Diagnostics;
use tokio_util::sync::CancellationToken;

use super::{generator::Random, service_backup::Service};
use crate::{core::invoke, policy_config::server_id};

/// An invocation of `csbs_create_backup` or `csbs_create_vault_backup`.
#[derive(Debug, Clone, Copy)]
pub struct CreateAction {
    pub service: Service,
    server: u32,
}

impl CreateAction {
    /// An action in one of four applies.
    pub fn random(random: &mut Random) -> Option<Self> {
        random.one_in(4).then(|| Self {
            service: random.choose(&[Service::Csbs, Service::Cbr]),
            server: random.below(3) as u32,
        })
    }

    /// Invokes the action; returns its progress messages.
    pub async fn invoke(self, provider: &CsbsProvider, cancel: CancellationToken) -> (Vec<String>, Diagnostics) {
        let mut values = vec![("resource_id", server_id(self.server).into()), ("timeout", "3m".into())];
        let action = match self.service {
            Service::Csbs => {
                values.push(("backup_name", "action".into()));
                "csbs_create_backup"
            }
            Service::Cbr => {
                values.extend([("name", "action".into()), ("vault_id", FIRST_VAULT_ID.into())]);
                "csbs_create_vault_backup"
            }
        };
        invoke(provider, action, &values, cancel).await
    }
}
