//! Backups in vaults of Cloud Backup and Recovery.

use std::time::{Duration, Instant};

use csbs_simulator::FIRST_VAULT_ID;

use crate::terraform::Workspace;

acceptance_tests![
    acc_vault_backup_create_plan_destroy,
    acc_vault_backup_import,
    acc_vault_backup_of_a_server_outside_the_vault_is_an_error,
    acc_vault_backup_that_fails_is_replaced_by_the_next_apply,
    acc_vault_backup_ctrl_c_keeps_it_and_the_next_apply_waits,
    acc_vault_backup_after_a_killed_terraform_the_next_create_names_it,
    acc_vault_backup_after_a_killed_plugin_is_imported,
    acc_vault_backup_action_creates_before_an_update,
    acc_vault_backup_action_restores,
];

const BACKUP: &str = "csbs_vault_backup.server";

fn backup(server_id: &str, more: &str) -> String {
    format!(
        "resource \"csbs_vault_backup\" \"server\" {{\n  vault_id = \"{FIRST_VAULT_ID}\"\n  resource_id = \"{server_id}\"\n  \
         {more}\n}}\n"
    )
}

/// IDs of all backups in vaults.
fn backup_ids(ws: &Workspace) -> Vec<String> {
    ws.cloud.vault_backups().into_iter().map(|backup| backup.id).collect()
}

fn acc_vault_backup_create_plan_destroy(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(
        &server,
        "name = \"nightly\"\n  description = \"text\"\n  incremental = false",
    ));
    ws.apply();
    let made = ws.state().instance(BACKUP).clone();
    assert_eq!(backup_ids(ws), [made.text("id")]);
    assert_eq!((made.text("status"), made.text("name")), ("available", "nightly"));
    assert_eq!(made.text("vault_name"), "vault-1");
    ws.plan_is_empty();
    ws.config(&backup(
        &server,
        "name = \"nightly\"\n  description = \"text\"\n  skip_destroy = false",
    ));
    ws.plan_is_empty();
    ws.destroy();
    assert!(backup_ids(ws).is_empty());
}

fn acc_vault_backup_import(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    let config = backup(&server, "name = \"nightly\"");
    ws.config(&config);
    ws.apply();
    let made = ws.state().instance(BACKUP).clone();
    ws.succeed(&["state", "rm", BACKUP]);
    ws.succeed(&["import", BACKUP, made.text("id")]);
    let imported = ws.state().instance(BACKUP).clone();
    for name in [
        "id",
        "checkpoint_id",
        "vault_id",
        "vault_name",
        "name",
        "status",
        "created_at",
    ] {
        assert_eq!(imported.attributes[name], made.attributes[name], "{name}");
    }
    assert_eq!(imported.identity, made.identity);
    ws.plan_is_empty();
    ws.succeed(&["state", "rm", BACKUP]);
    let disk = ws.cloud.vault_backups()[0].children[0].0.clone();
    ws.fail(&["import", BACKUP, &disk])
        .assert_contains("the backup of one disk");
    ws.succeed(&["import", BACKUP, made.text("id")]);
    ws.destroy();
    assert!(backup_ids(ws).is_empty());
}

fn acc_vault_backup_of_a_server_outside_the_vault_is_an_error(ws: &mut Workspace) {
    let server = ws.cloud.add_servers(1).remove(0);
    ws.config(&backup(&server, ""));
    ws.succeed(&["plan"]).assert_contains("The server is not in the vault");
    let writes = ws.cloud.writes();
    ws.apply_fails()
        .assert_contains("is not associated with it")
        .assert_contains("Associate the server with the vault first");
    assert_eq!(ws.cloud.writes(), writes, "nothing was associated");
}

fn acc_vault_backup_that_fails_is_replaced_by_the_next_apply(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    ws.cloud.fail_next_vault_backup("6215", "the disk is broken");
    ws.apply_fails().assert_contains("the disk is broken");
    let failed = ws.state().instance(BACKUP).clone();
    assert!(failed.tainted);
    assert_eq!(failed.text("fail_reason"), "the disk is broken");
    ws.apply();
    let made = ws.state().instance(BACKUP).clone();
    assert_ne!(made.text("id"), failed.text("id"));
    assert_eq!(backup_ids(ws), [made.text("id")]);
    ws.destroy();
}

fn acc_vault_backup_ctrl_c_keeps_it_and_the_next_apply_waits(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    ws.cloud.pause_work();
    let running = ws.start(&["apply", "-auto-approve"]);
    ws.cloud.wait_for_vault_backups(1);
    let pressed = Instant::now();
    running.interrupt();
    let output = ws.finish(running);
    let took = pressed.elapsed();
    assert!(took < Duration::from_secs(10), "it took {took:?}");
    output.assert_contains("The backup continues in the cloud");
    let kept = ws.state().instance(BACKUP).clone();
    assert!(!kept.tainted);
    assert_eq!(kept.text("checkpoint_id"), ws.cloud.vault_backups()[0].checkpoint_id);
    ws.cloud.resume_work();
    ws.cloud.finish_all_work();
    ws.apply();
    assert_eq!(ws.state().instance(BACKUP).text("status"), "available");
    assert_eq!(
        ws.cloud.count("POST", "/checkpoints$"),
        1,
        "no other backup was created"
    );
    ws.plan_is_empty();
    ws.destroy();
}

fn acc_vault_backup_after_a_killed_terraform_the_next_create_names_it(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, "name = \"nightly\""));
    ws.cloud.pause_work();
    let running = ws.start(&["apply", "-auto-approve"]);
    ws.cloud.wait_for_vault_backups(1);
    running.kill_terraform();
    ws.finish(running);
    assert!(ws.state().find(BACKUP).is_none(), "nobody could save it");
    ws.cloud.resume_work();
    ws.cloud.finish_all_work();
    let lost = backup_ids(ws).remove(0);
    ws.apply()
        .assert_contains("A backup like this one exists already")
        .assert_contains(&lost)
        .assert_contains("terraform import");
    assert_ne!(ws.state().instance(BACKUP).text("id"), lost);
    ws.destroy();
    assert_eq!(backup_ids(ws), [lost]);
}

fn acc_vault_backup_after_a_killed_plugin_is_imported(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, "name = \"nightly\""));
    ws.cloud.pause_work();
    let running = ws.start(&["apply", "-auto-approve"]);
    ws.cloud.wait_for_vault_backups(1);
    running.kill_plugin();
    let output = ws.finish(running);
    assert_eq!(output.code, 1);
    ws.cloud.resume_work();
    ws.cloud.finish_all_work();
    let left = backup_ids(ws).remove(0);
    ws.succeed(&["import", BACKUP, &left]);
    ws.plan_is_empty();
    ws.destroy();
}

fn acc_vault_backup_action_creates_before_an_update(ws: &mut Workspace) {
    if !ws.binary.is_terraform(1, 14) {
        return;
    }
    ws.environment("TF_VAR_vault_id", FIRST_VAULT_ID);
    ws.environment("TF_VAR_server_id", &ws.cloud.server(0));
    ws.config(include_str!(
        "../../examples/actions/csbs_create_vault_backup/action.tf"
    ));
    for release in ["1", "2"] {
        ws.environment("TF_VAR_release", release);
        let output = ws.apply();
        let newest = backup_ids(ws).pop().unwrap();
        output.assert_contains(&newest).assert_contains("is available");
    }
    assert_eq!(backup_ids(ws).len(), 2);
}

fn acc_vault_backup_action_restores(ws: &mut Workspace) {
    if !ws.binary.is_terraform(1, 14) {
        return;
    }
    let server = ws.cloud.server(0);
    ws.config(&format!(
        "{}action \"csbs_restore_vault_backup\" \"it\" {{\n  config {{\n    backup_id = {BACKUP}.id\n  }}\n}}\n",
        backup(&server, "")
    ));
    ws.apply();
    const INVOKE: [&str; 3] = ["apply", "-auto-approve", "-invoke=action.csbs_restore_vault_backup.it"];
    ws.succeed(&INVOKE)
        .assert_contains("The restore overwrites a server's disks")
        .assert_contains("has begun")
        .assert_contains("is restored");
    assert_eq!(ws.cloud.count("POST", "/restore$"), 1);
    ws.plan_is_empty();
    ws.cloud.fail_next_vault_restore("2013", "not onto a system disk");
    ws.fail(&INVOKE).assert_contains("not onto a system disk");
    ws.destroy();
}
