//! Ctrl-C, and a plugin that dies.

use std::time::{Duration, Instant};

use crate::{
    hcl::{SERVER, backup},
    terraform::Workspace,
};

acceptance_tests![
    acc_ctrl_c_during_a_create_keeps_the_checkpoint,
    acc_the_apply_after_ctrl_c_waits_before_anything_depends_on_the_backup,
    acc_the_apply_after_ctrl_c_fails_when_the_backup_has_failed,
    acc_ctrl_c_during_a_destroy_keeps_the_state,
    acc_ctrl_c_twice_loses_nothing,
    acc_a_killed_plugin_leaves_a_state_that_goes_on,
    acc_after_a_killed_terraform_the_next_create_names_the_backup,
    acc_after_a_terraform_killed_in_a_destroy_the_next_one_ends_it,
];

fn acc_ctrl_c_during_a_create_keeps_the_checkpoint(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    ws.cloud.pause_work();
    let running = ws.start(&["apply", "-auto-approve"]);
    ws.cloud.wait_for_checkpoints(1);
    let pressed = Instant::now();
    running.interrupt();
    let output = ws.finish(running);
    assert!(
        pressed.elapsed() < Duration::from_secs(10),
        "it took {:?}",
        pressed.elapsed()
    );
    let checkpoint = ws.cloud.checkpoints().remove(0);
    output
        .assert_contains("The backup continues in the cloud")
        .assert_contains(&checkpoint);
    assert_eq!(ws.state().instance(SERVER).text("checkpoint_id"), checkpoint);

    ws.cloud.resume_work();
    ws.cloud.finish_all_work();
    ws.succeed(&["plan", "-refresh-only"])
        .assert_contains("-> \"available\"");
    ws.apply();
    assert_eq!(
        ws.state().instance(SERVER).text("checkpoint_id"),
        checkpoint,
        "the backup went on in the cloud and is kept"
    );
}

/// A backup and what is only to begin once it is available. The create is interrupted; returns the checkpoint's ID.
fn interrupted_before_a_deployment(ws: &mut Workspace) -> String {
    let server = ws.cloud.server(0);
    ws.config(&format!(
        "{}\nresource \"terraform_data\" \"deployment\" {{\n  input = {SERVER}.status\n}}\n",
        backup(&server, "")
    ));
    ws.cloud.pause_work();
    let running = ws.start(&["apply", "-auto-approve"]);
    ws.cloud.wait_for_checkpoints(1);
    running.interrupt();
    ws.finish(running);
    let state = ws.state();
    assert!(!state.instance(SERVER).tainted);
    assert!(state.find(DEPLOYMENT).is_none());
    let plan = ws.plan();
    assert_eq!(plan.actions(SERVER), ["update"]);
    assert_eq!(plan.change(SERVER)["after_unknown"]["status"], true);
    state.instance(SERVER).text("checkpoint_id").to_owned()
}

const DEPLOYMENT: &str = "terraform_data.deployment";

fn acc_the_apply_after_ctrl_c_waits_before_anything_depends_on_the_backup(ws: &mut Workspace) {
    let checkpoint = interrupted_before_a_deployment(ws);
    ws.cloud.resume_work();
    ws.succeed(&["apply", "plan.bin"]);
    let state = ws.state();
    assert_eq!(state.instance(SERVER).text("checkpoint_id"), checkpoint);
    assert_eq!(state.instance(SERVER).text("status"), "available");
    assert_eq!(state.instance(DEPLOYMENT).attributes["output"]["value"], "available");
    assert_eq!(ws.cloud.protect_bodies().len(), 1);
    ws.plan_is_empty();
}

fn acc_the_apply_after_ctrl_c_fails_when_the_backup_has_failed(ws: &mut Workspace) {
    ws.cloud.fail_next_backup("BAK.1234", "the disk could not be read");
    let checkpoint = interrupted_before_a_deployment(ws);
    ws.cloud.resume_work();
    ws.fail(&["apply", "plan.bin"])
        .assert_contains("The backup failed")
        .assert_contains("BAK.1234")
        .assert_contains("the disk could not be read");
    let state = ws.state();
    assert_eq!(state.instance(SERVER).text("status"), "error");
    assert!(state.find(DEPLOYMENT).is_none());
    ws.apply();
    let state = ws.state();
    assert_ne!(state.instance(SERVER).text("checkpoint_id"), checkpoint);
    assert_eq!(state.instance(DEPLOYMENT).attributes["output"]["value"], "available");
}

fn acc_ctrl_c_during_a_destroy_keeps_the_state(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    ws.apply();
    ws.cloud.pause_work();
    let running = ws.start(&["destroy", "-auto-approve"]);
    ws.cloud.wait_for_request("DELETE", "/checkpoints/");
    let pressed = Instant::now();
    running.interrupt();
    let output = ws.finish(running);
    assert!(
        pressed.elapsed() < Duration::from_secs(10),
        "it took {:?}",
        pressed.elapsed()
    );
    assert_eq!(output.code, 1);
    assert!(ws.state().find(SERVER).is_some());
    ws.cloud.resume_work();
    ws.destroy();
    assert_eq!(ws.cloud.checkpoints(), Vec::<String>::new());
}

fn acc_a_killed_plugin_leaves_a_state_that_goes_on(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    ws.cloud.pause_work();
    let running = ws.start(&["apply", "-auto-approve"]);
    ws.cloud.wait_for_checkpoints(1);
    running.kill_plugin();
    let output = ws.finish(running);
    assert_eq!(output.code, 1);
    // No process could report the ID to Terraform; the backup is found in the service and imported.
    ws.cloud.resume_work();
    ws.cloud.finish_all_work();
    let checkpoint = ws.cloud.checkpoints().remove(0);
    ws.succeed(&["import", SERVER, &checkpoint]);
    ws.plan_is_empty();
}

/// An apply that could not save its backup: the next one creates a backup and names the earlier one.
fn the_next_apply_names_it(ws: &mut Workspace) {
    ws.cloud.resume_work();
    ws.cloud.finish_all_work();
    let lost = ws.cloud.checkpoints().remove(0);
    ws.apply()
        .assert_contains("A backup like this one exists already")
        .assert_contains(&lost)
        .assert_contains("terraform import");
    assert_ne!(ws.state().instance(SERVER).text("checkpoint_id"), lost);
    ws.keeps_checkpoint(&lost);
}

fn acc_ctrl_c_twice_loses_nothing(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, "backup_name = \"nightly\""));
    ws.cloud.pause_work();
    let running = ws.start(&["apply", "-auto-approve"]);
    ws.cloud.wait_for_checkpoints(1);
    running.interrupt();
    running.interrupt();
    ws.finish(running);
    // Whether Terraform could save the state before the second one is Terraform's race.
    if ws.state().find(SERVER).is_none() {
        return the_next_apply_names_it(ws);
    }
    let checkpoint = ws.cloud.checkpoints().remove(0);
    ws.cloud.resume_work();
    ws.cloud.finish_all_work();
    ws.apply();
    assert_eq!(ws.state().instance(SERVER).text("checkpoint_id"), checkpoint);
}

fn acc_after_a_killed_terraform_the_next_create_names_the_backup(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, "backup_name = \"nightly\""));
    ws.cloud.pause_work();
    let running = ws.start(&["apply", "-auto-approve"]);
    ws.cloud.wait_for_checkpoints(1);
    running.kill_terraform();
    ws.finish(running);
    assert!(ws.state().find(SERVER).is_none(), "nobody could save it");
    the_next_apply_names_it(ws);
}

fn acc_after_a_terraform_killed_in_a_destroy_the_next_one_ends_it(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    ws.apply();
    ws.cloud.pause_work();
    let running = ws.start(&["destroy", "-auto-approve"]);
    ws.cloud.wait_for_request("DELETE", "/checkpoints/");
    running.kill_terraform();
    ws.finish(running);
    assert!(ws.state().find(SERVER).is_some());
    ws.cloud.resume_work();
    ws.destroy();
    assert_eq!(ws.cloud.checkpoints(), Vec::<String>::new());
}
