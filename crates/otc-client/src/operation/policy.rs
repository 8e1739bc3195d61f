//! Makes, changes and deletes a policy: waits while the service is at work on it, and finds what an unanswered call has made.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::{
    pin,
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

use crate::csbs::{ApiError, Client, Policy, PolicyFilter, PolicyRequest, parse_time, pattern};

use super::{Backoff, Stopped, until_stopped};

/// How long a stop waits for the answer to a call that makes something.
const LAST_ANSWER: Duration = Duration::from_millis(1500);

/// How often a create without an answer is sent again. Names are unique, so that it cannot make a second policy.
const RESENT: u32 = 3;

/// How many odd answers are borne with while a deleted policy is looked for: one must not leave it in the state.
const ODD_ANSWERS: u32 = 2;

/// How far the service's clock may be from ours.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Why there is no new policy, as far as is known.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CreatePolicyError {
    /// A call failed; nothing was made.
    #[error(transparent)]
    Api(ApiError),
    /// The time was over before the request was sent: nobody answered. Nothing was made.
    #[error("no answer within {waited:?}")]
    NotStarted {
        /// How long was waited.
        waited: Duration,
    },
    /// Another policy has the name.
    #[error("another policy has the name: {source}")]
    NameTaken {
        /// That policy, when it could be found.
        existing: Option<Box<Policy>>,
        /// The refusal.
        source: ApiError,
    },
    /// No answer came, and no policy of that name could be found.
    #[error("no answer came: {source}")]
    NoAnswer {
        /// What came instead.
        source: ApiError,
        /// Why looking failed, when it did.
        look: Option<ApiError>,
    },
    /// A stop was asked for before anything was made.
    #[error("stopped")]
    Stopped,
    /// A stop was asked for while the call was unanswered.
    #[error("stopped before the service had answered")]
    StoppedUnanswered,
}

/// Makes a policy.
///
/// When no answer comes, the policy is looked for by its name, which is unique in the project: one that says what was asked
/// for and is no older than the request is ours. When there is none, the request is sent again; were both carried out, the
/// service would refuse the later one.
///
/// # Errors
/// [`CreatePolicyError`]; a stop ends it within two seconds.
pub async fn create(
    client: &Client,
    request: &PolicyRequest,
    timeout: Duration,
    cancel: &CancellationToken,
) -> Result<Policy, CreatePolicyError> {
    let deadline = Instant::now() + timeout;
    // Signing in makes nothing, so it can be given up when the time is over.
    match until_stopped(cancel, timeout_at(deadline, client.endpoint())).await {
        Ok(Ok(Ok(_))) => {}
        Ok(Ok(Err(error))) => return Err(CreatePolicyError::Api(error)),
        Ok(Err(_)) => return Err(CreatePolicyError::NotStarted { waited: timeout }),
        Err(Stopped) => return Err(CreatePolicyError::Stopped),
    }
    let since = client.session().clock().now();
    let mut backoff = Backoff::busy();
    let mut unanswered: Option<ApiError> = None;
    let mut sent = 0;
    loop {
        sent += 1;
        let error = match send(client, request, cancel).await? {
            Ok(policy) => return Ok(policy),
            Err(error) => error,
        };
        let wait = backoff.next_wait().max(error.retry_after().unwrap_or_default());
        if error.code() == Some("CSBS.9007") {
            let existing = find(client, &request.name, cancel).await?.ok().flatten();
            return match (existing, unanswered) {
                (Some(policy), Some(_)) if resembles(&policy, request, since) => Ok(policy),
                // The policy that has the name may be the one that an unanswered request has made.
                (None, Some(source)) => Err(CreatePolicyError::NoAnswer {
                    source,
                    look: Some(error),
                }),
                (existing, _) => Err(CreatePolicyError::NameTaken {
                    existing: existing.map(Box::new),
                    source: error,
                }),
            };
        } else if error.may_have_taken_effect() {
            match find(client, &request.name, cancel).await? {
                Ok(Some(policy)) if resembles(&policy, request, since) => return Ok(policy),
                Ok(Some(policy)) => {
                    return Err(CreatePolicyError::NameTaken {
                        existing: Some(Box::new(policy)),
                        source: error,
                    });
                }
                Ok(None) if sent <= RESENT && Instant::now() + wait < deadline => unanswered = Some(error),
                Ok(None) => {
                    return Err(CreatePolicyError::NoAnswer {
                        source: error,
                        look: None,
                    });
                }
                Err(look) => {
                    return Err(CreatePolicyError::NoAnswer {
                        source: error,
                        look: Some(look),
                    });
                }
            }
        } else if !error.is_busy() || Instant::now() + wait >= deadline {
            return Err(match unanswered {
                Some(source) => CreatePolicyError::NoAnswer {
                    source,
                    look: Some(error),
                },
                None => CreatePolicyError::Api(error),
            });
        }
        let rested = until_stopped(cancel, tokio::time::sleep(wait)).await;
        rested.map_err(|Stopped| match unanswered {
            Some(_) => CreatePolicyError::StoppedUnanswered,
            None => CreatePolicyError::Stopped,
        })?;
    }
}

/// Sends the request; after a stop it waits a moment for the answer.
async fn send(
    client: &Client,
    request: &PolicyRequest,
    cancel: &CancellationToken,
) -> Result<Result<Policy, ApiError>, CreatePolicyError> {
    if cancel.is_cancelled() {
        return Err(CreatePolicyError::Stopped);
    }
    let sending = client.create_policy(request);
    pin!(sending);
    if let Ok(answer) = until_stopped(cancel, &mut sending).await {
        return Ok(answer);
    }
    match tokio::time::timeout(LAST_ANSWER, &mut sending).await {
        Ok(Err(error)) if error.may_have_taken_effect() => Err(CreatePolicyError::StoppedUnanswered),
        Ok(answer) => Ok(answer),
        Err(_) => Err(CreatePolicyError::StoppedUnanswered),
    }
}

/// The policy of that name.
async fn find(
    client: &Client,
    name: &str,
    cancel: &CancellationToken,
) -> Result<Result<Option<Policy>, ApiError>, CreatePolicyError> {
    match until_stopped(cancel, by_name(client, name)).await {
        Ok(found) => Ok(found),
        Err(Stopped) => Err(CreatePolicyError::StoppedUnanswered),
    }
}

/// The policy of exactly that name.
///
/// # Errors
/// Any [`ApiError`] of the list call.
pub async fn by_name(client: &Client, name: &str) -> Result<Option<Policy>, ApiError> {
    let filter = PolicyFilter {
        name: Some(name.to_owned()),
        ..PolicyFilter::default()
    };
    let policies = client.list_policies(&filter).await?;
    Ok(policies.into_iter().find(|policy| policy.name.as_deref() == Some(name)))
}

/// Whether a policy says what was asked for and was made since.
fn resembles(policy: &Policy, request: &PolicyRequest, since: Timestamp) -> bool {
    let ids = |resources: &[crate::csbs::PolicyResource]| {
        let mut ids: Vec<_> = resources.iter().map(|resource| resource.id.clone()).collect();
        ids.sort();
        ids
    };
    let patterns = |operations: &[crate::csbs::ScheduledOperation]| -> Vec<String> {
        let pattern = |operation: &crate::csbs::ScheduledOperation| {
            operation.trigger.as_ref()?.properties.as_ref()?.pattern.clone()
        };
        operations
            .iter()
            .map(|operation| pattern(operation).unwrap_or_default())
            .collect()
    };
    let (theirs, ours) = (
        patterns(&policy.scheduled_operations),
        patterns(&request.scheduled_operations),
    );
    let made = policy.created_at.as_deref().and_then(parse_time);
    made.is_none_or(|made| made >= since - CLOCK_TOLERANCE)
        && policy.description.as_deref().unwrap_or_default() == request.description.as_deref().unwrap_or_default()
        && ids(&policy.resources) == ids(&request.resources)
        && theirs.len() == ours.len()
        && ours
            .iter()
            .all(|ours| theirs.iter().any(|theirs| pattern::same(ours, theirs)))
}

/// Makes a call again and again while the service is at work on the policy, until `deadline`.
///
/// # Errors
/// The last failure of the call.
pub async fn patiently<T, F, C>(deadline: Instant, mut call: F) -> Result<T, ApiError>
where
    F: FnMut() -> C,
    C: Future<Output = Result<T, ApiError>>,
{
    let mut backoff = Backoff::busy();
    loop {
        match call().await {
            Err(error) if error.is_busy() && Instant::now() < deadline => {
                let wait = backoff.next_wait().max(error.retry_after().unwrap_or_default());
                tokio::time::sleep_until((Instant::now() + wait).min(deadline)).await;
            }
            other => return other,
        }
    }
}

/// Deletes a policy and waits until it is gone; one that is gone already is fine. `last` is how the last look failed, also
/// when the caller does not wait for the end.
///
/// # Errors
/// The failure of a call; `None` when the policy is still there at `deadline` although the service took the deletion.
pub async fn delete(
    client: &Client,
    id: &str,
    deadline: Instant,
    last: &mut Option<ApiError>,
) -> Result<(), Option<ApiError>> {
    match patiently(deadline, || client.delete_policy(id)).await {
        Ok(()) => {}
        Err(error) if error.is_gone() => return Ok(()),
        // A 404 that is not the service's own word says nothing of the policy.
        Err(error) if error.is_unconfirmed_not_found() => {
            return match client.find_policy(id).await {
                Ok(None) => Ok(()),
                _ => Err(Some(error)),
            };
        }
        Err(error) => return Err(Some(error)),
    }
    let mut backoff = Backoff::polling();
    let mut odd = 0;
    loop {
        match client.find_policy(id).await {
            Ok(None) => return Ok(()),
            Err(error) => {
                odd += u32::from(!error.is_transient());
                if odd > ODD_ANSWERS || Instant::now() >= deadline {
                    return Err(Some(error));
                }
                *last = Some(error);
            }
            Ok(Some(_)) if Instant::now() >= deadline => return Err(None),
            Ok(Some(_)) => *last = None,
        }
        tokio::time::sleep_until((Instant::now() + backoff.next_wait()).min(deadline)).await;
    }
}
