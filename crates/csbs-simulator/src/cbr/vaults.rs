//! Reads and lists vaults.

use serde_json::json;

use super::{
    body::is_uuid,
    config::{MalformedId, NameFilter},
    objects::Vault,
    query::{self, Page},
    refusal::{malformed_url, parameter, refusal},
    vault_view,
};
use crate::{
    api::Context,
    check::Checked,
    reply::{Answer, Reply},
    state::State,
};

const FILTERS: &[&str] = &[
    "id",
    "name",
    "cloud_type",
    "object_type",
    "protect_type",
    "policy_id",
    "resource_ids",
    "status",
    "limit",
    "offset",
];

/// `GET /vaults/{id}`
pub(super) fn get(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, &[])?;
    let vault = find(state, context)?;
    Ok(Reply::ok(
        json!({"vault": vault_view::view(state, vault, context.project)}),
    ))
}

/// Returns the vault in the path.
pub(super) fn find<'a>(state: &'a State, context: &Context<'_>) -> Checked<&'a Vault> {
    let id = path_id(state, context)?;
    state.cbr.vault(context.project, id).ok_or_else(|| missing(id))
}

/// Returns the error for an unknown vault.
pub(super) fn missing(id: &str) -> Reply {
    refusal("6105", format!("The vault {id} does not exist."))
}

/// Returns the ID in the path.
///
/// # Errors
/// If it is not a UUID.
pub(super) fn path_id<'a>(state: &State, context: &Context<'a>) -> Checked<&'a str> {
    let id = context.rest.get(1).copied().unwrap_or_default();
    if is_uuid(id) {
        return Ok(id);
    }
    Err(match state.config.cbr.malformed_id {
        MalformedId::BadRequest => parameter(format!("{id} is not a UUID")),
        MalformedId::Unauthorized => malformed_url(),
    })
}

/// `GET /vaults`
pub(super) fn list(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, FILTERS)?;
    let page = Page::read(context.call, 0)?;
    let vaults = state.cbr.vaults.iter().rev();
    let found: Vec<_> = vaults
        .filter(|vault| vault.is_in(context.project) && matches(state, context, vault))
        .collect();
    let count = found.len();
    let vaults = page.cut(found).into_iter();
    let vaults = vaults.map(|vault| vault_view::view(state, vault, context.project));
    Ok(Reply::ok(page.response("vaults", vaults.collect(), count)))
}

fn matches(state: &State, context: &Context<'_>, vault: &Vault) -> bool {
    let config = &state.config.cbr;
    if config.ignore_filters {
        return true;
    }
    let exact = |name: &str, value: &str| context.call.query(name).is_none_or(|wanted| wanted == value);
    let holds = |ids: &str| ids.split(',').any(|id| vault.association(id.trim()).is_some());
    exact("id", &vault.id)
        && context
            .call
            .query("name")
            .is_none_or(|wanted| config.name_filter.matches(wanted, &vault.name))
        && exact("cloud_type", "public")
        && exact("object_type", &vault.object_type)
        && exact("protect_type", &vault.protect_type)
        && exact("policy_id", vault.policy_id.as_deref().unwrap_or_default())
        && context.call.query("resource_ids").is_none_or(holds)
        && exact("status", vault.status.name())
}

impl NameFilter {
    /// Returns `true` if a name matches the filter.
    pub(super) fn matches(self, wanted: &str, name: &str) -> bool {
        match self {
            Self::Exact => wanted == name,
            Self::Part => name.contains(wanted),
        }
    }
}
