//! The meaning of the services' codes.
//!
//! The HTTP status of one code differs between editions of the references, so the code decides.

/// The meaning of a code for a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The object that the call names does not exist.
    Gone,
    /// The object, or one that it depends on, is busy with another job.
    Busy,
    /// The service has an internal problem. The code gives no reason, so the call may have been carried out.
    Internal,
    /// The service refuses the call. It did nothing.
    Refused,
}

/// The reason of a refusal, where an operation does something else than report it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalReason {
    /// The service found no server that it could back up: also when the only one is being backed up.
    NothingToBackUp,
    /// A backup cannot be deleted now, for no reason that the service gives.
    NotDeletableNow,
    /// A backup cannot be deleted while an image that was made from it exists.
    UsedByImage,
    /// A backup cannot be deleted before its retention ends, because its vault is locked.
    LockedVault,
}

/// The reason that a code gives, if an operation needs to know it.
pub(crate) fn refusal_reason(code: &str) -> Option<RefusalReason> {
    match code.strip_prefix("BackupService.")? {
        "0001" => Some(RefusalReason::NothingToBackUp),
        "6201" => Some(RefusalReason::NotDeletableNow),
        "6204" => Some(RefusalReason::UsedByImage),
        "6220" => Some(RefusalReason::LockedVault),
        _ => None,
    }
}

/// The meaning of a code of CSBS or CBR; `None` for codes of others, such as gateways. Both services may use the codes of both: CBR
/// still answers some of CSBS.
pub(crate) fn meaning(code: &str) -> Option<Meaning> {
    if let Some(number) = code.strip_prefix("CSBS.") {
        return Some(of_csbs(number));
    }
    code.strip_prefix("BackupService.").map(of_cbr)
}

/// `3000`: policy; `3001`: backup. `1001`, `1002`: a backup of the server is running. `2001`, `2003`, `2004`: the policy, the item, or
/// the item's policy is busy. `6005`: the server is busy. `6030`, `6031`: a scheduled run or a copy is running.
fn of_csbs(number: &str) -> Meaning {
    match number {
        "3000" | "3001" => Meaning::Gone,
        "1001" | "1002" | "2001" | "2003" | "2004" | "6005" | "6030" | "6031" => Meaning::Busy,
        "9998" | "9999" => Meaning::Internal,
        _ => Meaning::Refused,
    }
}

/// Gone: `6000` policy, `6105` vault, `6200` backup, `6217` checkpoint, `6500` and `6501` task.
///
/// Busy: `0002` (with status 500) and `6125` a backup is running, `1001` the vault runs one, `2002` and `2010` the server is being
/// backed up or restored, `4004` to `4007` the migration from CSBS, `6123` the vault is being resized, `6130` and `6134` it is being
/// replicated or servers are being removed, `6203` and `6216` the backup is in use, `6206`, `7200`, `7203` and `7302` something is
/// not ready, `7009` a disk backup is still used by a restore.
///
/// Internal: `6139`, `8400`, `9910`, and `9998`, which says that the service could not authenticate inside.
fn of_cbr(number: &str) -> Meaning {
    match number {
        "6000" | "6105" | "6200" | "6217" | "6500" | "6501" => Meaning::Gone,
        "0002" | "1001" | "2002" | "2010" | "4004" | "4005" | "4006" | "4007" | "6123" | "6125" | "6130" | "6134"
        | "6203" | "6206" | "6216" | "7009" | "7200" | "7203" | "7302" => Meaning::Busy,
        "6139" | "8400" | "9910" | "9998" | "9999" => Meaning::Internal,
        _ => Meaning::Refused,
    }
}

/// Returns whether a code means that a server, vault, backup or policy is busy with another job.
pub(crate) fn is_busy_code(code: &str) -> bool {
    meaning(code) == Some(Meaning::Busy)
}
