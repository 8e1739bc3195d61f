//! A client for the Cloud Server Backup Service (CSBS) of T Cloud Public. It knows nothing of Terraform.
//!
//! | module | contents | may use |
//! | --- | --- | --- |
//! | [`http`] | transport, clock, what is logged of a conversation | |
//! | [`identity`] | configuration sources, Keystone, request signing, session | [`http`] |
//! | [`csbs`] | the REST API, one file per group of calls | [`http`], [`identity`] |
//! | [`operation`] | operations of several calls: create, delete, restore, run a policy | [`csbs`] and below |

pub mod csbs;
pub mod http;
pub mod identity;
pub mod operation;
mod sync;
