//! Backups, each of one server or disk.

use serde::Deserialize;

use super::{ApiError, BackupStatus, Client, SERVER_TYPE, parse_time};
use crate::rest::{
    client::Call,
    lenient,
    page::{List, Paging},
    path::Path,
};

/// The backup of one server, or of one disk of it (then it is a child).
///
/// Times are kept as the service writes them, in UTC and in three forms; [`parse_time`] reads them all. The size of a backup is
/// nowhere in the API.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "WireBackup")]
pub struct Backup {
    /// The ID.
    pub id: String,
    /// The checkpoint (restore point) that it belongs to.
    pub checkpoint_id: Option<String>,
    /// The vault. It changes when the server is moved to another one.
    pub vault_id: Option<String>,
    /// The project.
    pub project_id: Option<String>,
    /// The ID of the service's provider. It does not tell the kind of a backup: disks may have that of servers.
    pub provider_id: Option<String>,
    /// The name; not unique.
    pub name: Option<String>,
    /// The description; empty if the service answers `null` or `""`; `None` if the answer leaves it out.
    pub description: Option<String>,
    /// The status.
    pub status: BackupStatus,
    /// `backup`, or `replication` for a copy.
    pub image_type: Option<String>,
    /// When its record was made.
    pub created_at: Option<String>,
    /// When it last changed.
    pub updated_at: Option<String>,
    /// The time of the backup; none while it is being made.
    pub protected_at: Option<String>,
    /// When its retention will delete it; none for a manual one.
    pub expired_at: Option<String>,
    /// The backup of the server, if this is the backup of one of its disks.
    pub parent_id: Option<String>,
    /// The server or disk.
    pub resource_id: Option<String>,
    /// Its name.
    pub resource_name: Option<String>,
    /// Such as `OS::Nova::Server`.
    pub resource_type: Option<String>,
    /// Its availability zone.
    pub resource_az: Option<String>,
    /// The size of the server's disks, GB; not that of the backup.
    pub resource_size_gb: Option<i64>,
    /// Whether a policy made it, so that its retention may delete it.
    pub auto_trigger: Option<bool>,
    /// Whether it is incremental; may be unknown while it is being made.
    pub is_incremental: Option<bool>,
    /// `na`, `snapshot` or `backup`.
    pub supported_restore_mode: Option<String>,
    /// Whether fast restores are possible.
    pub support_lld: Option<bool>,
    /// Whether the backup of a server has its system disk.
    pub contain_system_disk: Option<bool>,
    /// Whether this is the backup of a system disk.
    pub is_system_disk: Option<bool>,
    /// Whether a disk is encrypted.
    pub encrypted: Option<bool>,
    /// Whether the disk is bootable.
    pub bootable: Option<bool>,
    /// The snapshot of the disk.
    pub snapshot_id: Option<String>,
    /// Images made from it. While there is one, the backup cannot be deleted.
    pub image_ids: Vec<String>,
    /// The backups of the server's disks. Lists leave them out; see [`Backup::lacks_children`].
    pub children: Vec<Backup>,
}

impl Backup {
    /// Returns whether it is a part of the backup of a server.
    pub fn is_child(&self) -> bool {
        self.parent_id.is_some()
    }

    /// Returns whether it is the backup of a server; also if the answer does not name the type.
    pub fn is_of_server(&self) -> bool {
        self.resource_type.as_deref().is_none_or(|kind| kind == SERVER_TYPE)
    }

    /// Returns whether it is the finished backup of a server without the backups of its disks, as in a list.
    pub fn lacks_children(&self) -> bool {
        let is_finished = matches!(
            self.status,
            BackupStatus::Available | BackupStatus::WaitingRestore | BackupStatus::Restoring
        );
        is_finished && !self.is_child() && self.is_of_server() && self.children.is_empty()
    }
}

#[derive(Deserialize)]
struct WireBackup {
    #[serde(deserialize_with = "lenient::id")]
    id: String,
    #[serde(default, deserialize_with = "lenient::text")]
    checkpoint_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    vault_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    project_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    provider_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "lenient::description")]
    description: Option<String>,
    #[serde(default)]
    status: BackupStatus,
    #[serde(default, deserialize_with = "lenient::text")]
    image_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    created_at: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    updated_at: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    protected_at: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    expired_at: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    parent_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    resource_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    resource_name: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    resource_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    resource_az: Option<String>,
    #[serde(default, deserialize_with = "lenient::integer")]
    resource_size: Option<i64>,
    #[serde(default, deserialize_with = "lenient::object")]
    extend_info: Option<ExtendInfo>,
    #[serde(default, deserialize_with = "lenient::list")]
    children: Vec<Backup>,
}

#[derive(Default, Deserialize)]
struct ExtendInfo {
    #[serde(default, deserialize_with = "lenient::boolean")]
    auto_trigger: Option<bool>,
    #[serde(default, deserialize_with = "lenient::boolean")]
    incremental: Option<bool>,
    #[serde(default, deserialize_with = "lenient::text")]
    supported_restore_mode: Option<String>,
    #[serde(default, deserialize_with = "lenient::boolean")]
    support_lld: Option<bool>,
    #[serde(default, deserialize_with = "lenient::boolean")]
    contain_system_disk: Option<bool>,
    #[serde(default, deserialize_with = "lenient::boolean")]
    system_disk: Option<bool>,
    #[serde(default, deserialize_with = "lenient::boolean")]
    encrypted: Option<bool>,
    #[serde(default, deserialize_with = "lenient::boolean")]
    bootable: Option<bool>,
    #[serde(default, deserialize_with = "lenient::text")]
    snapshot_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::image_ids", rename = "os_images_data")]
    image_ids: Vec<String>,
}

impl From<WireBackup> for Backup {
    fn from(wire: WireBackup) -> Self {
        let info = wire.extend_info.unwrap_or_default();
        Self {
            id: wire.id,
            checkpoint_id: wire.checkpoint_id,
            vault_id: wire.vault_id,
            project_id: wire.project_id,
            provider_id: wire.provider_id,
            name: wire.name,
            description: wire.description,
            status: wire.status,
            image_type: wire.image_type,
            created_at: wire.created_at,
            updated_at: wire.updated_at,
            protected_at: wire.protected_at,
            expired_at: wire.expired_at,
            parent_id: wire.parent_id,
            resource_id: wire.resource_id,
            resource_name: wire.resource_name,
            resource_type: wire.resource_type,
            resource_az: wire.resource_az,
            resource_size_gb: wire.resource_size,
            auto_trigger: info.auto_trigger,
            is_incremental: info.incremental,
            supported_restore_mode: info.supported_restore_mode,
            support_lld: info.support_lld,
            contain_system_disk: info.contain_system_disk,
            is_system_disk: info.system_disk,
            encrypted: info.encrypted,
            bootable: info.bootable,
            snapshot_id: info.snapshot_id,
            image_ids: info.image_ids,
            children: wire.children,
        }
    }
}

/// The filter of a list of backups. All conditions must hold; rows that do not meet them are dropped, whatever the service does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BackupFilter {
    /// The checkpoint.
    pub checkpoint_id: Option<String>,
    /// The vault.
    pub vault_id: Option<String>,
    /// The server or disk.
    pub resource_id: Option<String>,
    /// The backup of a server: lists those of its disks.
    pub parent_id: Option<String>,
    /// The exact name. The service may look for a part of it.
    pub name: Option<String>,
    /// The exact name of the server. The service may look for a part of it.
    pub resource_name: Option<String>,
    /// The resource type.
    pub resource_type: Option<String>,
    /// The availability zone.
    pub resource_az: Option<String>,
    /// The image type.
    pub image_type: Option<String>,
    /// One of these statuses; any if empty.
    pub status: Vec<BackupStatus>,
    /// The earliest creation time, `YYYY-MM-DDTHH:MM:SSZ`.
    pub start_time: Option<String>,
    /// The latest creation time, `YYYY-MM-DDTHH:MM:SSZ`.
    pub end_time: Option<String>,
    /// Backups in vaults that are filled by at least so many percent, 1 to 100. Only the service checks it.
    pub used_percent: Option<u8>,
    /// Backups in a dedicated cloud. Only the service checks it.
    pub dec: Option<bool>,
    /// `private` (default), `shared` or `all_granted`. Only the service checks it.
    pub own_type: Option<String>,
    /// For shared backups: `pending`, `accepted` or `rejected`. Only the service checks it.
    pub member_status: Option<String>,
    /// `key[:asc|desc],…` with the keys `created_at updated_at name status protected_at id`; descending by default.
    pub sort: Option<String>,
    /// The greatest number of backups; without it, the list is read to its end.
    pub limit: Option<usize>,
    /// Whether the backups of single disks of servers are listed, too, if the service lists them.
    pub include_children: bool,
}

impl BackupFilter {
    /// The path with the filter as its query.
    pub(super) fn path(&self) -> Path {
        let path = Path::new("backups")
            .maybe("checkpoint_id", self.checkpoint_id.as_deref())
            .maybe("vault_id", self.vault_id.as_deref())
            .maybe("resource_id", self.resource_id.as_deref())
            .maybe("parent_id", self.parent_id.as_deref())
            .maybe("name", self.name.as_deref())
            .maybe("resource_name", self.resource_name.as_deref())
            .maybe("resource_type", self.resource_type.as_deref())
            .maybe("resource_az", self.resource_az.as_deref())
            .maybe("image_type", self.image_type.as_deref());
        self.status
            .iter()
            .fold(path, |path, status| path.query("status", status.as_str()))
            .maybe("start_time", self.start_time.as_deref())
            .maybe("end_time", self.end_time.as_deref())
            .maybe(
                "used_percent",
                self.used_percent.map(|percent| percent.to_string()).as_deref(),
            )
            .maybe("dec", self.dec.map(|dec| dec.to_string()).as_deref())
            .maybe("own_type", self.own_type.as_deref())
            .maybe("member_status", self.member_status.as_deref())
            .maybe("sort", self.sort.as_deref())
    }

    /// Returns whether a backup meets the conditions that its fields show. A time that cannot be read excludes nothing.
    pub fn matches(&self, backup: &Backup) -> bool {
        let equal = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        let created = backup.created_at.as_deref().and_then(parse_time);
        let bound = |text: &Option<String>| created.zip(text.as_deref().and_then(parse_time));
        equal(&self.checkpoint_id, &backup.checkpoint_id)
            && equal(&self.vault_id, &backup.vault_id)
            && equal(&self.resource_id, &backup.resource_id)
            && equal(&self.parent_id, &backup.parent_id)
            && equal(&self.name, &backup.name)
            && equal(&self.resource_name, &backup.resource_name)
            && equal(&self.resource_type, &backup.resource_type)
            && equal(&self.resource_az, &backup.resource_az)
            && equal(&self.image_type, &backup.image_type)
            && (self.status.is_empty() || self.status.contains(&backup.status))
            && bound(&self.start_time).is_none_or(|(created, start)| created >= start)
            // The bound has whole seconds.
            && bound(&self.end_time).is_none_or(|(created, end)| created.as_second() <= end.as_second())
            && (self.include_children || self.parent_id.is_some() || !backup.is_child())
    }
}

/// The list of backups.
pub(super) const BACKUPS: List = List {
    operation: "list_backups",
    member: "backups",
    links: None,
    counts: true,
    paging: Paging::Marker,
};

impl Client {
    /// Reads one backup, with the backups of the server's disks.
    ///
    /// `GET /v3/{project_id}/backups/{id}`.
    ///
    /// # Errors
    /// [`ApiError::is_gone`] if the backup does not exist.
    pub async fn get_backup(&self, id: &str) -> Result<Backup, ApiError> {
        let path = Path::new("backups").id("backup_id", id)?;
        self.call(Call::get("get_backup", path), |answer| {
            let backup: Backup = answer.member("backup")?;
            if backup.id == id {
                Ok(backup)
            } else {
                Err(answer.invalid_response("it is about another backup"))
            }
        })
        .await
    }

    /// Reads a backup by its ID if a list left out its children. A backup that is gone stays as it was listed.
    ///
    /// # Errors
    /// Any [`ApiError`] of the read.
    pub async fn complete_backup(&self, backup: Backup) -> Result<Backup, ApiError> {
        if !backup.lacks_children() {
            return Ok(backup);
        }
        match self.get_backup(&backup.id).await {
            Err(error) if error.is_gone() => Ok(backup),
            read => read,
        }
    }

    /// Lists backups, reads all pages and checks the filter again.
    ///
    /// `GET /v3/{project_id}/backups`.
    ///
    /// # Errors
    /// Any [`ApiError`]; a list that does not end, or repeats itself, is [`ApiError::Decode`].
    pub async fn list_backups(&self, filter: &BackupFilter) -> Result<Vec<Backup>, ApiError> {
        self.list_matching(BACKUPS, filter.path(), filter.limit, |backup| filter.matches(backup))
            .await
    }

    /// Begins to delete a backup, with the backups of its disks. It is gone when [`Client::get_backup`] says so. Idempotent.
    ///
    /// `DELETE /v3/{project_id}/backups/{id}`.
    ///
    /// # Errors
    /// [`ApiError::is_gone`] if the backup does not exist, [`ApiError::is_busy`] if it can be deleted later.
    pub async fn delete_backup(&self, id: &str) -> Result<(), ApiError> {
        let path = Path::new("backups").id("backup_id", id)?;
        let call = Call::delete("delete_backup", path).invalidates(id);
        self.call(call, |_| Ok(())).await
    }
}
