//! Models of `csbs_migration_report`.

use serde::{Deserialize, Serialize};

use crate::protection_report::ImageModel;
use terraform_plugin::Value;

/// The result; the data source has no arguments.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MigrationReportModel {
    pub vaults: Value<Vec<VaultModel>>,
    pub policies_without_vault: Value<Vec<PolicyModel>>,
    pub images: Value<Vec<ImageModel>>,
    pub unfinished_backup_ids: Value<Vec<String>>,
    pub failed_backup_ids: Value<Vec<String>>,
    pub long_name_backup_ids: Value<Vec<String>>,
    pub ambiguous_backup_ids: Value<Vec<String>>,
    pub foreign_backup_ids: Value<Vec<String>>,
    pub backup_count: Value<i64>,
    pub size: Value<i64>,
    pub capacity_gb: Value<i64>,
}

/// A vault that the migration makes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct VaultModel {
    pub name: Value<String>,
    pub protect_type: Value<String>,
    pub policy_id: Value<String>,
    pub policy_enabled: Value<bool>,
    pub resource_ids: Value<Vec<String>>,
    pub backup_ids: Value<Vec<String>>,
    pub backup_count: Value<i64>,
    pub size: Value<i64>,
    pub capacity_gb: Value<i64>,
    pub open_questions: Value<Vec<String>>,
}

/// A policy that gets no vault.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PolicyModel {
    pub id: Value<String>,
    pub name: Value<String>,
    pub reason: Value<String>,
}
