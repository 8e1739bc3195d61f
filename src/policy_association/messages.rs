//! Diagnostics of `csbs_policy_association`.

use otc_client::{
    csbs::ApiError,
    operation::policy_association::{AssociationError, PolicyAssociation},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics};

use crate::{
    diagnostics::{Failure, error_summary},
    duration::show,
};

const NOT_ADDED: &str = "Cannot add the server to the policy";
const NOT_IMPORTED: &str = "Cannot import the association";
const NOT_REMOVED: &str = "Cannot remove the server from the policy";

/// A failed create.
pub fn not_added(association: &PolicyAssociation, error: &AssociationError, diags: &mut Diagnostics) {
    match error {
        AssociationError::PolicyNotFound => diags.add_attribute_error(
            NOT_ADDED,
            format!(
                "The service has no policy with the ID {} in this project and region. Check the ID, `region`, and that the policy \
                 was not deleted during the apply.",
                association.policy_id
            ),
            AttributePath::new("policy_id"),
        ),
        error => report(NOT_ADDED, "create", association, error, diags),
    }
}

/// A failed delete.
pub fn not_removed(association: &PolicyAssociation, error: &AssociationError, diags: &mut Diagnostics) {
    report(NOT_REMOVED, "delete", association, error, diags);
}

fn report(
    summary: &'static str,
    operation: &'static str,
    association: &PolicyAssociation,
    error: &AssociationError,
    diags: &mut Diagnostics,
) {
    let subject = subject(association);
    match error {
        AssociationError::Api(error) => failure(summary, &subject, error, diags),
        AssociationError::PolicyFull => diags.add_attribute_error(
            summary,
            format!("{subject}: {error}. Use another policy, or remove a server first."),
            AttributePath::new("policy_id"),
        ),
        AssociationError::Contested => diags.add_attribute_error(
            summary,
            format!(
                "{subject}: {error}. Another program changes the servers of this policy, for example a csbs_backup_policy \
                 that lists its servers. Add `lifecycle {{ ignore_changes = [resource] }}` to that resource, or list the \
                 server there and remove this association."
            ),
            AttributePath::new("policy_id"),
        ),
        AssociationError::TimedOut { timeout, last_refusal } => diags.add_attribute_error(
            summary,
            format!(
                "{subject}: not done within {}.{} Apply again later, or raise timeouts.{operation}.",
                show(*timeout),
                last_refusal
                    .as_ref()
                    .map_or_else(String::new, |error| format!(" The last attempt failed: {}", error_summary(error)))
            ),
            AttributePath::new("timeouts").attribute(operation),
        ),
        AssociationError::PolicyNotFound | AssociationError::Stopped => diags.add_attribute_error(
            summary,
            format!("{subject}: interrupted. The change may have been made; the next apply completes it."),
            AttributePath::root(),
        ),
    }
}

/// An import for which the service gave no endpoint.
pub fn not_imported(association: &PolicyAssociation, error: &ApiError, diags: &mut Diagnostics) {
    failure(NOT_IMPORTED, &subject(association), error, diags);
}

/// An interrupted import.
pub fn import_interrupted(association: &PolicyAssociation, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        NOT_IMPORTED,
        format!("{}: interrupted.", subject(association)),
        AttributePath::root(),
    );
}

/// A failed read.
pub fn not_read(policy_id: &str, error: &ApiError, diags: &mut Diagnostics) {
    failure("Cannot read the policy", &format!("Policy {policy_id}"), error, diags);
}

/// An interrupted read.
pub fn read_interrupted(policy_id: &str, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        "Interrupted while reading the policy",
        format!("Policy {policy_id}: the state is unchanged."),
        AttributePath::root(),
    );
}

/// An import ID of another form.
pub fn invalid_import_id(diags: &mut Diagnostics) {
    diags.add_attribute_error(
        "The import ID is not valid",
        "The ID of an association is the ID of the policy and the ID of the server with a slash between them: \
         `policy_id/server_id`.",
        AttributePath::root(),
    );
}

fn subject(association: &PolicyAssociation) -> String {
    format!("Policy {}, server {}", association.policy_id, association.server_id)
}

fn failure(summary: &str, subject: &str, error: &ApiError, diags: &mut Diagnostics) {
    let failure = Failure {
        summary,
        subject,
        attributes: &["policy_id", "server_id"],
    };
    failure.report(diags, error);
}
