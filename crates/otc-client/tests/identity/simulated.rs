//! Against the simulator: signatures, which it checks with code of its own, agencies, and locks.

use std::sync::Arc;

use csbs_simulator::{AccessKey, Config, Role, Served, Simulator};
use otc_client::{
    csbs::{ApiError, Client, ClientOptions},
    http::{HttpOptions, NetworkTransport, SystemClock},
    identity::{Environment, IdentityError, Session, Settings, resolve},
};

struct Stage {
    simulator: Simulator,
    served: Served,
}

impl Stage {
    async fn new() -> Self {
        Self::at(jiff::Timestamp::now()).await
    }

    /// One whose clock says `start`.
    async fn at(start: jiff::Timestamp) -> Self {
        let mut config = Config {
            start: Some(start),
            ..Config::default()
        };
        config.access_keys.push(AccessKey {
            access: "TEMPORARYKEY01".to_owned(),
            secret: "temporary-secret".to_owned(),
            security_token: Some("temporary/token+of=these==".to_owned()),
            role: Role::Member,
        });
        let simulator = Simulator::new(config);
        let served = simulator.serve("127.0.0.1:0".parse().unwrap()).await.unwrap();
        Self { simulator, served }
    }

    fn client(&self, variables: &[(&str, &str)]) -> Client {
        let url = self.served.auth_url();
        let all = [
            ("OS_AUTH_URL", url.as_str()),
            ("OS_DOMAIN_NAME", "demo"),
            ("OS_PROJECT_NAME", "eu-de"),
        ];
        let all = all
            .iter()
            .chain(variables)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let resolved = resolve(&Settings::default(), &Environment::new("/nowhere".into(), all));
        let resolved = resolved.unwrap_or_else(|problems| panic!("{problems:?}"));
        let transport = Arc::new(NetworkTransport::new(HttpOptions::default()).unwrap());
        Client::new(
            Arc::new(Session::new(resolved, transport, Arc::new(SystemClock))),
            ClientOptions::default(),
        )
    }
}

const KEYS: [(&str, &str); 2] = [
    ("OS_ACCESS_KEY", "SIMULATEDACCESSKEY01"),
    ("OS_SECRET_KEY", "simulated-secret-key"),
];
const TEMPORARY: [(&str, &str); 3] = [
    ("OS_ACCESS_KEY", "TEMPORARYKEY01"),
    ("OS_SECRET_KEY", "temporary-secret"),
    ("OS_SECURITY_TOKEN", "temporary/token+of=these=="),
];
const USER: [(&str, &str); 2] = [("OS_USERNAME", "demo"), ("OS_PASSWORD", "demo")];
const AGENCY: [(&str, &str); 3] = [
    ("OS_AGENCY_NAME", "backup-operators"),
    ("OS_AGENCY_DOMAIN_NAME", "customer"),
    ("OS_DELEGATED_PROJECT", "eu-de_customer"),
];

#[tokio::test]
async fn every_method_gets_through() {
    let stage = Stage::new().await;
    let passcode = [
        ("OS_USER_ID", "u0000000000000000000000000000003"),
        ("OS_PASSWORD", "careful"),
        ("OS_PASSCODE", "123456"),
    ];
    let credential = [
        ("OS_APPLICATION_CREDENTIAL_ID", "a0000000000000000000000000000001"),
        ("OS_APPLICATION_CREDENTIAL_SECRET", "pipeline-secret"),
    ];
    for method in [&KEYS[..], &TEMPORARY, &USER, &passcode, &credential] {
        let client = stage.client(method);
        let policies = client.list_policies(&Default::default()).await;
        assert!(policies.is_ok(), "{method:?}: {policies:?}");
    }
}

#[tokio::test]
async fn signatures_hold_for_bodies_and_queries() {
    let stage = Stage::new().await;
    let client = stage.client(&TEMPORARY);
    let server = stage.simulator.config().servers[0].id.clone();
    let request = otc_client::csbs::ProtectRequest {
        backup_name: Some("nightly".to_owned()),
        description: Some("süd + ost & 100 %".to_owned()),
        ..Default::default()
    };
    client.protect(&server, &request).await.unwrap();
    let filter = otc_client::csbs::ItemFilter {
        name: Some("nightly".to_owned()),
        ..Default::default()
    };
    assert_eq!(client.list_checkpoint_items(&filter).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_agency_is_assumed_by_every_method() {
    let stage = Stage::new().await;
    for method in [&USER[..], &KEYS, &TEMPORARY] {
        let variables = [method, &AGENCY].concat();
        let endpoint = stage.client(&variables).endpoint().await;
        let endpoint = endpoint.unwrap_or_else(|error| panic!("{method:?}: {error}"));
        assert_eq!(endpoint.project_id, "c942cc8342734d15bcb246babb1953cf");
    }
}

#[tokio::test]
async fn a_wrong_secret_key_does_not_lock_the_access_key() {
    let stage = Stage::new().await;
    let wrong = [KEYS[0], ("OS_SECRET_KEY", "not-the-secret-key")];
    let client = stage.client(&wrong);
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.list_policies(&Default::default()).await.unwrap_err() })
        })
        .collect();
    for task in tasks {
        let error = task.await.unwrap();
        assert!(
            matches!(
                error,
                ApiError::Identity {
                    source: IdentityError::KeysRefused { .. },
                    ..
                }
            ),
            "{error}"
        );
        assert!(!error.to_string().contains("not-the-secret-key"), "{error}");
    }
    // The right one still works: the key is not locked.
    assert!(stage.client(&KEYS).list_policies(&Default::default()).await.is_ok());
}

#[tokio::test]
async fn a_clock_that_is_an_hour_off_is_told() {
    let hour = jiff::SignedDuration::from_hours(1);
    let stage = Stage::at(jiff::Timestamp::now() - hour).await;
    let error = stage
        .client(&KEYS)
        .list_policies(&Default::default())
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            ApiError::Identity {
                source: IdentityError::ClockSkew { .. },
                ..
            }
        ),
        "{error}"
    );
}
