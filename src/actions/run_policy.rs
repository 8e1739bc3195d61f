//! The action `csbs_run_backup_policy`: runs a policy now.

use async_trait::async_trait;
use tokio::sync::mpsc::Sender;

use crate::{
    Connection,
    attribute::{block, list_of_strings, named, optional, required},
    backup::messages::{failure_of, line},
    diagnostic::{Failure, facts},
    duration::show,
    validators,
};
use otc_client::{
    csbs::Status,
    operation::run_policy::{RunError, RunPolicy, RunProgress},
};
use terraform_plugin::{
    Action, ActionEvent, AddDiagnostic, AttributePath, AttributeType, Context, Deferred, Diagnostics, InvokeAction,
    PlanAction, RawValue, Schema,
};

use super::progress::{report_progress, timeout, validate_timeout};

const SUMMARY: &str = "Cannot run the policy";

/// Runs a policy now.
pub struct RunPolicyAction {
    connection: Connection,
}

impl RunPolicyAction {
    /// An action that reaches the service by `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

#[async_trait]
impl Action for RunPolicyAction {
    fn schema(&self) -> Schema {
        let string = AttributeType::String;
        Schema::from(block(
            "Runs a backup policy now, whether its schedule is enabled or not, and waits for the backups that it makes. \
                 The service never deletes these backups automatically, whatever `max_backups` or `retention_duration_days` \
                 of the policy say: they cost storage until they are deleted by hand.",
            named([
                ("policy_id", required(string.clone(), "ID of the policy.")),
                (
                    "server_ids",
                    optional(
                        list_of_strings(),
                        "IDs of the servers to back up; all servers of the policy by default.",
                    ),
                ),
                (
                    "timeout",
                    optional(string, "How long it may take, such as `90m`; default `2h`."),
                ),
            ]),
            [],
        ))
    }

    async fn validate(&self, _context: &Context, config: &RawValue, diags: &mut Diagnostics) {
        let path = AttributePath::new("policy_id");
        validators::text(
            diags,
            "The policy ID is not valid",
            &path,
            config.get("policy_id"),
            &validators::id(),
        );
        if config.get("server_ids").as_list().is_some_and(<[RawValue]>::is_empty) {
            diags.add_attribute_error(
                "The list of servers is empty",
                "An empty list does not mean all servers of the policy. Leave `server_ids` out to back up all of them, or name \
                 at least one server.",
                AttributePath::new("server_ids"),
            );
        }
        for (index, id) in config.get("server_ids").as_list().unwrap_or(&[]).iter().enumerate() {
            let path = AttributePath::new("server_ids").index(i64::try_from(index).unwrap_or(i64::MAX));
            validators::text(diags, "The server ID is not valid", &path, id, &validators::id());
        }
        validate_timeout(config, diags);
    }

    async fn plan(&self, context: &Context, _request: PlanAction, _diags: &mut Diagnostics) -> Option<Deferred> {
        (self.connection.is_unknown() && context.capabilities.deferral_allowed)
            .then_some(Deferred::ProviderConfigUnknown)
    }

    async fn invoke(
        &self,
        context: &Context,
        request: InvokeAction,
        events: Sender<ActionEvent>,
        diags: &mut Diagnostics,
    ) {
        let Some(service) = self.connection.service(diags) else {
            return;
        };
        let config = &request.config;
        let servers = config.get("server_ids").as_list().unwrap_or(&[]);
        let job = RunPolicy {
            policy_id: config.get("policy_id").as_str().unwrap_or_default().to_owned(),
            server_ids: servers.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect(),
            timeout: timeout(config),
        };
        let on = |progress| report_progress(&events, message(&job, &progress));
        match Box::pin(job.run(&service, &context.cancel, &on)).await {
            Ok(items) => {
                let ids: Vec<_> = items.into_iter().map(|item| item.id).collect();
                report_progress(&events, format!("The backups are available: {}.", ids.join(", ")));
            }
            Err(error) => report(&job, &error, diags),
        }
    }
}

fn message(job: &RunPolicy, progress: &RunProgress) -> String {
    match progress {
        RunProgress::Waiting(error) => {
            format!("Policy {}: {} It is tried again.", job.policy_id, facts(error))
        }
        RunProgress::Started { checkpoint_id, servers } => format!(
            "Policy {} runs; it makes checkpoint {checkpoint_id}. Servers: {servers}.",
            job.policy_id
        ),
        RunProgress::Backup(item) => format!(
            "Backup {} of server {}: {}.",
            item.id,
            item.resource_id.as_deref().unwrap_or("(unknown)"),
            item.status
        ),
    }
}

fn report(job: &RunPolicy, error: &RunError, diags: &mut Diagnostics) {
    let subject = format!("Policy {}", job.policy_id);
    let root = AttributePath::root;
    match error {
        RunError::Api(error) => Failure {
            summary: SUMMARY,
            subject: &subject,
            attributes: &["policy_id"],
        }
        .report(diags, error),
        RunError::NotStarted { waited } => diags.add_attribute_error(
            SUMMARY,
            format!(
                "{subject}: the service did not answer within {}. Nothing was done. Check the connection to the service, \
                 or raise `timeout`, and run it again.",
                show(*waited)
            ),
            AttributePath::new("timeout"),
        ),
        RunError::NoServer => diags.add_attribute_error(
            SUMMARY,
            format!("{subject} has nothing to back up. Give it a server first."),
            AttributePath::new("policy_id"),
        ),
        RunError::NotInPolicy(ids) => diags.add_attribute_error(
            SUMMARY,
            format!("{subject}: these servers are not in it: {}. Nothing was done.", ids.join(", ")),
            AttributePath::new("server_ids"),
        ),
        RunError::NoAnswer { source, candidates } => {
            let seen = if candidates.is_empty() {
                "No new backup of the policy was seen in the minute after.".to_owned()
            } else {
                format!("These checkpoints are new, and may be of this run: {}.", candidates.join(", "))
            };
            diags.add_attribute_error(
                "It is not known whether the policy was run",
                format!(
                    "{subject}: {} {seen} It was not asked for again. Look for its backups with the data source \
                     csbs_backups before you do.",
                    facts(source)
                ),
                root(),
            );
        }
        RunError::Failed {
            checkpoint_id,
            failed,
            missing,
        } => {
            let mut lines: Vec<_> = failed
                .iter()
                .map(|item| match item.status {
                    Status::Error => format!("{}; {}", line(item), failure_of(item)),
                    _ => line(item),
                })
                .collect();
            lines.extend(missing.iter().map(|server| format!("  server {server}: no backup is listed")));
            diags.add_attribute_error(
                "Some backups of the policy failed",
                format!(
                    "{subject}, checkpoint {checkpoint_id}:\n{}\n\nLook at the backups with the data source csbs_backups, \
                     and run the policy again for the servers that need it.",
                    lines.join("\n")
                ),
                root(),
            );
        }
        RunError::TimedOut {
            checkpoint_id,
            waited,
            last,
        } => diags.add_attribute_error(
            "The policy's backups were not done in time",
            format!(
                "{subject} was waited for {}. Its backups (checkpoint {checkpoint_id}) go on in the cloud.{} Raise `timeout`.",
                show(*waited),
                last.as_ref()
                    .map_or_else(String::new, |error| format!(" The last look failed: {}", facts(error)))
            ),
            AttributePath::new("timeout"),
        ),
        RunError::Lost { checkpoint_id, source } => diags.add_attribute_error(
            "The policy's backups cannot be followed",
            format!(
                "{subject}, checkpoint {checkpoint_id}: {} They go on in the cloud; look at them with the data source \
                 csbs_backups.",
                facts(source)
            ),
            root(),
        ),
        RunError::Stopped {
            checkpoint_id,
            unanswered,
        } => diags.add_attribute_error(
            "Stopped",
            match (checkpoint_id, unanswered) {
                (Some(id), _) => format!("{subject}: its backups (checkpoint {id}) go on in the cloud."),
                (None, true) => format!("{subject}: the service had not answered; the policy may run in the cloud."),
                (None, false) => format!("{subject}: nothing was done."),
            },
            root(),
        ),
    }
}
