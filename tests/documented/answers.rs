//! Answers, member by member as on the API pages.

use serde_json::{Map, Value, json};

/// The backup provider's ID in paths and requests.
pub const PROVIDER_ID: &str = "fc4d5750-22e7-4798-8a46-f48f62c4c1da";
/// The backup provider's ID in the example answers of policies, which is another one.
const EXAMPLE_PROVIDER_ID: &str = "c714180d-ea34-4b13-9a5e-577c7c416eec";

/// Which members an answer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// All members of the response tables, with the types given there.
    Tables,
    /// The members of the example answers.
    Examples,
    /// The members of the SDK's fixtures: less than the tables list, and null in some places.
    Sparse,
}

pub const SHAPES: [Shape; 3] = [Shape::Tables, Shape::Examples, Shape::Sparse];

/// A page that answers a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    Create,
    Other,
}

/// A backup that was asked for.
#[derive(Debug, Clone)]
pub struct Backup {
    pub id: String,
    pub checkpoint_id: String,
    pub name: String,
    pub description: Option<String>,
    pub server: String,
    pub created_at: String,
    pub status: &'static str,
    pub progress: i64,
    pub auto_trigger: bool,
    pub incremental: bool,
    pub private_ip: String,
    pub tags: Vec<(String, String)>,
}

/// A policy that was asked for: the request, and what the service adds.
#[derive(Debug, Clone)]
pub struct Policy {
    pub id: String,
    pub project_id: String,
    pub created_at: String,
    pub request: Value,
    pub tags: Vec<(String, String)>,
}

pub fn pairs(tags: &[(String, String)]) -> Value {
    tags.iter()
        .map(|(key, value)| json!({ "key": key, "value": value }))
        .collect()
}

fn object(members: Vec<(&str, Value)>) -> Value {
    Value::Object(
        members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

/// "Creating a Backup for a Resource", tables 6 to 8, and its example.
pub fn checkpoint(id: &str, project_id: &str, created_at: &str, plan: (&str, &str), servers: &[String]) -> Value {
    let resources: Vec<Value> = servers
        .iter()
        .map(|server| {
            json!({ "id": server, "type": "OS::Nova::Server", "name": format!("resource_{server}"), "extra_info": {} })
        })
        .collect();
    json!({ "checkpoint": {
        "status": "protecting",
        "created_at": created_at,
        "id": id,
        "resource_graph": null,
        "project_id": project_id,
        "protection_plan": { "id": plan.0, "name": plan.1, "resources": resources },
        "extra_info": null,
    }})
}

/// "Querying a Single Backup", table 3, and its example, which has neither description nor tags.
pub fn item(backup: &Backup, shape: Shape, in_list: bool) -> Value {
    let sparse = shape == Shape::Sparse;
    let mut members = vec![
        ("checkpoint_id", json!(backup.checkpoint_id)),
        ("extend_info", extend_info(backup, sparse, in_list)),
        ("id", json!(backup.id)),
        ("name", json!(backup.name)),
        ("resource_id", json!(backup.server)),
        ("status", json!(backup.status)),
        ("updated_at", json!(backup.created_at)),
        ("backup_data", backup_data(backup)),
        ("resource_type", json!("OS::Nova::Server")),
    ];
    if !(sparse && in_list) {
        members.push(("created_at", json!(backup.created_at)));
    }
    if shape == Shape::Tables {
        members.push(("tags", pairs(&backup.tags)));
    }
    match (&backup.description, shape) {
        (_, Shape::Examples) if in_list => {}
        (Some(text), _) => members.push(("description", json!(text))),
        (None, _) => members.push(("description", json!("--"))),
    }
    object(members)
}

fn backup_data(backup: &Backup) -> Value {
    json!({
        "__openstack_region_name": "",
        "cloudservicetype": "",
        "disk": 0,
        "imagetype": "",
        "ram": 4096,
        "vcpus": 4,
        "eip": "",
        "private_ip": backup.private_ip,
    })
}

fn extend_info(backup: &Backup, sparse: bool, in_list: bool) -> Value {
    let done = backup.status == "available";
    let mut members = vec![
        ("auto_trigger", json!(backup.auto_trigger)),
        ("average_speed", json!(0)),
        ("copy_from", if sparse { Value::Null } else { json!("") }),
        ("copy_status", json!("na")),
        ("fail_code", json!({})),
        ("fail_op", json!("")),
        ("fail_reason", json!("")),
        ("image_type", json!("backup")),
        ("incremental", json!(backup.incremental)),
        ("progress", json!(backup.progress)),
        ("resource_az", json!("az1.dc1")),
        ("resource_name", json!("karbor_02")),
        ("resource_type", json!("OS::Nova::Server")),
        ("size", json!(0)),
        ("space_saving_ratio", json!(0)),
        ("finished_at", if done { json!(backup.created_at) } else { json!("") }),
        ("supported_restore_mode", json!("backup")),
        ("os_images_data", json!([])),
        ("support_lld", json!(false)),
        ("taskid", json!("e0a21692-2192-11e7-bf23-0242ac110007")),
        ("hypervisor_type", json!("QEMU")),
    ];
    if !(sparse && in_list) {
        members.push(("volume_backups", if done { volume_backups(backup) } else { json!([]) }));
    }
    object(members)
}

fn volume_backups(backup: &Backup) -> Value {
    json!([{
        "average_speed": 0,
        "bootable": true,
        "id": format!("disk-backup-of-{}", backup.id),
        "image_type": "backup",
        "incremental": backup.incremental,
        "name": "manualbk_47222",
        "size": 0,
        "source_volume_id": "ee27f809-6fb5-40ae-ac46-c932bb4ee8fe",
        "source_volume_size": 20,
        "space_saving_ratio": 0,
        "status": "available",
        "source_volume_name": "karbor_xj_02",
        "snapshot_id": "36f520e1-d2ea-4907-956a-3d9cd53e2d38",
    }])
}

/// "Creating a Backup Policy", tables 12 to 18; "Querying a Backup Policy", tables 3 to 9; and their examples.
pub fn policy(policy: &Policy, shape: Shape, page: Page) -> Value {
    let request = &policy.request;
    let provider_id = if shape == Shape::Tables {
        PROVIDER_ID
    } else {
        EXAMPLE_PROVIDER_ID
    };
    let resources: Vec<Value> = request["resources"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
        .map(|(index, resource)| {
            let mut members = vec![
                ("id", resource["id"].clone()),
                ("type", json!("OS::Nova::Server")),
                ("name", resource["name"].clone()),
            ];
            // The second server of the example has none.
            if shape == Shape::Tables || index == 0 {
                members.push((
                    "extra_info",
                    resource.get("extra_info").cloned().unwrap_or_else(|| json!({})),
                ));
            }
            object(members)
        })
        .collect();
    let operations: Vec<Value> = request["scheduled_operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| operation(policy, one, provider_id, shape, page))
        .collect();
    let enabled = operations.iter().any(|one| one["enabled"] == true);
    let mut members = vec![
        ("created_at", json!(policy.created_at)),
        (
            "description",
            request.get("description").cloned().unwrap_or_else(|| json!("")),
        ),
        ("id", json!(policy.id)),
        ("name", request["name"].clone()),
        ("project_id", json!(policy.project_id)),
        ("provider_id", json!(provider_id)),
        ("resources", Value::Array(resources)),
        ("scheduled_operations", Value::Array(operations)),
        (
            "status",
            json!(match (enabled, shape) {
                (false, _) => "disabled",
                (true, Shape::Tables) => "enabled",
                (true, _) => "suspended",
            }),
        ),
    ];
    if shape != Shape::Sparse {
        members.push(("parameters", request["parameters"].clone()));
    }
    if shape == Shape::Tables {
        members.push(("tags", pairs(&policy.tags)));
    }
    object(members)
}

fn operation(policy: &Policy, sent: &Value, provider_id: &str, shape: Shape, page: Page) -> Value {
    let mut members = vec![
        (
            "description",
            sent.get("description").cloned().unwrap_or_else(|| json!("")),
        ),
        ("enabled", sent.get("enabled").cloned().unwrap_or(Value::Bool(true))),
        ("name", sent.get("name").cloned().unwrap_or_else(|| json!("default"))),
        ("operation_type", json!("backup")),
        (
            "operation_definition",
            definition(policy, &sent["operation_definition"], provider_id, shape, page),
        ),
        (
            "trigger",
            json!({
                "properties": {
                    "pattern": sent["trigger"]["properties"]["pattern"],
                    "start_time": "2017-03-07 09:31:08",
                    "format": "ical",
                },
                "id": sent["trigger_id"],
                "name": "default",
                "type": "time",
            }),
        ),
        ("id", sent["id"].clone()),
    ];
    // The tables of the other pages do not have it; all examples do.
    if shape != Shape::Tables || page == Page::Create {
        members.push(("trigger_id", sent["trigger_id"].clone()));
    }
    object(members)
}

/// The tables list three members on retention, as text for the create and as numbers and booleans for the others; the
/// examples have the one that was sent, as text. No page lists calendar counts or a time zone.
fn definition(policy: &Policy, sent: &Value, provider_id: &str, shape: Shape, page: Page) -> Value {
    let mut members = Map::new();
    for (name, usual) in [
        ("max_backups", json!(-1)),
        ("retention_duration_days", json!(-1)),
        ("permanent", json!(false)),
    ] {
        let value = match sent.get(name).filter(|value| !value.is_null()) {
            Some(value) => value.clone(),
            None if shape == Shape::Tables => usual,
            None => continue,
        };
        let as_text = shape != Shape::Tables || page == Page::Create;
        let value = match value {
            Value::Bool(flag) if as_text => json!(if flag { "True" } else { "False" }),
            Value::Number(number) if as_text => json!(number.to_string()),
            value => value,
        };
        members.insert(name.to_owned(), value);
    }
    members.insert("plan_id".to_owned(), json!(policy.id));
    members.insert("provider_id".to_owned(), json!(provider_id));
    Value::Object(members)
}

/// "Querying Backup Resources by Tag", table 7. Details are an empty object but in the tables of backups.
pub fn tagged(id: &str, name: &Value, tags: &[(String, String)], detail: Value) -> Value {
    json!({ "resource_id": id, "resource_detail": detail, "tags": pairs(tags), "resource_name": name })
}

/// "Querying Quotas", its example: the number of backups has no unit.
pub fn quotas() -> Value {
    json!({ "quotas": { "resources": [
        { "type": "backup_capacity", "unit": "GB", "quota": -1, "used": 0 },
        { "used": 0, "type": "backups", "quota": 600 },
    ]}})
}

/// "Querying the Backup Capability of a Resource", table 5. Its example has neither code nor message.
pub fn check(server: &Value, shape: Shape) -> Value {
    let mut members = vec![
        ("result", json!(true)),
        ("resource_type", json!("OS::Nova::Server")),
        ("resource_id", server.clone()),
    ];
    if shape == Shape::Tables {
        members.push(("error_code", json!("")));
        members.push(("error_msg", json!("")));
    }
    object(members)
}

/// "Creating a Restoration Task", table 8, and its example, which has a word for the status of the resources.
pub fn restore(id: &str, project_id: &str, request: &Value, shape: Shape) -> Value {
    json!({ "restore": {
        "id": id,
        "checkpoint_id": request["checkpoint_id"],
        "parameters": request["parameters"],
        "project_id": project_id,
        "provider_id": PROVIDER_ID,
        "resources_reason": {},
        "resources_status": if shape == Shape::Tables { json!({}) } else { json!("in_progress") },
        "restore_target": request.get("restore_target").cloned().unwrap_or_else(|| json!("")),
        "status": "in_progress",
    }})
}
