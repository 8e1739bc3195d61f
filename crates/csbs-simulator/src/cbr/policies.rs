//! Lists the policies that are applied to vaults. They cannot be created or run.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::query::{self, Page};
use crate::{
    api::Context,
    reply::{Answer, Reply},
    state::State,
};

/// `GET /policies`
pub(super) fn list(state: &mut State, context: &Context<'_>) -> Answer {
    let known = ["limit", "offset", "operation_type", "vault_id"];
    query::check_known(state, context.call, &known)?;
    let page = Page::read(context.call, 0)?;
    let is_wanted = |name: &str, value: &str| {
        state.config.cbr.ignore_filters || context.call.query(name).is_none_or(|wanted| wanted == value)
    };
    let mut vaults_of_policies: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for vault in state.cbr.vaults.iter().filter(|vault| vault.is_in(context.project)) {
        if let Some(policy) = &vault.policy_id {
            vaults_of_policies.entry(policy).or_default().push(&vault.id);
        }
    }
    let policies: Vec<_> = vaults_of_policies
        .into_iter()
        .filter(|(_, vaults)| vaults.iter().any(|vault| is_wanted("vault_id", vault)))
        .filter(|_| is_wanted("operation_type", "backup"))
        .map(|(id, vaults)| view(id, &vaults))
        .collect();
    let count = policies.len();
    Ok(Reply::ok(page.response("policies", page.cut(policies), count)))
}

fn view(id: &str, vaults: &[&str]) -> Value {
    let vaults = vaults
        .iter()
        .map(|vault| json!({"vault_id": vault, "destination_vault_id": null}));
    json!({
        "id": id,
        "name": format!("policy-{}", id.get(..8).unwrap_or(id)),
        "enabled": true,
        "operation_type": "backup",
        "operation_definition": {"retention_duration_days": 30},
        "trigger": {
            "id": id,
            "name": "default",
            "type": "time",
            "properties": {
                "pattern": ["FREQ=DAILY;INTERVAL=1;BYHOUR=1;BYMINUTE=0"],
                "start_time": "2026-01-01 12:00:00",
            },
        },
        "associated_vaults": vaults.collect::<Vec<_>>(),
    })
}
