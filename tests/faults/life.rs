//! The operations whose every request is made to fail.

use std::time::Duration;

use csbs::CsbsProvider;
use csbs_simulator::Operation;
use futures_util::future::join_all;
use terraform_plugin::{Diagnostics, RawValue};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    cloud::{Cloud, PROJECT, Told, adopt_and_delete},
    core::{Action, Core, invoke, object},
    policy_config::{self, server, server_id},
};

/// Longest time for each of create, update, delete and action.
pub const LIMIT: Duration = Duration::from_secs(3 * 60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    Create,
    CreateMany,
    Refresh,
    RefreshMany,
    Tags,
    Delete,
    Replace,
    SignInAgain,
    PolicyCreate,
    PolicyRefresh,
    PolicyUpdate,
    PolicyDelete,
    Restore,
    RunPolicy,
}

/// One resource with its configuration.
pub struct Managed {
    pub core: Core,
    pub config: RawValue,
}

impl Managed {
    async fn apply(&mut self) -> Diagnostics {
        self.core.apply(&self.config).await.1
    }
}

/// An operation about to run, or run.
pub struct Stage {
    pub life: Life,
    pub cloud: Cloud,
    pub provider: CsbsProvider,
    pub resources: Vec<Managed>,
    pub cancel: CancellationToken,
    pub told: Told,
    /// What an action said.
    pub messages: String,
    target: String,
}

fn timeouts() -> RawValue {
    object(&["create", "update", "delete"].map(|name| (name, "3m".into())))
}

fn backup(provider: &CsbsProvider, number: u32, tags: &[(&str, &str)], release: &str) -> Managed {
    let core = Core::new(provider);
    let tags: Vec<_> = tags.iter().map(|(key, value)| (*key, RawValue::from(*value))).collect();
    let config = core.config(&[
        ("resource_id", server_id(number).into()),
        ("backup_name", "nightly".into()),
        ("tags", object(&tags)),
        ("triggers", object(&[("release", release.into())])),
        ("timeouts", timeouts()),
    ]);
    Managed { core, config }
}

fn policy(provider: &CsbsProvider, values: &[(&str, RawValue)]) -> Managed {
    let core = Core::of(provider, "csbs_backup_policy");
    let mut all = vec![
        ("timeouts", timeouts()),
        ("tags", object(&[("a", "1".into()), ("b", "2".into())])),
    ];
    all.extend(values.iter().cloned());
    let config = policy_config::config(&core, &all);
    Managed { core, config }
}

const TAGS: &[(&str, &str)] = &[("a", "1"), ("b", "2")];

impl Stage {
    /// Everything up to the operation, without faults.
    pub async fn new(life: Life, cloud: Cloud) -> Self {
        let provider = cloud.process();
        let mut resources: Vec<Managed> = match life {
            Life::Create | Life::Refresh | Life::Tags | Life::Delete | Life::Replace => {
                vec![backup(&provider, 0, TAGS, "1")]
            }
            Life::SignInAgain => vec![backup(&provider, 0, TAGS, "1"), backup(&provider, 1, TAGS, "1")],
            Life::CreateMany | Life::RefreshMany => (0..4).map(|n| backup(&provider, n, TAGS, "1")).collect(),
            Life::PolicyCreate | Life::PolicyRefresh | Life::PolicyUpdate | Life::PolicyDelete | Life::RunPolicy => {
                vec![policy(&provider, &[])]
            }
            Life::Restore => Vec::new(),
        };
        let made = match life {
            Life::Create | Life::CreateMany | Life::PolicyCreate => 0,
            Life::SignInAgain => 1,
            _ => resources.len(),
        };
        let work = resources[..made].iter_mut().map(Managed::apply);
        for diags in join_all(work).await {
            assert!(diags.errors.is_empty(), "{diags:?}");
        }
        let mut target = String::new();
        match life {
            Life::Tags => resources[0]
                .config
                .set("tags", object(&[("b", "3".into()), ("c", "4".into())])),
            Life::Replace => resources[0].config.set("triggers", object(&[("release", "2".into())])),
            Life::PolicyUpdate => {
                let values = [
                    ("description", "another".into()),
                    ("resource", RawValue::List(vec![server(1)])),
                    ("tags", object(&[("b", "3".into()), ("c", "4".into())])),
                ];
                resources[0].config = policy(&provider, &values).config;
            }
            Life::RunPolicy => target = resources[0].core.text("id"),
            Life::Restore => {
                let made = cloud.simulator.make_checkpoint(PROJECT, &[&server_id(0)], None);
                target.clone_from(&made.items[0].id);
            }
            _ => {}
        }
        let mut stage = Self {
            life,
            provider,
            resources,
            cancel: CancellationToken::new(),
            told: Told::default(),
            messages: String::new(),
            target,
            cloud,
        };
        if life == Life::SignInAgain {
            stage.cloud.simulator.revoke_tokens();
        } else {
            stage.restart();
        }
        stage.cloud.begin();
        stage
    }

    /// Another process of the provider, as for every command of Terraform.
    pub fn restart(&mut self) {
        self.provider = self.cloud.process();
        self.cancel = CancellationToken::new();
        for managed in &mut self.resources {
            managed.core.reconnect(&self.provider);
            managed.core.cancel = self.cancel.clone();
        }
    }

    /// The operation; what was said is read by the way.
    pub async fn act(&mut self) -> Diagnostics {
        let timeout = ("timeout", RawValue::from("3m"));
        let target = RawValue::from(self.target.as_str());
        for managed in &mut self.resources {
            managed.core.cancel = self.cancel.clone();
        }
        let mut diags = Diagnostics::default();
        match self.life {
            Life::Refresh | Life::RefreshMany | Life::PolicyRefresh => {
                let work = self.resources.iter_mut().map(|managed| managed.core.refresh());
                for one in join_all(work).await {
                    diags.add_diagnostics(one);
                }
            }
            Life::Delete | Life::PolicyDelete => {
                diags = self.resources[0].core.refresh().await;
                if diags.errors.is_empty() {
                    diags.add_diagnostics(self.resources[0].core.destroy().await);
                }
            }
            Life::Restore => {
                let values = [("backup_id", target), timeout];
                let (messages, said) =
                    invoke(&self.provider, "csbs_restore_backup", &values, self.cancel.clone()).await;
                self.messages.push_str(&messages.join("\n"));
                diags = said;
            }
            Life::RunPolicy => {
                let values = [("policy_id", target), timeout];
                let (messages, said) =
                    invoke(&self.provider, "csbs_run_backup_policy", &values, self.cancel.clone()).await;
                self.messages.push_str(&messages.join("\n"));
                diags = said;
            }
            _ => {
                for one in join_all(self.resources.iter_mut().map(Managed::apply)).await {
                    diags.add_diagnostics(one);
                }
            }
        }
        self.told.read(&diags);
        diags
    }

    /// Whether the checkpoint or policy is in the state.
    fn holds(&self, id: &str) -> bool {
        let mut cores = self.resources.iter().map(|managed| &managed.core);
        cores.any(|core| core.text("checkpoint_id") == id || core.text("id") == id)
    }

    /// What is promised, at this moment.
    pub fn check(&self, may_be_open: bool) {
        self.cloud.check_hosts();
        let mut unnamed = Vec::new();
        for id in self.cloud.checkpoints() {
            let known =
                self.holds(&id) || self.told.errors.contains(&id) && self.told.errors.contains("terraform import");
            let by_hand = self.life == Life::Restore;
            let of_policy =
                self.life == Life::RunPolicy && (self.messages.contains(&id) || self.told.errors.contains(&id));
            if !known && !by_hand && !of_policy {
                unnamed.push(id);
            }
        }
        for policy in self.cloud.simulator.inventory().policies {
            let known = self.holds(&policy.id) || self.told.errors.contains(&policy.id);
            if !known {
                unnamed.push(policy.id);
            }
        }
        let not_known = self.told.errors.contains("It is not known whether the policy")
            || self.told.errors.contains("It may be that the policy runs in the cloud")
            || self.told.errors.contains("may have been created");
        let open = self.told.open + usize::from(not_known);
        let allowed = if may_be_open { open } else { 0 };
        assert!(
            unnamed.len() <= allowed,
            "nobody knows of {unnamed:?}; told: {}",
            self.told.errors
        );
    }

    /// Nothing that makes something was done twice, nor asked for again while it was not known whether it was done.
    pub fn check_sent(&self, certain: bool) {
        for operation in [Operation::Protect, Operation::Restore, Operation::RunPolicy] {
            let requests = self.cloud.requests_of(operation);
            let most = if self.life == Life::CreateMany { 4 } else { 1 };
            let done = requests.iter().filter(|request| request.carried_out).count();
            assert!(done <= most, "{} was done {done} times", operation.name());
            let unclear = requests.iter().filter(|request| request.fault.is_some()).count();
            assert!(
                certain || requests.len() <= most || unclear == 0,
                "{} was sent {} times",
                operation.name(),
                requests.len()
            );
        }
    }

    /// After the end of all faults: plan, apply, destroy, and do what the messages said.
    pub async fn recover(&mut self) {
        self.cloud.lift();
        self.restart();
        // What is under way in the service comes to its end.
        sleep(Duration::from_secs(1800)).await;
        match self.life {
            Life::Restore | Life::RunPolicy => {
                self.cloud.begin();
                let diags = self.act().await;
                assert!(diags.errors.is_empty(), "{diags:?}");
            }
            Life::Delete | Life::PolicyDelete => {}
            _ => self.apply_all().await,
        }
        self.restart();
        for managed in &mut self.resources {
            let mut diags = managed.core.refresh().await;
            diags.add_diagnostics(managed.core.destroy().await);
            assert!(diags.errors.is_empty(), "{diags:?}");
            assert!(managed.core.stored.is_none());
        }
        let left = self.cloud.checkpoints();
        for id in left {
            if !matches!(self.life, Life::Restore | Life::RunPolicy) {
                assert!(self.told.names(&id), "{id} is left, and unnamed: {}", self.told.all);
            }
            adopt_and_delete(&self.cloud, &self.provider, &id).await;
        }
        let inventory = self.cloud.simulator.inventory();
        assert!(
            inventory.checkpoints.is_empty() && inventory.policies.is_empty(),
            "{inventory:?}"
        );
    }

    async fn apply_all(&mut self) {
        for managed in &mut self.resources {
            let (_, mut diags) = managed.core.apply(&managed.config).await;
            self.told.read(&diags);
            if managed.core.stored.is_none() && diags.errors[0].summary == "Another policy has this name" {
                let policies = self.cloud.simulator.inventory().policies;
                let named = policies
                    .iter()
                    .find(|policy| diags.errors[0].detail.contains(&policy.id))
                    .unwrap();
                let target = terraform_plugin::ImportTarget::Id(named.id.clone());
                diags = managed.core.import(target).await;
                diags.add_diagnostics(managed.core.apply(&managed.config).await.1);
            }
            assert!(diags.errors.is_empty(), "{diags:?}");
            let (action, diags) = managed.core.plan(&managed.config).await;
            assert!(diags.errors.is_empty(), "{diags:?}");
            assert_eq!(action, Action::Nothing);
        }
    }
}
