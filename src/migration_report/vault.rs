//! A vault that the migration makes.

use crate::{
    backup::query::newest_first,
    policy::next_run::is_enabled,
    protection_report::{count, size},
};
use otc_client::csbs::{CheckpointItem, Policy};
use terraform_plugin::Value;

use super::model::VaultModel;

/// Most characters in the name of a vault, and of a backup in CBR.
pub const MAX_NAME: usize = 64;

/// The name of the vaults for backups of no policy.
const DEFAULT_NAME: &str = "default";

/// A vault that the migration makes.
pub struct Vault<'a> {
    /// The policy that it is made for; none for `default`.
    pub policy: Option<&'a Policy>,
    /// Whether it is a vault for copies from another region.
    pub is_replication: bool,
    /// The backups that move to it.
    pub items: Vec<&'a CheckpointItem>,
}

impl Vault<'_> {
    /// The name, as far as the documentation says it.
    pub fn name(&self) -> String {
        self.full_name().chars().take(MAX_NAME).collect()
    }

    fn full_name(&self) -> &str {
        match self.policy {
            Some(policy) => policy.name.as_deref().unwrap_or_default(),
            None => DEFAULT_NAME,
        }
    }

    /// The model. `shares_name` says that another vault would have the same name.
    pub fn model(&self, shares_name: bool) -> VaultModel {
        let mut items = self.items.clone();
        items.sort_by(|a, b| newest_first(a, b));
        let size = size(&items);
        VaultModel {
            name: self.name().into(),
            protect_type: if self.is_replication { "replication" } else { "backup" }
                .to_owned()
                .into(),
            policy_id: self.policy.map(|policy| policy.id.clone()).into(),
            policy_enabled: self.policy.map(is_enabled).into(),
            resource_ids: self
                .policy
                .map(|policy| policy.server_ids().map(str::to_owned).collect::<Vec<_>>())
                .into(),
            backup_ids: items.iter().map(|item| item.id.clone()).collect::<Vec<_>>().into(),
            backup_count: count(&items).into(),
            size: size.into(),
            capacity_gb: if items.is_empty() {
                Value::Null
            } else {
                capacity_gb(size).into()
            },
            open_questions: self.open_questions(shares_name).into(),
        }
    }

    fn open_questions(&self, shares_name: bool) -> Vec<String> {
        let mut questions = Vec::new();
        let length = self.full_name().chars().count();
        if length > MAX_NAME {
            questions.push(format!(
                "The name of the policy has {length} characters, and the name of a vault at most {MAX_NAME}. How the vault is \
                 named is not documented."
            ));
        }
        if shares_name {
            questions.push(
                "Another vault would have the same name. How the migration names them is not documented.".to_owned(),
            );
        }
        if self.policy.is_some_and(|policy| policy.server_ids().next().is_none()) {
            questions.push(
                "The policy has backups but covers no servers. For a policy with backups the documentation names a vault, for \
                 one without servers none; where these backups go is not certain."
                    .to_owned(),
            );
        }
        let without_size = self.items.iter().filter(|item| !has_size(item)).count();
        if without_size > 0 {
            questions.push(format!(
                "The service reports no size for {without_size} of the backups, so the capacity can be greater."
            ));
        }
        questions
    }
}

fn has_size(item: &CheckpointItem) -> bool {
    item.extend_info.as_ref().is_some_and(|info| info.size.is_some())
}

/// 1.2 times a size in MB, in whole GB, rounded up.
fn capacity_gb(size_mb: i64) -> i64 {
    let fifths_of_a_gb = u64::try_from(size_mb).unwrap_or(0).saturating_mul(6);
    i64::try_from(fifths_of_a_gb.div_ceil(5 * 1024)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_capacity_is_1_2_times_the_size_in_whole_gb() {
        for (size_mb, gb) in [(-1, 0), (0, 0), (1, 1), (853, 1), (854, 2), (10 * 1024, 12)] {
            assert_eq!(capacity_gb(size_mb), gb, "{size_mb}");
        }
        assert!(capacity_gb(i64::MAX) > 0);
    }
}
