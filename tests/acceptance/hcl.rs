//! Configurations.

/// Address of the resource that [`backup`] writes.
pub const SERVER: &str = "csbs_backup.server";

/// A backup of a server, with more arguments.
pub fn backup(server_id: &str, more: &str) -> String {
    format!("resource \"csbs_backup\" \"server\" {{\n  resource_id = \"{server_id}\"\n  {more}\n}}\n")
}
