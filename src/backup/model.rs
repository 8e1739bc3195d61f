//! State of `csbs_backup` as a struct, and how the service's answers change it.

use std::collections::BTreeMap;

use otc_client::{
    csbs::{Checkpoint, CheckpointItem, ProtectRequest, SERVER_TYPE, Status, Tags, non_empty_description},
    operation::create_backup::CreateProgress,
};
use serde::{Deserialize, Serialize};
use terraform_plugin::{RawValue, Value};

use crate::{
    service_value::{json, json_text, time},
    tag_map::{self, TagMap},
    timeouts::Timeouts,
};

use super::{drift::Texts, private::Configured, protection_plan::ProtectionPlan, summary::BackupSummary};

/// Configuration, plan or state of `csbs_backup`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BackupModel {
    pub resource_id: Value<String>,
    pub resource_type: Value<String>,
    pub backup_name: Value<String>,
    pub description: Value<String>,
    pub incremental: Value<bool>,
    pub tags: Value<TagMap>,
    pub extra_info: RawValue,
    pub triggers: Value<BTreeMap<String, Value<String>>>,
    pub skip_destroy: Value<bool>,
    pub id: Value<String>,
    pub checkpoint_id: Value<String>,
    pub project_id: Value<String>,
    pub region: Value<String>,
    pub resource_graph: Value<String>,
    pub checkpoint_extra_info: Value<String>,
    pub protection_plan: Value<ProtectionPlan>,
    #[serde(flatten)]
    pub summary: BackupSummary,
    pub timeouts: Value<Timeouts>,
}

impl BackupModel {
    /// The request for a configuration. What is not configured is not sent, so that the service decides.
    #[must_use]
    pub fn protect_request(&self) -> ProtectRequest {
        let text = |value: &Value<String>| value.as_ref_option().cloned();
        ProtectRequest {
            backup_name: text(&self.backup_name),
            description: text(&self.description).filter(|text| !text.is_empty()),
            incremental: self.incremental.as_ref_option().copied(),
            resource_type: text(&self.resource_type),
            tags: self.tags(),
            extra_info: Some(json(&self.extra_info)).filter(|value| !value.is_null()),
        }
    }

    /// The arguments that can change in the cloud and not through the API.
    #[must_use]
    pub fn texts(&self) -> Texts<'_> {
        Texts {
            name_argument: "backup_name",
            name: &self.backup_name,
            description: &self.description,
        }
    }

    /// The same arguments, to be stored.
    #[must_use]
    pub fn configured(&self) -> Configured {
        Configured::new(&self.backup_name, &self.description)
    }

    /// The known tags.
    #[must_use]
    pub fn tags(&self) -> Tags {
        tag_map::to_api(&self.tags)
    }

    /// Returns `true` if the backup is neither complete nor failed, as far as is known. One that is being restored is complete.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        let status = self.summary.status.as_deref_option().map(Status::from);
        status.is_some_and(|status| {
            !matches!(
                status,
                Status::Available | Status::WaitingRestore | Status::Restoring | Status::Error
            )
        })
    }

    /// Returns `true` if the status is `error`: the backup failed, or a restore from it.
    #[must_use]
    pub fn is_in_error(&self) -> bool {
        self.summary.status.as_deref_option() == Some(Status::Error.as_str())
    }

    /// Applies what a create or a wait has read so far.
    pub fn apply_progress(&mut self, progress: &CreateProgress) {
        if let Some(checkpoint_id) = &progress.checkpoint_id {
            self.checkpoint_id = Value::Value(checkpoint_id.clone());
        }
        if let Some(checkpoint) = &progress.checkpoint {
            self.apply_checkpoint(checkpoint);
        }
        if let Some(item) = &progress.item {
            self.apply_item(item);
        }
    }

    /// Applies what only the response of the protect action has.
    fn apply_checkpoint(&mut self, checkpoint: &Checkpoint) {
        self.checkpoint_id = Value::Value(checkpoint.id.clone());
        self.summary.status = Value::Value(checkpoint.status.as_str().to_owned());
        self.summary.created_at = time(checkpoint.created_at.as_deref());
        self.resource_graph = checkpoint.resource_graph.clone().into();
        self.checkpoint_extra_info = json_text(checkpoint.extra_info.as_ref());
        self.protection_plan = checkpoint.protection_plan.as_ref().map(ProtectionPlan::from).into();
        if let Some(project_id) = &checkpoint.project_id {
            self.project_id = Value::Value(project_id.clone());
        }
    }

    /// Applies what the service answers about the backup, except what can be configured.
    pub fn apply_item(&mut self, item: &CheckpointItem) {
        self.id = Value::Value(item.id.clone());
        if let Some(checkpoint_id) = &item.checkpoint_id {
            self.checkpoint_id = Value::Value(checkpoint_id.clone());
        }
        // An answer may leave out the time of a backup that has it.
        let created_at = self.summary.created_at.take();
        self.summary = BackupSummary::from(item);
        self.summary.created_at = self.summary.created_at.take().or(created_at);
    }

    /// Applies the answer of a refresh: also what can be configured, as it is in the cloud.
    pub fn refresh(&mut self, item: &CheckpointItem) {
        self.apply_item(item);
        if let Some(server_id) = &item.resource_id {
            self.resource_id = Value::Value(server_id.clone());
        }
        if let Some(resource_type) = &item.resource_type {
            self.resource_type = Value::Value(resource_type.clone());
        }
        if let Some(name) = &item.name {
            self.backup_name = Value::Value(name.clone());
        }
        self.refresh_description(item);
        if let Some(tags) = &item.tags {
            self.tags = tag_map::from_api(tags);
        }
        let or_default = |value: &mut Value<String>, default: &str| {
            *value = value.take().or(Value::Value(default.to_owned()));
        };
        or_default(&mut self.resource_type, SERVER_TYPE);
        or_default(&mut self.description, "");
        self.tags = self.tags.take().or(Value::Value(TagMap::new()));
        self.incremental = self.incremental.take().or(self.summary.is_incremental);
        self.skip_destroy = self.skip_destroy.take().or(Value::Value(false));
    }

    /// Takes the description of the cloud, unless both are one of the forms of an empty description.
    fn refresh_description(&mut self, item: &CheckpointItem) {
        let Some(description) = &item.description else { return };
        let is_empty = |text: Option<&str>| non_empty_description(text).is_none();
        match (
            is_empty(Some(description)),
            is_empty(self.description.as_deref_option()),
        ) {
            (false, _) => self.description = Value::Value(description.clone()),
            (true, false) => self.description = Value::Value(String::new()),
            (true, true) => {}
        }
    }

    /// Resolves the arguments that the service chose because they were not configured.
    pub fn resolve_chosen_arguments(&mut self, item: Option<&CheckpointItem>) {
        if self.backup_name.is_unknown() {
            self.backup_name = item.and_then(|item| item.name.clone()).into();
        }
        if self.incremental.is_unknown() {
            self.incremental = self.summary.is_incremental;
        }
    }
}
