//! Quotas.

use csbs_simulator::{Config, Quotas};
use serde_json::json;

use super::client::{Client, OTHER, SERVER, quick};

#[tokio::test]
async fn usage_is_counted_and_limited() {
    let client = Client::new(Config {
        quotas: Quotas {
            capacity: 100,
            backups: 1,
            policies: 1,
        },
        ..quick()
    });
    client.backup(SERVER, json!({})).await;
    // 100 GB of disks count as 410 MB each.
    assert_eq!(
        client.get("/quotas").await.ok(),
        json!({"quotas": {"resources": [
            {"type": "backup_capacity", "unit": "GB", "quota": 100, "used": 40},
            {"type": "backups", "quota": 1, "used": 1},
        ]}})
    );
    assert_eq!(client.try_protect(OTHER, json!({})).await.refusal(), "400 CSBS.9006");
    client.simulator.configure(|config| config.quotas.backups = -1);
    assert_eq!(client.try_protect(OTHER, json!({})).await.status, 200);
    client.simulator.configure(|config| config.quotas.capacity = 40);
    assert_eq!(client.try_protect(SERVER, json!({})).await.refusal(), "400 CSBS.9006");
}
