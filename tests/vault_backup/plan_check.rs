//! The check of a planned create: does the vault exist, and is the server in it?

use csbs::CsbsProvider;
use csbs_simulator::{Effect, FIRST_VAULT_ID, NewVault, Operation, Rule, Server};
use terraform_plugin::{Diagnostics, RawValue};
use test_support::{
    core::Core,
    simulated_service::{SERVER, SimulatedService},
};

use crate::{posts, server, with_servers};

fn core_with_checks(service: &SimulatedService) -> Core {
    let provider = CsbsProvider::with_session_and_plan_checks(service.session());
    Core::of(&provider, "csbs_vault_backup")
}

fn reads(service: &SimulatedService) -> u64 {
    service.simulator.count(Operation::CbrGetVault)
}

async fn plan(core: &mut Core, vault: RawValue, server: RawValue) -> Diagnostics {
    let config = core.config(&[("vault_id", vault), ("resource_id", server)]);
    core.plan(&config).await.1
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_takes_the_server_is_no_problem() {
    let service = SimulatedService::new();
    let mut core = core_with_checks(&service);
    let diags = plan(&mut core, FIRST_VAULT_ID.into(), SERVER.into()).await;
    assert_eq!(diags, Diagnostics::default());
    assert_eq!(reads(&service), 1);
}

#[tokio::test(start_paused = true)]
async fn a_vault_that_does_not_exist_is_an_error_of_the_plan() {
    let service = SimulatedService::new();
    let mut core = core_with_checks(&service);
    let unknown = "0cb60000-0000-4000-8000-00000000000f";
    let diags = plan(&mut core, unknown.into(), SERVER.into()).await;
    assert_eq!(diags.errors.len(), 1, "{diags:?}");
    assert_eq!(diags.errors[0].attribute.to_string(), "vault_id");
    assert!(diags.errors[0].detail.contains(unknown));
    assert_eq!(posts(&service), 0);
}

#[tokio::test(start_paused = true)]
async fn a_vault_for_copies_is_an_error_of_the_plan() {
    let service = SimulatedService::new();
    let vault = NewVault {
        protect_type: "replication".to_owned(),
        ..NewVault::default()
    };
    let vault = service.simulator.cbr().make_vault(vault).id;
    let mut core = core_with_checks(&service);
    let diags = plan(&mut core, vault.as_str().into(), SERVER.into()).await;
    assert_eq!(diags.errors.len(), 1, "{diags:?}");
    assert_eq!(diags.errors[0].attribute.to_string(), "vault_id");
}

/// It is no error: the same configuration can associate the server before the backup is created.
#[tokio::test(start_paused = true)]
async fn a_server_that_is_not_in_the_vault_is_a_warning_of_the_plan() {
    let service = SimulatedService::new();
    let other = server(1);
    service.simulator.add_server(Server::new(other.clone()));
    let mut core = core_with_checks(&service);
    let diags = plan(&mut core, FIRST_VAULT_ID.into(), other.as_str().into()).await;
    assert_eq!((diags.errors.len(), diags.warnings.len()), (0, 1), "{diags:?}");
    assert_eq!(diags.warnings[0].attribute.to_string(), "vault_id");
    assert!(diags.warnings[0].detail.contains(&other));
}

#[tokio::test(start_paused = true)]
async fn a_passing_failure_is_a_warning_of_the_plan() {
    let service = SimulatedService::new();
    service.fault(Rule::on(
        Operation::CbrGetVault,
        Effect::refuse(503, "BackupService.9998"),
    ));
    let mut core = core_with_checks(&service);
    let diags = plan(&mut core, FIRST_VAULT_ID.into(), SERVER.into()).await;
    assert_eq!((diags.errors.len(), diags.warnings.len()), (0, 1), "{diags:?}");
}

#[tokio::test(start_paused = true)]
async fn unknown_ids_and_providers_without_plan_checks_send_nothing() {
    let service = SimulatedService::new();
    let mut core = core_with_checks(&service);
    assert_eq!(
        plan(&mut core, RawValue::UNKNOWN, SERVER.into()).await,
        Diagnostics::default()
    );
    let mut core = crate::new_core(&service);
    assert_eq!(
        plan(&mut core, FIRST_VAULT_ID.into(), SERVER.into()).await,
        Diagnostics::default()
    );
    assert_eq!(reads(&service), 0);
}

#[tokio::test(start_paused = true)]
async fn plans_at_the_same_time_share_one_request() {
    let service = with_servers(20);
    let provider = CsbsProvider::with_session_and_plan_checks(service.session());
    let mut cores: Vec<_> = (0..20).map(|_| Core::of(&provider, "csbs_vault_backup")).collect();
    let plans = cores
        .iter_mut()
        .enumerate()
        .map(|(index, core)| plan(core, FIRST_VAULT_ID.into(), server(index).into()));
    for diags in futures_util::future::join_all(plans).await {
        assert_eq!(diags, Diagnostics::default());
    }
    assert_eq!(reads(&service), 1);
}
