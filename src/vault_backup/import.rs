//! Import of a vault backup: by its ID or by identity.

use otc_client::{
    cbr::{Backup, BackupStatus, Lookup, SERVER_TYPE},
    csbs::{ApiError, ItemKey},
    operation::{OperationContext, until_stopped},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostics, ImportTarget, Imported, NewState};
use tokio::time::Instant;

use crate::{
    backup::{
        import::{SUMMARY, interrupted},
        private::Private,
    },
    object_identity::{ObjectIdentity, validate_project},
    region_and_project::set_region_and_project_of_cbr,
    validators,
};

use super::{failure, identity, messages, model::VaultBackupModel};

/// Imports one backup; `None` with an error. Terraform reads it next.
pub async fn import(
    service: &OperationContext,
    context: &Context,
    target: &ImportTarget,
    diags: &mut Diagnostics,
) -> Option<Imported> {
    let (id, attribute) = match target {
        ImportTarget::Id(text) => (text.trim().to_owned(), AttributePath::root()),
        ImportTarget::Identity(identity) => (
            id_of(service, &identity.to_model(diags)?, diags).await?,
            AttributePath::new("id"),
        ),
    };
    let subject = format!("Backup {id}");
    if validators::id().iter().any(|check| check(&id).is_err()) {
        diags.add_attribute_error(SUMMARY, "The text is not the ID of a backup.", attribute);
        return None;
    }
    let backup = match until_stopped(&context.cancel, find(service, &id)).await {
        Ok(Ok(Some(backup))) => backup,
        Ok(Ok(None)) => {
            diags.add_attribute_error(
                "There is no such backup",
                format!(
                    "The service knows no backup with the ID {id} in this project. Check the ID, and that the provider's project \
                     and region are those of the backup. The ID of a checkpoint is not accepted: a checkpoint can have backups \
                     of several servers."
                ),
                attribute,
            );
            return None;
        }
        Ok(Err(error)) => {
            diags.errors.push(messages::api_error(SUMMARY, &subject, &error));
            return None;
        }
        Err(_) => {
            interrupted(&subject, diags);
            return None;
        }
    };
    if let Some(problem) = not_a_server_backup(&backup) {
        diags.add_attribute_error(SUMMARY, format!("{subject} {problem}"), attribute);
        return None;
    }
    let mut state = VaultBackupModel::default();
    state.refresh(&backup);
    let mut private = Private::default();
    let details = async {
        if backup.status == BackupStatus::Error {
            let task = failure::newest_task(service, &backup).await;
            private.record_shown(failure::is_failed_backup(task.as_ref(), false));
            if let Some(task) = &task {
                state.summary.apply_task(task);
            }
        }
        if let Some(vault_id) = &backup.vault_id {
            state.vault_name = vault_name(service, vault_id).await.into();
        }
    };
    if until_stopped(&context.cancel, details).await.is_err() {
        interrupted(&subject, diags);
        return None;
    }
    set_region_and_project_of_cbr(service, &mut state.region, &mut state.project_id).await;
    Some(Imported {
        identity: identity::of(&state),
        state: NewState::from_model(&state, diags)?.state,
        private: private.write(),
        deferred: None,
    })
}

/// The ID of an identity; `None` with an error.
async fn id_of(service: &OperationContext, identity: &ObjectIdentity, diags: &mut Diagnostics) -> Option<String> {
    let Some(id) = identity.id.as_ref_option() else {
        diags.add_attribute_error(SUMMARY, "The identity has no ID.", AttributePath::new("id"));
        return None;
    };
    match service.cbr.endpoint().await {
        Ok(endpoint) => validate_project("backup", &identity.project_id, &endpoint, diags),
        Err(error) => diags
            .errors
            .push(messages::api_error(SUMMARY, &format!("Backup {id}"), &error)),
    }
    diags.errors.is_empty().then(|| id.clone())
}

/// The backup with this ID, also if it is one of a disk, which lists leave out.
async fn find(service: &OperationContext, id: &str) -> Result<Option<Backup>, ApiError> {
    let look = service.vault_backups.look(ItemKey::Item(id.to_owned()), Instant::now());
    if let Lookup::Found(backups) = look.await?
        && let Some(backup) = backups.into_iter().next()
    {
        return Ok(Some(backup));
    }
    match service.cbr.get_backup(id).await {
        Ok(backup) => Ok(Some(backup)),
        Err(error) if error.is_gone() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The name of a vault; `None` when it is not known.
async fn vault_name(service: &OperationContext, vault_id: &str) -> Option<String> {
    service.vaults.read(vault_id).await.ok()??.name
}

/// Says why a backup is not one of a server.
fn not_a_server_backup(backup: &Backup) -> Option<String> {
    if let Some(parent) = backup.parent_id.as_deref().filter(|parent| !parent.is_empty()) {
        return Some(format!(
            "is the backup of one disk. Import the server's backup {parent}, which it is a part of."
        ));
    }
    match backup.resource_type.as_deref() {
        None | Some(SERVER_TYPE) => None,
        Some(other) => Some(format!(
            "is a backup of a resource of type {other:?}. Only backups of servers ({SERVER_TYPE}) can be managed."
        )),
    }
}
