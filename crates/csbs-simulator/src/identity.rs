//! The part of Keystone v3 that clients of the backup service use.

mod catalog;
mod lookup;
mod sign_in;
mod tokens;

pub(crate) use tokens::{Identity, Token};

use jiff::Timestamp;

use crate::{
    Operation,
    auth::Caller,
    call::Call,
    core::Core,
    reply::{Answer, Reply},
};

/// Answers a call. `signer` is who signed it with a key pair, where someone did.
pub(crate) fn answer(core: &mut Core, call: &Call, operation: Operation, signer: Option<&Caller>) -> Answer {
    let wall: Timestamp = core.clock.wall();
    match operation {
        Operation::IdentityVersions => Ok(catalog::versions(call)),
        Operation::CreateToken => sign_in::create(core, call, signer, wall),
        Operation::ValidateToken => tokens::validate(core, call, wall),
        Operation::RevokeToken => tokens::revoke(core, call, wall),
        Operation::Catalog => lookup::catalog(core, call, signer, wall),
        Operation::AuthProjects => lookup::auth_projects(core, call, signer, wall),
        Operation::AuthDomains => lookup::auth_domains(core, call, signer, wall),
        Operation::Projects => lookup::projects(core, call, signer, wall),
        _ => Err(Reply::keystone(404, "Not Found", "The resource could not be found.")),
    }
}
