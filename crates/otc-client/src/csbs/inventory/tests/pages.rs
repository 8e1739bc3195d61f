//! The pages that a batch of looks reads, and the looks that a page answers.

use super::*;

/// Number of pages and of single reads so far.
fn requests(fake: &Fake) -> (usize, usize) {
    let pages = fake.lines().iter().filter(|line| line.contains("limit=1000")).count();
    (pages, fake.count() - pages)
}

#[tokio::test(start_paused = true)]
async fn a_batch_reads_one_page_and_one_more_for_four_looks() {
    for (looks, pages) in [(4, 2), (7, 2), (8, 3), (11, 3), (12, 4)] {
        // The items are on the ninth page.
        let fake = Project::of(8500).fake();
        let inventory = Inventory::new(fake.client());
        let keys = (8100..8100 + looks).map(key).collect();
        look_all(&inventory, keys, looks, Instant::now()).await;
        assert_eq!(requests(&fake), (pages, looks), "{looks} looks");
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_looks_of_a_batch_are_answered_one_by_one() {
    // Three looks at the end are cheaper without a page, and four are not.
    for (at_the_end, expected) in [(3, (1, 3)), (4, (2, 0))] {
        let fake = Project::of(1500).fake();
        let inventory = Inventory::new(fake.client());
        let keys = (0..4).chain(1400..1400 + at_the_end).map(key).collect();
        look_all(&inventory, keys, 20, Instant::now()).await;
        assert_eq!(requests(&fake), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_was_read_to_its_end_is_not_read_again() {
    let fake = Project::of(1500).fake();
    let inventory = Inventory::new(fake.client());
    let keys = (0..20)
        .map(|number| ItemKey::Item(format!("unknown-{number}")))
        .collect();
    let looks = look_all(&inventory, keys, 20, Instant::now()).await;
    assert!(looks.iter().all(|look| *look == Lookup::Absent));
    assert_eq!(requests(&fake), (2, 20));
}

#[tokio::test(start_paused = true)]
async fn a_list_is_continued_by_later_looks_that_it_is_fresh_enough_for() {
    let fake = Project::of(3000).fake();
    let inventory = Inventory::new(fake.client());
    let began = Instant::now();
    look_all(&inventory, (0..4).map(key).collect(), 4, began).await;
    assert_eq!(requests(&fake), (1, 0));
    look_all(&inventory, (1500..1504).map(key).collect(), 4, began).await;
    assert_eq!(requests(&fake), (2, 0), "{:?}", fake.lines());
    assert!(fake.last().query("marker") == Some("item-999"), "{:?}", fake.lines());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_ignores_the_position_is_not_asked_for_a_third_page() {
    let page: Vec<_> = (0..1000).map(|number| item(number, "available")).collect();
    let fake = Fake::new(move |seen, _| match seen.path.strip_prefix("/checkpoint_items/") {
        Some(_) => refusal(404, "CSBS.3001"),
        None => answer(200, &json!({ "checkpoint_items": page })),
    });
    let inventory = Inventory::new(fake.client());
    for round in 1..=3 {
        let keys = (0..20)
            .map(|number| ItemKey::Item(format!("unknown-{number}")))
            .collect();
        look_all(&inventory, keys, 20, Instant::now()).await;
        assert_eq!(requests(&fake), (2 * round, 20 * round));
        tokio::time::advance(Duration::from_millis(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_refusal_of_the_list_itself_leads_to_single_reads() {
    let refusals: [(u16, &str, usize, bool); 6] = [
        // Status, code, requests for the list, and whether single reads follow.
        (403, "APIG.0305", 1, true),
        (400, "CSBS.9001", 1, true),
        (404, "APIG.0101", 1, true),
        (401, "APIG.0301", 1, false),
        (500, "", 6, false),
        (503, "", 6, false),
    ];
    for (status, code, requests_for_list, has_single_reads) in refusals {
        let fake = Fake::new(move |seen, _| match seen.path.strip_prefix("/checkpoint_items/") {
            Some(id) => answer(200, &json!({ "checkpoint_item": { "id": id, "status": "available" } })),
            None => refusal(status, code),
        });
        let inventory = Inventory::new(fake.client());
        let mut tasks = JoinSet::new();
        for number in 0..10 {
            let inventory = inventory.clone();
            tasks.spawn(async move { inventory.look(key(number), Instant::now()).await });
        }
        for look in tasks.join_all().await {
            match look {
                Ok(Lookup::Found(_)) => assert!(has_single_reads, "{status}"),
                Ok(Lookup::Absent) => panic!("{status}: nothing says so"),
                Err(error) => assert!(!has_single_reads && error.status() == Some(status), "{error}"),
            }
        }
        let single_reads = if has_single_reads { 10 } else { 0 };
        assert_eq!(requests(&fake), (requests_for_list, single_reads), "{status}");
    }
}

/// Returns whether the page answers a look at a checkpoint with two items, which are `ages` seconds older than the newest item of
/// the project, while the oldest item of the page is a hundred seconds older.
async fn is_answered_by_the_page(ages: [i64; 2]) -> bool {
    let created = |age: i64| jiff::Timestamp::from_second(1_700_000_000 - age).unwrap().to_string();
    let project = Project::of(3000);
    {
        let mut items = project.items.lock().unwrap();
        for (number, item) in items.iter_mut().enumerate() {
            item["created_at"] = created(if number < 999 { 0 } else { 100 }).into();
        }
        for (number, age) in [(997, ages[0]), (998, ages[1])] {
            items[number]["checkpoint_id"] = "cp-run".into();
            items[number]["created_at"] = created(age).into();
        }
    }
    let fake = project.fake();
    let inventory = Inventory::new(fake.client());
    let mut keys: Vec<_> = (0..5).map(key).collect();
    keys.push(ItemKey::Checkpoint("cp-run".to_owned()));
    let looks = look_all(&inventory, keys, 10, Instant::now()).await;
    assert!(looks.iter().all(|look| *look != Lookup::Absent));
    requests(&fake) == (1, 0)
}

#[tokio::test(start_paused = true)]
async fn a_page_has_a_whole_checkpoint_if_it_goes_on_for_a_minute() {
    for (ages, expected) in [
        ([10, 40], true),
        ([40, 40], true),
        // Another item of the checkpoint could follow on the next page.
        ([10, 41], false),
        ([41, 41], false),
    ] {
        assert_eq!(is_answered_by_the_page(ages).await, expected, "{ages:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_item_without_a_time_leaves_its_checkpoint_to_a_single_read() {
    let project = Project::of(3000);
    project.items.lock().unwrap()[2]["created_at"] = Value::Null;
    let fake = project.fake();
    let inventory = Inventory::new(fake.client());
    let mut keys: Vec<_> = (4..10).map(key).collect();
    keys.push(ItemKey::Checkpoint("cp-2".to_owned()));
    look_all(&inventory, keys, 10, Instant::now()).await;
    assert!(
        fake.lines().iter().any(|line| line.contains("checkpoint_id=cp-2")),
        "{:?}",
        fake.lines()
    );
}

#[tokio::test(start_paused = true)]
async fn the_newest_items_are_listed_first_and_a_checkpoint_is_asked_for_by_its_id() {
    let fake = Project::of(20).fake();
    let inventory = Inventory::new(fake.client());
    look_all(&inventory, (0..20).map(key).collect(), 20, Instant::now()).await;
    assert_eq!(fake.last().query("sort"), Some("created_at:desc"));
    let inventory = Inventory::new(fake.client());
    let checkpoint = ItemKey::Checkpoint("cp-3".to_owned());
    inventory.look(checkpoint, Instant::now()).await.unwrap();
    assert_eq!(fake.last().query("checkpoint_id"), Some("cp-3"));
}
