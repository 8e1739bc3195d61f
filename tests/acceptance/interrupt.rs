//! Ctrl-C, and a plugin that dies.

use std::time::{Duration, Instant};

use crate::{
    hcl::{SERVER, backup},
    terraform::Workspace,
};

acceptance_tests![
    acc_ctrl_c_during_a_create_keeps_the_checkpoint,
    acc_ctrl_c_during_a_destroy_keeps_the_state,
    acc_a_killed_plugin_leaves_a_state_that_goes_on,
];

fn acc_ctrl_c_during_a_create_keeps_the_checkpoint(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    ws.cloud.stand_still();
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
    output.must_say("The backup goes on in the cloud").must_say(&checkpoint);
    assert_eq!(ws.state().instance(SERVER).text("checkpoint_id"), checkpoint);

    ws.cloud.go_on();
    ws.cloud.finish_everything();
    ws.apply();
    assert_eq!(
        ws.state().instance(SERVER).text("checkpoint_id"),
        checkpoint,
        "the backup went on in the cloud and is kept"
    );
}

fn acc_ctrl_c_during_a_destroy_keeps_the_state(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    ws.apply();
    ws.cloud.stand_still();
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
    ws.cloud.go_on();
    ws.destroy();
    assert_eq!(ws.cloud.checkpoints(), Vec::<String>::new());
}

fn acc_a_killed_plugin_leaves_a_state_that_goes_on(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    ws.cloud.stand_still();
    let running = ws.start(&["apply", "-auto-approve"]);
    ws.cloud.wait_for_checkpoints(1);
    running.kill_plugin();
    let output = ws.finish(running);
    assert_eq!(output.code, 1);
    // Nobody was left to tell Terraform the ID; the backup is found in the service and taken in.
    ws.cloud.go_on();
    ws.cloud.finish_everything();
    let checkpoint = ws.cloud.checkpoints().remove(0);
    ws.succeed(&["import", SERVER, &checkpoint]);
    ws.plan_is_empty();
}
