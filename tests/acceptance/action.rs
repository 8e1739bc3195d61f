//! Actions (Terraform 1.14 and later).

use crate::{
    hcl::{POLICY, backup, policy, scheduled},
    terraform::Workspace,
};

acceptance_tests![
    acc_action_restores_a_backup,
    acc_action_restore_that_cannot_be_done,
    acc_ctrl_c_during_a_restore_says_that_it_goes_on,
    acc_action_runs_a_policy_after_it_is_made,
    acc_action_run_that_fails,
    acc_action_creates_a_backup_before_an_update,
    acc_ctrl_c_during_a_backup_by_an_action_names_it,
    acc_action_creates_a_backup_before_a_destroy,
    acc_action_creates_a_backup_after_a_destroy,
    acc_failed_backup_before_a_destroy_keeps_the_resource,
    acc_failed_backup_before_a_destroy_can_be_ignored,
    acc_without_actions_everything_else_works,
];

fn restore(more: &str) -> String {
    format!(
        "action \"csbs_restore_backup\" \"it\" {{\n  config {{\n    backup_id = csbs_backup.server.id\n    {more}\n  }}\n}}\n"
    )
}

const INVOKE: [&str; 3] = ["apply", "-auto-approve", "-invoke=action.csbs_restore_backup.it"];

fn acc_action_restores_a_backup(ws: &mut Workspace) {
    if !ws.binary.is_terraform(1, 14) {
        return;
    }
    let server = ws.cloud.server(0);
    ws.config(&format!("{}{}", backup(&server, ""), restore("")));
    ws.apply();
    let output = ws.succeed(&INVOKE);
    output
        .assert_contains("can be restored to server")
        .assert_contains("has begun")
        .assert_contains("is restored");
    assert_eq!(ws.cloud.count("POST", "/restores$"), 1);
    ws.plan_is_empty();
}

fn acc_action_restore_that_cannot_be_done(ws: &mut Workspace) {
    if !ws.binary.is_terraform(1, 14) {
        return;
    }
    let server = ws.cloud.server(0);
    ws.config(&format!(
        "{}{}",
        backup(&server, ""),
        restore(&format!("server_id = \"{}\"", ws.cloud.server(1)))
    ));
    ws.apply();
    ws.fail(&INVOKE).assert_contains("The disks do not fit");
    ws.config(&format!("{}{}", backup(&server, ""), restore("timeout = \"soon\"")));
    ws.fail(&INVOKE).assert_contains("The timeout is not valid");
    assert_eq!(ws.cloud.count("POST", "/restores$"), 0);
}

fn acc_ctrl_c_during_a_restore_says_that_it_goes_on(ws: &mut Workspace) {
    if !ws.binary.is_terraform(1, 14) {
        return;
    }
    let server = ws.cloud.server(0);
    ws.config(&format!("{}{}", backup(&server, ""), restore("")));
    ws.apply();
    ws.cloud.pause_work();
    let running = ws.start(&INVOKE);
    ws.cloud.wait_for_request("POST", "/restores$");
    ws.cloud.wait_for_reads(2);
    running.interrupt();
    let output = ws.finish(running);
    assert_eq!(output.code, 1);
    output.assert_contains("the restore continues in the cloud");
    ws.cloud.resume_work();
    ws.cloud.finish_all_work();
    ws.plan_is_empty();
}

fn run_after_create(server: &str) -> String {
    let trigger = "lifecycle {\n    action_trigger {\n      events = [after_create]\n      actions = \
                   [action.csbs_run_backup_policy.it]\n    }\n  }";
    format!(
        "action \"csbs_run_backup_policy\" \"it\" {{\n  config {{\n    policy_id = {POLICY}.id\n  }}\n}}\n{}",
        policy("nightly", &[server], &scheduled("TH", "max_backups = 2"), trigger)
    )
}

fn acc_action_runs_a_policy_after_it_is_made(ws: &mut Workspace) {
    if !ws.binary.is_terraform(1, 14) {
        return;
    }
    ws.config(&run_after_create(&ws.cloud.server(0)));
    let output = ws.apply();
    let items = ws.cloud.items();
    assert_eq!(items.len(), 1);
    output
        .assert_contains(items[0]["id"].as_str().unwrap())
        .assert_contains("available");
    ws.keeps_checkpoint(&ws.cloud.checkpoints()[0].clone());
}

fn acc_action_run_that_fails(ws: &mut Workspace) {
    if !ws.binary.is_terraform(1, 14) {
        return;
    }
    ws.cloud.fail_next_backup("CSBS.1234", "the disk is broken");
    ws.config(&run_after_create(&ws.cloud.server(0)));
    let output = ws.apply_fails();
    output.assert_contains("the disk is broken");
    assert!(
        ws.state().find(POLICY).is_some(),
        "the policy is there, and in the state"
    );
    ws.keeps_checkpoint(&ws.cloud.checkpoints()[0].clone());
}

/// A resource that is updated with each release, and the action that backs up its server before.
const BACKUP_BEFORE_UPDATE: &str = include_str!("../../examples/actions/csbs_create_backup/action.tf");

/// Writes that configuration for the first release. Returns the ID of the server.
fn configure_first_release(ws: &mut Workspace) -> String {
    let server = ws.cloud.server(0);
    ws.environment("TF_VAR_server_id", &server);
    ws.environment("TF_VAR_release", "1");
    ws.config(BACKUP_BEFORE_UPDATE);
    server
}

fn acc_action_creates_a_backup_before_an_update(ws: &mut Workspace) {
    if !ws.binary.is_terraform(1, 14) {
        return;
    }
    let server = configure_first_release(ws);
    ws.apply();
    ws.environment("TF_VAR_release", "2");
    let output = ws.apply();
    let items = ws.cloud.items();
    assert_eq!(items.len(), 2);
    output
        .assert_contains(items[1]["id"].as_str().unwrap())
        .assert_contains("is available");
    assert_eq!(ws.state().addresses(), ["terraform_data.application"]);
    ws.plan_is_empty();
    // Without a backup, the update is not made.
    ws.cloud.forbid_backups_of(&server, "CSBS.6000");
    ws.environment("TF_VAR_release", "3");
    ws.apply_fails().assert_contains("Cannot create the backup");
    let state = ws.state();
    assert_eq!(
        state.instance("terraform_data.application").attributes["output"]["value"],
        "2"
    );
    for checkpoint in ws.cloud.checkpoints() {
        ws.keeps_checkpoint(&checkpoint);
    }
}

fn acc_ctrl_c_during_a_backup_by_an_action_names_it(ws: &mut Workspace) {
    if !ws.binary.is_terraform(1, 14) {
        return;
    }
    configure_first_release(ws);
    ws.cloud.pause_work();
    let running = ws.start(&[
        "apply",
        "-auto-approve",
        "-invoke=action.csbs_create_backup.before_update",
    ]);
    ws.cloud.wait_for_checkpoints(1);
    ws.cloud.wait_for_reads(2);
    running.interrupt();
    let output = ws.finish(running);
    assert_eq!(output.code, 1);
    let checkpoint = ws.cloud.checkpoints()[0].clone();
    output
        .assert_contains(&checkpoint)
        .assert_contains("continues in the cloud");
    ws.cloud.resume_work();
    ws.keeps_checkpoint(&checkpoint);
}

fn acc_without_actions_everything_else_works(ws: &mut Workspace) {
    if ws.binary.is_terraform(1, 14) {
        return;
    }
    let server = ws.cloud.server(0);
    ws.config(&policy("nightly", &[&server], &scheduled("TH", "max_backups = 2"), ""));
    ws.apply();
    ws.destroy();
}

/// Returns true if the program has `before_destroy`, `after_destroy` and `on_failure`. Otherwise it prints that the test is skipped.
fn has_destroy_events(ws: &Workspace) -> bool {
    let has = ws.binary.is_terraform(1, 16);
    if !has {
        println!(
            "{}: skipped, it has no before_destroy and no on_failure",
            ws.binary.label()
        );
    }
    has
}

/// A resource that is replaced when `disk_type` changes, and the action that backs up its server before.
const BACKUP_BEFORE_DESTROY: &str = include_str!("../../examples/actions/csbs_create_backup/action-before-destroy.tf");
const DISK: &str = "terraform_data.disk";

fn disk_id(ws: &Workspace) -> String {
    ws.state().instance(DISK).text("id").to_owned()
}

/// Applies a variant of the example to the first server.
fn apply_disk(ws: &mut Workspace, config: &str) {
    let server = ws.cloud.server(0);
    ws.environment("TF_VAR_server_id", &server);
    ws.environment("TF_VAR_disk_type", "SATA");
    ws.config(config);
    ws.apply();
    assert_eq!(ws.cloud.items().len(), 0, "nothing is destroyed yet");
}

fn leave_checkpoints(ws: &mut Workspace) {
    for checkpoint in ws.cloud.checkpoints() {
        ws.keeps_checkpoint(&checkpoint);
    }
}

fn acc_action_creates_a_backup_before_a_destroy(ws: &mut Workspace) {
    if !has_destroy_events(ws) {
        return;
    }
    apply_disk(ws, BACKUP_BEFORE_DESTROY);
    ws.environment("TF_VAR_disk_type", "SSD");
    let output = ws.apply();
    let items = ws.cloud.items();
    assert_eq!(items.len(), 1);
    output
        .assert_contains(items[0]["id"].as_str().unwrap())
        .assert_contains("is available");
    ws.plan_is_empty();
    ws.succeed(&["destroy", "-auto-approve"]);
    assert_eq!(ws.cloud.items().len(), 2, "also before terraform destroy");
    leave_checkpoints(ws);
}

fn acc_action_creates_a_backup_after_a_destroy(ws: &mut Workspace) {
    if !has_destroy_events(ws) {
        return;
    }
    apply_disk(
        ws,
        &BACKUP_BEFORE_DESTROY.replace("[before_destroy]", "[after_destroy]"),
    );
    ws.environment("TF_VAR_disk_type", "SSD");
    ws.apply();
    assert_eq!(ws.cloud.items().len(), 1);
    leave_checkpoints(ws);
}

fn acc_failed_backup_before_a_destroy_keeps_the_resource(ws: &mut Workspace) {
    if !has_destroy_events(ws) {
        return;
    }
    apply_disk(ws, BACKUP_BEFORE_DESTROY);
    let before = disk_id(ws);
    ws.cloud.fail_next_backup("CSBS.1234", "the disk is broken");
    ws.environment("TF_VAR_disk_type", "SSD");
    ws.apply_fails().assert_contains("the disk is broken");
    assert_eq!(disk_id(ws), before);
    leave_checkpoints(ws);
}

fn acc_failed_backup_before_a_destroy_can_be_ignored(ws: &mut Workspace) {
    if !has_destroy_events(ws) {
        return;
    }
    let config = BACKUP_BEFORE_DESTROY.replace("on_failure = halt", "on_failure = continue");
    apply_disk(ws, &config);
    let before = disk_id(ws);
    ws.cloud.fail_next_backup("CSBS.1234", "the disk is broken");
    ws.environment("TF_VAR_disk_type", "SSD");
    ws.apply().assert_contains("the disk is broken");
    assert_ne!(disk_id(ws), before);
    leave_checkpoints(ws);
}
