//! Capability checks.

use csbs_simulator::{Config, PROVIDER_ID, Quirks, Server};
use serde_json::{Value, json};

use super::client::{Client, SERVER, quick};

fn path() -> String {
    format!("/providers/{PROVIDER_ID}/resources/action")
}

fn ask(servers: &[&str]) -> Value {
    let asked: Vec<_> = servers
        .iter()
        .map(|id| json!({"resource_id": id, "resource_type": "OS::Nova::Server"}))
        .collect();
    json!({"check_protectable": asked})
}

#[tokio::test]
async fn each_server_has_its_result() {
    let client = Client::new(quick());
    client.simulator.add_server(Server::new("shared").refused("CSBS.6010"));
    let answer = client.post(&path(), ask(&[SERVER, "shared", "nobody"])).await.ok();
    let verdicts: Vec<_> = answer["protectable"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["result"].as_bool().unwrap(), one["error_code"].as_str().unwrap()))
        .collect();
    assert_eq!(verdicts, [(true, ""), (false, "CSBS.6010"), (false, "CSBS.6000")]);
    assert_eq!(client.post(&path(), ask(&[])).await.ok(), json!({"protectable": []}));
}

#[tokio::test]
async fn other_types_and_wrong_bodies_are_refused() {
    let client = Client::new(quick());
    let bare = json!({"check_protectable": [{"resource_id": SERVER, "resource_type": "OS::Ironic::BareMetalServer"}]});
    let answer = client.post(&path(), bare).await.ok();
    assert_eq!(answer["protectable"][0]["error_code"], "CSBS.6003");
    assert_eq!(answer["protectable"][0]["resource_type"], "OS::Ironic::BareMetalServer");
    for wrong in [
        json!({}),
        json!({"check_protectable": {}}),
        json!({"check_protectable": [{"resource_id": SERVER}]}),
        json!({"check_protectable": [{"resource_id": SERVER, "resource_type": "OS::X"}]}),
        json!({"check_restorable": [{}]}),
    ] {
        assert_eq!(
            client.post(&path(), wrong.clone()).await.refusal(),
            "400 CSBS.9001",
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn the_refusal_of_one_server_has_both_forms() {
    let client = Client::new(Config {
        quirks: Quirks::Mix,
        ..quick()
    });
    let mut forms = std::collections::BTreeSet::new();
    for n in 0..20 {
        let id = format!("shared-{n}");
        client.simulator.add_server(Server::new(&id).refused("CSBS.6010"));
        let got = client.post(&path(), ask(&[&id])).await;
        let code = match got.status {
            200 => got.json["protectable"][0]["error_code"].clone(),
            _ => got.json["error_code"].clone(),
        };
        assert_eq!(code, "CSBS.6010");
        forms.insert(got.status);
    }
    assert_eq!(forms.into_iter().collect::<Vec<_>>(), [200, 400]);
}
