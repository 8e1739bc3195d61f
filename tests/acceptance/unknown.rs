//! Values that are known only after something else was applied.

use crate::{
    hcl::{SERVER, backup},
    terraform::Workspace,
};

acceptance_tests![
    acc_every_argument_may_be_unknown,
    acc_parts_of_maps_may_be_unknown,
    acc_refined_values_are_not_rejected,
    acc_an_unknown_trigger_replaces,
    acc_a_wrong_value_that_was_unknown_is_told_at_apply,
];

/// A value that is unknown until the first apply.
fn later(name: &str, value: &str) -> String {
    format!("resource \"terraform_data\" \"{name}\" {{\n  input = {value}\n}}\n")
}

fn acc_every_argument_may_be_unknown(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    let arguments = [
        ("resource_id", format!("\"{server}\"")),
        ("resource_type", "\"OS::Nova::Server\"".to_owned()),
        ("backup_name", "\"nightly\"".to_owned()),
        ("description", "\"text\"".to_owned()),
        ("incremental", "true".to_owned()),
        ("tags", "{ a = \"b\" }".to_owned()),
        ("extra_info", "{ a = [1] }".to_owned()),
        ("triggers", "{ a = \"b\" }".to_owned()),
        ("skip_destroy", "false".to_owned()),
    ];
    let mut text: String = arguments.iter().map(|(name, value)| later(name, value)).collect();
    text.push_str(&later("timeout", "\"10m\""));
    text.push_str("resource \"csbs_backup\" \"server\" {\n");
    for (name, _) in &arguments {
        text.push_str(&format!("  {name} = terraform_data.{name}.output\n"));
    }
    text.push_str("  timeouts {\n    create = terraform_data.timeout.output\n  }\n}\n");
    ws.config(&text);
    assert_eq!(ws.validate().iter().filter(|it| it["severity"] == "error").count(), 0);
    assert_eq!(ws.plan().actions(SERVER), ["create"]);
    ws.apply();
    let state = ws.state();
    let made = state.instance(SERVER);
    assert_eq!(made.text("backup_name"), "nightly");
    assert_eq!(made.attributes["tags"]["a"], "b");
    assert_eq!(made.attributes["timeouts"]["create"], "10m");
}

fn acc_parts_of_maps_may_be_unknown(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&format!(
        "{}{}",
        later("x", "\"value\""),
        backup(
            &server,
            "tags = { known = \"a\", later = terraform_data.x.output }\n  \
             triggers = { later = terraform_data.x.output }\n  \
             extra_info = { known = 1, later = terraform_data.x.output, list = [terraform_data.x.output] }\n  \
             description = \"prefix ${terraform_data.x.output}\""
        )
    ));
    assert_eq!(ws.plan().actions(SERVER), ["create"]);
    ws.apply();
    let state = ws.state();
    assert_eq!(state.instance(SERVER).attributes["tags"]["later"], "value");
    assert_eq!(state.instance(SERVER).text("description"), "prefix value");
}

fn acc_refined_values_are_not_rejected(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    // A known prefix, not null: Terraform sends these as refinements of the unknown value.
    ws.config(&format!(
        "{}{}",
        later("x", "\"value\""),
        backup(
            &server,
            "backup_name = \"nightly-${terraform_data.x.id}\"\n  \
             tags = { for key in [\"a\", \"b\"] : key => terraform_data.x.id }\n  \
             description = coalesce(terraform_data.x.output, \"none\")"
        )
    ));
    ws.apply();
    assert!(ws.state().instance(SERVER).text("backup_name").starts_with("nightly-"));
}

fn acc_an_unknown_trigger_replaces(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    let config = |input: &str| {
        format!(
            "resource \"terraform_data\" \"x\" {{\n  input = \"{input}\"\n}}\n{}",
            backup(&server, "triggers = { release = terraform_data.x.output }")
        )
    };
    ws.config(&config("1"));
    ws.apply();
    let first = ws.state().instance(SERVER).text("id").to_owned();
    ws.config(&config("2"));
    assert_eq!(ws.plan().actions(SERVER), ["delete", "create"]);
    ws.apply();
    assert_ne!(ws.state().instance(SERVER).text("id"), first);
}

fn acc_a_wrong_value_that_was_unknown_is_told_at_apply(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&format!(
        "{}{}",
        later("x", "\"a b\""),
        backup(&server, "backup_name = terraform_data.x.output")
    ));
    ws.succeed(&["plan"]);
    let output = ws.apply_fails();
    output.assert_contains("backup name");
    assert_eq!(ws.cloud.protect_bodies().len(), 0);
}
