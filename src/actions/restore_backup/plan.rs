//! The plan of a restore: what will be overwritten, and what cannot be restored.

use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostics, PlanAction};
use tokio::time::Instant;

use super::{
    messages::{SUMMARY, report_mapping, report_not_found},
    model::RestoreBackupModel,
};
use crate::{Connection, diagnostics::Failure};
use otc_client::{
    csbs::{ApiError, CheckpointItem, ItemKey, Lookup},
    operation::{OperationContext, restore::mapping, until_stopped},
};

/// Reads the backup, if its ID is known, and reports what a restore would overwrite. A target that cannot be right is an error.
pub(super) async fn check(connection: &Connection, context: &Context, request: &PlanAction, diags: &mut Diagnostics) {
    let Some(model) = request.config.to_model::<RestoreBackupModel>(diags) else {
        return;
    };
    let (Some(id), Some(service)) = (model.backup_id.as_ref_option(), connection.for_plan_checks()) else {
        return;
    };
    let item = match until_stopped(&context.cancel, read(&service, id)).await {
        Ok(Ok(Some(item))) => item,
        Ok(Ok(None)) => return report_not_found(id, "backup (checkpoint item)", diags),
        Ok(Err(error)) => {
            let failure = Failure {
                summary: SUMMARY,
                subject: &format!("Backup {id}"),
                attributes: &[],
            };
            return failure.report(diags, &error);
        }
        Err(_) => return,
    };
    if model.server_id.is_unknown() || !request.config.is_wholly_known() {
        return;
    }
    let volumes = model.volume_mappings();
    let target = model.server_id.as_deref_option();
    match mapping(&item, target, &volumes) {
        Ok((server_id, volumes)) => {
            let source = Source {
                backup_id: &item.id,
                server_id: item.resource_id.as_deref(),
                server_name: item.extend_info.as_ref().and_then(|info| info.resource_name.as_deref()),
                created_at: item.created_at.as_deref(),
            };
            warn_of_restore(&source, &server_id, volumes.len(), diags);
        }
        Err(error) => report_mapping(&format!("Backup {id}"), &error, "csbs_backup", diags),
    }
}

async fn read(service: &OperationContext, id: &str) -> Result<Option<CheckpointItem>, ApiError> {
    let key = ItemKey::Item(id.to_owned());
    let item = match service.inventory.look(key, Instant::now()).await? {
        Lookup::Found(items) => items.into_iter().next(),
        Lookup::Absent => None,
    };
    // The mapping needs the disks, which a list may leave out.
    match item {
        Some(item) => service.client.complete_checkpoint_item(item).await.map(Some),
        None => Ok(None),
    }
}

/// The backup of a planned restore.
pub struct Source<'a> {
    /// The backup.
    pub backup_id: &'a str,
    /// The server that was backed up.
    pub server_id: Option<&'a str>,
    /// Its name.
    pub server_name: Option<&'a str>,
    /// When the backup was started.
    pub created_at: Option<&'a str>,
}

/// Warns of the disks of `server_id` that a restore overwrites.
pub fn warn_of_restore(source: &Source<'_>, server_id: &str, disks: usize, diags: &mut Diagnostics) {
    // The service tells the name of the server that was backed up only.
    let server = match source.server_name.filter(|_| source.server_id == Some(server_id)) {
        Some(name) => format!("server \"{name}\" ({server_id})"),
        None => format!("server {server_id}"),
    };
    let made_at = source.created_at.unwrap_or("an unknown time");
    diags.add_attribute_warning(
        "The restore overwrites a server's disks",
        format!(
            "Invoking the action overwrites {disks} {} of {server} with backup {} of {made_at} UTC. Data written to them since \
             then is lost.",
            if disks == 1 { "disk" } else { "disks" },
            source.backup_id
        ),
        AttributePath::new("backup_id"),
    );
}
