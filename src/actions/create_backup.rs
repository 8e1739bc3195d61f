//! The action `csbs_create_backup`: creates a backup that no state keeps.

mod schema;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use otc_client::{
    csbs::{CheckpointItem, ProtectRequest},
    operation::{
        OperationContext,
        create_backup::{CreateBackup, CreateError, CreateProgress},
    },
};
use serde::{Deserialize, Serialize};
use terraform_plugin::{Context, Diagnostics, RawValue, Schema, Value};

use super::operation::{ActionOperation, timeout};
use crate::{
    backup::messages::{self, Waiting},
    connected::Connected,
    service_value::json,
    tag_map::{self, TagMap},
};

/// Creates a backup of a server, and waits until it is available.
pub type CreateBackupAction = Connected<CreateBackup>;

/// Model of the configuration.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CreateBackupModel {
    resource_id: Value<String>,
    resource_type: Value<String>,
    backup_name: Value<String>,
    description: Value<String>,
    incremental: Value<bool>,
    tags: Value<TagMap>,
    extra_info: RawValue,
    timeout: Value<String>,
}

/// The part of the backup that exists, and the reason why it is not available.
pub struct Failed {
    progress: CreateProgress,
    error: CreateError,
}

#[async_trait]
impl ActionOperation for CreateBackup {
    type Model = CreateBackupModel;
    type Progress = CreateProgress;
    type Outcome = CreateProgress;
    type Error = Box<Failed>;

    fn schema() -> Schema {
        schema::schema()
    }

    fn from_model(model: CreateBackupModel) -> Self {
        let description = model.description.as_option().filter(|text| !text.is_empty());
        Self {
            server_id: model.resource_id.unwrap_or_default(),
            request: ProtectRequest {
                backup_name: model.backup_name.as_option(),
                description,
                incremental: model.incremental.as_option(),
                resource_type: model.resource_type.as_option(),
                tags: tag_map::to_api(&model.tags),
                extra_info: Some(json(&model.extra_info)).filter(|value| !value.is_null()),
            },
            timeout: timeout(&model.timeout),
        }
    }

    async fn run(
        &self,
        service: &OperationContext,
        context: &Context,
        on_progress: &(dyn Fn(CreateProgress) + Send + Sync),
    ) -> Result<CreateProgress, Box<Failed>> {
        let mut progress = CreateProgress::default();
        let on_progress = |progress: &CreateProgress| on_progress(progress.clone());
        match Self::run(self, service, &context.cancel, &mut progress, &on_progress).await {
            Ok(()) => Ok(progress),
            Err(error) => Err(Box::new(Failed { progress, error })),
        }
    }

    fn progress_message(&self, progress: CreateProgress) -> String {
        match &progress.item {
            None => format!(
                "Server {}: the backup was started as checkpoint {}.",
                self.server_id,
                checkpoint_id(&progress)
            ),
            Some(item) => match percent(item) {
                Some(percent) => format!("{}: {}, {percent} %.", label(&progress, item), item.status),
                None => format!("{}: {}.", label(&progress, item), item.status),
            },
        }
    }

    fn success_message(&self, progress: CreateProgress) -> String {
        let available = match &progress.item {
            Some(item) => format!("{} of server {} is available.", label(&progress, item), self.server_id),
            None => format!("Checkpoint {} is available.", checkpoint_id(&progress)),
        };
        // No warning, because earlier invocations with the same name are the rule.
        let similar = messages::similar_backups(self, &progress, Waiting::Action);
        available + &similar.map(|text| format!(" {text}")).unwrap_or_default()
    }

    fn report(&self, failed: Box<Failed>, diags: &mut Diagnostics) {
        let similar = messages::similar_backups(self, &failed.progress, Waiting::Action);
        messages::warn_of_similar_backups(similar, diags);
        messages::create(self, &failed.progress, &failed.error, Waiting::Action, diags);
    }
}

fn checkpoint_id(progress: &CreateProgress) -> &str {
    progress.checkpoint_id.as_deref().unwrap_or("(unknown)")
}

fn label(progress: &CreateProgress, item: &CheckpointItem) -> String {
    format!("Backup {} (checkpoint {})", item.id, checkpoint_id(progress))
}

fn percent(item: &CheckpointItem) -> Option<i64> {
    item.extend_info.as_ref()?.progress
}
