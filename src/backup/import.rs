//! Import of a backup: by its ID, by the ID of its checkpoint, or by identity.

use otc_client::{
    csbs::{CheckpointItem, ItemKey, Lookup, TagKind},
    operation::{OperationContext, until_stopped},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostics, ImportTarget, Imported, NewState};

use crate::{
    object_identity::{ObjectIdentity, validate_project},
    region_and_project::{region_phrase, set_region_and_project},
    validators,
};

use super::{identity, messages, model::BackupModel, private::Private};

/// Summary of an error.
pub const SUMMARY: &str = "Cannot import the backup";

/// Longest part of an invalid ID in a message, in characters.
const MAX_SHOWN: usize = 80;

/// Imports one backup; `None` with an error. Terraform reads it next.
pub async fn import(
    service: &OperationContext,
    context: &Context,
    target: &ImportTarget,
    diags: &mut Diagnostics,
) -> Option<Imported> {
    let item = match target {
        ImportTarget::Id(text) => find_by_id(service, context, text.trim(), diags).await?,
        ImportTarget::Identity(identity) => {
            let identity: ObjectIdentity = identity.to_model(diags)?;
            find_by_identity(service, context, &identity, diags).await?
        }
    };
    let item = complete(service, context, item, diags).await?;
    let mut state = BackupModel::default();
    state.refresh(&item);
    set_region_and_project(service, &mut state.region, &mut state.project_id).await;
    Some(Imported {
        identity: identity::of(&state),
        state: NewState::from_model(&state, diags)?.state,
        private: Private::default().write(),
        deferred: None,
    })
}

/// Reads what a list can leave out, because nothing else in the state has it: description and tags. `None` with an error.
async fn complete(
    service: &OperationContext,
    context: &Context,
    mut item: CheckpointItem,
    diags: &mut Diagnostics,
) -> Option<CheckpointItem> {
    let id = item.id.clone();
    let client = &service.client;
    let requests = async {
        if item.description.is_none() || item.tags.is_none() {
            item = client.get_checkpoint_item(&id).await?;
        }
        if item.tags.is_none() {
            item.tags = Some(client.list_tags(TagKind::Backup, &id).await?);
        }
        Ok(item)
    };
    let subject = format!("Backup {id}");
    match until_stopped(&context.cancel, requests).await {
        Ok(Ok(item)) => return Some(item),
        Ok(Err(error)) => diags.errors.push(messages::api_error(SUMMARY, &subject, &error)),
        Err(_) => interrupted(&subject, diags),
    }
    None
}

/// Finds a backup by its own or its checkpoint's ID. Both are UUIDs, so only the service can tell which one it is.
async fn find_by_id(
    service: &OperationContext,
    context: &Context,
    id: &str,
    diags: &mut Diagnostics,
) -> Option<CheckpointItem> {
    let checks = validators::id();
    let problems: Vec<_> = checks.iter().filter_map(|check| check(id).err()).collect();
    if !problems.is_empty() {
        let shown: String = id.chars().take(MAX_SHOWN).collect();
        diags.add_attribute_error(
            SUMMARY,
            format!(
                "{shown:?} is neither the ID of a backup (checkpoint item) nor of a checkpoint. {}",
                problems.join(" ")
            ),
            AttributePath::root(),
        );
        return None;
    }
    if let Some(item) = look_up(service, context, ItemKey::Item(id.to_owned()), diags)
        .await?
        .pop()
    {
        return Some(item);
    }
    let mut items = look_up(service, context, ItemKey::Checkpoint(id.to_owned()), diags).await?;
    if items.len() > 1 {
        diags.add_attribute_error(
            "The checkpoint has several backups",
            format!(
                "Checkpoint {id} has backups of several servers. Import one of them by the backup's own ID:\n{}",
                messages::backup_lines(&items)
            ),
            AttributePath::root(),
        );
        return None;
    }
    let item = items.pop();
    if item.is_none() {
        diags.add_attribute_error(
            "There is no such backup",
            format!(
                "The service knows neither a backup (checkpoint item) nor a checkpoint with the ID {id} in this project{}. \
                 Check the ID, and that the provider's project and region are those of the backup. A backup of another region \
                 is imported by its identity.",
                region_phrase(service)
            ),
            AttributePath::root(),
        );
    }
    item
}

async fn find_by_identity(
    service: &OperationContext,
    context: &Context,
    identity: &ObjectIdentity,
    diags: &mut Diagnostics,
) -> Option<CheckpointItem> {
    let Some(id) = identity.id.as_ref_option() else {
        diags.add_attribute_error(SUMMARY, "The identity has no ID.", AttributePath::new("id"));
        return None;
    };
    let endpoint = match service.client.endpoint().await {
        Ok(endpoint) => endpoint,
        Err(error) => {
            let subject = format!("Backup {id}");
            diags.errors.push(messages::api_error(SUMMARY, &subject, &error));
            return None;
        }
    };
    validate_project("backup", &identity.project_id, &endpoint, diags);
    if !diags.errors.is_empty() {
        return None;
    }
    let item = look_up(service, context, ItemKey::Item(id.clone()), diags).await?.pop();
    if item.is_none() {
        diags.add_attribute_error(
            "There is no such backup",
            format!(
                "The service knows no backup (checkpoint item) with the ID {id} in this project{}.",
                region_phrase(service)
            ),
            AttributePath::new("id"),
        );
    }
    item
}

/// The backups of a key; an empty list if the service knows none; `None` with an error.
async fn look_up(
    service: &OperationContext,
    context: &Context,
    key: ItemKey,
    diags: &mut Diagnostics,
) -> Option<Vec<CheckpointItem>> {
    let subject = match &key {
        ItemKey::Item(id) => format!("Backup {id}"),
        ItemKey::Checkpoint(id) => format!("Checkpoint {id}"),
    };
    let look = service.inventory.look(key, service.inventory.refresh_from());
    match until_stopped(&context.cancel, look).await {
        Ok(Ok(Lookup::Found(items))) => return Some(items),
        Ok(Ok(Lookup::Absent)) => return Some(Vec::new()),
        Ok(Err(error)) => diags.errors.push(messages::api_error(SUMMARY, &subject, &error)),
        Err(_) => interrupted(&subject, diags),
    }
    None
}

/// Reports an interrupt.
pub fn interrupted(subject: &str, diags: &mut Diagnostics) {
    diags.add_attribute_error(SUMMARY, format!("{subject}: interrupted."), AttributePath::root());
}
