//! The built-in Keystone v3, as far as clients of the backup service use it.

mod catalog;
mod lookup;
mod sign_in;
mod tokens;

use jiff::Timestamp;

use crate::{
    Operation,
    call::Call,
    caller::Caller,
    reply::{Answer, Reply},
    state::State,
};

/// Answers a call. `signer` is the owner of the access key that signed it, if it is signed.
pub(crate) fn answer(state: &mut State, call: &Call, operation: Operation, signer: Option<&Caller>) -> Answer {
    let wall: Timestamp = state.clock.wall();
    match operation {
        Operation::IdentityVersions => Ok(catalog::versions(call)),
        Operation::CreateToken => sign_in::create(state, call, signer, wall),
        Operation::ValidateToken => tokens::validate(state, call, wall),
        Operation::RevokeToken => tokens::revoke(state, call, wall),
        Operation::Catalog => lookup::catalog(state, call, signer, wall),
        Operation::AuthProjects => lookup::auth_projects(state, call, signer, wall),
        Operation::AuthDomains => lookup::auth_domains(state, call, signer, wall),
        Operation::Projects => lookup::projects(state, call, signer, wall),
        _ => Err(Reply::keystone(404, "Not Found", "The resource could not be found.")),
    }
}
