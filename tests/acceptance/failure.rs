//! Backups that fail, take too long, or cannot be deleted yet.

use std::time::{Duration, Instant};

use crate::{
    hcl::{SERVER, backup},
    terraform::Workspace,
};

acceptance_tests![
    acc_a_failed_backup_is_tainted_and_replaced,
    acc_a_create_that_times_out_keeps_the_checkpoint,
    acc_a_create_that_timed_out_is_kept_by_untaint,
    acc_a_server_that_cannot_be_backed_up_is_an_error_of_the_plan,
    acc_an_unknown_server_is_an_error_of_the_plan,
    acc_a_delete_waits_for_the_service,
    acc_a_delete_that_times_out_keeps_the_state,
];

fn acc_a_failed_backup_is_tainted_and_replaced(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, "backup_name = \"nightly\""));
    ws.cloud.fail_next_backup("BAK.1234", "the disk could not be read");
    let output = ws.apply_fails();
    output
        .assert_contains("BAK.1234")
        .assert_contains("the disk could not be read");

    let state = ws.state();
    let failed = state.instance(SERVER);
    assert!(failed.tainted);
    let checkpoint = failed.text("checkpoint_id").to_owned();
    assert_eq!(failed.text("status"), "error");
    assert_eq!(failed.text("fail_reason"), "the disk could not be read");
    assert_eq!(ws.cloud.checkpoints(), [checkpoint.as_str()]);

    assert_eq!(ws.plan().actions(SERVER), ["delete", "create"]);
    ws.apply();
    let state = ws.state();
    assert!(!state.instance(SERVER).tainted);
    assert_ne!(state.instance(SERVER).text("checkpoint_id"), checkpoint);
}

fn acc_a_create_that_times_out_keeps_the_checkpoint(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, "timeouts {\n    create = \"2s\"\n  }"));
    ws.cloud.pause_work();
    let output = ws.apply_fails();
    let state = ws.state();
    let unfinished = state.instance(SERVER);
    assert!(unfinished.tainted);
    let checkpoint = unfinished.text("checkpoint_id");
    output
        .assert_contains("2s")
        .assert_contains("protect")
        .assert_contains(checkpoint)
        .assert_contains("timeouts");
    assert_eq!(ws.cloud.checkpoints(), [checkpoint]);

    ws.cloud.resume_work();
    ws.config(&backup(&server, ""));
    ws.apply();
    assert_ne!(ws.state().instance(SERVER).text("checkpoint_id"), checkpoint);
}

fn acc_a_create_that_timed_out_is_kept_by_untaint(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, "timeouts {\n    create = \"2s\"\n  }"));
    ws.cloud.pause_work();
    ws.apply_fails().assert_contains("terraform untaint");
    let checkpoint = ws.state().instance(SERVER).text("checkpoint_id").to_owned();
    let plan = ws.plan();
    assert_eq!(plan.actions(SERVER), ["delete", "create"]);
    plan.output
        .assert_contains("The backup can be kept")
        .assert_contains("terraform untaint");
    ws.succeed(&["untaint", SERVER]);
    assert_eq!(ws.plan().actions(SERVER), ["update"]);
    ws.cloud.resume_work();
    ws.succeed(&["apply", "plan.bin"]);
    assert_eq!(ws.state().instance(SERVER).text("checkpoint_id"), checkpoint);
    assert_eq!(ws.state().instance(SERVER).text("status"), "available");
    ws.plan_is_empty();
}

fn acc_a_server_that_cannot_be_backed_up_is_an_error_of_the_plan(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.cloud.forbid_backups_of(&server, "CSBS.6007");
    ws.config(&backup(&server, ""));
    let output = ws.fail(&["plan"]);
    output
        .assert_contains("CSBS.6007")
        .assert_contains(&server)
        .assert_contains("resource_id = ");
    assert!(ws.state().instances.is_empty());
    assert_eq!(ws.cloud.protect_bodies().len(), 0);
}

fn acc_an_unknown_server_is_an_error_of_the_plan(ws: &mut Workspace) {
    ws.config(&backup("00000000-dead-4000-8000-000000000000", ""));
    let output = ws.fail(&["plan"]);
    output
        .assert_contains("CSBS.6000")
        .assert_contains("resource_id = ")
        .assert_contains("00000000-dead-4000-8000-000000000000");
    assert!(ws.state().instances.is_empty());
    assert_eq!(ws.cloud.protect_bodies().len(), 0);
}

fn acc_a_delete_waits_for_the_service(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    ws.apply();
    // Refused as busy, as during a restore or while an image is made of it. Once only, because the pause after it is real time;
    // `otc-client` tests that the pauses grow.
    ws.cloud
        .fault("DELETE", "/checkpoints/", 1, 400, "CSBS.2003", "the backup is busy");
    ws.destroy();
    assert_eq!(ws.cloud.count("DELETE", "/checkpoints/"), 2);
    assert_eq!(ws.cloud.checkpoints(), Vec::<String>::new());
}

fn acc_a_delete_that_times_out_keeps_the_state(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, "timeouts {\n    delete = \"2s\"\n  }"));
    ws.apply();
    let checkpoint = ws.state().instance(SERVER).text("checkpoint_id").to_owned();
    ws.cloud.pause_work();
    let began = Instant::now();
    let output = ws.fail(&["destroy", "-auto-approve"]);
    assert!(began.elapsed() < Duration::from_secs(60));
    output.assert_contains(&checkpoint).assert_contains("2s");
    assert_eq!(ws.state().instance(SERVER).text("checkpoint_id"), checkpoint);
    ws.cloud.resume_work();
    ws.destroy();
    assert_eq!(ws.cloud.checkpoints(), Vec::<String>::new());
}
