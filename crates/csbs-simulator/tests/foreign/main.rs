//! The simulator with independent clients: the OpenStack SDK, its extensions by the cloud, and Karbor's client.
//!
//! `CSBS_TEST_OPENSTACKSDK_PYTHON` is a Python with the packages of `requirements.txt`; `cargo xtask test` creates one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{path::PathBuf, process::Stdio, time::Duration};

use csbs_simulator::{ClockMode, Config, FIRST_VAULT_ID, Operation, PROVIDER_ID, Role, Served, Simulator};
use serde_json::{Value, json};
use tokio::process::Command;

const VARIABLE: &str = "CSBS_TEST_OPENSTACKSDK_PYTHON";

/// Returns the Python. Without one, the test is skipped, or fails if tests must not be skipped.
fn python() -> Option<PathBuf> {
    let python = std::env::var_os(VARIABLE).map(PathBuf::from);
    if python.is_none() {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "{VARIABLE} is not set; `cargo xtask test` sets it"
        );
        println!("skipped: {VARIABLE} is not set; `cargo xtask test` sets it");
    }
    python
}

/// Starts a service whose time advances by a minute with every request.
async fn serve() -> (Simulator, Served) {
    let simulator = Simulator::new(Config {
        clock: ClockMode::PerRequest { step: 60.0 },
        // These clients send undocumented members.
        strict: false,
        ..Config::default()
    });
    let served = simulator.serve("127.0.0.1:0".parse().unwrap()).await.unwrap();
    (simulator, served)
}

async fn run(python: PathBuf, script: &str, arguments: &[&str]) -> String {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/foreign")
        .join(script);
    let child = Command::new(python)
        .arg("-I")
        .arg(script)
        .args(arguments)
        .env("NO_PROXY", "127.0.0.1")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let output = tokio::time::timeout(Duration::from_secs(180), child.wait_with_output());
    let output = output.await.expect("the client does not come to an end").unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complained}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn the_openstack_sdk_creates_and_deletes_a_backup() {
    let Some(python) = python() else {
        return;
    };
    let (simulator, served) = serve().await;
    let server = simulator.config().servers[0].id.clone();
    let said = run(python, "check.py", &[&served.url(), &server]).await;
    assert_eq!(
        said.lines().filter(|line| line.starts_with("ok ")).count(),
        13,
        "{said}"
    );
    assert!(simulator.inventory().checkpoints.is_empty());
    assert_eq!(simulator.count(Operation::Protect), 2);
    let agents: Vec<_> = simulator
        .requests()
        .into_iter()
        .filter_map(|record| record.user_agent)
        .collect();
    assert!(agents.iter().all(|agent| agent.contains("openstacksdk")), "{agents:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn karbors_client_runs_a_policy_and_deletes_a_checkpoint() {
    let Some(python) = python() else {
        return;
    };
    let (simulator, served) = serve().await;
    let project = simulator.config().projects[0].id.clone();
    let servers: Vec<_> = simulator
        .config()
        .servers
        .iter()
        .map(|server| server.id.clone())
        .collect();
    let token = simulator.issue_token(&project, Role::Member);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build();
    let pattern =
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nRRULE:FREQ=DAILY;BYHOUR=1;BYMINUTE=0\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let policy = json!({"policy": {
        "name": "nightly",
        "provider_id": PROVIDER_ID,
        "parameters": {"common": {}},
        "resources": [{"id": servers[0], "type": "OS::Nova::Server", "name": "one"}],
        "scheduled_operations": [{
            "operation_type": "backup",
            "operation_definition": {},
            "trigger": {"properties": {"pattern": pattern}},
        }],
    }});
    let made: Value = http
        .unwrap()
        .post(format!("{}/v1/{project}/policies", served.url()))
        .header("x-auth-token", &token)
        .json(&policy)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let id = made["policy"]["id"].as_str().unwrap();
    let old = simulator.make_checkpoint(&project, &[&servers[1]], None);
    run(python, "karbor.py", &[&served.url(), &token, &project, id, &old.id]).await;
    assert_eq!(simulator.count(Operation::RunPolicy), 1);
    assert!(
        simulator
            .inventory()
            .checkpoints
            .iter()
            .any(|one| one.policy_id.as_deref() == Some(id))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clouds_own_client_uses_cloud_backup_and_recovery() {
    let Some(python) = python() else {
        return;
    };
    let (simulator, served) = serve().await;
    let server = simulator.config().servers[0].id.clone();
    let stranger = "00000000-0000-0000-0000-0000000000aa";
    simulator.add_server(csbs_simulator::Server::new(stranger));
    let said = run(python, "cbr.py", &[&served.url(), FIRST_VAULT_ID, &server, stranger]).await;
    assert_eq!(
        said.lines().filter(|line| line.starts_with("ok ")).count(),
        22,
        "{said}"
    );
    assert!(simulator.cbr().inventory().backups.is_empty());
    assert_eq!(simulator.count(Operation::CbrCreateCheckpoint), 2);
    assert_eq!(simulator.count(Operation::CbrRestoreBackup), 1);
}
