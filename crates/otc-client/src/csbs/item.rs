//! Checkpoint items, each the backup of one server.

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::Value;

use super::{ApiError, Client, Status, Tags};
use crate::rest::{
    client::Call,
    lenient,
    page::{List, Paging},
    path::Path,
};

/// The backup of one server in a checkpoint.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CheckpointItem {
    /// The item's ID, used to read it and its tags.
    #[serde(deserialize_with = "lenient::id")]
    pub id: String,
    /// The checkpoint, used to delete the item.
    #[serde(default, deserialize_with = "lenient::text")]
    pub checkpoint_id: Option<String>,
    /// The backup's name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// The description; empty if the service answers `null`, `""` or `"--"`; `None` if the answer leaves it out.
    #[serde(default, deserialize_with = "lenient::description")]
    pub description: Option<String>,
    /// The server.
    #[serde(default, deserialize_with = "lenient::text")]
    pub resource_id: Option<String>,
    /// The resource type.
    #[serde(default, deserialize_with = "lenient::text")]
    pub resource_type: Option<String>,
    /// The status.
    #[serde(default)]
    pub status: Status,
    /// When it was created: UTC without a zone, microseconds.
    #[serde(default, deserialize_with = "lenient::text")]
    pub created_at: Option<String>,
    /// When it last changed: UTC without a zone, microseconds.
    #[serde(default, deserialize_with = "lenient::text")]
    pub updated_at: Option<String>,
    /// The tags; `None` if the answer leaves them out.
    #[serde(default, deserialize_with = "lenient::tags")]
    pub tags: Option<Tags>,
    /// The server at the time of the backup.
    #[serde(default, deserialize_with = "lenient::object")]
    pub backup_data: Option<VmMetadata>,
    /// Details of the backup and of its last operation.
    #[serde(default, deserialize_with = "lenient::object")]
    pub extend_info: Option<ExtendInfo>,
}

/// The server at the time of the backup (`backup_data`).
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct VmMetadata {
    /// The region.
    #[serde(default, rename = "__openstack_region_name", deserialize_with = "lenient::text")]
    pub region_name: Option<String>,
    /// The type of the server.
    #[serde(default, rename = "cloudservicetype", deserialize_with = "lenient::text")]
    pub cloud_service_type: Option<String>,
    /// The system disk, GB.
    #[serde(default, deserialize_with = "lenient::integer")]
    pub disk: Option<i64>,
    /// `gold`, `private` or `market`.
    #[serde(default, rename = "imagetype", deserialize_with = "lenient::text")]
    pub image_type: Option<String>,
    /// The memory, MB.
    #[serde(default, deserialize_with = "lenient::integer")]
    pub ram: Option<i64>,
    /// The number of virtual processors.
    #[serde(default, deserialize_with = "lenient::integer")]
    pub vcpus: Option<i64>,
    /// The public address.
    #[serde(default, deserialize_with = "lenient::text")]
    pub eip: Option<String>,
    /// The private address.
    #[serde(default, deserialize_with = "lenient::text")]
    pub private_ip: Option<String>,
}

impl VmMetadata {
    /// Returns whether the server had this address; `None` if no address is known.
    pub fn has_address(&self, address: IpAddr) -> Option<bool> {
        let texts = [&self.private_ip, &self.eip].into_iter().flatten();
        let parts = texts.flat_map(|text| text.split([',', ';', ' ']));
        let mut addresses = parts.filter(|part| !part.is_empty()).peekable();
        addresses.peek()?;
        Some(addresses.any(|text| text.parse() == Ok(address)))
    }
}

/// Details of an item (`extend_info`).
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct ExtendInfo {
    /// Whether a policy's schedule created it.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub auto_trigger: Option<bool>,
    /// Average speed, kB/s.
    #[serde(default, deserialize_with = "lenient::number")]
    pub average_speed: Option<f64>,
    /// The region that it was copied from; none unless it is a copy.
    #[serde(default, deserialize_with = "lenient::text")]
    pub copy_from: Option<String>,
    /// The code of the last failure; none if the service answers `{}`.
    #[serde(default, deserialize_with = "fail_code")]
    pub fail_code: Option<FailCode>,
    /// The operation that failed: `backup`, `restore` or `delete`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub fail_op: Option<String>,
    /// The message of the last failure.
    #[serde(default, deserialize_with = "lenient::text")]
    pub fail_reason: Option<String>,
    /// When the backup was finished: UTC without a zone, microseconds.
    #[serde(default, deserialize_with = "lenient::text")]
    pub finished_at: Option<String>,
    /// The image type; `backup`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub image_type: Option<String>,
    /// Whether the backup is incremental.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub incremental: Option<bool>,
    /// Images created from the backup. While there is one, the backup cannot be deleted.
    #[serde(default, deserialize_with = "lenient::image_ids", rename = "os_images_data")]
    pub image_ids: Vec<String>,
    /// The progress, 0 to 100.
    #[serde(default, deserialize_with = "lenient::integer")]
    pub progress: Option<i64>,
    /// The server's availability zone.
    #[serde(default, deserialize_with = "lenient::text")]
    pub resource_az: Option<String>,
    /// The server's name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub resource_name: Option<String>,
    /// The resource type.
    #[serde(default, deserialize_with = "lenient::text")]
    pub resource_type: Option<String>,
    /// The size, MB.
    #[serde(default, deserialize_with = "lenient::integer")]
    pub size: Option<i64>,
    /// The space saving ratio, percent.
    #[serde(default, deserialize_with = "lenient::number")]
    pub space_saving_ratio: Option<f64>,
    /// Whether Instant Restore (a fast restore) is supported.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub support_lld: Option<bool>,
    /// `na`, `snapshot` or `backup`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub supported_restore_mode: Option<String>,
    /// The disk backups; `None` if the answer leaves them out, as lists may do.
    #[serde(default, deserialize_with = "lenient::list_if_any")]
    pub volume_backups: Option<Vec<VolumeBackup>>,
}

impl ExtendInfo {
    /// The disk backups that the answer has.
    pub fn volume_backups(&self) -> &[VolumeBackup] {
        self.volume_backups.as_deref().unwrap_or_default()
    }
}

/// The backup of one disk in an item.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub struct VolumeBackup {
    /// The disk backup's ID, used in restore mappings.
    #[serde(default, deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// The name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// The status, as the service writes it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub status: Option<String>,
    /// Whether the disk is a system disk.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub bootable: Option<bool>,
    /// Whether the disk backup is incremental.
    #[serde(default, deserialize_with = "lenient::boolean")]
    pub incremental: Option<bool>,
    /// `backup`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub image_type: Option<String>,
    /// The size, MB.
    #[serde(default, deserialize_with = "lenient::integer")]
    pub size: Option<i64>,
    /// Average speed, MB/s (not kB/s as for the item).
    #[serde(default, deserialize_with = "lenient::number")]
    pub average_speed: Option<f64>,
    /// The space saving ratio, percent.
    #[serde(default, deserialize_with = "lenient::number")]
    pub space_saving_ratio: Option<f64>,
    /// The snapshot of the disk.
    #[serde(default, deserialize_with = "lenient::text")]
    pub snapshot_id: Option<String>,
    /// The disk's ID.
    #[serde(default, deserialize_with = "lenient::text")]
    pub source_volume_id: Option<String>,
    /// The disk's name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub source_volume_name: Option<String>,
    /// The disk's size, GB.
    #[serde(default, deserialize_with = "lenient::integer")]
    pub source_volume_size: Option<i64>,
}

/// The code and message of a failed operation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct FailCode {
    /// The service's code, such as `CSBS.1002`.
    #[serde(default, rename = "Code", alias = "code", deserialize_with = "lenient::text")]
    pub code: Option<String>,
    /// The service's message.
    #[serde(
        default,
        rename = "Description",
        alias = "description",
        deserialize_with = "lenient::text"
    )]
    pub description: Option<String>,
}

fn fail_code<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<FailCode>, D::Error> {
    let read = match lenient::json(deserializer)? {
        Some(value @ Value::Object(_)) => serde_json::from_value::<FailCode>(value).ok(),
        Some(Value::String(code)) => Some(FailCode {
            code: Some(code),
            description: None,
        }),
        Some(Value::Number(code)) => Some(FailCode {
            code: Some(code.to_string()),
            description: None,
        }),
        _ => None,
    };
    Ok(read.filter(|fail| *fail != FailCode::default()))
}

impl CheckpointItem {
    /// Returns `true` if the last operation on the backup was a restore that failed. The backup itself is intact.
    pub fn restore_has_failed(&self) -> bool {
        let info = self.extend_info.as_ref();
        self.status == Status::Error && info.and_then(|info| info.fail_op.as_deref()) == Some("restore")
    }

    /// Returns `true` if the backup itself failed, so that it cannot be restored.
    pub fn has_failed(&self) -> bool {
        self.status == Status::Error && !self.restore_has_failed()
    }

    /// Returns whether the creation time is missing, or the disks of a finished backup.
    pub fn lacks_time_or_volumes(&self) -> bool {
        let volumes = self.extend_info.as_ref().and_then(|info| info.volume_backups.as_ref());
        self.created_at.is_none() || (self.status == Status::Available && volumes.is_none())
    }
}

/// The filter of a list of items. All conditions must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemFilter {
    /// The status.
    pub status: Option<Status>,
    /// A part of the name: the caller has to compare the names.
    pub name: Option<String>,
    /// A part of the server's name: the caller has to compare the names.
    pub resource_name: Option<String>,
    /// The availability zone.
    pub az: Option<String>,
    /// The server.
    pub resource_id: Option<String>,
    /// The resource type.
    pub resource_type: Option<String>,
    /// The earliest creation time.
    pub start_time: Option<String>,
    /// The latest creation time.
    pub end_time: Option<String>,
    /// The image type.
    pub image_type: Option<String>,
    /// The policy that created it.
    pub policy_id: Option<String>,
    /// The checkpoint.
    pub checkpoint_id: Option<String>,
    /// The address of the server. Only the page of the count call documents it, so the list may ignore it: the caller has to
    /// check [`VmMetadata::has_address`].
    pub ip: Option<String>,
    /// All projects (for administrators).
    pub all_tenants: Option<bool>,
    /// `key[:asc|desc],…` with the keys `created_at updated_at name status protected_at id`; newest first by default.
    pub sort: Option<String>,
    /// The greatest number of items; without it, the list is read to its end.
    pub limit: Option<usize>,
}

/// The list of items.
pub(super) const ITEMS: List = List {
    operation: "list_checkpoint_items",
    member: "checkpoint_items",
    links: Some("checkpoint_items_links"),
    counts: false,
    paging: Paging::Marker,
};

impl ItemFilter {
    /// The items of one checkpoint.
    pub fn of_checkpoint(checkpoint_id: impl Into<String>) -> Self {
        Self {
            checkpoint_id: Some(checkpoint_id.into()),
            ..Self::default()
        }
    }

    /// The path with the filter as its query.
    pub(super) fn path(&self, words: &'static str) -> Path {
        Path::new(words)
            .maybe("status", self.status.as_ref().map(Status::as_str))
            .maybe("name", self.name.as_deref())
            .maybe("resource_name", self.resource_name.as_deref())
            .maybe("az", self.az.as_deref())
            .maybe("resource_id", self.resource_id.as_deref())
            .maybe("resource_type", self.resource_type.as_deref())
            .maybe("start_time", self.start_time.as_deref())
            .maybe("end_time", self.end_time.as_deref())
            .maybe("image_type", self.image_type.as_deref())
            .maybe("policy_id", self.policy_id.as_deref())
            .maybe("checkpoint_id", self.checkpoint_id.as_deref())
            .maybe("ip", self.ip.as_deref())
            .maybe(
                "all_tenants",
                self.all_tenants.map(|all| if all { "true" } else { "false" }),
            )
            .maybe("sort", self.sort.as_deref())
    }
}

impl Client {
    /// Reads one item.
    ///
    /// `GET /v1/{project_id}/checkpoint_items/{id}`.
    ///
    /// # Errors
    /// [`ApiError::is_gone`] if the item does not exist.
    pub async fn get_checkpoint_item(&self, id: &str) -> Result<CheckpointItem, ApiError> {
        let path = Path::new("checkpoint_items").id("checkpoint_item_id", id)?;
        self.call(Call::get("get_checkpoint_item", path), |answer| {
            let item: CheckpointItem = answer.member("checkpoint_item")?;
            if item.id == id {
                Ok(item)
            } else {
                Err(answer.invalid_response("it is about another checkpoint item"))
            }
        })
        .await
    }

    /// Reads an item by its ID if a list left out its creation time or its disks. An item that is gone stays as it was listed.
    ///
    /// # Errors
    /// Any [`ApiError`] of the read.
    pub async fn complete_checkpoint_item(&self, item: CheckpointItem) -> Result<CheckpointItem, ApiError> {
        if !item.lacks_time_or_volumes() {
            return Ok(item);
        }
        match self.get_checkpoint_item(&item.id).await {
            Err(error) if error.is_gone() => Ok(item),
            read => read,
        }
    }

    /// Lists items and reads all pages.
    ///
    /// `GET /v1/{project_id}/checkpoint_items`.
    ///
    /// # Errors
    /// Any [`ApiError`]; a list that does not end, or repeats itself, is [`ApiError::Decode`].
    pub async fn list_checkpoint_items(&self, filter: &ItemFilter) -> Result<Vec<CheckpointItem>, ApiError> {
        self.list(ITEMS, filter.path("checkpoint_items"), filter.limit).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_reference_is_read() {
        // The example of the page "Querying a backup", shortened; with the quirks of the real service.
        let item: CheckpointItem = serde_json::from_str(
            r#"{"status":"available","tags":[{"key":"a","value":"b"}],"id":"item","checkpoint_id":"cp","name":"n",
            "description":"--","resource_id":"server","resource_type":"OS::Nova::Server",
            "created_at":"2017-04-18T01:21:52.701973","updated_at":null,"protected_at":"2017-04-18T01:21:52",
            "backup_data":{"__openstack_region_name":"eu-de","cloudservicetype":"","disk":40,"imagetype":"gold","ram":"1024",
              "vcpus":1,"eip":"","private_ip":"192.168.0.12"},
            "extend_info":{"auto_trigger":"False","average_speed":19,"copy_from":"","copy_status":"na","fail_code":{},
              "fail_op":"","fail_reason":"","finished_at":"2017-04-18T01:27:52.701973","incremental":false,"progress":100,
              "os_images_data":[{"image_id":"img"}],"size":"146","space_saving_ratio":99.6,"taskid":"t","dec_size":"x",
              "volume_backups":[{"id":"vb","bootable":"True","average_speed":19.5,"size":146,"source_volume_size":"40"}]}}"#,
        )
        .unwrap();
        assert_eq!(item.status, Status::Available);
        assert_eq!(item.description.as_deref(), Some(""));
        let data = item.backup_data.unwrap();
        assert_eq!((data.ram, data.eip, data.cloud_service_type), (Some(1024), None, None));
        let info = item.extend_info.unwrap();
        assert_eq!(info.auto_trigger, Some(false));
        assert_eq!(info.fail_code, None);
        assert_eq!(info.size, Some(146));
        assert_eq!(info.image_ids, ["img"]);
        assert_eq!(info.volume_backups()[0].bootable, Some(true));
        assert_eq!(info.volume_backups()[0].source_volume_size, Some(40));
    }

    #[test]
    fn an_address_is_compared_whole_and_unknown_where_the_service_names_none() {
        let server = |private_ip: &str, eip: &str| -> VmMetadata {
            serde_json::from_value(serde_json::json!({ "private_ip": private_ip, "eip": eip })).unwrap()
        };
        let address = "10.0.0.1".parse().unwrap();
        assert_eq!(server("10.0.0.1", "").has_address(address), Some(true));
        assert_eq!(server("", "10.0.0.1").has_address(address), Some(true));
        assert_eq!(server("192.168.0.4,10.0.0.1", "").has_address(address), Some(true));
        assert_eq!(server("10.0.0.12", "80.158.1.1").has_address(address), Some(false));
        assert_eq!(server("", "").has_address(address), None);
        assert_eq!(VmMetadata::default().has_address(address), None);
        let address = "fe80::1".parse().unwrap();
        assert_eq!(server("FE80:0::1", "").has_address(address), Some(true));
    }

    #[test]
    fn a_failure_is_read_in_every_form() {
        let read = |text: &str| serde_json::from_str::<ExtendInfo>(text).unwrap().fail_code;
        let code = |code: &str, description: Option<&str>| {
            Some(FailCode {
                code: Some(code.to_owned()),
                description: description.map(str::to_owned),
            })
        };
        assert_eq!(
            read(r#"{"fail_code":{"Code":"CSBS.1002","Description":"busy"}}"#),
            code("CSBS.1002", Some("busy"))
        );
        assert_eq!(read(r#"{"fail_code":{"Code":1002}}"#), code("1002", None));
        assert_eq!(read(r#"{"fail_code":"{\"Code\":\"x\"}"}"#), code("x", None));
        assert_eq!(read(r#"{"fail_code":"CSBS.1"}"#), code("CSBS.1", None));
        for nothing in [
            r#"{"fail_code":{}}"#,
            r#"{"fail_code":""}"#,
            r#"{"fail_code":null}"#,
            r#"{"fail_code":[]}"#,
            "{}",
        ] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
    }
}
