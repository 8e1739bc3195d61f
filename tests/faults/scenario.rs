//! The operations that the tests disturb, at each of their requests.

use std::time::Duration;

use csbs::CsbsProvider;
use csbs_simulator::{FIRST_VAULT_ID, Operation};
use futures_util::future::join_all;
use terraform_plugin::{Diagnostics, RawValue};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{
    cloud::{Cloud, PROJECT, ReportedDiagnostics, adopt_and_delete},
    core::{Action, Core, invoke, object},
    policy_config::{self, server, server_id},
};

/// Configured timeout of each create, update, delete and action.
pub const TIMEOUT: Duration = Duration::from_secs(3 * 60);

/// An operation under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
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
    CreateBackupAction,
    PruneBackups,
    AssociationCreate,
    AssociationDelete,
    VaultCreate,
    VaultRefresh,
    VaultDelete,
    VaultRestore,
}

impl Scenario {
    /// The type of the action that the scenario invokes, if it is not about a resource.
    fn action(self) -> Option<&'static str> {
        match self {
            Self::Restore => Some("csbs_restore_backup"),
            Self::RunPolicy => Some("csbs_run_backup_policy"),
            Self::CreateBackupAction => Some("csbs_create_backup"),
            Self::PruneBackups => Some("csbs_prune_backups"),
            Self::VaultRestore => Some("csbs_restore_vault_backup"),
            _ => None,
        }
    }

    /// Returns true if the policy is not one of the scenario's resources.
    fn has_foreign_policy(self) -> bool {
        matches!(self, Self::AssociationCreate | Self::AssociationDelete)
    }

    /// Number of resources and actions in the scenario.
    pub fn resources(self) -> usize {
        match self {
            Self::CreateMany | Self::RefreshMany => 4,
            Self::SignInAgain => 2,
            // The backups that it deletes.
            Self::PruneBackups => OLD_BACKUPS,
            _ => 1,
        }
    }
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

/// A scenario with its service, its provider process and its resources.
pub struct ScenarioRun {
    pub scenario: Scenario,
    pub cloud: Cloud,
    pub provider: CsbsProvider,
    pub resources: Vec<Managed>,
    pub cancel: CancellationToken,
    pub reported: ReportedDiagnostics,
    /// Progress messages of actions.
    pub messages: String,
    /// The object of an action: a policy or backup to use, or the backup to keep.
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

fn vault_backup(provider: &CsbsProvider) -> Managed {
    let core = Core::of(provider, "csbs_vault_backup");
    let config = core.config(&[
        ("vault_id", FIRST_VAULT_ID.into()),
        ("resource_id", server_id(0).into()),
        ("name", "nightly".into()),
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

/// Association of server 0 with a policy that another program has made for server 1.
fn association(provider: &CsbsProvider, cloud: &Cloud) -> Managed {
    let policy = serde_json::json!({
        "name": "nightly",
        "provider_id": "fc4d5750-22e7-4798-8a46-f48f62c4c1da",
        "parameters": { "common": {} },
        "resources": [{ "id": server_id(1), "type": "OS::Nova::Server", "name": "another" }],
        "scheduled_operations": [{
            "enabled": true,
            "operation_type": "backup",
            "operation_definition": { "max_backups": 5, "provider_id": "fc4d5750-22e7-4798-8a46-f48f62c4c1da" },
            "trigger": { "properties": { "pattern": policy_config::PATTERN } },
        }],
    });
    let policy_id = cloud.simulator.make_policy(PROJECT, &policy).unwrap();
    let core = Core::of(provider, "csbs_policy_association");
    let config = core.config(&[
        ("policy_id", policy_id.as_str().into()),
        ("server_id", server_id(0).into()),
        ("timeouts", timeouts()),
    ]);
    Managed { core, config }
}

/// Number of backups that the prune action deletes.
const OLD_BACKUPS: usize = 2;

const TAGS: &[(&str, &str)] = &[("a", "1"), ("b", "2")];

impl ScenarioRun {
    /// Prepares everything that the operation needs, without faults.
    pub async fn new(scenario: Scenario, cloud: Cloud) -> Self {
        let provider = cloud.process();
        let mut resources: Vec<Managed> = match scenario {
            Scenario::Create | Scenario::Refresh | Scenario::Tags | Scenario::Delete | Scenario::Replace => {
                vec![backup(&provider, 0, TAGS, "1")]
            }
            Scenario::SignInAgain => vec![backup(&provider, 0, TAGS, "1"), backup(&provider, 1, TAGS, "1")],
            Scenario::CreateMany | Scenario::RefreshMany => (0..4).map(|n| backup(&provider, n, TAGS, "1")).collect(),
            Scenario::PolicyCreate
            | Scenario::PolicyRefresh
            | Scenario::PolicyUpdate
            | Scenario::PolicyDelete
            | Scenario::RunPolicy => {
                vec![policy(&provider, &[])]
            }
            Scenario::AssociationCreate | Scenario::AssociationDelete => vec![association(&provider, &cloud)],
            Scenario::Restore | Scenario::CreateBackupAction | Scenario::PruneBackups => Vec::new(),
            Scenario::VaultCreate | Scenario::VaultRefresh | Scenario::VaultDelete | Scenario::VaultRestore => {
                vec![vault_backup(&provider)]
            }
        };
        let existing = match scenario {
            Scenario::Create
            | Scenario::CreateMany
            | Scenario::PolicyCreate
            | Scenario::AssociationCreate
            | Scenario::VaultCreate => 0,
            Scenario::SignInAgain => 1,
            _ => resources.len(),
        };
        let work = resources[..existing].iter_mut().map(Managed::apply);
        for diags in join_all(work).await {
            assert!(diags.errors.is_empty(), "{diags:?}");
        }
        let mut target = String::new();
        match scenario {
            Scenario::Tags => resources[0]
                .config
                .set("tags", object(&[("b", "3".into()), ("c", "4".into())])),
            Scenario::Replace => resources[0].config.set("triggers", object(&[("release", "2".into())])),
            Scenario::PolicyUpdate => {
                let values = [
                    ("description", "another".into()),
                    ("resource", RawValue::List(vec![server(1)])),
                    ("tags", object(&[("b", "3".into()), ("c", "4".into())])),
                ];
                resources[0].config = policy(&provider, &values).config;
            }
            Scenario::RunPolicy | Scenario::VaultRestore => target = resources[0].core.text("id"),
            Scenario::Restore => {
                let made = cloud.simulator.make_checkpoint(PROJECT, &[&server_id(0)], None);
                target.clone_from(&made.items[0].id);
            }
            Scenario::PruneBackups => {
                for _ in 0..=OLD_BACKUPS {
                    sleep(Duration::from_secs(3600)).await;
                    let made = cloud.simulator.make_checkpoint(PROJECT, &[&server_id(0)], None);
                    target = made.id;
                }
            }
            _ => {}
        }
        let mut run = Self {
            scenario,
            provider,
            resources,
            cancel: CancellationToken::new(),
            reported: ReportedDiagnostics::default(),
            messages: String::new(),
            target,
            cloud,
        };
        if scenario == Scenario::SignInAgain {
            run.cloud.simulator.revoke_tokens();
        } else {
            run.restart();
        }
        run.cloud.clear_requests();
        run
    }

    /// Starts another process of the provider, as every Terraform command does.
    pub fn restart(&mut self) {
        self.provider = self.cloud.process();
        self.cancel = CancellationToken::new();
        for managed in &mut self.resources {
            managed.core.reconnect(&self.provider);
            managed.core.cancel = self.cancel.clone();
        }
    }

    /// Runs the operation and records its diagnostics.
    pub async fn execute(&mut self) -> Diagnostics {
        for managed in &mut self.resources {
            managed.core.cancel = self.cancel.clone();
        }
        let mut diags = Diagnostics::default();
        match self.scenario {
            Scenario::Refresh | Scenario::RefreshMany | Scenario::PolicyRefresh | Scenario::VaultRefresh => {
                let work = self.resources.iter_mut().map(|managed| managed.core.refresh());
                for each in join_all(work).await {
                    diags.add_diagnostics(each);
                }
            }
            Scenario::Delete | Scenario::PolicyDelete | Scenario::AssociationDelete | Scenario::VaultDelete => {
                diags = self.resources[0].core.refresh().await;
                if diags.errors.is_empty() {
                    diags.add_diagnostics(self.resources[0].core.destroy().await);
                }
            }
            Scenario::Restore
            | Scenario::RunPolicy
            | Scenario::CreateBackupAction
            | Scenario::PruneBackups
            | Scenario::VaultRestore => {
                diags = self.invoke_action().await;
            }
            _ => {
                for each in join_all(self.resources.iter_mut().map(Managed::apply)).await {
                    diags.add_diagnostics(each);
                }
            }
        }
        self.reported.add(&diags);
        diags
    }

    async fn invoke_action(&mut self) -> Diagnostics {
        let target = RawValue::from(self.target.as_str());
        let server = RawValue::from(server_id(0));
        let mut values = match self.scenario {
            Scenario::Restore | Scenario::VaultRestore => vec![("backup_id", target)],
            Scenario::RunPolicy => vec![("policy_id", target)],
            Scenario::PruneBackups => vec![("keep_last", 1.into()), ("server_ids", RawValue::List(vec![server]))],
            _ => vec![("resource_id", server), ("backup_name", "nightly".into())],
        };
        values.push(("timeout", "3m".into()));
        let action = self.scenario.action().unwrap();
        let (messages, diags) = invoke(&self.provider, action, &values, self.cancel.clone()).await;
        self.messages.push_str(&messages.join("\n"));
        diags
    }

    /// Returns true if the state contains this checkpoint, backup or policy. A backup in a vault that the service has not shown
    /// yet is in the state by its checkpoint.
    fn state_contains(&self, id: &str) -> bool {
        let mut cores = self.resources.iter().map(|managed| &managed.core);
        let backups = self.cloud.simulator.cbr().inventory().backups;
        let backup = backups.iter().find(|backup| backup.id == id);
        if backup.is_some_and(|backup| {
            cores
                .clone()
                .any(|core| core.text("checkpoint_id") == backup.checkpoint_id)
        }) {
            return true;
        }
        cores.any(|core| core.text("checkpoint_id") == id || core.text("id") == id)
    }

    /// Returns true if a fault showed the policy without its servers. What the association then writes is wrong, and no client
    /// can know it.
    fn was_shown_an_empty_policy(&self) -> bool {
        let reads = self.cloud.requests_of(Operation::GetPolicy);
        reads
            .iter()
            .any(|request| request.fault.as_deref() == Some("empty_list"))
    }

    /// Asserts that a state or a message names every object in the service. If `unknown_outcome_allowed`, an object may
    /// also be covered by a message that the outcome of a request is unknown.
    pub fn assert_nothing_is_lost(&self, unknown_outcome_allowed: bool) {
        self.cloud.assert_only_host_is_service();
        let mut unnamed = Vec::new();
        for id in self.cloud.checkpoints() {
            let known = self.state_contains(&id)
                || self.reported.errors.contains(&id) && self.reported.errors.contains("terraform import");
            let made_by_test = matches!(self.scenario, Scenario::Restore | Scenario::PruneBackups);
            let made_by_action = matches!(self.scenario, Scenario::RunPolicy | Scenario::CreateBackupAction)
                && (self.messages.contains(&id) || self.reported.errors.contains(&id));
            if !known && !made_by_test && !made_by_action {
                unnamed.push(id);
            }
        }
        for backup in self.cloud.vault_backups() {
            let named = self.reported.errors.contains(&backup) && self.reported.errors.contains("terraform import");
            if !self.state_contains(&backup) && !named {
                unnamed.push(backup);
            }
        }
        if self.scenario == Scenario::PruneBackups {
            let stays = self.cloud.checkpoints().contains(&self.target);
            assert!(stays, "the newest backup was deleted");
        }
        for policy in self.cloud.simulator.inventory().policies {
            let known = self.state_contains(&policy.id) || self.reported.errors.contains(&policy.id);
            if self.scenario.has_foreign_policy() && !self.was_shown_an_empty_policy() {
                assert!(
                    policy.resources.contains(&server_id(1)),
                    "the server of another program was removed from the policy"
                );
                let is_in = policy.resources.contains(&server_id(0));
                let in_state = self.resources[0].core.stored.is_some();
                assert!(
                    is_in == in_state || !self.reported.errors.is_empty(),
                    "the policy has the server: {is_in}, the state: {in_state}, and there is no error"
                );
            } else if !known && !self.scenario.has_foreign_policy() {
                unnamed.push(policy.id);
            }
        }
        let unknown_policy_outcome = self.reported.errors.contains("It is not known whether the policy")
            || self
                .reported
                .errors
                .contains("It may be that the policy runs in the cloud")
            || self.reported.errors.contains("may have been created");
        let unknown_outcomes = self.reported.unknown_outcomes + usize::from(unknown_policy_outcome);
        let allowed = if unknown_outcome_allowed { unknown_outcomes } else { 0 };
        assert!(
            unnamed.len() <= allowed,
            "no state and no message names {unnamed:?}; errors: {}",
            self.reported.errors
        );
    }

    /// Asserts that nothing was created twice, and that no request that creates something was repeated while its outcome was
    /// unknown. `outcome_known` says that the fault itself tells the client that the request had no effect.
    pub fn assert_no_unsafe_repeat(&self, outcome_known: bool) {
        for operation in [
            Operation::Protect,
            Operation::Restore,
            Operation::RunPolicy,
            Operation::CbrCreateCheckpoint,
            Operation::CbrRestoreBackup,
        ] {
            let requests = self.cloud.requests_of(operation);
            let most = match operation {
                // The request is sent once more if lists and tasks show for a minute that it was not carried out.
                Operation::CbrCreateCheckpoint => 2,
                _ if self.scenario == Scenario::CreateMany => 4,
                _ => 1,
            };
            let done = requests.iter().filter(|request| request.carried_out).count();
            assert!(done <= most, "{} was done {done} times", operation.name());
            let unclear = requests.iter().filter(|request| request.fault.is_some()).count();
            assert!(
                outcome_known || requests.len() <= most || unclear == 0,
                "{} was sent {} times",
                operation.name(),
                requests.len()
            );
        }
    }

    /// Ends all faults, then plans, applies, destroys, and does what the messages recommend.
    pub async fn recover(&mut self) {
        let is_misled = self.was_shown_an_empty_policy();
        self.cloud.clear_faults();
        self.restart();
        // The service finishes its work in progress.
        sleep(Duration::from_secs(1800)).await;
        match self.scenario {
            _ if self.scenario.action().is_some() => {
                self.cloud.clear_requests();
                let diags = self.execute().await;
                assert!(diags.errors.is_empty(), "{diags:?}");
                if self.scenario == Scenario::PruneBackups {
                    assert_eq!(self.cloud.checkpoints(), [self.target.as_str()]);
                }
            }
            Scenario::Delete | Scenario::PolicyDelete | Scenario::AssociationDelete | Scenario::VaultDelete => {}
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
            let made_before = matches!(
                self.scenario,
                Scenario::Restore | Scenario::RunPolicy | Scenario::PruneBackups
            );
            // The next invocation of an action does not look for a backup whose request was not answered.
            let is_announced = match self.scenario {
                Scenario::CreateBackupAction => {
                    self.messages.contains(&id) || self.reported.all.contains(&id) || self.reported.unknown_outcomes > 0
                }
                _ => self.reported.names(&id),
            };
            assert!(
                made_before || is_announced,
                "{id} remains, and no message names it: {}",
                self.reported.all
            );
            adopt_and_delete(&self.cloud, &self.provider, &id).await;
        }
        for id in self.cloud.vault_backups() {
            assert!(
                self.reported.names(&id) || self.reported.all.contains("it was sent once more"),
                "{id} remains, and no message names it: {}",
                self.reported.all
            );
            let mut core = Core::of(&self.provider, "csbs_vault_backup");
            let mut diags = core.import(terraform_plugin::ImportTarget::Id(id)).await;
            diags.add_diagnostics(core.destroy().await);
            assert!(diags.errors.is_empty(), "{diags:?}");
        }
        assert!(self.cloud.vault_backups().is_empty());
        if self.scenario.has_foreign_policy() {
            let policies = self.cloud.simulator.inventory().policies;
            assert!(is_misled || policies[0].resources == [server_id(1)]);
            self.cloud.simulator.remove_policy(&policies[0].id);
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
            self.reported.add(&diags);
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
