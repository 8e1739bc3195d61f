//! What the provider offers, by name: the one place to register a resource, data source, action, list resource or function.

use std::{collections::BTreeMap, sync::Arc};

use terraform_plugin::{Action, DataSource, Function, ListResource, Resource};

use crate::{
    Connection,
    actions::{RestoreBackupAction, RunPolicyAction},
    backup::{BackupDataSource, BackupList, BackupResource, BackupsDataSource},
    capability::{BackupCapabilityDataSource, RestoreCapabilityDataSource},
    data_source::{ConnectedDataSource, ServiceDataSource},
    functions::{ExplainTriggerPattern, TriggerPattern},
    list::ConnectedList,
    policy::{PoliciesDataSource, PolicyDataSource, PolicyList, PolicyResource},
    policy_association::PolicyAssociationResource,
    quotas::QuotasDataSource,
    tags::TagsDataSource,
};

/// Managed resources.
pub fn resources(connection: &Connection) -> BTreeMap<String, Arc<dyn Resource>> {
    let mut resources: BTreeMap<String, Arc<dyn Resource>> = BTreeMap::new();
    resources.insert(
        "csbs_backup".to_owned(),
        Arc::new(BackupResource::new(connection.clone())),
    );
    resources.insert(
        "csbs_backup_policy".to_owned(),
        Arc::new(PolicyResource::new(connection.clone())),
    );
    resources.insert(
        "csbs_policy_association".to_owned(),
        Arc::new(PolicyAssociationResource::new(connection.clone())),
    );
    resources
}

/// Data sources.
pub fn data_sources(connection: &Connection) -> BTreeMap<String, Arc<dyn DataSource>> {
    fn connected<D: ServiceDataSource>(connection: &Connection) -> Arc<dyn DataSource> {
        Arc::new(ConnectedDataSource::<D>::new(connection.clone()))
    }
    let sources = [
        ("csbs_backup", connected::<BackupDataSource>(connection)),
        ("csbs_backups", connected::<BackupsDataSource>(connection)),
        ("csbs_backup_policy", connected::<PolicyDataSource>(connection)),
        ("csbs_backup_policies", connected::<PoliciesDataSource>(connection)),
        (
            "csbs_backup_capability",
            connected::<BackupCapabilityDataSource>(connection),
        ),
        (
            "csbs_restore_capability",
            connected::<RestoreCapabilityDataSource>(connection),
        ),
        ("csbs_quotas", connected::<QuotasDataSource>(connection)),
        ("csbs_tags", connected::<TagsDataSource>(connection)),
    ];
    sources
        .into_iter()
        .map(|(name, source)| (name.to_owned(), source))
        .collect()
}

/// Actions.
pub fn actions(connection: &Connection) -> BTreeMap<String, Arc<dyn Action>> {
    let mut actions: BTreeMap<String, Arc<dyn Action>> = BTreeMap::new();
    let restore = RestoreBackupAction::new(connection.clone());
    actions.insert("csbs_restore_backup".to_owned(), Arc::new(restore));
    let run = RunPolicyAction::new(connection.clone());
    actions.insert("csbs_run_backup_policy".to_owned(), Arc::new(run));
    actions
}

/// List resources.
pub fn list_resources(connection: &Connection) -> BTreeMap<String, Arc<dyn ListResource>> {
    let mut lists: BTreeMap<String, Arc<dyn ListResource>> = BTreeMap::new();
    let backups = ConnectedList::<BackupList>::new(connection.clone());
    lists.insert("csbs_backup".to_owned(), Arc::new(backups));
    let policies = ConnectedList::<PolicyList>::new(connection.clone());
    lists.insert("csbs_backup_policy".to_owned(), Arc::new(policies));
    lists
}

/// Functions.
pub fn functions() -> BTreeMap<String, Arc<dyn Function>> {
    let mut functions: BTreeMap<String, Arc<dyn Function>> = BTreeMap::new();
    functions.insert("trigger_pattern".to_owned(), Arc::new(TriggerPattern));
    functions.insert("explain_trigger_pattern".to_owned(), Arc::new(ExplainTriggerPattern));
    functions
}
