//! A client for the backup services of T Cloud Public: Cloud Server Backup Service (CSBS) and Cloud Backup and Recovery (CBR). It
//! knows nothing of Terraform.
//!
//! | module | contents | may use |
//! | --- | --- | --- |
//! | [`http`] | transport, clock, what is logged of a conversation | |
//! | [`identity`] | configuration sources, Keystone, request signing, session | [`http`] |
//! | [`rest`] | what the clients of both services share: calls, retries, lists, errors, the inventory | [`http`], [`identity`] |
//! | [`csbs`], [`cbr`] | the REST API of each service, one file per group of calls | [`rest`] and below |
//! | [`operation`] | operations of several calls: create, delete, restore, run a policy | [`csbs`], [`cbr`] and below |

pub mod cbr;
pub mod csbs;
pub mod http;
pub mod identity;
pub mod operation;
pub mod rest;
mod sync;
