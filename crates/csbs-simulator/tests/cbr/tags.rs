//! Tags of vaults.

use csbs_simulator::{FIRST_VAULT_ID, NewVault};
use serde_json::{Value, json};

use super::client::{Client, NOTHING, SERVER, text};

fn tag(key: &str, value: &str) -> Value {
    json!({"key": key, "value": value})
}

#[tokio::test]
async fn tags_are_added_overwritten_and_deleted() {
    let client = Client::new();
    let path = format!("/vault/{FIRST_VAULT_ID}/tags");
    let tags = async || client.get(&path).await.ok()["tags"].clone();
    let got = client.post(&path, json!({"tag": tag(" a ", " 1 ")})).await;
    assert_eq!((got.status, got.text.as_str()), (204, ""));
    client.post(&path, json!({"tag": tag("a", "2")})).await.ok();
    let batch = async |action: &str, tags: Value| {
        client
            .post(&format!("{path}/action"), json!({"action": action, "tags": tags}))
            .await
    };
    assert_eq!(batch("create", json!([tag("b", ""), tag("c", "3")])).await.status, 204);
    assert_eq!(tags().await, json!([tag("a", "2"), tag("b", ""), tag("c", "3")]));
    assert_eq!(client.vault(FIRST_VAULT_ID).await["tags"], tags().await);
    assert_eq!(
        batch("delete", json!([{"key": "b"}, {"key": "none"}])).await.status,
        204
    );
    assert_eq!(client.delete(&format!("{path}/c")).await.status, 204);
    assert_eq!(client.delete(&format!("{path}/c")).await.refusal(), "404 6601");
    assert_eq!(tags().await, json!([tag("a", "2")]));
    let all = client.get("/vault/tags").await.ok();
    assert_eq!(all, json!({"tags": [{"key": "a", "values": ["2"]}]}));
}

#[tokio::test]
async fn wrong_tags_are_refused() {
    let client = Client::new();
    let path = format!("/vault/{FIRST_VAULT_ID}/tags");
    for wrong in [
        tag("", "1"),
        tag(&"k".repeat(37), "1"),
        tag("a b", "1"),
        tag("a", &"v".repeat(44)),
        json!({"value": "1"}),
    ] {
        let got = client.post(&path, json!({"tag": wrong.clone()})).await;
        assert_eq!(got.refusal(), "400 9900", "{wrong}");
    }
    let many: Vec<_> = (0..20).map(|n| tag(&format!("k{n}"), "")).collect();
    let batch = async |action: &str, tags: &[Value]| {
        client
            .post(&format!("{path}/action"), json!({"action": action, "tags": tags}))
            .await
    };
    batch("create", &many).await.ok();
    assert_eq!(
        client.post(&path, json!({"tag": tag("more", "")})).await.refusal(),
        "400 6600"
    );
    client.post(&path, json!({"tag": tag("k1", "new")})).await.ok();
    assert_eq!(batch("update", &many).await.refusal(), "400 9900");
    assert_eq!(batch("create", &[]).await.refusal(), "400 9900");
    assert_eq!(
        batch("create", &[tag("a", ""), tag("a ", "")]).await.refusal(),
        "400 9900"
    );
    for (id, refusal) in [("x", "400 9900"), (NOTHING, "404 6105")] {
        assert_eq!(client.get(&format!("/vault/{id}/tags")).await.refusal(), refusal);
    }
    // The path word is singular, and backups have no tags.
    assert_eq!(client.get(&format!("/vaults/{FIRST_VAULT_ID}/tags")).await.status, 404);
    let backup = client.backup(SERVER).await;
    assert!(client.read(&backup).await.get("tags").is_none());
    assert_eq!(client.get(&format!("/backups/{backup}/tags")).await.status, 404);
}

#[tokio::test]
async fn vaults_are_found_by_tags() {
    let client = Client::new();
    let cbr = client.simulator.cbr();
    for (name, tags) in [
        ("one", json!([tag("team", "app"), tag("stage", "prod")])),
        ("two", json!([tag("team", "db")])),
    ] {
        let vault = cbr.make_vault(NewVault {
            name: name.to_owned(),
            ..NewVault::default()
        });
        let body = json!({"action": "create", "tags": tags});
        client
            .post(&format!("/vault/{}/tags/action", vault.id), body)
            .await
            .ok();
    }
    let search = async |conditions: Value| {
        let mut body = json!({"action": "filter"});
        for (name, value) in conditions.as_object().unwrap() {
            body[name] = value.clone();
        }
        client.post("/vault/resource_instances/action", body).await
    };
    let query = |key: &str, values: &[&str]| json!([{"key": key, "values": values}]);
    for (conditions, expected) in [
        (json!({}), "one two vault-1"),
        (json!({"tags": query("team", &["app"])}), "one"),
        (json!({"tags": query("team", &["app", "db"])}), "one two"),
        (json!({"tags": query("team", &[])}), "one two"),
        (json!({"tags": query("team", &["*p"])}), "one"),
        (
            json!({"tags": [{"key": "team", "values": []}, {"key": "stage", "values": ["prod"]}]}),
            "one",
        ),
        (
            json!({"tags_any": [{"key": "team", "values": ["db"]}, {"key": "stage", "values": []}]}),
            "one two",
        ),
        (
            json!({"not_tags": [{"key": "team", "values": []}, {"key": "stage", "values": []}]}),
            "two vault-1",
        ),
        (json!({"not_tags_any": query("team", &[])}), "vault-1"),
        (json!({"without_any_tag": true, "tags": query("team", &[])}), "vault-1"),
        (json!({"matches": [tag("resource_name", "o")]}).clone(), "one two"),
        (
            json!({"matches": [{"key": "resource_name", "value": ""}]}),
            "one two vault-1",
        ),
        (json!({"object_type": "disk"}), ""),
        (
            json!({"object_type": "server", "cloud_type": "public"}),
            "one two vault-1",
        ),
        (json!({"limit": "1", "offset": "2"}), "vault-1"),
    ] {
        let got = search(conditions.clone()).await.ok();
        let resources = got["resources"].as_array().unwrap();
        let mut names: Vec<_> = resources.iter().map(|one| text(one, "resource_name")).collect();
        names.sort_unstable();
        assert_eq!(names.join(" "), expected, "{conditions}");
    }
    let got = search(json!({"tags": query("stage", &[])})).await.ok();
    let found = &got["resources"][0];
    assert_eq!(found["resource_detail"]["vault"]["id"], found["resource_id"]);
    assert_eq!(found["tags"], json!([tag("team", "app"), tag("stage", "prod")]));
    assert_eq!(got["total_count"], 1);
    let count = search(json!({"action": "count", "tags": query("team", &[])}))
        .await
        .ok();
    assert_eq!(count, json!({"total_count": 2}));
    for wrong in [
        json!({"action": "x"}),
        json!({"action": "count", "limit": "1"}),
        json!({"limit": 1}),
        json!({"limit": "0"}),
        json!({"limit": "1001"}),
        json!({"tags": []}),
        json!({"tags": [{"key": "a"}]}),
        json!({"matches": [{"key": "name", "value": "x"}]}),
        json!({"object_type": "turbo"}),
    ] {
        assert_eq!(search(wrong.clone()).await.refusal(), "400 9900", "{wrong}");
    }
}
