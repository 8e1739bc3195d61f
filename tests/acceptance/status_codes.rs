//! The messages that a user sees when the service refuses, fails or cannot be reached.

use crate::{
    hcl::{SERVER, backup},
    terraform::{After, Output, Workspace},
};

acceptance_tests![
    acc_a_refused_check_says_why,
    acc_a_refused_create_says_why,
    acc_a_refused_read_keeps_the_state,
    acc_a_refused_delete_keeps_the_state,
    acc_a_lost_answer_to_the_create_is_looked_for,
    acc_polls_that_fail_for_a_while_are_forgiven,
    acc_answers_that_are_no_json_are_told,
    acc_a_service_that_cannot_be_reached_is_told,
    acc_a_wrong_password_is_told_without_it,
    acc_a_plan_without_credentials_succeeds_if_the_provider_is_told_not_to_check,
    acc_an_unreachable_host_is_an_error_within_five_seconds;
    // It takes a minute, in which the provider looks for a backup. The program only shows the message.
    newest program: acc_an_unclear_create_says_what_to_check
];

/// Status, service code and message of a refusal.
const REFUSALS: [(u16, &str, &str); 7] = [
    (400, "CSBS.9001", "parameter is invalid"),
    (401, "APIG.0301", "token is invalid"),
    (403, "CSBS.9009", "not allowed"),
    (404, "CSBS.9998", "no such thing"),
    (429, "APIG.0308", "too many requests"),
    (500, "CSBS.9999", "internal trouble"),
    (503, "CSBS.9999", "out of order"),
];

/// The capability check, which comes before anything is made.
const CHECK: &str = "/resources/action$";

/// One repetition instead of many, and none after 429, because the pauses between them are real time, five seconds after a 429.
/// `otc-client` tests their number.
const FEW_RETRIES: &str = "  max_retries         = 1\n  max_backoff_retries = 0\n";

/// The protect action.
const PROTECT: &str = "/resources/[^/]+/action$";

fn acc_a_refused_check_says_why(ws: &mut Workspace) {
    ws.provider(FEW_RETRIES);
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    for (status, code, message) in REFUSALS {
        ws.cloud.fault("POST", CHECK, usize::MAX, status, code, message);
        let output = ws.apply_fails();
        assert_explains(&output, &server, status, code, message);
        assert!(ws.state().instances.is_empty());
        ws.cloud.clear_faults();
    }
    assert_eq!(ws.cloud.protect_bodies().len(), 0);
}

fn acc_a_refused_create_says_why(ws: &mut Workspace) {
    ws.provider(FEW_RETRIES);
    let server = ws.cloud.server(0);
    // The rate limit is waited for as long as the timeout allows.
    ws.config(&backup(&server, "timeouts {\n    create = \"2s\"\n  }"));
    for (status, code, message) in REFUSALS.into_iter().filter(|(status, ..)| *status < 500) {
        ws.cloud.fault("POST", PROTECT, usize::MAX, status, code, message);
        let output = ws.apply_fails();
        assert_explains(&output, &server, status, code, message);
        assert!(ws.state().instances.is_empty());
        ws.cloud.clear_faults();
    }
    assert_eq!(ws.cloud.checkpoints(), Vec::<String>::new());
}

fn assert_explains(output: &Output, server: &str, status: u16, code: &str, message: &str) {
    output
        .assert_contains("Error: ")
        .assert_contains(&format!("HTTP status {status}"))
        .assert_contains(code)
        .assert_contains(message)
        .assert_contains(server)
        .assert_contains("Request id: ");
}

/// The service failed so that it is unknown whether it started a backup. The provider looks for the backup, and does not repeat the
/// request.
fn acc_an_unclear_create_says_what_to_check(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, "backup_name = \"nightly\""));
    ws.cloud
        .fault("POST", PROTECT, usize::MAX, 500, "CSBS.9999", "internal trouble");
    let output = ws.apply_fails();
    assert_explains(&output, &server, 500, "CSBS.9999", "internal trouble");
    output.assert_contains("nightly").assert_contains("terraform import");
    assert_eq!(ws.cloud.count("POST", PROTECT), 1);
    assert!(ws.state().instances.is_empty());
}

fn acc_a_refused_read_keeps_the_state(ws: &mut Workspace) {
    ws.provider(FEW_RETRIES);
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    ws.apply();
    for (status, code, message) in REFUSALS {
        // A 404 here is the gateway's, not one that says that this backup is gone.
        ws.cloud
            .fault("GET", "/checkpoint_items", usize::MAX, status, code, message);
        let output = ws.fail(&["plan"]);
        output
            .assert_contains(&status.to_string())
            .assert_contains(code)
            .assert_contains(message);
        assert!(ws.state().find(SERVER).is_some());
        ws.cloud.clear_faults();
    }
    ws.plan_is_empty();
}

fn acc_a_refused_delete_keeps_the_state(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, "timeouts {\n    delete = \"3s\"\n  }"));
    ws.apply();
    for (status, code, message) in [
        (400, "CSBS.8007", "an image was made from it"),
        (403, "CSBS.9009", "not allowed"),
        (500, "CSBS.9999", "internal trouble"),
    ] {
        ws.cloud
            .fault("DELETE", "/checkpoints/", usize::MAX, status, code, message);
        let output = ws.fail(&["destroy", "-auto-approve"]);
        output.assert_contains(code).assert_contains(message);
        assert!(ws.state().find(SERVER).is_some());
        ws.cloud.clear_faults();
    }
    ws.destroy();
}

fn acc_a_lost_answer_to_the_create_is_looked_for(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, "backup_name = \"nightly\""));
    ws.cloud.drop_connection("POST", PROTECT, 1, After::Effect);
    let output = ws.run(&["apply", "-auto-approve"]);
    // The backup is found and adopted, or reported with the next step; there is never a second one, or one that no message names.
    let checkpoints = ws.cloud.checkpoints();
    assert_eq!(checkpoints.len(), 1, "one backup was asked for");
    assert_eq!(output.code, 0, "{}\n{}", output.stdout, output.stderr);
    assert_eq!(ws.state().instance(SERVER).text("checkpoint_id"), checkpoints[0]);
    ws.plan_is_empty();
}

fn acc_polls_that_fail_for_a_while_are_forgiven(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    ws.cloud
        .fault("GET", "/checkpoint_items", 2, 500, "CSBS.9999", "internal trouble");
    ws.apply();
    assert_eq!(ws.cloud.protect_bodies().len(), 1);
}

fn acc_answers_that_are_no_json_are_told(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    ws.apply();
    ws.cloud
        .answer_with("GET", "/checkpoint_items", 200, "<html>a proxy</html>");
    ws.fail(&["plan"]);
    assert!(ws.state().find(SERVER).is_some());
    ws.cloud.clear_faults();
    ws.cloud
        .answer_with("GET", "/checkpoint_items", 200, "{\"checkpoint_it");
    ws.fail(&["plan"]);
    assert!(ws.state().find(SERVER).is_some());
    ws.cloud.clear_faults();
    ws.plan_is_empty();
}

fn acc_a_service_that_cannot_be_reached_is_told(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    // Nothing listens on port 1 of the loopback address.
    ws.provider("  endpoint = \"http://127.0.0.1:1\"\n  max_retries = 1\n");
    let output = ws.apply_fails();
    output.assert_contains("127.0.0.1:1");
    assert!(ws.state().instances.is_empty());
}

fn acc_a_wrong_password_is_told_without_it(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    ws.provider_with_password("wrong-and-secret");
    ws.fail(&["plan"])
        .assert_contains("401")
        .assert_lacks("wrong-and-secret");
    let output = ws.apply_fails();
    output.assert_contains("401").assert_lacks("wrong-and-secret");
    assert!(ws.state().instances.is_empty());
}

fn acc_a_plan_without_credentials_succeeds_if_the_provider_is_told_not_to_check(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    ws.provider("  skip_plan_checks = true\n");
    let path = ws.path("provider.tf");
    let provider = std::fs::read_to_string(&path).unwrap();
    let without = provider.replace("  password    = \"demo\"\n", "  password    = \"wrong\"\n");
    std::fs::write(&path, without).unwrap();
    let before = ws.cloud.requests();
    assert_eq!(ws.plan().actions(SERVER), ["create"]);
    assert_eq!(ws.cloud.requests(), before);
}

fn acc_an_unreachable_host_is_an_error_within_five_seconds(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    // The default number of retries. Nothing listens on port 1 of the loopback address.
    ws.provider("  endpoint = \"http://127.0.0.1:1\"\n");
    let begin = std::time::Instant::now();
    ws.fail(&["plan"]).assert_contains("127.0.0.1:1");
    // The start of Terraform and of the provider count, too.
    assert!(begin.elapsed().as_secs() < 10, "{:?}", begin.elapsed());
}
