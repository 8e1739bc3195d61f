//! Servers that belong to another policy. The service accepts a server in one policy only.

use otc_client::{
    csbs::{ApiError, Policy},
    operation::{OperationContext, until_stopped},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostics};

use crate::Connection;

/// Code of the refusal of a server that belongs to another policy.
const BELONGS_TO_ANOTHER: &str = "CSBS.6004";

/// Warns while planning, on `attribute`, if one of `servers` belongs to another policy than `own`. It is no error, because the same
/// plan may remove the server from the other policy. All plans of about the same time share one list of the policies; without
/// servers, nothing is sent.
pub async fn check(
    connection: &Connection,
    context: &Context,
    own: Option<&str>,
    (attribute, servers): (&'static str, &[&str]),
    diags: &mut Diagnostics,
) {
    let Some(service) = connection.for_plan_checks().filter(|_| !servers.is_empty()) else {
        return;
    };
    let Ok(Ok(policies)) = until_stopped(&context.cancel, service.policies.get()).await else {
        // The apply reports what the service says.
        return;
    };
    for server_id in servers {
        if let Some(policy) = other_policy(&policies, own, server_id) {
            diags.add_attribute_warning(
                "The server belongs to another policy",
                format!(
                    "{} A server can belong to one policy only. Remove it from that policy first; if this configuration does \
                     so, use depends_on to make sure that it happens first.",
                    sentence(server_id, policy)
                ),
                AttributePath::new(attribute),
            );
        }
    }
}

/// Names the other policies of `servers` in the last error, if the service refused them for that reason.
pub async fn explain(
    service: &OperationContext,
    context: &Context,
    own: Option<&str>,
    servers: impl IntoIterator<Item = &str>,
    error: &ApiError,
    diags: &mut Diagnostics,
) {
    if error.code() != Some(BELONGS_TO_ANOTHER) {
        return;
    }
    service.policies.invalidate();
    let Ok(Ok(policies)) = until_stopped(&context.cancel, service.policies.get()).await else {
        return;
    };
    let others = servers
        .into_iter()
        .filter_map(|server_id| Some(sentence(server_id, other_policy(&policies, own, server_id)?)));
    let others = others.collect::<Vec<_>>().join(" ");
    if let Some(last) = diags.errors.last_mut().filter(|_| !others.is_empty()) {
        last.detail = format!("{}\n\n{others}", last.detail).into();
    }
}

fn other_policy<'a>(policies: &'a [Policy], own: Option<&str>, server_id: &str) -> Option<&'a Policy> {
    policies
        .iter()
        .filter(|policy| Some(policy.id.as_str()) != own)
        .find(|policy| {
            policy
                .resources
                .iter()
                .any(|server| server.id.as_deref() == Some(server_id))
        })
}

fn sentence(server_id: &str, policy: &Policy) -> String {
    format!(
        "Server {server_id} belongs to policy {} (name {:?}).",
        policy.id,
        policy.name.as_deref().unwrap_or_default()
    )
}
