//! Models of `csbs_protection_report`.

use serde::{Deserialize, Serialize};

use crate::quotas::{self, QuotaModel};
use otc_client::csbs::Quota;
use terraform_plugin::Value;

/// Configuration and result.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProtectionReportModel {
    pub resource_ids: Value<Vec<Value<String>>>,
    pub servers: Value<Vec<ServerModel>>,
    pub policies: Value<Vec<PolicyModel>>,
    pub quotas: Value<Vec<QuotaModel>>,
    pub backup_count: Value<i64>,
    pub size: Value<i64>,
}

impl ProtectionReportModel {
    /// Sets the quotas, as `csbs_quotas` shows them.
    pub fn set_quotas(&mut self, quotas: Vec<Quota>) {
        self.quotas = quotas::models(quotas).into();
    }
}

/// One server.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ServerModel {
    pub resource_id: Value<String>,
    pub resource_name: Value<String>,
    pub policy_ids: Value<Vec<String>>,
    pub policy_names: Value<Vec<Value<String>>>,
    pub scheduled: Value<bool>,
    pub next_run: Value<String>,
    pub newest_backup_id: Value<String>,
    pub newest_backup_created_at: Value<String>,
    pub newest_backup_age_hours: Value<i64>,
    pub restorable: Value<bool>,
    pub not_restorable_reason: Value<String>,
    pub unfinished_backup_ids: Value<Vec<String>>,
    pub failed_backup_ids: Value<Vec<String>>,
    pub images: Value<Vec<ImageModel>>,
    pub backup_count: Value<i64>,
    pub size: Value<i64>,
}

/// An image made from a backup.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ImageModel {
    pub image_id: Value<String>,
    pub backup_id: Value<String>,
}

/// One policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PolicyModel {
    pub id: Value<String>,
    pub name: Value<String>,
    pub enabled: Value<bool>,
    pub next_run: Value<String>,
    pub resource_ids: Value<Vec<String>>,
    pub backup_count: Value<i64>,
    pub size: Value<i64>,
}
