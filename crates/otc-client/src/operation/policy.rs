//! Creates, updates and deletes a policy: waits while the policy is busy, and finds the policy that an unanswered request created.

use std::{convert::Infallible, time::Duration};

use jiff::Timestamp;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::csbs::{ApiError, Client, Policy, PolicyFilter, PolicyRequest, parse_time, pattern, with_retry_deadline};

use super::{
    Backoff, Stopped,
    stop::{Answered, until_answered},
    timing::{ANSWER_AFTER_STOP, CLOCK_TOLERANCE},
    until_stopped,
    wait::{self, Look, Verdict, Wait, WaitError},
};

/// Number of times that a create without an answer is sent again. Names are unique, so it cannot create a second policy.
const MAX_RESENDS: u32 = 3;

/// The code of the refusal that another policy has the name.
const NAME_TAKEN: &str = "CSBS.9007";

/// Number of reads of a deleted policy that may fail for other than transient reasons.
const MAX_READ_ERRORS: u32 = 2;

/// The reason why a policy is not known to have been created.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CreatePolicyError {
    /// A call failed; nothing was created.
    #[error(transparent)]
    Api(ApiError),
    /// The service did not answer before the timeout, so the request was not sent. Nothing was created.
    #[error("no answer within {waited:?}")]
    NotStarted {
        /// The time waited.
        waited: Duration,
    },
    /// Another policy has the name.
    #[error("another policy has the name: {source}")]
    NameTaken {
        /// That policy, if it was found.
        existing: Option<Box<Policy>>,
        /// The refusal.
        source: ApiError,
    },
    /// The request got no answer, and no policy with the name was found.
    #[error("the request got no answer: {source}")]
    NoAnswer {
        /// The failure of the request.
        source: ApiError,
        /// The failure of the last list, if it failed.
        look: Option<ApiError>,
    },
    /// A stop was requested before anything was created.
    #[error("stopped")]
    Stopped,
    /// A stop was requested before the request was answered.
    #[error("stopped before the request was answered")]
    StoppedUnanswered,
}

/// Creates a policy.
///
/// When no answer comes, the policy is looked for by its name, which is unique in the project: one that equals the request and
/// is no older is ours. If there is none, the request is sent again; if the service carried out both, it would refuse the later
/// one.
///
/// # Errors
/// [`CreatePolicyError`]; a stop ends it within two seconds.
pub async fn create(
    client: &Client,
    request: &PolicyRequest,
    timeout: Duration,
    cancel: &CancellationToken,
) -> Result<Policy, CreatePolicyError> {
    let deadline = wait::deadline(Instant::now(), timeout);
    // Signing in creates nothing, so it may be dropped at the deadline.
    match until_stopped(
        cancel,
        timeout_at(deadline, with_retry_deadline(deadline, client.endpoint())),
    )
    .await
    {
        Ok(Ok(Ok(_))) => {}
        Ok(Ok(Err(error))) => return Err(CreatePolicyError::Api(error)),
        Ok(Err(_)) => return Err(CreatePolicyError::NotStarted { waited: timeout }),
        Err(Stopped) => return Err(CreatePolicyError::Stopped),
    }
    let create = Create {
        client,
        request,
        cancel,
        since: client.session().clock().now(),
        deadline,
    };
    let mut backoff = Backoff::busy();
    let mut unanswered: Option<ApiError> = None;
    let mut sent = 0;
    let verdict = |_: Look, answer| {
        sent += 1;
        create.judge(answer, &mut backoff, &mut unanswered, sent <= MAX_RESENDS)
    };
    let result = Wait::until(deadline)
        .or_stopped(cancel)
        .looking_at_once()
        .finishing_looks()
        .run(|now| now, |_| create.send_and_find(), verdict)
        .await;
    result.map_err(|end| match (end, unanswered) {
        (WaitError::Failed(error), _) => error,
        (WaitError::Stopped, None) => CreatePolicyError::Stopped,
        (WaitError::Stopped, Some(_)) => CreatePolicyError::StoppedUnanswered,
        (WaitError::TimedOut, None) => CreatePolicyError::NotStarted { waited: timeout },
        (WaitError::TimedOut, Some(source)) => CreatePolicyError::NoAnswer { source, look: None },
    })
}

/// The answer to a create request.
enum Answer {
    Created(Policy),
    /// The service did not create a policy.
    Refused(ApiError),
    /// A policy with the name may exist.
    Unclear {
        error: ApiError,
        existing: Result<Option<Policy>, ApiError>,
    },
}

/// One run of a create.
struct Create<'a> {
    client: &'a Client,
    request: &'a PolicyRequest,
    cancel: &'a CancellationToken,
    /// When the first request was sent.
    since: Timestamp,
    deadline: Instant,
}

impl Create<'_> {
    /// Sends the request, and looks for the policy if it may exist nevertheless.
    async fn send_and_find(&self) -> Result<Answer, CreatePolicyError> {
        let error = match self.send().await? {
            Ok(policy) => return Ok(Answer::Created(policy)),
            Err(error) => error,
        };
        if error.code() == Some(NAME_TAKEN) || error.may_have_taken_effect() {
            let existing = self.find().await?;
            return Ok(Answer::Unclear { error, existing });
        }
        Ok(Answer::Refused(error))
    }

    /// Decides what follows an answer. `unanswered` is the failure of an earlier request that the service may have carried out.
    fn judge(
        &self,
        answer: Result<Answer, CreatePolicyError>,
        backoff: &mut Backoff,
        unanswered: &mut Option<ApiError>,
        may_resend: bool,
    ) -> Verdict<Policy, CreatePolicyError> {
        let (error, existing) = match answer {
            Ok(Answer::Created(policy)) => return Verdict::Done(policy),
            Ok(Answer::Refused(error)) => {
                let next = Instant::now() + backoff.wait_after(&error);
                if error.is_busy() && next < self.deadline {
                    return Verdict::ContinueAt(next);
                }
                return Verdict::Fail(match unanswered.take() {
                    Some(source) => CreatePolicyError::NoAnswer {
                        source,
                        look: Some(error),
                    },
                    None => CreatePolicyError::Api(error),
                });
            }
            Ok(Answer::Unclear { error, existing }) => (error, existing),
            Err(stopped) => return Verdict::Fail(stopped),
        };
        if error.code() == Some(NAME_TAKEN) {
            // The policy that has the name may be the one that an unanswered request has created.
            return match (existing.ok().flatten(), unanswered.take()) {
                (Some(policy), Some(_)) if self.is_result(&policy) => Verdict::Done(policy),
                (None, Some(source)) => Verdict::Fail(CreatePolicyError::NoAnswer {
                    source,
                    look: Some(error),
                }),
                (existing, _) => Verdict::Fail(CreatePolicyError::NameTaken {
                    existing: existing.map(Box::new),
                    source: error,
                }),
            };
        }
        match existing {
            Ok(Some(policy)) if self.is_result(&policy) => Verdict::Done(policy),
            Ok(Some(policy)) => Verdict::Fail(CreatePolicyError::NameTaken {
                existing: Some(Box::new(policy)),
                source: error,
            }),
            Ok(None) => {
                let next = Instant::now() + backoff.wait_after(&error);
                if may_resend && next < self.deadline {
                    *unanswered = Some(error);
                    Verdict::ContinueAt(next)
                } else {
                    Verdict::Fail(CreatePolicyError::NoAnswer {
                        source: error,
                        look: None,
                    })
                }
            }
            Err(look) => Verdict::Fail(CreatePolicyError::NoAnswer {
                source: error,
                look: Some(look),
            }),
        }
    }

    /// Sends the request. A stop leaves it a moment to be answered.
    async fn send(&self) -> Result<Result<Policy, ApiError>, CreatePolicyError> {
        if self.cancel.is_cancelled() {
            return Err(CreatePolicyError::Stopped);
        }
        let request = self.client.create_policy(self.request);
        match until_answered(self.cancel, ANSWER_AFTER_STOP, request).await {
            Answered::InTime(answer) => Ok(answer),
            Answered::AfterStop(Some(Err(error))) if error.may_have_taken_effect() => {
                Err(CreatePolicyError::StoppedUnanswered)
            }
            Answered::AfterStop(Some(answer)) => Ok(answer),
            Answered::AfterStop(None) => Err(CreatePolicyError::StoppedUnanswered),
        }
    }

    /// The policy with the requested name.
    async fn find(&self) -> Result<Result<Option<Policy>, ApiError>, CreatePolicyError> {
        match until_stopped(self.cancel, by_name(self.client, &self.request.name)).await {
            Ok(found) => Ok(found),
            Err(Stopped) => Err(CreatePolicyError::StoppedUnanswered),
        }
    }

    /// Returns whether the request can have created the policy: it equals the request and is no older.
    fn is_result(&self, policy: &Policy) -> bool {
        let created = policy.created_at.as_deref().and_then(parse_time);
        created.is_none_or(|created| created >= self.since - CLOCK_TOLERANCE) && equals_request(policy, self.request)
    }
}

/// The policy with exactly this name.
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

/// Returns whether a policy has what the request asks for.
fn equals_request(policy: &Policy, request: &PolicyRequest) -> bool {
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
    policy.description.as_deref().unwrap_or_default() == request.description.as_deref().unwrap_or_default()
        && ids(&policy.resources) == ids(&request.resources)
        && theirs.len() == ours.len()
        && ours
            .iter()
            .all(|ours| theirs.iter().any(|theirs| pattern::same(ours, theirs)))
}

/// Makes a call, and repeats it while the service is busy, until `deadline`.
///
/// # Errors
/// The last failure of the call.
pub async fn retry_while_busy<T, F, C>(deadline: Instant, mut call: F) -> Result<T, ApiError>
where
    F: FnMut() -> C,
    C: Future<Output = Result<T, ApiError>>,
{
    let mut refusal = match call().await {
        Err(error) if error.is_busy() && Instant::now() < deadline => error,
        other => return other,
    };
    let mut backoff = Backoff::busy();
    let first = Instant::now() + backoff.wait_after(&refusal);
    let verdict = |_: Look, answer| match answer {
        Err(error) if ApiError::is_busy(&error) => {
            let next = Instant::now() + backoff.wait_after(&error);
            refusal = error;
            Verdict::ContinueAt(next)
        }
        other => Verdict::Done(other),
    };
    let wait = Wait::until(deadline).finishing_looks();
    let result: Result<_, WaitError<Infallible>> = wait.run(|_| first, |_| call(), verdict).await;
    result.unwrap_or(Err(refusal))
}

/// Deletes a policy and waits until it is gone; succeeds if it is gone already. `last` is the failure of the last read, also
/// when the caller drops this future before its end.
///
/// # Errors
/// The failure of a call; `None` when the policy still exists at `deadline` although the service accepted the deletion.
pub async fn delete_until_gone(
    client: &Client,
    id: &str,
    deadline: Instant,
    last: &mut Option<ApiError>,
) -> Result<(), Option<ApiError>> {
    match retry_while_busy(deadline, || client.delete_policy(id)).await {
        Ok(()) => {}
        Err(error) if error.is_gone() => return Ok(()),
        // A 404 that is not the service's own says nothing about the policy.
        Err(error) if error.is_unconfirmed_not_found() => {
            return match client.find_policy(id).await {
                Ok(None) => Ok(()),
                _ => Err(Some(error)),
            };
        }
        Err(error) => return Err(Some(error)),
    }
    let mut backoff = Backoff::polling();
    let mut errors = 0;
    let verdict = |_: Look, seen: Result<Option<Policy>, ApiError>| match seen {
        Ok(None) => Verdict::Done(()),
        Ok(Some(_)) => {
            *last = None;
            Verdict::Continue
        }
        Err(error) => {
            errors += u32::from(!error.is_transient());
            if errors > MAX_READ_ERRORS {
                return Verdict::Fail(error);
            }
            *last = Some(error);
            Verdict::Continue
        }
    };
    let wait = Wait::until(deadline).looking_at_once();
    let result = wait
        .run(|now| now + backoff.next_wait(), |_| client.find_policy(id), verdict)
        .await;
    result.map_err(|end| match end {
        WaitError::Failed(error) => Some(error),
        WaitError::TimedOut | WaitError::Stopped => last.clone(),
    })
}
