//! The data sources.

use csbs_simulator::{Operation, Server, Status};
use terraform_plugin::RawValue;
use tokio_util::sync::CancellationToken;

use crate::{
    core::{invoke, object},
    fixture::{Fixture, PROJECT, assert_no_errors, config, errors, server_id},
};

fn ids(found: &RawValue) -> Vec<String> {
    let ids = found.get("ids").as_list().unwrap().iter();
    ids.map(|id| id.as_str().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn one_backup_by_id_and_by_filters() {
    let fixture = Fixture::new();
    let first = fixture
        .simulator
        .make_checkpoint(PROJECT, &[&server_id(0)], Some("nightly"));
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    let second = fixture
        .simulator
        .make_checkpoint(PROJECT, &[&server_id(0)], Some("nightly-2"));
    let (first, second) = (first.items[0].clone(), second.items[0].clone());
    fixture.simulator.tag_item(&first.id, &[("a", "1"), ("b", "2")]);
    for filter in [
        vec![("id", RawValue::from(first.id.as_str()))],
        vec![("backup_name", "nightly".into())],
        vec![("checkpoint_id", first.checkpoint_id.as_str().into())],
        vec![
            ("with_tags", object(&[("a", "1".into())])),
            ("status", "available".into()),
        ],
    ] {
        let found = fixture.found("csbs_backup", &filter).await;
        assert_eq!(found.get("id").as_str(), Some(first.id.as_str()), "{filter:?}");
        assert_eq!(found.get("backup_name").as_str(), Some("nightly"));
        assert_eq!(found.get("tags").get("b").as_str(), Some("2"));
        assert_eq!(found.get("volume_backups").as_list().unwrap().len(), 2);
        assert_eq!(found.get("support_lld").as_bool(), Some(true));
        assert_eq!(found.get("image_ids"), &RawValue::List(Vec::new()));
    }
    let (_, diags) = fixture
        .read("csbs_backup", &[("resource_id", server_id(0).into())])
        .await;
    assert!(
        errors(&diags).contains(&first.id) && errors(&diags).contains(&second.id),
        "{diags:?}"
    );
    let newest = fixture
        .found(
            "csbs_backup",
            &[("resource_id", server_id(0).into()), ("most_recent", true.into())],
        )
        .await;
    assert_eq!(newest.get("id").as_str(), Some(second.id.as_str()));
    for filter in [("backup_name", RawValue::from("night")), ("id", "00000000".into())] {
        let (_, diags) = fixture.read("csbs_backup", &[filter]).await;
        assert!(errors(&diags).contains("no such backup"), "{diags:?}");
    }
    let (_, diags) = fixture.read("csbs_backup", &[("start_time", "yesterday".into())]).await;
    assert_eq!(diags.errors.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn all_backups_newest_first_over_several_pages() {
    let fixture = Fixture::new();
    for number in 0..1200 {
        fixture
            .simulator
            .make_checkpoint(PROJECT, &[&server_id(number % 4)], Some(&format!("b{number}")));
    }
    let found = fixture.found("csbs_backups", &[]).await;
    assert_eq!(ids(&found).len(), 1200);
    assert!(fixture.simulator.count(Operation::ListItems) <= 4);
    let made: Vec<_> = found
        .get("backups")
        .as_list()
        .unwrap()
        .iter()
        .map(|b| b.get("created_at").clone())
        .collect();
    let texts: Vec<_> = made.iter().map(|made| made.as_str().unwrap()).collect();
    assert!(texts.windows(2).all(|pair| pair[0] >= pair[1]));
    let found = fixture
        .found(
            "csbs_backups",
            &[("resource_id", server_id(1).into()), ("name_contains", "b1".into())],
        )
        .await;
    assert!(ids(&found).len() > 50 && ids(&found).len() < 300);
    let found = fixture.found("csbs_backups", &[("backup_name", "b7".into())]).await;
    assert_eq!(ids(&found).len(), 1);
    let found = fixture.found("csbs_backups", &[("most_recent", true.into())]).await;
    assert_eq!(ids(&found).len(), 1);
    let found = fixture.found("csbs_backups", &[("status", "error".into())]).await;
    assert!(ids(&found).is_empty());
}

#[tokio::test(start_paused = true)]
async fn policies_with_their_next_run() {
    let fixture = Fixture::new();
    let mut core = fixture.policy();
    assert_no_errors(
        &core
            .apply(&config(&core, &[("tags", object(&[("a", "1".into())]))]))
            .await
            .1,
    );
    for filter in [("id", core.get("id")), ("name", "nightly".into())] {
        let found = fixture.found("csbs_backup_policy", &[filter]).await;
        assert_eq!(found.get("id"), &core.get("id"));
        // The simulated time begins on Thursday the first of January 2026 at noon.
        assert_eq!(found.get("next_run").as_str(), Some("2026-01-01T12:27:00Z"));
        assert_eq!(found.get("tags").get("a").as_str(), Some("1"));
        let operation = &found.get("scheduled_operation").as_list().unwrap()[0];
        assert_eq!(operation.get("max_backups").as_i64(), Some(20));
    }
    let all = fixture
        .found("csbs_backup_policies", &[("resource_id", server_id(0).into())])
        .await;
    assert_eq!(ids(&all), [core.text("id")]);
    for none in [
        ("resource_id", RawValue::from(server_id(1))),
        ("with_tags", object(&[("a", "2".into())])),
    ] {
        assert!(ids(&fixture.found("csbs_backup_policies", &[none]).await).is_empty());
    }
    let (_, diags) = fixture.read("csbs_backup_policy", &[("name", "weekly".into())]).await;
    assert!(errors(&diags).contains("no such policy"));
    let (_, diags) = fixture.read("csbs_backup_policy", &[]).await;
    assert!(errors(&diags).contains("`id` or `name`"));
}

#[tokio::test(start_paused = true)]
async fn whether_servers_can_be_backed_up() {
    let fixture = Fixture::new();
    fixture
        .simulator
        .add_server(Server::new("diskless").refused("CSBS.6007"));
    let asked = |ids: &[&str]| RawValue::List(ids.iter().map(|id| RawValue::from(*id)).collect());
    let good = fixture
        .found(
            "csbs_backup_capability",
            &[("resource_ids", asked(&[&server_id(0), &server_id(1)]))],
        )
        .await;
    assert_eq!(good.get("protectable").as_bool(), Some(true));
    let bad = fixture
        .found(
            "csbs_backup_capability",
            &[("resource_ids", asked(&["diskless", &server_id(0), "nowhere"]))],
        )
        .await;
    assert_eq!(bad.get("protectable").as_bool(), Some(false));
    let results = bad.get("results").as_list().unwrap();
    let of = |index: usize, name: &str| results[index].get(name).clone();
    assert_eq!(of(0, "error_code").as_str(), Some("CSBS.6007"));
    assert_eq!(of(1, "protectable").as_bool(), Some(true));
    assert_eq!(of(2, "protectable").as_bool(), Some(false));
    assert_eq!(of(2, "resource_id").as_str(), Some("nowhere"));
}

#[tokio::test(start_paused = true)]
async fn whether_a_backup_can_be_restored() {
    let fixture = Fixture::new();
    let item = fixture.simulator.make_checkpoint(PROJECT, &[&server_id(0)], None).items[0].clone();
    let ask = |values: Vec<(&'static str, RawValue)>| {
        let mut all = vec![("backup_id", RawValue::from(item.id.as_str()))];
        all.extend(values);
        all
    };
    let found = fixture.found("csbs_restore_capability", &ask(vec![])).await;
    assert_eq!(found.get("restorable").as_bool(), Some(true));
    let found = fixture
        .found(
            "csbs_restore_capability",
            &ask(vec![("server_id", server_id(1).into())]),
        )
        .await;
    assert_eq!(found.get("restorable").as_bool(), Some(false));
    assert!(found.get("error_message").as_str().unwrap().contains("another server"));
    fixture.simulator.set_item_status(&item.id, Status::Deleting);
    let found = fixture.found("csbs_restore_capability", &ask(vec![])).await;
    assert_eq!(found.get("restorable").as_bool(), Some(false));
    assert_eq!(found.get("error_code").as_str(), Some("CSBS.4000"));
    let (_, diags) = fixture
        .read("csbs_restore_capability", &[("backup_id", "nowhere".into())])
        .await;
    assert!(errors(&diags).contains("no such backup"));
}

#[tokio::test(start_paused = true)]
async fn quotas_and_tags() {
    let fixture = Fixture::new();
    let item = fixture.simulator.make_checkpoint(PROJECT, &[&server_id(0)], None).items[0].clone();
    fixture.simulator.tag_item(&item.id, &[("team", "a")]);
    let quotas = fixture.found("csbs_quotas", &[]).await;
    let quotas = quotas.get("quotas").as_list().unwrap();
    assert!(quotas.iter().any(|quota| quota.get("type").as_str() == Some("backups")
        && quota.get("quota").as_i64() == Some(600)
        && quota.get("used").as_i64() == Some(1)));
    let tags = fixture.found("csbs_tags", &[]).await;
    assert_eq!(tags.get("kind").as_str(), Some("backup"));
    assert_eq!(tags.get("tags").get("team").as_list().unwrap(), [RawValue::from("a")]);
    let tags = fixture.found("csbs_tags", &[("kind", "policy".into())]).await;
    assert!(tags.get("tags").as_map().unwrap().is_empty());
}

/// Three backups of one server, a minute apart.
async fn three(fixture: &Fixture) -> Vec<String> {
    let mut ids = Vec::new();
    for (name, tags) in [
        ("b", &[("team", "a"), ("keep", "yes")][..]),
        ("a", &[("team", "b")]),
        ("c", &[]),
    ] {
        let made = fixture.simulator.make_checkpoint(PROJECT, &[&server_id(0)], Some(name));
        let id = made.items[0].id.clone();
        fixture.simulator.tag_item(&id, tags);
        ids.push(id);
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    }
    ids
}

/// A filter by tags: values by keys.
fn tags_of(wanted: &[(&str, &[&str])]) -> RawValue {
    let values = |values: &[&str]| RawValue::List(values.iter().map(|&value| value.into()).collect());
    let pairs: Vec<_> = wanted.iter().map(|(key, all)| (*key, values(all))).collect();
    object(&pairs)
}

#[tokio::test(start_paused = true)]
async fn backups_are_sorted_as_asked() {
    let fixture = Fixture::new();
    let made = three(&fixture).await;
    let in_order = |numbers: [usize; 3]| numbers.map(|number| made[number].clone()).to_vec();
    for (sort, order) in [
        (RawValue::Null, [2, 1, 0]),
        ("created_at:asc".into(), [0, 1, 2]),
        ("name:asc".into(), [1, 0, 2]),
        ("status,name".into(), [2, 0, 1]),
        ("protected_at:asc".into(), [0, 1, 2]),
    ] {
        let found = fixture.found("csbs_backups", &[("sort", sort.clone())]).await;
        assert_eq!(ids(&found), in_order(order), "{sort:?}");
    }
    // The newest, whatever the order of the others.
    let values = [("sort", "created_at:asc".into()), ("most_recent", true.into())];
    assert_eq!(ids(&fixture.found("csbs_backups", &values).await), [made[2].clone()]);
    for wrong in ["size", "name:up", "", "name,,id"] {
        let (_, diags) = fixture.read("csbs_backups", &[("sort", wrong.into())]).await;
        assert_eq!(diags.errors[0].attribute.to_string(), "sort", "{wrong:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn backups_are_filtered_by_tags() {
    let fixture = Fixture::new();
    let made = three(&fixture).await;
    for (name, wanted, expected) in [
        ("tags_any", &[("team", &["a", "b"][..])][..], &[1, 0][..]),
        ("tags_any", &[("team", &["b"]), ("keep", &[])], &[1, 0]),
        ("tags_any", &[("nothing", &[])], &[]),
        ("not_tags", &[("team", &[]), ("keep", &["yes"])], &[2, 1]),
        ("not_tags_any", &[("team", &["a"]), ("keep", &[])], &[2, 1]),
        ("not_tags_any", &[("team", &[])], &[2]),
    ] {
        let expected: Vec<_> = expected.iter().map(|number: &usize| made[*number].clone()).collect();
        let found = fixture.found("csbs_backups", &[(name, tags_of(wanted))]).await;
        assert_eq!(ids(&found), expected, "{name} {wanted:?}");
    }
    let found = fixture
        .found("csbs_backup", &[("not_tags_any", tags_of(&[("team", &[])]))])
        .await;
    assert_eq!(found.get("id").as_str(), Some(made[2].as_str()));
    let (_, diags) = fixture.read("csbs_backups", &[("tags_any", tags_of(&[]))]).await;
    assert!(errors(&diags).contains("at least one tag"), "{diags:?}");
}

#[tokio::test(start_paused = true)]
async fn policies_are_sorted_and_filtered_by_tags() {
    let fixture = Fixture::new();
    let mut made = Vec::new();
    for (number, (name, tags)) in [
        ("b", &[("team", "a"), ("keep", "yes")][..]),
        ("a", &[("team", "b")]),
        ("c", &[]),
    ]
    .into_iter()
    .enumerate()
    {
        let mut core = fixture.policy();
        let tags: Vec<_> = tags.iter().map(|&(key, value)| (key, RawValue::from(value))).collect();
        let values = [
            ("name", RawValue::from(name)),
            (
                "resource",
                RawValue::List(vec![crate::fixture::server(u32::try_from(number).unwrap())]),
            ),
            ("tags", object(&tags)),
        ];
        assert_no_errors(&core.apply(&config(&core, &values)).await.1);
        made.push(core.text("id"));
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    }
    for (values, expected) in [
        (vec![], &[1, 0, 2][..]),
        (vec![("sort", RawValue::from("name"))], &[2, 0, 1]),
        (vec![("sort", "created_at".into())], &[2, 1, 0]),
        (
            vec![
                ("sort", "status,created_at:asc".into()),
                ("tags_any", tags_of(&[("team", &[])])),
            ],
            &[0, 1],
        ),
        (vec![("not_tags", tags_of(&[("team", &["a"]), ("keep", &[])]))], &[1, 2]),
        (vec![("not_tags_any", tags_of(&[("team", &["a"])]))], &[1, 2]),
    ] {
        let expected: Vec<_> = expected.iter().map(|number: &usize| made[*number].clone()).collect();
        let found = fixture.found("csbs_backup_policies", &values).await;
        assert_eq!(ids(&found), expected, "{values:?}");
    }
    for wrong in [("sort", RawValue::from("updated_at")), ("tags_any", tags_of(&[]))] {
        let (_, diags) = fixture.read("csbs_backup_policies", std::slice::from_ref(&wrong)).await;
        assert_eq!(diags.errors[0].attribute.to_string(), wrong.0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_address_is_compared_here_and_what_has_none_is_named() {
    let fixture = Fixture::new();
    let with_address = |id: &str, private_ip: &str, eip: &str| {
        let mut server = Server::new(id);
        server.private_ip = private_ip.to_owned();
        server.eip = eip.to_owned();
        server
    };
    let mut made = Vec::new();
    for server in [
        with_address("one", "10.1.2.3", ""),
        with_address("two", "10.1.2.30", "80.158.1.2"),
        with_address("three", "", ""),
    ] {
        let id = server.id.clone();
        fixture.simulator.add_server(server);
        made.push(
            fixture.simulator.make_checkpoint(PROJECT, &[&id], None).items[0]
                .id
                .clone(),
        );
    }
    for (ip, expected) in [("10.1.2.3", 0), ("80.158.1.2", 1)] {
        let (found, diags) = fixture.read("csbs_backups", &[("ip", ip.into())]).await;
        assert_eq!(ids(&found.unwrap()), [made[expected].clone()], "{ip}");
        assert_eq!(diags.warnings.len(), 1);
        assert!(diags.warnings[0].detail.contains("For 1 of the backups"), "{diags:?}");
        assert_eq!(diags.warnings[0].attribute.to_string(), "ip");
    }
    // Nothing is undecided when the other filters leave nothing undecided.
    let values = [("ip", RawValue::from("10.1.2.3")), ("resource_id", "one".into())];
    let (_, diags) = fixture.read("csbs_backups", &values).await;
    assert!(diags.warnings.is_empty(), "{diags:?}");
    let (_, diags) = fixture.read("csbs_backup", &[("ip", "10.1.2.4".into())]).await;
    assert!(errors(&diags).contains("no such backup"));
    assert_eq!(diags.warnings.len(), 1);
    let (_, diags) = fixture.read("csbs_backups", &[("ip", "10.1.2".into())]).await;
    assert_eq!(diags.errors[0].attribute.to_string(), "ip");
}

#[tokio::test(start_paused = true)]
async fn the_protection_report_takes_one_request_for_each_page() {
    let fixture = Fixture::new();
    let mut core = fixture.policy();
    assert_no_errors(&core.apply(&config(&core, &[])).await.1);
    for number in 0..1200 {
        fixture
            .simulator
            .make_checkpoint(PROJECT, &[&server_id(number % 2)], Some(&format!("b{number}")));
    }
    let newest = fixture.simulator.make_checkpoint(PROJECT, &[&server_id(1)], None).items[0]
        .id
        .clone();
    fixture.simulator.set_item_images(&newest, &["image"]);
    tokio::time::sleep(std::time::Duration::from_secs(3 * 3600)).await;
    fixture.simulator.clear_requests();
    let report = fixture.found("csbs_protection_report", &[]).await;
    let reads = |operation| fixture.simulator.count(operation);
    let singles = reads(Operation::GetItem);
    let requests = fixture.simulator.count_csbs();
    // Two pages of backups, one of policies, and the quotas.
    assert_eq!((requests - singles, reads(Operation::ListItems)), (4, 2));
    assert!(singles < 1200 / 8, "{singles}");
    let servers = report.get("servers").as_list().unwrap();
    assert_eq!(servers.len(), 2);
    for server in servers {
        let number = if server.get("resource_id").as_str() == Some(&server_id(0)) {
            0
        } else {
            1
        };
        assert_eq!(server.get("scheduled").as_bool(), Some(number == 0));
        assert_eq!(server.get("newest_backup_age_hours").as_i64(), Some(3));
        assert_eq!(server.get("restorable").as_bool(), Some(true));
        assert_eq!(server.get("backup_count").as_i64(), Some(600 + number));
        let images = server.get("images").as_list().unwrap();
        assert_eq!(images.len(), usize::from(number == 1), "{images:?}");
    }
    let policy = &report.get("policies").as_list().unwrap()[0];
    assert_eq!(
        policy.get("resource_ids").as_list().unwrap(),
        [RawValue::from(server_id(0))]
    );
    assert_eq!(policy.get("size"), servers[0].get("size"));
    assert_eq!(report.get("backup_count").as_i64(), Some(1201));
    let used = |quota: &RawValue| (quota.get("type").as_str() == Some("backups")).then(|| quota.get("used").as_i64());
    let quotas = report.get("quotas").as_list().unwrap();
    assert_eq!(quotas.iter().find_map(used), Some(Some(1201)));
}

#[tokio::test(start_paused = true)]
async fn the_protection_report_says_why_a_server_has_no_backup_to_restore() {
    let fixture = Fixture::new();
    let item = fixture.simulator.make_checkpoint(PROJECT, &[&server_id(0)], None).items[0]
        .id
        .clone();
    fixture.simulator.set_item_status(&item, Status::Restoring);
    let servers = RawValue::List(vec![server_id(1).into(), server_id(0).into()]);
    let report = fixture
        .found("csbs_protection_report", &[("resource_ids", servers)])
        .await;
    let servers = report.get("servers").as_list().unwrap();
    let reason = |index: usize| servers[index].get("not_restorable_reason").as_str().unwrap().to_owned();
    assert!(reason(0).contains("no backup"), "{}", reason(0));
    assert!(
        reason(1).contains(&item) && reason(1).contains("restoring"),
        "{}",
        reason(1)
    );
    assert_eq!(report.get("backup_count").as_i64(), Some(1));
    let (_, diags) = fixture
        .read("csbs_protection_report", &[("resource_ids", RawValue::List(vec![]))])
        .await;
    assert_eq!(diags.errors[0].attribute.to_string(), "resource_ids");
}

#[tokio::test(start_paused = true)]
async fn the_migration_report_takes_one_list_for_each_policy() {
    let fixture = Fixture::new();
    let mut core = fixture.policy();
    assert_no_errors(&core.apply(&config(&core, &[])).await.1);
    let policy = fixture.only();
    for name in ["first", "second"] {
        fixture.simulator.make_checkpoint(PROJECT, &[&server_id(1)], Some(name));
    }
    let manual = fixture
        .simulator
        .make_checkpoint(PROJECT, &[&server_id(0)], Some(&"n".repeat(65)));
    let manual = manual.items[0].id.clone();
    fixture.simulator.set_item_images(&manual, &["image"]);
    let run = [("policy_id", policy.id.as_str().into())];
    let (_, diags) = invoke(
        &fixture.provider,
        "csbs_run_backup_policy",
        &run,
        CancellationToken::new(),
    )
    .await;
    assert_no_errors(&diags);
    let of_policy = fixture
        .found("csbs_backups", &[("policy_id", policy.id.as_str().into())])
        .await;
    assert_eq!(ids(&of_policy).len(), 1);
    fixture.simulator.clear_requests();
    let report = fixture.found("csbs_migration_report", &[]).await;
    assert_eq!(
        (
            fixture.simulator.count_csbs(),
            fixture.simulator.count(Operation::ListItems)
        ),
        (3, 2)
    );
    let vaults = report.get("vaults").as_list().unwrap();
    let names: Vec<_> = vaults.iter().map(|vault| vault.get("name").as_str().unwrap()).collect();
    assert_eq!(names, [policy.name.as_str(), "default"]);
    assert_eq!(vaults[0].get("backup_ids"), of_policy.get("ids"));
    assert_eq!(
        vaults[0].get("resource_ids").as_list().unwrap(),
        [RawValue::from(server_id(0))]
    );
    assert_eq!(vaults[1].get("backup_count").as_i64(), Some(3));
    assert!(vaults[1].get("resource_ids").is_null() && vaults[1].get("policy_id").is_null());
    for vault in vaults {
        let size = vault.get("size").as_i64().unwrap();
        let capacity = vault.get("capacity_gb").as_i64().unwrap();
        assert!(
            capacity * 5120 >= size * 6 && (capacity - 1) * 5120 < size * 6,
            "{size} {capacity}"
        );
    }
    assert_eq!(report.get("images").as_list().unwrap().len(), 1);
    assert_eq!(
        report.get("long_name_backup_ids").as_list().unwrap(),
        [RawValue::from(manual)]
    );
    assert_eq!(report.get("policies_without_vault"), &RawValue::List(Vec::new()));
}
