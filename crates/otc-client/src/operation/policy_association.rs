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

use super::{Backoff, OperationContext, Stopped, timing::CHANGE_SETTLED_AFTER, until_stopped, wait};

/// Servers that a policy can have.
pub const MAX_SERVERS: usize = 64;

/// Number of times that a change is written when another program undoes it.
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

/// A server of a policy, to add or to remove.
#[derive(Debug, Clone)]
pub struct PolicyAssociation {
    /// ID of the policy.
    pub policy_id: String,
    /// ID of the server.
    pub server_id: String,
}

impl PolicyAssociation {
    /// Adds the server to the policy. A policy that has the server already is not changed.
    ///
    /// `GET` and `PUT /v1/{project_id}/policies/{id}`; see the [module](self).
    ///
    /// # Errors
    /// [`AssociationError`]. A stop ends it within two seconds; after the write it is no error.
    pub async fn add(
        &self,
        context: &OperationContext,
        timeout: Duration,
        cancel: &CancellationToken,
    ) -> Result<(), AssociationError> {
        self.change_to(true, context, timeout, cancel).await
    }

    /// Removes the server from the policy. A policy that does not exist, or does not have the server, is not changed.
    ///
    /// `GET` and `PUT /v1/{project_id}/policies/{id}`; see the [module](self).
    ///
    /// # Errors
    /// As [`PolicyAssociation::add`].
    pub async fn remove(
        &self,
        context: &OperationContext,
        timeout: Duration,
        cancel: &CancellationToken,
    ) -> Result<(), AssociationError> {
        match self.change_to(false, context, timeout, cancel).await {
            Err(AssociationError::PolicyNotFound) => Ok(()),
            other => other,
        }
    }

    /// Whether `policy` has the server.
    pub fn is_in(&self, policy: &Policy) -> bool {
        policy.resources.iter().any(|resource| self.is_server(resource))
    }

    fn is_server(&self, resource: &PolicyResource) -> bool {
        resource.id.as_ref() == Some(&self.server_id)
    }

    async fn change_to(
        &self,
        wanted: bool,
        context: &OperationContext,
        timeout: Duration,
        cancel: &CancellationToken,
    ) -> Result<(), AssociationError> {
        let change = Change {
            context,
            association: self,
            wanted,
        };
        let mut progress = Progress::default();
        let deadline = wait::deadline(Instant::now(), timeout);
        let work = timeout_at(deadline, change.repeat(&mut progress));
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
}

struct Change<'a> {
    context: &'a OperationContext,
    association: &'a PolicyAssociation,
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
    /// Changes the policy until it is still changed after a pause.
    async fn repeat(&self, progress: &mut Progress) -> Result<(), AssociationError> {
        for _ in 0..MAX_WRITES {
            if !self.change(progress).await? {
                return Ok(());
            }
            sleep(CHANGE_SETTLED_AFTER).await;
            match self.read().await {
                Err(AssociationError::PolicyNotFound) => return Err(AssociationError::PolicyNotFound),
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
        let _lock = self
            .context
            .locks
            .lock(&format!("policy {}", self.association.policy_id))
            .await;
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
            let error = match client
                .replace_policy_servers(&self.association.policy_id, servers)
                .await
            {
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
            let wait = backoff.wait_after(&error);
            progress.last_refusal = Some(error);
            sleep(wait).await;
        }
    }

    async fn read(&self) -> Result<Policy, AssociationError> {
        match self.context.client.find_policy(&self.association.policy_id).await {
            Ok(Some(policy)) => Ok(policy),
            Ok(None) => Err(AssociationError::PolicyNotFound),
            Err(error) => Err(AssociationError::Api(error)),
        }
    }

    fn is_done(&self, policy: &Policy) -> bool {
        self.association.is_in(policy) == self.wanted
    }

    /// The policy's servers after the change, the others as the service has them.
    fn servers(&self, policy: Policy) -> Result<Vec<PolicyResource>, AssociationError> {
        let mut servers = policy.resources;
        if !self.wanted {
            servers.retain(|server| !self.association.is_server(server));
            return Ok(servers);
        }
        if servers.len() >= MAX_SERVERS {
            return Err(AssociationError::PolicyFull);
        }
        servers.push(PolicyResource {
            id: Some(self.association.server_id.clone()),
            resource_type: Some(SERVER_TYPE.to_owned()),
            name: Some(format!("resource_{}", self.association.server_id)),
            extra_info: None,
        });
        Ok(servers)
    }
}
