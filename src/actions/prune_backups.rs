//! The action `csbs_prune_backups`: deletes old backups and keeps the newest of each server.

mod messages;
mod model;
mod schema;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use otc_client::{
    csbs::{ApiError, CheckpointItem, ItemFilter},
    operation::{
        OperationContext,
        prune_backups::{self, PolicyBackups, PrunePlan},
        until_stopped,
    },
};
use terraform_plugin::{Action, ActionEvent, Context, Diagnostics, InvokeAction, RawValue, Schema};
use tokio::sync::mpsc::Sender;

use super::operation::begin;
use crate::{Connection, region_and_project::operation_region};
use model::{Prune, PruneBackupsModel};

/// Deletes old backups and keeps the newest of each server.
pub struct PruneBackupsAction {
    connection: Connection,
}

impl PruneBackupsAction {
    /// An action that uses `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

#[async_trait]
impl Action for PruneBackupsAction {
    fn schema(&self) -> Schema {
        schema::schema().attributes([operation_region()])
    }

    async fn validate(&self, _context: &Context, config: &RawValue, diags: &mut Diagnostics) {
        if let Some(model) = config.to_model::<PruneBackupsModel>(diags) {
            model.validate(diags);
        }
    }

    async fn invoke(
        &self,
        context: &Context,
        request: InvokeAction,
        events: Sender<ActionEvent>,
        diags: &mut Diagnostics,
    ) {
        let begun = begin::<PruneBackupsModel>(&self.connection, &request, &events, diags);
        let Some((operations, model, send)) = begun else {
            return;
        };
        // An argument that was unknown while planning may have become null.
        model.validate(diags);
        if !diags.errors.is_empty() {
            return;
        }
        let now = operations.client.session().clock().now();
        let prune = Prune::new(&model, now);
        let plan = match until_stopped(&context.cancel, plan(&operations, &prune)).await {
            Ok(Ok(plan)) => plan,
            Ok(Err(error)) => return messages::not_listed(&error, diags),
            Err(_) => return messages::interrupted_before_deletion(diags),
        };
        send(messages::planned(&plan));
        if prune.dry_run {
            return messages::dry_run(&plan, diags);
        }
        let PrunePlan { delete, keep } = plan;
        let on_deleted = |item: &CheckpointItem| send(messages::deleted(item));
        let deletions =
            prune_backups::delete_all(&operations, delete, prune.timeout, &context.cancel, &on_deleted).await;
        if context.cancel.is_cancelled() {
            return messages::interrupted(&deletions, diags);
        }
        messages::failures(&deletions, diags);
        send(messages::finished(&deletions, keep.len()));
    }
}

/// Selects the backups and decides about each. The whole project is listed, because that shows which checkpoints have backups of
/// several servers.
async fn plan(operations: &OperationContext, prune: &Prune) -> Result<PrunePlan, ApiError> {
    let client = &operations.client;
    let all = client.list_checkpoint_items(&ItemFilter::default()).await?;
    let policy_backups = if prune.rule.include_policy_backups {
        PolicyBackups::default()
    } else {
        PolicyBackups::read(client, &all).await?
    };
    let mut selected = prune.query.select(client, all).await?.items;
    selected.retain(|item| prune.selects(item));
    Ok(prune.rule.plan(selected, &policy_backups))
}
