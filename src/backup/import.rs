//! Imports by checkpoint ID, by item ID, or by identity.

use crate::validators;
use otc_client::{
    csbs::{CheckpointItem, ItemKey, Lookup, TagKind},
    operation::{OperationContext, until_stopped},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostics, ImportTarget, Imported, RawValue};

use super::{apply, identity, messages, model, private::Private};

const SUMMARY: &str = "Cannot import the backup";

/// Finds what is to be imported. Terraform reads it next.
pub async fn import(
    service: &OperationContext,
    context: &Context,
    target: &ImportTarget,
    diags: &mut Diagnostics,
) -> Vec<Imported> {
    let item = match target {
        ImportTarget::Id(text) => by_text(service, context, text.trim(), diags).await,
        ImportTarget::Identity(identity) => by_identity(service, context, identity, diags).await,
    };
    let Some(item) = item else { return Vec::new() };
    let Some(item) = complete(service, context, item, diags).await else {
        return Vec::new();
    };
    let mut state = model::empty();
    model::refresh(&mut state, &item);
    apply::set_place(service, &mut state).await;
    vec![Imported {
        identity: identity::of(&state),
        state,
        private: Private::default().write(),
        deferred: None,
    }]
}

/// Asks for what a list may have left out, since nothing else in the state knows it: the item alone, and its tags. `None` with
/// an error.
async fn complete(
    service: &OperationContext,
    context: &Context,
    mut item: CheckpointItem,
    diags: &mut Diagnostics,
) -> Option<CheckpointItem> {
    let id = item.id.clone();
    let client = &service.client;
    let asking = async {
        if item.description.is_none() || item.tags.is_none() {
            item = client.get_checkpoint_item(&id).await?;
        }
        if item.tags.is_none() {
            item.tags = Some(client.list_tags(TagKind::Backup, &id).await?);
        }
        Ok(item)
    };
    let subject = format!("Backup {id}");
    match until_stopped(&context.cancel, asking).await {
        Ok(Ok(item)) => return Some(item),
        Ok(Err(error)) => diags.errors.push(messages::failure(SUMMARY, &subject, &error)),
        Err(_) => diags.add_attribute_error(SUMMARY, format!("{subject}: stopped."), AttributePath::root()),
    }
    None
}

/// A text can be either ID: both are UUIDs, so only the service can tell.
async fn by_text(
    service: &OperationContext,
    context: &Context,
    id: &str,
    diags: &mut Diagnostics,
) -> Option<CheckpointItem> {
    let problems = validators::id()
        .iter()
        .filter_map(|check| check(id).err())
        .collect::<Vec<_>>();
    if !problems.is_empty() {
        let shown: String = id.chars().take(80).collect();
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
    if let Some(item) = look(service, context, ItemKey::Item(id.to_owned()), diags).await?.pop() {
        return Some(item);
    }
    let mut items = look(service, context, ItemKey::Checkpoint(id.to_owned()), diags).await?;
    if items.len() > 1 {
        let lines: Vec<_> = items.iter().map(messages::line).collect();
        diags.add_attribute_error(
            "The checkpoint has several backups",
            format!(
                "Checkpoint {id} was made for several servers. Import one of its backups by the backup's own ID:\n{}",
                lines.join("\n")
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
                "The service knows neither a backup (checkpoint item) nor a checkpoint with the ID {id} in this project. \
                 Check the ID, and that the provider's project and region are those of the backup."
            ),
            AttributePath::root(),
        );
    }
    item
}

async fn by_identity(
    service: &OperationContext,
    context: &Context,
    wanted: &RawValue,
    diags: &mut Diagnostics,
) -> Option<CheckpointItem> {
    let Some(id) = wanted.get("id").as_str() else {
        diags.add_attribute_error(SUMMARY, "The identity has no ID.", AttributePath::new("id"));
        return None;
    };
    match service.client.endpoint().await {
        Ok(endpoint) => {
            let here = [("project_id", Some(endpoint.project_id)), ("region", endpoint.region)];
            for (name, here) in here {
                if let (Some(wanted), Some(here)) = (wanted.get(name).as_str(), here)
                    && wanted != here
                {
                    diags.add_attribute_error(
                        "The backup is somewhere else",
                        format!("The identity says {name} {wanted:?}, and the provider works in {here:?}."),
                        AttributePath::new(name),
                    );
                }
            }
        }
        Err(error) => diags
            .errors
            .push(messages::failure(SUMMARY, &format!("Backup {id}"), &error)),
    }
    if !diags.errors.is_empty() {
        return None;
    }
    let item = look(service, context, ItemKey::Item(id.to_owned()), diags).await?.pop();
    if item.is_none() {
        diags.add_attribute_error(
            "There is no such backup",
            format!("The service knows no backup (checkpoint item) with the ID {id} in this project."),
            AttributePath::new("id"),
        );
    }
    item
}

/// What a look finds; nothing is an empty list; `None` with an error.
async fn look(
    service: &OperationContext,
    context: &Context,
    key: ItemKey,
    diags: &mut Diagnostics,
) -> Option<Vec<CheckpointItem>> {
    let subject = match &key {
        ItemKey::Item(id) => format!("Backup {id}"),
        ItemKey::Checkpoint(id) => format!("Checkpoint {id}"),
    };
    let look = service.inventory.look(key, tokio::time::Instant::now());
    match until_stopped(&context.cancel, look).await {
        Ok(Ok(Lookup::Found(items))) => Some(items),
        Ok(Ok(Lookup::Absent)) => Some(Vec::new()),
        Ok(Err(error)) => {
            diags.errors.push(messages::failure(SUMMARY, &subject, &error));
            None
        }
        Err(_) => {
            diags.add_attribute_error(SUMMARY, format!("{subject}: stopped."), AttributePath::root());
            None
        }
    }
}
