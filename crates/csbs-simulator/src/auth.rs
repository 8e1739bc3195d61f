//! Who calls: by token, by signature, or by what a real Keystone says.

mod keystone;
pub(crate) mod locks;
mod signature;

pub(crate) use keystone::Keystone;

use crate::{AuthMode, Role, Simulator, call::Call, core::Core, reply::Reply};

/// Someone who has been let in.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// Empty where no project is meant.
    pub project_id: String,
    pub role: Role,
}

/// Finds out who calls the backup service.
///
/// # Errors
/// The refusal, for someone who is not let in.
pub(crate) async fn identify(simulator: &Simulator, call: &Call) -> Result<Caller, Reply> {
    {
        let mut core = simulator.core();
        if let Some(signer) = signed(&mut core, call)? {
            return Ok(signer);
        }
        match &core.config.auth {
            AuthMode::BuiltIn => return by_token(&core, call),
            AuthMode::Open => {
                return Ok(Caller {
                    project_id: call.segments.get(1).cloned().unwrap_or_default(),
                    role: Role::Member,
                });
            }
            AuthMode::Keystone { .. } => {}
        }
    }
    match (simulator.keystone(), call.header("x-auth-token")) {
        (Some(keystone), Some(token)) => Box::pin(keystone.ask(token)).await,
        _ => None,
    }
    .ok_or_else(|| Reply::unauthorized(&call.base))
}

/// Who signed a call; `None`: it is not signed.
pub(crate) fn signed(core: &mut Core, call: &Call) -> Result<Option<Caller>, Reply> {
    let Some(authorization) = call.header("authorization") else {
        return Ok(None);
    };
    if !authorization.starts_with("SDK-HMAC-SHA256") {
        return Ok(None);
    }
    signature::verify(core, call, authorization).map(Some)
}

fn by_token(core: &Core, call: &Call) -> Result<Caller, Reply> {
    let now = core.clock.wall();
    let token = call
        .header("x-auth-token")
        .and_then(|token| core.identity.valid(token, now));
    let (project, ..) = token
        .and_then(|token| token.project.as_ref())
        .ok_or_else(|| Reply::unauthorized(&call.base))?;
    Ok(Caller {
        project_id: project.id.clone(),
        role: token.map(|token| token.role).unwrap_or_default(),
    })
}
