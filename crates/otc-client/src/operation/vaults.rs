//! Reads of vaults that concurrent operations share.

use std::time::Duration;

use crate::{
    cbr::{ApiError, Client, Vault},
    rest::coalescer::{Batches, Coalescer, Question, group},
};

/// Time that the first question waits for others.
const GATHER: Duration = Duration::from_millis(50);

type Answer = Result<Option<Vault>, ApiError>;

/// Reads vaults. Operations that ask for the same vault at about the same time share the request. Clones share requests.
#[derive(Clone)]
pub struct VaultReader {
    client: Client,
    /// The questions are vault IDs.
    questions: Coalescer<String, Answer>,
}

impl VaultReader {
    /// A reader whose calls go through `client`.
    pub fn new(client: Client) -> Self {
        Self {
            client,
            questions: Coalescer::new(GATHER, Batches::Concurrent),
        }
    }

    /// The vault as it is now; `None` if it does not exist.
    ///
    /// # Errors
    /// As [`Client::find_vault`].
    pub async fn read(&self, vault_id: &str) -> Answer {
        let client = self.client.clone();
        let answer = self
            .questions
            .ask(vault_id.to_owned(), move |batch| answer(client.clone(), batch))
            .await;
        match answer {
            Some(answer) => answer,
            None => Box::pin(self.client.find_vault(vault_id)).await,
        }
    }
}

async fn answer(client: Client, batch: Vec<Question<String, Answer>>) {
    for (vault_id, questions) in group(batch, String::clone) {
        let answer = client.find_vault(&vault_id).await;
        for question in questions {
            question.answer(answer.clone());
        }
    }
}
