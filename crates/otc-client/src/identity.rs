//! Configuration sources, Keystone, request signing, and the session that sends requests.
//!
//! [`resolve`] reads the provider block, the environment and `clouds.yaml`, without any call; a [`Session`] signs in with the result
//! when a request first needs it.

mod argument;
mod catalog;
mod cloud_service;
mod clouds_file;
mod endpoint;
mod environment;
mod error;
mod keys;
mod keystone;
mod loopback;
mod malformed_request;
mod resolve;
mod resolved;
mod service_message;
mod session;
mod settings;
mod signer;
mod unknown_key;

pub use argument::{ARGUMENTS, Argument, ArgumentKind, find_argument};
pub use cloud_service::CloudService;
pub use endpoint::{Endpoint, Endpoints};
pub use environment::Environment;
pub use error::{IdentityError, SendError};
pub(crate) use malformed_request::is_malformed_request_url;
pub use resolve::{Problem, resolve, resolve_and_register};
pub use resolved::{AccessKeys, Agency, Credential, Domain, Method, Project, Resolved, Tls, User, Warning};
pub use session::Session;
pub use settings::{Origin, Settings};
