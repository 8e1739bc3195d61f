//! The list resources (`terraform query`, Terraform 1.14 and later).

mod backups;
mod policies;
mod send;

pub use backups::ListBackups;
pub use policies::ListPolicies;
