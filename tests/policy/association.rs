//! One server of a policy that is managed elsewhere.

use std::{collections::BTreeSet, time::Duration};

use csbs_simulator::{Effect, Operation, Rule};
use terraform_plugin::{ImportTarget, RawValue};

use crate::{
    core::{Action, Core},
    fake_service::{PATTERN, PROJECT, World, config, errors, fine, server, server_id},
};

fn make_policy(world: &World, servers: &[u32]) -> String {
    let resources: Vec<_> = servers
        .iter()
        .map(|number| {
            serde_json::json!({
                "id": server_id(*number), "type": "OS::Nova::Server", "name": format!("server-{number}"),
            })
        })
        .collect();
    let policy = serde_json::json!({
        "name": "nightly",
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
    world.simulator.make_policy(PROJECT, &policy).unwrap()
}

fn association(world: &World) -> Core {
    Core::of(&world.provider, "csbs_policy_association")
}

fn of(core: &Core, policy_id: &str, server: u32) -> RawValue {
    core.config(&[("policy_id", policy_id.into()), ("server_id", server_id(server).into())])
}

fn servers(world: &World) -> BTreeSet<String> {
    world.only().resources.into_iter().collect()
}

fn ids(numbers: &[u32]) -> BTreeSet<String> {
    numbers.iter().map(|number| server_id(*number)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_server_is_added_and_removed_and_the_others_stay() {
    let world = World::new().await;
    let policy_id = make_policy(&world, &[0]);
    let mut core = association(&world);
    let config = of(&core, &policy_id, 1);
    let (action, diags) = core.apply(&config).await;
    fine(&diags);
    assert_eq!(action, Action::Create);
    assert_eq!(core.text("id"), format!("{policy_id}/{}", server_id(1)));
    assert_eq!(core.text("project_id"), PROJECT);
    assert_eq!(servers(&world), ids(&[0, 1]));
    let (action, diags) = core.plan(&config).await;
    fine(&diags);
    assert_eq!(action, Action::Nothing);
    fine(&core.destroy().await);
    assert_eq!(servers(&world), ids(&[0]));
    assert_eq!(world.simulator.count(Operation::UpdatePolicy), 2);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_there_already_is_adopted_without_a_write() {
    let world = World::new().await;
    let policy_id = make_policy(&world, &[0, 1]);
    let mut core = association(&world);
    fine(&core.apply(&of(&core, &policy_id, 1)).await.1);
    assert_eq!(world.simulator.count(Operation::UpdatePolicy), 0);
}

#[tokio::test(start_paused = true)]
async fn a_server_or_policy_that_is_gone_is_planned_again_and_destroyed_without_an_error() {
    let world = World::new().await;
    let policy_id = make_policy(&world, &[0]);
    let mut core = association(&world);
    let config = of(&core, &policy_id, 1);
    fine(&core.apply(&config).await.1);
    let stored = core.stored.clone();
    world.simulator.remove_policy(&policy_id);
    assert_eq!(core.plan(&config).await.0, Action::Create);
    core.stored = stored;
    fine(&core.destroy().await);
    let (_, diags) = core.apply(&config).await;
    assert!(errors(&diags).contains("no policy with the ID"), "{diags:?}");
}

/// Both processes read the policy before either writes it.
async fn two_at_once(first: (&str, u32, bool), second: (&str, u32, bool), world: &World, cores: &mut [Core; 2]) {
    let slow = Effect::Delay { seconds: 1.0 };
    world.fault(Rule::on(Operation::UpdatePolicy, slow));
    let [one, two] = cores;
    let run = async |core: &mut Core, (policy_id, server, wanted): (&str, u32, bool)| {
        if wanted {
            fine(&core.apply(&of(core, policy_id, server)).await.1);
        } else {
            fine(&core.destroy().await);
        }
    };
    tokio::join!(run(one, first), run(two, second));
    world.simulator.clear_faults();
}

#[tokio::test(start_paused = true)]
async fn two_applies_at_once_lose_no_server() {
    let world = World::new().await;
    let policy_id = make_policy(&world, &[0]);
    let mut cores = [association(&world), association(&world.other_process())];
    two_at_once((&policy_id, 1, true), (&policy_id, 2, true), &world, &mut cores).await;
    assert_eq!(servers(&world), ids(&[0, 1, 2]));
    assert!(
        world.simulator.count(Operation::UpdatePolicy) > 2,
        "neither overwrote the other: the test tests nothing"
    );
    two_at_once((&policy_id, 1, false), (&policy_id, 2, false), &world, &mut cores).await;
    assert_eq!(servers(&world), ids(&[0]));
}

#[tokio::test(start_paused = true)]
async fn many_associations_of_one_process_follow_one_another() {
    let world =
        World::with(|config| config.servers = (0..20).map(|n| csbs_simulator::Server::new(server_id(n))).collect())
            .await;
    let policy_id = make_policy(&world, &[0]);
    let cores = (1..20).map(|_| association(&world));
    let applies = cores.zip(1..20).map(|(mut core, server)| {
        let policy_id = policy_id.clone();
        async move { fine(&core.apply(&of(&core, &policy_id, server)).await.1) }
    });
    futures_util::future::join_all(applies).await;
    assert_eq!(servers(&world).len(), 20);
    assert_eq!(world.simulator.count(Operation::UpdatePolicy), 19);
}

#[tokio::test(start_paused = true)]
async fn a_write_without_an_answer_is_checked_before_it_is_repeated() {
    for effect in [Effect::DropAfter, Effect::DropBefore, Effect::refuse(500, "CSBS.9999")] {
        let world = World::new().await;
        let policy_id = make_policy(&world, &[0]);
        let mut core = association(&world);
        world.fault(Rule::on(Operation::UpdatePolicy, effect.clone()).once());
        fine(&core.apply(&of(&core, &policy_id, 1)).await.1);
        assert_eq!(servers(&world), ids(&[0, 1]), "{effect:?}");
        let writes = if effect == Effect::DropAfter { 1 } else { 2 };
        assert_eq!(world.simulator.count(Operation::UpdatePolicy), writes, "{effect:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_another_program_resets_each_time_is_an_error_that_names_ignore_changes() {
    let world = World::new().await;
    let policy_id = make_policy(&world, &[0]);
    let mut owner = world.policy();
    let imported = owner.import(ImportTarget::Id(policy_id.clone())).await;
    fine(&imported);
    let config = config(&owner, &[("resource", RawValue::List(vec![server(0)]))]);
    let mut core = association(&world);
    let association = of(&core, &policy_id, 1);
    let reset = async {
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_secs(3)).await;
            fine(&owner.apply(&config).await.1);
        }
    };
    let ((_, diags), ()) = tokio::join!(core.apply(&association), reset);
    assert!(errors(&diags).contains("ignore_changes"), "{diags:?}");
    assert!(core.stored.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_full_policy_is_an_error_on_the_policy() {
    let world =
        World::with(|config| config.servers = (0..65).map(|n| csbs_simulator::Server::new(server_id(n))).collect())
            .await;
    let policy_id = make_policy(&world, &(0..64).collect::<Vec<_>>());
    let mut core = association(&world);
    let (_, diags) = core.apply(&of(&core, &policy_id, 64)).await;
    assert!(errors(&diags).contains("64 servers"), "{diags:?}");
    assert_eq!(diags.errors[0].attribute.to_string(), "policy_id");
    assert_eq!(world.simulator.count(Operation::UpdatePolicy), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stop_after_the_write_keeps_the_association() {
    let world = World::new().await;
    let policy_id = make_policy(&world, &[0]);
    let mut core = association(&world);
    let config = of(&core, &policy_id, 1);
    let cancel = core.cancel.clone();
    let stop = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        cancel.cancel();
    };
    let ((_, diags), ()) = tokio::join!(core.apply(&config), stop);
    fine(&diags);
    assert_eq!(core.text("server_id"), server_id(1));
    assert_eq!(servers(&world), ids(&[0, 1]));
}

#[tokio::test(start_paused = true)]
async fn an_import_plans_nothing() {
    let world = World::new().await;
    let policy_id = make_policy(&world, &[0, 1]);
    let mut core = association(&world);
    let id = format!("{policy_id}/{}", server_id(1));
    fine(&core.import(ImportTarget::Id(id)).await);
    assert_eq!(core.plan(&of(&core, &policy_id, 1)).await.0, Action::Nothing);
}
