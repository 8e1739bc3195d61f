//! Signed requests.

use std::time::Duration;

use axum::body::Body;
use csbs_simulator::{AccessKey, Config, Role, Server};
use http::Request;
use serde_json::Value;

use super::client::{Client, Got, PROJECT, quick};

/// Test vectors of two independent implementations; the vendor's guide has one of them.
fn vectors() -> Vec<Value> {
    let text = include_str!("../../../otc-client/tests/data/signing-vectors.json");
    let file: Value = serde_json::from_str(text).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

/// Starts a service with the time and the key of a vector.
fn service(vector: &Value) -> Client {
    let token = vector["headers"]
        .as_array()
        .unwrap()
        .iter()
        .find(|header| header[0].as_str().unwrap().eq_ignore_ascii_case("x-security-token"));
    let at = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", vector["timestamp"].as_str().unwrap()).unwrap();
    Client::new(Config {
        clock: csbs_simulator::ClockMode::TokioTime,
        start: Some(at.to_zoned_datetime(jiff::tz::TimeZone::UTC).unwrap().timestamp()),
        access_keys: vec![AccessKey {
            access: vector["access_key"].as_str().unwrap().to_owned(),
            secret: vector["secret_key"].as_str().unwrap().to_owned(),
            security_token: token.map(|header| header[1].as_str().unwrap().to_owned()),
            role: Role::Member,
        }],
        ..quick()
    })
}

fn request(vector: &Value) -> Request<Body> {
    let mut request = Request::builder()
        .method(vector["method"].as_str().unwrap())
        .uri(vector["url"].as_str().unwrap())
        .header("x-sdk-date", vector["timestamp"].as_str().unwrap())
        .header("authorization", vector["expected"]["authorization"].as_str().unwrap());
    for header in vector["headers"].as_array().unwrap() {
        request = request.header(header[0].as_str().unwrap(), header[1].as_str().unwrap());
    }
    let body = vector["body"].as_str().unwrap_or_default().to_owned();
    request.body(Body::from(body)).unwrap()
}

/// Returns `true` if the signature was accepted, even if the request failed.
fn taken(got: &Got) -> bool {
    got.code() != "APIG.0301"
}

#[tokio::test(start_paused = true)]
async fn every_vector_is_accepted() {
    for vector in vectors() {
        let got = service(&vector).send(request(&vector)).await;
        assert!(taken(&got), "{}: {}", vector["name"], got.text);
    }
}

#[tokio::test(start_paused = true)]
async fn a_changed_request_is_refused_with_the_signed_text() {
    for vector in vectors() {
        let client = service(&vector);
        let mut changed = request(&vector);
        *changed.body_mut() = Body::from("changed");
        let got = client.send(changed).await;
        assert_eq!(got.refusal(), "401 APIG.0301", "{}", vector["name"]);
        assert!(got.text.contains("verify aksk signature fail"));
        assert!(got.text.contains(&format!("{}|", vector["method"].as_str().unwrap())));
        assert!(got.json["request_id"].is_string());
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_difference_of_fifteen_minutes_is_tolerated() {
    let vector = &vectors()[0];
    let client = service(vector);
    tokio::time::sleep(Duration::from_secs(15 * 60)).await;
    assert!(taken(&client.send(request(vector)).await));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let got = client.send(request(vector)).await;
    assert!(
        got.text
            .contains("signature expired, signature time:20191115T033655Z,server time:20191115T035156Z"),
        "{}",
        got.text
    );
}

#[tokio::test(start_paused = true)]
async fn five_failures_lock_a_key_for_five_minutes() {
    let vector = &vectors()[0];
    let client = service(vector);
    let mut wrong = vector.clone();
    let authorization = vector["expected"]["authorization"].as_str().unwrap();
    let (head, _) = authorization.rsplit_once('=').unwrap();
    wrong["expected"]["authorization"] = format!("{head}={}", "0".repeat(64)).into();
    for _ in 0..5 {
        assert!(
            client
                .send(request(&wrong))
                .await
                .text
                .contains("verify aksk signature fail")
        );
    }
    let got = client.send(request(vector)).await;
    assert!(got.text.contains("AK access failed to reach the limit,forbidden"));
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert!(taken(&client.send(request(vector)).await));
}

#[tokio::test(start_paused = true)]
async fn unknown_keys_and_wrong_tokens_have_their_own_errors() {
    let vector = &vectors()[0];
    let client = service(vector);
    client
        .simulator
        .configure(|config| config.access_keys[0].security_token = Some("temporary".into()));
    assert!(client.send(request(vector)).await.text.contains("decrypt token fail"));
    client.simulator.configure(|config| config.access_keys.clear());
    let got = client.send(request(vector)).await;
    assert!(
        got.text
            .contains("Get secretKey failed,ak:QTWAOYTTINDUT2QVKYUC,err:ak not exist")
    );
    let mut broken = request(vector);
    broken
        .headers_mut()
        .insert("authorization", "SDK-HMAC-SHA256 Access=x".parse().unwrap());
    assert!(client.send(broken).await.text.contains("malformed"));
}

#[tokio::test(start_paused = true)]
async fn a_signature_without_a_project_gives_access_to_no_project() {
    let vector = &vectors()[0];
    let client = service(vector);
    let got = client.send(request(vector)).await;
    // Its path has the ID of another project.
    assert!(!got.text.contains(PROJECT));
    assert_eq!(got.status, 404);
    assert_eq!(got.json["itemNotFound"]["message"], "The resource could not be found.");
}

#[tokio::test(start_paused = true)]
async fn a_signed_protect_action_creates_a_backup() {
    let all = vectors();
    let vector = all.iter().find(|vector| vector["name"] == "protect-action").unwrap();
    let client = service(vector);
    client
        .simulator
        .configure(|config| config.projects[0].id = "77b6a44cba5143ab91d13ab9a8ff44fd".into());
    client
        .simulator
        .add_server(Server::new("05b8dd81-4d4c-4ba4-b1d6-8f2d7a9d2a4c"));
    let answer = client.send(request(vector)).await.ok();
    assert_eq!(answer["checkpoint"]["project_id"], "77b6a44cba5143ab91d13ab9a8ff44fd");
    assert_eq!(client.simulator.inventory().items().count(), 1);
}
