//! A look is never answered from before a change.

use std::future::Future;
use std::pin::Pin;

use super::*;
use crate::{
    csbs::{Client, RestoreRequest, TagKind},
    rest::ClientOptions,
};

/// A call that changes item 3.
type Write = fn(Client) -> Pin<Box<dyn Future<Output = Result<(), ApiError>> + Send>>;

/// An answer of the service.
type Answer = fn() -> Reply;

/// Makes another client from one.
type Derive = fn(&Client) -> Client;

const WRITES: [(&str, Write); 5] = [
    ("delete a checkpoint", |client| {
        Box::pin(async move { client.delete_checkpoint("cp-3", None).await })
    }),
    ("delete an item", |client| {
        Box::pin(async move { client.delete_checkpoint("cp-other", Some("item-3")).await })
    }),
    ("add tags", |client| {
        Box::pin(async move { client.add_tags(TagKind::Backup, "item-3", &tags()).await })
    }),
    ("remove tags", |client| {
        Box::pin(async move { client.remove_tags(TagKind::Backup, "item-3", &["a".to_owned()]).await })
    }),
    ("restore", |client| {
        let request = RestoreRequest {
            checkpoint_id: "cp-other".to_owned(),
            checkpoint_item_id: "item-3".to_owned(),
            server_id: "server".to_owned(),
            volumes: Vec::new(),
            power_on: true,
            restore_target: None,
        };
        Box::pin(async move { client.restore(&request).await.map(drop) })
    }),
];

fn tags() -> crate::csbs::Tags {
    [("a".to_owned(), "b".to_owned())].into()
}

/// A project of 20 items, whose item 3 changes when a call that is not a read comes. Such a call is answered with `reply`.
fn changing(reply: Answer) -> Arc<Fake> {
    let project = Project::of(20);
    let inner = project.fake();
    Fake::new(move |seen, number| {
        if seen.line.starts_with("GET ") {
            return inner.reply(seen, number);
        }
        project.set(3, "restoring");
        reply()
    })
}

/// Reads the first page, with all items.
async fn read_page(inventory: &Inventory, from: Instant) {
    look_all(inventory, (0..20).map(key).collect(), 20, from).await;
}

#[tokio::test(start_paused = true)]
async fn every_call_that_changes_a_backup_makes_earlier_reads_stale() {
    let replies: [(&str, Answer); 3] = [
        ("accepted", || answer(200, &json!({ "restore": {} }))),
        ("refused", || refusal(409, "CSBS.6001")),
        ("lost", || lost(Delivery::Unknown)),
    ];
    for (name, write) in WRITES {
        for (outcome, reply) in replies {
            let fake = changing(reply);
            let client = fake.client_with(ClientOptions {
                max_retries: 0,
                ..ClientOptions::default()
            });
            let inventory = Inventory::new(client.clone());
            let began = Instant::now();
            read_page(&inventory, began).await;
            let _ = write(client).await;
            let look = inventory.look(key(3), began).await.unwrap();
            assert_eq!(status(&look), Some(&Status::Restoring), "{name}, {outcome}");
            let requests = fake.count();
            inventory.look(key(4), began).await.unwrap();
            assert_eq!(
                fake.count(),
                requests,
                "{name}: the page still answers looks at other items"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_through_any_client_of_the_project_makes_earlier_reads_stale() {
    let clients: [(&str, Derive); 3] = [
        ("a clone", Clone::clone),
        ("one with fewer retries", |client| client.with_max_retries(1)),
        ("one of another region", |client| client.in_region("eu-nl")),
    ];
    for (name, other) in clients {
        let fake = changing(|| answer(200, &json!({})));
        let inventory = Inventory::new(fake.client());
        let began = Instant::now();
        read_page(&inventory, began).await;
        let other = other(inventory.items.client());
        other.delete_checkpoint("cp-3", None).await.unwrap();
        let look = inventory.look(key(3), began).await.unwrap();
        assert_eq!(status(&look), Some(&Status::Restoring), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn during_a_write_no_earlier_page_answers() {
    let fake = Project::of(20).fake();
    let client = fake.client();
    let inventory = Inventory::new(client.clone());
    let began = Instant::now();
    read_page(&inventory, began).await;
    let look = async {
        // The answer to the deletion comes after 50 ms.
        tokio::time::sleep(Duration::from_millis(10)).await;
        let requests = fake.count();
        let look = inventory.look(key(3), began).await.unwrap();
        assert_eq!(fake.count(), requests + 1, "{look:?}");
    };
    let (deleted, ()) = tokio::join!(client.delete_checkpoint("cp-3", None), look);
    deleted.unwrap();
}

#[tokio::test(start_paused = true)]
async fn knowledge_from_elsewhere_makes_earlier_reads_stale() {
    let project = Project::of(20);
    let inventory = Inventory::new(project.fake().client());
    let began = Instant::now();
    read_page(&inventory, began).await;
    project.set(3, "error");
    inventory.items.client().invalidate(&["item-3".to_owned()]);
    tokio::time::advance(Duration::from_millis(1)).await;
    let look = inventory.look(key(3), began).await.unwrap();
    assert_eq!(status(&look), Some(&Status::Error));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_was_requested_before_a_look_does_not_answer_it() {
    let fake = Project::of(20).fake();
    let inventory = Inventory::new(fake.client());
    let began = Instant::now();
    let later = async {
        // The page is under way: it was requested after 5 ms and comes after 55 ms.
        tokio::time::sleep(Duration::from_millis(30)).await;
        assert_eq!(fake.count(), 1);
        inventory.look(key(15), Instant::now()).await.unwrap();
    };
    tokio::join!(look_all(&inventory, (0..10).map(key).collect(), 10, began), later);
    assert_eq!(fake.count(), 2, "{:?}", fake.lines());
}

#[tokio::test(start_paused = true)]
async fn a_look_from_the_future_is_one_from_now() {
    let fake = Project::of(20).fake();
    let inventory = Inventory::new(fake.client());
    let later = Instant::now() + Duration::from_secs(3600);
    let looks = look_all(&inventory, (0..20).map(key).collect(), 20, later).await;
    assert!(looks.iter().all(|look| status(look) == Some(&Status::Available)));
    assert_eq!(fake.count(), 1, "{:?}", fake.lines());
}

#[tokio::test(start_paused = true)]
async fn the_second_page_of_a_list_has_an_age_of_its_own() {
    let project = Project::of(1500);
    let fake = project.fake();
    let inventory = Inventory::new(fake.client());
    let began = Instant::now();
    // The first page is requested after 5 ms, and the second one after 55 ms.
    let mut keys: Vec<_> = (0..10).map(key).collect();
    keys.extend((1200..1210).map(key));
    look_all(&inventory, keys, 20, began).await;
    assert_eq!(fake.count(), 2);
    inventory
        .look(key(1203), began + Duration::from_millis(55))
        .await
        .unwrap();
    assert_eq!(fake.count(), 2, "{:?}", fake.lines());
    inventory.look(key(3), began + Duration::from_millis(55)).await.unwrap();
    assert_eq!(fake.count(), 3, "{:?}", fake.lines());
}
