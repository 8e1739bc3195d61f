//! What a person is told when something about a policy did not get to its end.

use crate::{
    diagnostic::{Failure, facts},
    duration::show,
};
use otc_client::{
    csbs::{ApiError, Policy, PolicyRequest},
    operation::policy::CreatePolicyError,
};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostic, Diagnostics, RawValue};

/// The attributes that a refusal can be about.
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

/// Reports operations that the service was sent and does not have in its answer.
pub fn dropped_operations(sent: usize, policy: &Policy, diags: &mut Diagnostics) {
    let kept = policy.scheduled_operations.len();
    if (1..sent).contains(&kept) {
        diags.add_attribute_warning(
            "The service did not keep all scheduled operations",
            format!(
                "Policy {}: {sent} operations were sent, and it has {kept}. {ONE_OPERATION}",
                policy.id
            ),
            AttributePath::new("scheduled_operation"),
        );
    }
}

/// Reports why a create has made no policy.
pub fn create(request: &PolicyRequest, error: &CreatePolicyError, diags: &mut Diagnostics) {
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
                "{subject}: signing in got no answer within {}. Nothing was made. Check the connection to the service, or \
                 raise timeouts.create, then apply again.",
                show(*waited)
            ),
            AttributePath::new("timeouts").attribute("create"),
        ),
        CreatePolicyError::NameTaken { existing, source } => {
            let existing = existing.as_ref().map_or_else(
                || "It could not be found; the data source csbs_backup_policies lists the policies.".to_owned(),
                |policy| format!("It is {}.\n\n{}", line(policy), import(&policy.id)),
            );
            diags.add_attribute_error(
                "Another policy has this name",
                format!("{subject}: {} Names of policies are unique in a project. {existing}", facts(source)),
                AttributePath::new("name"),
            );
        }
        CreatePolicyError::NoAnswer { source, look } => {
            let look = look.as_ref().map_or_else(
                || "A policy of this name was looked for and not found.".to_owned(),
                |look| format!("Looking for it failed, too: {}", facts(look)),
            );
            diags.add_attribute_error(
                "It is not known whether the policy was made",
                format!(
                    "{subject}: {} {look}\n\nApply again: when a policy of this name is there by then, the error names \
                     it and how to take it over.",
                    facts(source)
                ),
                AttributePath::root(),
            );
        }
        CreatePolicyError::Stopped => diags.add_attribute_error(
            "Stopped before the policy was made",
            format!("{subject}: nothing was made."),
            AttributePath::root(),
        ),
        CreatePolicyError::StoppedUnanswered => diags.add_attribute_error(
            "Stopped before the service had answered",
            format!(
                "{subject} may have been made. The next apply makes it, or says which policy has the name and how to take \
                 it over."
            ),
            AttributePath::root(),
        ),
    }
}

/// One policy in a list for people.
#[must_use]
pub fn line(policy: &Policy) -> String {
    format!(
        "policy {} (name {:?}, status {}, made at {})",
        policy.id,
        policy.name.as_deref().unwrap_or_default(),
        policy.status.as_deref().unwrap_or("unknown"),
        policy.created_at.as_deref().unwrap_or("an unknown time")
    )
}

fn import(id: &str) -> String {
    format!("To manage that policy: `terraform import ADDRESS {id}`. Otherwise choose another name.")
}

/// A stop was asked for while a policy was changed or deleted.
pub fn stopped(id: &str, what: &str, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        format!("Stopped before the policy was {what}"),
        format!("Policy {id}: some of it may have been done; the next plan shows what is left."),
        AttributePath::root(),
    );
}

/// The policy was not read, because the provider's configuration is not known.
pub fn not_read(diags: &mut Diagnostics) {
    diags.add_attribute_warning(
        "The policy was not read",
        "The provider's configuration is not known yet, so that the service cannot be asked. The state is as it was.",
        AttributePath::root(),
    );
}

/// The policy is forgotten and not deleted.
pub fn forgotten(state: &RawValue, diags: &mut Diagnostics) {
    let id = state.get("id").as_str().unwrap_or("(unknown)");
    diags.add_attribute_warning(
        "The policy stays in the cloud",
        format!(
            "Policy {id} is no longer in the state, but was not deleted, because skip_destroy is true. It goes on to make \
             backups. To manage it again: `terraform import ADDRESS {id}`."
        ),
        AttributePath::new("skip_destroy"),
    );
}
