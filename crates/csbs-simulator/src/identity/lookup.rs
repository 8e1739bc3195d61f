//! Lists of projects and domains, and the catalog.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::catalog;
use crate::{
    Project,
    call::Call,
    caller::Caller,
    reply::{Answer, Reply},
    state::State,
};

/// Caller of a lookup, authenticated by a token or an access key.
struct Asker {
    project: Option<String>,
    /// Projects of an assumed agency.
    delegated: Option<(Project, String)>,
}

fn asker(state: &State, call: &Call, signer: Option<&Caller>, now: Timestamp) -> Result<Asker, Reply> {
    if let Some(signer) = signer {
        let project = Some(signer.project_id.clone()).filter(|id| !id.is_empty());
        return Ok(Asker {
            project,
            delegated: None,
        });
    }
    let token = call
        .header("x-auth-token")
        .and_then(|token| state.tokens.valid(token, now))
        .ok_or_else(|| Reply::unauthorized(&call.base))?;
    Ok(Asker {
        project: token.project.as_ref().map(|(project, ..)| project.id.clone()),
        delegated: token
            .assumed_by
            .as_ref()
            .and_then(|_| token.project.clone())
            .map(|(project, domain, _)| (project, domain)),
    })
}

/// `GET /v3/auth/catalog`
pub(super) fn catalog(state: &mut State, call: &Call, signer: Option<&Caller>, now: Timestamp) -> Answer {
    let asker = asker(state, call, signer, now)?;
    let Some(project) = asker.project else {
        return Err(Reply::keystone(403, "Forbidden", "The token has no scope."));
    };
    Ok(Reply::ok(json!({
        "catalog": catalog::services(state, call, Some(&project)),
        "links": {"self": format!("{}/v3/auth/catalog", call.base)},
    })))
}

/// `GET /v3/auth/projects`
pub(super) fn auth_projects(state: &mut State, call: &Call, signer: Option<&Caller>, now: Timestamp) -> Answer {
    let asker = asker(state, call, signer, now)?;
    Ok(projects_shown(state, call, &asker))
}

/// `GET /v3/projects?name=`
pub(super) fn projects(state: &mut State, call: &Call, signer: Option<&Caller>, now: Timestamp) -> Answer {
    let asker = asker(state, call, signer, now)?;
    Ok(projects_shown(state, call, &asker))
}

/// `GET /v3/auth/domains?name=`
pub(super) fn auth_domains(state: &mut State, call: &Call, signer: Option<&Caller>, now: Timestamp) -> Answer {
    asker(state, call, signer, now)?;
    let config = &state.config;
    let wanted = call.query("name").is_none_or(|name| name == config.domain_name);
    let domains: Vec<_> = wanted
        .then(|| json!({"id": config.domain_id, "name": config.domain_name, "enabled": true}))
        .into_iter()
        .collect();
    Ok(Reply::ok(
        json!({"domains": domains, "links": {"next": null, "previous": null}}),
    ))
}

fn projects_shown(state: &State, call: &Call, asker: &Asker) -> Reply {
    let name = call.query("name");
    let own = (state.config.projects.as_slice(), state.config.domain_id.as_str());
    let (projects, domain) = match &asker.delegated {
        Some((project, domain)) => (std::slice::from_ref(project), domain.as_str()),
        None => own,
    };
    let shown: Vec<Value> = projects
        .iter()
        .filter(|project| name.is_none_or(|name| name == project.name))
        .map(|project| {
            json!({
                "id": project.id,
                "name": project.name,
                "domain_id": domain,
                "parent_id": domain,
                "enabled": true,
                "is_domain": false,
                "description": "",
                "links": {"self": format!("{}/v3/projects/{}", call.base, project.id)},
            })
        })
        .collect();
    Reply::ok(json!({"projects": shown, "links": {"next": null, "previous": null}}))
}
