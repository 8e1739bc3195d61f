//! Sign-in. The expected responses were measured with a real Keystone.

use std::time::Duration;

use csbs_simulator::{AuthMode, Config, Operation, Simulator};
use serde_json::{Value, json};

use super::client::{Client, Got, PROJECT, quick, text};

fn password(user: &str, password: &str) -> Value {
    json!({"methods": ["password"], "password": {"user": {
        "name": user, "password": password, "domain": {"name": "demo"},
    }}})
}

fn project() -> Value {
    json!({"project": {"name": "eu-de", "domain": {"name": "demo"}}})
}

async fn sign_in(client: &Client, identity: Value, scope: Value) -> Got {
    let mut auth = json!({"identity": identity});
    if !scope.is_null() {
        auth["scope"] = scope;
    }
    let mut request = client.request("POST", "/v3/auth/tokens", Some(json!({"auth": auth})));
    request.headers_mut().remove("x-auth-token");
    client.send(request).await
}

fn token(got: &Got) -> String {
    got.headers["x-subject-token"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_password_returns_a_token_and_a_catalog() {
    let client = Client::new(quick());
    let got = sign_in(&client, password("demo", "demo"), project()).await;
    assert_eq!(got.status, 201);
    let body = &got.json["token"];
    assert_eq!(body["project"]["id"], PROJECT);
    assert_eq!(body["project"]["domain"]["name"], "demo");
    assert_eq!(body["user"]["name"], "demo");
    let service = body["catalog"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["type"] == "data-protect")
        .unwrap();
    let urls: Vec<_> = service["endpoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (text(one, "region"), text(one, "url")))
        .collect();
    assert_eq!(
        urls,
        [
            ("eu-de", format!("https://csbs.example.com/v1/{PROJECT}").as_str()),
            ("eu-nl", format!("https://csbs.example.com/eu-nl/v1/{PROJECT}").as_str()),
        ]
    );
    let member = Client::of(&client.simulator, token(&got));
    assert_eq!(member.get("/checkpoint_items").await.status, 200);
    let other = member.request("GET", &format!("/eu-nl/v1/{PROJECT}/quotas"), None);
    assert_eq!(member.send(other).await.status, 200);
    assert_eq!(client.simulator.sign_ins(), 1);
    assert_eq!(client.simulator.count(Operation::CreateToken), 1);
}

#[tokio::test]
async fn ids_and_scopes_work_like_names() {
    let client = Client::new(quick());
    let by_id = json!({"methods": ["password"], "password": {"user": {
        "id": "u0000000000000000000000000000001", "password": "demo",
    }}});
    let got = sign_in(&client, by_id, json!({"project": {"id": PROJECT}})).await;
    assert_eq!(got.status, 201);
    let got = sign_in(&client, password("demo", "demo"), json!("unscoped")).await;
    assert_eq!(got.status, 201);
    assert!(got.json["token"].get("catalog").is_none());
    let got = sign_in(&client, password("demo", "demo"), json!({"domain": {"name": "demo"}})).await;
    assert_eq!(got.json["token"]["domain"]["name"], "demo");
    let got = sign_in(&client, password("demo", "demo"), json!({"domain": {"name": "else"}})).await;
    assert_eq!(got.status, 401);
}

#[tokio::test]
async fn all_wrong_credentials_have_the_same_response() {
    let client = Client::new(quick());
    for (identity, scope) in [
        (password("demo", "wrong"), project()),
        (password("nobody", "demo"), project()),
        (
            password("demo", "demo"),
            json!({"project": {"name": "none", "domain": {"name": "demo"}}}),
        ),
        (
            json!({"methods": ["application_credential"], "application_credential": {"id": "x", "secret": "y"}}),
            Value::Null,
        ),
    ] {
        let got = sign_in(&client, identity, scope).await;
        assert_eq!(got.status, 401);
        assert_eq!(got.json["error"]["title"], "Unauthorized");
        assert_eq!(
            got.json["error"]["message"],
            "The request you have made requires authentication."
        );
        assert!(got.headers.contains_key("www-authenticate"));
    }
    let homeless = json!({"methods": ["password"], "password": {"user": {"name": "demo", "password": "demo"}}});
    let got = sign_in(&client, homeless, project()).await;
    assert_eq!(got.status, 400);
    assert!(got.text.contains("Expecting to find domain in user."));
    assert_eq!(sign_in(&client, json!({}), project()).await.status, 400);
    let odd = json!({"methods": ["saml2"], "saml2": {}});
    assert!(
        sign_in(&client, odd, project())
            .await
            .text
            .contains("unsupported method")
    );
}

#[tokio::test]
async fn a_second_factor_is_required() {
    let client = Client::new(quick());
    let got = sign_in(&client, password("careful", "careful"), project()).await;
    assert_eq!(got.status, 401);
    assert!(got.headers.contains_key("openstack-auth-receipt"));
    assert_eq!(got.json["required_auth_methods"], json!([["totp", "password"]]));
    let mut both = password("careful", "careful");
    both["methods"] = json!(["password", "totp"]);
    both["totp"] = json!({"user": {"id": "u0000000000000000000000000000003", "passcode": "123456"}});
    assert_eq!(sign_in(&client, both.clone(), project()).await.status, 201);
    both["totp"]["user"]["passcode"] = json!("654321");
    assert_eq!(sign_in(&client, both, project()).await.status, 401);
}

#[tokio::test]
async fn a_token_returns_a_token_with_the_same_expiry() {
    let client = Client::new(quick());
    let first = sign_in(&client, password("demo", "demo"), project()).await;
    let again = |value: String| json!({"methods": ["token"], "token": {"id": value}});
    let second = sign_in(
        &client,
        again(token(&first)),
        json!({"project": {"name": "eu-nl", "domain": {"name": "demo"}}}),
    )
    .await;
    assert_eq!(second.status, 201);
    assert_eq!(second.json["token"]["expires_at"], first.json["token"]["expires_at"]);
    assert_eq!(second.json["token"]["methods"], json!(["password", "token"]));
    client.simulator.revoke_tokens();
    let got = sign_in(&client, again(token(&first)), project()).await;
    assert_eq!(got.status, 404);
    assert_eq!(got.json["error"]["message"], "Failed to validate token");
}

#[tokio::test]
async fn an_application_credential_has_its_scope() {
    let client = Client::new(quick());
    let by_id = json!({"methods": ["application_credential"], "application_credential": {
        "id": "a0000000000000000000000000000001", "secret": "pipeline-secret",
    }});
    let got = sign_in(&client, by_id.clone(), Value::Null).await;
    assert_eq!(got.json["token"]["project"]["id"], PROJECT);
    let by_name = json!({"methods": ["application_credential"], "application_credential": {
        "name": "pipeline", "secret": "pipeline-secret", "user": {"name": "demo", "domain": {"name": "demo"}},
    }});
    assert_eq!(sign_in(&client, by_name, Value::Null).await.status, 201);
    let got = sign_in(&client, by_id, project()).await;
    assert_eq!(got.status, 401);
    assert!(got.text.contains("cannot request a scope"));
}

#[tokio::test]
async fn an_agency_gives_access_to_its_project() {
    let client = Client::new(quick());
    for name in ["xrole_name", "agency_name"] {
        let mut role = json!({"domain_name": "customer"});
        role[name] = json!("backup-operators");
        let auth = json!({"auth": {
            "identity": {"methods": ["assume_role"], "assume_role": role},
            "scope": {"project": {"name": "eu-de_customer"}},
        }});
        let got = client.send(client.request("POST", "/v3/auth/tokens", Some(auth))).await;
        assert_eq!(got.status, 201, "{}", got.text);
        assert_eq!(got.json["token"]["project"]["name"], "eu-de_customer");
        assert_eq!(got.json["token"]["assumed_by"]["user"]["name"], "issued");
    }
}

#[tokio::test]
async fn lookups_need_a_token() {
    let client = Client::new(quick());
    let get = |path: &str| client.send(client.request("GET", path, None));
    assert_eq!(
        get("/v3/projects?name=eu-nl").await.ok()["projects"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        get("/v3/auth/projects").await.ok()["projects"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    assert_eq!(
        get("/v3/auth/domains?name=demo").await.ok()["domains"][0]["name"],
        "demo"
    );
    assert!(get("/v3/auth/catalog").await.ok()["catalog"].is_array());
    assert_eq!(get("/v3").await.ok()["version"]["status"], "stable");
    assert_eq!(get("/").await.status, 300);
    let stranger = Client::of(&client.simulator, "made-up".into());
    for path in [
        "/v3/projects",
        "/v3/auth/projects",
        "/v3/auth/domains",
        "/v3/auth/catalog",
        "/v3/auth/tokens",
    ] {
        assert_eq!(
            stranger.send(stranger.request("GET", path, None)).await.status,
            401,
            "{path}"
        );
    }
    assert_eq!(stranger.get("/quotas").await.status, 401);
}

#[tokio::test]
async fn tokens_are_validated_revoked_and_expire() {
    let client = Client::new(quick());
    let got = sign_in(&client, password("demo", "demo"), project()).await;
    let value = token(&got);
    let about = |method: &'static str| {
        let mut request = client.request(method, "/v3/auth/tokens", None);
        request.headers_mut().insert("x-subject-token", value.parse().unwrap());
        client.send(request)
    };
    assert_eq!(about("GET").await.json["token"]["user"]["name"], "demo");
    assert_eq!(about("DELETE").await.status, 204);
    assert_eq!(about("GET").await.status, 404);
    assert_eq!(Client::of(&client.simulator, value).get("/quotas").await.status, 401);

    let got = sign_in(&client, password("demo", "demo"), project()).await;
    let member = Client::of(&client.simulator, token(&got));
    client
        .simulator
        .clock()
        .advance_wall(Duration::from_secs(24 * 3600 - 60));
    assert_eq!(member.get("/quotas").await.status, 200);
    client.simulator.clock().advance_wall(Duration::from_secs(60));
    assert_eq!(member.get("/quotas").await.status, 401);

    let got = sign_in(&client, password("demo", "demo"), project()).await;
    client.simulator.expire_tokens();
    assert_eq!(
        Client::of(&client.simulator, token(&got)).get("/quotas").await.status,
        401
    );
}

#[tokio::test]
async fn an_open_service_accepts_every_token() {
    let client = Client::new(Config {
        auth: AuthMode::Open,
        ..quick()
    });
    assert_eq!(
        Client::of(&client.simulator, "anything".into())
            .get("/quotas")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn another_keystone_validates_every_token() {
    // One simulator is the Keystone of the other.
    let keystone = Simulator::new(quick());
    let served = keystone.serve("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let service = Simulator::new(Config {
        auth: AuthMode::Keystone {
            url: served.auth_url(),
            cache: Duration::ZERO,
        },
        ..quick()
    });
    let value = keystone.issue_token(PROJECT, csbs_simulator::Role::Member);
    let client = Client::of(&service, value);
    assert_eq!(client.get("/quotas").await.status, 200);
    assert_eq!(Client::of(&service, "made-up".into()).get("/quotas").await.status, 401);
    keystone.revoke_tokens();
    assert_eq!(client.get("/quotas").await.status, 401);
    assert_eq!(client.send(client.request("GET", "/v3", None)).await.status, 404);
    let reader = Client::of(&service, keystone.issue_token(PROJECT, csbs_simulator::Role::Reader));
    assert_eq!(reader.try_protect(super::client::SERVER, json!({})).await.status, 403);
    served.shutdown().await;
    assert_eq!(reader.get("/quotas").await.status, 401);
}
