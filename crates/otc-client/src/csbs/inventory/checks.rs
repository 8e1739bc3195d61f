//! Answers capability questions in batches.

use std::time::Duration;

use crate::{
    csbs::{ApiError, Capability, Client, Server},
    rest::coalescer::{Batches, Coalescer, Question},
};

/// Time that the first question waits for others.
const GATHER: Duration = Duration::from_millis(10);

/// Number of servers that one call asks about.
const MAX_BATCH: usize = 100;

type Answer = Result<Capability, ApiError>;
type Check = Question<Server, Answer>;

pub(super) type Checks = Coalescer<Server, Answer>;

pub(super) fn checks() -> Checks {
    Coalescer::new(GATHER, Batches::Sequential { max_len: MAX_BATCH })
}

/// Asks about one server; questions of the same moment share a request.
pub(super) async fn ask(checks: &Checks, client: Client, server: Server) -> Answer {
    let shared = client.clone();
    let outcome = checks.ask(server.clone(), move |batch| answer(shared.clone(), batch));
    match outcome.await {
        Some(outcome) => outcome,
        None => single(&client, &server).await,
    }
}

/// Asks about a whole batch. The service may refuse the whole call because of one server, or leave some servers out. Each half is
/// asked then, so that one bad server among a hundred costs some fourteen calls, and each asker gets the answer on its own server.
async fn answer(client: Client, batch: Vec<Check>) {
    let mut open = vec![batch];
    while let Some(mut batch) = open.pop() {
        batch.retain(|check| !check.is_abandoned());
        let servers = distinct(&batch);
        if servers.is_empty() {
            continue;
        }
        match client.check_protectable(&servers).await {
            Ok(answers) => {
                let mut left_out = Vec::new();
                for check in batch {
                    match find(&answers, &check.question) {
                        Some(found) => check.answer(Ok(found)),
                        None => left_out.push(check),
                    }
                }
                if servers.len() == 1 {
                    for check in left_out {
                        check.answer(Ok(single_answer(&answers)));
                    }
                } else if distinct(&left_out).len() < servers.len() {
                    open.push(left_out);
                } else {
                    split(left_out, &mut open);
                }
            }
            Err(error) if servers.len() > 1 && is_about_a_server(&error) => split(batch, &mut open),
            Err(error) => {
                for check in batch {
                    check.answer(Err(error.clone()));
                }
            }
        }
    }
}

/// Asks about one server alone.
async fn single(client: &Client, server: &Server) -> Answer {
    let answers = client.check_protectable(std::slice::from_ref(server)).await?;
    Ok(find(&answers, server).unwrap_or_else(|| single_answer(&answers)))
}

/// The answer on the only server asked about if none has its ID: an answer without any ID is about it.
fn single_answer(answers: &[Capability]) -> Capability {
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

fn distinct(batch: &[Check]) -> Vec<Server> {
    let mut servers: Vec<Server> = Vec::with_capacity(batch.len());
    let mut seen = std::collections::HashSet::new();
    for check in batch {
        if seen.insert(&check.question) {
            servers.push(check.question.clone());
        }
    }
    servers
}

/// Adds the two halves of a batch to `open`.
fn split(mut batch: Vec<Check>, open: &mut Vec<Vec<Check>>) {
    // Equal servers stay together, so that each half has fewer of them.
    batch.sort_by(|first, second| first.question.resource_id.cmp(&second.question.resource_id));
    let servers = distinct(&batch);
    let Some(pivot) = servers.get(servers.len() / 2) else {
        return;
    };
    let at = batch.partition_point(|check| check.question.resource_id < pivot.resource_id);
    let second = batch.split_off(at);
    // Two resource types under one ID cannot be told apart by it.
    if batch.is_empty() {
        open.extend(second.into_iter().map(|check| vec![check]));
        return;
    }
    open.push(second);
    open.push(batch);
}

/// Returns whether a refusal may be about one server among several.
fn is_about_a_server(error: &ApiError) -> bool {
    !error.is_transient() && matches!(error.status(), Some(400 | 404 | 409 | 500))
}
