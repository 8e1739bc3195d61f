//! Tokens that end while work is under way: the simulator asks the real Keystone about each of them, as a service does.

use std::{sync::Arc, time::Duration};

use csbs_simulator::{AuthMode, Config, Project, Simulator};
use otc_client::csbs::{Client, ClientOptions, ProtectRequest};

use crate::keystone::Keystone;

struct Stage {
    keystone: Keystone,
    simulator: Simulator,
    served: csbs_simulator::Served,
}

impl Stage {
    async fn get() -> Option<Self> {
        let keystone = Keystone::get()?;
        let simulator = Simulator::new(Config {
            auth: AuthMode::Keystone {
                url: keystone.text("/auth_url").to_owned(),
                cache: Duration::ZERO,
            },
            projects: vec![Project {
                id: keystone.text("/projects/eu-de").to_owned(),
                name: "eu-de".to_owned(),
            }],
            ..Config::default()
        });
        let served = simulator.serve("127.0.0.1:0".parse().unwrap()).await.unwrap();
        Some(Self {
            keystone,
            simulator,
            served,
        })
    }

    fn client(&self, variables: &[(&str, &str)]) -> Client {
        let endpoint = self.served.url();
        let mut all = vec![("OS_PROJECT_NAME", "eu-de"), ("OS_CSBS_ENDPOINT", endpoint.as_str())];
        all.extend_from_slice(variables);
        Client::new(Arc::new(self.keystone.session(&all)), ClientOptions::default())
    }

    fn user(&self) -> [(&str, &str); 2] {
        [
            ("OS_USERNAME", self.keystone.text("/user/name")),
            ("OS_PASSWORD", self.keystone.text("/user/password")),
        ]
    }
}

#[tokio::test]
async fn a_token_revoked_in_the_middle_is_replaced_and_one_backup_is_made() {
    let Some(stage) = Stage::get().await else { return };
    let client = stage.client(&stage.user());
    assert!(client.list_policies(&Default::default()).await.unwrap().is_empty());
    assert_eq!(stage.keystone.sign_ins(), 1);
    stage.keystone.revoke(&stage.keystone.last_token()).await;
    let server = stage.simulator.config().servers[0].id.clone();
    client.protect(&server, &ProtectRequest::default()).await.unwrap();
    assert_eq!(stage.keystone.sign_ins(), 2);
    assert_eq!(stage.simulator.inventory().items().count(), 1);
}

#[tokio::test]
async fn many_that_meet_a_revoked_token_sign_in_once() {
    let Some(stage) = Stage::get().await else { return };
    let client = stage.client(&stage.user());
    client.list_policies(&Default::default()).await.unwrap();
    stage.keystone.revoke(&stage.keystone.last_token()).await;
    let tasks: Vec<_> = (0..30)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.list_policies(&Default::default()).await.unwrap().len() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 0);
    }
    assert_eq!(stage.keystone.sign_ins(), 2);
}

#[tokio::test]
async fn a_given_token_revoked_in_the_middle_is_the_end_and_says_so() {
    let Some(stage) = Stage::get().await else { return };
    let token = stage.keystone.token(Some(stage.keystone.text("/projects/eu-de"))).await;
    let client = stage.client(&[("OS_TOKEN", &token)]);
    client.list_policies(&Default::default()).await.unwrap();
    stage.keystone.revoke(&token).await;
    let text = client.list_policies(&Default::default()).await.unwrap_err().to_string();
    assert!(text.contains("OS_AUTH_TOKEN"), "{text}");
    assert!(!text.contains(&token), "{text}");
}
