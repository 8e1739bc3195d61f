//! Diagnostics about policies.

use crate::{
    diagnostics::{Failure, error_summary},
    duration::show,
};
use otc_client::{
    csbs::{ApiError, Policy, PolicyRequest},
    operation::policy::CreatePolicyError,
};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostic, Diagnostics};

/// The attributes that a refusal of the service can concern.
const ATTRIBUTES: &[&str] = &["name", "description", "resource", "scheduled_operation", "tags"];

const CREATE: &str = "Cannot create the policy";

/// The diagnostic of a failed call.
#[must_use]
pub fn failure(summary: &str, subject: &str, error: &ApiError) -> Diagnostic {
    Failure {
        summary,
        subject,
        attributes: ATTRIBUTES,
    }
    .diagnostic(error)
}

const ONE_OPERATION: &str = "The API page says that one operation of a policy is in effect. Configure one operation, or one \
                             policy for each.";

/// The diagnostic of a refused write. `operations` is how many scheduled operations were sent.
#[must_use]
pub fn refusal(summary: &str, subject: &str, error: &ApiError, operations: usize) -> Diagnostic {
    let mut found = failure(summary, subject, error);
    if operations > 1 && error.code() == Some("CSBS.9001") {
        found.detail = format!("{}\n\n{ONE_OPERATION}", found.detail).into();
        found.attribute = AttributePath::new("scheduled_operation");
    }
    found
}

/// Warns of operations that were sent and are not in the answer.
pub fn dropped_operations(sent: usize, policy: &Policy, diags: &mut Diagnostics) {
    let kept = policy.scheduled_operations.len();
    if (1..sent).contains(&kept) {
        diags.add_attribute_warning(
            "The service did not keep all scheduled operations",
            format!(
                "Policy {}: {sent} operations were sent, and the service has {kept}. {ONE_OPERATION}",
                policy.id
            ),
            AttributePath::new("scheduled_operation"),
        );
    }
}

/// Reports why a create failed.
pub fn create_failed(request: &PolicyRequest, error: &CreatePolicyError, diags: &mut Diagnostics) {
    // Its name may be marked sensitive.
    let subject = "The policy";
    match error {
        CreatePolicyError::Api(error) => {
            let operations = request.scheduled_operations.len();
            diags.errors.push(refusal(CREATE, subject, error, operations));
        }
        CreatePolicyError::NotStarted { waited } => diags.add_attribute_error(
            CREATE,
            format!(
                "{subject} was not created: signing in got no answer within {}. Check the connection to the service, or raise \
                 timeouts.create, then apply again.",
                show(*waited)
            ),
            AttributePath::new("timeouts").attribute("create"),
        ),
        CreatePolicyError::NameTaken { existing, source } => {
            let existing = existing.as_ref().map_or_else(
                || "It was not found; the data source csbs_backup_policies lists the policies.".to_owned(),
                |policy| format!("It is {}.\n\n{}", policy_line(policy), how_to_import(&policy.id)),
            );
            diags.add_attribute_error(
                "Another policy has this name",
                format!("{subject}: {} Names of policies are unique in a project. {existing}", error_summary(source)),
                AttributePath::new("name"),
            );
        }
        CreatePolicyError::NoAnswer { source, look } => {
            let look = look.as_ref().map_or_else(
                || "No policy with this name was found.".to_owned(),
                |look| format!("Looking for the policy failed, too: {}", error_summary(look)),
            );
            diags.add_attribute_error(
                "It is not known whether the policy was created",
                format!(
                    "{subject}: {} {look}\n\nApply again: if a policy with this name exists by then, the error names it \
                     and says how to import it.",
                    error_summary(source)
                ),
                AttributePath::root(),
            );
        }
        CreatePolicyError::Stopped => diags.add_attribute_error(
            "Interrupted before the policy was created",
            format!("{subject} was not created."),
            AttributePath::root(),
        ),
        CreatePolicyError::StoppedUnanswered => diags.add_attribute_error(
            "Interrupted before the service answered",
            format!(
                "{subject} may have been created. The next apply creates it, or says which policy has the name and how to \
                 import it."
            ),
            AttributePath::root(),
        ),
    }
}

/// One policy in a message.
#[must_use]
pub fn policy_line(policy: &Policy) -> String {
    format!(
        "policy {} (name {:?}, status {}, created at {})",
        policy.id,
        policy.name.as_deref().unwrap_or_default(),
        policy.status.as_deref().unwrap_or("unknown"),
        policy.created_at.as_deref().unwrap_or("an unknown time")
    )
}

fn how_to_import(id: &str) -> String {
    format!("To manage that policy, run `terraform import ADDRESS {id}`. Otherwise choose another name.")
}

/// Reports an interrupt while `doing` something to a policy.
pub fn interrupted(id: &str, doing: &str, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        format!("Interrupted while {doing} the policy"),
        format!("Policy {id}: part of it may be done; the next plan shows what is left."),
        AttributePath::root(),
    );
}

/// Warns that the policy was removed from the state and not deleted.
pub fn kept_in_cloud(id: &str, diags: &mut Diagnostics) {
    diags.add_attribute_warning(
        "The policy stays in the cloud",
        format!(
            "Policy {id} is no longer in the state, but was not deleted, because skip_destroy is true. It continues to make \
             backups. To manage it again, run `terraform import ADDRESS {id}`."
        ),
        AttributePath::new("skip_destroy"),
    );
}
