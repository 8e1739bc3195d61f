//! Advice by the error codes of Cloud Backup and Recovery (CBR).

use super::codes::Advice;

/// The advice for a code without its prefix `BackupService.`.
pub(super) fn advice_for_vault_code(code: &str) -> Option<Advice> {
    let on = |attribute, next| {
        Some(Advice {
            attribute: Some(attribute),
            next,
        })
    };
    let general = |next| Some(Advice { attribute: None, next });
    match code {
        // Busy.
        "0002" | "6125" => on(
            "resource_id",
            "Another backup of this server is running; there can be one at a time. Apply again when it has finished, or raise \
             the timeout.",
        ),
        "1001" => on(
            "vault_id",
            "Another backup of this vault is running. Apply again when it has finished, or raise the timeout.",
        ),
        "2002" | "2010" => on(
            "resource_id",
            "The server is being backed up or restored. Try again when that has finished, or raise the timeout.",
        ),
        "6123" => on(
            "vault_id",
            "The capacity of the vault is being changed, or the order for it is not paid. Apply again when the vault's status \
             is `available`.",
        ),
        "6130" | "6134" => on(
            "vault_id",
            "The vault is being replicated, or resources are being removed from it. Apply again when that has finished.",
        ),
        "6203" => general(
            "A backup is running that this one is needed for. Apply again when it has finished, or raise the timeout.",
        ),
        "6216" => general(
            "The backup is in use, such as by a restore or a replication. Apply again when that has finished, or raise the \
             timeout.",
        ),
        "6206" | "7200" | "7203" | "7302" => {
            general("The service is still working on it. Apply again when it has finished, or raise the timeout.")
        }
        "4004" | "4005" | "4006" | "4007" => {
            general("The migration from the old services (CSBS and VBS) is running. Apply again when it has finished.")
        }
        "6139" | "8400" | "9910" => general(
            "The service has a problem. Run a plan to see what remains to be done, and apply again later; if the error \
             persists, give the request id to the cloud's support.",
        ),
        "7009" => general("A fast restore still uses a backup of a disk. Apply again when the restore has finished."),
        // Full, or a limit.
        "6114" | "6129" | "6142" => on(
            "vault_id",
            "The vault is full. Increase its capacity, let it expand by itself (auto_expand; it must be set before the vault is \
             full), or delete backups that are no longer needed.",
        ),
        "6107" => on(
            "vault_id",
            "The vault is full, and its capacity could not be increased automatically. Increase it in the console, or delete \
             backups that are no longer needed.",
        ),
        "6100" | "6101" | "6108" => on(
            "vault_id",
            "The vault has no room for this. A vault can have 256 resources, whose sizes together must fit into its capacity.",
        ),
        "6133" | "7303" => {
            general("The project has reached its limit of vaults. Delete one, or ask for a higher limit.")
        }
        "6001" => general("The project has reached its limit of policies. Delete one, or ask for a higher limit."),
        "8300" => general(
            "The quota of snapshots is exhausted. Delete snapshots or backups that are no longer needed, or ask for a higher \
             quota.",
        ),
        // Not found.
        "6105" => on(
            "vault_id",
            "There is no vault with this ID in this project. Check the ID, and that the provider's project and region are those \
             of the vault.",
        ),
        "6200" | "6217" => general("It no longer exists. Run a plan to see what has to be created again."),
        "6302" | "7100" => on(
            "resource_id",
            "There is no server with this ID in this project. Check the ID, and that the provider's project and region are \
             those of the server.",
        ),
        "7000" => on(
            "exclude_volumes",
            "There is no disk with this ID. Check the IDs of the disks that are left out.",
        ),
        // The request or a state must change.
        "0001" => on(
            "resource_id",
            "The service found nothing to back up: the server is not associated with the vault, or another backup of it is \
             running.",
        ),
        "6120" | "6135" => on(
            "vault_id",
            "The server is not associated with this vault. Associate it first, in the console (\"Associate Server\") or with the \
             resource that manages the vault. The provider does not do it, because taking a server out of a vault again deletes \
             all its backups.",
        ),
        "6102" | "6116" | "6124" | "6126" | "6300" | "6301" | "7110" => on(
            "vault_id",
            "This vault is not for backups of servers: its object type must be `server` and its protection type `backup`.",
        ),
        "6112" | "6113" => on(
            "vault_id",
            "The status of the vault does not allow this: it is frozen, being deleted or in error. A frozen vault usually waits \
             for a payment. Look at the vault in the console of the cloud.",
        ),
        "6103" | "6137" | "7006" | "7116" => on(
            "resource_id",
            "The server or one of its disks belongs to another vault. It can be in one vault only.",
        ),
        "6215" | "7101" | "7102" | "7103" => on(
            "resource_id",
            "The server's status does not allow a backup. Wait until it runs or is shut off.",
        ),
        "7001" | "7111" => on(
            "resource_id",
            "The server has a disk on dedicated storage (DESS), which the service cannot back up.",
        ),
        "7002" | "7104" => on(
            "resource_id",
            "The server has a SCSI disk, which the service cannot back up.",
        ),
        "7106" | "7107" => on(
            "resource_id",
            "The server has shared disks that the service cannot back up, or more than 10 of them.",
        ),
        "7108" => on("resource_id", "The server has no disk that could be backed up."),
        "7109" | "7113" => on(
            "resource_id",
            "The service cannot back up servers of this kind, such as bare metal servers and servers with local disks.",
        ),
        "7105" => on(
            "resource_id",
            "The server's disks are of storage types that cannot be backed up together.",
        ),
        "7003" | "7004" | "7007" => on(
            "resource_id",
            "The state or kind of one of the server's disks does not allow a backup.",
        ),
        "6205" | "7112" => on(
            "resource_id",
            "The server is still bound to the old service (CSBS or VBS). Take it out of its policy there first.",
        ),
        "6201" => {
            general("The backup cannot be deleted now. Try again; if the error persists, contact the cloud's support.")
        }
        "6204" => general(
            "An image was made from this backup. Delete the image first (the service is called IMS), then destroy the backup \
             again.",
        ),
        "6220" => general(
            "The vault is locked: its automatic backups cannot be deleted before their retention ends. Remove the backup from \
             the state (`terraform state rm ADDRESS`), or set `skip_destroy = true`.",
        ),
        "6710" => general(
            "The backup is shared with another project, which has registered an image made from it. It can be deleted when that \
             project has deleted the image and no longer accepts the backup.",
        ),
        "6202" => general(
            "The status of the backup's vault does not allow a restore. Look at the vault in the console of the cloud.",
        ),
        "2001" | "2007" | "2008" | "2009" | "2011" | "2012" | "2013" => on(
            "volumes",
            "The mapping of disk backups to disks does not fit the target. Every disk backup needs a disk of the target, a \
             system disk for the system disk, at least as large, attached and not shared; and the server must not be deleted.",
        ),
        "2003" | "2005" => on(
            "backup_id",
            "The backup cannot be restored to this server now: the backup must be `available`, and the server's status must \
             allow it.",
        ),
        "2014" | "2015" => on(
            "server_id",
            "The architecture of the target server is not that of the server that was backed up.",
        ),
        "6140" | "6141" | "7008" | "7114" | "7115" | "7117" => on(
            "backup_id",
            "The service does not restore this backup to this server; nothing was written. Its message says why. The disks can be \
             restored to another server, or new disks made from their backups in the console of the cloud.",
        ),
        "8600" => general("The account is not verified. Look at the account in the console of the cloud."),
        "4008" => general(
            "The Cloud Server Backup Service (CSBS) is closed to this project: since 2025-07-28 only projects that already use \
             it can continue, and the cloud announced its end of life for 2025-08-01. Its successor is Cloud Backup and \
             Recovery (CBR): use csbs_vault_backup. See the guide \"CSBS and CBR\". A project that does \
             use CSBS may be another one: check tenant_name (OS_PROJECT_NAME) and region (OS_REGION).",
        ),
        _ => None,
    }
}
