//! Advice for calls of Cloud Backup and Recovery (CBR) that the user is not allowed to make.

macro_rules! needs {
    ($actions:literal) => {
        concat!(
            "The user is not allowed to do this. It needs the permission ",
            $actions,
            ", which the role CBR FullAccess has. Ask the administrator of the project for it."
        )
    };
}

/// The advice for an operation of CBR; `None` for all others.
pub(super) fn missing_permission(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "create_checkpoint" => needs!("`cbr:vaults:backup` together with `ecs:cloudServers:list`"),
        "get_backup" => needs!("`cbr:backups:get`"),
        "list_backups" => needs!("`cbr:backups:list`"),
        "delete_backup" => needs!("`cbr:backups:delete`"),
        "restore_backup" => needs!("`cbr:backups:restore`"),
        "get_vault" => needs!("`cbr:vaults:get`"),
        "list_vaults" => needs!("`cbr:vaults:list`"),
        "get_task" => needs!("`cbr:tasks:get`"),
        "list_tasks" => needs!("`cbr:tasks:list`"),
        _ => return None,
    })
}
