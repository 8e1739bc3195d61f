//! The data sources against documented answers.

use terraform_plugin::RawValue;

use crate::{
    answers::{SHAPES, Shape},
    backup::SERVER,
    core::{Core, object},
    fixture::{Fixture, assert_no_errors},
    policy_config::config,
};

/// Backups of one server, the first with the tags `team` and `keep`, the second with `team`, the others without.
async fn backups(fixture: &Fixture, count: usize) -> Vec<Core> {
    let mut made = Vec::new();
    for number in 0..count {
        let mut core = fixture.core("csbs_backup");
        let tags = match number {
            0 => object(&[("team", "a".into()), ("keep", "yes".into())]),
            1 => object(&[("team", "b".into())]),
            _ => RawValue::Null,
        };
        let config = core.config(&[
            ("resource_id", SERVER.into()),
            ("backup_name", format!("nightly-{number}").into()),
            ("tags", tags),
        ]);
        assert_no_errors(&core.apply(&config).await.1);
        made.push(core);
    }
    made
}

fn ids(found: &RawValue) -> Vec<String> {
    let ids = found.get("ids").as_list().unwrap().iter();
    let mut ids: Vec<_> = ids.map(|id| id.as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

fn wanted(key: &str, values: &[&str]) -> RawValue {
    let values = values.iter().map(|&value| value.into()).collect();
    object(&[(key, RawValue::List(values))])
}

#[tokio::test(start_paused = true)]
async fn backups_are_read_and_their_tags_are_found_wherever_the_service_answers_them() {
    for shape in SHAPES {
        // So few that tags are read one by one, and so many that they are searched.
        for count in [3, 6] {
            let fixture = Fixture::new(shape);
            let made = backups(&fixture, count).await;
            let id = |number: usize| made[number].text("id");
            let what = format!("{shape:?}, {count}");
            let (all, _) = fixture.read("csbs_backups", &[("sort", "name:asc".into())]).await;
            let all = all.get("backups").as_list().unwrap();
            assert_eq!(all.len(), count, "{what}");
            assert_eq!(all[0].get("tags").get("keep").as_str(), Some("yes"), "{what}");
            assert!(all[2].get("tags").as_map().unwrap().is_empty(), "{what}");
            for (filter, expected) in [
                (("with_tags", object(&[("team", "a".into())])), vec![id(0)]),
                (("tags_any", wanted("team", &["a", "b"])), vec![id(0), id(1)]),
                (("not_tags", wanted("keep", &["yes"])), (1..count).map(id).collect()),
                (("not_tags_any", wanted("team", &[])), (2..count).map(id).collect()),
            ] {
                let (found, diags) = fixture.read("csbs_backups", std::slice::from_ref(&filter)).await;
                let mut expected = expected;
                expected.sort();
                assert_eq!(ids(&found), expected, "{what}, {filter:?}");
                assert!(diags.warnings.is_empty(), "{what}: {diags:?}");
            }
            let requests = fixture.service.requests();
            let to = |end: &str| requests.iter().filter(|(line, _)| line.ends_with(end)).count();
            // Five data sources, each read twice: the tags of a few are read one by one, those of more are searched.
            let (singly, searches) = match (shape, count) {
                (Shape::Tables, _) => (0, 0),
                (_, 3) => (30, 0),
                _ => (0, 10),
            };
            assert_eq!(to("/tags") - to("/csbs_backup/tags"), singly, "{what}");
            assert_eq!(to("/resource_instances/action"), searches, "{what}");
            let (one, _) = fixture.read("csbs_backup", &[("id", id(0).into())]).await;
            assert_eq!(one.get("tags").get("team").as_str(), Some("a"), "{what}");
            assert_eq!(one.get("created_at"), &made[0].get("created_at"), "{what}");
            assert_eq!(one.get("support_lld").as_bool(), Some(false), "{what}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn backups_without_an_address_are_named() {
    for shape in SHAPES {
        let fixture = Fixture::new(shape);
        let made = backups(&fixture, 3).await;
        fixture.service.set_private_ip(&made[0].text("id"), "192.168.0.12");
        fixture.service.set_private_ip(&made[1].text("id"), "192.168.0.123");
        let (found, diags) = fixture.read("csbs_backups", &[("ip", "192.168.0.12".into())]).await;
        assert_eq!(ids(&found), [made[0].text("id")], "{shape:?}");
        assert_eq!(diags.warnings.len(), 1);
        assert!(diags.warnings[0].detail.contains("For 1 of the backups"), "{diags:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn tags_that_cannot_be_looked_up_in_other_projects_are_named() {
    let fixture = Fixture::new(Shape::Examples);
    backups(&fixture, 3).await;
    let values = [("all_tenants", RawValue::from(true)), ("tags_any", wanted("team", &[]))];
    let (found, diags) = fixture.read("csbs_backups", &values).await;
    assert!(ids(&found).is_empty());
    assert!(diags.warnings[0].detail.contains("For 3 of the backups"), "{diags:?}");
}

#[tokio::test(start_paused = true)]
async fn policies_are_read() {
    for shape in SHAPES {
        let fixture = Fixture::new(shape);
        let mut core = fixture.core("csbs_backup_policy");
        let config = config(&core, &[("tags", object(&[("team", "a".into())]))]);
        assert_no_errors(&core.apply(&config).await.1);
        let status = if shape == Shape::Tables { "enabled" } else { "suspended" };
        for filter in [("id", core.get("id")), ("name", "nightly".into())] {
            let (found, _) = fixture.read("csbs_backup_policy", &[filter]).await;
            assert_eq!(found.get("id"), &core.get("id"), "{shape:?}");
            assert_eq!(found.get("tags").get("team").as_str(), Some("a"), "{shape:?}");
            assert_eq!(found.get("status").as_str(), Some(status), "{shape:?}");
            let operation = &found.get("scheduled_operation").as_list().unwrap()[0];
            assert_eq!(operation.get("max_backups").as_i64(), Some(20), "{shape:?}");
            assert_eq!(operation.get("trigger_name").as_str(), Some("default"), "{shape:?}");
        }
        for filter in [
            ("tags_any", wanted("team", &[])),
            ("not_tags_any", wanted("team", &["b"])),
            ("status", status.into()),
        ] {
            let (found, _) = fixture
                .read("csbs_backup_policies", std::slice::from_ref(&filter))
                .await;
            assert_eq!(ids(&found), [core.text("id")], "{shape:?}, {filter:?}");
        }
        assert_eq!(fixture.list("csbs_backup_policy").await.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn capabilities_quotas_and_tags_are_read() {
    for shape in [Shape::Tables, Shape::Examples] {
        let fixture = Fixture::new(shape);
        let made = backups(&fixture, 2).await;
        let servers = RawValue::List(vec![SERVER.into()]);
        let (found, _) = fixture
            .read("csbs_backup_capability", &[("resource_ids", servers)])
            .await;
        assert_eq!(found.get("protectable").as_bool(), Some(true));
        assert!(found.get("results").as_list().unwrap()[0].get("error_code").is_null());
        let (found, _) = fixture
            .read("csbs_restore_capability", &[("backup_id", made[0].get("id"))])
            .await;
        assert_eq!(found.get("restorable").as_bool(), Some(true));
        let (found, _) = fixture.read("csbs_protection_report", &[]).await;
        let server = &found.get("servers").as_list().unwrap()[0];
        assert_eq!(server.get("resource_id").as_str(), Some(SERVER));
        assert_eq!(server.get("restorable").as_bool(), Some(true), "{shape:?}");
        assert!(server.get("newest_backup_age_hours").as_i64().is_some(), "{shape:?}");
        assert_eq!(found.get("backup_count").as_i64(), Some(2), "{shape:?}");
        let (found, _) = fixture.read("csbs_migration_report", &[]).await;
        // The documented service answers the list with both backups, whatever the filter is.
        let vaults = found.get("vaults").as_list().unwrap();
        assert!(
            !vaults.is_empty() && found.get("backup_count").as_i64() == Some(2),
            "{shape:?} {found:?}"
        );
        let (found, _) = fixture.read("csbs_quotas", &[]).await;
        let quotas = found.get("quotas").as_list().unwrap();
        assert_eq!(quotas.len(), 2);
        let backups = quotas
            .iter()
            .find(|quota| quota.get("type").as_str() == Some("backups"))
            .unwrap();
        assert_eq!(backups.get("quota").as_i64(), Some(600));
        assert!(backups.get("unit").is_null());
        let (found, _) = fixture.read("csbs_tags", &[]).await;
        assert_eq!(found.get("tags").get("team").as_list().unwrap().len(), 2);
    }
}
