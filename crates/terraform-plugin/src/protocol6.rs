//! Plugin protocol 6 (tfplugin6): wire messages, encoding of values, and the gRPC service that calls a
//! [`Provider`](crate::Provider).

mod bytes_codec;
pub mod codec;
mod consistency;
mod handlers;
mod schema;
mod service;
pub mod types;
pub mod wire;

pub use service::{MAX_MESSAGE, ProviderService};
