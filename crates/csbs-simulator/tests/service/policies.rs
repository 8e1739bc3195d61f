//! Policies and their runs.

use std::time::Duration;

use csbs_simulator::{
    Config, EnabledStatus, PROVIDER_ID, ParametersForm, PolicyForms, PolicyRules, Quirks, Quotas, Server,
    ServerOfAnotherPolicy, SeveralOperations,
};
use serde_json::{Value, json};

use super::client::{Client, OTHER, SERVER, THIRD, quick, text};

pub const WEEKLY: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nRRULE:FREQ=WEEKLY;BYDAY=TH;BYHOUR=12;BYMINUTE=27\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

pub fn policy(name: &str, servers: &[&str]) -> Value {
    let resources: Vec<_> = servers
        .iter()
        .map(|id| json!({"id": id, "type": "OS::Nova::Server", "name": "ecs", "extra_info": {}}))
        .collect();
    json!({
        "name": name,
        "description": "nightly",
        "provider_id": PROVIDER_ID,
        "parameters": {"common": {}},
        "resources": resources,
        "scheduled_operations": [{
            "name": "weekly",
            "enabled": true,
            "operation_type": "backup",
            "operation_definition": {"max_backups": 20, "retention_duration_days": -1, "permanent": false},
            "trigger": {"properties": {"pattern": WEEKLY}},
        }],
    })
}

pub async fn create(client: &Client, policy: Value) -> Value {
    client.post("/policies", json!({"policy": policy})).await.ok()["policy"].clone()
}

pub async fn run(client: &Client, policy: &str, parameters: Value) -> super::client::Got {
    let path = format!("/providers/{PROVIDER_ID}/checkpoints");
    let body = json!({"checkpoint": {"plan_id": policy, "parameters": parameters}});
    client.post(&path, body).await
}

#[tokio::test]
async fn a_policy_is_created_read_updated_and_deleted() {
    let client = Client::new(quick());
    let made = create(&client, policy("nightly", &[SERVER])).await;
    let id = text(&made, "id");
    assert_eq!(made["status"], "enabled");
    let operation = &made["scheduled_operations"][0];
    // Sent as numbers and booleans, returned as strings.
    assert_eq!(operation["operation_definition"]["max_backups"], "20");
    assert_eq!(operation["operation_definition"]["retention_duration_days"], "-1");
    assert_eq!(operation["operation_definition"]["permanent"], "False");
    assert_eq!(operation["operation_definition"]["plan_id"], id);
    assert_eq!(operation["trigger"]["type"], "time");
    assert_eq!(operation["trigger"]["properties"]["format"], "ical");
    assert_eq!(operation["trigger"]["properties"]["pattern"], WEEKLY);
    assert_eq!(operation["trigger"]["properties"]["start_time"], "2026-01-01 12:00:00");
    assert_eq!(operation["trigger_id"], operation["trigger"]["id"]);

    let path = format!("/policies/{id}");
    assert_eq!(client.get(&path).await.ok()["policy"], made);
    let change = json!({"policy": {
        "name": "renamed",
        "description": "",
        "resources": [],
        "scheduled_operations": [{"id": operation["id"], "enabled": false, "operation_definition": {"permanent": true}}],
    }});
    let changed = client.call("PUT", &path, Some(change)).await.ok()["policy"].clone();
    assert_eq!(changed["name"], "renamed");
    assert_eq!(changed["description"], "");
    assert_eq!(changed["status"], "disabled");
    assert_eq!(changed["resources"], json!([]));
    let now = &changed["scheduled_operations"][0];
    assert_eq!(now["id"], operation["id"]);
    assert_eq!(now["name"], "weekly");
    assert_eq!(now["operation_definition"]["permanent"], "True");
    assert_eq!(now["operation_definition"]["max_backups"], "-1");
    assert_eq!(now["trigger"], operation["trigger"]);
    // Absent members stay unchanged.
    let same = client.call("PUT", &path, Some(json!({"policy": {}}))).await.ok();
    assert_eq!(same["policy"], changed);

    assert_eq!(client.call("DELETE", &path, None).await.status, 200);
    assert_eq!(client.get(&path).await.refusal(), "404 CSBS.3000");
    assert_eq!(client.call("DELETE", &path, None).await.refusal(), "404 CSBS.3000");
    assert_eq!(
        client.call("PUT", &path, Some(json!({"policy": {}}))).await.refusal(),
        "404 CSBS.3000"
    );
}

#[tokio::test]
async fn policies_are_listed_by_exact_name() {
    let client = Client::new(quick());
    for name in ["one", "two", "three"] {
        create(&client, policy(name, &[])).await;
    }
    let names = |list: Value| -> Vec<String> {
        let policies = list["policies"].as_array().unwrap();
        policies.iter().map(|policy| text(policy, "name").to_owned()).collect()
    };
    assert_eq!(
        names(client.get("/policies?sort=name:asc").await.ok()),
        ["one", "three", "two"]
    );
    assert_eq!(names(client.get("/policies?name=t").await.ok()), Vec::<String>::new());
    assert_eq!(names(client.get("/policies?name=two").await.ok()), ["two"]);
    let page = client.get("/policies?limit=2&sort=name:asc").await.ok();
    assert_eq!(page["policies_links"][0]["rel"], "next");
    assert_eq!(names(page), ["one", "three"]);
}

fn twice(list: &mut Value) {
    let list = list.as_array_mut().unwrap();
    list.push(list[0].clone());
}

#[tokio::test]
async fn every_limit_of_a_policy_is_checked() {
    let client = Client::new(quick());
    create(&client, policy("taken", &[OTHER])).await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut policy = policy("new", &[SERVER]);
        change(&mut policy);
        policy
    };
    let operation = |policy: &mut Value, name: &str, value: Value| {
        policy["scheduled_operations"][0][name] = value;
    };
    let definition = |value: Value| with(&|policy| operation(policy, "operation_definition", value.clone()));
    let pattern = |text: &str| with(&|policy| operation(policy, "trigger", json!({"properties": {"pattern": text}})));
    for (policy, refusal) in [
        (with(&|p| p["name"] = json!("a b")), "400 CSBS.9001"),
        (with(&|p| p["name"] = Value::Null), "400 CSBS.9001"),
        (with(&|p| p["name"] = json!("taken")), "400 CSBS.9007"),
        (with(&|p| p["description"] = json!(">")), "400 CSBS.9001"),
        (with(&|p| p["provider_id"] = json!("other")), "400 CSBS.9001"),
        (with(&|p| p["parameters"] = Value::Null), "400 CSBS.9001"),
        (with(&|p| p["parameters"] = json!({"common": []})), "400 CSBS.9001"),
        (with(&|p| p["resources"] = Value::Null), "400 CSBS.9001"),
        (with(&|p| p["resources"][0]["type"] = json!("OS::X")), "400 CSBS.6003"),
        (with(&|p| p["resources"][0]["id"] = json!("nobody")), "400 CSBS.6000"),
        (with(&|p| p["resources"][0]["id"] = json!(OTHER)), "400 CSBS.6004"),
        (with(&|p| p["resources"][0]["name"] = Value::Null), "400 CSBS.9001"),
        (with(&|p| twice(&mut p["resources"])), "400 CSBS.9001"),
        (with(&|p| p["scheduled_operations"] = json!([])), "400 CSBS.9001"),
        (with(&|p| twice(&mut p["scheduled_operations"])), "400 CSBS.9001"),
        (with(&|p| p["tags"] = json!([])), "400 CSBS.9001"),
        (with(&|p| operation(p, "name", json!("a b"))), "400 CSBS.9001"),
        (
            with(&|p| operation(p, "operation_type", json!("copy"))),
            "400 CSBS.9001",
        ),
        (with(&|p| operation(p, "enabled", json!("yes"))), "400 CSBS.9001"),
        (definition(Value::Null), "400 CSBS.9001"),
        (definition(json!({"max_backups": 100_000})), "400 CSBS.9001"),
        (definition(json!({"max_backups": "20"})), "400 CSBS.9001"),
        (definition(json!({"retention_duration_days": -2})), "400 CSBS.9001"),
        (definition(json!({"permanent": "False"})), "400 CSBS.9001"),
        (definition(json!({"day_backups": 3})), "400 CSBS.9001"),
        (
            definition(json!({"day_backups": 3, "timezone": "Berlin"})),
            "400 CSBS.9001",
        ),
        (pattern("every thursday"), "400 CSBS.9001"),
        (pattern(&WEEKLY.replace("WEEKLY", "MONTHLY")), "400 CSBS.9001"),
        (pattern(&WEEKLY.replace("\r\n", "\n")), "400 CSBS.9001"),
    ] {
        let got = client.post("/policies", json!({"policy": policy})).await;
        assert_eq!(got.refusal(), refusal, "{policy}");
    }
    let good = definition(json!({"day_backups": 3, "timezone": "UTC+08:00"}));
    create(&client, good).await;
    assert_eq!(client.simulator.inventory().policies.len(), 2);
}

#[tokio::test]
async fn the_general_parameters_are_optional() {
    let client = Client::new(quick());
    let mut wanted = policy("nightly", &[]);
    wanted["parameters"] = json!({});
    assert_eq!(create(&client, wanted).await["parameters"], json!({}));
}

#[tokio::test]
async fn an_update_refuses_the_type_of_an_operation() {
    let client = Client::new(quick());
    let made = create(&client, policy("nightly", &[])).await;
    let path = format!("/policies/{}", text(&made, "id"));
    let mut operation = json!({"id": made["scheduled_operations"][0]["id"], "enabled": false});
    let change = |operation: &Value| Some(json!({"policy": {"scheduled_operations": [operation]}}));
    client.call("PUT", &path, change(&operation)).await.ok();
    operation["operation_type"] = json!("backup");
    let got = client.call("PUT", &path, change(&operation)).await;
    assert_eq!(got.refusal(), "400 CSBS.9001");
}

#[tokio::test]
async fn a_policy_has_64_servers_at_most() {
    let client = Client::new(Config {
        servers: Server::some(65),
        ..quick()
    });
    let ids: Vec<_> = (0..65)
        .map(|number| format!("00000000-0000-0000-0000-{number:012x}"))
        .collect();
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    let got = client.post("/policies", json!({"policy": policy("many", &ids)})).await;
    assert_eq!(got.refusal(), "400 CSBS.9001");
    create(&client, policy("many", &ids[1..])).await;
}

#[tokio::test]
async fn a_server_moves_to_another_policy_if_the_rule_says_so() {
    let client = Client::new(Config {
        policy_rules: PolicyRules {
            server_of_another_policy: ServerOfAnotherPolicy::Moved,
            ..PolicyRules::default()
        },
        ..quick()
    });
    let first = create(&client, policy("first", &[SERVER, OTHER])).await;
    create(&client, policy("second", &[SERVER])).await;
    let path = format!("/policies/{}", text(&first, "id"));
    let left = client.get(&path).await.ok()["policy"]["resources"].clone();
    assert_eq!(left.as_array().unwrap().len(), 1);
    assert_eq!(left[0]["id"], OTHER);
    let resources = policy("", &[SERVER])["resources"].clone();
    client
        .call("PUT", &path, Some(json!({"policy": {"resources": resources}})))
        .await
        .ok();
    let policies = client.simulator.inventory().policies;
    assert_eq!(policies[0].resources, [SERVER]);
    assert!(policies[1].resources.is_empty());
}

#[tokio::test]
async fn a_second_operation_is_kept_or_dropped_if_the_rule_says_so() {
    for (several_operations, kept) in [(SeveralOperations::Kept, 2), (SeveralOperations::FirstKept, 1)] {
        let client = Client::new(Config {
            policy_rules: PolicyRules {
                several_operations,
                ..PolicyRules::default()
            },
            ..quick()
        });
        let mut wanted = policy("nightly", &[]);
        twice(&mut wanted["scheduled_operations"]);
        let made = create(&client, wanted).await;
        assert_eq!(made["scheduled_operations"].as_array().unwrap().len(), kept);
    }
}

/// Returns a policy with every calendar count.
fn counted(name: &str) -> Value {
    let mut wanted = policy(name, &[]);
    wanted["scheduled_operations"][0]["operation_definition"] = json!({"max_backups": 20, "day_backups": 1, "week_backups": 2, "month_backups": 3, "year_backups": 4,
            "timezone": "UTC+08:00"});
    wanted
}

#[tokio::test]
async fn the_mix_has_every_form_and_a_policy_keeps_its_form() {
    let client = Client::new(Config {
        quirks: Quirks::Mix,
        ..quick()
    });
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..24 {
        let made = create(&client, counted(&format!("policy-{number}"))).await;
        let path = format!("/policies/{}", text(&made, "id"));
        let read = client.get(&path).await.ok()["policy"].clone();
        assert_eq!(client.get(&path).await.ok()["policy"], read);
        let definition = &read["scheduled_operations"][0]["operation_definition"];
        let calendar = [
            "day_backups",
            "week_backups",
            "month_backups",
            "year_backups",
            "timezone",
        ];
        let there = calendar.iter().filter(|name| definition.get(name).is_some()).count();
        assert!(there == 0 || there == 5, "{definition}");
        seen.insert(format!("status {} then {}", made["status"], read["status"]));
        seen.insert(format!("calendar {there}"));
        seen.insert(format!("parameters {}", read["parameters"]));
        seen.insert(format!("documented provider {}", read["provider_id"] == PROVIDER_ID));
        assert_eq!(read["scheduled_operations"][0]["trigger"]["name"], "default");
    }
    let expected = [
        "calendar 0",
        "calendar 5",
        "documented provider false",
        "documented provider true",
        "parameters null",
        "parameters {\"common\":{}}",
        "parameters {}",
        "status \"enabled\" then \"enabled\"",
        "status \"suspended\" then \"enabled\"",
        "status \"suspended\" then \"suspended\"",
    ];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn the_forms_of_a_policy_can_be_configured() {
    let client = Client::new(Config {
        policy_forms: PolicyForms {
            enabled_status: Some(EnabledStatus::Suspended),
            without_calendar: Some(true),
            parameters: Some(ParametersForm::Missing),
            other_provider_id: Some(true),
        },
        ..quick()
    });
    let made = create(&client, counted("nightly")).await;
    assert_eq!(made["status"], "suspended");
    assert!(made.get("parameters").is_none());
    assert_ne!(made["provider_id"], PROVIDER_ID);
    let definition = &made["scheduled_operations"][0]["operation_definition"];
    assert_eq!(definition["max_backups"], "20");
    assert!(definition.get("week_backups").is_none() && definition.get("timezone").is_none());
    let inventory = client.simulator.inventory();
    assert_eq!(
        inventory.policies[0].operations[0]["operation_definition"]["week_backups"],
        "2"
    );
}

#[tokio::test]
async fn hours_are_utc_independent_of_the_time_zone_of_calendar_counts() {
    let client = Client::new(Config {
        schedules: true,
        ..quick()
    });
    let mut wanted = policy("weekly", &[SERVER]);
    wanted["scheduled_operations"][0]["operation_definition"] = json!({"week_backups": 2, "timezone": "UTC+08:00"});
    create(&client, wanted).await;
    // The time is Thursday, 12:00 UTC; the pattern has 12:27.
    client.simulator.advance(Duration::from_secs(27 * 60));
    assert_eq!(client.simulator.inventory().items().count(), 1);
}

#[tokio::test]
async fn a_schedule_of_the_console_runs_at_its_interval_of_days() {
    let client = Client::new(Config {
        schedules: true,
        ..quick()
    });
    let mut wanted = policy("console", &[SERVER]);
    let rule = |hour, minute| format!("RRULE:FREQ=DAILY;INTERVAL=3;BYHOUR={hour};BYMINUTE={minute}");
    let pattern = format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{}\r\n{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        rule(13, 30),
        rule(1, 15)
    );
    wanted["scheduled_operations"][0]["trigger"]["properties"]["pattern"] = json!(pattern);
    create(&client, wanted).await;
    let mut runs = Vec::new();
    for (hours, after) in [(2, 1), (59, 1), (1, 2), (13, 3)] {
        client.simulator.advance(Duration::from_secs(hours * 3600 + 60));
        runs.push((client.simulator.inventory().items().count(), after));
    }
    // 14:00 today; then three days later 01:00, 02:00 and 15:00.
    assert!(runs.iter().all(|(found, expected)| found == expected), "{runs:?}");
}

#[tokio::test]
async fn policies_are_counted() {
    let client = Client::new(Config {
        quotas: Quotas {
            policies: 1,
            ..Quotas::default()
        },
        ..quick()
    });
    create(&client, policy("one", &[])).await;
    let got = client.post("/policies", json!({"policy": policy("two", &[])})).await;
    assert_eq!(got.refusal(), "400 CSBS.0001");
}

#[tokio::test]
async fn a_run_creates_one_checkpoint_with_an_item_per_server() {
    let client = Client::new(quick());
    let made = create(&client, policy("nightly", &[SERVER, OTHER, THIRD])).await;
    let id = text(&made, "id");
    let answer = run(
        &client,
        id,
        json!({"auto_trigger": false, "resources": [SERVER, THIRD]}),
    )
    .await
    .ok();
    let plan = &answer["checkpoint"]["protection_plan"];
    assert_eq!(plan["id"], id);
    assert_eq!(plan["name"], "nightly");
    assert_eq!(plan["resources"].as_array().unwrap().len(), 2);
    // A JSON string here; the response to a protect action has an object.
    assert_eq!(plan["resources"][0]["extra_info"], "{}");
    let checkpoint = text(&answer["checkpoint"], "id");
    assert_eq!(client.items(checkpoint).await.len(), 2);
    assert_eq!(run(&client, id, json!({})).await.refusal(), "500 CSBS.1001");
    assert_eq!(client.try_protect(SERVER, json!({})).await.refusal(), "500 CSBS.1001");
    assert_eq!(
        client.call("DELETE", &format!("/policies/{id}"), None).await.refusal(),
        "500 CSBS.1001"
    );
    client.simulator.advance(Duration::from_secs(30));
    assert_eq!(client.delete(checkpoint, None).await.refusal(), "400 CSBS.2004");
    client.simulator.advance(Duration::from_secs(100));
    let listed = client
        .get(&format!("/checkpoint_items?policy_id={id}&status=available"))
        .await
        .ok();
    assert_eq!(listed["checkpoint_items"].as_array().unwrap().len(), 2);
    assert_eq!(listed["checkpoint_items"][0]["extend_info"]["auto_trigger"], false);
    assert_eq!(
        run(&client, id, json!({"resources": ["nobody"]})).await.refusal(),
        "400 CSBS.9001"
    );
    assert_eq!(run(&client, "nobody", json!({})).await.refusal(), "404 CSBS.3000");
    let empty = create(&client, policy("empty", &[])).await;
    assert_eq!(
        run(&client, text(&empty, "id"), json!({})).await.refusal(),
        "500 CSBS.6032"
    );
}

#[tokio::test]
async fn a_policy_of_a_busy_server_does_not_run() {
    let client = Client::new(quick());
    let made = create(&client, policy("nightly", &[SERVER])).await;
    client.protect(SERVER, json!({})).await;
    assert_eq!(
        run(&client, text(&made, "id"), json!({})).await.refusal(),
        "500 CSBS.1001"
    );
}

#[tokio::test]
async fn tags_of_a_policy_are_changed_by_the_tag_calls() {
    let client = Client::new(quick());
    let mut wanted = policy("tagged", &[]);
    wanted["tags"] = json!([{"key": "a", "value": "1"}]);
    let made = create(&client, wanted).await;
    let path = format!("/csbs_backup_policy/{}/tags", text(&made, "id"));
    client
        .post(&path, json!({"tag": {"key": "b", "value": "2"}}))
        .await
        .ok();
    let read = client.get(&format!("/policies/{}", text(&made, "id"))).await.ok();
    assert_eq!(
        read["policy"]["tags"],
        json!([{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
    );
    let found = client
        .post(
            "/csbs_backup_policy/resource_instances/action",
            json!({"action": "filter", "tags": [{"key": "b", "values": []}]}),
        )
        .await
        .ok();
    assert_eq!(found["resources"][0]["resource_id"], made["id"]);
}

#[tokio::test]
async fn the_capability_of_a_server_mentions_its_policy() {
    let client = Client::new(Config {
        servers: Server::some(2),
        ..quick()
    });
    create(&client, policy("nightly", &[SERVER])).await;
    let path = format!("/providers/{PROVIDER_ID}/resources/action");
    let asked = json!({"check_protectable": [
        {"resource_id": SERVER, "resource_type": "OS::Nova::Server"},
        {"resource_id": OTHER, "resource_type": "OS::Nova::Server"},
    ]});
    let answer = client.post(&path, asked).await.ok();
    assert_eq!(answer["protectable"][0]["result"], true);
    assert_eq!(answer["protectable"][0]["error_code"], "CSBS.6004");
    assert_eq!(answer["protectable"][1]["error_code"], "");
}
