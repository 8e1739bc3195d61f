//! A simulated Cloud Server Backup Service (CSBS) on loopback, for tests and for people without a cloud account.
//!
//! It implements the v1 API of the service, the v3 API of its successor Cloud Backup and Recovery (CBR), and the part of Keystone
//! v3 that their clients use. Its clock can be controlled, it checks requests by rules of its own, and it can inject faults. It
//! shares no code with the provider.
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
mod caller;
mod cbr;
mod check;
mod clock;
mod config;
mod controls;
mod fault;
mod identity;
mod inventory;
mod key_locks;
mod keystone;
mod log;
mod objects;
mod operation;
mod random;
mod reply;
mod serve;
mod server;
mod service;
mod simulator;
mod state;
mod throttle;
mod timeline;
mod tokens;

pub use accounts::{AccessKey, Agency, ApplicationCredential, Project, Role, User};
pub use cbr::{
    AllServersSkipped, BackupChanges, BackupRecord, BackupStatus, BusyServer, CbrConfig, CbrControls, CbrInventory,
    ChangeOfBackup, EmptyCheckpoint, EmptyResources, FIRST_VAULT_ID, FailedRestore, MalformedId, NameFilter, NewBackup,
    NewVault, PartialFailure, RoughObjects, ServerNotInVault, TaskRecord, TaskStatus, UnknownServer, VaultChanges,
    VaultRecord, VaultStatus,
};
pub use clock::{ClockMode, FIRST_DAY, SimClock};
pub use config::{
    AuthMode, CatalogEntry, Config, EnabledStatus, ParametersForm, PolicyForms, PolicyRules, Quirks, Quotas,
    ServerOfAnotherPolicy, SeveralOperations, Timing,
};
pub use fault::{ConnectionFault, Effect, Rule, RuleId};
pub use inventory::{CheckpointRecord, Inventory, ItemRecord, PolicyRecord};
pub use log::{Arrival, RequestRecord};
pub use objects::Status;
pub use operation::Operation;
pub use serve::{Served, TlsIdentity};
pub use server::{Disk, Server};
pub use simulator::Simulator;
pub use throttle::RateLimit;

/// ID of the only backup provider of the service.
pub const PROVIDER_ID: &str = "fc4d5750-22e7-4798-8a46-f48f62c4c1da";
