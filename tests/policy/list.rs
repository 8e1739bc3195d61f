//! The list resources.

use csbs_simulator::{Effect, FIRST_VAULT_ID, NewBackup, Operation, Rule};
use terraform_plugin::{Context, ListEvent, ListRequest, ListResult, Provider, RawValue};

use crate::{
    core::{Action, Core, Stored, object},
    fixture::{Fixture, PROJECT, assert_no_errors, config, server, server_id},
};

async fn list(fixture: &Fixture, type_name: &str, values: &[(&str, RawValue)], limit: i64) -> Vec<ListResult> {
    let (found, problems) = run(fixture, type_name, values, limit).await;
    assert!(problems.is_empty(), "{problems:?}");
    found
}

async fn run(
    fixture: &Fixture,
    type_name: &str,
    values: &[(&str, RawValue)],
    limit: i64,
) -> (Vec<ListResult>, Vec<String>) {
    let list = fixture.provider.list_resources()[type_name].clone();
    let names = list.schema().block.attributes.into_keys();
    let mut config: std::collections::BTreeMap<_, _> = names.map(|name| (name, RawValue::Null)).collect();
    for (name, value) in values {
        assert!(config.insert((*name).to_owned(), value.clone()).is_some(), "{name}");
    }
    let request = ListRequest {
        config: RawValue::Map(config),
        include_resource: true,
        limit,
    };
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    let listing = tokio::spawn(async move { list.list(&Context::default(), request, sender).await });
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    while let Some(event) = receiver.recv().await {
        match event {
            ListEvent::Found(listed) => found.push(*listed),
            ListEvent::Diagnostics(diags) => problems.extend(diags.errors.iter().map(|e| e.detail.to_string())),
        }
    }
    listing.await.unwrap();
    (found, problems)
}

/// The configuration that Terraform generates: every attribute that can be configured, with its present value.
pub fn generated(core: &Core, state: &RawValue) -> RawValue {
    let mut config = core.config(&[]);
    let schema = core.schema();
    for (name, attribute) in &schema.block.attributes {
        if attribute.constraint != terraform_plugin::AttributeConstraint::Computed {
            // Also what is computed inside of the objects of a set, as Terraform does.
            config.set(name, state.get(name).clone());
        }
    }
    config
}

async fn plans_nothing(fixture: &Fixture, type_name: &str, listed: &ListResult) {
    let mut core = Core::of(&fixture.provider, type_name);
    core.stored = Some(Stored {
        state: listed.resource.clone().unwrap(),
        private: Vec::new(),
        identity: Some(listed.identity.clone()),
        tainted: false,
    });
    let config = generated(&core, listed.resource.as_ref().unwrap());
    let (action, diags) = core.plan(&config).await;
    assert_no_errors(&diags);
    assert_eq!(action, Action::Nothing);
}

#[tokio::test(start_paused = true)]
async fn backups_are_found_and_their_generated_configuration_plans_nothing() {
    let fixture = Fixture::new();
    for number in 0..5 {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        fixture
            .simulator
            .make_checkpoint(PROJECT, &[&server_id(number % 2)], Some(&format!("b{number}")));
    }
    let all = list(&fixture, "csbs_backup", &[], 0).await;
    assert_eq!(all.len(), 5);
    for listed in &all {
        assert_eq!(listed.identity.get("project_id").as_str(), Some(PROJECT));
        assert!(listed.display_name.contains('b'));
        let created = listed.resource.as_ref().unwrap().get("created_at").clone();
        let created = created.as_str().unwrap();
        assert!(
            listed.display_name.contains(&format!("created {created}")),
            "{}",
            listed.display_name
        );
        plans_nothing(&fixture, "csbs_backup", listed).await;
    }
    let some = list(&fixture, "csbs_backup", &[], 3).await;
    let names = |listed: &[ListResult]| {
        listed
            .iter()
            .map(|listed| listed.display_name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&some), names(&all[..3]));
    let some = list(&fixture, "csbs_backup", &[("resource_id", server_id(1).into())], 0).await;
    assert_eq!(some.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn policies_are_found_and_their_generated_configuration_plans_nothing() {
    let fixture = Fixture::new();
    for number in 0..3 {
        let mut core = fixture.policy();
        let values = [
            ("name", format!("policy-{number}").into()),
            ("resource", RawValue::List(vec![server(number)])),
            ("tags", object(&[("number", number.to_string().into())])),
        ];
        assert_no_errors(&core.apply(&config(&core, &values)).await.1);
    }
    let all = list(&fixture, "csbs_backup_policy", &[], 0).await;
    assert_eq!(all.len(), 3);
    for listed in &all {
        plans_nothing(&fixture, "csbs_backup_policy", listed).await;
    }
    assert_eq!(list(&fixture, "csbs_backup_policy", &[], 2).await.len(), 2);
    let one = list(
        &fixture,
        "csbs_backup_policy",
        &[("resource_id", server_id(2).into())],
        0,
    )
    .await;
    assert_eq!(one[0].display_name, "policy-2");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_fails_says_so_and_a_closed_channel_ends_it() {
    let fixture = Fixture::new();
    fixture.simulator.make_checkpoint(PROJECT, &[&server_id(0)], None);
    fixture.fault(Rule::on(Operation::ListItems, Effect::refuse(403, "CSBS.9009")));
    let (found, problems) = run(&fixture, "csbs_backup", &[], 0).await;
    assert!(found.is_empty());
    assert!(problems[0].contains("CSBS.9009"), "{problems:?}");
    fixture.simulator.clear_faults();
    let list = fixture.provider.list_resources()["csbs_backup"].clone();
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    drop(receiver);
    let request = ListRequest {
        config: object(&[]),
        include_resource: false,
        limit: 0,
    };
    list.list(&Context::default(), request, sender).await;
}

#[tokio::test(start_paused = true)]
async fn vault_backups_of_servers_are_found_and_their_generated_configuration_plans_nothing() {
    let fixture = Fixture::new();
    fixture.simulator.cbr().configure(|cbr| cbr.children_in_lists = true);
    for number in 0..5_u32 {
        let new = NewBackup {
            project_id: Some(PROJECT.to_owned()),
            servers: vec![server_id(number % 2)],
            name: Some(format!("b{number}")),
            age: 100 - u64::from(number),
            ..NewBackup::default()
        };
        fixture.simulator.cbr().make_backups(FIRST_VAULT_ID, &new).unwrap();
    }
    let all = list(&fixture, "csbs_vault_backup", &[], 0).await;
    assert_eq!(all.len(), 5, "no backups of disks");
    for listed in &all {
        assert_eq!(listed.identity.get("project_id").as_str(), Some(PROJECT));
        assert_eq!(listed.identity.get("region").as_str(), Some("eu-de"));
        plans_nothing(&fixture, "csbs_vault_backup", listed).await;
    }
    fixture.simulator.clear_requests();
    let newest = list(
        &fixture,
        "csbs_vault_backup",
        &[("resource_id", server_id(0).into())],
        2,
    )
    .await;
    let names: Vec<_> = newest.iter().map(|listed| &listed.display_name[..2]).collect();
    assert_eq!(names, ["b4", "b2"]);
    assert_eq!(fixture.simulator.requests().len(), 1);
    let part = list(&fixture, "csbs_vault_backup", &[("name_contains", "3".into())], 1).await;
    assert!(part[0].display_name.starts_with("b3"), "{}", part[0].display_name);
}
