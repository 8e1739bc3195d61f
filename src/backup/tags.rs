//! Change of a backup's tags.

use std::time::Duration;

use otc_client::{
    csbs::{ApiError, TagKind, Tags},
    operation::{OperationContext, until_stopped},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostics};
use tokio::time::timeout;

use crate::duration::show;

use super::messages;

const SUMMARY: &str = "Cannot change the tags of the backup";

/// Tags before and after a change.
pub struct TagChange {
    pub before: Tags,
    pub after: Tags,
}

impl TagChange {
    /// Returns `true` if the tags differ.
    pub fn is_needed(&self) -> bool {
        self.before != self.after
    }

    /// Keys to remove.
    fn removed(&self) -> Vec<String> {
        let keys = self.before.keys();
        keys.filter(|key| !self.after.contains_key(*key)).cloned().collect()
    }

    /// Tags to add or to overwrite.
    fn added(&self) -> Tags {
        let tags = self.after.iter();
        tags.filter(|(key, value)| self.before.get(*key) != Some(value))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }
}

/// Changes the tags of the backup `id` within `limit`. Returns `false` with an error in `diags`.
///
/// Removes before it adds, so that ten tags can be exchanged for ten others.
pub async fn change_tags(
    service: &OperationContext,
    context: &Context,
    id: &str,
    change: &TagChange,
    limit: Duration,
    diags: &mut Diagnostics,
) -> bool {
    let (removed, added) = (change.removed(), change.added());
    let client = &service.client;
    let requests = async {
        if !removed.is_empty() {
            client.remove_tags(TagKind::Backup, id, &removed).await?;
        }
        if !added.is_empty() {
            client.add_tags(TagKind::Backup, id, &added).await?;
        }
        Ok::<_, ApiError>(())
    };
    match until_stopped(&context.cancel, timeout(limit, requests)).await {
        Ok(Ok(Ok(()))) => return true,
        Ok(Ok(Err(error))) => {
            let subject = format!("Backup {id}");
            diags.errors.push(messages::api_error(SUMMARY, &subject, &error));
        }
        Ok(Err(_)) => diags.add_attribute_error(
            SUMMARY,
            format!(
                "Backup {id}: the service did not answer within {}. Raise timeouts.update.",
                show(limit)
            ),
            AttributePath::new("timeouts").attribute("update"),
        ),
        Err(_) => diags.add_attribute_error(
            "Interrupted while changing the tags",
            format!("Backup {id}: some of the tags may have been changed; the next plan shows which."),
            AttributePath::new("tags"),
        ),
    }
    false
}
