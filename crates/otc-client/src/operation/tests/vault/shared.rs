//! What operations on many backups cost together.

use std::time::Duration;

use super::service::Service;
use crate::operation::delete_vault_backup::DeleteVaultBackup;

#[tokio::test(start_paused = true)]
async fn a_hundred_deletions_share_their_looks() {
    let service = Service::new();
    let ids: Vec<_> = (0..100).map(|number| service.add(&format!("s{number}"), "n")).collect();
    let deletions = ids.into_iter().map(|backup_id| {
        let service = &service;
        async move {
            let job = DeleteVaultBackup {
                backup_id,
                timeout: Duration::from_secs(600),
            };
            job.run(&service.context, &service.cancel).await.unwrap();
        }
    });
    futures_util::future::join_all(deletions).await;
    assert_eq!(service.count("DELETE"), 100);
    println!("{} requests for 100 deletions", service.fake.count());
}
