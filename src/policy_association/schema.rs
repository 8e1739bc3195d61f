//! The schema of `csbs_policy_association`.

use terraform_plugin::{Attribute, AttributePath, Diagnostics, IdentityAttribute, IdentitySchema, RawValue, Schema};

use crate::{
    region_and_project::resource_region,
    timeouts,
    validators::{id, string},
};

/// Schema of `csbs_policy_association`.
pub fn schema() -> Schema {
    Schema::new(
        "One server of a backup policy that is managed elsewhere: in another configuration, or in the console. The policy's \
         other servers are kept. A policy that is a `csbs_backup_policy` needs `lifecycle { ignore_changes = [resource] }`: \
         otherwise its next plan removes the server. A server can belong to one policy only, and a policy has at most 64 \
         servers.\n\n\
         The API can only replace the whole list of servers. The provider reads the list, changes it, and checks five seconds \
         later that the change is still there, so that two applies at the same time lose no server. Removing the association \
         keeps the backups that the policy has made.",
    )
    .object("association")
    .attributes([
        Attribute::string("id").computed().doc("`policy_id/server_id`."),
        Attribute::string("policy_id")
            .required()
            .requires_replace()
            .validate(validate_id)
            .doc("ID of the policy."),
        Attribute::string("server_id")
            .required()
            .requires_replace()
            .validate(validate_id)
            .doc("ID of the server (ECS)."),
        resource_region("association"),
        Attribute::string("project_id").computed().doc("ID of the project."),
    ])
    .block("timeouts", timeouts::nested_block())
}

/// Identity of `csbs_policy_association`.
pub fn identity() -> IdentitySchema {
    IdentitySchema::new([
        IdentityAttribute::string("policy_id", "ID of the policy.").required_for_import(),
        IdentityAttribute::string("server_id", "ID of the server.").required_for_import(),
        IdentityAttribute::string("region", "Region of the policy."),
        IdentityAttribute::string("project_id", "ID of the project."),
    ])
}

/// Validates the ID of a policy or server.
pub fn validate_id(value: &RawValue, path: &AttributePath, diags: &mut Diagnostics) {
    string("The ID is not valid", id())(value, path, diags);
}
