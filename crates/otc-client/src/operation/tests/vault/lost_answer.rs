//! Creates whose request gets no clear answer.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;

use super::service::{Scripted, Service};
use crate::{
    http::Delivery,
    operation::create_vault_backup::CreateVaultBackupError as Error,
    rest::testing::{lost, refusal, text},
};

#[tokio::test(start_paused = true)]
async fn the_backup_of_a_lost_answer_is_found_by_its_name_and_nothing_is_sent_again() {
    for listed_after in [0, 20] {
        let service = Service::new();
        service.add("s0", "before-s0");
        service.state().listed_after = Duration::from_secs(listed_after);
        service.script("POST", [Scripted::Lost]);
        let (result, progress) = service.create("s0").await;
        result.unwrap();
        let backup = progress.backup.unwrap();
        assert_eq!(
            (backup.id.as_str(), progress.checkpoint_id.as_deref()),
            ("b1", Some("cp1"))
        );
        assert!(progress.checkpoint.is_none());
        assert_eq!(service.count("POST"), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_was_surely_not_carried_out_is_sent_once_more() {
    for reply in [
        || lost(Delivery::Unknown),
        || text(502, "<html>"),
        || refusal(500, "BackupService.9910"),
        || refusal(500, "BackupService.9998"),
    ] {
        let service = Service::new();
        service.script("POST", [Scripted::Refused(reply())]);
        service.create("s0").await.0.unwrap();
        assert_eq!((service.count("POST"), service.state().backups.len()), (2, 1));
        let lines = service.fake.lines();
        let posts: Vec<_> = (0..lines.len()).filter(|n| lines[*n].starts_with("POST")).collect();
        let between = &lines[posts[0]..posts[1]];
        let lists = between.iter().filter(|line| line.starts_with("GET /backups?")).count();
        assert!((4..20).contains(&lists), "{between:?}");
        assert!(
            between.last().unwrap().starts_with("GET /operation-logs"),
            "{between:?}"
        );

        let service = Service::new();
        service.script("POST", [Scripted::Refused(reply()), Scripted::Refused(reply())]);
        let (result, _) = service.create("s0").await;
        assert!(matches!(result, Err(Error::NoAnswer { .. })), "{result:?}");
        assert_eq!(service.count("POST"), 2, "never a third time");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_may_have_been_carried_out_is_not_sent_again() {
    // No task can be read, so nobody knows.
    let service = Service::new();
    service.state().refuses_tasks = true;
    service.script("POST", [Scripted::Refused(lost(Delivery::Unknown))]);
    let (result, _) = service.create("s0").await;
    assert!(matches!(result, Err(Error::NoAnswer { look: None, .. })), "{result:?}");
    assert_eq!(service.count("POST"), 1);

    // The lists do not show the backup, and its task does.
    let service = Service::new();
    service.state().listed_after = Duration::from_secs(3600);
    service.script("POST", [Scripted::Lost]);
    let (result, _) = service.create("s0").await;
    assert!(matches!(result, Err(Error::NoAnswer { look: None, .. })), "{result:?}");
    assert_eq!(service.count("POST"), 1);

    // The lists fail.
    let service = Service::new();
    service.script("POST", [Scripted::Lost]);
    service.script(
        "GET /backups?resource_id",
        [Scripted::Refused(text(200, r#"{"backups":[]}"#))],
    );
    service.script(
        "GET /backups?resource_id",
        (0..1000).map(|_| Scripted::Refused(text(403, ""))),
    );
    let (result, _) = service.create("s0").await;
    assert!(
        matches!(result, Err(Error::NoAnswer { look: Some(_), .. })),
        "{result:?}"
    );
    assert_eq!(service.count("POST"), 1);
}

#[tokio::test(start_paused = true)]
async fn several_candidates_are_named_and_none_is_chosen() {
    let service = Service::new();
    service.script("POST", [Scripted::Lost]);
    service.state().listed_after = Duration::from_secs(10);
    let create = service.create("s0");
    let other = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        service.add("s0", "before-s0");
        service.state().backups[1].listed_at += Duration::from_secs(10);
        let first = service.state().backups[0].listed_at;
        service.state().backups[1].listed_at = first;
    };
    let ((result, _), ()) = tokio::join!(create, other);
    match result {
        Err(Error::Several { candidates, .. }) => assert_eq!(candidates.len(), 2),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_while_the_backup_is_looked_for_takes_one_last_look() {
    for (listed_after, is_found) in [(5, true), (20, false)] {
        let service = Service::new();
        service.state().listed_after = Duration::from_secs(listed_after);
        service.script("POST", [Scripted::Lost]);
        let stop = async {
            tokio::time::sleep(Duration::from_secs(6)).await;
            service.cancel.cancel();
        };
        let ((result, progress), ()) = tokio::join!(service.create("s0"), stop);
        if is_found {
            assert!(matches!(result, Err(Error::Stopped)), "{result:?}");
            assert_eq!(progress.checkpoint_id.as_deref(), Some("cp0"));
        } else {
            assert!(matches!(result, Err(Error::StoppedUnanswered { .. })), "{result:?}");
            assert_eq!(progress.checkpoint_id, None);
        }
        assert_eq!(service.count("POST"), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_is_older_than_the_request_is_not_ours_although_no_list_has_shown_it_before() {
    let service = Service::new();
    let old = service.add("s0", "before-s0");
    {
        let mut state = service.state();
        state.backups[0].created_at -= SignedDuration::from_hours(1);
        state.backups[0].listed_at += Duration::from_secs(5);
    }
    service.script("POST", [Scripted::Refused(lost(Delivery::Unknown))]);
    let (result, progress) = service.create("s0").await;
    result.unwrap();
    assert_ne!(progress.backup.unwrap().id, old);
    assert_eq!(service.count("POST"), 2);
}

#[tokio::test(start_paused = true)]
async fn the_backup_of_another_create_of_this_process_is_not_ours() {
    let service = Service::new();
    service.state().listed_after = Duration::from_secs(40);
    let second = async {
        tokio::time::sleep(Duration::from_secs(10)).await;
        service.script("POST", [Scripted::Refused(lost(Delivery::Unknown))]);
        service.create("s0").await
    };
    let ((first, _), (second, progress)) = tokio::join!(service.create("s0"), second);
    first.unwrap();
    assert!(matches!(second, Err(Error::NoAnswer { .. })), "{second:?}");
    assert_eq!(progress.checkpoint_id, None);
    assert_eq!((service.count("POST"), service.state().backups.len()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_new_backup_that_differs_from_the_request_is_not_ours() {
    for (member, value) in [
        ("name", json!("weekly")),
        ("description", json!("by hand")),
        ("extend_info", json!({ "auto_trigger": true })),
        ("parent_id", json!("b9")),
        ("resource_id", json!("s1")),
    ] {
        let service = Service::new();
        service.state().refuses_tasks = true;
        service.script("POST", [Scripted::Refused(lost(Delivery::Unknown))]);
        let row = json!({ "id": "new", "checkpoint_id": "cp-new", "vault_id": "v", "resource_id": "s0", "status": "protecting",
            "resource_type": "OS::Nova::Server", "name": "before-s0", "description": "" });
        let mut differs = row.clone();
        differs[member] = value;
        let list = |row: &serde_json::Value| text(200, &json!({ "backups": [row], "count": 1 }).to_string());
        let none = || text(200, &json!({ "backups": [], "count": 0 }).to_string());
        let lists = [none(), list(&differs)];
        service.script("GET /backups?resource_id", lists.map(Scripted::Refused));
        let (result, progress) = service.create("s0").await;
        assert!(matches!(result, Err(Error::NoAnswer { .. })), "{member}: {result:?}");
        assert_eq!(progress.checkpoint_id, None, "{member}");
        // The same backup without the difference is ours.
        let service = Service::new();
        service.script("POST", [Scripted::Refused(lost(Delivery::Unknown))]);
        service.script("GET /backups?resource_id", [none(), list(&row)].map(Scripted::Refused));
        let (_, progress) = service.create_within("s0", Duration::from_secs(30)).await;
        assert_eq!(progress.checkpoint_id.as_deref(), Some("cp-new"), "{member}");
    }
}
