//! Paths, projects, IDs, permissions, faults: everything before an operation.

use csbs_simulator::{Config, Effect, MalformedId, Operation, Role, Rule};
use serde_json::json;

use super::client::{Client, NOTHING, PROJECT, SERVER, config, text};

#[tokio::test]
async fn unknown_paths_and_methods_do_not_exist() {
    let client = Client::new();
    for (method, path) in [
        ("GET", "/nothing"),
        ("GET", "/checkpoints"),
        ("DELETE", &*format!("/checkpoints/{NOTHING}")),
        ("PATCH", &format!("/backups/{NOTHING}")),
        ("PUT", &format!("/backups/{NOTHING}")),
        ("GET", "/quotas"),
        ("GET", "/protectables/server/instances"),
        ("GET", ""),
    ] {
        let got = client.call(method, path, None).await;
        assert_eq!(got.refusal(), "404 APIG.0101", "{method} {path}");
    }
}

#[tokio::test]
async fn only_the_project_of_the_token_is_found() {
    let client = Client::new();
    let got = client
        .send("GET", "/v3/b942cc8342734d15bcb246babb1953d0/vaults", None)
        .await;
    assert_eq!(got.status, 404);
    assert!(got.json["itemNotFound"].is_object());
    let stranger = Client::of(&client.simulator, "no-token".to_owned());
    assert_eq!(stranger.get("/vaults").await.status, 401);
}

#[tokio::test]
async fn the_catalog_has_the_endpoint() {
    let client = Client::new();
    let of = |catalog: &serde_json::Value| {
        let services = catalog["catalog"].as_array().unwrap().clone();
        services.into_iter().find(|service| service["type"] == "cbr")
    };
    let catalog = client.send("GET", "/v3/auth/catalog", None).await.ok();
    let cbr = of(&catalog).unwrap();
    assert_eq!(
        text(&cbr["endpoints"][0], "url"),
        format!("https://cbr.example.com/v3/{PROJECT}")
    );
    assert_eq!(
        text(&cbr["endpoints"][1], "url"),
        format!("https://cbr.example.com/eu-nl/v3/{PROJECT}")
    );
    client.simulator.cbr().configure(|cbr| cbr.in_catalog = false);
    let catalog = client.send("GET", "/v3/auth/catalog", None).await.ok();
    assert!(of(&catalog).is_none());
}

#[tokio::test]
async fn a_malformed_id_is_refused_or_not_found_by_the_gateway() {
    let client = Client::new();
    for path in ["/vaults/x", "/backups/x", "/checkpoints/x", "/operation-logs/x"] {
        assert_eq!(client.get(path).await.refusal(), "400 9900", "{path}");
    }
    client
        .simulator
        .cbr()
        .configure(|cbr| cbr.malformed_id = MalformedId::Unauthorized);
    for path in ["/vaults/x", "/backups/x", "/checkpoints/x", "/operation-logs/x"] {
        let got = client.get(path).await;
        assert_eq!(got.status, 401, "{path}");
        assert_eq!(
            got.json,
            json!({"unauthorized": {"code": "401", "message": "Malformed request url"}})
        );
    }
}

#[tokio::test]
async fn unknown_objects_have_a_code_each() {
    let client = Client::new();
    for (path, refusal) in [
        ("/vaults", "404 6105"),
        ("/backups", "404 6200"),
        ("/checkpoints", "404 6217"),
        ("/operation-logs", "404 6500"),
    ] {
        assert_eq!(client.get(&format!("{path}/{NOTHING}")).await.refusal(), refusal);
    }
    assert_eq!(
        client.delete(&format!("/backups/{NOTHING}")).await.refusal(),
        "404 6200"
    );
}

#[tokio::test]
async fn a_reader_can_only_read() {
    let client = Client::new();
    let token = client.simulator.issue_token(PROJECT, Role::Reader);
    let reader = Client::of(&client.simulator, token);
    reader.get("/vaults").await.ok();
    let got = reader.run(json!({"resources": [SERVER]})).await;
    assert_eq!(got.status, 403);
    assert!(got.text.contains("cbr:vaults:backup"), "{}", got.text);
    let got = reader.delete(&format!("/backups/{NOTHING}")).await;
    assert!(got.text.contains("cbr:backups:delete"), "{}", got.text);
}

#[tokio::test]
async fn strict_mode_refuses_undocumented_members_and_parameters() {
    let client = Client::new();
    let wrong = [
        client.get("/backups?ip=1").await,
        client.get("/vaults?sort=name").await,
        client.get("/operation-logs?checkpoint_id=1").await,
        client.run(json!({"resources": [SERVER], "tags": []})).await,
        client
            .run(json!({"resource_details": [{"id": SERVER, "type": "OS::Nova::Server", "extra_info": {"include_volumes": []}}]}))
            .await,
        client
            .post("/checkpoints", json!({"checkpoint": {"vault_id": NOTHING, "name": "beside"}}))
            .await,
    ];
    for got in wrong {
        assert_eq!(got.refusal(), "400 9900", "{}", got.text);
        assert!(got.text.contains("unknown"), "{}", got.text);
    }
    let lenient = Client::with(Config {
        strict: false,
        ..config()
    });
    lenient.get("/backups?ip=1").await.ok();
    lenient.run(json!({"resources": [SERVER], "tags": []})).await.ok();
}

#[tokio::test]
async fn faults_and_the_log_know_the_operations() {
    let client = Client::new();
    let simulator = &client.simulator;
    simulator
        .fault(Rule::on(Operation::CbrCreateCheckpoint, Effect::DropAfter).once())
        .unwrap();
    let lost = client.run(json!({"name": "lost", "resources": [SERVER]})).await;
    assert!(lost.fault.is_some());
    assert_eq!(simulator.cbr().inventory().backups.len(), 1, "the effect stays");
    let body = r#"{"error_code":"BackupService.9998","error_msg":"authentication failed"}"#;
    let answer = Effect::Answer {
        status: 500,
        headers: Vec::new(),
        body: body.to_owned(),
    };
    simulator
        .fault(Rule::on(Operation::CbrListBackups, answer).once())
        .unwrap();
    assert_eq!(client.get("/backups").await.refusal(), "500 9998");
    client.get("/backups").await.ok();
    assert_eq!(simulator.count(Operation::CbrCreateCheckpoint), 1);
    assert_eq!(simulator.count(Operation::CbrListBackups), 2);
    let log = simulator.requests();
    assert_eq!(log[0].operation.name(), "cbr_create_checkpoint");
    assert!(log[0].carried_out && log[0].status.is_none());
    assert_eq!(
        log[0].body.as_ref().unwrap()["checkpoint"]["parameters"]["name"],
        "lost"
    );
}
