//! The cost and the freshness of looks.

mod absence;
mod checks;
mod freshness;
mod pages;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::*;
use crate::csbs::{ApiError, Status};
use crate::http::Delivery;
use crate::rest::testing::{Fake, Reply, Seen, answer, lost, refusal, text};

/// A project's items, newest first, each in a checkpoint of its own, a minute apart.
struct Project {
    items: Mutex<Vec<Value>>,
}

impl Project {
    fn of(count: usize) -> Arc<Self> {
        let items = (0..count).map(|number| item(number, "available")).collect();
        Arc::new(Self {
            items: Mutex::new(items),
        })
    }

    fn fake(self: &Arc<Self>) -> Arc<Fake> {
        let project = Arc::clone(self);
        Fake::new(move |seen, _| {
            let items = project.items.lock().unwrap();
            if let Some(id) = seen.path.strip_prefix("/checkpoint_items/") {
                return match items.iter().find(|item| item["id"] == id) {
                    Some(item) => answer(200, &json!({ "checkpoint_item": item })),
                    None => refusal(404, "CSBS.3001"),
                };
            }
            if !seen.line.starts_with("GET /checkpoint_items?") {
                return answer(200, &json!({}));
            }
            let wanted: Vec<&Value> = items
                .iter()
                .filter(|item| seen.query("checkpoint_id").is_none_or(|id| item["checkpoint_id"] == id))
                .collect();
            let start = seen.query("marker").map_or(0, |marker| {
                wanted.iter().position(|item| item["id"] == marker).unwrap() + 1
            });
            let limit: usize = seen.query("limit").unwrap().parse().unwrap();
            let page: Vec<_> = wanted.into_iter().skip(start).take(limit).collect();
            answer(200, &json!({ "checkpoint_items": page }))
        })
    }

    fn set(&self, number: usize, status: &str) {
        self.items.lock().unwrap()[number]["status"] = Value::from(status);
    }
}

fn item(number: usize, status: &str) -> Value {
    let time = 1_700_000_000 - i64::try_from(number).unwrap() * 60;
    let created = jiff::Timestamp::from_second(time).unwrap().to_string();
    json!({
        "id": format!("item-{number}"),
        "checkpoint_id": format!("cp-{number}"),
        "created_at": created.trim_end_matches('Z'),
        "status": status,
    })
}

fn key(number: usize) -> ItemKey {
    ItemKey::Item(format!("item-{number}"))
}

fn status(look: &Lookup) -> Option<&Status> {
    match look {
        Lookup::Found(items) => items.first().map(|item| &item.status),
        Lookup::Absent => None,
    }
}

/// Looks at all keys, `parallel` at a time, all with the same freshness.
async fn look_all(inventory: &Inventory, keys: Vec<ItemKey>, parallel: usize, from: Instant) -> Vec<Lookup> {
    let slots = Arc::new(tokio::sync::Semaphore::new(parallel));
    let mut tasks = JoinSet::new();
    for key in keys {
        let (inventory, slots) = (inventory.clone(), Arc::clone(&slots));
        tasks.spawn(async move {
            let _slot = slots.acquire().await.unwrap();
            inventory.look(key, from).await.unwrap()
        });
    }
    tasks.join_all().await
}

#[tokio::test(start_paused = true)]
async fn a_plan_of_a_thousand_backups_costs_at_most_five_requests() {
    for (parallel, count, most) in [(10, 1000, 2), (1, 1000, 5), (100, 1000, 2), (10, 4500, 5), (10, 999, 1)] {
        let fake = Project::of(count).fake();
        let inventory = Inventory::new(fake.client());
        let began = Instant::now();
        let looks = look_all(&inventory, (0..count).map(key).collect(), parallel, began).await;
        assert!(looks.iter().all(|look| status(look) == Some(&Status::Available)));
        assert!(fake.count() <= most, "{parallel} {count}: {:?}", fake.lines());
    }
}

#[tokio::test(start_paused = true)]
async fn one_look_costs_one_small_request() {
    for count in 1..=3 {
        let fake = Project::of(5000).fake();
        let inventory = Inventory::new(fake.client());
        look_all(&inventory, (0..count).map(key).collect(), 10, Instant::now()).await;
        assert_eq!(fake.count(), count);
        assert!(
            fake.lines()
                .iter()
                .all(|line| line.starts_with("GET /checkpoint_items/item-"))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_huge_project_is_not_listed_for_a_few_looks() {
    let fake = Project::of(100_000).fake();
    let inventory = Inventory::new(fake.client());
    let keys: Vec<_> = (0..20).map(|number| key(90_000 + number * 400)).collect();
    let looks = look_all(&inventory, keys, 10, Instant::now()).await;
    assert!(looks.iter().all(|look| status(look) == Some(&Status::Available)));
    assert!(fake.count() <= 35, "{}", fake.count());
}

#[tokio::test(start_paused = true)]
async fn looks_spread_over_a_huge_project_are_cheaper_than_single_reads() {
    let fake = Project::of(20_000).fake();
    let inventory = Inventory::new(fake.client());
    let keys: Vec<_> = (0..1000).map(|number| key((number * 7919) % 20_000)).collect();
    look_all(&inventory, keys, 10, Instant::now()).await;
    assert!(fake.count() <= 120, "{}", fake.count());
}

#[tokio::test(start_paused = true)]
async fn pages_are_kept_up_to_a_limit_and_further_items_are_read_one_by_one() {
    let project = Project::of(2500);
    for item in project.items.lock().unwrap().iter_mut() {
        item["description"] = "x".repeat(4500).into();
    }
    let fake = project.fake();
    let inventory = Inventory::new(fake.client());
    let looks = look_all(&inventory, (0..2500).map(key).collect(), 100, Instant::now()).await;
    assert!(looks.iter().all(|look| status(look) == Some(&Status::Available)));
    let pages = fake.lines().iter().filter(|line| line.contains("limit=1000")).count();
    assert_eq!((pages, inventory.items.item_count()), (2, 2000));
}

#[tokio::test(start_paused = true)]
async fn a_missing_item_is_read_before_it_is_absent() {
    let fake = Project::of(50).fake();
    let inventory = Inventory::new(fake.client());
    let mut keys: Vec<_> = (0..20).map(key).collect();
    keys.push(ItemKey::Item("item-999".to_owned()));
    keys.push(ItemKey::Checkpoint("cp-999".to_owned()));
    let looks = look_all(&inventory, keys, 30, Instant::now()).await;
    assert_eq!(looks.iter().filter(|look| **look == Lookup::Absent).count(), 2);
    let lines = fake.lines();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines.iter().any(|line| line == "GET /checkpoint_items/item-999"));
    assert!(lines.iter().any(|line| line.contains("checkpoint_id=cp-999")));
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_never_older_than_requested() {
    let project = Project::of(100);
    let fake = project.fake();
    let inventory = Inventory::new(fake.client());
    let began = Instant::now();
    look_all(&inventory, (0..100).map(key).collect(), 10, began).await;
    assert_eq!(fake.count(), 1);
    tokio::time::advance(Duration::from_secs(5)).await;
    project.set(3, "deleting");
    let old = inventory.look(key(3), began).await.unwrap();
    assert_eq!(status(&old), Some(&Status::Available));
    let new = inventory.look(key(3), Instant::now()).await.unwrap();
    assert_eq!(status(&new), Some(&Status::Deleting));
    assert_eq!(fake.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn writes_make_earlier_reads_stale() {
    let project = Project::of(100);
    let fake = project.fake();
    let inventory = Inventory::new(fake.client());
    let began = Instant::now();
    look_all(&inventory, (0..100).map(key).collect(), 10, began).await;
    project.set(3, "deleting");
    project.set(4, "deleting");
    inventory.items.client().delete_checkpoint("cp-3", None).await.unwrap();
    inventory
        .items
        .client()
        .add_tags(
            crate::csbs::TagKind::Backup,
            "item-4",
            &[("a".to_owned(), "b".to_owned())].into(),
        )
        .await
        .unwrap();
    for number in [3, 4] {
        let look = inventory.look(key(number), began).await.unwrap();
        assert_eq!(status(&look), Some(&Status::Deleting), "{number}");
    }
    let look = inventory
        .look(ItemKey::Checkpoint("cp-3".to_owned()), began)
        .await
        .unwrap();
    assert_eq!(status(&look), Some(&Status::Deleting));
    let other = inventory.look(key(5), began).await.unwrap();
    assert_eq!(status(&other), Some(&Status::Available));
}

#[tokio::test(start_paused = true)]
async fn one_list_answers_all_waits() {
    let project = Project::of(3000);
    let fake = project.fake();
    let inventory = Inventory::new(fake.client());
    let schedule = crate::operation::Schedule::new(5);
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    // Five rounds of a hundred, one after the other; each backup takes a minute.
    let slots = Arc::new(tokio::sync::Semaphore::new(100));
    for number in 0..500 {
        let (inventory, slots) = (inventory.clone(), Arc::clone(&slots));
        tasks.spawn(async move {
            let _slot = slots.acquire().await.unwrap();
            let started = Instant::now();
            while started.elapsed() < Duration::from_secs(60) {
                tokio::time::sleep_until(schedule.next(started, Instant::now())).await;
                let key = if started.elapsed() < Duration::from_secs(2) {
                    ItemKey::Checkpoint(format!("cp-{number}"))
                } else {
                    key(number)
                };
                let look = inventory.look(key, Instant::now()).await.unwrap();
                assert_ne!(look, Lookup::Absent);
            }
        });
    }
    while tasks.join_next().await.is_some() {}
    assert!(began.elapsed() < Duration::from_secs(320));
    assert!(fake.count() <= 500, "{} looks for 500 backups", fake.count());
}

#[tokio::test(start_paused = true)]
async fn up_to_three_polls_cost_one_small_request_each() {
    for pollers in 1..=3 {
        let fake = Project::of(5000).fake();
        let inventory = Inventory::new(fake.client());
        let mut tasks = JoinSet::new();
        for number in 0..pollers {
            let inventory = inventory.clone();
            tasks.spawn(async move {
                tokio::time::sleep(Duration::from_millis(number as u64 * 370)).await;
                for _ in 0..100 {
                    inventory.look(key(number), Instant::now()).await.unwrap();
                    tokio::time::sleep(Duration::from_millis(1500)).await;
                }
            });
        }
        tasks.join_all().await;
        assert_eq!(fake.count(), 100 * pollers);
        assert!(
            fake.lines()
                .iter()
                .all(|line| line.starts_with("GET /checkpoint_items/item-"))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn polls_at_different_moments_share_answers_within_their_age_limit() {
    let fake = Project::of(3000).fake();
    let inventory = Inventory::new(fake.client());
    let mut tasks = JoinSet::new();
    for number in 0..100 {
        let inventory = inventory.clone();
        tasks.spawn(async move {
            tokio::time::sleep(Duration::from_millis(number as u64 * 15)).await;
            for _ in 0..40 {
                let from = Instant::now() - Duration::from_millis(750);
                inventory.look(key(number), from).await.unwrap();
                tokio::time::sleep(Duration::from_millis(1500)).await;
            }
        });
    }
    tasks.join_all().await;
    assert!(fake.count() < 150, "{} looks for 4000 polls", fake.count());
}

#[tokio::test(start_paused = true)]
async fn an_item_that_is_never_listed_does_not_make_polls_read_more_pages() {
    let fake = Project::of(5_000).fake();
    let inventory = Inventory::new(fake.client());
    for _ in 0..20 {
        let mut keys: Vec<_> = (0..99).map(key).collect();
        keys.push(ItemKey::Item("item-new".to_owned()));
        look_all(&inventory, keys, 100, Instant::now()).await;
        tokio::time::advance(Duration::from_millis(1500)).await;
    }
    assert_eq!(fake.count(), 40);
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_is_taken_from_a_list_only_if_it_is_complete() {
    let project = Project::of(3000);
    {
        // One checkpoint of three items that lies across the end of the first page.
        let mut items = project.items.lock().unwrap();
        let created = items[999]["created_at"].clone();
        for number in 999..1002 {
            items[number]["checkpoint_id"] = Value::from("cp-run");
            items[number]["created_at"] = created.clone();
        }
    }
    let fake = project.fake();
    let inventory = Inventory::new(fake.client());
    let mut keys: Vec<_> = (0..5).map(key).collect();
    keys.push(ItemKey::Checkpoint("cp-run".to_owned()));
    let looks = look_all(&inventory, keys, 10, Instant::now()).await;
    assert!(
        looks
            .iter()
            .any(|look| matches!(look, Lookup::Found(items) if items.len() == 3))
    );
}

#[tokio::test(start_paused = true)]
async fn single_reads_answer_if_the_list_fails() {
    for bad in [
        (|| text(403, "")) as fn() -> Reply,
        || text(200, "{}"),
        || refusal(400, "CSBS.9001"),
    ] {
        let fake = Fake::new(move |seen, _| match seen.path.strip_prefix("/checkpoint_items/") {
            Some(id) => answer(200, &json!({ "checkpoint_item": { "id": id, "status": "available" } })),
            None => bad(),
        });
        let inventory = Inventory::new(fake.client());
        let mut listed = 0;
        for _ in 0..4 {
            look_all(&inventory, (0..10).map(key).collect(), 10, Instant::now()).await;
            tokio::time::advance(Duration::from_secs(1)).await;
            listed = fake.lines().iter().filter(|line| line.contains("limit=1000")).count();
        }
        // Two attempts; each is sent three times if the answer cannot be read.
        assert!(listed == 2 || listed == 6, "{:?}", fake.lines());
    }
}

#[tokio::test(start_paused = true)]
async fn a_failing_service_fails_all_looks_without_more_requests() {
    let fake = Fake::new(|_, _| lost(Delivery::Unknown));
    let inventory = Inventory::new(fake.client());
    let mut tasks = JoinSet::new();
    for number in 0..10 {
        let inventory = inventory.clone();
        tasks.spawn(async move { inventory.look(key(number), Instant::now()).await });
    }
    for outcome in tasks.join_all().await {
        assert!(matches!(outcome, Err(ApiError::Transport { .. })));
    }
    assert_eq!(fake.count(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_look_does_not_affect_others() {
    let fake = Project::of(10).fake();
    let inventory = Inventory::new(fake.client());
    let impatient = tokio::time::timeout(Duration::from_millis(20), inventory.look(key(1), Instant::now()));
    let (given_up, other) = tokio::join!(impatient, inventory.look(key(2), Instant::now()));
    assert!(given_up.is_err());
    assert!(matches!(other, Ok(Lookup::Found(_))));
    assert!(matches!(
        inventory.look(key(3), Instant::now()).await,
        Ok(Lookup::Found(_))
    ));
}

/// A service that can back up all servers except those in `bad`, which make it refuse the whole call or are left out.
fn capability(bad: &'static [&'static str], refuses: bool) -> Arc<Fake> {
    Fake::new(move |seen, _| {
        let servers = seen.body["check_protectable"].as_array().unwrap();
        let is_bad = |server: &Value| bad.contains(&server["resource_id"].as_str().unwrap());
        if refuses && servers.iter().any(is_bad) {
            return refusal(400, "CSBS.6000");
        }
        let answers: Vec<_> = servers
            .iter()
            .filter(|server| !is_bad(server))
            .map(|server| json!({ "result": "True", "resource_id": server["resource_id"] }))
            .collect();
        answer(200, &json!({ "protectable": answers }))
    })
}

async fn check_all(inventory: &Inventory, count: usize) -> Vec<(String, Result<Capability, ApiError>)> {
    let mut tasks = JoinSet::new();
    for number in 0..count {
        let inventory = inventory.clone();
        tasks.spawn(async move {
            let id = format!("server-{number}");
            let outcome = inventory.check_protectable(Server::new(&id)).await;
            (id, outcome)
        });
    }
    tasks.join_all().await
}

#[tokio::test(start_paused = true)]
async fn capability_checks_share_requests() {
    let fake = capability(&[], false);
    let inventory = Inventory::new(fake.client());
    let answers = check_all(&inventory, 250).await;
    assert!(answers.iter().all(|(_, answer)| answer.as_ref().unwrap().result));
    assert_eq!(fake.count(), 3);
    inventory.check_protectable(Server::new("server-1")).await.unwrap();
    assert_eq!(fake.count(), 4, "an answer is not used twice");
}

#[tokio::test(start_paused = true)]
async fn a_bad_server_among_a_hundred_does_not_affect_the_others() {
    for refuses in [true, false] {
        let fake = capability(&["server-17", "server-80"], refuses);
        let inventory = Inventory::new(fake.client());
        for (id, answer) in check_all(&inventory, 100).await {
            let bad = ["server-17", "server-80"].contains(&id.as_str());
            match (bad, refuses) {
                (false, _) => assert!(answer.unwrap().result, "{id}"),
                (true, true) => assert_eq!(answer.unwrap_err().code(), Some("CSBS.6000"), "{id}"),
                (true, false) => assert!(!answer.unwrap().result, "{id}"),
            }
        }
        assert!(fake.count() < 40, "{}", fake.count());
    }
}

#[tokio::test(start_paused = true)]
async fn a_later_poll_replaces_the_pages_of_a_plan() {
    let fake = Project::of(2000).fake();
    let inventory = Inventory::new(fake.client());
    look_all(&inventory, (0..2000).map(key).collect(), 10, Instant::now()).await;
    tokio::time::advance(Duration::from_secs(1)).await;
    // A later poll begins a new list instead of adding to the old one.
    look_all(&inventory, (0..10).map(key).collect(), 10, Instant::now()).await;
    assert_eq!(inventory.items.item_count(), 1000);
}

/// A project whose single reads are answered with a 404 that is not the service's own.
fn with_foreign_404(project: &Arc<Project>) -> Arc<Fake> {
    let inner = project.fake();
    Fake::new(move |seen, number| match seen.path.strip_prefix("/checkpoint_items/") {
        Some(_) => text(404, "<html>404 Not Found</html>"),
        None => inner.reply(seen, number),
    })
}

#[tokio::test(start_paused = true)]
async fn a_404_that_is_not_the_services_own_needs_the_list() {
    let project = Project::of(5);
    let fake = with_foreign_404(&project);
    let inventory = Inventory::new(fake.client());
    let error = inventory.look(key(3), Instant::now()).await.unwrap_err();
    assert_eq!(error.status(), Some(404), "the list shows it");
    let gone = ItemKey::Item("item-999".to_owned());
    assert_eq!(inventory.look(gone, Instant::now()).await.unwrap(), Lookup::Absent);
    // For an item that is being deleted, the list is not enough.
    let error = inventory
        .items()
        .look_at_item("item-999", Instant::now())
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(404));
    let lines = fake.lines();
    let lists = lines.iter().filter(|line| line.contains("limit=1000")).count();
    assert_eq!((lines.len(), lists), (5, 2), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn looks_with_such_a_404_share_one_list() {
    let fake = with_foreign_404(&Project::of(1500));
    let inventory = Inventory::new(fake.client());
    let keys = (0..3)
        .map(|number| ItemKey::Item(format!("unknown-{number}")))
        .collect();
    let looks = look_all(&inventory, keys, 3, Instant::now()).await;
    assert!(looks.iter().all(|look| *look == Lookup::Absent));
    assert_eq!(fake.count(), 5, "{:?}", fake.lines());
}

#[tokio::test(start_paused = true)]
async fn a_list_that_cannot_be_read_confirms_no_absence() {
    let fake = Fake::new(|_, _| text(404, ""));
    let inventory = Inventory::new(fake.client());
    let error = inventory.look(key(1), Instant::now()).await.unwrap_err();
    assert_eq!(error.status(), Some(404));
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_exactly_the_requested_age_is_used() {
    let project = Project::of(100);
    let fake = project.fake();
    let inventory = Inventory::new(fake.client());
    let began = Instant::now();
    look_all(&inventory, (0..100).map(key).collect(), 100, began).await;
    // The first look gathers others for 5 ms; the page is requested then.
    let read_at = began + Duration::from_millis(5);
    inventory.look(key(1), read_at).await.unwrap();
    assert_eq!(fake.count(), 1);
    inventory
        .look(key(1), read_at + Duration::from_millis(1))
        .await
        .unwrap();
    assert_eq!(fake.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_item_that_fresh_pages_do_not_show_was_left_out() {
    let project = Project::of(20);
    let inner = project.fake();
    // The list hides the item, which can be read by its ID.
    let fake = Fake::new(move |seen, number| match seen.path.as_str() {
        "/checkpoint_items/hidden" => answer(
            200,
            &json!({ "checkpoint_item": { "id": "hidden", "status": "deleting" } }),
        ),
        _ => inner.reply(seen, number),
    });
    let inventory = Inventory::new(fake.client());
    let began = Instant::now();
    assert!(!inventory.was_left_out("hidden", began), "no page was read");
    let mut keys: Vec<_> = (0..10).map(key).collect();
    keys.push(ItemKey::Item("hidden".to_owned()));
    look_all(&inventory, keys, 20, began).await;
    assert!(inventory.was_left_out("hidden", began));
    assert!(inventory.was_left_out("hidden", began + Duration::from_millis(5)));
    assert!(!inventory.was_left_out("item-3", began));
    assert!(!inventory.was_left_out("hidden", Instant::now()), "the pages are older");
}

#[tokio::test(start_paused = true)]
async fn a_refresh_uses_answers_of_half_a_minute_and_none_of_an_earlier_configuration() {
    let inventory = Inventory::new(Project::of(1).fake().client());
    let created = Instant::now();
    assert_eq!(inventory.refresh_from(), created);
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(inventory.refresh_from(), created);
    tokio::time::advance(Duration::from_secs(50)).await;
    assert_eq!(inventory.refresh_from(), created + Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn a_read_during_a_write_is_not_used_after_it() {
    let project = Project::of(20);
    let inner = project.fake();
    let slow = Arc::clone(&project);
    // The deletion takes effect only at the end of its call, after the pages were read.
    let fake = Fake::new(move |seen, number| {
        if seen.line.starts_with("DELETE") {
            slow.set(3, "deleting");
        }
        inner.reply(seen, number)
    });
    let client = fake.client();
    let inventory = Inventory::new(client.clone());
    let began = Instant::now();
    let delete = client.delete_checkpoint("cp-3", None);
    let (deleted, _) = tokio::join!(
        delete,
        look_all(
            &inventory,
            (0..20).filter(|number| *number != 3).map(key).collect(),
            20,
            began
        )
    );
    deleted.unwrap();
    let look = inventory.look(key(3), began).await.unwrap();
    assert_eq!(status(&look), Some(&Status::Deleting));
}

/// Number of requests for looks at ten checkpoints of a project.
async fn requests_for_ten_checkpoints(project: &Arc<Project>) -> usize {
    let fake = project.fake();
    let inventory = Inventory::new(fake.client());
    let keys = (0..10)
        .map(|number| ItemKey::Checkpoint(format!("cp-{number}")))
        .collect();
    let looks = look_all(&inventory, keys, 10, Instant::now()).await;
    assert!(looks.iter().all(|look| status(look) == Some(&Status::Available)));
    fake.count()
}

#[tokio::test(start_paused = true)]
async fn a_page_answers_looks_at_checkpoints_only_if_its_order_is_certain() {
    assert_eq!(requests_for_ten_checkpoints(&Project::of(3000)).await, 1);
    assert_eq!(requests_for_ten_checkpoints(&Project::of(10)).await, 1, "a whole list");
    let equal = Project::of(3000);
    let time = equal.items.lock().unwrap()[3]["created_at"].clone();
    equal.items.lock().unwrap()[4]["created_at"] = time;
    assert_eq!(
        requests_for_ten_checkpoints(&equal).await,
        1,
        "equal times are in order"
    );
    let undated = Project::of(3000);
    undated.items.lock().unwrap()[500]["created_at"] = Value::Null;
    assert!(requests_for_ten_checkpoints(&undated).await > 10);
    let disordered = Project::of(3000);
    disordered.items.lock().unwrap().swap(500, 501);
    assert!(requests_for_ten_checkpoints(&disordered).await > 10);
}

#[tokio::test(start_paused = true)]
async fn an_answer_about_one_server_needs_no_id() {
    for (answers, expected) in [
        (json!([{ "result": true }]), true),
        (json!([{ "result": true, "resource_id": "other" }]), false),
        (json!([{ "result": true }, { "result": true }]), false),
    ] {
        let fake = Fake::new(move |_, _| answer(200, &json!({ "protectable": answers })));
        let inventory = Inventory::new(fake.client());
        let capability = inventory.check_protectable(Server::new("server")).await.unwrap();
        assert_eq!(capability.result, expected);
        assert_eq!(fake.count(), 1);
    }
}

/// An answer about each server asked about, which says `result` about "server-1" and yes about the others.
fn answers_with(seen: &Seen, result: &str) -> Reply {
    let servers = seen.body["check_protectable"].as_array().unwrap();
    let answers: Vec<_> = servers
        .iter()
        .map(|server| match server["resource_id"].as_str().unwrap() {
            "server-1" => json!({ "result": result, "resource_id": "server-1" }),
            id => json!({ "result": true, "resource_id": id }),
        })
        .collect();
    answer(200, &json!({ "protectable": answers }))
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_read_is_no_refusal() {
    let fake = Fake::new(|seen, _| answers_with(seen, "perhaps"));
    for (id, answer) in check_all(&Inventory::new(fake.client()), 3).await {
        match answer {
            Ok(capability) => assert!(capability.result && id != "server-1", "{id}"),
            Err(ApiError::Decode { message, .. }) => {
                assert!(
                    message.contains("whether it is possible") && id == "server-1",
                    "{id}: {message}"
                );
            }
            Err(error) => panic!("{id}: {error}"),
        }
    }
    // All three, then server-1 alone, which is repeated twice.
    assert_eq!(fake.count(), 4);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_read_once_is_asked_for_again() {
    let fake = Fake::new(|seen, number| answers_with(seen, if number == 0 { "perhaps" } else { "true" }));
    let inventory = Inventory::new(fake.client());
    let capability = inventory.check_protectable(Server::new("server-1")).await.unwrap();
    assert!(capability.result);
    assert_eq!(fake.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_is_about_no_server_is_the_answer_to_all() {
    // A transient failure is repeated five times.
    for (status, code, requests) in [(403, "APIG.0301", 1), (503, "", 6), (500, "", 6)] {
        let fake = Fake::new(move |_, _| match code {
            "" => text(status, ""),
            code => refusal(status, code),
        });
        let inventory = Inventory::new(fake.client());
        for (_, answer) in check_all(&inventory, 10).await {
            assert_eq!(answer.unwrap_err().status(), Some(status));
        }
        assert_eq!(fake.count(), requests, "{status}");
    }
}
