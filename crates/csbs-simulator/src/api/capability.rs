//! Checks whether servers can be backed up and backups can be restored.

use serde_json::{Value, json};

use super::{context::Context, protect, restores};
use crate::{
    check,
    random::pick,
    reply::{Answer, Payload, Reply},
    state::State,
};

/// `POST /providers/{provider_id}/resources/action` with `check_protectable`
pub(super) fn protectable(state: &mut State, context: &Context<'_>) -> Answer {
    let body = context.call.json()?;
    let Some(asked) = check::list(&body, "check_protectable")? else {
        return Err(Reply::parameter("check_protectable is required"));
    };
    let mut results = Vec::with_capacity(asked.len());
    for entry in asked {
        let id = check::required_text(entry, "resource_id")?;
        let kind = check::required_text(entry, "resource_type")?;
        let verdict = match kind {
            "OS::Nova::Server" => protect::backable(state, context.project, id).map(drop),
            "OS::Ironic::BareMetalServer" => Err(Reply::csbs("CSBS.6003", "This type cannot be backed up.")),
            _ => return Err(Reply::parameter(format!("resource_type {kind} is not known"))),
        };
        let mut result = shown(id, kind, verdict);
        if result["result"] == true
            && let Some(policy) = state.objects.policy_of(id)
        {
            result["error_code"] = json!("CSBS.6004");
            result["error_msg"] = json!(format!("The server belongs to the policy {}.", policy.name));
        }
        results.push(result);
    }
    let refused = results.iter().find(|result| result["result"] == false);
    // For a single server, the service may also answer with the error itself.
    if let ([_], Some(refused)) = (results.as_slice(), refused)
        && state.config.quirks != crate::Quirks::Tidy
        && pick(refused["resource_id"].as_str().unwrap_or_default(), "capability", 3) == 1
    {
        let code = refused["error_code"].as_str().unwrap_or_default().to_owned();
        let message = refused["error_msg"].as_str().unwrap_or_default().to_owned();
        return Err(Reply::csbs(&code, message));
    }
    Ok(Reply::ok(json!({"protectable": results})))
}

/// `POST /providers/{provider_id}/resources/action` with `check_restorable`
pub(super) fn restorable(state: &mut State, context: &Context<'_>) -> Answer {
    let body = context.call.json()?;
    let Some(asked) = check::list(&body, "check_restorable")? else {
        return Err(Reply::parameter("check_restorable is required"));
    };
    let mut results = Vec::with_capacity(asked.len());
    for entry in asked {
        let item = check::required_text(entry, "checkpoint_item_id")?;
        let Some(target) = check::member(entry, "target").filter(|target| target.is_object()) else {
            return Err(Reply::parameter("target is required"));
        };
        let server = check::required_text(target, "resource_id")?;
        let kind = check::required_text(target, "resource_type")?;
        let empty = Vec::new();
        let volumes = check::list(target, "volumes")?.unwrap_or(&empty);
        let verdict = restores::check(state, context, item, server, kind, volumes);
        results.push(shown(server, kind, verdict));
    }
    Ok(Reply::ok(json!({"restorable": results})))
}

fn shown(id: &str, kind: &str, verdict: Result<(), Reply>) -> Value {
    let mut shown = json!({
        "result": verdict.is_ok(),
        "resource_id": id,
        "resource_type": kind,
        "error_code": "",
        "error_msg": "",
    });
    if let Err(Reply {
        body: Payload::Json(refusal),
        ..
    }) = verdict
    {
        shown["error_code"] = refusal["error_code"].clone();
        shown["error_msg"] = refusal["error_msg"].clone();
    }
    shown
}
