//! One server of a policy that is managed elsewhere.

use std::{collections::BTreeSet, time::Duration};

use csbs_simulator::{Effect, Operation, Rule};
use terraform_plugin::{ImportTarget, RawValue};

use crate::{
    core::{Action, Core, object},
    fixture::{Fixture, PATTERN, PROJECT, assert_no_errors, config, errors, server, server_id},
};

fn make_policy(fixture: &Fixture, servers: &[u32]) -> String {
    make_named_policy(fixture, "nightly", servers)
}

fn make_named_policy(fixture: &Fixture, name: &str, servers: &[u32]) -> String {
    let resources: Vec<_> = servers
        .iter()
        .map(|number| {
            serde_json::json!({
                "id": server_id(*number), "type": "OS::Nova::Server", "name": format!("server-{number}"),
            })
        })
        .collect();
    let policy = serde_json::json!({
        "name": name,
        "provider_id": "fc4d5750-22e7-4798-8a46-f48f62c4c1da",
        "parameters": { "common": {} },
        "resources": resources,
        "scheduled_operations": [{
            "enabled": true,
            "operation_type": "backup",
            "operation_definition": { "max_backups": 5, "provider_id": "fc4d5750-22e7-4798-8a46-f48f62c4c1da" },
            "trigger": { "properties": { "pattern": PATTERN } },
        }],
    });
    fixture.simulator.make_policy(PROJECT, &policy).unwrap()
}

fn association(fixture: &Fixture) -> Core {
    Core::of(&fixture.provider, "csbs_policy_association")
}

fn of(core: &Core, policy_id: &str, server: u32) -> RawValue {
    core.config(&[("policy_id", policy_id.into()), ("server_id", server_id(server).into())])
}

fn servers(fixture: &Fixture) -> BTreeSet<String> {
    fixture.only().resources.into_iter().collect()
}

fn ids(numbers: &[u32]) -> BTreeSet<String> {
    numbers.iter().map(|number| server_id(*number)).collect()
}

#[tokio::test(start_paused = true)]
async fn the_plan_and_the_error_name_the_policy_that_a_server_belongs_to() {
    let fixture = Fixture::with_plan_checks();
    let other = make_policy(&fixture, &[0]);
    let own = make_named_policy(&fixture, "weekly", &[]);
    let mut core = association(&fixture);
    let config = of(&core, &own, 0);
    let (_, diags) = core.plan(&config).await;
    assert_no_errors(&diags);
    let [warning] = diags.warnings.as_slice() else {
        panic!("{diags:?}");
    };
    assert_eq!(warning.attribute.to_string(), "server_id");
    for part in [&other, &server_id(0), "nightly"] {
        assert!(warning.detail.contains(part), "{part} is missing in {}", warning.detail);
    }
    let (_, diags) = core.apply(&config).await;
    let text = errors(&diags);
    assert!(
        text.contains("CSBS.6004") && text.contains(&other) && text.contains("nightly"),
        "{text}"
    );

    // A server of the own policy, or of none, is fine.
    let config = of(&core, &other, 0);
    assert_eq!(core.plan(&config).await.1.warnings, []);
    let config = of(&core, &own, 1);
    assert_eq!(core.plan(&config).await.1.warnings, []);
}

#[tokio::test(start_paused = true)]
async fn a_server_is_added_and_removed_and_the_others_stay() {
    let fixture = Fixture::new();
    let policy_id = make_policy(&fixture, &[0]);
    let mut core = association(&fixture);
    let config = of(&core, &policy_id, 1);
    let (action, diags) = core.apply(&config).await;
    assert_no_errors(&diags);
    assert_eq!(action, Action::Create);
    assert_eq!(core.text("id"), format!("{policy_id}/{}", server_id(1)));
    assert_eq!(core.text("project_id"), PROJECT);
    assert_eq!(servers(&fixture), ids(&[0, 1]));
    let (action, diags) = core.plan(&config).await;
    assert_no_errors(&diags);
    assert_eq!(action, Action::Nothing);
    assert_no_errors(&core.destroy().await);
    assert_eq!(servers(&fixture), ids(&[0]));
    assert_eq!(fixture.simulator.count(Operation::UpdatePolicy), 2);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_there_already_is_adopted_without_a_write() {
    let fixture = Fixture::new();
    let policy_id = make_policy(&fixture, &[0, 1]);
    let mut core = association(&fixture);
    assert_no_errors(&core.apply(&of(&core, &policy_id, 1)).await.1);
    assert_eq!(fixture.simulator.count(Operation::UpdatePolicy), 0);
}

#[tokio::test(start_paused = true)]
async fn a_server_or_policy_that_is_gone_is_planned_again_and_destroyed_without_an_error() {
    let fixture = Fixture::new();
    let policy_id = make_policy(&fixture, &[0]);
    let mut core = association(&fixture);
    let config = of(&core, &policy_id, 1);
    assert_no_errors(&core.apply(&config).await.1);
    let stored = core.stored.clone();
    fixture.simulator.remove_policy(&policy_id);
    assert_eq!(core.plan(&config).await.0, Action::Create);
    core.stored = stored;
    assert_no_errors(&core.destroy().await);
    let (_, diags) = core.apply(&config).await;
    assert!(errors(&diags).contains("no policy with the ID"), "{diags:?}");
}

/// Both processes read the policy before either writes it.
async fn two_at_once(first: (&str, u32, bool), second: (&str, u32, bool), fixture: &Fixture, cores: &mut [Core; 2]) {
    let slow = Effect::Delay { seconds: 1.0 };
    fixture.fault(Rule::on(Operation::UpdatePolicy, slow));
    let [one, two] = cores;
    let run = async |core: &mut Core, (policy_id, server, wanted): (&str, u32, bool)| {
        if wanted {
            assert_no_errors(&core.apply(&of(core, policy_id, server)).await.1);
        } else {
            assert_no_errors(&core.destroy().await);
        }
    };
    tokio::join!(run(one, first), run(two, second));
    fixture.simulator.clear_faults();
}

#[tokio::test(start_paused = true)]
async fn two_applies_at_once_lose_no_server() {
    let fixture = Fixture::new();
    let policy_id = make_policy(&fixture, &[0]);
    let mut cores = [association(&fixture), association(&fixture.other_process())];
    two_at_once((&policy_id, 1, true), (&policy_id, 2, true), &fixture, &mut cores).await;
    assert_eq!(servers(&fixture), ids(&[0, 1, 2]));
    assert!(
        fixture.simulator.count(Operation::UpdatePolicy) > 2,
        "neither overwrote the other: the test tests nothing"
    );
    two_at_once((&policy_id, 1, false), (&policy_id, 2, false), &fixture, &mut cores).await;
    assert_eq!(servers(&fixture), ids(&[0]));
}

#[tokio::test(start_paused = true)]
async fn many_associations_of_one_process_follow_one_another() {
    let fixture =
        Fixture::with(|config| config.servers = (0..20).map(|n| csbs_simulator::Server::new(server_id(n))).collect());
    let policy_id = make_policy(&fixture, &[0]);
    let cores = (1..20).map(|_| association(&fixture));
    let applies = cores.zip(1..20).map(|(mut core, server)| {
        let policy_id = policy_id.clone();
        async move { assert_no_errors(&core.apply(&of(&core, &policy_id, server)).await.1) }
    });
    futures_util::future::join_all(applies).await;
    assert_eq!(servers(&fixture).len(), 20);
    assert_eq!(fixture.simulator.count(Operation::UpdatePolicy), 19);
}

#[tokio::test(start_paused = true)]
async fn a_write_without_an_answer_is_checked_before_it_is_repeated() {
    for effect in [Effect::DropAfter, Effect::DropBefore, Effect::refuse(500, "CSBS.9999")] {
        let fixture = Fixture::new();
        let policy_id = make_policy(&fixture, &[0]);
        let mut core = association(&fixture);
        fixture.fault(Rule::on(Operation::UpdatePolicy, effect.clone()).once());
        assert_no_errors(&core.apply(&of(&core, &policy_id, 1)).await.1);
        assert_eq!(servers(&fixture), ids(&[0, 1]), "{effect:?}");
        let writes = if effect == Effect::DropAfter { 1 } else { 2 };
        assert_eq!(fixture.simulator.count(Operation::UpdatePolicy), writes, "{effect:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_another_program_resets_each_time_is_an_error_that_names_ignore_changes() {
    let fixture = Fixture::new();
    let policy_id = make_policy(&fixture, &[0]);
    let mut owner = fixture.policy();
    let imported = owner.import(ImportTarget::Id(policy_id.clone())).await;
    assert_no_errors(&imported);
    let config = config(&owner, &[("resource", RawValue::List(vec![server(0)]))]);
    let mut core = association(&fixture);
    let association = of(&core, &policy_id, 1);
    let reset = async {
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_secs(3)).await;
            assert_no_errors(&owner.apply(&config).await.1);
        }
    };
    let ((_, diags), ()) = tokio::join!(core.apply(&association), reset);
    assert!(errors(&diags).contains("ignore_changes"), "{diags:?}");
    assert!(core.stored.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_full_policy_is_an_error_on_the_policy() {
    let fixture =
        Fixture::with(|config| config.servers = (0..65).map(|n| csbs_simulator::Server::new(server_id(n))).collect());
    let policy_id = make_policy(&fixture, &(0..64).collect::<Vec<_>>());
    let mut core = association(&fixture);
    let (_, diags) = core.apply(&of(&core, &policy_id, 64)).await;
    assert!(errors(&diags).contains("64 servers"), "{diags:?}");
    assert_eq!(diags.errors[0].attribute.to_string(), "policy_id");
    assert_eq!(fixture.simulator.count(Operation::UpdatePolicy), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stop_after_the_write_keeps_the_association() {
    let fixture = Fixture::new();
    let policy_id = make_policy(&fixture, &[0]);
    let mut core = association(&fixture);
    let config = of(&core, &policy_id, 1);
    let cancel = core.cancel.clone();
    let stop = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        cancel.cancel();
    };
    let ((_, diags), ()) = tokio::join!(core.apply(&config), stop);
    assert_no_errors(&diags);
    assert_eq!(core.text("server_id"), server_id(1));
    assert_eq!(servers(&fixture), ids(&[0, 1]));
}

#[tokio::test(start_paused = true)]
async fn an_import_plans_nothing() {
    let fixture = Fixture::new();
    let policy_id = make_policy(&fixture, &[0, 1]);
    let mut core = association(&fixture);
    let id = format!("{policy_id}/{}", server_id(1));
    assert_no_errors(&core.import(ImportTarget::Id(id)).await);
    assert_eq!(core.plan(&of(&core, &policy_id, 1)).await.0, Action::Nothing);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_is_deleted_right_after_the_change_is_not_changed() {
    let fixture = Fixture::new();
    let policy_id = make_policy(&fixture, &[0]);
    let mut core = association(&fixture);
    let config = of(&core, &policy_id, 1);
    let delete = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(fixture.simulator.remove_policy(&policy_id));
    };
    let ((_, diags), ()) = tokio::join!(core.apply(&config), delete);
    assert!(errors(&diags).contains("no policy with the ID"), "{diags:?}");
    assert_eq!(diags.errors[0].attribute.to_string(), "policy_id");
    assert!(core.stored.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_identity_of_another_project_is_refused() {
    let fixture = Fixture::new();
    let policy_id = make_policy(&fixture, &[0, 1]);
    let identity = |project_id: &str| {
        ImportTarget::Identity(object(&[
            ("policy_id", policy_id.as_str().into()),
            ("server_id", server_id(1).into()),
            ("region", RawValue::Null),
            ("project_id", project_id.into()),
        ]))
    };
    let diags = association(&fixture).import(identity("another-project")).await;
    assert!(errors(&diags).contains("another project"), "{diags:?}");
    assert_eq!(diags.errors[0].attribute.to_string(), "project_id");
    let mut core = association(&fixture);
    assert_no_errors(&core.import(identity(PROJECT)).await);
    assert_eq!(core.plan(&of(&core, &policy_id, 1)).await.0, Action::Nothing);
}
