//! Advice by the service's error code.

/// The attribute at fault, and what to do.
pub(super) struct Advice {
    pub attribute: Option<&'static str>,
    pub next: &'static str,
}

/// The advice for a code. The code takes precedence over the HTTP status, which often disagrees with it.
pub(super) fn advice_for_code(code: &str) -> Option<Advice> {
    let on = |attribute, next| {
        Some(Advice {
            attribute: Some(attribute),
            next,
        })
    };
    let general = |next| Some(Advice { attribute: None, next });
    match code {
        "CSBS.0001" => general("The project has reached its limit of policies. Delete one, or ask for a higher limit."),
        "CSBS.0002" => on(
            "resource_id",
            "The server's disks are of storage types that cannot be backed up together.",
        ),
        "CSBS.1001" | "CSBS.1002" => on(
            "resource_id",
            "Another backup of this server is running; there can be one at a time. Apply again when it has finished, \
             or raise the timeout.",
        ),
        "CSBS.2001" | "CSBS.2003" | "CSBS.2004" | "CSBS.6030" | "CSBS.6031" => {
            general("The service is still working on it. Apply again when it has finished, or raise the timeout.")
        }
        "CSBS.3000" | "CSBS.3001" => general("It no longer exists. Run a plan to see what has to be created again."),
        "CSBS.4000" | "CSBS.9008" => general("The backup is not available. Wait until its status is `available`."),
        "CSBS.5001" => {
            general("The policy could not be stopped. Try again; if the error persists, contact the cloud's support.")
        }
        "CSBS.6000" => on(
            "resource_id",
            "There is no server with this ID in this project. Check the ID, and that the provider's project and region \
             are those of the server.",
        ),
        "CSBS.6001" => on(
            "resource_id",
            "The server is stopped or terminated. Check its status in the console of the cloud.",
        ),
        "CSBS.6003" | "CSBS.6013" => on(
            "resource_type",
            "This type cannot be backed up or restored. The service knows OS::Nova::Server.",
        ),
        "CSBS.6004" => on(
            "resource",
            "A server can belong to one policy only. Remove it from the other policy first.",
        ),
        "CSBS.6005" => on(
            "resource_id",
            "The server is busy with another job of the service. Apply again when that has finished.",
        ),
        "CSBS.6006" => on(
            "resource_id",
            "The server's status does not allow a backup. Wait until it runs or is shut off.",
        ),
        "CSBS.6007" => on("resource_id", "The server has no disk that could be backed up."),
        "CSBS.6010" => on(
            "resource_id",
            "The server has a shared disk, which the service cannot back up.",
        ),
        "CSBS.6027" => on(
            "resource_id",
            "The service is not available in the server's availability zone.",
        ),
        "CSBS.6033" => on(
            "resource_id",
            "The server has a disk on dedicated storage (DSS), which the service cannot back up.",
        ),
        "CSBS.6061" => on("resource_id", "The service cannot back up servers of this kind."),
        "CSBS.6014" | "CSBS.6015" | "CSBS.6016" | "CSBS.6017" | "CSBS.6018" | "CSBS.6019" | "CSBS.6020"
        | "CSBS.6021" | "CSBS.6022" | "CSBS.6023" | "CSBS.6024" | "CSBS.6025" => on(
            "volumes",
            "The mapping of disk backups to disks does not fit the target. Every disk backup needs a disk of the target, \
             a system disk for the system disk, at least as large, attached and not shared.",
        ),
        "CSBS.6032" => general("The policy has nothing to back up. Add a server to it first."),
        "CSBS.7000" => on("tags", "A backup can have at most 10 tags."),
        "CSBS.8007" => general(
            "An image was made from this backup. Delete the image first (the service is called IMS), then destroy the \
             backup again.",
        ),
        "CSBS.9006" => general(
            "A quota of the project is exhausted. The data source csbs_quotas shows the quotas and their usage; delete \
             backups that are no longer needed, or ask for a higher quota.",
        ),
        "CSBS.9007" => on(
            "name",
            "Another policy has this name. Names of policies are unique in a project.",
        ),
        "CSBS.9009" => general(
            "The account is not verified, or its storage space is smaller than what it uses. Look at the account in the console of the \
             cloud.",
        ),
        _ => super::vault_codes::advice_for_vault_code(code.strip_prefix("BackupService.")?),
    }
}
