//! Changes of a backup outside of Terraform.

use serde_json::json;

use crate::{
    hcl::{SERVER, backup},
    terraform::Workspace,
};

acceptance_tests![
    acc_changed_tags_are_put_right_in_place,
    acc_tags_added_by_others_are_taken_away,
    acc_a_changed_name_or_description_is_a_warning,
    acc_a_changed_name_does_not_hide_a_change_of_the_configuration,
    acc_refresh_only_takes_the_change_over,
    acc_a_name_given_by_the_service_may_change,
    acc_deleted_behind_our_back_is_made_again,
    acc_deleted_behind_our_back_is_destroyed_without_fuss,
    acc_a_backup_that_went_bad_warns_and_is_replaced,
];

const ARGUMENTS: &str = r#"
  backup_name = "nightly"
  description = "text"
  tags        = { stage = "test" }"#;

fn applied(ws: &mut Workspace, more: &str) -> (String, String) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, more));
    ws.apply();
    let state = ws.state();
    let made = state.instance(SERVER);
    (made.text("id").to_owned(), made.text("checkpoint_id").to_owned())
}

fn acc_changed_tags_are_put_right_in_place(ws: &mut Workspace) {
    let (id, _) = applied(ws, ARGUMENTS);
    ws.cloud.set_tags(&id, &[("stage", "changed")]);
    let plan = ws.plan();
    assert_eq!(plan.actions(SERVER), ["update"]);
    assert_eq!(plan.change(SERVER)["before"]["tags"], json!({"stage": "changed"}));
    ws.apply();
    assert_eq!(ws.cloud.tags(&id), json!({"stage": "test"}));
}

fn acc_tags_added_by_others_are_taken_away(ws: &mut Workspace) {
    let (id, _) = applied(ws, "");
    ws.cloud.set_tags(&id, &[("added", "by-others")]);
    assert_eq!(ws.plan().actions(SERVER), ["update"]);
    ws.apply();
    assert_eq!(ws.cloud.tags(&id), json!({}));
}

fn acc_a_changed_name_or_description_is_a_warning(ws: &mut Workspace) {
    let (id, _) = applied(ws, ARGUMENTS);
    ws.cloud
        .change_item(&id, &json!({"name": "renamed", "description": "changed"}));
    for _ in 0..2 {
        let plan = ws.plan();
        assert_eq!(plan.actions(SERVER), ["no-op"]);
        plan.output
            .assert_contains("The name of the backup was changed outside of Terraform")
            .assert_contains("The description of the backup was changed outside of Terraform");
        ws.apply();
    }
    let state = ws.state();
    assert_eq!(state.instance(SERVER).text("id"), id);
    assert_eq!(state.instance(SERVER).text("backup_name"), "renamed");
    assert_eq!(state.instance(SERVER).text("description"), "changed");
}

fn acc_a_changed_name_does_not_hide_a_change_of_the_configuration(ws: &mut Workspace) {
    let (id, _) = applied(ws, ARGUMENTS);
    ws.cloud.change_item(&id, &json!({"name": "renamed"}));
    ws.apply();
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, &ARGUMENTS.replace("nightly", "weekly")));
    let plan = ws.plan();
    assert_eq!(plan.actions(SERVER), ["delete", "create"]);
    assert_eq!(plan.replaced_because_of(SERVER), ["backup_name".to_owned()].into());
    plan.output
        .assert_contains("The backup will be replaced")
        .assert_contains("create_before_destroy");
    ws.apply();
    assert_eq!(ws.state().instance(SERVER).text("backup_name"), "weekly");
}

fn acc_refresh_only_takes_the_change_over(ws: &mut Workspace) {
    let (id, _) = applied(ws, ARGUMENTS);
    ws.cloud
        .change_item(&id, &json!({"name": "renamed", "description": "changed"}));
    ws.succeed(&["apply", "-refresh-only", "-auto-approve"]);
    let state = ws.state();
    assert_eq!(state.instance(SERVER).text("backup_name"), "renamed");
    assert_eq!(state.instance(SERVER).text("description"), "changed");
}

fn acc_a_name_given_by_the_service_may_change(ws: &mut Workspace) {
    let (id, _) = applied(ws, "");
    ws.cloud.change_item(&id, &json!({"name": "renamed"}));
    ws.plan_is_empty();
    ws.apply();
    assert_eq!(ws.state().instance(SERVER).text("backup_name"), "renamed");
}

fn acc_deleted_behind_our_back_is_made_again(ws: &mut Workspace) {
    let (_, checkpoint) = applied(ws, ARGUMENTS);
    ws.cloud.remove_checkpoint(&checkpoint);
    assert_eq!(ws.plan().actions(SERVER), ["create"]);
    ws.apply();
    assert_ne!(ws.state().instance(SERVER).text("checkpoint_id"), checkpoint);
}

fn acc_deleted_behind_our_back_is_destroyed_without_fuss(ws: &mut Workspace) {
    let (_, checkpoint) = applied(ws, ARGUMENTS);
    ws.cloud.remove_checkpoint(&checkpoint);
    // Without the refresh the delete itself meets the 404.
    ws.succeed(&["destroy", "-auto-approve", "-refresh=false"]);
    assert!(ws.state().instances.is_empty());
}

fn acc_a_backup_that_went_bad_warns_and_is_replaced(ws: &mut Workspace) {
    let (id, checkpoint) = applied(ws, ARGUMENTS);
    ws.cloud.change_item(&id, &json!({"status": "error"}));
    let plan = ws.plan();
    plan.output
        .assert_contains("Warning")
        .assert_contains("set by a test")
        .assert_contains(&checkpoint);
    assert_eq!(plan.actions(SERVER), ["delete", "create"]);
    ws.apply();
    assert_eq!(ws.state().instance(SERVER).text("status"), "available");
}
