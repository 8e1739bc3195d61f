//! Lists the backups of servers. Operations that ask at about the same time share the requests.

use std::{sync::Arc, time::Duration};

use crate::{
    csbs::{ApiError, CheckpointItem, Client, ItemFilter},
    rest::coalescer::{Batches, Coalescer, Question, group},
};

/// Time that the first question waits for others.
const GATHER: Duration = Duration::from_millis(50);

/// Number of servers that are listed one by one; for more of them, the whole project is listed once.
const MAX_SINGLE_LISTS: usize = 3;

type Answer = Result<Arc<Vec<CheckpointItem>>, ApiError>;

/// Lists the backups of servers. Clones share requests.
#[derive(Clone)]
pub struct BackupLister {
    client: Client,
    /// The questions are server IDs. Batches are concurrent, because the look after a stop cannot wait for an earlier one.
    questions: Coalescer<String, Answer>,
}

impl BackupLister {
    /// A lister whose calls go through `client`.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            questions: Coalescer::new(GATHER, Batches::Concurrent),
        }
    }

    /// All backups of a server as the service lists them now.
    ///
    /// # Errors
    /// Any [`ApiError`] of the list call.
    pub async fn backups_of(&self, server_id: &str) -> Result<Vec<CheckpointItem>, ApiError> {
        let client = self.client.clone();
        let answer = self
            .questions
            .ask(server_id.to_owned(), move |batch| answer(client.clone(), batch))
            .await;
        match answer {
            Some(items) => Ok(of_server(&items?, server_id)),
            None => Ok(of_server(&list(&self.client, Some(server_id)).await?, server_id)),
        }
    }
}

async fn answer(client: Client, batch: Vec<Question<String, Answer>>) {
    let by_server = group(batch, String::clone);
    if by_server.len() > MAX_SINGLE_LISTS {
        let answer = list(&client, None).await.map(Arc::new);
        for question in by_server.into_values().flatten() {
            question.answer(answer.clone());
        }
        return;
    }
    for (server_id, questions) in by_server {
        let answer = list(&client, Some(&server_id)).await.map(Arc::new);
        for question in questions {
            question.answer(answer.clone());
        }
    }
}

/// Lists the backups of one server, or of the project. The service may ignore the filter.
async fn list(client: &Client, server_id: Option<&str>) -> Result<Vec<CheckpointItem>, ApiError> {
    let filter = ItemFilter {
        resource_id: server_id.map(str::to_owned),
        ..ItemFilter::default()
    };
    client.list_checkpoint_items(&filter).await
}

fn of_server(items: &[CheckpointItem], server_id: &str) -> Vec<CheckpointItem> {
    items
        .iter()
        .filter(|item| item.resource_id.as_deref() == Some(server_id))
        .cloned()
        .collect()
}
