//! The action `csbs_run_backup_policy`: runs a policy now.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use terraform_plugin::{AddDiagnostic, Attribute, AttributePath, Context, Diagnostics, Schema, Value};

use super::operation::{ActionOperation, CommonErrors, timeout, timeout_attribute};
use crate::{
    backup::messages::{backup_line, failure_of},
    connected::Connected,
    diagnostics::{Failure, error_summary},
    validators::{each_element, id, not_empty, string},
};
use otc_client::{
    csbs::{ApiError, CheckpointItem, Status},
    operation::{
        OperationContext,
        run_policy::{RunError, RunPolicy, RunProgress},
    },
};

const SUMMARY: &str = "Cannot run the policy";

/// Runs a policy now.
pub type RunPolicyAction = Connected<RunPolicy>;

/// Model of the configuration.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RunPolicyModel {
    policy_id: Value<String>,
    server_ids: Value<Vec<Value<String>>>,
    timeout: Value<String>,
}

#[async_trait]
impl ActionOperation for RunPolicy {
    type Model = RunPolicyModel;
    type Progress = RunProgress;
    type Outcome = Vec<CheckpointItem>;
    type Error = RunError;

    fn schema() -> Schema {
        Schema::new(
            "Runs a backup policy now, whether or not its schedule is enabled, and waits for the backups of that run. The service \
             never deletes these backups automatically, regardless of `max_backups` and `retention_duration_days` of the \
             policy: they incur storage costs until they are deleted by hand.",
        )
        .attributes([
            Attribute::string("policy_id")
                .required()
                .validate(string("The policy ID is not valid", id()))
                .doc("ID of the policy."),
            Attribute::list_of_strings("server_ids")
                .validate(not_empty(
                    "The list of servers is empty",
                    "An empty list does not mean all servers of the policy. Leave `server_ids` out to back up all of them, or name \
                     at least one server.",
                ))
                .validate(each_element(string("The server ID is not valid", id())))
                .doc("IDs of the servers to back up. By default all servers of the policy."),
            timeout_attribute(),
        ])
    }

    fn from_model(model: RunPolicyModel) -> Self {
        let server_ids = model.server_ids.unwrap_or_default();
        Self {
            policy_id: model.policy_id.unwrap_or_default(),
            server_ids: server_ids.into_iter().filter_map(Value::as_option).collect(),
            timeout: timeout(&model.timeout),
        }
    }

    async fn run(
        &self,
        service: &OperationContext,
        context: &Context,
        on_progress: &(dyn Fn(RunProgress) + Send + Sync),
    ) -> Result<Vec<CheckpointItem>, RunError> {
        Self::run(self, service, &context.cancel, on_progress).await
    }

    fn progress_message(&self, progress: RunProgress) -> String {
        match progress {
            RunProgress::Waiting(error) => {
                format!(
                    "Policy {}: {} The provider tries again.",
                    self.policy_id,
                    error_summary(&error)
                )
            }
            RunProgress::Started { checkpoint_id, servers } => format!(
                "Policy {} runs and creates checkpoint {checkpoint_id}. Servers: {servers}.",
                self.policy_id
            ),
            RunProgress::Backup(item) => format!(
                "Backup {} of server {}: {}.",
                item.id,
                item.resource_id.as_deref().unwrap_or("(unknown)"),
                item.status
            ),
        }
    }

    fn success_message(&self, items: Vec<CheckpointItem>) -> String {
        let ids: Vec<_> = items.into_iter().map(|item| item.id).collect();
        format!("The backups are available: {}.", ids.join(", "))
    }

    fn report(&self, error: RunError, diags: &mut Diagnostics) {
        report(self, error, diags);
    }
}

fn report(run: &RunPolicy, error: RunError, diags: &mut Diagnostics) {
    let policy = format!("Policy {}", run.policy_id);
    let of_checkpoint = |id: &str| {
        (
            format!("{policy}, checkpoint {id}"),
            format!("its backups (checkpoint {id}) continue in the cloud"),
        )
    };
    let common = CommonErrors {
        summary: SUMMARY,
        subject: &policy,
        continues: "the policy runs in the cloud",
    };
    let (summary, detail, attribute) = match error {
        RunError::Api(error) => {
            let failure = Failure {
                summary: SUMMARY,
                subject: &policy,
                attributes: &["policy_id"],
            };
            return failure.report(diags, &error);
        }
        RunError::NotStarted { waited } => return common.not_started(waited, diags),
        RunError::Stopped {
            checkpoint_id: Some(id),
            ..
        } => {
            let continues = &of_checkpoint(&id).1;
            return CommonErrors { continues, ..common }.interrupted(Some(true), diags);
        }
        RunError::Stopped { unanswered, .. } => {
            return common.interrupted(if unanswered { None } else { Some(false) }, diags);
        }
        RunError::TimedOut {
            checkpoint_id,
            waited,
            last,
        } => {
            let last = last.map_or_else(
                || "some backups are not available yet".to_owned(),
                |error| format!("the last read failed: {}", error_summary(&error).trim_end_matches('.')),
            );
            let continues = &of_checkpoint(&checkpoint_id).1;
            let common = CommonErrors { continues, ..common };
            return common.timed_out("The policy's backups did not finish in time", waited, &last, diags);
        }
        RunError::Lost { checkpoint_id, source } => {
            let (subject, continues) = &of_checkpoint(&checkpoint_id);
            let common = CommonErrors {
                subject,
                continues,
                ..common
            };
            let next = "Look at them with the data source csbs_backups.";
            return common.lost(
                "The progress of the policy's backups cannot be read",
                &source,
                next,
                diags,
            );
        }
        RunError::NoServer => (
            SUMMARY,
            format!("{policy} has nothing to back up. Add a server to it first."),
            AttributePath::new("policy_id"),
        ),
        RunError::NotInPolicy(ids) => (
            SUMMARY,
            format!(
                "{policy} does not contain these servers: {}. Nothing was changed.",
                ids.join(", ")
            ),
            AttributePath::new("server_ids"),
        ),
        RunError::NoAnswer { source, candidates } => (
            "It is not known whether the policy was run",
            no_answer(&policy, &source, &candidates),
            AttributePath::root(),
        ),
        RunError::Failed {
            checkpoint_id,
            failed,
            missing,
        } => (
            "Some backups of the policy failed",
            format!(
                "{policy}, checkpoint {checkpoint_id}:\n{}\n\nLook at the backups with the data source csbs_backups, and run the \
                 policy again for the servers that need it.",
                failed_lines(&failed, &missing).join("\n")
            ),
            AttributePath::root(),
        ),
    };
    diags.add_attribute_error(summary, detail, attribute);
}

fn no_answer(policy: &str, source: &ApiError, candidates: &[String]) -> String {
    let seen = if candidates.is_empty() {
        "No new backup of the policy appeared in the minute after that.".to_owned()
    } else {
        format!(
            "These checkpoints are new and may belong to this run: {}.",
            candidates.join(", ")
        )
    };
    format!(
        "{policy}: {} {seen} The provider did not repeat the request. Look for the policy's backups with the data source csbs_backups \
         before you run it again.",
        error_summary(source)
    )
}

fn failed_lines(failed: &[CheckpointItem], missing: &[String]) -> Vec<String> {
    let failed = failed.iter().map(|item| match item.status {
        Status::Error => format!("{}; {}", backup_line(item), failure_of(item)),
        _ => backup_line(item),
    });
    let missing = missing
        .iter()
        .map(|server| format!("  server {server}: no backup is listed"));
    failed.chain(missing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        let schema = RunPolicy::schema();
        assert_model_has_schema::<RunPolicyModel>("csbs_run_backup_policy", &schema.block);
    }
}
