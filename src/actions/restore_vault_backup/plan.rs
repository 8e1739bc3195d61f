//! The plan of a restore: what will be overwritten, and what cannot be restored.

use terraform_plugin::{Context, Diagnostics, PlanAction};

use super::messages::{SUMMARY, report_disk_backup};
use crate::{
    Connection,
    actions::restore_backup::{RestoreBackupModel, Source, report_mapping, report_not_found, warn_of_restore},
    diagnostics::Failure,
};
use otc_client::operation::{restore_vault_backup::vault_mapping, until_stopped};

/// Reads the backup, if its ID is known, and reports what a restore would overwrite. A target that cannot be right is an error.
pub(super) async fn check(connection: &Connection, context: &Context, request: &PlanAction, diags: &mut Diagnostics) {
    let Some(model) = request.config.to_model::<RestoreBackupModel>(diags) else {
        return;
    };
    let (Some(id), Some(service)) = (model.backup_id.as_ref_option(), connection.for_plan_checks()) else {
        return;
    };
    let subject = format!("Backup {id}");
    let backup = match until_stopped(&context.cancel, service.cbr.get_backup(id)).await {
        Ok(Ok(backup)) => backup,
        Ok(Err(error)) if error.is_gone() => return report_not_found(id, "backup", diags),
        Ok(Err(error)) => {
            let failure = Failure {
                summary: SUMMARY,
                subject: &subject,
                attributes: &[],
            };
            return failure.report(diags, &error);
        }
        Err(_) => return,
    };
    if backup.is_child() {
        return report_disk_backup(&backup, diags);
    }
    if model.server_id.is_unknown() || !request.config.is_wholly_known() {
        return;
    }
    let volumes = model.volume_mappings();
    match vault_mapping(&backup, model.server_id.as_deref_option(), &volumes) {
        Ok((server_id, volumes)) => {
            let source = Source {
                backup_id: &backup.id,
                server_id: backup.resource_id.as_deref(),
                server_name: backup.resource_name.as_deref(),
                created_at: backup.created_at.as_deref(),
            };
            warn_of_restore(&source, &server_id, volumes.len(), diags);
        }
        Err(error) => report_mapping(&subject, &error, "csbs_vault_backup", diags),
    }
}
