//! Requests and responses of the examples in the API reference.

use csbs_simulator::{Config, PROVIDER_ID, Server};
use serde_json::{Value, json};

use super::client::{Client, PROJECT, quick, text};

/// ID of the server in the examples.
const SERVER: &str = "9506416d-db6c-406e-8bca-c0f43793d914";

fn client() -> Client {
    let servers = vec![Server::new(SERVER).named("ecs-example")];
    Client::new(Config { servers, ..quick() })
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// "Creating a Resource Backup".
#[tokio::test]
async fn creating_a_resource_backup() {
    let client = client();
    let protect = json!({"backup_name": "backup", "description": "backup des", "extra_info": {}});
    let answer = client.try_protect(SERVER, protect).await.ok();
    let checkpoint = &answer["checkpoint"];
    assert_eq!(
        keys(checkpoint),
        [
            "created_at",
            "extra_info",
            "id",
            "project_id",
            "protection_plan",
            "resource_graph",
            "status"
        ]
    );
    assert_eq!(checkpoint["status"], "protecting");
    assert_eq!(checkpoint["project_id"], PROJECT);
    assert_eq!(checkpoint["resource_graph"], Value::Null);
    assert_eq!(checkpoint["extra_info"], Value::Null);
    // It has the form 2017-04-18T01:21:52.701973.
    let created = text(checkpoint, "created_at");
    assert_eq!(created.len(), 26);
    created.parse::<jiff::civil::DateTime>().unwrap();
    let plan = &checkpoint["protection_plan"];
    assert!(text(plan, "id").starts_with("fake_"));
    assert_eq!(plan["name"], format!("server protect plan for {SERVER}"));
    assert_eq!(
        plan["resources"],
        json!([{
            "type": "OS::Nova::Server",
            "id": SERVER,
            "name": format!("resource_{SERVER}"),
            "extra_info": {},
        }])
    );
}

/// The parameter table marks all parameters as optional, including the type.
#[tokio::test]
async fn an_empty_protect_action_is_accepted() {
    let client = client();
    client.protect(SERVER, json!({})).await;
    client.simulator.advance(std::time::Duration::from_secs(100));
    client
        .protect(SERVER, json!({"resource_type": "OS::Nova::Server", "description": ""}))
        .await;
}

/// The members of an item, its extended information and its disks.
#[tokio::test]
async fn an_item_has_the_members_of_the_reference() {
    let client = client();
    let (_, item) = client.backup(SERVER, json!({"backup_name": "backup"})).await;
    assert_eq!(
        keys(&item),
        [
            "backup_data",
            "checkpoint_id",
            "created_at",
            "description",
            "extend_info",
            "id",
            "name",
            "resource_id",
            "resource_type",
            "status",
            "tags",
            "updated_at",
        ]
    );
    assert_eq!(
        keys(&item["backup_data"]),
        [
            "__openstack_region_name",
            "cloudservicetype",
            "disk",
            "eip",
            "imagetype",
            "private_ip",
            "ram",
            "vcpus"
        ]
    );
    assert_eq!(
        keys(&item["extend_info"]),
        [
            "auto_trigger",
            "average_speed",
            "copy_from",
            "copy_status",
            "fail_code",
            "fail_op",
            "fail_reason",
            "finished_at",
            "hypervisor_type",
            "image_type",
            "incremental",
            "os_images_data",
            "progress",
            "resource_az",
            "resource_name",
            "resource_type",
            "size",
            "space_saving_ratio",
            "support_lld",
            "supported_restore_mode",
            "taskid",
            "volume_backups",
        ]
    );
    assert_eq!(
        keys(&item["extend_info"]["volume_backups"][0]),
        [
            "average_speed",
            "bootable",
            "id",
            "image_type",
            "incremental",
            "name",
            "size",
            "snapshot_id",
            "source_volume_id",
            "source_volume_name",
            "source_volume_size",
            "space_saving_ratio",
            "status",
        ]
    );
}

/// "Deleting Backups".
#[tokio::test]
async fn the_response_to_a_deletion_is_an_empty_object() {
    let client = client();
    let (checkpoint, _) = client.backup(SERVER, json!({})).await;
    let got = client.delete(&checkpoint, None).await;
    assert_eq!((got.status, got.text.as_str()), (200, "{}"));
}

/// "Querying Quotas", "Querying the Number of Backups".
#[tokio::test]
async fn counts_and_quotas_of_a_new_project() {
    let client = client();
    assert_eq!(client.get("/checkpoint_items/count").await.ok(), json!({"count": 0}));
    assert_eq!(
        client.get("/quotas").await.ok(),
        json!({"quotas": {"resources": [
            {"type": "backup_capacity", "unit": "GB", "quota": -1, "used": 0},
            {"type": "backups", "quota": 600, "used": 0},
        ]}})
    );
}

/// Errors of capability check, run, tags and restore have the form of the error page.
#[tokio::test]
async fn errors_have_code_and_message() {
    let client = client();
    let missing = client.get("/checkpoint_items/nobody").await;
    assert_eq!(keys(&missing.json), ["error_code", "error_msg"]);
    let path = format!("/providers/{PROVIDER_ID}/checkpoints");
    let run = client.post(&path, json!({"checkpoint": {"plan_id": "nobody"}})).await;
    assert_eq!(keys(&run.json), ["error_code", "error_msg"]);
}
