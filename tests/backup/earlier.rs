//! The backups that the warning "A backup like this one exists already" names.

use std::time::Duration;

use terraform_plugin::{Diagnostics, RawValue};

use crate::{
    core::{Action, Core, object},
    new_process,
};
use test_support::simulated_service::{SERVER, SimulatedService};

const SUMMARY: &str = "A backup like this one exists already";

fn named(core: &Core, more: &[(&str, RawValue)]) -> RawValue {
    let mut values = vec![("resource_id", SERVER.into()), ("backup_name", "nightly".into())];
    values.extend(more.iter().cloned());
    core.config(&values)
}

fn warnings(diags: &Diagnostics) -> Vec<String> {
    assert!(diags.errors.is_empty(), "{diags:?}");
    let ours = diags.warnings.iter().filter(|warning| warning.summary == SUMMARY);
    ours.map(|warning| warning.detail.to_string()).collect()
}

/// The warnings of a create by another process.
async fn next(service: &SimulatedService, config: impl Fn(&Core) -> RawValue) -> Vec<String> {
    let mut core = Core::new(&new_process(service));
    let config = config(&core);
    warnings(&core.apply(&config).await.1)
}

#[tokio::test(start_paused = true)]
async fn one_that_an_interrupted_run_can_have_left() {
    let service = SimulatedService::new();
    let tags = || ("tags", object(&[("a", "b".into())]));
    let config = |core: &Core| named(core, &[("description", "text".into()), tags()]);
    assert_eq!(next(&service, config).await, Vec::<String>::new());
    let lost = service.items()[0].checkpoint_id.clone();
    tokio::time::sleep(Duration::from_secs(2 * 24 * 3600)).await;
    let warnings = next(&service, config).await;
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].contains(&lost) && warnings[0].contains("terraform import"),
        "{warnings:?}"
    );
    assert!(!warnings[0].contains("delete"), "it may be anyone's: {warnings:?}");
}

#[tokio::test(start_paused = true)]
async fn not_one_that_looks_otherwise() {
    let service = SimulatedService::new();
    next(&service, |core| named(core, &[("description", "text".into())])).await;
    for more in [
        vec![],
        vec![("description", "other".into())],
        vec![("description", "text".into()), ("tags", object(&[("a", "b".into())]))],
    ] {
        assert_eq!(next(&service, |core| named(core, &more)).await, Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn not_any_backup_of_the_server_when_no_name_is_configured() {
    let service = SimulatedService::new();
    for _ in 0..2 {
        let warnings = next(&service, |core| core.config(&[("resource_id", SERVER.into())])).await;
        assert_eq!(warnings, Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn not_one_that_is_old() {
    let service = SimulatedService::new();
    next(&service, |core| named(core, &[])).await;
    tokio::time::sleep(Duration::from_secs(3 * 24 * 3600)).await;
    assert_eq!(next(&service, |core| named(core, &[])).await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn not_one_that_a_policy_has_made() {
    for (others, scheduled) in [(0, true), (2, true), (2, false)] {
        let service = SimulatedService::with_servers(others);
        service.make_checkpoint_of_policy("nightly", others, scheduled);
        let warnings = next(&service, |core| named(core, &[])).await;
        assert_eq!(warnings, Vec::<String>::new(), "{others} {scheduled}");
    }
}

#[tokio::test(start_paused = true)]
async fn not_one_that_this_process_has_made_or_left_behind() {
    let service = SimulatedService::new();
    let provider = new_process(&service);
    let mut core = Core::new(&provider);
    let release = |n: &str, core: &Core| {
        let triggers = object(&[("release", n.into())]);
        named(core, &[("skip_destroy", true.into()), ("triggers", triggers)])
    };
    core.apply(&release("1", &core)).await;
    core.reconnect(&new_process(&service));
    let (action, diags) = core.apply(&release("2", &core)).await;
    assert_eq!(action, Action::Replace);
    assert_eq!(warnings(&diags), Vec::<String>::new());
    assert_eq!(service.items().len(), 2);
}
