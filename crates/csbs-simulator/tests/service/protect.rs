//! The protect action.

use std::time::Duration;

use csbs_simulator::{Config, Operation, Quirks, Role, Server, Timing};
use serde_json::{Value, json};

use super::client::{Client, OTHER, PROJECT, SERVER, quick, text, tidy};

#[tokio::test]
async fn a_backup_changes_from_waiting_to_available() {
    let client = Client::new(quick());
    let answer = client
        .try_protect(
            SERVER,
            json!({"backup_name": "nightly", "description": "d", "tags": [{"key": "a", "value": "1"}]}),
        )
        .await
        .ok();
    let checkpoint = &answer["checkpoint"];
    assert_eq!(checkpoint["status"], "protecting");
    assert_eq!(checkpoint["project_id"], PROJECT);
    assert!(text(&checkpoint["protection_plan"], "id").starts_with("fake_"));
    assert_eq!(
        checkpoint["protection_plan"]["name"],
        format!("server protect plan for {SERVER}")
    );
    let id = text(checkpoint, "id");
    let mut seen = Vec::new();
    for _ in 0..16 {
        let item = client.items(id).await.remove(0);
        seen.push((
            text(&item, "status").to_owned(),
            item["extend_info"]["progress"].as_u64().unwrap(),
        ));
        client.simulator.advance(Duration::from_secs(5));
    }
    let statuses: Vec<_> = seen.iter().map(|(status, _)| status.as_str()).collect();
    assert_eq!(statuses[..2], ["waiting_protect"; 2]);
    assert_eq!(statuses[2..14], ["protecting"; 12]);
    assert_eq!(statuses[14..], ["available"; 2]);
    assert!(seen.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{seen:?}");
    assert!(seen[8].1 > 20 && seen[8].1 < 80, "{seen:?}");

    let item = client.items(id).await.remove(0);
    assert_eq!(item["name"], "nightly");
    assert_eq!(item["description"], "d");
    assert_eq!(item["tags"], json!([{"key": "a", "value": "1"}]));
    assert_eq!(item["extend_info"]["progress"], 100);
    assert_eq!(item["extend_info"]["volume_backups"].as_array().unwrap().len(), 2);
    assert!(item["extend_info"]["size"].as_u64().unwrap() > 0);
    assert!(text(&item["extend_info"], "finished_at") > text(&item, "created_at"));
    assert_eq!(item["extend_info"]["incremental"], false);
}

#[tokio::test]
async fn the_first_backup_is_full_and_later_ones_as_requested() {
    let client = Client::new(quick());
    let (_, item) = client.backup(SERVER, json!({"incremental": true})).await;
    assert_eq!(item["extend_info"]["incremental"], false);
    let (_, item) = client.backup(SERVER, json!({})).await;
    assert_eq!(item["extend_info"]["incremental"], true);
    let (_, item) = client.backup(SERVER, json!({"incremental": false})).await;
    assert_eq!(item["extend_info"]["incremental"], false);
    assert!(text(&item, "name").starts_with("manualbk_"));
}

#[tokio::test]
async fn the_duration_depends_on_the_size() {
    let client = Client::new(tidy());
    client.simulator.add_server(Server::new("small").with_disks(&[10]));
    let big = client.protect(SERVER, json!({})).await;
    let small = client.protect("small", json!({})).await;
    client.simulator.advance(Duration::from_secs(20 + 10 * 18));
    assert_eq!(client.items(&small).await[0]["status"], "available");
    assert_eq!(client.items(&big).await[0]["status"], "protecting");
    client.simulator.advance(Duration::from_secs(90 * 18));
    assert_eq!(client.items(&big).await[0]["status"], "available");
}

#[tokio::test]
async fn one_backup_at_a_time_per_server() {
    let client = Client::new(quick());
    client.protect(SERVER, json!({})).await;
    assert_eq!(client.try_protect(SERVER, json!({})).await.refusal(), "500 CSBS.1001");
    client.protect(OTHER, json!({})).await;
    client.simulator.advance(Duration::from_secs(70));
    client.protect(SERVER, json!({})).await;
}

#[tokio::test]
async fn servers_that_cannot_be_backed_up_are_refused() {
    let client = Client::new(quick());
    let with = |id: &str, change: fn(&mut Server)| {
        let mut server = Server::new(id);
        change(&mut server);
        client.simulator.add_server(server);
    };
    with("gone", |server| server.status = "DELETED".into());
    with("broken", |server| server.status = "ERROR".into());
    with("bare", |server| server.disks.clear());
    with("shared", |server| server.refusal = Some("CSBS.6010".into()));
    for (server, refusal) in [
        ("nobody", "400 CSBS.6000"),
        ("gone", "400 CSBS.6001"),
        ("broken", "400 CSBS.6006"),
        ("bare", "400 CSBS.6007"),
        ("shared", "400 CSBS.6010"),
    ] {
        assert_eq!(
            client.try_protect(server, json!({})).await.refusal(),
            refusal,
            "{server}"
        );
    }
    assert_eq!(client.simulator.inventory().items().count(), 0);
}

#[tokio::test]
async fn every_limit_is_checked() {
    let client = Client::new(quick());
    let tags = |count: usize| -> Value {
        (0..count)
            .map(|n| json!({"key": format!("k{n}"), "value": "v"}))
            .collect()
    };
    for (protect, refusal) in [
        (json!({"backup_name": ""}), "400 CSBS.9001"),
        (json!({"backup_name": "n".repeat(256)}), "400 CSBS.9001"),
        (json!({"backup_name": "with blank"}), "400 CSBS.9001"),
        (json!({"backup_name": 7}), "400 CSBS.9001"),
        (json!({"description": "a<b"}), "400 CSBS.9001"),
        (json!({"description": "d".repeat(256)}), "400 CSBS.9001"),
        (json!({"incremental": "true"}), "400 CSBS.9001"),
        (json!({"resource_type": "OS::Cinder::Volume"}), "400 CSBS.6003"),
        (json!({"tags": []}), "400 CSBS.9001"),
        (json!({"tags": tags(11)}), "400 CSBS.7000"),
        (
            json!({"tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]}),
            "400 CSBS.9001",
        ),
        (json!({"tags": [{"key": "k".repeat(37), "value": ""}]}), "400 CSBS.9001"),
        (
            json!({"tags": [{"key": "a", "value": "v".repeat(44)}]}),
            "400 CSBS.9001",
        ),
        (json!({"extra_info": []}), "400 CSBS.9001"),
    ] {
        assert_eq!(
            client.try_protect(SERVER, protect.clone()).await.refusal(),
            refusal,
            "{protect}"
        );
    }
    let path = format!("/providers/{}/resources/{SERVER}/action", csbs_simulator::PROVIDER_ID);
    assert_eq!(client.post(&path, json!({})).await.refusal(), "400 CSBS.9001");
    assert_eq!(client.post(&path, json!([])).await.refusal(), "400 CSBS.9001");
    assert_eq!(client.simulator.inventory().items().count(), 0);

    client
        .protect(
            SERVER,
            json!({"backup_name": "n".repeat(255), "description": "d".repeat(255), "tags": tags(10), "extra_info": {}}),
        )
        .await;
}

#[tokio::test]
async fn a_planned_failure_leaves_an_item_in_error() {
    let client = Client::new(quick());
    client
        .simulator
        .fail_next_backup(Some(OTHER), "CSBS.9998", "not this one");
    client
        .simulator
        .fail_next_backup(Some(SERVER), "4711", "the disk went away");
    let checkpoint = client.protect(SERVER, json!({})).await;
    client.simulator.advance(Duration::from_secs(100));
    let item = client.items(&checkpoint).await.remove(0);
    assert_eq!(item["status"], "error");
    let info = &item["extend_info"];
    assert_eq!(
        info["fail_code"],
        json!({"Code": 4711, "Description": "the disk went away"})
    );
    assert_eq!(info["fail_reason"], "the disk went away");
    assert_eq!(info["fail_op"], "backup");
    assert_eq!(client.delete(&checkpoint, None).await.status, 200);
    client.simulator.advance(Duration::from_secs(100));
    assert_eq!(client.simulator.inventory().items().count(), 0);
}

#[tokio::test]
async fn a_new_item_can_be_visible_after_a_delay() {
    let client = Client::new(Config {
        timing: Timing {
            visible_after: Duration::from_secs(3),
            ..quick().timing
        },
        ..quick()
    });
    let checkpoint = client.protect(SERVER, json!({})).await;
    assert!(client.items(&checkpoint).await.is_empty());
    let id = client.simulator.inventory().items().next().unwrap().id.clone();
    assert_eq!(
        client.get(&format!("/checkpoint_items/{id}")).await.refusal(),
        "404 CSBS.3001"
    );
    client.simulator.advance(Duration::from_secs(3));
    assert_eq!(client.items(&checkpoint).await.len(), 1);
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let client = Client::new(quick());
    let reader = Client::of(&client.simulator, client.simulator.issue_token(PROJECT, Role::Reader));
    let got = reader.try_protect(SERVER, json!({})).await;
    assert_eq!(got.status, 403);
    assert_eq!(got.json["forbidden"]["code"], 403);
    assert_eq!(reader.get("/checkpoint_items").await.status, 200);
    assert_eq!(client.simulator.inventory().items().count(), 0);
}

#[tokio::test]
async fn project_provider_and_path_are_checked() {
    let client = Client::new(quick());
    let elsewhere = client.request("GET", "/v1/00000000000000000000000000000000/checkpoint_items", None);
    assert_eq!(client.send(elsewhere).await.status, 404);
    let path = format!("/providers/{SERVER}/resources/{SERVER}/action");
    let got = client.post(&path, json!({"protect": {}})).await;
    assert_eq!(got.refusal(), "400 CSBS.9001");
    assert_eq!(client.get("/nothing").await.status, 404);
    assert_eq!(client.call("PATCH", "/checkpoint_items", None).await.status, 405);
    let bare = client.request("GET", "/v2/what", None);
    assert_eq!(client.send(bare).await.refusal(), "404 APIG.0101");
}

#[tokio::test]
async fn a_closed_service_refuses_backups() {
    let client = Client::new(Config {
        closed: true,
        ..quick()
    });
    let got = client.try_protect(SERVER, json!({})).await;
    assert_eq!(got.refusal(), "400 BackupService.4008");
    assert_eq!(client.get("/checkpoint_items").await.status, 200);
}

#[tokio::test]
async fn the_inventory_has_the_request_of_each_object() {
    let client = Client::new(quick());
    client.get("/quotas").await;
    let checkpoint = client.protect(SERVER, json!({})).await;
    let inventory = client.simulator.inventory();
    let record = inventory.checkpoint(&checkpoint).unwrap();
    let request = &client.simulator.requests()[1];
    assert_eq!(record.request, Some(request.number));
    assert_eq!(request.operation, Operation::Protect);
    assert_eq!(request.status, Some(200));
    assert!(request.carried_out);
    assert_eq!(request.body, Some(json!({"protect": {}})));
    assert_eq!(client.simulator.count(Operation::Protect), 1);
    assert_eq!(client.simulator.count_csbs(), 2);
}

#[tokio::test]
async fn ids_depend_on_the_seed() {
    let made = |seed| async move {
        let client = Client::new(Config { seed, ..quick() });
        client.protect(SERVER, json!({})).await
    };
    assert_eq!(made(1).await, made(1).await);
    assert_ne!(made(1).await, made(2).await);
}

#[tokio::test]
async fn responses_mix_all_known_forms() {
    let config = Config {
        quirks: Quirks::Mix,
        servers: Server::some(40),
        ..quick()
    };
    let client = Client::new(config);
    let mut infos = Vec::new();
    for server in Server::some(40) {
        let answer = client.try_protect(&server.id, json!({})).await.ok();
        infos.push(answer["checkpoint"]["extra_info"].clone());
    }
    assert!(infos.iter().any(Value::is_null));
    assert!(infos.iter().any(Value::is_string));
    assert!(infos.iter().any(Value::is_object));
    client.simulator.advance(Duration::from_secs(100));
    let list = client.get("/checkpoint_items").await.ok();
    let items = list["checkpoint_items"].as_array().unwrap();
    let descriptions = |wanted: &Value| {
        items
            .iter()
            .filter(|item| item.get("description") == Some(wanted))
            .count()
    };
    assert!(descriptions(&json!("--")) > 0);
    assert!(descriptions(&json!("")) > 0);
    assert!(descriptions(&Value::Null) > 0);
    assert!(items.iter().any(|item| item.get("description").is_none()));
    let speeds: Vec<_> = items.iter().map(|item| &item["extend_info"]["average_speed"]).collect();
    assert!(speeds.iter().any(|speed| speed.is_u64()) && speeds.iter().any(|speed| speed.is_f64()));
    assert!(items.iter().all(|item| item.get("replication_records").is_some()));
    // A second read returns the same.
    assert_eq!(client.get("/checkpoint_items").await.ok(), list);
}

#[tokio::test]
async fn wild_responses_have_strings_for_numbers() {
    let client = Client::new(Config {
        quirks: Quirks::Wild,
        ..quick()
    });
    let (_, item) = client.backup(SERVER, json!({})).await;
    assert_eq!(item["extend_info"]["progress"], "100");
    assert_eq!(item["extend_info"]["incremental"], "False");
}

#[tokio::test(start_paused = true)]
async fn a_backup_finishes_under_paused_time() {
    let client = Client::new(Config {
        clock: csbs_simulator::ClockMode::TokioTime,
        ..quick()
    });
    let checkpoint = client.protect(SERVER, json!({})).await;
    tokio::time::sleep(Duration::from_secs(69)).await;
    assert_eq!(client.items(&checkpoint).await[0]["status"], "protecting");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(client.items(&checkpoint).await[0]["status"], "available");
}
