//! Tags of a backup.

use otc_client::csbs::{ApiError, CheckpointItem, TagKind, Tags};

use super::Run;

impl Run<'_> {
    pub(super) async fn tags(&mut self, backup: &CheckpointItem) {
        match self.change_tags(&backup.id).await {
            Ok(tags) => {
                let expected = Tags::from([("stage".to_owned(), "second".to_owned())]);
                self.expect(
                    "A28",
                    tags == expected,
                    format!("overwritten, and a missing one deleted: {tags:?}"),
                );
            }
            Err(error) => self.expect("A28", false, error.to_string()),
        }
    }

    async fn change_tags(&self, id: &str) -> Result<Tags, ApiError> {
        let client = &self.context.client;
        let tags = Tags::from([("stage".to_owned(), "second".to_owned())]);
        client.add_tags(TagKind::Backup, id, &tags).await?;
        client.remove_tags(TagKind::Backup, id, &["absent".to_owned()]).await?;
        client.list_tags(TagKind::Backup, id).await
    }
}
