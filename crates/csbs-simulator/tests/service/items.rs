//! Read, list and delete of items.

use std::time::Duration;

use csbs_simulator::{Config, Quirks, Role, Server, Status, Timing};
use serde_json::{Value, json};

use super::client::{Client, OTHER, PROJECT, SERVER, THIRD, quick, text};

fn ids(list: &Value) -> Vec<String> {
    let items = list["checkpoint_items"].as_array().unwrap();
    items.iter().map(|item| text(item, "id").to_owned()).collect()
}

fn names(list: &Value) -> Vec<String> {
    let items = list["checkpoint_items"].as_array().unwrap();
    items.iter().map(|item| text(item, "name").to_owned()).collect()
}

/// Creates ten backups at intervals of a minute.
async fn ten() -> Client {
    let client = Client::new(Config {
        servers: Server::some(10),
        ..quick()
    });
    for (n, server) in Server::some(10).iter().enumerate() {
        client
            .protect(&server.id, json!({"backup_name": format!("b-{}", 9 - n)}))
            .await;
        client.simulator.advance(Duration::from_secs(60));
    }
    client
}

#[tokio::test]
async fn an_unknown_item_is_not_found() {
    let client = Client::new(quick());
    assert_eq!(
        client.get(&format!("/checkpoint_items/{SERVER}")).await.refusal(),
        "404 CSBS.3001"
    );
}

#[tokio::test]
async fn an_item_is_the_same_in_a_read_and_in_the_list() {
    let client = Client::new(quick());
    let (_, listed) = client.backup(SERVER, json!({})).await;
    let alone = client
        .get(&format!("/checkpoint_items/{}", text(&listed, "id")))
        .await
        .ok();
    assert_eq!(alone["checkpoint_item"], listed);
}

/// In the mix, some items of a list lack `tags`, `created_at` or `volume_backups`, which a read of the item has.
#[tokio::test]
async fn lists_omit_members_in_the_mix() {
    let client = Client::new(Config {
        quirks: Quirks::Mix,
        servers: Server::some(200),
        ..quick()
    });
    for server in Server::some(200) {
        client
            .protect(&server.id, json!({"tags": [{"key": "a", "value": "b"}]}))
            .await;
    }
    client.simulator.advance(Duration::from_secs(100));
    let list = client.get("/checkpoint_items").await.ok();
    let listed = list["checkpoint_items"].as_array().unwrap();
    let (mut tags, mut created, mut volumes, mut null_copies) = (0, 0, 0, 0);
    for item in listed {
        let path = format!("/checkpoint_items/{}", text(item, "id"));
        let mut alone = client.get(&path).await.ok()["checkpoint_item"].take();
        assert_eq!(alone["tags"], json!([{"key": "a", "value": "b"}]));
        assert_eq!(alone["extend_info"]["volume_backups"].as_array().unwrap().len(), 2);
        text(&alone, "created_at");
        null_copies += usize::from(item["extend_info"].get("copy_from") == Some(&Value::Null));
        for (member, count) in [("tags", &mut tags), ("created_at", &mut created)] {
            if item.get(member).is_none() {
                *count += 1;
                alone.as_object_mut().unwrap().remove(member);
            }
        }
        if item["extend_info"].get("volume_backups").is_none() {
            volumes += 1;
            alone["extend_info"].as_object_mut().unwrap().remove("volume_backups");
        }
        assert_eq!(*item, alone);
    }
    assert!(tags > 0 && created > 0 && volumes > 0 && null_copies > 0);
    assert!(tags + created + volumes < listed.len() / 2);
    // A second read returns the same.
    assert_eq!(client.get("/checkpoint_items").await.ok(), list);
}

#[tokio::test]
async fn lists_are_paged_and_sorted_newest_first() {
    let client = ten().await;
    let all = client.get("/checkpoint_items").await.ok();
    assert_eq!(
        names(&all),
        ["b-0", "b-1", "b-2", "b-3", "b-4", "b-5", "b-6", "b-7", "b-8", "b-9"]
    );
    let all = ids(&all);
    let mut seen = Vec::new();
    let mut path = "/checkpoint_items?limit=4".to_owned();
    loop {
        let page = client.get(&path).await.ok();
        seen.extend(ids(&page));
        let Some(next) = page["checkpoint_items_links"][0]["href"].as_str() else {
            break;
        };
        let (_, rest) = next.split_once(PROJECT).unwrap();
        path = rest.to_owned();
        assert_eq!(page["checkpoint_items_links"][0]["rel"], "next");
    }
    assert_eq!(seen, all);
    let page = client
        .get(&format!("/checkpoint_items?limit=3&marker={}", all[6]))
        .await
        .ok();
    assert_eq!(ids(&page), all[7..]);
    let page = client.get("/checkpoint_items?limit=3&offset=8").await.ok();
    assert_eq!(ids(&page), all[8..]);
}

#[tokio::test]
async fn lists_are_sorted_by_the_given_keys() {
    let client = ten().await;
    let oldest = client.get("/checkpoint_items?sort=created_at:asc&limit=1").await.ok();
    assert_eq!(names(&oldest), ["b-9"]);
    let named = client.get("/checkpoint_items?sort=status,name:asc&limit=2").await.ok();
    assert_eq!(names(&named), ["b-0", "b-1"]);
    let falling = client.get("/checkpoint_items?sort=name&limit=1").await.ok();
    assert_eq!(names(&falling), ["b-9"]);
}

#[tokio::test]
async fn wrong_queries_are_refused() {
    let client = ten().await;
    for query in [
        "limit=0",
        "limit=-1",
        "limit=x",
        "offset=-1",
        "marker=nobody",
        "sort=color",
        "sort=name:up",
        "status=sleeping",
        "start_time=yesterday",
        "all_tenants=maybe",
    ] {
        let got = client.get(&format!("/checkpoint_items?{query}")).await;
        assert_eq!(got.refusal(), "400 CSBS.9001", "{query}");
    }
    let sort = vec!["name"; 60].join(",");
    assert_eq!(client.get(&format!("/checkpoint_items?sort={sort}")).await.status, 400);
    assert_eq!(client.get("/checkpoint_items?all_tenants=true").await.status, 403);
    let admin = Client::of(&client.simulator, client.simulator.issue_token(PROJECT, Role::Admin));
    assert_eq!(admin.get("/checkpoint_items?all_tenants=true").await.status, 200);
}

#[tokio::test]
async fn every_filter_is_applied() {
    let client = Client::new(quick());
    let mut special = Server::new("special").named("database-7");
    special.zone = "eu-de-03".into();
    special.private_ip = "10.1.2.3".into();
    client.simulator.add_server(special);
    let (checkpoint, item) = client.backup("special", json!({"backup_name": "weekly-db"})).await;
    let later = "2026-01-01T13:00:00";
    client.protect(SERVER, json!({"backup_name": "nightly-db"})).await;
    for (query, count) in [
        ("", 2),
        ("name=db", 2),
        ("name=weekly", 1),
        ("resource_name=base", 1),
        ("az=eu-de-03", 1),
        ("az=eu-de", 0),
        ("resource_id=special", 1),
        ("resource_id=spec", 0),
        ("resource_type=OS::Nova::Server", 2),
        ("resource_type=OS::Ironic::BareMetalServer", 0),
        ("status=available", 1),
        ("status=waiting_protect", 1),
        ("image_type=backup", 2),
        ("image_type=other", 0),
        ("policy_id=none", 0),
        (&format!("checkpoint_id={checkpoint}"), 1),
        (&format!("start_time={later}"), 1),
        (&format!("end_time={later}"), 1),
        (&format!("start_time={later}Z&name=nightly"), 1),
        ("status=available&name=nightly", 0),
    ] {
        let list = client.get(&format!("/checkpoint_items?{query}")).await.ok();
        assert_eq!(ids(&list).len(), count, "{query}");
        let counted = client.get(&format!("/checkpoint_items/count?{query}")).await.ok();
        assert_eq!(counted, json!({"count": count}), "{query}");
    }
    assert_eq!(item["extend_info"]["resource_az"], "eu-de-03");
}

#[tokio::test]
async fn a_deletion_takes_time_and_then_the_item_is_gone() {
    let client = Client::new(quick());
    let (checkpoint, item) = client.backup(SERVER, json!({})).await;
    let got = client.delete(&checkpoint, None).await;
    assert_eq!((got.status, got.json), (200, json!({})));
    let path = format!("/checkpoint_items/{}", text(&item, "id"));
    assert_eq!(client.get(&path).await.ok()["checkpoint_item"]["status"], "deleting");
    assert_eq!(client.delete(&checkpoint, None).await.refusal(), "400 CSBS.2003");
    client.simulator.advance(Duration::from_secs(60));
    assert_eq!(client.get(&path).await.refusal(), "404 CSBS.3001");
    assert_eq!(client.delete(&checkpoint, None).await.refusal(), "404 CSBS.3001");
    assert!(client.simulator.inventory().checkpoints.is_empty());
}

#[tokio::test]
async fn lists_can_hide_items_that_are_being_deleted() {
    for (hide, quirks, shown) in [
        (Some(true), Quirks::Tidy, Some(0)),
        (Some(false), Quirks::Mix, Some(40)),
        (None, Quirks::Tidy, Some(40)),
        (None, Quirks::Mix, None),
    ] {
        let client = Client::new(Config {
            hide_deleting: hide,
            quirks,
            servers: Server::some(40),
            ..quick()
        });
        let mut made = Vec::new();
        for server in Server::some(40) {
            made.push(client.backup(&server.id, json!({})).await);
        }
        let mut items = Vec::new();
        for (checkpoint, item) in made {
            client.delete(&checkpoint, None).await.ok();
            items.push(text(&item, "id").to_owned());
        }
        let list = client.get("/checkpoint_items").await.ok();
        let count = client.get("/checkpoint_items/count").await.ok();
        assert_eq!(count["count"], json!(ids(&list).len()));
        match shown {
            Some(shown) => assert_eq!(ids(&list).len(), shown),
            None => assert!((1..40).contains(&ids(&list).len()), "a mix"),
        }
        for id in items {
            let alone = client.get(&format!("/checkpoint_items/{id}")).await.ok();
            let status = text(&alone["checkpoint_item"], "status").to_owned();
            assert!(["deleting", "waiting_delete"].contains(&status.as_str()), "{status}");
        }
    }
}

#[tokio::test]
async fn an_item_with_a_running_operation_cannot_be_deleted() {
    let client = Client::new(quick());
    let checkpoint = client.protect(SERVER, json!({})).await;
    assert_eq!(client.delete(&checkpoint, None).await.refusal(), "400 CSBS.2003");
    client.simulator.advance(Duration::from_secs(30));
    assert_eq!(client.delete(&checkpoint, None).await.refusal(), "400 CSBS.2003");
    client.simulator.advance(Duration::from_secs(60));
    assert_eq!(client.delete(&checkpoint, None).await.status, 200);
}

#[tokio::test]
async fn a_backup_with_an_image_cannot_be_deleted() {
    let client = Client::new(quick());
    let (checkpoint, item) = client.backup(SERVER, json!({})).await;
    let id = text(&item, "id");
    assert!(client.simulator.set_item_images(id, &["image-1"]));
    let got = client.delete(&checkpoint, None).await;
    assert_eq!(got.refusal(), "400 CSBS.8007");
    assert!(got.text.contains("image-1"));
    client.simulator.set_item_images(id, &[]);
    assert_eq!(client.delete(&checkpoint, None).await.status, 200);
}

#[tokio::test]
async fn one_item_of_several_is_deleted_alone() {
    let client = Client::new(quick());
    let made = client.simulator.make_checkpoint(PROJECT, &[SERVER, OTHER, THIRD], None);
    assert_eq!(client.items(&made.id).await.len(), 3);
    let got = client.delete(&made.id, Some(&made.items[1].id)).await;
    assert_eq!(got.status, 200);
    client.simulator.advance(Duration::from_secs(100));
    let left: Vec<_> = client
        .simulator
        .inventory()
        .items()
        .map(|item| item.resource_id.clone())
        .collect();
    assert_eq!(left, [SERVER, THIRD]);
    assert_eq!(client.delete(&made.id, Some("nobody")).await.status, 404);
    assert_eq!(client.delete(&made.id, None).await.status, 200);
    client.simulator.advance(Duration::from_secs(100));
    assert!(client.simulator.inventory().checkpoints.is_empty());
}

#[tokio::test]
async fn five_deletions_run_concurrently() {
    let client = ten().await;
    client.simulator.advance(Duration::from_secs(100));
    let checkpoints: Vec<_> = client.simulator.inventory().checkpoints;
    for checkpoint in &checkpoints {
        assert_eq!(client.delete(&checkpoint.id, None).await.status, 200);
    }
    let count = |status| {
        client
            .simulator
            .inventory()
            .items()
            .filter(|item| item.status == status)
            .count()
    };
    assert_eq!((count(Status::Deleting), count(Status::WaitingDelete)), (5, 5));
    client.simulator.advance(Duration::from_secs(60));
    assert_eq!((count(Status::Deleting), count(Status::WaitingDelete)), (5, 0));
    client.simulator.advance(Duration::from_secs(60));
    assert_eq!(client.simulator.inventory().items().count(), 0);
}

#[tokio::test]
async fn a_deletion_can_fail_and_a_deleted_item_can_stay_visible() {
    let client = Client::new(Config {
        timing: Timing {
            deleted_shown: Duration::from_secs(30),
            ..quick().timing
        },
        ..quick()
    });
    let (checkpoint, item) = client.backup(SERVER, json!({})).await;
    client.simulator.fail_next_delete(None, "CSBS.9999", "busy storage");
    client.delete(&checkpoint, None).await.ok();
    client.simulator.advance(Duration::from_secs(60));
    let path = format!("/checkpoint_items/{}", text(&item, "id"));
    let seen = client.get(&path).await.ok()["checkpoint_item"].clone();
    assert_eq!(seen["status"], "error");
    assert_eq!(seen["extend_info"]["fail_op"], "delete");
    client.delete(&checkpoint, None).await.ok();
    client.simulator.advance(Duration::from_secs(60));
    assert_eq!(client.get(&path).await.ok()["checkpoint_item"]["status"], "deleted");
    client.simulator.advance(Duration::from_secs(30));
    assert_eq!(client.get(&path).await.status, 404);
}

#[tokio::test]
async fn others_can_change_and_remove_items() {
    let client = Client::new(quick());
    let (_, item) = client.backup(SERVER, json!({})).await;
    let id = text(&item, "id");
    let path = format!("/checkpoint_items/{id}");
    assert!(client.simulator.rename_item(id, "renamed"));
    assert!(client.simulator.describe_item(id, Some("told")));
    assert!(client.simulator.tag_item(id, &[("a", "b")]));
    let seen = client.get(&path).await.ok()["checkpoint_item"].clone();
    assert_eq!(seen["name"], "renamed");
    assert_eq!(seen["description"], "told");
    assert_eq!(seen["tags"], json!([{"key": "a", "value": "b"}]));
    assert!(client.simulator.set_item_status(id, Status::Error));
    assert_eq!(client.get(&path).await.ok()["checkpoint_item"]["status"], "error");
    assert!(client.simulator.remove_item(id));
    assert!(!client.simulator.remove_item(id));
    assert_eq!(client.get(&path).await.status, 404);
    assert!(client.simulator.inventory().checkpoints.is_empty());
}

#[tokio::test]
async fn items_of_other_projects_are_invisible() {
    let client = Client::new(quick());
    let other = &client.simulator.config().projects[1].id;
    let made = client.simulator.make_checkpoint(other, &[SERVER], None);
    assert!(client.items(&made.id).await.is_empty());
    assert_eq!(
        client
            .get(&format!("/checkpoint_items/{}", made.items[0].id))
            .await
            .status,
        404
    );
    assert_eq!(client.delete(&made.id, None).await.status, 404);
}
