//! tfplugin6: the wire messages, the values on the wire, and the service that carries the traits of [`crate`].
//!
//! Knows no resource and no cloud.

pub mod codec;
mod consistency;
mod encoded;
mod handlers;
mod schema;
mod service;
pub mod types;
pub mod wire;

pub use service::{MAX_MESSAGE, ProviderService};
