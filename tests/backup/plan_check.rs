//! The check of a planned create: can the server be backed up?

use std::time::Duration;

use csbs_simulator::{Effect, Operation, Rule};
use terraform_plugin::{Diagnostics, RawValue};
use test_support::simulated_service::{SERVER, SimulatedService};

use crate::{
    core::{Action, Core},
    new_process, new_process_with_plan_checks,
};

/// Number of questions whether servers can be backed up.
fn checks(service: &SimulatedService) -> u64 {
    service.simulator.count(Operation::CheckProtectable)
}

fn config(core: &Core, server: RawValue) -> RawValue {
    core.config(&[("resource_id", server)])
}

async fn plan(core: &mut Core, server: RawValue) -> Diagnostics {
    let config = config(core, server);
    core.plan(&config).await.1
}

/// The error of a plan for `server`, and the attribute that it is on.
async fn planned_error(service: &SimulatedService, server: &str) -> (String, String) {
    let mut core = Core::new(&new_process_with_plan_checks(service));
    let diags = plan(&mut core, server.into()).await;
    let [error] = diags.errors.as_slice() else {
        panic!("{diags:?}");
    };
    assert_eq!(service.simulator.count(Operation::Protect), 0);
    (error.attribute.to_string(), error.detail.to_string())
}

#[tokio::test(start_paused = true)]
async fn an_unknown_server_is_an_error_of_the_plan() {
    let service = SimulatedService::new();
    for id in ["my-server", "9506416d-db6c-406e-8bca-000000000000"] {
        let (attribute, detail) = planned_error(&service, id).await;
        assert_eq!(attribute, "resource_id");
        assert!(detail.contains("CSBS.6000") && detail.contains(id), "{detail}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_be_backed_up_is_an_error_of_the_plan() {
    for code in ["CSBS.6007", "CSBS.6010", "CSBS.6061"] {
        let service = SimulatedService::new();
        service.refuse_server(code);
        let (attribute, detail) = planned_error(&service, SERVER).await;
        assert_eq!(attribute, "resource_id");
        assert!(detail.contains(code), "{detail}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unsupported_type_is_an_error_of_the_plan() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process_with_plan_checks(&service));
    let config = core.config(&[
        ("resource_id", SERVER.into()),
        ("resource_type", "OS::Cinder::Volume".into()),
    ]);
    let diags = core.plan(&config).await.1;
    assert_eq!(diags.errors.len(), 1, "{diags:?}");
    assert_eq!(diags.errors[0].attribute.to_string(), "resource_type");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_closed_to_the_project_is_an_error_of_the_plan() {
    let service = SimulatedService::new();
    service.fault(Rule::on(
        Operation::CheckProtectable,
        Effect::refuse(400, "BackupService.4008"),
    ));
    let (_, detail) = planned_error(&service, SERVER).await;
    assert!(
        detail.contains("BackupService.4008") && detail.contains("Cloud Backup and Recovery"),
        "{detail}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_busy_server_is_no_error_of_the_plan() {
    let service = SimulatedService::new();
    service.refuse_server("CSBS.1001");
    let mut core = Core::new(&new_process_with_plan_checks(&service));
    let diags = plan(&mut core, SERVER.into()).await;
    assert_eq!(diags, Diagnostics::default());
    assert_eq!(checks(&service), 1);
}

#[tokio::test(start_paused = true)]
async fn plans_at_the_same_time_share_one_request() {
    let service = SimulatedService::with_servers(20);
    let provider = new_process_with_plan_checks(&service);
    let mut cores: Vec<_> = (0..20).map(|_| Core::new(&provider)).collect();
    let ids: Vec<_> = (0..20).map(|number| format!("server-{number}")).collect();
    let plans = cores
        .iter_mut()
        .zip(&ids)
        .map(|(core, id)| plan(core, id.as_str().into()));
    for diags in futures_util::future::join_all(plans).await {
        assert_eq!(diags, Diagnostics::default());
    }
    assert_eq!(checks(&service), 1);
}

#[tokio::test(start_paused = true)]
async fn the_creates_after_a_plan_ask_nothing_again() {
    let service = SimulatedService::with_servers(20);
    let provider = new_process_with_plan_checks(&service);
    let mut cores: Vec<_> = (0..20).map(|_| Core::new(&provider)).collect();
    let configs: Vec<_> = (0..20)
        .map(|number| config(&cores[0], format!("server-{number}").as_str().into()))
        .collect();
    let applies = cores.iter_mut().zip(&configs).map(|(core, config)| core.apply(config));
    for (action, diags) in futures_util::future::join_all(applies).await {
        assert_eq!((action, diags), (Action::Create, Diagnostics::default()));
    }
    assert_eq!(service.items().len(), 20);
    assert_eq!(checks(&service), 1, "the plans asked, and not the creates");
}

#[tokio::test(start_paused = true)]
async fn an_unknown_server_id_and_a_provider_without_plan_checks_send_nothing() {
    let service = SimulatedService::new();
    service.refuse_server("CSBS.6000");
    let mut checking = Core::new(&new_process_with_plan_checks(&service));
    assert_eq!(plan(&mut checking, RawValue::UNKNOWN).await, Diagnostics::default());
    let mut not_checking = Core::new(&new_process(&service));
    assert_eq!(plan(&mut not_checking, SERVER.into()).await, Diagnostics::default());
    assert_eq!(service.simulator.requests().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_plan_of_an_unchanged_backup_asks_nothing() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process_with_plan_checks(&service));
    let config = config(&core, SERVER.into());
    core.apply(&config).await;
    assert_eq!(core.apply(&config).await.0, Action::Nothing);
    assert_eq!(checks(&service), 1);
}

#[tokio::test(start_paused = true)]
async fn an_old_answer_is_not_used_by_the_create() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process_with_plan_checks(&service));
    assert_eq!(plan(&mut core, SERVER.into()).await, Diagnostics::default());
    tokio::time::sleep(Duration::from_secs(61)).await;
    // Terraform plans again before it applies: that plan asks, because its answer is too old, and the create does not.
    let config = config(&core, SERVER.into());
    let (_, diags) = core.apply(&config).await;
    assert_eq!(diags, Diagnostics::default());
    assert_eq!(checks(&service), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_plan_is_not_used_by_the_create() {
    let service = SimulatedService::new();
    service.refuse_server("CSBS.1001");
    let provider = new_process_with_plan_checks(&service);
    let mut core = Core::new(&provider);
    assert_eq!(plan(&mut core, SERVER.into()).await, Diagnostics::default());
    service.simulator.add_server(csbs_simulator::Server::new(SERVER));
    let config = config(&core, SERVER.into());
    let (action, diags) = core.apply(&config).await;
    assert_eq!((action, diags), (Action::Create, Diagnostics::default()));
}

#[tokio::test(start_paused = true)]
async fn plans_give_up_soon_on_a_failing_service_and_the_create_is_patient() {
    /// Requests of the plan, and then of the create before it succeeds.
    const FAILURES: [u64; 2] = [3, 4];
    let service = SimulatedService::with_servers(2);
    let failure = Effect::refuse(503, "APIG.0500");
    service.fault(Rule::on(Operation::CheckProtectable, failure).times(7));
    let provider = new_process_with_plan_checks(&service);
    let mut core = Core::new(&provider);
    let began = tokio::time::Instant::now();
    let diags = plan(&mut core, SERVER.into()).await;
    assert!(diags.errors.is_empty() && diags.warnings.len() == 1, "{diags:?}");
    assert!(diags.warnings[0].detail.contains("503"), "{diags:?}");
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert_eq!(checks(&service), FAILURES[0]);

    // Other plans of the same run take over the failure.
    let began = tokio::time::Instant::now();
    let diags = plan(&mut Core::new(&provider), "server-0".into()).await;
    assert!(diags.errors.is_empty() && diags.warnings.len() == 1, "{diags:?}");
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(checks(&service), FAILURES[0]);

    let config = config(&core, SERVER.into());
    let (action, diags) = core.apply(&config).await;
    assert_eq!(action, Action::Create);
    assert!(
        diags.errors.is_empty() && core.text("status") == "available",
        "{diags:?}"
    );
    assert_eq!(checks(&service), FAILURES[0] + FAILURES[1] + 1);
}
