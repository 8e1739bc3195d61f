//! Lists the backups of servers. Operations that ask at about the same time share the requests.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use crate::csbs::{ApiError, CheckpointItem, Client, ItemFilter};

/// How long a look waits for others to join it.
const GATHER: Duration = Duration::from_millis(50);

/// Up to so many servers are asked for one by one; for more the whole project is listed once.
const ONE_BY_ONE: usize = 3;

type Answer = Result<Arc<Vec<CheckpointItem>>, ApiError>;

/// Lists the backups of servers. Clones share requests.
#[derive(Clone)]
pub struct BackupLister {
    client: Client,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// In the order of their IDs, so that the same calls ask in the same order.
    waiting: BTreeMap<String, Vec<oneshot::Sender<Answer>>>,
}

impl BackupLister {
    /// Nothing is asked yet.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self {
            client,
            state: Arc::default(),
        }
    }

    /// All backups of a server as the service lists them now. Calls at about the same time are answered together.
    ///
    /// # Errors
    /// Any [`ApiError`] of the list call.
    pub async fn backups_of(&self, server_id: &str) -> Result<Vec<CheckpointItem>, ApiError> {
        let (sender, receiver) = oneshot::channel();
        let leads = self.with(|state| {
            let first = state.waiting.is_empty();
            state.waiting.entry(server_id.to_owned()).or_default().push(sender);
            first
        });
        if leads {
            // A task of its own: the others shall have their answer also when the one that began is stopped.
            let servers = self.clone();
            tokio::spawn(async move { servers.answer().await });
        }
        match receiver.await {
            Ok(answer) => answer.map(|items| of_server(&items, server_id)),
            // The task is gone with the runtime or by a panic: ask alone.
            Err(_) => self.list(Some(server_id)).await,
        }
    }

    async fn answer(self) {
        tokio::time::sleep(GATHER).await;
        let waiting = self.with(|state| std::mem::take(&mut state.waiting));
        if waiting.len() > ONE_BY_ONE {
            let answer = self.list(None).await.map(Arc::new);
            for sender in waiting.into_values().flatten() {
                let _ = sender.send(answer.clone());
            }
            return;
        }
        for (server_id, senders) in waiting {
            let answer = self.list(Some(&server_id)).await.map(Arc::new);
            for sender in senders {
                let _ = sender.send(answer.clone());
            }
        }
    }

    async fn list(&self, server_id: Option<&str>) -> Result<Vec<CheckpointItem>, ApiError> {
        let filter = ItemFilter {
            resource_id: server_id.map(str::to_owned),
            ..ItemFilter::default()
        };
        let items = self.client.list_checkpoint_items(&filter).await?;
        Ok(match server_id {
            Some(server_id) => of_server(&items, server_id),
            None => items,
        })
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn of_server(items: &[CheckpointItem], server_id: &str) -> Vec<CheckpointItem> {
    items
        .iter()
        .filter(|item| item.resource_id.as_deref() == Some(server_id))
        .cloned()
        .collect()
}
