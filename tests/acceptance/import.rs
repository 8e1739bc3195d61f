//! Backups that exist already.

use serde_json::{Value, json};

use crate::{
    hcl::{SERVER, backup},
    terraform::{Instance, Workspace},
};

acceptance_tests![
    acc_import_by_checkpoint_id,
    acc_import_by_item_id,
    acc_import_block_by_checkpoint_id,
    acc_import_block_by_item_id,
    acc_import_block_by_identity,
    acc_import_writes_a_configuration_that_plans_clean,
    acc_import_of_one_item_of_a_policy_run,
    acc_import_of_a_checkpoint_with_several_items_lists_them,
    acc_import_of_what_does_not_exist,
    acc_import_of_what_is_no_id,
];

const ARGUMENTS: &str = r#"
  backup_name = "nightly"
  description = "text"
  tags        = { stage = "test" }"#;

/// Attributes that the API does not return for a backup that was created elsewhere.
const NOT_KNOWN: [&str; 3] = ["protection_plan", "resource_graph", "checkpoint_extra_info"];

/// Attributes that do not come from the service: null or the default after an import.
const OURS: [&str; 4] = ["triggers", "extra_info", "timeouts", "skip_destroy"];

/// A backup that is in the service and in no state, and its instance when it still was.
fn made_and_forgotten(ws: &mut Workspace) -> Instance {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ARGUMENTS));
    ws.apply();
    let made = ws.state().instance(SERVER).clone();
    ws.succeed(&["state", "rm", SERVER]);
    made
}

fn assert_same_backup(imported: &Instance, made: &Instance) {
    let names = made.attributes.as_object().unwrap().keys();
    for name in names.filter(|name| !OURS.contains(&name.as_str())) {
        let (now, before) = (&imported.attributes[name], &made.attributes[name]);
        if NOT_KNOWN.contains(&name.as_str()) {
            assert_eq!(now, &Value::Null, "{name} cannot be known after an import");
        } else {
            assert_eq!(now, before, "{name} is another after the import");
        }
    }
    assert_eq!(imported.identity, made.identity);
}

fn import_with_the_command(ws: &mut Workspace, id: impl Fn(&Instance) -> String) {
    let made = made_and_forgotten(ws);
    ws.succeed(&["import", SERVER, &id(&made)]);
    assert_same_backup(ws.state().instance(SERVER), &made);
    ws.plan_is_empty();
    ws.destroy();
    assert_eq!(ws.cloud.checkpoints(), Vec::<String>::new());
}

fn import_with_a_block(ws: &mut Workspace, id: impl Fn(&Instance) -> String) {
    let made = made_and_forgotten(ws);
    let server = ws.cloud.server(0);
    ws.config(&format!(
        "import {{\n  to = {SERVER}\n  id = \"{}\"\n}}\n{}",
        id(&made),
        backup(&server, ARGUMENTS)
    ));
    let plan = ws.plan();
    plan.output
        .assert_contains("1 to import, 0 to add, 0 to change, 0 to destroy");
    assert_eq!(plan.actions(SERVER), ["no-op"]);
    ws.apply();
    assert_same_backup(ws.state().instance(SERVER), &made);
}

fn acc_import_block_by_identity(ws: &mut Workspace) {
    if !ws.binary.imports_by_identity() {
        return;
    }
    let made = made_and_forgotten(ws);
    let config = backup(&ws.cloud.server(0), ARGUMENTS);
    let id = made.text("id");
    let import =
        |more: &str| format!("import {{\n  to = {SERVER}\n  identity = {{ id = \"{id}\" {more} }}\n}}\n{config}");
    ws.config(&import(", region = \"eu-nl\""));
    ws.fail(&["plan"]).assert_contains("eu-nl");
    ws.config(&import(""));
    let plan = ws.plan();
    plan.output
        .assert_contains("1 to import, 0 to add, 0 to change, 0 to destroy");
    assert_eq!(plan.actions(SERVER), ["no-op"]);
    ws.apply();
    assert_same_backup(ws.state().instance(SERVER), &made);
}

fn acc_import_by_checkpoint_id(ws: &mut Workspace) {
    import_with_the_command(ws, |made| made.text("checkpoint_id").to_owned());
}

fn acc_import_by_item_id(ws: &mut Workspace) {
    import_with_the_command(ws, |made| made.text("id").to_owned());
}

fn acc_import_block_by_checkpoint_id(ws: &mut Workspace) {
    import_with_a_block(ws, |made| made.text("checkpoint_id").to_owned());
}

fn acc_import_block_by_item_id(ws: &mut Workspace) {
    import_with_a_block(ws, |made| made.text("id").to_owned());
}

fn acc_import_writes_a_configuration_that_plans_clean(ws: &mut Workspace) {
    // Terraform 1.6 and OpenTofu 1.10 crash when they write a configuration for an object with nested attributes that are null.
    if !ws.binary.is_terraform(1, 7) && !ws.binary.is_tofu(1, 12) {
        return;
    }
    let made = made_and_forgotten(ws);
    ws.generate_config(SERVER, made.text("checkpoint_id"));
    let plan = ws.plan();
    assert_eq!(plan.actions(SERVER), ["no-op"]);
    ws.apply();
    assert_same_backup(ws.state().instance(SERVER), &made);
}

fn acc_import_of_one_item_of_a_policy_run(ws: &mut Workspace) {
    let servers = [ws.cloud.server(0), ws.cloud.server(1)];
    let (checkpoint, items) = ws.cloud.run_policy(&servers);
    let mine = items
        .iter()
        .find(|item| item["resource_id"] == json!(servers[0]))
        .unwrap();
    ws.config(&backup(&servers[0], ""));
    ws.succeed(&["import", SERVER, mine["id"].as_str().unwrap()]);
    ws.plan_is_empty();
    assert_eq!(ws.state().instance(SERVER).text("checkpoint_id"), checkpoint);
    ws.destroy();
    let left = ws.cloud.items();
    assert_eq!(left.len(), 1, "the other server's backup must stay: {left:?}");
    assert_eq!(left[0]["resource_id"], json!(servers[1]));
    ws.keeps_checkpoint(&checkpoint);
}

fn acc_import_of_a_checkpoint_with_several_items_lists_them(ws: &mut Workspace) {
    let servers = [ws.cloud.server(0), ws.cloud.server(1)];
    let (checkpoint, items) = ws.cloud.run_policy(&servers);
    ws.config(&backup(&servers[0], ""));
    let output = ws.fail(&["import", SERVER, &checkpoint]);
    for item in items {
        output.assert_contains(item["id"].as_str().unwrap());
    }
    ws.keeps_checkpoint(&checkpoint);
}

fn acc_import_of_what_does_not_exist(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    let output = ws.fail(&["import", SERVER, "00000000-dead-4000-8000-000000000000"]);
    output.assert_contains("00000000-dead-4000-8000-000000000000");
    assert!(ws.state().instances.is_empty());
}

fn acc_import_of_what_is_no_id(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    let requests = ws.cloud.requests();
    for wrong in ["../x", "a b", "a/b?c"] {
        ws.fail(&["import", SERVER, wrong]);
    }
    assert_eq!(ws.cloud.requests(), requests, "nothing is asked of the service");
    assert!(ws.state().instances.is_empty());
}
