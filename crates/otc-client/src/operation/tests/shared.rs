//! State that operations share: lists, locks and answers on servers.

use std::time::Duration;

use super::service::*;
use crate::{
    operation::ServerLocks,
    rest::testing::{answer, text},
};

#[tokio::test(start_paused = true)]
async fn a_server_gets_its_own_backups_even_if_the_service_ignores_the_filter() {
    let service = Service::new();
    service.add("ours", |_| ());
    service.add("foreign", |item| item["resource_id"] = "server-2".into());
    service.add("of-none", |item| item["resource_id"] = serde_json::Value::Null);
    let context = service.context();
    // The simulated list honours the filter, so the whole list is given as the answer.
    let all = context.client.list_checkpoint_items(&Default::default()).await.unwrap();
    assert_eq!(all.len(), 3);
    let body = serde_json::json!({ "checkpoint_items": [
        { "id": "foreign", "resource_id": "server-2" }, { "id": "ours", "resource_id": SERVER }, { "id": "of-none" },
    ]});
    service.refuse(Op::List, [answer(200, &body)]);
    let backups = context.lister.backups_of(SERVER).await.unwrap();
    let ids: Vec<_> = backups.iter().map(|item| item.id.as_str()).collect();
    assert_eq!(ids, ["ours"]);
}

#[tokio::test(start_paused = true)]
async fn four_servers_are_listed_by_one_request_and_three_one_by_one() {
    for (servers, requests) in [(1, 1), (3, 3), (4, 1), (20, 1)] {
        let service = Service::new();
        for number in 0..servers {
            service.add(&format!("item-{number}"), |item| {
                item["resource_id"] = format!("server-{number}").into();
            });
        }
        let lister = service.context().lister;
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..servers {
            let lister = lister.clone();
            tasks.spawn(async move {
                let backups = lister.backups_of(&format!("server-{number}")).await.unwrap();
                assert_eq!(backups.len(), 1);
                assert_eq!(backups[0].id, format!("item-{number}"));
            });
        }
        tasks.join_all().await;
        assert_eq!(service.count(Op::List), requests, "{servers} servers");
        assert!(service.elapsed() < 0.5);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_list_is_the_answer_to_all_who_asked() {
    for servers in [1, 5] {
        let service = Service::new();
        service.refuse_all(Op::List, Some(text(403, "")));
        let lister = service.context().lister;
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..servers {
            let lister = lister.clone();
            tasks.spawn(async move { lister.backups_of(&format!("server-{number}")).await });
        }
        for outcome in tasks.join_all().await {
            assert_eq!(outcome.unwrap_err().status(), Some(403));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_lock_of_a_server_is_held_by_one_at_a_time() {
    let locks = ServerLocks::default();
    let first = locks.lock("a").await;
    let _other = tokio::time::timeout(Duration::from_secs(1), locks.lock("b"))
        .await
        .unwrap();
    let second = tokio::time::timeout(Duration::from_secs(1), locks.lock("a")).await;
    assert!(second.is_err(), "it is held");
    drop(first);
    let _second = tokio::time::timeout(Duration::from_secs(1), locks.lock("a"))
        .await
        .unwrap();
}

#[test]
fn the_last_64_checkpoints_of_a_server_are_recorded() {
    let locks = ServerLocks::default();
    for number in 0..64 {
        locks.record_created("a", &number.to_string());
    }
    locks.record_created("a", "63");
    assert!(locks.is_created_here("a", "0") && locks.is_created_here("a", "63"));
    assert!(!locks.is_created_here("b", "0"));
    locks.record_created("a", "64");
    assert!(!locks.is_created_here("a", "0"));
    assert!(locks.is_created_here("a", "1") && locks.is_created_here("a", "64"));
}
