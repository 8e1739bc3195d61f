//! Choices of behaviour that the API reference leaves open.

use serde::{Deserialize, Serialize};

/// Behaviour of the simulated CBR. Durations are those of [`crate::Timing`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CbrConfig {
    /// The catalog has an endpoint of the type `cbr`.
    pub in_catalog: bool,
    /// Answer to a backup of a server that is not associated with the vault.
    pub server_not_in_vault: ServerNotInVault,
    /// Code for a server that does not exist.
    pub unknown_server: UnknownServer,
    /// Answer to a backup of a server that is being backed up.
    pub busy_server: BusyServer,
    /// Answer to a run of which every server was skipped.
    pub all_servers_skipped: AllServersSkipped,
    /// Meaning of an explicitly empty list of servers.
    pub empty_resources: EmptyResources,
    /// Answer to a malformed ID in the path.
    pub malformed_id: MalformedId,
    /// Match of the filters `name` and `resource_name`.
    pub name_filter: NameFilter,
    /// Lists ignore all filters except `limit`, `offset` and `marker`.
    pub ignore_filters: bool,
    /// The backups of disks are rows of lists.
    pub children_in_lists: bool,
    /// The backup of a disk can be read by its ID.
    pub children_by_id: bool,
    /// A run of several servers numbers the names of its backups: `-0001`, `-0002`.
    pub numbered_names: bool,
    /// `GET /checkpoints/{id}` answers 403.
    pub checkpoint_forbidden: bool,
    /// `GET /operation-logs` and `GET /operation-logs/{id}` answer 403.
    pub tasks_forbidden: bool,
    /// Checkpoint whose last backup is gone.
    pub empty_checkpoint: EmptyCheckpoint,
    /// Status of a checkpoint of which some backups failed.
    pub partial_failure: PartialFailure,
    /// Answer to `PUT /backups/{id}`.
    pub change_of_backup: ChangeOfBackup,
    /// Status of a backup after a failed restore.
    pub failed_restore: FailedRestore,
    /// A restore answers with the ID of its task.
    pub restore_with_job_id: bool,
    /// A second vault with the same name is refused with 6106.
    pub unique_vault_names: bool,
    /// A server of a CSBS policy cannot be added to a vault (7112), as in Huawei Cloud.
    pub refuse_servers_of_csbs: bool,
    /// Days until a task disappears.
    pub task_days: u32,
    /// Days until an automatic backup expires; `None` means never.
    pub automatic_backup_days: Option<u32>,
    /// Objects in rough forms: three forms of times, missing members, unknown members, numbers as strings. Each object always has
    /// the same form.
    pub rough: RoughObjects,
}

impl Default for CbrConfig {
    fn default() -> Self {
        Self {
            in_catalog: true,
            server_not_in_vault: ServerNotInVault::default(),
            unknown_server: UnknownServer::default(),
            busy_server: BusyServer::default(),
            all_servers_skipped: AllServersSkipped::default(),
            empty_resources: EmptyResources::default(),
            malformed_id: MalformedId::default(),
            name_filter: NameFilter::default(),
            ignore_filters: false,
            children_in_lists: false,
            children_by_id: true,
            numbered_names: false,
            checkpoint_forbidden: false,
            tasks_forbidden: false,
            empty_checkpoint: EmptyCheckpoint::default(),
            partial_failure: PartialFailure::default(),
            change_of_backup: ChangeOfBackup::default(),
            failed_restore: FailedRestore::default(),
            restore_with_job_id: false,
            unique_vault_names: false,
            refuse_servers_of_csbs: false,
            task_days: 30,
            automatic_backup_days: Some(30),
            rough: RoughObjects::default(),
        }
    }
}

/// Objects with rough forms in responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoughObjects {
    /// Vaults.
    pub vaults: bool,
    /// Checkpoints.
    pub checkpoints: bool,
    /// Backups.
    pub backups: bool,
    /// Tasks.
    pub tasks: bool,
}

impl RoughObjects {
    /// All objects.
    pub const ALL: Self = Self {
        vaults: true,
        checkpoints: true,
        backups: true,
        tasks: true,
    };
}

/// Answer to a backup of a server that is not associated with the vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerNotInVault {
    /// 400 with `BackupService.6135`.
    #[default]
    NotInVault,
    /// 404 with `BackupService.6302`.
    ResourceNotFound,
    /// 400 with `BackupService.0001`.
    NothingToBackUp,
    /// 200; the server is among the skipped ones.
    Skipped,
}

/// Code for a server that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownServer {
    /// 404 with `BackupService.7100`.
    #[default]
    ServerNotFound,
    /// 404 with `BackupService.6302`.
    ResourceNotFound,
}

/// Answer to a backup of a server that is being backed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BusyServer {
    /// 400 with `BackupService.6125`.
    #[default]
    TaskRunning,
    /// 500 with `BackupService.0002`.
    InternalError,
    /// 400 with `BackupService.1001`, for every server of a vault that has a running backup.
    VaultBusy,
    /// 200; the server is among the skipped ones.
    Skipped,
}

/// Answer to a run of which every server was skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllServersSkipped {
    /// 200 with a checkpoint that never has a backup.
    #[default]
    EmptyRun,
    /// 400 with `BackupService.0001`.
    NothingToBackUp,
}

/// Meaning of an explicitly empty list of servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyResources {
    /// All servers of the vault, as if there were no list.
    #[default]
    WholeVault,
    /// 400 with `BackupService.9900`.
    Refused,
}

/// Answer to a malformed ID in the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MalformedId {
    /// 400 with `BackupService.9900`.
    #[default]
    BadRequest,
    /// 401 with "Malformed request url".
    Unauthorized,
}

/// Match of the filters `name` and `resource_name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameFilter {
    /// The whole name.
    #[default]
    Exact,
    /// A part of the name.
    Part,
}

/// Checkpoint whose last backup is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyCheckpoint {
    /// 404 with `BackupService.6217`.
    #[default]
    Gone,
    /// It stays, with the status `deleted`.
    Kept,
}

/// Status of a checkpoint of which some backups failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartialFailure {
    /// `error`.
    #[default]
    Error,
    /// `available`.
    Available,
}

/// Answer to `PUT /backups/{id}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeOfBackup {
    /// 404 with `APIG.0101`: the call does not exist.
    #[default]
    NotFound,
    /// 405.
    MethodNotAllowed,
    /// 200: the backup is renamed, as in Huawei Cloud.
    Renamed,
}

/// Status of a backup after a failed restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailedRestore {
    /// `error`.
    #[default]
    Error,
    /// `available`: only the task shows the failure.
    Available,
}
