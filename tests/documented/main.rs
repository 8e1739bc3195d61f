//! The provider against a service whose answers have exactly the members that the API reference documents.
//!
//! The simulator answers as this project believes the service to behave. This fake answers with what the response tables and
//! the example answers of the API pages list, member by member, and with the sparser answers seen in the fixtures of the
//! cloud's Go SDK. Members that the pages do not list are never in a response.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answers;
mod backup;
mod data_sources;
mod documented_service;
mod fixture;
mod policy;

use test_support::{core, policy_config};
