//! Capability questions that travel together.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::sleep;

use super::Shared;
use crate::csbs::{ApiError, Capability, Client, Server};

/// How long the first question waits for company.
const GATHER: Duration = Duration::from_millis(10);

/// How many servers one call asks about.
const BATCH: usize = 100;

type Sender = oneshot::Sender<Result<Capability, ApiError>>;

/// The questions that wait.
#[derive(Debug, Default)]
pub(super) struct Checks {
    /// Someone is answering.
    pub(super) collecting: bool,
    waiting: Vec<(Server, Sender)>,
}

impl Checks {
    pub(super) fn ask(&mut self, server: Server, sender: Sender) {
        self.waiting.push((server, sender));
    }

    fn take(&mut self) -> Vec<(Server, Sender)> {
        self.waiting.retain(|(_, sender)| !sender.is_closed());
        let count = self.waiting.len().min(BATCH);
        let batch: Vec<_> = self.waiting.drain(..count).collect();
        if batch.is_empty() {
            self.collecting = false;
        }
        batch
    }
}

/// Clears the way for the next collector, also when this one panics.
struct Running(Arc<Shared>);

impl Drop for Running {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut checks = self.0.checks();
            checks.collecting = false;
            checks.waiting.clear();
        }
    }
}

/// Answers questions until none waits.
pub(super) async fn run(shared: Arc<Shared>) {
    let running = Running(Arc::clone(&shared));
    sleep(GATHER).await;
    loop {
        let batch = shared.checks().take();
        if batch.is_empty() {
            break;
        }
        answer(&shared.client, batch).await;
    }
    drop(running);
}

/// Asks for a whole batch. The service may refuse all because of one, or leave some out: then halves are asked, so that one bad
/// server among a hundred costs some fourteen calls and each asker gets the word on its own server.
async fn answer(client: &Client, batch: Vec<(Server, Sender)>) {
    let mut open = vec![batch];
    while let Some(mut batch) = open.pop() {
        batch.retain(|(_, sender)| !sender.is_closed());
        let servers = distinct(&batch);
        if servers.is_empty() {
            continue;
        }
        match client.check_protectable(&servers).await {
            Ok(answers) => {
                let (known, left_out): (Vec<_>, Vec<_>) = batch
                    .into_iter()
                    .map(|(server, sender)| (find(&answers, &server), server, sender))
                    .partition(|(found, ..)| found.is_some());
                for (found, _, sender) in known {
                    let _ = sender.send(Ok(found.unwrap_or_default()));
                }
                let left_out: Vec<_> = left_out
                    .into_iter()
                    .map(|(_, server, sender)| (server, sender))
                    .collect();
                if servers.len() == 1 {
                    for (_, sender) in left_out {
                        let _ = sender.send(Ok(lone(&answers)));
                    }
                } else if distinct(&left_out).len() < servers.len() {
                    open.push(left_out);
                } else {
                    halve(left_out, &mut open);
                }
            }
            Err(error) if servers.len() > 1 && is_about_a_server(&error) => halve(batch, &mut open),
            Err(error) => {
                for (_, sender) in batch {
                    let _ = sender.send(Err(error.clone()));
                }
            }
        }
    }
}

/// Asks about one server alone.
pub(super) async fn single(client: &Client, server: &Server) -> Result<Capability, ApiError> {
    let answers = client.check_protectable(std::slice::from_ref(server)).await?;
    Ok(find(&answers, server).unwrap_or_else(|| lone(&answers)))
}

/// The word on the only server asked about, when no answer bears its ID: an answer without any ID is meant for it.
fn lone(answers: &[Capability]) -> Capability {
    match answers {
        [only] if only.resource_id.is_none() => only.clone(),
        _ => Capability::default(),
    }
}

fn find(answers: &[Capability], server: &Server) -> Option<Capability> {
    answers
        .iter()
        .find(|answer| answer.resource_id.as_deref() == Some(server.resource_id.as_str()))
        .cloned()
}

fn distinct(batch: &[(Server, Sender)]) -> Vec<Server> {
    let mut servers: Vec<Server> = Vec::with_capacity(batch.len());
    let mut seen = std::collections::HashSet::new();
    for (server, _) in batch {
        if seen.insert(server) {
            servers.push(server.clone());
        }
    }
    servers
}

fn halve(mut batch: Vec<(Server, Sender)>, open: &mut Vec<Vec<(Server, Sender)>>) {
    // Equal servers stay together, so that each half has fewer of them.
    batch.sort_by(|(first, _), (second, _)| first.resource_id.cmp(&second.resource_id));
    let servers = distinct(&batch);
    let Some(pivot) = servers.get(servers.len() / 2) else {
        return;
    };
    let at = batch.partition_point(|(server, _)| server.resource_id < pivot.resource_id);
    let second = batch.split_off(at);
    // Two types under one ID cannot be told apart by it.
    if batch.is_empty() {
        open.extend(second.into_iter().map(|question| vec![question]));
        return;
    }
    open.push(second);
    open.push(batch);
}

/// A refusal that may be about one server among several.
fn is_about_a_server(error: &ApiError) -> bool {
    !error.is_transient() && matches!(error.status(), Some(400 | 404 | 409 | 500))
}
