//! The sweep against the simulator, in virtual time.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

use std::time::Duration;

use csbs_sweep::{Leftovers, Outcome, Prefix, VaultLeftovers, report, run_checks, run_vault_checks};
use otc_client::{
    cbr,
    csbs::{Client, ClientOptions},
    operation::OperationContext,
};
use test_support::simulated_service::{SERVER, SimulatedService};
use tokio_util::sync::CancellationToken;

fn context(service: &SimulatedService) -> OperationContext {
    OperationContext::new(Client::new(service.session(), ClientOptions::default()))
}

fn prefix() -> Prefix {
    Prefix::parse("csbs-sweep-").unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_carries_the_prefix_is_deleted_and_nothing_else() {
    let service = SimulatedService::new();
    let context = context(&service);
    service.make_checkpoint(&[SERVER], Some("csbs-sweep-first"));
    let others = ["nightly", "my-csbs-sweep-first", "csbs-sweep-", "csbs-sweepfirst"];
    for other in others {
        service.make_checkpoint(&[SERVER], Some(other));
    }
    let leftovers = Leftovers::find(&context, &prefix()).await.unwrap();
    assert_eq!(leftovers.backups.len(), 1);
    assert!(leftovers.to_string().contains("csbs-sweep-first"));
    leftovers.delete(&context, &CancellationToken::new()).await.unwrap();
    let left: Vec<_> = service.items().into_iter().map(|item| item.name).collect();
    assert_eq!(left, others);
    assert!(Leftovers::find(&context, &prefix()).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_run_does_not_delete_what_another_run_with_the_same_prefix_has_made() {
    let service = SimulatedService::new();
    let context = context(&service);
    let (first, second) = (prefix().of_run(), prefix().of_run());
    for run in [&first, &second] {
        service.make_checkpoint(&[SERVER], Some(&run.name("full")));
    }
    let leftovers = Leftovers::find(&context, &first).await.unwrap();
    leftovers.delete(&context, &CancellationToken::new()).await.unwrap();
    let left: Vec<_> = service.items().into_iter().map(|item| item.name).collect();
    assert_eq!(left, [second.name("full")]);
    assert_eq!(Leftovers::find(&context, &prefix()).await.unwrap().backups.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn every_assumption_that_is_tried_holds_in_the_simulator_and_nothing_is_left() {
    let service = SimulatedService::new();
    service.make_checkpoint(&[SERVER], Some("nightly"));
    let context = context(&service);
    let findings = Box::pin(run_checks(&context, &prefix(), SERVER, &CancellationToken::new())).await;
    let text = report(&findings);
    assert!(!text.contains("DIFFERS"), "{text}");
    let held = |number: &str| {
        let of_number = findings.iter().filter(|finding| finding.number == number);
        of_number
            .into_iter()
            .any(|finding| matches!(finding.outcome, Outcome::Held(_)))
    };
    for number in [
        "A01", "A02", "A03", "A04", "A07", "A08", "A17", "A18", "A23", "A25", "A26", "A27", "A28", "A35", "A44", "A46",
    ] {
        assert!(held(number), "{number} was not tried:\n{text}");
    }
    assert!(Leftovers::find(&context, &prefix()).await.unwrap().is_empty(), "{text}");
    assert_eq!(service.items().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_cloud_that_differs_is_reported() {
    let service = SimulatedService::new();
    service
        .simulator
        .configure(|config| config.timing.visible_after = Duration::from_secs(90));
    let context = context(&service);
    let findings = Box::pin(run_checks(&context, &prefix(), SERVER, &CancellationToken::new())).await;
    let late = findings.iter().find(|finding| finding.number == "A02").unwrap();
    assert!(
        matches!(&late.outcome, Outcome::Differs(text) if text.contains("listed after")),
        "{late:?}"
    );
    assert!(report(&findings).starts_with("A02  DIFFERS"), "{}", report(&findings));
}

/// ID of the simulator's first vault, and of the first server in it.
const VAULT: &str = "0cb60000-0000-4000-8000-000000000001";
const SERVER_IN_VAULT: &str = "00000000-0000-0000-0000-000000000000";

fn cbr_client(service: &SimulatedService) -> cbr::Client {
    cbr::Client::new(service.signed_in_session(&[]), ClientOptions::default())
}

#[tokio::test(start_paused = true)]
async fn every_assumption_about_vaults_that_is_tried_holds_in_the_simulator() {
    let service = SimulatedService::with(|_| {});
    let client = cbr_client(&service);
    let cancel = CancellationToken::new();
    let findings = Box::pin(run_vault_checks(&client, &prefix(), VAULT, SERVER_IN_VAULT, &cancel)).await;
    let text = report(&findings);
    assert!(!text.contains("DIFFERS"), "{text}");
    for number in [
        "A49", "A54", "A55", "A56", "A57", "A58", "A61", "A62", "A68", "A71", "A72", "A73",
    ] {
        let mut of_number = findings.iter().filter(|finding| finding.number == number);
        assert!(
            of_number.any(|finding| matches!(finding.outcome, Outcome::Held(_))),
            "{number} was not tried:\n{text}"
        );
    }
    assert!(VaultLeftovers::find(&client, &prefix()).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_cbr_that_differs_is_reported_and_only_what_carries_the_prefix_is_deleted() {
    let service = SimulatedService::with(|_| {});
    let client = cbr_client(&service);
    let cancel = CancellationToken::new();
    service.simulator.cbr().configure(|cbr| {
        cbr.children_in_lists = true;
        cbr.checkpoint_forbidden = true;
    });
    let findings = Box::pin(run_vault_checks(&client, &prefix(), VAULT, SERVER_IN_VAULT, &cancel)).await;
    let text = report(&findings);
    for number in ["A54", "A55", "A56"] {
        assert!(text.contains(&format!("{number}  DIFFERS")), "{number}: {text}");
    }
    service.simulator.cbr().configure(|cbr| cbr.children_in_lists = false);
    for name in ["csbs-sweep-second", "nightly"] {
        let request = cbr::CheckpointRequest {
            vault_id: VAULT.to_owned(),
            resource_id: SERVER_IN_VAULT.to_owned(),
            name: Some(name.to_owned()),
            ..cbr::CheckpointRequest::default()
        };
        client.create_checkpoint(&request).await.unwrap();
        service.simulator.advance(Duration::from_secs(7200));
    }
    let leftovers = VaultLeftovers::find(&client, &prefix()).await.unwrap();
    assert!(leftovers.to_string().contains("csbs-sweep-second"));
    leftovers.delete(&client).await.unwrap();
    service.simulator.advance(Duration::from_secs(7200));
    let left = service.simulator.cbr().inventory().backups;
    assert_eq!(
        left.iter().map(|backup| backup.name.as_str()).collect::<Vec<_>>(),
        ["nightly"]
    );
}
