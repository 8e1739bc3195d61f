//! The configuration of `csbs_prune_backups`.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use otc_client::{csbs::CheckpointItem, operation::prune_backups::PruneRule};
use serde::{Deserialize, Serialize};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics, Value};

use crate::{
    actions::operation::timeout,
    backup::query::{BackupFilters, BackupQuery, SearchFilters},
    duration,
    tag_filter::TagFilterModel,
};

/// Model of the configuration.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PruneBackupsModel {
    pub keep_last: Value<i64>,
    pub server_ids: Value<Vec<Value<String>>>,
    pub name_prefix: Value<String>,
    pub older_than: Value<String>,
    pub include_policy_backups: Value<bool>,
    pub dry_run: Value<bool>,
    pub timeout: Value<String>,
    #[serde(flatten)]
    pub tags: TagFilterModel,
}

impl PruneBackupsModel {
    /// Reports a configuration that selects every backup of the project. An unknown argument may select.
    pub fn validate(&self, diags: &mut Diagnostics) {
        let selects = !self.server_ids.is_null()
            || !self.name_prefix.is_null()
            || !self.older_than.is_null()
            || self.tags.requires_tags();
        if !selects {
            diags.add_attribute_error(
                "No backups are selected",
                "Set at least one of `server_ids`, `name_prefix`, `older_than`, `with_tags` and `tags_any`: without them, the \
                 action would delete backups of every server in the project.",
                AttributePath::root(),
            );
        }
    }
}

/// The work that a configuration describes.
pub struct Prune {
    pub query: BackupQuery,
    pub rule: PruneRule,
    pub dry_run: bool,
    pub timeout: Duration,
    server_ids: Option<Vec<String>>,
    name_prefix: String,
}

impl Prune {
    pub fn new(model: &PruneBackupsModel, now: Timestamp) -> Self {
        let filters = BackupFilters {
            search: SearchFilters {
                tags: model.tags.clone(),
                ..SearchFilters::default()
            },
            ..BackupFilters::default()
        };
        let age = model
            .older_than
            .as_deref_option()
            .and_then(|text| duration::parse(text).ok())
            .and_then(|age| SignedDuration::try_from(age).ok());
        Self {
            query: BackupQuery::new(&filters, None),
            rule: PruneRule {
                // A number that is not valid deletes nothing.
                keep_last: model
                    .keep_last
                    .as_option()
                    .and_then(|number| usize::try_from(number).ok())
                    .unwrap_or(usize::MAX),
                // An age beyond the calendar selects nothing.
                created_before: age.map(|age| now.checked_sub(age).unwrap_or(Timestamp::MIN)),
                include_policy_backups: model.include_policy_backups.as_option() == Some(true),
            },
            dry_run: model.dry_run.as_option() == Some(true),
            timeout: timeout(&model.timeout),
            server_ids: model.server_ids.as_ref_option().map(|ids| {
                let ids = ids.iter().cloned();
                ids.filter_map(Value::as_option).collect()
            }),
            name_prefix: model.name_prefix.clone().unwrap_or_default(),
        }
    }

    /// Whether the filters that [`BackupQuery`] does not have select the backup.
    pub fn selects(&self, item: &CheckpointItem) -> bool {
        let is_selected_server = self.server_ids.as_ref().is_none_or(|ids| {
            let server = item.resource_id.as_ref();
            server.is_some_and(|server| ids.contains(server))
        });
        let name = item.name.as_deref().unwrap_or_default();
        is_selected_server && name.starts_with(&self.name_prefix)
    }
}
