//! Reads what a list of backups leaves out.

use futures_util::future::join_all;

use otc_client::csbs::{ApiError, CheckpointItem, Client, Status, TagKind, Tags};

/// Most backups that are read at the same time.
const CONCURRENT_READS: usize = 8;

/// Most backups whose tags are read one by one. The tags of more are searched.
const SINGLE_TAG_READS: usize = 3;

const KIND: TagKind = TagKind::Backup;

/// Reads the backups whose creation time or disks a list left out: without its time, the newest backup would come last.
///
/// # Errors
/// Any [`ApiError`].
pub async fn read_incomplete(client: &Client, items: &mut [CheckpointItem]) -> Result<(), ApiError> {
    read_each(client, items, CheckpointItem::lacks_time_or_volumes).await
}

/// Reads the available backups whose creation time a list left out.
///
/// # Errors
/// Any [`ApiError`].
pub async fn read_without_creation_time(client: &Client, items: &mut [CheckpointItem]) -> Result<(), ApiError> {
    let is_incomplete = |item: &CheckpointItem| item.status == Status::Available && item.created_at.is_none();
    read_each(client, items, is_incomplete).await
}

async fn read_each(
    client: &Client,
    items: &mut [CheckpointItem],
    is_incomplete: impl Fn(&CheckpointItem) -> bool,
) -> Result<(), ApiError> {
    let incomplete: Vec<usize> = (0..items.len()).filter(|index| is_incomplete(&items[*index])).collect();
    for indices in incomplete.chunks(CONCURRENT_READS) {
        let mut reads = Vec::with_capacity(indices.len());
        for index in indices {
            let (client, item) = (client.clone(), items[*index].clone());
            reads.push(async move { client.complete_checkpoint_item(item).await });
        }
        for (index, item) in indices.iter().zip(join_all(reads).await) {
            items[*index] = item?;
        }
    }
    Ok(())
}

/// Reads the tags of the backups whose tags a list left out.
///
/// # Errors
/// Any [`ApiError`].
pub async fn read_tags(client: &Client, items: &mut [CheckpointItem]) -> Result<(), ApiError> {
    let missing = items.iter().filter(|item| item.tags.is_none()).count();
    let search = if missing > SINGLE_TAG_READS {
        let keys: Vec<String> = client.project_tags(KIND).await?.into_keys().collect();
        Some(client.resources_with_tags(KIND, &keys).await?)
    } else {
        None
    };
    for item in items.iter_mut().filter(|item| item.tags.is_none()) {
        item.tags = match search.as_ref().map(|tagged| tagged.get(&item.id)) {
            // The backup has none of the keys that are in use.
            Some(None) => Some(Tags::new()),
            Some(Some(Some(tags))) => Some(tags.clone()),
            None | Some(Some(None)) => single_tags(client, &item.id).await?,
        };
    }
    Ok(())
}

/// The tags of one backup; `None` when it was deleted in the meantime.
async fn single_tags(client: &Client, id: &str) -> Result<Option<Tags>, ApiError> {
    match client.list_tags(KIND, id).await {
        Ok(tags) => Ok(Some(tags)),
        Err(error) if error.is_gone() => Ok(None),
        Err(error) => Err(error),
    }
}
