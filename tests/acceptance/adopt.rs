//! Adoption of existing objects: policies by import, everything by query, states of the Go provider by `moved`.

use serde_json::{Value, json};

use crate::{
    hcl::{POLICY, SERVER, backup, policy, scheduled},
    terraform::Workspace,
};

acceptance_tests![
    acc_policy_import_by_command,
    acc_policy_import_by_identity,
    acc_policy_import_of_what_does_not_exist,
    acc_policy_import_writes_a_configuration_that_plans_clean,
    acc_query_writes_a_configuration_that_plans_clean,
    acc_rendered_import_blocks_plan_clean,
    acc_migrated_backups_are_found_in_cbr,
    acc_moved_policy_of_the_go_provider,
    acc_moved_backup_of_the_go_provider,
    acc_moved_from_anything_else_is_refused,
];

const OPERATION: &str = "retention_duration_days = 7\n    name = \"op\"";

/// A policy that is in the service and in no state; its configuration and ID.
fn made_and_forgotten(ws: &mut Workspace) -> (String, String) {
    let server = ws.cloud.server(0);
    let config = policy(
        "nightly",
        &[&server],
        &scheduled("TH", OPERATION),
        "tags = { stage = \"test\" }",
    );
    ws.config(&config);
    ws.apply();
    let id = ws.state().instance(POLICY).text("id").to_owned();
    ws.succeed(&["state", "rm", POLICY]);
    (config, id)
}

fn acc_policy_import_by_command(ws: &mut Workspace) {
    let (_, id) = made_and_forgotten(ws);
    ws.succeed(&["import", POLICY, &id]);
    ws.plan_is_empty();
    ws.destroy();
    assert!(ws.cloud.policies().is_empty());
}

fn acc_policy_import_by_identity(ws: &mut Workspace) {
    if !ws.binary.imports_by_identity() {
        return;
    }
    let (config, id) = made_and_forgotten(ws);
    let import =
        |more: &str| format!("import {{\n  to = {POLICY}\n  identity = {{ id = \"{id}\" {more} }}\n}}\n{config}");
    ws.config(&import(", region = \"eu-nl\""));
    ws.fail(&["plan"]).assert_contains("eu-nl");
    ws.config(&import(""));
    let plan = ws.plan();
    plan.output
        .assert_contains("1 to import, 0 to add, 0 to change, 0 to destroy");
    ws.apply();
    assert_eq!(ws.state().instance(POLICY).identity["id"], json!(id));
}

fn acc_policy_import_of_what_does_not_exist(ws: &mut Workspace) {
    ws.config(&policy("nightly", &[], &scheduled("TH", OPERATION), ""));
    ws.fail(&["import", POLICY, "00000000-dead-4000-8000-000000000000"])
        .assert_contains("There is no such policy");
    let requests = ws.cloud.requests();
    ws.fail(&["import", POLICY, "../x"]);
    assert!(ws.cloud.requests() <= requests + 4, "no policy is asked for");
    assert!(ws.state().instances.is_empty());
}

fn acc_policy_import_writes_a_configuration_that_plans_clean(ws: &mut Workspace) {
    // The first versions that generate configurations fail by themselves at sets of objects with computed attributes.
    if !ws.binary.is_terraform(1, 11) && !ws.binary.is_tofu(1, 10) {
        return;
    }
    let (_, id) = made_and_forgotten(ws);
    ws.generate_config(POLICY, &id);
    assert_eq!(ws.plan().actions(POLICY), ["no-op"]);
    ws.apply();
}

fn acc_query_writes_a_configuration_that_plans_clean(ws: &mut Workspace) {
    if !ws.binary.is_terraform(1, 14) {
        return;
    }
    let servers = [ws.cloud.server(1), ws.cloud.server(2)];
    let (_, _) = made_and_forgotten(ws);
    ws.cloud.run_policy(&servers);
    ws.config("");
    ws.file(
        "all.tfquery.hcl",
        "list \"csbs_backup\" \"all\" {\n  provider = csbs\n  include_resource = true\n}\nlist \"csbs_backup_policy\" \"all\" \
         {\n  provider = csbs\n  include_resource = true\n  config {\n    name = \"nightly\"\n  }\n}\n",
    );
    let output = ws.succeed(&["query", "-generate-config-out=generated.tf"]);
    output
        .assert_contains("nightly")
        .assert_contains(&servers[0])
        .assert_contains(&servers[1]);
    let plan = ws.plan();
    plan.output
        .assert_contains("3 to import, 0 to add, 0 to change, 0 to destroy");
    ws.apply();
    assert_eq!(ws.state().addresses().len(), 3);
    ws.destroy();
}

/// The configuration that renders import blocks, without its provider, which the workspace configures.
const ADOPTING: &str = include_str!("../../examples/adopting/main.tf");

fn acc_rendered_import_blocks_plan_clean(ws: &mut Workspace) {
    // The first versions that generate configurations fail by themselves at objects with computed attributes.
    if !ws.binary.is_terraform(1, 11) && !ws.binary.is_tofu(1, 10) {
        return;
    }
    let (_, policy_id) = made_and_forgotten(ws);
    ws.cloud.run_policy(&[ws.cloud.server(1)]);
    let rendering = ADOPTING.split_at(ADOPTING.find("data ").unwrap()).1;
    ws.config(rendering);
    ws.apply();
    let imports = ws.succeed(&["output", "-raw", "imports"]).stdout;
    assert!(imports.contains(&policy_id), "{imports}");
    ws.generate_config_of(&imports)
        .assert_contains("2 to import, 0 to add, 0 to change, 0 to destroy");
    ws.apply();
    ws.plan_is_empty();
    ws.destroy();
}

/// The configuration that finds migrated backups, without its provider, which the workspace configures.
fn migration() -> String {
    let text = include_str!("../../examples/migration/main.tf").replace("provider \"csbs\" {}", "");
    text.split_at(text.find("variable ").unwrap()).1.to_owned()
}

fn acc_migrated_backups_are_found_in_cbr(ws: &mut Workspace) {
    // The first versions that generate configurations fail by themselves at objects with computed attributes.
    if !ws.binary.is_terraform(1, 11) && !ws.binary.is_tofu(1, 10) {
        return;
    }
    let (first, second) = (ws.cloud.server(0), ws.cloud.server(1));
    let before: String = [("a", &first, "release"), ("b", &first, "release"), ("c", &second, "release"), ("d", &second, "lost")]
        .map(|(label, server, name)| {
            // One after the other, at different times.
            let after = match label {
                "a" => "",
                "b" => "depends_on = [csbs_backup.a]",
                "c" => "depends_on = [csbs_backup.b]",
                _ => "depends_on = [csbs_backup.c]",
            };
            format!(
                "resource \"csbs_backup\" \"{label}\" {{\n  resource_id = \"{server}\"\n  backup_name = \"{name}\"\n  {after}\n}}\n"
            )
        })
        .concat();
    let entries: String = ["a", "b", "c", "d"]
        .map(|label| format!("    \"csbs_vault_backup.{label}\" = csbs_backup.{label}\n"))
        .concat();
    ws.config(&format!(
        "{before}\noutput \"moving\" {{\n  value = {{ moving = {{\n{entries}  }} }}\n}}\n"
    ));
    ws.apply();
    let moving = ws.succeed(&["output", "-json", "moving"]).stdout;
    let state = ws.state();
    let mut moved = Vec::new();
    for label in ["a", "b", "c", "d"] {
        let address = format!("csbs_backup.{label}");
        let backup = state.instance(&address);
        let checkpoint = backup.text("checkpoint_id").to_owned();
        if label != "d" {
            let (server, created_at) = (backup.text("resource_id"), backup.text("created_at"));
            moved.push(
                ws.cloud
                    .make_vault_backup(server, "release", created_at.parse().unwrap()),
            );
        }
        ws.succeed(&["state", "rm", &address]);
        ws.keeps_checkpoint(&checkpoint);
    }
    // A new backup of the same name is not taken for a moved one.
    ws.cloud.make_vault_backup(&first, "release", ws.cloud.now());
    ws.file("moving.auto.tfvars.json", &moving);
    ws.config(&migration());
    ws.apply();
    let outputs = ws.state().outputs;
    assert_eq!(outputs["not_found"]["value"], json!({"csbs_vault_backup.d": []}));
    for (label, id) in ["a", "b", "c"].iter().zip(&moved) {
        let found = &outputs["found"]["value"][format!("csbs_vault_backup.{label}")];
        assert_eq!(found["id"], json!(id), "{outputs:?}");
    }
    let imports = ws.succeed(&["output", "-raw", "imports"]).stdout;
    std::fs::remove_file(ws.path("moving.auto.tfvars.json")).unwrap();
    ws.generate_config_of(&imports)
        .assert_contains("3 to import, 0 to add, 0 to change, 0 to destroy");
    ws.apply();
    ws.plan_is_empty();
    ws.destroy();
}

/// Writes a state as the Go provider leaves it. Terraform asks for every provider of a state; ours stands in for that one,
/// whose schema is not needed for a move.
fn go_state(ws: &Workspace, type_name: &str, attributes: &Value) {
    ws.install_as(GO);
    let registry = ws.binary.registry();
    let state = json!({"version": 4, "terraform_version": "1.6.0", "serial": 7, "lineage": "l", "outputs": {}, "resources": [
        {"mode": "managed", "type": type_name, "name": "old",
            "provider": format!("provider[\"{registry}/{GO}\"]"),
            "instances": [{"schema_version": 0, "attributes": attributes, "sensitive_attributes": [],
                "private": "eyJzY2hlbWFfdmVyc2lvbiI6IjAifQ=="}]}]});
    ws.file("terraform.tfstate", &state.to_string());
}

const GO: &str = "opentelekomcloud/opentelekomcloud";

fn acc_moved_policy_of_the_go_provider(ws: &mut Workspace) {
    if !ws.binary.moves_across_providers() {
        return;
    }
    let (config, id) = made_and_forgotten(ws);
    let there = ws.cloud.policies()[0].clone();
    let operation = &there["operations"][0];
    let attributes = json!({
        "id": id, "name": "nightly", "description": "", "provider_id": "fc4d5750-22e7-4798-8a46-f48f62c4c1da",
        "region": "eu-de", "status": "enabled", "created_at": "2026-01-01T12:00:00.000000", "common": {}, "timeouts": null,
        "tags": [{"key": "stage", "value": "test"}],
        "resource": [{"id": there["resources"][0], "type": "OS::Nova::Server",
            "name": format!("resource_{}", there["resources"][0].as_str().unwrap())}],
        "scheduled_operation": [{"id": operation["id"], "name": "op", "description": "", "enabled": true,
            "operation_type": "backup", "max_backups": -1, "retention_duration_days": 7, "permanent": false,
            "trigger_pattern": operation["trigger"]["properties"]["pattern"], "trigger_id": operation["trigger_id"],
            "trigger_name": operation["trigger"]["name"], "trigger_type": "time", "day_backups": 0, "week_backups": 0,
            "month_backups": 0, "year_backups": 0, "timezone": ""}],
    });
    go_state(ws, "opentelekomcloud_csbs_backup_policy_v1", &attributes);
    ws.config(&format!(
        "moved {{\n  from = opentelekomcloud_csbs_backup_policy_v1.old\n  to = {POLICY}\n}}\n{config}"
    ));
    let writes = ws.cloud.writes();
    let plan = ws.plan();
    assert_eq!(plan.actions(POLICY), ["no-op"]);
    ws.apply();
    assert_eq!(ws.cloud.writes(), writes, "nothing is changed in the cloud");
    assert_eq!(ws.state().instance(POLICY).text("id"), id);
    ws.destroy();
}

fn acc_moved_backup_of_the_go_provider(ws: &mut Workspace) {
    if !ws.binary.moves_across_providers() {
        return;
    }
    let server = ws.cloud.server(0);
    let config = backup(&server, "backup_name = \"nightly\"\n  tags = { stage = \"test\" }");
    ws.config(&config);
    ws.apply();
    let made = ws.state().instance(SERVER).clone();
    let (id, checkpoint) = (made.text("id").to_owned(), made.text("checkpoint_id").to_owned());
    let attributes = json!({
        "id": id, "backup_record_id": checkpoint, "resource_id": server, "resource_type": "OS::Nova::Server",
        "backup_name": "nightly", "description": "", "region": "eu-de", "status": "available", "timeouts": null,
        "tags": [{"key": "stage", "value": "test"}], "vm_metadata": [], "volume_backups": [],
    });
    go_state(ws, "opentelekomcloud_csbs_backup_v1", &attributes);
    ws.config(&format!(
        "moved {{\n  from = opentelekomcloud_csbs_backup_v1.old\n  to = {SERVER}\n}}\n{config}"
    ));
    assert_eq!(ws.plan().actions(SERVER), ["no-op"]);
    ws.apply();
    assert_eq!(ws.state().instance(SERVER).text("checkpoint_id"), checkpoint);
    assert_eq!(ws.cloud.checkpoints(), [checkpoint]);
}

fn acc_moved_from_anything_else_is_refused(ws: &mut Workspace) {
    if !ws.binary.moves_across_providers() {
        return;
    }
    go_state(ws, "opentelekomcloud_csbs_backup_v1", &json!({"id": "x"}));
    let config = policy("nightly", &[], &scheduled("TH", OPERATION), "");
    ws.config(&format!(
        "moved {{\n  from = opentelekomcloud_csbs_backup_v1.old\n  to = {POLICY}\n}}\n{config}"
    ));
    ws.fail(&["plan"])
        .assert_contains("can be moved from opentelekomcloud_csbs_backup_policy_v1");
    std::fs::remove_file(ws.path("terraform.tfstate")).unwrap();
}
