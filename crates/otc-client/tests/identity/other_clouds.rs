//! Clouds with the same API under other hosts and in other regions, and a cloud without the service.

use std::sync::Arc;

use csbs_simulator::{CatalogEntry, Config, Project, Simulator};
use otc_client::{
    csbs::{ApiError, Client, ClientOptions},
    http::SystemClock,
    identity::{CloudService, Environment, IdentityError, Session, Settings, resolve},
};

use crate::router_transport::RouterTransport;

const PROJECT: &str = "b942cc8342734d15bcb246babb1953cf";

/// A cloud of one region, and a client that is set up as the guide says. The time is virtual.
fn cloud(region: &str, catalog_entry: CatalogEntry, variables: &[(&str, &str)]) -> (Simulator, Client) {
    let simulator = Simulator::new(Config {
        regions: vec![region.to_owned()],
        catalog_entry,
        projects: vec![Project {
            id: PROJECT.to_owned(),
            name: region.to_owned(),
        }],
        ..Config::default()
    });
    let all = [
        ("OS_AUTH_URL", "https://iam.eu-west-0.cloud.example:443/v3"),
        ("OS_USERNAME", "demo"),
        ("OS_PASSWORD", "demo"),
        ("OS_DOMAIN_NAME", "demo"),
        ("OS_PROJECT_NAME", region),
    ];
    let all = all.iter().chain(variables);
    let all = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let resolved = resolve(&Settings::default(), &Environment::new("/nowhere".into(), all));
    let resolved = resolved.unwrap_or_else(|problems| panic!("{problems:?}"));
    let transport = Arc::new(RouterTransport::new(simulator.router()));
    let session = Session::new(resolved, transport, Arc::new(SystemClock));
    (simulator, Client::new(Arc::new(session), ClientOptions::default()))
}

fn host_per_service() -> CatalogEntry {
    CatalogEntry::HostPerService {
        domain: "cloud.example".to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn hosts_and_region_of_another_cloud_come_from_its_catalog() {
    for variables in [&[][..], &[("OS_REGION_NAME", "eu-west-0")]] {
        let (_simulator, client) = cloud("eu-west-0", host_per_service(), variables);
        let endpoint = client.endpoint().await.unwrap();
        let expected = format!("https://csbs.eu-west-0.cloud.example/v1/{PROJECT}");
        assert_eq!(endpoint.base.as_str(), expected);
        assert_eq!(endpoint.region.as_deref(), Some("eu-west-0"));
        client.list_policies(&Default::default()).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_is_set_replaces_a_catalog_entry_that_is_missing() {
    let endpoint = [("OS_CSBS_ENDPOINT", "https://csbs.eu-west-0.cloud.example")];
    let (_simulator, client) = cloud("eu-west-0", CatalogEntry::Missing, &endpoint);
    let found = client.endpoint().await.unwrap();
    let expected = format!("https://csbs.eu-west-0.cloud.example/v1/{PROJECT}");
    assert_eq!(found.base.as_str(), expected);
    client.list_policies(&Default::default()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_catalog_without_the_service_is_its_own_error() {
    let (simulator, client) = cloud("eu-de", CatalogEntry::Missing, &[]);
    let error = client.list_policies(&Default::default()).await.unwrap_err();
    let expected = matches!(
        error,
        ApiError::Identity {
            source: IdentityError::NotInCatalog(CloudService::Csbs),
            ..
        }
    );
    assert!(expected, "{error}");
    assert_eq!(simulator.count_csbs(), 0, "nothing is sent to CSBS");
}
