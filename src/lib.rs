//! Terraform and OpenTofu provider for the Cloud Server Backup Service (CSBS) of T Cloud Public.
//!
//! Two halves that never see each other's types, and one place that joins them:
//!
//! | module | what lives there | may use |
//! | --- | --- | --- |
//! | [`http`] | the transport, the clock, what is logged of a conversation | nothing of ours |
//! | [`identity`] | configuration sources, Keystone, request signing, the session | `http` |
//! | [`api`] | the CSBS REST client: one file per group of calls | `http`, `identity` |
//! | [`operation`] | what takes several calls and time: create, delete, restore, run a policy | `api` and below |
//! | [`framework`] | the traits that a resource implements, its values and schemas | nothing of ours |
//! | [`protocol`] | tfplugin6: wire messages and the service that carries the traits | `framework` |
//! | [`plugin`] | the process contract: handshake, TLS, logs, reattach | `protocol`, `framework` |
//! | [`provider`] | the provider's schema, resources, data sources, actions | `framework`, `operation` and below |

pub mod api;
pub mod framework;
pub mod http;
pub mod identity;
pub mod operation;
pub mod plugin;
pub mod protocol;
pub mod provider;
