//! A backup is absent only if the service says so, and not because a list or a strange answer suggests it.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_look_at_an_item_that_is_being_deleted_takes_no_answer_of_another_look() {
    let fake = with_foreign_404(&Project::of(5));
    let inventory = Inventory::new(fake.client());
    let from = Instant::now();
    // Both looks share the single read, and only one of them may conclude from the list.
    let (any, own) = tokio::join!(
        inventory.look(ItemKey::Item("unknown".to_owned()), from),
        inventory.items.look_at_item("unknown", from),
    );
    assert_eq!(any.unwrap(), Lookup::Absent);
    assert_eq!(own.unwrap_err().status(), Some(404));
    let lists = fake.lines().iter().filter(|line| line.contains("limit=1000")).count();
    assert_eq!((fake.count(), lists), (2, 1), "{:?}", fake.lines());
}

#[tokio::test(start_paused = true)]
async fn a_list_confirms_absence_only_after_its_last_page() {
    let fake = with_foreign_404(&Project::of(1500));
    let inventory = Inventory::new(fake.client());
    for number in [3, 999, 1000, 1499] {
        let error = inventory.look(key(number), Instant::now()).await.unwrap_err();
        assert_eq!(error.status(), Some(404), "item {number} is in the list");
    }
    let checkpoint = ItemKey::Checkpoint("cp-1400".to_owned());
    let look = inventory.look(checkpoint, Instant::now()).await.unwrap();
    assert!(matches!(look, Lookup::Found(_)));
}

#[tokio::test(start_paused = true)]
async fn a_list_without_an_end_confirms_nothing() {
    // The service ignores the position, so that each page is the first one.
    let page: Vec<_> = (0..1000).map(|number| item(number, "available")).collect();
    let fake = Fake::new(move |seen, _| match seen.path.strip_prefix("/checkpoint_items/") {
        Some(_) => text(404, ""),
        None => answer(200, &json!({ "checkpoint_items": page })),
    });
    let inventory = Inventory::new(fake.client());
    let unknown = ItemKey::Item("unknown".to_owned());
    let error = inventory.look(unknown, Instant::now()).await.unwrap_err();
    assert_eq!(error.status(), Some(404));
    assert_eq!(fake.count(), 3, "{:?}", fake.lines());
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_that_the_list_shows_is_not_absent() {
    let inner = Project::of(5).fake();
    // Only the filtered list is answered with a foreign 404.
    let fake = Fake::new(move |seen, number| match seen.query("checkpoint_id") {
        Some(_) => text(404, "<html>404 Not Found</html>"),
        None => inner.reply(seen, number),
    });
    let inventory = Inventory::new(fake.client());
    let shown = ItemKey::Checkpoint("cp-3".to_owned());
    let error = inventory.look(shown, Instant::now()).await.unwrap_err();
    assert_eq!(error.status(), Some(404));
    let unknown = ItemKey::Checkpoint("cp-999".to_owned());
    assert_eq!(inventory.look(unknown, Instant::now()).await.unwrap(), Lookup::Absent);
}

#[tokio::test(start_paused = true)]
async fn an_item_of_another_checkpoint_does_not_prove_that_a_checkpoint_exists() {
    // The service ignores the filter.
    let fake = Fake::new(|_, _| answer(200, &json!({ "checkpoint_items": [item(1, "available")] })));
    let inventory = Inventory::new(fake.client());
    let other = ItemKey::Checkpoint("cp-2".to_owned());
    assert_eq!(inventory.look(other, Instant::now()).await.unwrap(), Lookup::Absent);
    let own = ItemKey::Checkpoint("cp-1".to_owned());
    assert!(matches!(
        inventory.look(own, Instant::now()).await.unwrap(),
        Lookup::Found(items) if items.len() == 1
    ));
}

#[tokio::test(start_paused = true)]
async fn after_a_panic_a_look_is_answered_alone_and_by_the_same_rules() {
    let looks: [(&str, bool, bool); 4] = [
        // The item, whether the service's own answer is needed, and whether the item is absent then.
        ("item-3", false, false),
        ("item-3", true, false),
        ("unknown", false, true),
        ("unknown", true, false),
    ];
    for (id, needs_own_answer, is_absent) in looks {
        let inner = with_foreign_404(&Project::of(5));
        let fake = Fake::new(move |seen, number| {
            assert!(number > 0, "the first request panics");
            inner.reply(seen, number)
        });
        let inventory = Inventory::new(fake.client());
        let look = match needs_own_answer {
            true => inventory.items.look_at_item(id, Instant::now()).await,
            false => inventory.look(ItemKey::Item(id.to_owned()), Instant::now()).await,
        };
        match look {
            Ok(look) => assert!(is_absent && look == Lookup::Absent, "{id}: {look:?}"),
            Err(error) => assert!(!is_absent && error.status() == Some(404), "{id}: {error}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_of_a_single_read_is_not_confirmed_by_a_list() {
    for status in [403, 400] {
        let inner = Project::of(5).fake();
        let fake = Fake::new(move |seen, number| match seen.path.strip_prefix("/checkpoint_items/") {
            Some(_) => text(status, ""),
            None => inner.reply(seen, number),
        });
        let inventory = Inventory::new(fake.client());
        let unknown = ItemKey::Item("unknown".to_owned());
        let error = inventory.look(unknown, Instant::now()).await.unwrap_err();
        assert_eq!((error.status(), fake.count()), (Some(status), 1));
    }
}
