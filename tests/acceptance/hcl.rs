//! Configurations.

/// Address of the resource that [`backup`] writes.
pub const SERVER: &str = "csbs_backup.server";

/// A backup of a server, with more arguments.
pub fn backup(server_id: &str, more: &str) -> String {
    format!("resource \"csbs_backup\" \"server\" {{\n  resource_id = \"{server_id}\"\n  {more}\n}}\n")
}

/// Address of the resource that [`policy`] writes.
pub const POLICY: &str = "csbs_backup_policy.policy";

/// A backup policy of some servers, with its scheduled operations and more arguments.
pub fn policy(name: &str, servers: &[&str], operations: &str, more: &str) -> String {
    let servers: Vec<_> = servers.iter().map(|id| format!("{{ id = \"{id}\" }}")).collect();
    format!(
        "resource \"csbs_backup_policy\" \"policy\" {{\n  name = \"{name}\"\n  resource = [{}]\n  scheduled_operation = \
         {operations}\n  {more}\n}}\n",
        servers.join(", ")
    )
}

/// One scheduled operation, at 12:27 of a day, with more arguments.
pub fn scheduled(day: &str, more: &str) -> String {
    format!(
        "[{{\n    trigger_pattern = \"BEGIN:VCALENDAR\\r\\nBEGIN:VEVENT\\r\\nRRULE:FREQ=WEEKLY;BYDAY={day};BYHOUR=12;BYMINUTE=27\\r\\n\
         END:VEVENT\\r\\nEND:VCALENDAR\\r\\n\"\n    {more}\n  }}]"
    )
}
