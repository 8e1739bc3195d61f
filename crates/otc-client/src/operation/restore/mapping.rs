//! Maps disk backups to disks.

use std::collections::BTreeSet;

use crate::csbs::{CheckpointItem, VolumeMapping};

/// A mapping that is wrong, found before the service is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// The backup does not name its server.
    #[error("The backup does not say which server it was made of. Name the server to restore to.")]
    NoServer,
    /// The service does not list the disks of the backup.
    #[error("The service does not say which disks the backup has. Name the disks to restore to.")]
    NoDisks,
    /// The target is not the original server, and no disks are named.
    #[error(
        "The backup was made of another server, so that its disks are not those of the target. Say which disk backup goes \
         to which disk of the target: {}", .0.join(", ")
    )]
    OtherServer(Vec<String>),
    /// Some disk backups have no disk.
    #[error("Every disk backup needs a disk; these have none: {}", .0.join(", "))]
    Missing(Vec<String>),
    /// The disk backup does not belong to this backup.
    #[error("{0} is not a disk backup of this backup; it has {known}", known = .1.join(", "))]
    NotInBackup(String, Vec<String>),
    /// Two disk backups name the same disk.
    #[error("The disk {0} is named for more than one disk backup")]
    Twice(String),
}

/// The backup of one disk.
pub(in crate::operation) struct DiskBackup<'a> {
    /// The ID of the disk backup.
    pub id: Option<&'a str>,
    /// The disk that was backed up.
    pub disk: Option<&'a str>,
}

/// Returns the target server and the complete mapping.
///
/// # Errors
/// [`MappingError`] names the disk backup at fault.
pub fn mapping(
    item: &CheckpointItem,
    server_id: Option<&str>,
    volumes: &[VolumeMapping],
) -> Result<(String, Vec<VolumeMapping>), MappingError> {
    let backups = item.extend_info.as_ref().map_or(&[][..], |info| info.volume_backups());
    let disks: Vec<_> = backups
        .iter()
        .map(|backup| DiskBackup {
            id: backup.id.as_deref(),
            disk: backup.source_volume_id.as_deref(),
        })
        .collect();
    map_disks(item.resource_id.as_deref(), &disks, server_id, volumes)
}

/// Returns the target server and the complete mapping for a backup of the server `original` with these disks.
///
/// # Errors
/// [`MappingError`] names the disk backup at fault.
pub(in crate::operation) fn map_disks(
    original: Option<&str>,
    backups: &[DiskBackup<'_>],
    server_id: Option<&str>,
    volumes: &[VolumeMapping],
) -> Result<(String, Vec<VolumeMapping>), MappingError> {
    let target = server_id.or(original).ok_or(MappingError::NoServer)?.to_owned();
    let ids: Vec<&str> = backups.iter().filter_map(|backup| backup.id).collect();
    let describe = |id: &str| {
        let of = backups.iter().find(|backup| backup.id == Some(id));
        match of.and_then(|backup| backup.disk) {
            Some(disk) => format!("{id} (of disk {disk})"),
            None => id.to_owned(),
        }
    };
    if volumes.is_empty() {
        if original != Some(target.as_str()) {
            return Err(MappingError::OtherServer(ids.iter().map(|id| describe(id)).collect()));
        }
        if ids.is_empty() {
            return Err(MappingError::NoDisks);
        }
        let original: Option<Vec<_>> = backups
            .iter()
            .map(|backup| {
                Some(VolumeMapping {
                    backup_id: backup.id?.to_owned(),
                    volume_id: backup.disk?.to_owned(),
                })
            })
            .collect();
        return Ok((target, original.ok_or(MappingError::NoDisks)?));
    }
    let mut disks = BTreeSet::new();
    for volume in volumes {
        if !ids.is_empty() && !ids.contains(&volume.backup_id.as_str()) {
            let known = ids.iter().map(|id| describe(id)).collect();
            return Err(MappingError::NotInBackup(volume.backup_id.clone(), known));
        }
        if !disks.insert(&volume.volume_id) {
            return Err(MappingError::Twice(volume.volume_id.clone()));
        }
    }
    let missing: Vec<_> = ids
        .iter()
        .filter(|id| !volumes.iter().any(|volume| volume.backup_id == **id))
        .map(|id| describe(id))
        .collect();
    if missing.is_empty() {
        Ok((target, volumes.to_vec()))
    } else {
        Err(MappingError::Missing(missing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> CheckpointItem {
        serde_json::from_value(serde_json::json!({"id": "item", "resource_id": "server", "status": "available",
            "extend_info": {"volume_backups": [{"id": "b1", "source_volume_id": "v1"}, {"id": "b2", "source_volume_id": "v2"}]}}))
        .unwrap()
    }

    fn to(pairs: &[(&str, &str)]) -> Vec<VolumeMapping> {
        pairs
            .iter()
            .map(|(backup, volume)| VolumeMapping {
                backup_id: (*backup).to_owned(),
                volume_id: (*volume).to_owned(),
            })
            .collect()
    }

    #[test]
    fn the_original_disks_are_the_default() {
        let expected = ("server".to_owned(), to(&[("b1", "v1"), ("b2", "v2")]));
        assert_eq!(mapping(&item(), None, &[]), Ok(expected.clone()));
        assert_eq!(mapping(&item(), Some("server"), &[]), Ok(expected));
    }

    #[test]
    fn another_server_needs_disks_of_its_own() {
        assert!(matches!(mapping(&item(), Some("other"), &[]), Err(MappingError::OtherServer(ids)) if ids.len() == 2));
        let disks = to(&[("b1", "w1"), ("b2", "w2")]);
        assert_eq!(mapping(&item(), Some("other"), &disks), Ok(("other".to_owned(), disks)));
    }

    #[test]
    fn a_wrong_mapping_is_named() {
        let error = |pairs: &[(&str, &str)]| mapping(&item(), None, &to(pairs)).unwrap_err().to_string();
        assert!(error(&[("b1", "v1")]).contains("b2 (of disk v2)"));
        assert!(error(&[("b1", "v1"), ("b2", "v1")]).contains("v1"));
        assert!(error(&[("b1", "v1"), ("b2", "v2"), ("b3", "v3")]).contains("b3"));
        let mut none = item();
        none.extend_info = None;
        assert_eq!(mapping(&none, None, &[]), Err(MappingError::NoDisks));
        none.resource_id = None;
        assert_eq!(mapping(&none, None, &[]), Err(MappingError::NoServer));
    }
}
