//! Items in responses, with the known quirks of the service.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    Quirks, Status,
    clock::stamp,
    objects::{Item, VolumeBackup},
    random::pick,
};

/// Returns an item as a read shows it.
pub(crate) fn item(item: &Item, now: Timestamp, quirks: Quirks) -> Value {
    let mixed = quirks != Quirks::Tidy;
    let odd = |what: &str, choices| if mixed { pick(&item.id, what, choices) } else { 0 };
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| shown.insert(name.to_owned(), value);
    put("id", json!(item.id));
    put("checkpoint_id", json!(item.checkpoint_id));
    put("name", json!(item.name));
    match (&item.description, odd("description", 4)) {
        (Some(text), _) => {
            put("description", json!(text));
        }
        (None, 0) => {
            put("description", json!(""));
        }
        (None, 1) => {
            put("description", json!("--"));
        }
        (None, 2) => {
            put("description", Value::Null);
        }
        (None, _) => {}
    }
    put("resource_id", json!(item.server.id));
    put("resource_type", json!("OS::Nova::Server"));
    put("status", json!(item.status.name()));
    put("created_at", json!(stamp(item.created_at)));
    put("updated_at", json!(stamp(item.updated_at)));
    put("tags", pairs(&item.tags));
    put("backup_data", backup_data(item, odd("eip", 3)));
    put("extend_info", extend_info(item, now, &odd));
    if mixed {
        put("protected_at", json!(item.finished_at.map(stamp)));
        put("expired_at", Value::Null);
        put("replication_records", json!([]));
    }
    let mut shown = Value::Object(shown);
    if quirks == Quirks::Wild {
        as_text(&mut shown);
    }
    shown
}

/// Returns an item as a list shows it. In the mix, some items lack members that a read shows.
pub(crate) fn listed(item: &Item, now: Timestamp, quirks: Quirks) -> Value {
    let mut shown = self::item(item, now, quirks);
    // Most items stay complete; otherwise clients would have to read every listed item again.
    if quirks == Quirks::Tidy || pick(&item.id, "sparse", 6) != 0 {
        return shown;
    }
    let form = pick(&item.id, "left_out", 4);
    if let Some(members) = shown.as_object_mut() {
        if form == 0 || form == 3 {
            members.remove("tags");
        }
        if form == 1 || form == 3 {
            members.remove("created_at");
        }
        if form >= 2
            && let Some(info) = members.get_mut("extend_info").and_then(Value::as_object_mut)
        {
            info.remove("volume_backups");
        }
    }
    shown
}

/// Returns tags as a list of pairs.
pub(crate) fn pairs(tags: &[(String, String)]) -> Value {
    tags.iter()
        .map(|(key, value)| json!({"key": key, "value": value}))
        .collect()
}

fn backup_data(item: &Item, form: u64) -> Value {
    let server = &item.server;
    let mut data = json!({
        "__openstack_region_name": item.region,
        "cloudservicetype": "hws.service.type.ec2",
        "disk": server.size(),
        "imagetype": server.image_type,
        "ram": server.ram,
        "vcpus": server.vcpus,
        "eip": server.eip,
        "private_ip": server.private_ip,
    });
    if server.eip.is_empty() && form == 1 {
        data["eip"] = Value::Null;
    } else if server.eip.is_empty() && form == 2 {
        let _ = data.as_object_mut().and_then(|data| data.remove("eip"));
    }
    data
}

fn extend_info(item: &Item, now: Timestamp, odd: &dyn Fn(&str, u64) -> u64) -> Value {
    let done = !item.volumes.is_empty();
    let failure = item.failure.as_ref();
    let speed = match (done, odd("speed", 2)) {
        (false, _) => json!(0),
        (true, 0) => json!(18_432),
        (true, _) => json!(18_432.73),
    };
    let ratio = match (done, odd("ratio", 2)) {
        (false, _) => json!(0),
        (true, 0) => json!(2),
        (true, _) => json!(2.44),
    };
    let operation = failure
        .map(|failure| failure.operation)
        .or(match item.status {
            Status::WaitingProtect | Status::Protecting => Some("backup"),
            Status::WaitingRestore | Status::Restoring => Some("restore"),
            _ => None,
        })
        .unwrap_or_default();
    let mut info = json!({
        "auto_trigger": item.auto_trigger,
        "average_speed": speed,
        "copy_from": "",
        "copy_status": "na",
        "fail_code": fail_code(item, odd("fail_code", 2)),
        "fail_op": if failure.is_some() { operation } else { "" },
        "fail_reason": failure.map(|failure| failure.reason.as_str()).unwrap_or_default(),
        "finished_at": item.finished_at.map(stamp).unwrap_or_default(),
        "hypervisor_type": "QEMU",
        "image_type": "backup",
        "incremental": item.incremental,
        "os_images_data": item.images.iter().map(|id| json!({"image_id": id})).collect::<Vec<_>>(),
        "progress": item.progress(now),
        "resource_az": item.server.zone,
        "resource_name": item.server.name,
        "resource_type": "OS::Nova::Server",
        "size": item.size(),
        "space_saving_ratio": ratio,
        "support_lld": true,
        "supported_restore_mode": if done { "backup" } else { "na" },
        "taskid": item.task_id,
    });
    // `json!` would copy it.
    info["volume_backups"] = item.volumes.iter().map(|volume| volume_backup(item, volume)).collect();
    if let Some(object) = info.as_object_mut() {
        if odd("dec_size", 2) == 1 {
            object.insert("dec_size".to_owned(), json!(0));
        }
        match odd("copy", 4) {
            1 => {
                object.remove("copy_from");
                object.insert("copy_status".to_owned(), Value::Null);
            }
            2 => {
                object.insert("copy_from".to_owned(), Value::Null);
            }
            _ => {}
        }
        if odd("hypervisor", 3) == 1 {
            object.remove("hypervisor_type");
        }
        if item.images.is_empty() && odd("images", 2) == 1 {
            object.remove("os_images_data");
        }
        if item.finished_at.is_none() && odd("finished", 2) == 1 {
            object.insert("finished_at".to_owned(), Value::Null);
        }
    }
    info
}

fn fail_code(item: &Item, form: u64) -> Value {
    let Some(failure) = &item.failure else {
        return json!({});
    };
    let code = match (failure.code.parse::<i64>(), form) {
        (Ok(number), 0) => json!(number),
        _ => json!(failure.code),
    };
    json!({"Code": code, "Description": failure.reason})
}

fn volume_backup(item: &Item, volume: &VolumeBackup) -> Value {
    json!({
        "id": volume.id,
        "name": volume.name,
        "status": if item.failure.is_some() { "error" } else { "available" },
        "bootable": volume.bootable,
        "incremental": item.incremental,
        "image_type": "backup",
        "size": volume.size,
        "average_speed": 18,
        "space_saving_ratio": 2,
        "snapshot_id": volume.snapshot_id,
        "source_volume_id": volume.source_volume_id,
        "source_volume_name": volume.source_volume_name,
        "source_volume_size": volume.source_volume_size,
    })
}

/// Converts all numbers and booleans to strings, at every level.
fn as_text(value: &mut Value) {
    match value {
        Value::Number(number) => *value = json!(number.to_string()),
        Value::Bool(flag) => *value = json!(if *flag { "True" } else { "False" }),
        Value::Array(list) => list.iter_mut().for_each(as_text),
        Value::Object(object) => object.values_mut().for_each(as_text),
        Value::Null | Value::String(_) => {}
    }
}
