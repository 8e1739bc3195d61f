//! Tags, and searches by tags.

use serde_json::{Value, json};

use super::client::{Client, OTHER, SERVER, quick, text};

async fn tagged(client: &Client, server: &str, name: &str, tags: Value) -> String {
    let (_, item) = client.backup(server, json!({"backup_name": name, "tags": tags})).await;
    text(&item, "id").to_owned()
}

#[tokio::test]
async fn tags_are_added_overwritten_and_deleted() {
    let client = Client::new(quick());
    let id = tagged(&client, SERVER, "b", json!([{"key": "a", "value": "1"}])).await;
    let path = format!("/csbs_backup/{id}/tags");
    let add = client.post(&path, json!({"tag": {"key": "b", "value": " 2 "}})).await;
    assert_eq!((add.status, add.text.as_str()), (204, ""));
    client
        .post(&path, json!({"tag": {"key": "a", "value": "9"}}))
        .await
        .ok();
    assert_eq!(
        client.get(&path).await.ok(),
        json!({"tags": [{"key": "a", "value": "9"}, {"key": "b", "value": "2"}]})
    );
    let batch = format!("{path}/action");
    let both = json!({"action": "create", "tags": [{"key": "b", "value": "3"}, {"key": "c", "value": ""}]});
    assert_eq!(client.post(&batch, both).await.status, 204);
    let away = json!({"action": "delete", "tags": [{"key": "a"}, {"key": "never"}]});
    assert_eq!(client.post(&batch, away).await.status, 204);
    assert_eq!(
        client.get(&path).await.ok(),
        json!({"tags": [{"key": "b", "value": "3"}, {"key": "c", "value": ""}]})
    );
    assert_eq!(client.call("DELETE", &format!("{path}/b"), None).await.status, 204);
    assert_eq!(
        client.call("DELETE", &format!("{path}/b"), None).await.refusal(),
        "404 CSBS.7001"
    );
    let item = client.get(&format!("/checkpoint_items/{id}")).await.ok();
    assert_eq!(item["checkpoint_item"]["tags"], json!([{"key": "c", "value": ""}]));
}

#[tokio::test]
async fn more_than_ten_tags_are_refused_and_nothing_changes() {
    let client = Client::new(quick());
    let nine: Vec<_> = (0..9).map(|n| json!({"key": format!("k{n}"), "value": "v"})).collect();
    let id = tagged(&client, SERVER, "b", json!(nine)).await;
    let batch = format!("/csbs_backup/{id}/tags/action");
    let two = json!({"action": "create", "tags": [{"key": "x", "value": ""}, {"key": "y", "value": ""}]});
    assert_eq!(client.post(&batch, two.clone()).await.refusal(), "400 CSBS.7000");
    let tags = client.get(&format!("/csbs_backup/{id}/tags")).await.ok();
    assert_eq!(tags["tags"].as_array().unwrap().len(), 9);
    // Deletes before additions, so that a full set can be replaced.
    client
        .post(&batch, json!({"action": "delete", "tags": [{"key": "k0"}]}))
        .await
        .ok();
    assert_eq!(client.post(&batch, two).await.status, 204);
    let more = json!({"tag": {"key": "z", "value": ""}});
    let got = client.post(&format!("/csbs_backup/{id}/tags"), more).await;
    assert_eq!(got.refusal(), "400 CSBS.7000");
}

#[tokio::test]
async fn wrong_tags_are_refused() {
    let client = Client::new(quick());
    let id = tagged(&client, SERVER, "b", json!([{"key": "a", "value": "1"}])).await;
    let batch = format!("/csbs_backup/{id}/tags/action");
    for body in [
        json!({"action": "create", "tags": []}),
        json!({"action": "delete", "tags": []}),
        json!({"action": "burn", "tags": [{"key": "a", "value": "1"}]}),
        json!({"tags": [{"key": "a", "value": "1"}]}),
        json!({"action": "create"}),
        json!({"action": "create", "tags": [{"key": "a", "value": "1"}, {"key": "a", "value": "1"}]}),
        json!({"action": "create", "tags": [{"key": "a b", "value": "1"}]}),
        json!({"action": "create", "tags": [{"key": "a"}]}),
    ] {
        assert_eq!(
            client.post(&batch, body.clone()).await.refusal(),
            "400 CSBS.9001",
            "{body}"
        );
    }
    let got = client.get("/csbs_backup/nobody/tags").await;
    assert_eq!(got.refusal(), "404 CSBS.3001");
    let got = client.get("/csbs_backup_policy/nobody/tags").await;
    assert_eq!(got.refusal(), "404 CSBS.3000");
}

#[tokio::test]
async fn the_tags_of_a_project_are_listed() {
    let client = Client::new(quick());
    tagged(
        &client,
        SERVER,
        "b",
        json!([{"key": "stage", "value": "prod"}, {"key": "team", "value": "x"}]),
    )
    .await;
    tagged(&client, OTHER, "c", json!([{"key": "stage", "value": "test"}])).await;
    assert_eq!(
        client.get("/csbs_backup/tags").await.ok(),
        json!({"tags": [{"key": "stage", "values": ["prod", "test"]}, {"key": "team", "values": ["x"]}]})
    );
    assert_eq!(client.get("/csbs_backup_policy/tags").await.ok(), json!({"tags": []}));
}

#[tokio::test]
async fn backups_are_found_by_their_tags() {
    let client = Client::new(quick());
    let prod = tagged(
        &client,
        SERVER,
        "one",
        json!([{"key": "stage", "value": "prod"}, {"key": "team", "value": "x"}]),
    )
    .await;
    let test = tagged(&client, OTHER, "two", json!([{"key": "stage", "value": "test"}])).await;
    let path = "/csbs_backup/resource_instances/action";
    for (search, found) in [
        (json!({}), vec![&prod, &test]),
        (
            json!({"tags": [{"key": "stage", "values": ["prod", "x"]}]}),
            vec![&prod],
        ),
        (
            json!({"tags": [{"key": "stage", "values": []}, {"key": "team", "values": []}]}),
            vec![&prod],
        ),
        (
            json!({"tags_any": [{"key": "team", "values": []}, {"key": "stage", "values": ["test"]}]}),
            vec![&prod, &test],
        ),
        (
            json!({"not_tags": [{"key": "stage", "values": ["prod"]}, {"key": "team", "values": ["x"]}]}),
            vec![&test],
        ),
        (
            json!({"not_tags_any": [{"key": "stage", "values": ["test"]}]}),
            vec![&prod],
        ),
        (
            json!({"matches": [{"key": "resource_name", "value": "tw"}]}),
            vec![&test],
        ),
    ] {
        let mut filter = search.clone();
        filter["action"] = json!("filter");
        let answer = client.post(path, filter).await.ok();
        let ids: Vec<_> = answer["resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| text(one, "resource_id"))
            .collect();
        assert_eq!(ids, found, "{search}");
        assert_eq!(answer["total_count"], found.len());
        let mut count = search;
        count["action"] = json!("count");
        assert_eq!(client.post(path, count).await.ok(), json!({"total_count": found.len()}));
    }
    let page = client
        .post(path, json!({"action": "filter", "limit": "1", "offset": "1"}))
        .await
        .ok();
    assert_eq!(page["resources"][0]["resource_name"], "two");
    assert_eq!(page["total_count"], 2);
    assert_eq!(page["resources"][0]["resource_detail"], json!({}));
    assert_eq!(page["resources"][0]["tags"], json!([{"key": "stage", "value": "test"}]));
    for wrong in [
        json!({"action": "filter", "limit": 1}),
        json!({"action": "filter", "limit": "0"}),
        json!({"action": "filter", "limit": "1001"}),
        json!({"action": "filter", "matches": [{"key": "color", "value": "x"}]}),
        json!({"action": "filter", "tags": [{"key": "a"}]}),
        json!({"action": "filter", "tags_any": []}),
        json!({"action": "filter", "matches": []}),
        json!({"action": "filter", "tags_any": [{"key": "a", "values": []}, {"key": "a", "values": ["1"]}]}),
        json!({"action": "look"}),
    ] {
        assert_eq!(
            client.post(path, wrong.clone()).await.refusal(),
            "400 CSBS.9001",
            "{wrong}"
        );
    }
}
