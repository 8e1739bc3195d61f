//! Who we are to the cloud: configuration sources, Keystone, request signing, and the session that carries requests.
//!
//! [`resolve`] turns the provider block, the environment and `clouds.yaml` into [`Resolved`], without any call; a [`Session`]
//! signs in with that when something is first needed.

mod argument;
mod catalog;
mod clouds_file;
mod environment;
mod error;
mod keys;
mod keystone;
mod resolve;
mod resolved;
mod said;
mod session;
mod settings;
mod signer;

pub use environment::Environment;
pub use error::IdentityError;
pub use resolve::{Problem, resolve, resolve_and_register};
pub use resolved::{AccessKeys, Agency, Credential, Domain, Method, Project, Resolved, Tls, User, Warning};
pub use session::{Endpoint, SendError, Session};
pub use settings::{Origin, Settings};

use resolve::is_loopback;
