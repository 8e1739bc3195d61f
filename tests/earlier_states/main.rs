//! States that earlier versions of the provider wrote plan empty.
//!
//! A folder here is named after the commit whose build wrote its files; see `README.md`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod recorded_service;

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use csbs::CsbsProvider;
use recorded_service::RecordedService;
use serde::Deserialize;
use terraform_plugin::RawValue;
use test_support::stored_state::{StoredResource, plan};

/// A file of a fixture folder.
#[derive(Deserialize)]
struct Fixture {
    #[serde(flatten)]
    resource: StoredResource,
    /// The service's responses about this resource.
    service: RecordedService,
}

/// Arguments that later versions do not have, by resource type: users remove them from the configuration.
const REMOVED_ARGUMENTS: [(&str, &str); 1] = [("csbs_backup_policy", "provider_id")];

/// All fixtures of a resource type, by name.
fn fixtures(type_name: &str) -> BTreeMap<String, Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/earlier_states/b218932");
    let files = fs::read_dir(folder.join(type_name)).unwrap();
    let fixtures: BTreeMap<String, Fixture> = files
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let mut fixture: Fixture = serde_json::from_slice(&fs::read(&path).unwrap())
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(fixture.resource.type_name, type_name, "{name}");
            let configuration = fixture.resource.configuration.as_object_mut().unwrap();
            for (_, argument) in REMOVED_ARGUMENTS
                .iter()
                .filter(|(removed_from, _)| *removed_from == type_name)
            {
                configuration.remove(*argument);
            }
            (name, fixture)
        })
        .collect();
    assert!(!fixtures.is_empty());
    fixtures
}

fn provider(service: RecordedService) -> Arc<CsbsProvider> {
    Arc::new(CsbsProvider::with_session(service.into_session()))
}

/// Resources whose create failed or was interrupted. Terraform replaces them in the next apply, so that their plan is not empty.
fn is_tainted(fixture: &Fixture) -> bool {
    fixture.resource.instance.status == "tainted"
}

async fn assert_untainted_states_plan_empty(type_name: &str) {
    for (name, fixture) in fixtures(type_name) {
        if !is_tainted(&fixture) {
            let outcome = plan(provider(fixture.service), &fixture.resource).await;
            // The service finished this one after the state was written.
            if name != "unfinished" {
                outcome.assert_refresh_changes_nothing(&name);
            }
            if name != "several_operations" {
                assert_eq!(outcome.warnings, Vec::<String>::new(), "{name}: warnings");
            }
            outcome.assert_plans_empty(&name);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn backups_in_states_of_b218932_plan_empty() {
    assert_untainted_states_plan_empty("csbs_backup").await;
}

#[tokio::test(start_paused = true)]
async fn policies_in_states_of_b218932_plan_empty() {
    assert_untainted_states_plan_empty("csbs_backup_policy").await;
}

#[tokio::test(start_paused = true)]
async fn tainted_backups_in_states_of_b218932_are_upgraded_and_refreshed() {
    let mut count = 0;
    for (name, fixture) in fixtures("csbs_backup") {
        if is_tainted(&fixture) {
            let outcome = plan(provider(fixture.service), &fixture.resource).await;
            outcome.assert_refresh_changes_nothing(&name);
            assert_eq!(
                outcome.planned.get("id"),
                &RawValue::UNKNOWN,
                "{name}: a new backup is planned"
            );
            count += 1;
        }
    }
    assert!(count > 0, "there is no tainted backup");
}

#[tokio::test(start_paused = true)]
async fn a_changed_argument_is_a_change_of_the_plan() {
    let mut fixture = fixtures("csbs_backup").remove("minimal").unwrap();
    fixture.resource.configuration["tags"] = serde_json::json!({"team": "a"});
    let outcome = plan(provider(fixture.service), &fixture.resource).await;
    assert_ne!(outcome.planned, outcome.refreshed);
}
