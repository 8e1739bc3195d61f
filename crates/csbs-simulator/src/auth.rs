//! Authentication by token, by signature, or by a real Keystone.

mod signature;

use crate::{AuthMode, Role, Simulator, call::Call, caller::Caller, reply::Reply, state::State};

/// Authenticates a call of the backup service.
///
/// # Errors
/// The response of a failed authentication.
pub(crate) async fn identify(simulator: &Simulator, call: &Call) -> Result<Caller, Reply> {
    {
        let mut state = simulator.state();
        if let Some(signer) = signer(&mut state, call)? {
            return Ok(signer);
        }
        match &state.config.auth {
            AuthMode::BuiltIn => return by_token(&state, call),
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
        (Some(keystone), Some(token)) => Box::pin(keystone.validate(token)).await,
        _ => None,
    }
    .ok_or_else(|| Reply::unauthorized(&call.base))
}

/// Verifies the signature of a call. Returns `None` for a call without one.
pub(crate) fn signer(state: &mut State, call: &Call) -> Result<Option<Caller>, Reply> {
    let Some(authorization) = call.header("authorization") else {
        return Ok(None);
    };
    if !authorization.starts_with("SDK-HMAC-SHA256") {
        return Ok(None);
    }
    signature::verify(state, call, authorization).map(Some)
}

fn by_token(state: &State, call: &Call) -> Result<Caller, Reply> {
    let now = state.clock.wall();
    let token = call
        .header("x-auth-token")
        .and_then(|token| state.tokens.valid(token, now));
    let (project, ..) = token
        .and_then(|token| token.project.as_ref())
        .ok_or_else(|| Reply::unauthorized(&call.base))?;
    Ok(Caller {
        project_id: project.id.clone(),
        role: token.map(|token| token.role).unwrap_or_default(),
    })
}
