//! The data sources of vaults and their backups.

use csbs::CsbsProvider;
use csbs_simulator::{
    AuthMode, BackupChanges, BackupRecord, BackupStatus, CatalogEntry, Effect, FIRST_VAULT_ID, NameFilter, NewBackup,
    NewVault, Operation, RoughObjects, Rule, VaultChanges,
};
use terraform_plugin::RawValue;
use test_support::{
    core::{Core, read_data_source},
    simulated_service::SimulatedService,
};

use crate::fixture::{Fixture, PROJECT, errors, server_id};

fn ids(found: &RawValue) -> Vec<String> {
    let ids = found.get("ids").as_list().unwrap().iter();
    ids.map(|id| id.as_str().unwrap().to_owned()).collect()
}

fn make_vault(fixture: &Fixture, new: NewVault) -> String {
    fixture.simulator.cbr().make_vault(new).id
}

/// A finished backup of the server with this number, in the first vault.
fn make_backup(fixture: &Fixture, number: u32, name: &str, age: u64) -> BackupRecord {
    let new = NewBackup {
        project_id: Some(PROJECT.to_owned()),
        servers: vec![server_id(number)],
        name: Some(name.to_owned()),
        age,
        ..NewBackup::default()
    };
    let backups = fixture.simulator.cbr().make_backups(FIRST_VAULT_ID, &new);
    backups.unwrap().remove(0)
}

#[tokio::test(start_paused = true)]
async fn one_vault_by_id_and_by_filters() {
    let fixture = Fixture::new();
    let other = make_vault(
        &fixture,
        NewVault {
            name: "archive".to_owned(),
            protect_type: "replication".to_owned(),
            size: 50,
            ..NewVault::default()
        },
    );
    for filter in [
        vec![("id", RawValue::from(FIRST_VAULT_ID))],
        vec![("name", "vault-1".into())],
        vec![("name_contains", "ault-".into()), ("object_type", "server".into())],
        vec![("resource_id", server_id(0).into()), ("status", "available".into())],
    ] {
        let found = fixture.found("csbs_vault", &filter).await;
        assert_eq!(found.get("id").as_str(), Some(FIRST_VAULT_ID), "{filter:?}");
        assert_eq!(found.get("size_gb").as_i64(), Some(100_000));
        assert_eq!(found.get("locked").as_bool(), Some(false));
        let resources = found.get("resources").as_list().unwrap();
        assert_eq!(resources[0].get("id").as_str(), Some(server_id(0).as_str()));
        assert_eq!(resources[0].get("protect_status").as_str(), Some("available"));
    }
    let found = fixture
        .found("csbs_vault", &[("protect_type", "replication".into())])
        .await;
    assert_eq!(
        (found.get("id").as_str(), found.get("size_gb").as_i64()),
        (Some(other.as_str()), Some(50))
    );
    fixture.simulator.clear_requests();
    let filter = [("id", RawValue::from(other.as_str())), ("name", "vault-1".into())];
    let (_, diags) = fixture.read("csbs_vault", &filter).await;
    assert!(errors(&diags).contains("no such vault"), "{diags:?}");
    assert_eq!(fixture.simulator.count(Operation::CbrGetVault), 1);
    assert_eq!(fixture.simulator.count(Operation::CbrListVaults), 0);
}

#[tokio::test(start_paused = true)]
async fn vaults_of_one_name_are_listed_with_their_times() {
    let fixture = Fixture::new();
    let second = make_vault(
        &fixture,
        NewVault {
            name: "vault-1".to_owned(),
            ..NewVault::default()
        },
    );
    let (_, diags) = fixture.read("csbs_vault", &[("name", "vault-1".into())]).await;
    let text = errors(&diags);
    assert!(text.contains(FIRST_VAULT_ID) && text.contains(&second), "{text}");
    assert_eq!(text.matches("created at 20").count(), 2, "{text}");
    let (_, diags) = fixture.read("csbs_vault", &[("id", "no/id".into())]).await;
    assert_eq!(diags.errors[0].attribute.to_string(), "id");
    let values = [("id", RawValue::from(FIRST_VAULT_ID)), ("policy_id", "policy".into())];
    let (_, diags) = fixture.read("csbs_vault", &values).await;
    assert_eq!(diags.errors[0].attribute.to_string(), "policy_id");
}

#[tokio::test(start_paused = true)]
async fn a_vault_has_the_policies_that_are_applied_to_it() {
    for rough in [false, true] {
        let fixture = Fixture::new();
        let cbr = fixture.simulator.cbr();
        cbr.configure(|config| {
            // The service may list the policies of all vaults.
            config.ignore_filters = true;
            config.rough.vaults = rough;
        });
        let policies = async |vault: &str| {
            let found = fixture.found("csbs_vault", &[("id", vault.into())]).await;
            found.get("policy_ids").clone()
        };
        let other = make_vault(&fixture, NewVault::default());
        assert_eq!(policies(FIRST_VAULT_ID).await, RawValue::List(Vec::new()));
        for (vault, policy) in [(FIRST_VAULT_ID, "p1"), (other.as_str(), "p2")] {
            let changes = VaultChanges {
                policy_id: Some(policy.to_owned()),
                ..VaultChanges::default()
            };
            assert!(cbr.change_vault(vault, &changes));
        }
        assert_eq!(policies(FIRST_VAULT_ID).await, RawValue::List(vec!["p1".into()]));
        assert_eq!(policies(&other).await, RawValue::List(vec!["p2".into()]));
        // A person without the right to list policies still sees the vault.
        fixture.fault(Rule::on(Operation::CbrListPolicies, Effect::refuse(403, "APIG.0301")));
        assert!(policies(&other).await.is_null());
    }
    let fixture = Fixture::new();
    fixture.fault(Rule::on(
        Operation::CbrListPolicies,
        Effect::refuse(400, "BackupService.9900"),
    ));
    let (_, diags) = fixture.read("csbs_vault", &[("id", FIRST_VAULT_ID.into())]).await;
    assert!(errors(&diags).contains("9900"), "{diags:?}");
}

#[tokio::test(start_paused = true)]
async fn a_filter_that_only_lists_compare_is_refused_together_with_an_id() {
    let fixture = Fixture::new();
    let backup = make_backup(&fixture, 0, "nightly", 60);
    for filter in [
        ("used_percent", RawValue::from(1)),
        ("own_type", "private".into()),
        ("member_status", "pending".into()),
        ("dec", false.into()),
    ] {
        let id = ("id", RawValue::from(backup.id.as_str()));
        let (_, diags) = fixture.read("csbs_vault_backup", &[id, filter.clone()]).await;
        assert_eq!(diags.errors[0].attribute.to_string(), filter.0, "{diags:?}");
    }
    for (dec, count) in [(false, 1), (true, 0)] {
        let found = fixture.found("csbs_vault_backups", &[("dec", dec.into())]).await;
        assert_eq!(ids(&found).len(), count, "{dec}");
    }
}

#[tokio::test(start_paused = true)]
async fn filters_of_vaults_hold_whatever_the_service_compares() {
    for (ignore_filters, rough) in [(false, false), (true, false), (true, true)] {
        let fixture = Fixture::new();
        fixture.simulator.cbr().configure(|cbr| {
            cbr.ignore_filters = ignore_filters;
            cbr.name_filter = NameFilter::Part;
            if rough {
                cbr.rough = RoughObjects::ALL;
            }
        });
        let named = |name: &str| NewVault {
            name: name.to_owned(),
            ..NewVault::default()
        };
        let (long, short) = (make_vault(&fixture, named("b-long")), make_vault(&fixture, named("b")));
        let changes = VaultChanges {
            status: Some(csbs_simulator::VaultStatus::Frozen),
            ..VaultChanges::default()
        };
        assert!(fixture.simulator.cbr().change_vault(&long, &changes));
        let found = async |filter: (&'static str, RawValue)| ids(&fixture.found("csbs_vaults", &[filter]).await);
        assert_eq!(found(("name", "b".into())).await, [short.as_str()]);
        assert_eq!(
            found(("name_contains", "b".into())).await,
            [short.clone(), long.clone()]
        );
        assert_eq!(found(("status", "frozen".into())).await, [long.as_str()]);
        assert_eq!(found(("resource_id", server_id(1).into())).await, [FIRST_VAULT_ID]);
        assert_eq!(ids(&fixture.found("csbs_vaults", &[]).await).len(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn one_vault_backup_by_id_and_by_filters() {
    let fixture = Fixture::new();
    let old = make_backup(&fixture, 0, "nightly", 7200);
    let new = make_backup(&fixture, 0, "nightly-2", 3600);
    for (filter, requests) in [
        (vec![("id", RawValue::from(old.id.as_str()))], (0, 1)),
        (vec![("name", "nightly".into())], (1, 1)),
        (vec![("checkpoint_id", old.checkpoint_id.as_str().into())], (1, 1)),
        (
            vec![
                ("name_contains", "night".into()),
                ("end_time", old.created_at.to_string().into()),
            ],
            (1, 1),
        ),
    ] {
        fixture.simulator.clear_requests();
        let found = fixture.found("csbs_vault_backup", &filter).await;
        assert_eq!(found.get("id").as_str(), Some(old.id.as_str()), "{filter:?}");
        assert_eq!(found.get("vault_id").as_str(), Some(FIRST_VAULT_ID));
        assert_eq!(found.get("status").as_str(), Some("available"));
        let volumes = found.get("volume_backups").as_list().unwrap();
        let shown: Vec<_> = volumes
            .iter()
            .map(|volume| volume.get("id").as_str().unwrap())
            .collect();
        let mut children: Vec<_> = old.children.clone();
        children.sort();
        assert_eq!(shown.len(), 2);
        assert!(
            children
                .iter()
                .all(|(a, b)| shown.contains(&a.as_str()) || shown.contains(&b.as_str()))
        );
        assert!(
            volumes
                .iter()
                .all(|volume| volume.get("volume_size").as_i64() > Some(0))
        );
        let lists = fixture.simulator.count(Operation::CbrListBackups);
        assert_eq!(
            (lists, fixture.simulator.count(Operation::CbrGetBackup)),
            requests,
            "{filter:?}"
        );
    }
    let of_server = || ("resource_id", RawValue::from(server_id(0)));
    let (_, diags) = fixture.read("csbs_vault_backup", &[of_server()]).await;
    let text = errors(&diags);
    assert!(text.contains(&old.id) && text.contains(&new.id), "{text}");
    assert_eq!(text.matches("created at 20").count(), 2, "{text}");
    let newest = fixture
        .found("csbs_vault_backup", &[of_server(), ("most_recent", true.into())])
        .await;
    assert_eq!(newest.get("id").as_str(), Some(new.id.as_str()));
    for filter in [("name", RawValue::from("night")), ("id", server_id(9).into())] {
        let (_, diags) = fixture.read("csbs_vault_backup", &[filter]).await;
        assert!(errors(&diags).contains("no such backup"), "{diags:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_backup_of_a_disk_is_named_as_part_of_the_servers_backup() {
    let fixture = Fixture::new();
    let backup = make_backup(&fixture, 0, "nightly", 60);
    let found = fixture
        .found("csbs_vault_backup", &[("id", backup.id.as_str().into())])
        .await;
    let volume = found.get("volume_backups").as_list().unwrap()[0].get("id").clone();
    let (_, diags) = fixture.read("csbs_vault_backup", &[("id", volume.clone())]).await;
    assert!(errors(&diags).contains(&backup.id), "{diags:?}");
    assert_eq!(diags.errors[0].attribute.to_string(), "id");
    let parent = || ("parent_id", RawValue::from(backup.id.as_str()));
    let disk = fixture.found("csbs_vault_backup", &[("id", volume), parent()]).await;
    assert_eq!(disk.get("resource_type").as_str(), Some("OS::Cinder::Volume"));
    assert_eq!(ids(&fixture.found("csbs_vault_backups", &[parent()]).await).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn filters_of_vault_backups_hold_whatever_the_service_compares() {
    for (ignore_filters, rough) in [(false, false), (true, false), (true, true)] {
        let fixture = Fixture::new();
        fixture.simulator.cbr().configure(|cbr| {
            cbr.ignore_filters = ignore_filters;
            cbr.children_in_lists = true;
            cbr.name_filter = NameFilter::Part;
            if rough {
                cbr.rough = RoughObjects::ALL;
            }
        });
        let first = make_backup(&fixture, 0, "b", 300);
        let second = make_backup(&fixture, 1, "b-2", 200);
        let third = make_backup(&fixture, 1, "a", 100);
        let failed = BackupChanges {
            status: Some(BackupStatus::Error),
            ..BackupChanges::default()
        };
        assert!(fixture.simulator.cbr().change_backup(&third.id, failed));
        let second_and = |other: &BackupRecord| vec![other.id.clone(), second.id.clone()];
        for (filter, expected) in [
            (vec![], vec![third.id.clone(), second.id.clone(), first.id.clone()]),
            (vec![("name", RawValue::from("b"))], vec![first.id.clone()]),
            (
                vec![("name_contains", "b".into())],
                vec![second.id.clone(), first.id.clone()],
            ),
            (vec![("resource_id", server_id(1).into())], second_and(&third)),
            (vec![("status", "error".into())], vec![third.id.clone()]),
            (
                vec![("start_time", second.created_at.to_string().into())],
                second_and(&third),
            ),
            (vec![("most_recent", true.into())], vec![third.id.clone()]),
            (
                vec![("sort", "name:asc".into())],
                vec![third.id.clone(), first.id.clone(), second.id.clone()],
            ),
            (vec![("vault_id", server_id(1).into())], vec![]),
        ] {
            fixture.simulator.clear_requests();
            let found = fixture.found("csbs_vault_backups", &filter).await;
            assert_eq!(ids(&found), expected, "{filter:?} {ignore_filters} {rough}");
            let requests = fixture.simulator.requests();
            let reads = requests
                .iter()
                .filter(|request| request.path.contains("/v3/") && request.path.contains("/backups"));
            assert_eq!(reads.count(), 1, "{filter:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_reason_of_a_failed_backup_comes_from_its_task() {
    let fixture = Fixture::new();
    fixture
        .simulator
        .cbr()
        .fail_next_backup(None, "6215", "the server is gone");
    let mut core = Core::of(&fixture.provider, "csbs_vault_backup");
    let config = core.config(&[
        ("vault_id", FIRST_VAULT_ID.into()),
        ("resource_id", server_id(0).into()),
    ]);
    let (_, diags) = core.apply(&config).await;
    assert!(errors(&diags).contains("the server is gone"), "{diags:?}");
    let filter = [("status", RawValue::from("error"))];
    let found = fixture.found("csbs_vault_backup", &filter).await;
    assert_eq!(found.get("fail_reason").as_str(), Some("the server is gone"));
    assert!(found.get("fail_code").as_str().unwrap().ends_with("6215"));
    // A person without the right to read tasks still sees the backup.
    fixture.simulator.cbr().configure(|cbr| cbr.tasks_forbidden = true);
    let found = fixture.found("csbs_vault_backup", &filter).await;
    assert_eq!(found.get("status").as_str(), Some("error"));
    assert!(found.get("fail_reason").is_null());
}

#[tokio::test(start_paused = true)]
async fn a_project_without_csbs_is_enough() {
    let service = SimulatedService::with(|config| {
        config.auth = AuthMode::BuiltIn;
        config.catalog_entry = CatalogEntry::Missing;
    });
    let provider = CsbsProvider::with_session(service.signed_in_session(&[]));
    for (type_name, member) in [("csbs_vaults", "vaults"), ("csbs_vault_backups", "backups")] {
        let (found, diags) = read_data_source(&provider, type_name, &[]).await;
        let found = found.unwrap_or_else(|| panic!("{diags:?}"));
        assert!(found.get(member).as_list().is_some());
        assert_eq!(found.get("region").as_str(), Some("eu-de"));
    }
    let (_, diags) = read_data_source(&provider, "csbs_backups", &[]).await;
    assert!(
        errors(&diags).contains("csbs_vault_backup") || errors(&diags).contains("CBR"),
        "{diags:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn invalid_filters_are_refused_without_a_request() {
    let fixture = Fixture::new();
    for (type_name, filter) in [
        ("csbs_vaults", ("status", RawValue::from("locked"))),
        ("csbs_vaults", ("object_type", "servers".into())),
        ("csbs_vault_backups", ("status", "deleted".into())),
        ("csbs_vault_backups", ("used_percent", 101.into())),
        ("csbs_vault_backups", ("own_type", "public".into())),
        ("csbs_vault_backups", ("start_time", "yesterday".into())),
        ("csbs_vault_backups", ("sort", "size".into())),
    ] {
        let (_, diags) = fixture.read(type_name, std::slice::from_ref(&filter)).await;
        assert_eq!(diags.errors[0].attribute.to_string(), filter.0, "{diags:?}");
    }
    assert_eq!(fixture.simulator.requests().len(), 0);
}
