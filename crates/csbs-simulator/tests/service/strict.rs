//! Strict mode, which refuses undocumented members and parameters.

use csbs_simulator::{Config, PROVIDER_ID, Quirks, Server};
use serde_json::{Value, json};

use super::{
    client::{Client, SERVER, quick, text},
    policies::policy,
};

/// Every body of the API with one additional member, and the path of that member.
fn bodies() -> Vec<(&'static str, String, Value, &'static str)> {
    let action = format!("/providers/{PROVIDER_ID}/resources/action");
    let mut operation = policy("new", &[SERVER]);
    operation["scheduled_operations"][0]["trigger"]["properties"]["format"] = json!("ical");
    let mut definition = policy("new", &[SERVER]);
    definition["scheduled_operations"][0]["operation_definition"]["keep"] = json!(1);
    let mut server = policy("new", &[SERVER]);
    server["resources"][0]["region"] = json!("eu-de");
    vec![
        (
            "POST",
            format!("/providers/{PROVIDER_ID}/resources/{SERVER}/action"),
            json!({"protect": {"name": "x"}}),
            "protect.name",
        ),
        (
            "POST",
            action.clone(),
            json!({"check_protectable": [{"resource_id": SERVER, "resource_type": "OS::Nova::Server", "x": 1}]}),
            "check_protectable.x",
        ),
        (
            "POST",
            action,
            json!({"check_restorable": [{"checkpoint_item_id": "i", "target": {"server_id": SERVER}}]}),
            "check_restorable.target.server_id",
        ),
        (
            "POST",
            format!("/providers/{PROVIDER_ID}/checkpoints"),
            json!({"checkpoint": {"plan_id": "p", "extra-info": {}}}),
            "checkpoint.extra-info",
        ),
        (
            "POST",
            "/restores".to_owned(),
            json!({"restore": {"parameters": {"power_on": true, "force": true}}}),
            "restore.parameters.force",
        ),
        (
            "POST",
            "/policies".to_owned(),
            json!({"policy": operation}),
            "policy.scheduled_operations.trigger.properties.format",
        ),
        (
            "POST",
            "/policies".to_owned(),
            json!({"policy": definition}),
            "policy.scheduled_operations.operation_definition.keep",
        ),
        (
            "POST",
            "/policies".to_owned(),
            json!({"policy": server}),
            "policy.resources.region",
        ),
        (
            "PUT",
            "/policies/any".to_owned(),
            json!({"policy": {"provider_id": PROVIDER_ID}}),
            "policy.provider_id",
        ),
        (
            "POST",
            "/csbs_backup/any/tags".to_owned(),
            json!({"tag": {"key": "a", "value": "b", "values": []}}),
            "tag.values",
        ),
        (
            "POST",
            "/csbs_backup/any/tags/action".to_owned(),
            json!({"action": "delete", "tags": [], "limit": 1}),
            "limit",
        ),
        (
            "POST",
            "/csbs_backup/resource_instances/action".to_owned(),
            json!({"action": "count", "tags": [{"key": "a", "value": "b"}]}),
            "tags.value",
        ),
    ]
}

#[tokio::test]
async fn unknown_members_are_refused() {
    let client = Client::new(quick());
    for (method, path, body, place) in bodies() {
        let got = client.call(method, &path, Some(body.clone())).await;
        assert_eq!(got.refusal(), "400 CSBS.9001", "{body}");
        assert!(
            text(&got.json, "error_msg").ends_with(&format!("unknown member {place}")),
            "{}",
            got.text
        );
    }
}

#[tokio::test]
async fn unknown_members_are_ignored_in_lenient_mode() {
    let client = Client::new(Config {
        strict: false,
        ..quick()
    });
    for (method, path, body, _) in bodies() {
        let got = client.call(method, &path, Some(body)).await;
        assert!(!got.text.contains("unknown member"), "{}", got.text);
    }
    assert_eq!(client.get("/checkpoint_items?color=red").await.status, 200);
}

#[tokio::test]
async fn unknown_query_parameters_are_refused() {
    let client = Client::new(quick());
    for path in [
        "/checkpoint_items?tags=a",
        "/checkpoint_items/count?server_id=a",
        "/policies?status=enabled",
        "/quotas?limit=1",
        "/csbs_backup/tags?offset=1",
    ] {
        assert_eq!(client.get(path).await.refusal(), "400 CSBS.9001", "{path}");
    }
}

/// The page of the count documents `ip`; the page of the list does not.
#[tokio::test]
async fn a_list_ignores_an_address_and_a_count_does_not() {
    let client = Client::new(quick());
    let mut special = Server::new("special");
    special.private_ip = "10.1.2.3".into();
    client.simulator.add_server(special);
    client.protect("special", json!({})).await;
    client.protect(SERVER, json!({})).await;
    let listed = client.get("/checkpoint_items?ip=10.1.2.3").await.ok();
    assert_eq!(listed["checkpoint_items"].as_array().unwrap().len(), 2);
    let counted = client.get("/checkpoint_items/count?ip=10.1.2.3").await.ok();
    assert_eq!(counted, json!({"count": 1}));
}

#[tokio::test]
async fn a_list_accepts_a_limit_above_a_thousand() {
    let client = Client::new(quick());
    client.protect(SERVER, json!({})).await;
    let listed = client.get("/checkpoint_items?limit=100000").await.ok();
    assert_eq!(listed["checkpoint_items"].as_array().unwrap().len(), 1);
}

/// The error page marks 1002 and 2001 as currently unused: only the mix has them.
#[tokio::test]
async fn unused_codes_occur_only_in_the_mix() {
    let mut seen = std::collections::BTreeSet::new();
    for quirks in [Quirks::Tidy, Quirks::Mix] {
        for seed in 0..8 {
            let client = Client::new(Config {
                quirks,
                seed,
                servers: Server::some(8),
                ..quick()
            });
            let servers: Vec<_> = Server::some(8).into_iter().map(|server| server.id).collect();
            let ids: Vec<_> = servers.iter().map(String::as_str).collect();
            let made = client
                .post("/policies", json!({"policy": policy("p", &ids)}))
                .await
                .ok();
            let plan = &made["policy"]["id"];
            let run = json!({"checkpoint": {"plan_id": plan}});
            let path = format!("/providers/{PROVIDER_ID}/checkpoints");
            client.post(&path, run.clone()).await.ok();
            seen.insert((quirks == Quirks::Mix, client.post(&path, run).await.refusal()));
            for id in ids {
                let got = client.try_protect(id, json!({})).await;
                seen.insert((quirks == Quirks::Mix, got.refusal()));
            }
        }
    }
    let codes = |mix: bool| -> Vec<_> {
        seen.iter()
            .filter(|(of, _)| *of == mix)
            .map(|(_, code)| code.as_str())
            .collect()
    };
    assert_eq!(codes(false), ["500 CSBS.1001"]);
    assert_eq!(codes(true), ["500 CSBS.1001", "500 CSBS.1002", "500 CSBS.2001"]);
}
