//! Sockets: HTTP/1.1 and HTTP/2, TLS, and connection faults.

use std::time::Duration;

use csbs_simulator::{AuthMode, Config, Effect, Operation, Rule, Served, Simulator, TlsIdentity};
use reqwest::{Client, ClientBuilder};

use super::client::{PROJECT, quick};

fn open() -> Config {
    Config {
        auth: AuthMode::Open,
        ..quick()
    }
}

fn builder() -> ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(20))
}

async fn served() -> (Simulator, Served, Client, String) {
    let simulator = Simulator::new(open());
    let served = simulator.serve("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let url = format!("{}/v1/{PROJECT}/quotas", served.url());
    (simulator, served, builder().build().unwrap(), url)
}

#[tokio::test]
async fn only_loopback_is_served() {
    let simulator = Simulator::new(open());
    let error = simulator.serve("0.0.0.0:0".parse().unwrap()).await.unwrap_err();
    assert!(error.to_string().contains("loopback"), "{error}");
    let served = simulator.serve("127.0.0.1:0".parse().unwrap()).await.unwrap();
    assert!(simulator.serve(served.address()).await.is_err());
}

#[tokio::test]
async fn http_1_and_2_are_supported() {
    let (_simulator, served, client, url) = served().await;
    let one = client.get(&url).send().await.unwrap();
    assert_eq!((one.version(), one.status().as_u16()), (reqwest::Version::HTTP_11, 200));
    let two = builder().http2_prior_knowledge().build().unwrap();
    let two = two.get(&url).send().await.unwrap();
    assert_eq!((two.version(), two.status().as_u16()), (reqwest::Version::HTTP_2, 200));
    assert_eq!(served.open_connections(), 2);
    served.shutdown().await;
    assert!(client.get(&url).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn tls_works_for_clients_that_trust_the_certificate() {
    let identity = TlsIdentity::self_made().unwrap();
    let simulator = Simulator::new(open());
    let served = simulator
        .serve_tls("127.0.0.1:0".parse().unwrap(), identity.clone())
        .await
        .unwrap();
    let url = format!("{}/v1/{PROJECT}/quotas", served.url());
    assert!(url.starts_with("https://"));
    let certificate = reqwest::Certificate::from_pem(identity.certificate_pem().as_bytes()).unwrap();
    let trusting = builder().tls_certs_only([certificate]).build().unwrap();
    assert_eq!(trusting.get(&url).send().await.unwrap().status(), 200);
    let stranger = TlsIdentity::self_made().unwrap();
    let certificate = reqwest::Certificate::from_pem(stranger.certificate_pem().as_bytes()).unwrap();
    let careful = builder().tls_certs_only([certificate]).build().unwrap();
    assert!(careful.get(&url).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn connection_faults_follow_the_rules() {
    let (simulator, _served, client, url) = served().await;
    let two = builder().http2_prior_knowledge().build().unwrap();
    for client in [client, two] {
        for effect in [Effect::DropBefore, Effect::DropAfter] {
            simulator.fault(Rule::on(Operation::Quotas, effect).once()).unwrap();
            let error = client.get(&url).send().await.unwrap_err();
            assert!(!error.is_connect() && !error.is_timeout(), "{error:?}");
        }
        simulator
            .fault(Rule::on(Operation::Quotas, Effect::TruncateBody).once())
            .unwrap();
        let cut = client.get(&url).send().await.unwrap();
        assert_eq!(cut.status(), 200);
        assert!(cut.bytes().await.is_err());
        simulator
            .fault(Rule::on(Operation::Quotas, Effect::Stall).once())
            .unwrap();
        let stalled = client.get(&url).timeout(Duration::from_millis(200)).send().await;
        assert!(stalled.unwrap_err().is_timeout());
        simulator
            .fault(
                Rule::on(
                    Operation::Quotas,
                    Effect::Drip {
                        chunk: 20,
                        pause: 0.005,
                    },
                )
                .once(),
            )
            .unwrap();
        let slow = client.get(&url).send().await.unwrap().text().await.unwrap();
        assert!(slow.contains("backup_capacity") && slow.ends_with('}'));
        simulator
            .fault(
                Rule::on(
                    Operation::Quotas,
                    Effect::Redirect {
                        location: "https://elsewhere.example.com/".into(),
                    },
                )
                .once(),
            )
            .unwrap();
        assert_eq!(client.get(&url).send().await.unwrap().status(), 302);
        simulator
            .fault(Rule::on(Operation::Quotas, Effect::HugeBody { bytes: 3_000_000 }).once())
            .unwrap();
        assert!(client.get(&url).send().await.unwrap().bytes().await.unwrap().len() > 3_000_000);
        assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
    }
}
