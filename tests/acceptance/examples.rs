//! Every example that the documentation shows is valid, and does what it shows.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    hcl::backup,
    terraform::{Output, Workspace},
};

acceptance_tests![
    acc_examples_are_valid,
    acc_pages_show_valid_configurations,
    acc_the_guide_makes_the_backup_before_anything_is_destroyed,
    acc_the_pipeline_keeps_the_five_newest_backups,
    acc_the_daily_job_fails_when_a_server_is_not_protected,
    acc_the_guide_about_many_servers_is_right_about_one_failure,
    acc_examples_of_resources_run,
    acc_examples_of_data_sources_and_functions_run,
    acc_examples_of_actions_and_lists_run,
    acc_example_of_module_tests_runs,
];

/// The IDs in the examples.
const SERVER: &str = "9506416d-db6c-406e-8bca-c0f43793d914";
const BACKUP: &str = "92dba63d-1fb6-4d2f-8fb9-8d3e2a2cd2b7";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = path.as_ref();
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn example(path: &str) -> String {
    read(root().join("examples").join(path))
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = root().join("examples").join(folder);
    let types = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = types
        .flat_map(|of_type| fs::read_dir(of_type.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "tf"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{}", folder.display());
    files
}

fn is_valid(ws: &mut Workspace, text: &str, origin: &str) {
    ws.config(text);
    let errors: Vec<_> = ws
        .validate()
        .into_iter()
        .filter(|found| found["severity"] == "error")
        .collect();
    assert!(errors.is_empty(), "{origin}:\n{text}\n{errors:#?}");
}

/// Replaces the IDs with those of existing objects.
fn with_ids(text: &str, server: &str, backup: &str) -> String {
    text.replace(SERVER, server).replace(BACKUP, backup)
}

fn acc_examples_are_valid(ws: &mut Workspace) {
    // Schedules in the examples are written by the function.
    if !ws.binary.has_functions() {
        return;
    }
    // Those of data sources and functions run in another test.
    let mut folders = vec!["resources"];
    if ws.binary.is_terraform(1, 14) {
        folders.push("actions");
    }
    for file in folders.into_iter().flat_map(files) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let mut text = read(&file);
        let is_supported = match name.as_str() {
            "import-by-identity.tf" => ws.binary.imports_by_identity(),
            "action-before-destroy.tf" => ws.binary.is_terraform(1, 16),
            _ => true,
        };
        if !is_supported {
            println!("{}: skipped {name}, which needs a newer program", ws.binary.label());
            continue;
        }
        if name.starts_with("import-") {
            text += &read(file.with_file_name("resource.tf"));
        }
        is_valid(ws, &text, &name);
    }
    ws.file("provider.tf", &example("provider/provider.tf"));
    is_valid(ws, "", "the provider's example");
    ws.file("provider.tf", "");
    is_valid(ws, &example("quickstart/main.tf"), "the quickstart");
}

/// The configurations in a page: the blocks of code marked `terraform`.
fn blocks(page: &str) -> Vec<String> {
    page.split("```terraform\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

fn acc_pages_show_valid_configurations(ws: &mut Workspace) {
    // The pages show what the newest Terraform can do.
    if !ws.binary.is_terraform(1, 14) {
        return;
    }
    let guides = fs::read_dir(root().join("docs/guides")).unwrap();
    let pages = guides
        .map(|file| file.unwrap().path())
        .chain([root().join("README.md")]);
    let mut seen = 0;
    for page in pages {
        for block in blocks(&read(&page)) {
            let mut text = block.clone();
            let own_provider = text.contains("required_providers") || text.contains("provider \"csbs\"");
            // What a guide's reader has already.
            for (used, given) in [
                ("var.server_id", "variable \"server_id\" {\n  type = string\n}\n"),
                ("var.release", "variable \"release\" {\n  type = string\n}\n"),
            ] {
                let name = used.trim_start_matches("var.");
                if text.contains(used) && !text.contains(&format!("variable \"{name}\"")) {
                    text += given;
                }
            }
            if text.contains("= csbs_backup.server.") && !text.contains("resource \"csbs_backup\" \"server\"") {
                text += &format!("resource \"csbs_backup\" \"server\" {{\n  resource_id = \"{SERVER}\"\n}}\n");
            }
            ws.provider("");
            if own_provider {
                let required =
                    "terraform {\n  required_providers {\n    csbs = { source = \"tcloudpublic/csbs\" }\n  }\n}\n";
                ws.file(
                    "provider.tf",
                    if text.contains("required_providers") {
                        ""
                    } else {
                        required
                    },
                );
            }
            is_valid(ws, &text, &page.display().to_string());
            seen += 1;
        }
    }
    assert!(seen > 5, "{seen} configurations were found in the pages");
    ws.config("");
}

/// The first configuration of a guide.
fn guide(name: &str) -> String {
    blocks(&read(root().join("docs/guides").join(name))).remove(0)
}

/// The addresses of a run's events of one type, in order.
fn events(output: &Output, event_type: &str) -> Vec<(usize, String)> {
    let events = output.stdout.lines().enumerate().filter_map(|(line, text)| {
        let event: Value = serde_json::from_str(text).ok()?;
        let address = event["hook"]["resource"]["addr"].as_str()?.to_owned();
        (event["type"] == event_type).then_some((line, address))
    });
    events.collect()
}

fn acc_the_guide_makes_the_backup_before_anything_is_destroyed(ws: &mut Workspace) {
    // `terraform_data`.
    if !ws.binary.is_terraform(1, 4) && !ws.binary.is_tofu(1, 6) {
        return;
    }
    let server = ws.cloud.server(0);
    ws.environment("TF_VAR_server_id", &server);
    ws.config(&guide("backup-before-a-change.md"));
    ws.environment("TF_VAR_release", "1");
    ws.apply();
    ws.environment("TF_VAR_release", "2");
    let output = ws.succeed(&["apply", "-auto-approve", "-json"]);
    let complete = events(&output, "apply_complete");
    let order: Vec<_> = complete.iter().map(|(_, address)| address.as_str()).collect();
    let (backup, deployment) = ("csbs_backup.before_release", "terraform_data.deployment");
    assert_eq!(order, [backup, deployment, deployment, backup]);
    let starts = events(&output, "apply_start");
    assert!(starts[1].0 > complete[0].0, "{starts:?} {complete:?}");
}

/// A configuration of the pipelines without its provider, which the workspace configures.
fn pipeline(file: &str) -> String {
    let text = example(&format!("pipelines/{file}")).replace("provider \"csbs\" {}", "");
    text.split_at(text.find("variable ").unwrap()).1.to_owned()
}

fn acc_the_pipeline_keeps_the_five_newest_backups(ws: &mut Workspace) {
    if !ws.binary.is_terraform(1, 14) {
        return;
    }
    let server = ws.cloud.server(0);
    ws.environment("TF_VAR_server_id", &server);
    ws.config(&pipeline("main.tf"));
    let mut made = Vec::new();
    for release in 1..=7 {
        ws.environment("TF_VAR_release", &release.to_string());
        let output = ws.succeed(&["apply", "-auto-approve"]);
        made.push(ws.state().instance("csbs_backup.before_release").text("id").to_owned());
        output.assert_contains(&format!("kept: {}.", release.min(5)));
    }
    let mut left: Vec<_> = ws
        .cloud
        .items()
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect();
    left.sort();
    let mut newest = made.split_off(2);
    newest.sort();
    assert_eq!(left, newest);
    ws.plan_is_empty();
    // `skip_destroy`.
    ws.succeed(&["destroy", "-auto-approve"]);
    assert_eq!(ws.cloud.items().len(), 5);
    for checkpoint in ws.cloud.checkpoints() {
        ws.keeps_checkpoint(&checkpoint);
    }
}

fn acc_the_daily_job_fails_when_a_server_is_not_protected(ws: &mut Workspace) {
    // Postconditions.
    if !ws.binary.is_terraform(1, 2) && !ws.binary.is_tofu(1, 6) {
        return;
    }
    let (protected, other) = (ws.cloud.server(0), ws.cloud.server(1));
    let job = pipeline("protection/main.tf");
    ws.config(&backup(&protected, ""));
    ws.apply();
    ws.config(&format!("{job}{}", backup(&protected, "")));
    ws.environment("TF_VAR_server_ids", &format!("[\"{protected}\"]"));
    ws.plan_is_empty();
    ws.environment("TF_VAR_server_ids", &format!("[\"{protected}\", \"{other}\"]"));
    ws.fail(&["plan"])
        .assert_contains(&format!("No backup of the last 24 hours: {other}"));
}

fn acc_the_guide_about_many_servers_is_right_about_one_failure(ws: &mut Workspace) {
    let dependent =
        "resource \"terraform_data\" \"deployment\" {\n  for_each = csbs_backup.server\n  input = each.value.id\n}\n";
    let (good, bad) = (ws.cloud.server(0), ws.cloud.server(1));
    ws.cloud.forbid_backups_of(&bad, "CSBS.6000");
    ws.environment("TF_VAR_server_ids", &format!("{{ db = \"{good}\", web = \"{bad}\" }}"));
    ws.environment("TF_VAR_release", "1");
    ws.config(&format!("{}{dependent}", guide("many-servers.md")));
    ws.fail(&["plan"])
        .assert_contains("with csbs_backup.server[\"web\"]")
        .assert_contains("resource_id = each.value")
        .assert_contains("The server cannot be backed up");
    assert_eq!(ws.cloud.protect_bodies().len(), 0);
    ws.cloud.allow_backups_of(&bad);
    ws.cloud.fail_next_backup_of(&bad, "CSBS.1234", "the disk is broken");
    ws.apply_fails()
        .assert_contains("with csbs_backup.server[\"web\"]")
        .assert_contains("The backup failed");
    let state = ws.state();
    assert_eq!(
        state.addresses(),
        ["csbs_backup.server[\"db\"]", "csbs_backup.server[\"web\"]"]
    );
    assert_eq!(state.instance("csbs_backup.server[\"db\"]").text("status"), "available");
    let made = state.instance("csbs_backup.server[\"db\"]").text("checkpoint_id");
    ws.environment("TF_VAR_server_ids", &format!("{{ db = \"{good}\" }}"));
    ws.apply();
    assert_eq!(ws.cloud.checkpoints(), [made], "a complete backup is not made again");
    assert_eq!(
        ws.state().addresses(),
        ["csbs_backup.server[\"db\"]", "terraform_data.deployment[\"db\"]"]
    );
}

fn acc_examples_of_resources_run(ws: &mut Workspace) {
    if !ws.binary.has_functions() {
        return;
    }
    let server = ws.cloud.server(0);
    ws.environment("TF_VAR_server_id", &server);
    for of_type in ["csbs_backup", "csbs_backup_policy"] {
        ws.config(&example(&format!("resources/{of_type}/resource.tf")));
        ws.apply();
        ws.destroy();
    }
}

/// Two backups of one name, a policy and a backup in a vault, for the other examples to find.
fn with_something_there(ws: &mut Workspace) -> (String, String) {
    let server = ws.cloud.server(0);
    let other = ws.cloud.server(1);
    ws.environment("TF_VAR_server_id", &other);
    let there = format!(
        "resource \"csbs_backup\" \"there\" {{\n  resource_id = \"{server}\"\n  backup_name = \"nightly\"\n  tags = {{ team = \
         \"infrastructure\" }}\n}}\n\
         resource \"csbs_backup\" \"of_the_same_name\" {{\n  resource_id = \"{other}\"\n  backup_name = \"nightly\"\n  tags = \
         {{ team = \"infrastructure\" }}\n}}\n\
         resource \"csbs_backup_policy\" \"there\" {{\n  name = \"nightly\"\n  resource = [{{ id = \"{server}\" }}]\n  \
         scheduled_operation = [{{\n    trigger_pattern = provider::csbs::trigger_pattern([\"daily\"], [\"01:30\"])\n  \
         }}]\n}}\n"
    );
    ws.config(&there);
    ws.apply();
    ws.cloud.make_vault_backup(&server, "nightly", ws.cloud.now());
    let backup = ws.state().instance("csbs_backup.there").text("id").to_owned();
    (there, backup)
}

fn acc_examples_of_data_sources_and_functions_run(ws: &mut Workspace) {
    if !ws.binary.has_functions() {
        return;
    }
    let (there, backup) = with_something_there(ws);
    let server = ws.cloud.server(0);
    let examples = ["data-sources", "functions"].into_iter().flat_map(files);
    // Their names differ, so that one run shows all. One that makes a backup, which others could find or not, has its own run.
    let (making, reading): (Vec<_>, Vec<_>) = examples
        .map(|file| with_ids(&read(file), &server, &backup))
        .partition(|example| example.contains("resource \"csbs_backup\""));
    for examples in [reading.concat(), making.concat()] {
        ws.config(&format!("{there}{examples}"));
        ws.apply();
    }
}

fn acc_examples_of_actions_and_lists_run(ws: &mut Workspace) {
    if !ws.binary.is_terraform(1, 14) {
        return;
    }
    let (there, backup) = with_something_there(ws);
    let server = ws.cloud.server(0);
    let restore = with_ids(&example("actions/csbs_restore_backup/action.tf"), &server, &backup);
    ws.config(&format!("{there}{restore}"));
    ws.succeed(&["apply", "-auto-approve", "-invoke=action.csbs_restore_backup.server"])
        .assert_contains("is restored");
    ws.config(&there);
    for list in ["csbs_backup", "csbs_backup_policy", "csbs_vault_backup"] {
        let query = with_ids(
            &example(&format!("list-resources/{list}/list-resource.tfquery.hcl")),
            &server,
            &backup,
        );
        // The provider block is there already.
        ws.file("all.tfquery.hcl", &query.replace("provider \"csbs\" {}", ""));
        ws.succeed(&["query"]).assert_contains(&format!("list.{list}."));
    }
    fs::remove_file(ws.path("all.tfquery.hcl")).unwrap();
    ws.destroy();
    ws.config(&example("actions/csbs_run_backup_policy/action.tf").replace(SERVER, &server));
    ws.apply();
    for checkpoint in ws.cloud.checkpoints() {
        ws.keeps_checkpoint(&checkpoint);
    }
    assert_eq!(ws.cloud.checkpoints().len(), 1);
}

fn acc_example_of_module_tests_runs(ws: &mut Workspace) {
    // Mocks of providers.
    if !ws.binary.is_terraform(1, 7) && !ws.binary.is_tofu(1, 8) {
        return;
    }
    ws.file("provider.tf", "");
    for file in ["main.tf", "tests/backup.tftest.hcl", "tests/failed.tftest.hcl"] {
        let place = ws.path(file);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, example(&format!("testing/{file}"))).unwrap();
    }
    ws.succeed(&["test"]).assert_contains("0 failed");
    ws.config("");
}
