//! A backup's life when nothing goes wrong.

use serde_json::{Value, json};

use crate::{
    hcl::{POLICY, SERVER, backup, policy, scheduled},
    terraform::Workspace,
};

acceptance_tests![
    acc_the_log_has_the_progress_of_a_backup,
    acc_create_read_destroy,
    acc_create_with_every_argument,
    acc_one_provider_block_serves_two_regions,
    acc_the_second_backup_of_a_server_is_incremental,
    acc_tags_are_updated_in_place,
    acc_ten_tags_are_exchanged_for_ten_others,
    acc_timeouts_and_skip_destroy_change_without_a_request,
    acc_skip_destroy_forgets_the_backup,
    acc_outputs_are_known_in_the_same_apply,
    acc_removed_blocks_leave_backup_and_policy_in_the_service,
];

fn acc_removed_blocks_leave_backup_and_policy_in_the_service(ws: &mut Workspace) {
    // OpenTofu before 1.10 has `removed` blocks without `lifecycle`.
    if !ws.binary.is_terraform(1, 7) && !ws.binary.is_tofu(1, 10) {
        return;
    }
    let server = ws.cloud.server(0);
    let policy = policy("nightly", &[&server], &scheduled("TH", "max_backups = 5"), "");
    ws.config(&format!("{}{policy}", backup(&server, "")));
    ws.apply();
    let writes = ws.cloud.writes();
    let removed = |from: &str| format!("removed {{\n  from = {from}\n  lifecycle {{\n    destroy = false\n  }}\n}}\n");
    ws.config(&format!("{}{}", removed(SERVER), removed(POLICY)));
    ws.apply();
    assert_eq!(ws.cloud.writes(), writes, "nothing in the service changes");
    assert!(ws.state().instances.is_empty());
    let checkpoints = ws.cloud.checkpoints();
    assert_eq!((checkpoints.len(), ws.cloud.policies().len()), (1, 1));
    ws.keeps_checkpoint(&checkpoints[0]);
    let id = ws.cloud.policies()[0]["id"].as_str().unwrap().to_owned();
    ws.cloud.remove_policy(&id);
}

fn acc_one_provider_block_serves_two_regions(ws: &mut Workspace) {
    let example = include_str!("../../examples/resources/csbs_backup/regions.tf");
    ws.environment(
        "TF_VAR_server_ids",
        &format!("{:?}", [ws.cloud.server(0), ws.cloud.server(1)]),
    );
    ws.config(example);
    ws.apply();
    let regions = |ws: &Workspace| {
        let mut regions: Vec<_> = ws
            .cloud
            .items()
            .into_iter()
            .map(|item| item["region"].clone())
            .collect();
        regions.sort_by_key(Value::to_string);
        regions
    };
    assert_eq!(regions(ws), [json!("eu-de"), json!("eu-nl")]);
    ws.plan_is_empty();
    let there = ws.state().instance("csbs_backup.there").clone();
    assert_eq!(there.text("region"), "eu-nl");
    if !there.identity.is_null() {
        assert_eq!(there.identity["region"], json!("eu-nl"));
    }
    if ws.binary.imports_by_identity() {
        ws.succeed(&["state", "rm", "csbs_backup.there"]);
        let identity = format!("{{ id = \"{}\", region = \"eu-nl\" }}", there.text("id"));
        ws.config(&format!(
            "import {{\n  to = csbs_backup.there\n  identity = {identity}\n}}\n{example}"
        ));
        ws.apply();
        assert_eq!(regions(ws), [json!("eu-de"), json!("eu-nl")]);
    }
    ws.config(&example.replace("eu-nl", "eu-xx"));
    ws.fail(&["plan"]).assert_contains("it has: eu-de, eu-nl");
    ws.config(example);
    ws.destroy();
    assert_eq!(ws.cloud.checkpoints(), Vec::<String>::new());
}

fn acc_create_read_destroy(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    let plan = ws.plan();
    assert_eq!(plan.actions(SERVER), ["create"]);
    ws.apply();

    let state = ws.state();
    let made = state.instance(SERVER);
    assert!(!made.tainted);
    let item = ws.cloud.item(made.text("id"));
    assert_eq!(made.text("checkpoint_id"), item["checkpoint_id"].as_str().unwrap());
    assert_eq!(made.text("status"), "available");
    assert_eq!(made.text("resource_id"), server);
    assert_eq!(made.text("resource_type"), "OS::Nova::Server");
    assert_eq!(made.attributes["backup_name"], item["name"]);
    assert_eq!(
        made.attributes["is_incremental"],
        json!(false),
        "the first backup is full"
    );
    assert_eq!(made.attributes["tags"].as_object().map(|tags| tags.len()), Some(0));
    for time in ["created_at", "finished_at"] {
        let text = made.text(time);
        text.parse::<jiff::Timestamp>()
            .unwrap_or_else(|error| panic!("{time} is '{text}': {error}"));
    }
    let plan_name = made.attributes["protection_plan"]["name"].as_str().unwrap_or_default();
    assert_eq!(plan_name, format!("server protect plan for {server}"));
    assert_eq!(made.attributes["protection_plan"]["resources"][0]["id"], json!(server));
    assert!(made.attributes["size"].as_f64().unwrap() > 0.0);
    assert_eq!(made.attributes["fail_code"], Value::Null);
    assert_eq!(made.attributes["image_ids"], json!([]));

    ws.destroy();
    assert_eq!(ws.cloud.checkpoints(), Vec::<String>::new());
}

fn acc_create_with_every_argument(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(
        &server,
        r#"
  resource_type = "OS::Nova::Server"
  backup_name   = "nightly_1-a"
  description   = "Ein Text mit Umlauten: äöü"
  incremental   = true
  skip_destroy  = false
  tags          = { a = "b", "key-with_all" = "" }
  extra_info    = { text = "x", number = 1.5, list = [1, "two", true], nested = { a = null } }
  triggers      = { release = "1.2.3" }
  timeouts {
    create = "10m"
    update = "5m"
    delete = "1h30m"
  }"#,
    ));
    ws.apply();
    let state = ws.state();
    let made = state.instance(SERVER);
    let item = ws.cloud.item(made.text("id"));
    assert_eq!(item["name"], "nightly_1-a");
    assert_eq!(item["description"], "Ein Text mit Umlauten: äöü");
    assert_eq!(ws.cloud.tags(made.text("id")), json!({"a": "b", "key-with_all": ""}));
    assert_eq!(made.attributes["incremental"], json!(true));
    assert_eq!(
        made.attributes["is_incremental"],
        json!(false),
        "asked for is not what was made"
    );
    let sent = ws.cloud.protect_bodies().remove(0);
    assert_eq!(
        sent["protect"]["extra_info"],
        json!({"text": "x", "number": 1.5, "list": [1, "two", true], "nested": {"a": null}})
    );
    assert_eq!(sent["protect"]["incremental"], json!(true));
    assert_eq!(sent["protect"].get("triggers"), None);
    ws.succeed(&["plan", "-refresh-only", "-detailed-exitcode"])
        .assert_contains("No changes");
    ws.destroy();
    assert_eq!(ws.cloud.checkpoints(), Vec::<String>::new());
}

fn acc_the_second_backup_of_a_server_is_incremental(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    ws.apply();
    ws.config(&format!(
        "{}\nresource \"csbs_backup\" \"second\" {{\n  resource_id = \"{server}\"\n  depends_on = [{SERVER}]\n}}\n",
        backup(&server, "")
    ));
    ws.apply();
    let state = ws.state();
    assert_eq!(
        state.instance("csbs_backup.second").attributes["is_incremental"],
        json!(true)
    );
}

fn acc_tags_are_updated_in_place(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    ws.apply();
    let id = ws.state().instance(SERVER).text("id").to_owned();
    for (argument, expected) in [
        (
            r#"tags = { stage = "test", owner = "me" }"#,
            json!({"stage": "test", "owner": "me"}),
        ),
        (
            r#"tags = { stage = "live", owner = "me" }"#,
            json!({"stage": "live", "owner": "me"}),
        ),
        (r#"tags = { owner = "" }"#, json!({"owner": ""})),
        ("tags = {}", json!({})),
        (r#"tags = { again = "1" }"#, json!({"again": "1"})),
        ("", json!({})),
    ] {
        ws.config(&backup(&server, argument));
        ws.apply().assert_contains("0 added, 1 changed, 0 destroyed");
        assert_eq!(ws.cloud.tags(&id), expected, "{argument}");
        let state = ws.state();
        let now = state.instance(SERVER);
        assert_eq!(now.text("id"), id);
        assert_eq!(now.attributes["tags"], expected, "{argument}");
    }
    assert_eq!(ws.cloud.protect_bodies().len(), 1);
}

fn acc_ten_tags_are_exchanged_for_ten_others(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    let ten = |prefix: &str| {
        let tags: Vec<String> = (0..10).map(|n| format!("{prefix}{n} = \"v\"")).collect();
        backup(&server, &format!("tags = {{\n{}\n}}", tags.join("\n")))
    };
    ws.config(&ten("a"));
    ws.apply();
    ws.config(&ten("b"));
    assert_eq!(ws.plan().actions(SERVER), ["update"]);
    ws.apply();
    let tags = ws.cloud.tags(ws.state().instance(SERVER).text("id"));
    assert_eq!(tags.as_object().unwrap().len(), 10);
    assert_eq!(tags["b9"], "v");
}

fn acc_timeouts_and_skip_destroy_change_without_a_request(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, ""));
    ws.apply();
    let writes = ws.cloud.writes();
    ws.config(&backup(
        &server,
        "skip_destroy = true\n  timeouts {\n    create = \"1h\"\n  }",
    ));
    assert_eq!(ws.plan().actions(SERVER), ["update"]);
    ws.apply();
    ws.config(&backup(&server, ""));
    ws.apply();
    assert_eq!(ws.cloud.writes(), writes);
    ws.destroy();
    assert_eq!(ws.cloud.checkpoints(), Vec::<String>::new());
}

fn acc_skip_destroy_forgets_the_backup(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&backup(&server, "skip_destroy = true"));
    ws.apply();
    let state = ws.state();
    let checkpoint = state.instance(SERVER).text("checkpoint_id");
    let output = ws.destroy();
    output.assert_contains("Warning").assert_contains(checkpoint);
    ws.keeps_checkpoint(checkpoint);
    assert_eq!(ws.cloud.checkpoints(), [checkpoint]);
}

fn acc_outputs_are_known_in_the_same_apply(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&format!(
        "{}\noutput \"checkpoint\" {{ value = {SERVER}.checkpoint_id }}\n\
         output \"plan\" {{ value = {SERVER}.protection_plan.name }}\n\
         data \"csbs_backup\" \"made\" {{ id = {SERVER}.id }}\n\
         output \"disks\" {{ value = data.csbs_backup.made.volume_backups[*].source_volume_id }}\n",
        backup(&server, "")
    ));
    ws.apply();
    let state = ws.state();
    assert_eq!(
        state.outputs["checkpoint"]["value"],
        state.instance(SERVER).attributes["checkpoint_id"]
    );
    assert!(!state.outputs["disks"]["value"].as_array().unwrap().is_empty());
}

fn acc_the_log_has_the_progress_of_a_backup(ws: &mut Workspace) {
    let log = ws.path("log.jsonl");
    ws.environment("TF_LOG", "JSON");
    ws.environment("TF_LOG_PATH", &log.display().to_string());
    ws.config(&backup(&ws.cloud.server(0), ""));
    ws.apply();
    let checkpoint_id = ws.state().instance(SERVER).text("checkpoint_id").to_owned();
    let text = std::fs::read_to_string(&log).unwrap();
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let progress: Vec<_> = lines
        .filter(|line| line["@message"] == "backup progress" && line["checkpoint_id"] == checkpoint_id.as_str())
        .collect();
    let last = progress.last().expect("the log has no progress of the backup");
    assert_eq!(last["@level"], "info");
    assert_eq!(last["percent"], 100);
    assert_eq!(last["status"], "available");
}
