//! A CSBS service on loopback: for tests, and for people with no cloud account.
//!
//! It speaks the v1 API of the Cloud Server Backup Service and the part of Keystone v3 that leads there, keeps its own
//! state over a time that can be moved, checks everything it receives by its own rules, and fails on demand. It shares
//! no code with the provider.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use csbs_simulator::{Config, Simulator};
//!
//! let simulator = Simulator::new(Config::default());
//! let served = simulator.serve("127.0.0.1:0".parse().unwrap()).await.unwrap();
//! assert!(served.url().starts_with("http://127.0.0.1:"));
//! served.shutdown().await;
//! # });
//! ```

mod accounts;
mod admin;
mod api;
mod auth;
mod call;
mod check;
mod clock;
mod config;
mod core;
mod fault;
mod identity;
mod inventory;
mod log;
mod operation;
mod random;
mod reply;
mod serve;
mod server;
mod service;
mod simulator;
mod throttle;
mod world;

pub use accounts::{AccessKey, Agency, ApplicationCredential, Project, Role, User};
pub use clock::{ClockMode, FIRST_DAY, SimClock};
pub use config::{
    AuthMode, CatalogEntry, Config, EnabledStatus, Oddities, ParametersForm, PolicyForms, PolicyRules, Quotas,
    ServerOfAnotherPolicy, SeveralOperations, Timing,
};
pub use fault::{ConnectionFault, Effect, Rule, RuleId};
pub use inventory::{CheckpointRecord, Inventory, ItemRecord, PolicyRecord};
pub use log::{Arrival, RequestRecord};
pub use operation::Operation;
pub use serve::{Served, TlsIdentity};
pub use server::{Disk, Server};
pub use simulator::Simulator;
pub use throttle::RateLimit;
pub use world::Status;

/// The only backup provider that the service knows.
pub const PROVIDER_ID: &str = "fc4d5750-22e7-4798-8a46-f48f62c4c1da";
