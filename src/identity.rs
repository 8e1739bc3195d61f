//! Who we are to the cloud: configuration sources, Keystone, request signing, and the session that carries requests.

mod session;

pub use session::{Endpoint, IdentityError, SendError, Session};
