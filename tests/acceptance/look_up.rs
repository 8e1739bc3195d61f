//! Data sources.

use serde_json::json;

use crate::{
    hcl::{backup, policy, scheduled},
    terraform::Workspace,
};

acceptance_tests![
    acc_data_sources_of_what_the_same_apply_makes,
    acc_data_source_of_several_backups_is_an_error_that_names_them,
    acc_backup_capability_in_a_precondition,
    acc_protection_report_in_a_check,
    acc_quotas_and_tags,
    acc_backups_and_policies_sorted_and_filtered_by_tags,
];

fn acc_data_sources_of_what_the_same_apply_makes(ws: &mut Workspace) {
    let (first, second) = (ws.cloud.server(0), ws.cloud.server(1));
    ws.config(&format!(
        "{}\n{}\n{}",
        backup(&first, "backup_name = \"nightly\"\n  tags = { stage = \"test\" }"),
        policy("nightly", &[&second], &scheduled("TH", "max_backups = 2"), ""),
        r#"
data "csbs_backup" "by_id" { id = csbs_backup.server.id }
data "csbs_backup" "by_filters" {
  resource_id = csbs_backup.server.resource_id
  backup_name = csbs_backup.server.backup_name
  with_tags   = { stage = "test" }
  status      = csbs_backup.server.status
}
data "csbs_backups" "all" { checkpoint_id = csbs_backup.server.checkpoint_id }
data "csbs_backup_policy" "by_name" { name = csbs_backup_policy.policy.name }
data "csbs_backup_policy" "by_id" { id = csbs_backup_policy.policy.id }
data "csbs_backup_policies" "of_server" { resource_id = tolist(csbs_backup_policy.policy.resource)[0].id }
data "csbs_restore_capability" "it" { backup_id = csbs_backup.server.id }
output "same" { value = data.csbs_backup.by_id.id == data.csbs_backup.by_filters.id }
output "ids" { value = data.csbs_backups.all.ids }
output "next_run" { value = data.csbs_backup_policy.by_name.next_run }
output "policies" { value = data.csbs_backup_policies.of_server.ids == tolist([data.csbs_backup_policy.by_id.id]) }
output "restorable" { value = data.csbs_restore_capability.it.restorable }
"#
    ));
    ws.apply();
    let state = ws.state();
    let value = |name: &str| state.outputs[name]["value"].clone();
    assert_eq!(value("same"), true);
    assert_eq!(value("ids"), json!([state.instance("csbs_backup.server").text("id")]));
    assert!(value("next_run").as_str().unwrap().contains("T12:27:00Z"));
    assert_eq!(value("policies"), true);
    assert_eq!(value("restorable"), true);
}

fn acc_data_source_of_several_backups_is_an_error_that_names_them(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    let (first, _) = ws.cloud.run_policy(std::slice::from_ref(&server));
    let (second, _) = ws.cloud.run_policy(std::slice::from_ref(&server));
    ws.keeps_checkpoint(&first);
    ws.keeps_checkpoint(&second);
    let data = |more: &str| format!("data \"csbs_backup\" \"it\" {{\n  resource_id = \"{server}\"\n  {more}\n}}\n");
    ws.config(&data(""));
    let output = ws.fail(&["plan"]);
    output
        .assert_contains(&first)
        .assert_contains(&second)
        .assert_contains("most_recent");
    ws.config(&data("most_recent = true"));
    ws.succeed(&["plan"]);
    ws.config(&data("backup_name = \"nothing\""));
    ws.fail(&["plan"]).assert_contains("There is no such backup");
}

fn acc_backup_capability_in_a_precondition(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.cloud.forbid_backups_of(&server, "CSBS.6007");
    let check = "lifecycle {\n    precondition {\n      condition = data.csbs_backup_capability.it.protectable\n      \
                 error_message = jsonencode(data.csbs_backup_capability.it.results)\n    }\n  }";
    ws.config(&format!(
        "data \"csbs_backup_capability\" \"it\" {{\n  resource_ids = [\"{server}\"]\n}}\n{}",
        backup(&server, check)
    ));
    ws.fail(&["plan"]).assert_contains("CSBS.6007");
    assert_eq!(ws.cloud.checkpoints(), Vec::<String>::new());
}

fn acc_protection_report_in_a_check(ws: &mut Workspace) {
    // Blocks `check`.
    if !ws.binary.is_terraform(1, 5) && !ws.binary.is_tofu(1, 6) {
        return;
    }
    let (first, second) = (ws.cloud.server(0), ws.cloud.server(1));
    let check = format!(
        "data \"csbs_protection_report\" \"it\" {{\n  resource_ids = [\"{first}\", \"{second}\"]\n}}\n\
         check \"backups\" {{\n  assert {{\n    condition = alltrue([for server in \
         data.csbs_protection_report.it.servers : try(server.newest_backup_age_hours < 24, false)])\n    error_message = \
         join(\" \", [for server in data.csbs_protection_report.it.servers : \"${{server.resource_id}}: \
         ${{coalesce(server.not_restorable_reason, \"-\")}}\"])\n  }}\n}}\n"
    );
    ws.config(&check);
    // A failed check is a warning.
    ws.succeed(&["plan"])
        .assert_contains(&second)
        .assert_contains("The server has no backup.");
    let backup_of_second = backup(&second, "").replace("\"server\"", "\"second\"");
    ws.config(&format!("{}\n{backup_of_second}", backup(&first, "")));
    ws.apply();
    ws.config(&format!("{}\n{backup_of_second}\n{check}", backup(&first, "")));
    let output = ws.succeed(&["plan"]);
    assert!(
        !output.stdout.contains("Check block assertion failed"),
        "{}",
        output.stdout
    );
}

fn acc_quotas_and_tags(ws: &mut Workspace) {
    ws.config(
        "data \"csbs_quotas\" \"it\" {}\ndata \"csbs_tags\" \"it\" {}\noutput \"types\" {\n  value = \
         data.csbs_quotas.it.quotas[*].type\n}\noutput \"tags\" {\n  value = data.csbs_tags.it.tags\n}\n",
    );
    ws.succeed(&["apply", "-auto-approve"]);
    let outputs = ws.state().outputs;
    assert_eq!(outputs["types"]["value"], json!(["backup_capacity", "backups"]));
    assert_eq!(outputs["tags"]["value"], json!({}));
}

fn acc_backups_and_policies_sorted_and_filtered_by_tags(ws: &mut Workspace) {
    let (first, second) = (ws.cloud.server(0), ws.cloud.server(1));
    let data = |sort: &str| {
        format!(
            "{}\n{}\n{}",
            r#"
resource "csbs_backup" "test" {
  resource_id = "FIRST"
  backup_name = "b"
  tags        = { stage = "test" }
}
resource "csbs_backup" "kept" {
  resource_id = "SECOND"
  backup_name = "a"
  tags        = { stage = "dev", keep = "yes" }
}
"#
            .replace("FIRST", &first)
            .replace("SECOND", &second),
            policy(
                "nightly",
                &[&second],
                &scheduled("TH", "max_backups = 2"),
                "tags = { team = \"a\" }"
            ),
            r#"
data "csbs_backups" "any" {
  tags_any   = { stage = ["dev", "test"] }
  sort       = "SORT"
  depends_on = [csbs_backup.test, csbs_backup.kept]
}
data "csbs_backups" "disposable" {
  tags_any     = { stage = [] }
  not_tags_any = { keep = [] }
  depends_on   = [csbs_backup.test, csbs_backup.kept]
}
data "csbs_backups" "not_all" {
  not_tags   = { stage = ["dev"], keep = ["yes"] }
  depends_on = [csbs_backup.test, csbs_backup.kept]
}
data "csbs_backup_policies" "of_team" {
  tags_any   = { team = ["a"] }
  not_tags   = { team = ["b"] }
  sort       = "created_at:asc,name"
  depends_on = [csbs_backup_policy.policy]
}
output "any" { value = data.csbs_backups.any.backups[*].backup_name }
output "disposable" { value = data.csbs_backups.disposable.backups[*].backup_name }
output "not_all" { value = data.csbs_backups.not_all.backups[*].backup_name }
output "policies" { value = data.csbs_backup_policies.of_team.policies[*].name }
"#
            .replace("SORT", sort)
        )
    };
    ws.config(&data("name:sideways"));
    ws.fail(&["plan"])
        .assert_contains("sideways")
        .assert_contains("asc and desc");
    ws.config(&data("name:asc,created_at"));
    ws.apply();
    let outputs = ws.state().outputs;
    assert_eq!(outputs["any"]["value"], json!(["a", "b"]));
    assert_eq!(outputs["disposable"]["value"], json!(["b"]));
    assert_eq!(outputs["not_all"]["value"], json!(["b"]));
    assert_eq!(outputs["policies"]["value"], json!(["nightly"]));
}
