//! Lists the backups of servers. Operations that ask at about the same time share the requests.

use std::{sync::Arc, time::Duration};

use crate::{
    cbr::{Backup, BackupFilter},
    csbs::{ApiError, CheckpointItem, ItemFilter},
    rest::{
        Client, Listed,
        coalescer::{Batches, Coalescer, Question, group},
    },
};

/// Time that the first question waits for others.
const GATHER: Duration = Duration::from_millis(50);

/// Number of servers that are listed one by one; for more of them, the whole project is listed once.
const MAX_SINGLE_LISTS: usize = 3;

type Answer<T> = Result<Arc<Vec<T>>, ApiError>;

/// A backup that a list shows for its server.
pub trait OfServer: Listed {
    /// The server.
    fn server_id(&self) -> Option<&str>;

    /// Lists the backups of one server, or of the project. The service may ignore the filter.
    fn list(
        client: &Client<Self::Api>,
        server_id: Option<String>,
    ) -> impl Future<Output = Result<Vec<Self>, ApiError>> + Send;
}

impl OfServer for CheckpointItem {
    fn server_id(&self) -> Option<&str> {
        self.resource_id.as_deref()
    }

    async fn list(client: &Client<Self::Api>, resource_id: Option<String>) -> Result<Vec<Self>, ApiError> {
        let filter = ItemFilter {
            resource_id,
            ..ItemFilter::default()
        };
        client.list_checkpoint_items(&filter).await
    }
}

impl OfServer for Backup {
    fn server_id(&self) -> Option<&str> {
        self.resource_id.as_deref()
    }

    async fn list(client: &Client<Self::Api>, resource_id: Option<String>) -> Result<Vec<Self>, ApiError> {
        let filter = BackupFilter {
            resource_id,
            ..BackupFilter::default()
        };
        client.list_backups(&filter).await
    }
}

/// Lists the backups of servers in CSBS.
pub type BackupLister = ServerLister<CheckpointItem>;

/// Lists the backups of servers in vaults.
pub type VaultBackupLister = ServerLister<Backup>;

/// Lists the backups of servers. Clones share requests.
#[derive(Clone)]
pub struct ServerLister<T: OfServer> {
    client: Client<T::Api>,
    /// The questions are server IDs. Batches are concurrent, because the look after a stop cannot wait for an earlier one.
    questions: Coalescer<String, Answer<T>>,
}

impl<T: OfServer> ServerLister<T> {
    /// A lister whose calls go through `client`.
    pub fn new(client: Client<T::Api>) -> Self {
        Self {
            client,
            questions: Coalescer::new(GATHER, Batches::Concurrent),
        }
    }

    /// All backups of a server as the service lists them now.
    ///
    /// # Errors
    /// Any [`ApiError`] of the list call.
    pub async fn backups_of(&self, server_id: &str) -> Result<Vec<T>, ApiError> {
        let client = self.client.clone();
        let answer = self
            .questions
            .ask(server_id.to_owned(), move |batch| answer(client.clone(), batch))
            .await;
        match answer {
            Some(backups) => Ok(of_server(&backups?, server_id)),
            None => Ok(of_server(
                &T::list(&self.client, Some(server_id.to_owned())).await?,
                server_id,
            )),
        }
    }
}

async fn answer<T: OfServer>(client: Client<T::Api>, batch: Vec<Question<String, Answer<T>>>) {
    let by_server = group(batch, String::clone);
    if by_server.len() > MAX_SINGLE_LISTS {
        let answer = T::list(&client, None).await.map(Arc::new);
        for question in by_server.into_values().flatten() {
            question.answer(answer.clone());
        }
        return;
    }
    for (server_id, questions) in by_server {
        let answer = T::list(&client, Some(server_id)).await.map(Arc::new);
        for question in questions {
            question.answer(answer.clone());
        }
    }
}

fn of_server<T: OfServer>(backups: &[T], server_id: &str) -> Vec<T> {
    let of_server = |backup: &&T| backup.server_id() == Some(server_id);
    backups.iter().filter(of_server).cloned().collect()
}
