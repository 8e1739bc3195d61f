//! The partial state that a create saves as soon as something exists, so that the state has it if the create does not finish.

use std::time::Duration;

use terraform_plugin::{Context, Create, Diagnostics, NewState, Plan, Provider, RawValue};

use crate::{
    core::Core,
    fixture::{Fixture, config, server_id},
};

/// Begins a create of `type_name`, lets it run for a minute, and answers what it has kept.
async fn kept(fixture: &Fixture, type_name: &str, config: RawValue) -> NewState {
    let resource = fixture.provider.resources()[type_name].clone();
    let context = Context::default();
    let plan = Plan {
        prior_state: None,
        proposed_state: config.clone(),
        config: config.clone(),
        prior_private: Vec::new(),
        ..Plan::default()
    };
    let mut diags = Diagnostics::default();
    let planned = resource
        .plan(&context, &resource.schema(), plan, &mut diags)
        .await
        .unwrap();
    let create = Create {
        planned_state: planned.state,
        config,
        planned_private: planned.private,
    };
    let own = context.clone();
    let running = tokio::spawn(async move {
        let mut diags = Diagnostics::default();
        resource.create(&own, create, &mut diags).await
    });
    tokio::time::sleep(Duration::from_secs(60)).await;
    running.abort();
    let kept = context.partial_state.take().expect("nothing is kept");
    assert!(kept.state.is_wholly_known());
    kept
}

#[tokio::test(start_paused = true)]
async fn a_backup_in_the_making() {
    let fixture = Fixture::new();
    let core = Core::new(&fixture.provider);
    let config = core.config(&[("resource_id", server_id(0).into())]);
    let kept = kept(&fixture, "csbs_backup", config).await;
    let checkpoints = fixture.simulator.inventory().checkpoints;
    assert_eq!(checkpoints.len(), 1);
    assert_eq!(
        kept.state.get("checkpoint_id").as_str(),
        Some(checkpoints[0].id.as_str())
    );
    assert_eq!(kept.state.get("id").as_str(), Some(checkpoints[0].items[0].id.as_str()));
    assert!(!kept.private.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_policy() {
    let fixture = Fixture::new();
    let core = fixture.policy();
    let kept = kept(&fixture, "csbs_backup_policy", config(&core, &[])).await;
    assert_eq!(kept.state.get("id").as_str(), Some(fixture.only().id.as_str()));
}
