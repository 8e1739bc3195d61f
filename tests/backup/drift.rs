//! A name or description that was changed in the console: the API cannot change it back, and the backup must not be replaced.

use terraform_plugin::{Diagnostics, ImportTarget, RawValue};

use crate::{
    core::{Action, Core, object},
    new_process,
};
use test_support::simulated_service::{SERVER, SimulatedService};

fn config(core: &Core, name: &str, description: &str, more: &[(&str, RawValue)]) -> RawValue {
    let mut values = vec![
        ("resource_id", SERVER.into()),
        ("backup_name", name.into()),
        ("description", description.into()),
    ];
    values.extend(more.iter().cloned());
    core.config(&values)
}

fn warned(diags: &Diagnostics, about: &[&str]) {
    assert!(diags.errors.is_empty(), "{diags:?}");
    let summaries: Vec<_> = diags.warnings.iter().map(|warning| &*warning.summary).collect();
    assert_eq!(summaries, about, "{diags:?}");
}

const BOTH: [&str; 2] = [
    "The name of the backup was changed outside of Terraform",
    "The description of the backup was changed outside of Terraform",
];
const REPLACED: [&str; 1] = ["The backup will be replaced"];

/// A backup whose name and description were changed in the cloud.
async fn drifted(service: &SimulatedService) -> Core {
    let mut core = Core::new(&new_process(service));
    core.apply(&config(&core, "nightly", "text", &[])).await;
    change(service, &core);
    core
}

fn change(service: &SimulatedService, core: &Core) {
    service.rename(&core.text("id"), "renamed");
    service.describe(&core.text("id"), "described");
}

#[tokio::test(start_paused = true)]
async fn it_is_a_warning_and_never_a_replacement() {
    let service = SimulatedService::new();
    let mut core = drifted(&service).await;
    let config = config(&core, "nightly", "text", &[]);
    let id = core.text("id");
    for _ in 0..2 {
        let (action, diags) = core.plan(&config).await;
        assert_eq!(action, Action::Nothing);
        warned(&diags, &BOTH);
        assert_eq!(core.apply(&config).await.0, Action::Nothing);
    }
    assert_eq!(core.text("id"), id);
    assert_eq!(core.text("backup_name"), "renamed", "the state says what is true");
    assert_eq!(core.text("description"), "described");
}

#[tokio::test(start_paused = true)]
async fn other_changes_are_applied_beside_it() {
    let service = SimulatedService::new();
    let mut core = drifted(&service).await;
    let config = config(&core, "nightly", "text", &[("tags", object(&[("a", "b".into())]))]);
    assert_eq!(core.apply(&config).await.0, Action::Update);
    let (action, diags) = core.plan(&config).await;
    assert_eq!(action, Action::Nothing);
    warned(&diags, &BOTH);
}

#[tokio::test(start_paused = true)]
async fn the_value_of_the_cloud_may_be_taken_into_the_configuration() {
    let service = SimulatedService::new();
    let mut core = drifted(&service).await;
    let same = config(&core, "renamed", "described", &[]);
    assert_eq!(core.plan(&same).await, (Action::Nothing, Diagnostics::default()));
}

#[tokio::test(start_paused = true)]
async fn a_change_of_the_configuration_replaces_with_and_without_drift() {
    let service = SimulatedService::new();
    let mut core = drifted(&service).await;
    for (name, description) in [("weekly", "text"), ("nightly", "other")] {
        let changed = config(&core, name, description, &[]);
        let (action, diags) = core.plan(&changed).await;
        assert_eq!(action, Action::Replace);
        warned(&diags, &REPLACED);
        let warning = &diags.warnings[0].detail;
        assert!(
            warning.contains("create_before_destroy") && warning.contains(&core.text("checkpoint_id")),
            "{warning}"
        );
    }
    let weekly = config(&core, "weekly", "text", &[]);
    core.apply(&weekly).await;
    assert_eq!(core.text("backup_name"), "weekly");
    assert_eq!(core.plan(&weekly).await, (Action::Nothing, Diagnostics::default()));
}

#[tokio::test(start_paused = true)]
async fn a_description_that_was_taken_out_of_the_configuration_replaces() {
    let service = SimulatedService::new();
    let mut core = drifted(&service).await;
    let without = core.config(&[("resource_id", SERVER.into()), ("backup_name", "nightly".into())]);
    assert_eq!(core.plan(&without).await.0, Action::Replace);
}

#[tokio::test(start_paused = true)]
async fn what_was_never_configured_may_change() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    let nothing = core.config(&[("resource_id", SERVER.into())]);
    core.apply(&nothing).await;
    change(&service, &core);
    assert_eq!(core.plan(&nothing).await, (Action::Nothing, Diagnostics::default()));
}

#[tokio::test(start_paused = true)]
async fn a_state_of_an_earlier_version_knows_what_was_configured() {
    let service = SimulatedService::new();
    let mut core = drifted(&service).await;
    core.stored.as_mut().unwrap().private = br#"{"made":true}"#.to_vec();
    let same = config(&core, "nightly", "text", &[]);
    let (action, diags) = core.plan(&same).await;
    assert_eq!(action, Action::Nothing);
    warned(&diags, &BOTH);
    let other = config(&core, "weekly", "text", &[]);
    assert_eq!(core.plan(&other).await.0, Action::Replace);
}

#[tokio::test(start_paused = true)]
async fn an_imported_backup_may_change_too() {
    let service = SimulatedService::new();
    let made = drifted(&service).await;
    let mut core = Core::new(&new_process(&service));
    core.import(ImportTarget::Id(made.text("id"))).await;
    let same = config(&core, "renamed", "described", &[]);
    assert_eq!(core.plan(&same).await, (Action::Nothing, Diagnostics::default()));
    service.rename(&core.text("id"), "again");
    let (action, diags) = core.plan(&same).await;
    assert_eq!(action, Action::Nothing);
    warned(&diags, &BOTH[..1]);
}
