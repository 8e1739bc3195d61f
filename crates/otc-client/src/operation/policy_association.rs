//! Adds one server to a policy, or removes one, and keeps the policy's other servers.
//!
//! The API can only replace the whole list of servers, so a change is a read, a write and a check. Within this process,
//! changes of one policy run one after another. Two processes can still overwrite each other's change between read and write:
//! each checks its own change again after five seconds, by which time a write of the other that was based on an older read is
//! done, and repeats it where it is lost.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::csbs::{ApiError, Policy, PolicyResource, SERVER_TYPE};

use super::{Backoff, OperationContext, Stopped, timing::CHANGE_SETTLED_AFTER, until_stopped};

/// Servers that a policy can have.
pub const MAX_SERVERS: usize = 64;

/// How often a change is written that another program undoes.
const MAX_WRITES: u32 = 5;

/// A failed change of a policy's servers.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AssociationError {
    /// A call failed. The policy is unchanged, or [`ApiError::may_have_taken_effect`] holds.
    #[error(transparent)]
    Api(ApiError),
    /// The service has no such policy.
    #[error("the policy does not exist")]
    PolicyNotFound,
    /// The policy has as many servers as it can have.
    #[error("the policy has {MAX_SERVERS} servers already")]
    PolicyFull,
    /// Another program undid the change each time.
    #[error("the change was undone {MAX_WRITES} times")]
    Contested,
    /// The timeout was over while the service was busy with the policy.
    #[error("not done within {timeout:?}")]
    TimedOut {
        /// The timeout.
        timeout: Duration,
        /// The last refusal.
        last_refusal: Option<ApiError>,
    },
    /// Terraform asked to stop.
    #[error("stopped")]
    Stopped,
}

/// Adds a server to a policy. A policy that has the server already is not changed.
///
/// `GET` and `PUT /v1/{project_id}/policies/{id}`; see the [module](self).
///
/// # Errors
/// [`AssociationError`]. A stop ends it within two seconds; after the write it is no error.
pub async fn add(
    context: &OperationContext,
    policy_id: &str,
    server_id: &str,
    timeout: Duration,
    cancel: &CancellationToken,
) -> Result<(), AssociationError> {
    let change = Change {
        context,
        policy_id,
        server_id,
        wanted: true,
    };
    change.run(timeout, cancel).await
}

/// Removes a server from a policy. A policy that does not exist, or does not have the server, is not changed.
///
/// `GET` and `PUT /v1/{project_id}/policies/{id}`; see the [module](self).
///
/// # Errors
/// [`AssociationError`]. A stop ends it within two seconds; after the write it is no error.
pub async fn remove(
    context: &OperationContext,
    policy_id: &str,
    server_id: &str,
    timeout: Duration,
    cancel: &CancellationToken,
) -> Result<(), AssociationError> {
    let change = Change {
        context,
        policy_id,
        server_id,
        wanted: false,
    };
    match change.run(timeout, cancel).await {
        Err(AssociationError::PolicyNotFound) => Ok(()),
        other => other,
    }
}

/// Whether a policy has a server.
pub fn has_server(policy: &Policy, server_id: &str) -> bool {
    policy
        .resources
        .iter()
        .any(|resource| resource.id.as_deref() == Some(server_id))
}

struct Change<'a> {
    context: &'a OperationContext,
    policy_id: &'a str,
    server_id: &'a str,
    /// Whether the policy is to have the server.
    wanted: bool,
}

/// How far a change is, for a stop or a timeout.
#[derive(Default)]
struct Progress {
    /// The service has accepted the change.
    written: bool,
    last_refusal: Option<ApiError>,
}

impl Change<'_> {
    async fn run(&self, timeout: Duration, cancel: &CancellationToken) -> Result<(), AssociationError> {
        let mut progress = Progress::default();
        let work = timeout_at(Instant::now() + timeout, self.repeat(&mut progress));
        match until_stopped(cancel, work).await {
            Ok(Ok(done)) => done,
            _ if progress.written => Ok(()),
            Ok(Err(_)) => Err(AssociationError::TimedOut {
                timeout,
                last_refusal: progress.last_refusal,
            }),
            Err(Stopped) => Err(AssociationError::Stopped),
        }
    }

    /// Changes the policy until it is still changed after a pause.
    async fn repeat(&self, progress: &mut Progress) -> Result<(), AssociationError> {
        for _ in 0..MAX_WRITES {
            if !self.change(progress).await? {
                return Ok(());
            }
            sleep(CHANGE_SETTLED_AFTER).await;
            match self.read().await {
                // The write was accepted, and the check is a precaution.
                Err(_) => return Ok(()),
                Ok(policy) if self.is_done(&policy) => return Ok(()),
                Ok(_) => progress.written = false,
            }
        }
        Err(AssociationError::Contested)
    }

    /// Reads the policy and changes it, unless it is changed already. `true` when a write was sent.
    async fn change(&self, progress: &mut Progress) -> Result<bool, AssociationError> {
        let _lock = self.context.locks.lock(&format!("policy {}", self.policy_id)).await;
        let mut backoff = Backoff::busy();
        let mut sent = false;
        loop {
            // Each attempt reads the policy again: its servers may have changed.
            let policy = self.read().await?;
            if self.is_done(&policy) {
                return Ok(sent);
            }
            let servers = self.servers(policy)?;
            let client = &self.context.client;
            let error = match client.replace_policy_servers(self.policy_id, servers).await {
                Ok(()) => {
                    progress.written = true;
                    return Ok(true);
                }
                Err(error) => error,
            };
            if !error.is_busy() && !error.is_transient() {
                return Err(AssociationError::Api(error));
            }
            sent |= error.may_have_taken_effect();
            let wait = backoff.next_wait().max(error.retry_after().unwrap_or_default());
            progress.last_refusal = Some(error);
            sleep(wait).await;
        }
    }

    async fn read(&self) -> Result<Policy, AssociationError> {
        match self.context.client.find_policy(self.policy_id).await {
            Ok(Some(policy)) => Ok(policy),
            Ok(None) => Err(AssociationError::PolicyNotFound),
            Err(error) => Err(AssociationError::Api(error)),
        }
    }

    fn is_done(&self, policy: &Policy) -> bool {
        has_server(policy, self.server_id) == self.wanted
    }

    /// The policy's servers after the change, the others as the service has them.
    fn servers(&self, policy: Policy) -> Result<Vec<PolicyResource>, AssociationError> {
        let mut servers = policy.resources;
        if !self.wanted {
            servers.retain(|server| server.id.as_deref() != Some(self.server_id));
            return Ok(servers);
        }
        if servers.len() >= MAX_SERVERS {
            return Err(AssociationError::PolicyFull);
        }
        servers.push(PolicyResource {
            id: Some(self.server_id.to_owned()),
            resource_type: Some(SERVER_TYPE.to_owned()),
            name: Some(format!("resource_{}", self.server_id)),
            extra_info: None,
        });
        Ok(servers)
    }
}
