//! The operations on backups in vaults, against a service with one vault.

mod create;
mod delete;
mod lost_answer;
mod restore;
mod service;
mod shared;
mod tasks;
