//! Everything that the provider offers, by name: the one place to register a resource, data source, action, list resource or function.

use std::{collections::BTreeMap, sync::Arc};

use terraform_plugin::{Action, DataSource, Function, ListResource, Resource};

use crate::{
    Connection,
    actions::{
        CreateBackupAction, CreateVaultBackupAction, PruneBackupsAction, RestoreBackupAction, RestoreVaultBackupAction,
        RunPolicyAction,
    },
    backup::{BackupDataSource, BackupList, BackupResource, BackupsDataSource},
    capability::{BackupCapabilityDataSource, RestoreCapabilityDataSource},
    connected::Connected,
    functions::{ExplainTriggerPattern, TriggerPattern},
    migration_report::MigrationReportDataSource,
    policy::{PoliciesDataSource, PolicyDataSource, PolicyList, PolicyResource},
    policy_association::PolicyAssociationResource,
    protection_report::ProtectionReportDataSource,
    quotas::QuotasDataSource,
    tags::TagsDataSource,
    vault::{VaultDataSource, VaultsDataSource},
    vault_backup::{VaultBackupDataSource, VaultBackupList, VaultBackupResource, VaultBackupsDataSource},
};

/// Objects of one kind by their names in configurations.
type Registry<T> = BTreeMap<String, Arc<T>>;

/// Managed resources.
pub fn resources(connection: &Connection) -> Registry<dyn Resource> {
    let connection = || connection.clone();
    registry([
        ("csbs_backup", Arc::new(BackupResource::new(connection()))),
        ("csbs_backup_policy", Arc::new(PolicyResource::new(connection()))),
        (
            "csbs_policy_association",
            Arc::new(PolicyAssociationResource::new(connection())),
        ),
        ("csbs_vault_backup", Arc::new(VaultBackupResource::new(connection()))),
    ])
}

/// Data sources.
pub fn data_sources(connection: &Connection) -> Registry<dyn DataSource> {
    let connection = || connection.clone();
    registry([
        (
            "csbs_backup",
            Arc::new(Connected::<BackupDataSource>::new(connection())),
        ),
        (
            "csbs_backups",
            Arc::new(Connected::<BackupsDataSource>::new(connection())),
        ),
        (
            "csbs_backup_policy",
            Arc::new(Connected::<PolicyDataSource>::new(connection())),
        ),
        (
            "csbs_backup_policies",
            Arc::new(Connected::<PoliciesDataSource>::new(connection())),
        ),
        (
            "csbs_backup_capability",
            Arc::new(Connected::<BackupCapabilityDataSource>::new(connection())),
        ),
        (
            "csbs_restore_capability",
            Arc::new(Connected::<RestoreCapabilityDataSource>::new(connection())),
        ),
        (
            "csbs_migration_report",
            Arc::new(Connected::<MigrationReportDataSource>::new(connection())),
        ),
        (
            "csbs_protection_report",
            Arc::new(Connected::<ProtectionReportDataSource>::new(connection())),
        ),
        (
            "csbs_quotas",
            Arc::new(Connected::<QuotasDataSource>::new(connection())),
        ),
        ("csbs_tags", Arc::new(Connected::<TagsDataSource>::new(connection()))),
        ("csbs_vault", Arc::new(Connected::<VaultDataSource>::new(connection()))),
        (
            "csbs_vaults",
            Arc::new(Connected::<VaultsDataSource>::new(connection())),
        ),
        (
            "csbs_vault_backup",
            Arc::new(Connected::<VaultBackupDataSource>::new(connection())),
        ),
        (
            "csbs_vault_backups",
            Arc::new(Connected::<VaultBackupsDataSource>::new(connection())),
        ),
    ])
}

/// Actions.
pub fn actions(connection: &Connection) -> Registry<dyn Action> {
    let connection = || connection.clone();
    registry([
        ("csbs_create_backup", Arc::new(CreateBackupAction::new(connection()))),
        (
            "csbs_create_vault_backup",
            Arc::new(CreateVaultBackupAction::new(connection())),
        ),
        ("csbs_prune_backups", Arc::new(PruneBackupsAction::new(connection()))),
        ("csbs_restore_backup", Arc::new(RestoreBackupAction::new(connection()))),
        (
            "csbs_restore_vault_backup",
            Arc::new(RestoreVaultBackupAction::new(connection())),
        ),
        ("csbs_run_backup_policy", Arc::new(RunPolicyAction::new(connection()))),
    ])
}

/// List resources.
pub fn list_resources(connection: &Connection) -> Registry<dyn ListResource> {
    let connection = || connection.clone();
    registry([
        ("csbs_backup", Arc::new(Connected::<BackupList>::new(connection()))),
        (
            "csbs_backup_policy",
            Arc::new(Connected::<PolicyList>::new(connection())),
        ),
        (
            "csbs_vault_backup",
            Arc::new(Connected::<VaultBackupList>::new(connection())),
        ),
    ])
}

/// Functions.
pub fn functions() -> Registry<dyn Function> {
    registry([
        ("trigger_pattern", Arc::new(TriggerPattern)),
        ("explain_trigger_pattern", Arc::new(ExplainTriggerPattern)),
    ])
}

fn registry<T: ?Sized, const N: usize>(entries: [(&str, Arc<T>); N]) -> Registry<T> {
    let mut registry = Registry::new();
    for (name, entry) in entries {
        registry.insert(name.to_owned(), entry);
    }
    registry
}
