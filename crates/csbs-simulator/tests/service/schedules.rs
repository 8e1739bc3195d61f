//! Scheduled runs, and the retention of their backups.

use std::time::Duration;

use csbs_simulator::{Config, ItemRecord, Status};
use serde_json::{Value, json};

use super::{
    client::{Client, OTHER, SERVER, quick, text},
    policies::{create, policy, run},
};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// The time is 2026-01-01 12:00, a Thursday; the first clean-up is on the 3rd at 12:00.
fn scheduled() -> Client {
    Client::new(Config {
        schedules: true,
        ..quick()
    })
}

/// Creates a policy with this schedule and retention.
async fn make(client: &Client, rule: &str, definition: Value) -> String {
    let mut wanted = policy("scheduled", &[SERVER]);
    let operation = &mut wanted["scheduled_operations"][0];
    operation["operation_definition"] = definition;
    operation["trigger"]["properties"]["pattern"] = json!(format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nRRULE:{rule}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ));
    text(&create(client, wanted).await, "id").to_owned()
}

/// Daily runs at 18:00.
const DAILY: &str = "FREQ=DAILY;BYHOUR=18;BYMINUTE=0";

fn items(client: &Client) -> Vec<ItemRecord> {
    client.simulator.inventory().items().cloned().collect()
}

/// Returns the days of January on which the existing backups were created.
fn days(client: &Client) -> Vec<String> {
    let day = |item: &ItemRecord| item.created_at.strftime("%m-%d").to_string();
    items(client).iter().map(day).collect()
}

#[tokio::test]
async fn policies_run_by_schedule() {
    let client = scheduled();
    create(&client, policy("weekly", &[SERVER, OTHER])).await;
    // 12:27 is the first run.
    client.simulator.advance(26 * MINUTE);
    assert_eq!(items(&client).len(), 0);
    client.simulator.advance(MINUTE);
    let inventory = client.simulator.inventory();
    assert_eq!(inventory.checkpoints.len(), 1);
    assert_eq!(inventory.checkpoints[0].request, None);
    assert_eq!(inventory.items().count(), 2);
    client.simulator.advance(21 * DAY);
    assert_eq!(items(&client).len(), 8);
}

#[tokio::test]
async fn the_clean_up_runs_every_other_day() {
    let client = scheduled();
    make(&client, DAILY, json!({"max_backups": 2})).await;
    // On the 6th, just before the third clean-up.
    client.simulator.advance(5 * DAY + 23 * HOUR);
    assert_eq!(days(&client), ["01-03", "01-04", "01-05", "01-06"]);
    client.simulator.advance(2 * HOUR);
    assert_eq!(days(&client), ["01-05", "01-06"]);
    assert!(items(&client).iter().all(|item| item.status == Status::Available));
    assert_eq!(client.simulator.inventory().checkpoints.len(), 2);
}

#[tokio::test]
async fn backups_older_than_their_days_are_cleaned_up() {
    let client = scheduled();
    make(&client, DAILY, json!({"retention_duration_days": 3})).await;
    client.simulator.advance(10 * DAY + HOUR);
    assert_eq!(days(&client), ["01-08", "01-09", "01-10"]);
}

#[tokio::test]
async fn permanent_overrides_number_and_days() {
    for definition in [
        json!({"permanent": true, "max_backups": 1, "retention_duration_days": 1}),
        json!({}),
        json!({"max_backups": -1, "retention_duration_days": -1, "permanent": false}),
    ] {
        let client = scheduled();
        make(&client, DAILY, definition.clone()).await;
        client.simulator.advance(10 * DAY + HOUR);
        assert_eq!(days(&client).len(), 10, "{definition}");
    }
}

#[tokio::test]
async fn the_newest_of_each_period_is_kept() {
    let definition = |counts: Value| {
        let mut definition = json!({"max_backups": 1, "timezone": "UTC+00:00"});
        definition
            .as_object_mut()
            .unwrap()
            .extend(counts.as_object().unwrap().clone());
        definition
    };
    for (counts, kept) in [
        (json!({}), vec!["02-09"]),
        (json!({"day_backups": 3}), vec!["02-07", "02-08", "02-09"]),
        // The 9th is a Monday; weeks end on Sundays.
        (json!({"week_backups": 3}), vec!["02-01", "02-08", "02-09"]),
        (json!({"month_backups": 2}), vec!["01-31", "02-09"]),
        (json!({"year_backups": 5}), vec!["02-09"]),
    ] {
        let client = scheduled();
        make(&client, DAILY, definition(counts.clone())).await;
        client.simulator.advance(40 * DAY + HOUR);
        assert_eq!(days(&client), kept, "{counts}");
    }
    // In a time zone eight hours ahead, a run at 18:00 UTC belongs to the next day.
    let client = scheduled();
    let zone = json!({"max_backups": 1, "month_backups": 2, "timezone": "UTC+08:00"});
    make(&client, DAILY, zone).await;
    client.simulator.advance(40 * DAY + HOUR);
    assert_eq!(days(&client), ["01-30", "02-09"]);
}

#[tokio::test]
async fn a_backup_with_an_image_is_neither_counted_nor_cleaned_up() {
    let client = scheduled();
    make(&client, DAILY, json!({"max_backups": 2})).await;
    client.simulator.advance(DAY);
    let first = items(&client).remove(0).id;
    assert!(client.simulator.set_item_images(&first, &["image"]));
    client.simulator.advance(9 * DAY + HOUR);
    assert_eq!(days(&client), ["01-01", "01-09", "01-10"]);
}

#[tokio::test]
async fn backups_of_a_manual_run_are_not_cleaned_up() {
    let client = scheduled();
    let id = make(&client, DAILY, json!({"max_backups": 1, "retention_duration_days": 1})).await;
    run(&client, &id, json!({})).await.ok();
    client.simulator.advance(10 * DAY + HOUR);
    let manual: Vec<_> = items(&client)
        .into_iter()
        .filter(|item| item.name.starts_with("manualbk_"))
        .collect();
    assert_eq!(manual.len(), 1);
    assert_eq!(days(&client), ["01-01", "01-10"]);
}

#[tokio::test]
async fn ten_failed_backups_are_kept_for_a_month() {
    let client = scheduled();
    make(
        &client,
        "FREQ=DAILY;BYHOUR=0,2,4,6,8,10,12,14,16,18,20,22;BYMINUTE=30",
        json!({}),
    )
    .await;
    for _ in 0..12 {
        client.simulator.fail_next_backup(None, "CSBS.9999", "no luck");
    }
    let failed = || {
        let is_failed = |item: &&ItemRecord| item.status == Status::Error;
        items(&client).iter().filter(is_failed).count()
    };
    client.simulator.advance(2 * DAY - HOUR);
    assert_eq!(failed(), 12);
    client.simulator.advance(2 * HOUR);
    assert_eq!(failed(), 10);
    client.simulator.advance(28 * DAY);
    assert_eq!(failed(), 10);
    client.simulator.advance(2 * DAY);
    assert_eq!(failed(), 0);
}

#[tokio::test]
async fn backups_of_a_policy_have_its_tags() {
    let client = scheduled();
    let mut wanted = policy("tagged", &[SERVER]);
    wanted["tags"] = json!([{"key": "team", "value": "a"}]);
    let made = create(&client, wanted).await;
    client.simulator.advance(HOUR);
    run(&client, text(&made, "id"), json!({})).await.ok();
    let items = items(&client);
    assert_eq!(items.len(), 2);
    for item in items {
        assert_eq!(item.tags, [("team".to_owned(), "a".to_owned())].into(), "{}", item.name);
    }
}

#[tokio::test]
async fn the_backups_of_a_deleted_policy_stay() {
    let client = scheduled();
    let id = make(&client, DAILY, json!({"max_backups": 1})).await;
    client.simulator.advance(DAY + 12 * HOUR);
    assert_eq!(days(&client), ["01-01", "01-02"]);
    assert_eq!(
        client.call("DELETE", &format!("/policies/{id}"), None).await.status,
        200
    );
    client.simulator.advance(10 * DAY);
    assert_eq!(days(&client), ["01-01", "01-02"]);
}
