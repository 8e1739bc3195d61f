//! `validate` reports every documented limit on its attribute, all in one run, without a request.

use serde_json::Value;

use crate::{hcl::backup, terraform::Workspace};

acceptance_tests![
    acc_every_violation_is_told_on_its_attribute,
    acc_all_violations_of_one_resource_are_told_at_once,
    acc_what_is_at_the_limit_is_taken,
    acc_violations_in_the_plan_stop_before_any_request,
];

/// An argument and the wrong value.
fn violations() -> Vec<(&'static str, String)> {
    let tags = |count: usize| {
        let tags: Vec<String> = (0..count).map(|n| format!("k{n} = \"v\"")).collect();
        format!("{{ {} }}", tags.join(", "))
    };
    vec![
        ("resource_type", "\"OS::Cinder::Volume\"".to_owned()),
        ("backup_name", "\"\"".to_owned()),
        ("backup_name", format!("\"{}\"", "x".repeat(256))),
        ("backup_name", "\"a b\"".to_owned()),
        ("backup_name", "\"ä\"".to_owned()),
        ("description", format!("\"{}\"", "x".repeat(256))),
        ("description", "\"a < b\"".to_owned()),
        ("description", "\"a > b\"".to_owned()),
        ("tags", tags(11)),
        ("tags", "{ \"\" = \"v\" }".to_owned()),
        ("tags", format!("{{ {} = \"v\" }}", "k".repeat(37))),
        ("tags", "{ \"a.b\" = \"v\" }".to_owned()),
        ("tags", "{ \" a\" = \"v\" }".to_owned()),
        ("tags", format!("{{ a = \"{}\" }}", "v".repeat(44))),
        ("tags", "{ a = \"b c\" }".to_owned()),
        ("tags", "{ a = \"b \" }".to_owned()),
        ("extra_info", "\"text\"".to_owned()),
        ("extra_info", "[1, 2]".to_owned()),
        ("incremental", "\"perhaps\"".to_owned()),
        ("triggers", "\"text\"".to_owned()),
    ]
}

fn acc_every_violation_is_told_on_its_attribute(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    let mut text = String::new();
    let mut expected = Vec::new();
    for (number, (argument, value)) in violations().into_iter().enumerate() {
        text.push_str(&format!(
            "resource \"csbs_backup\" \"r{number}\" {{\n  resource_id = \"{server}\"\n  {argument} = {value}\n}}\n"
        ));
        expected.push((number * 4 + 3, argument));
    }
    let first_line = expected.len() * 4;
    text.push_str("resource \"csbs_backup\" \"id\" {\n  resource_id = \"../x\"\n}\n");
    expected.push((first_line + 2, "resource_id"));
    for (number, (name, value)) in [("create", "soon"), ("update", "-5m"), ("delete", "0s")]
        .into_iter()
        .enumerate()
    {
        text.push_str(&format!(
            "resource \"csbs_backup\" \"t{number}\" {{\n  resource_id = \"{server}\"\n  timeouts {{\n    {name} = \"{value}\"\n  }}\n}}\n"
        ));
        expected.push((first_line + 3 + number * 6 + 4, name));
    }
    ws.config(&text);
    let diagnostics = ws.validate();
    for (line, argument) in expected {
        let on_line: Vec<&Value> = diagnostics
            .iter()
            .filter(|it| it["severity"] == "error" && it["range"]["start"]["line"] == line)
            .collect();
        assert!(
            !on_line.is_empty(),
            "nothing is said about {argument} in line {line}:\n{diagnostics:#?}"
        );
        for diagnostic in on_line {
            let detail = diagnostic["detail"].as_str().unwrap_or_default();
            assert!(detail.ends_with('.') || detail.contains('\n'), "{argument}: {detail}");
        }
    }
    assert_eq!(ws.cloud.requests(), 0);
}

fn acc_all_violations_of_one_resource_are_told_at_once(ws: &mut Workspace) {
    ws.config(&backup(
        "../x",
        r#"
  resource_type = "OS::Cinder::Volume"
  backup_name   = "a b"
  description   = "<b>"
  tags          = { "a.b" = "v", c = "d e" }
  extra_info    = "text"
  timeouts {
    create = "soon"
    delete = "0s"
  }"#,
    ));
    let diagnostics = ws.validate();
    let errors = diagnostics.iter().filter(|it| it["severity"] == "error").count();
    assert_eq!(errors, 9, "{diagnostics:#?}");
}

fn acc_what_is_at_the_limit_is_taken(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    let tags: Vec<String> = (0..10)
        .map(|n| format!("\"{}{n}\" = \"{}\"", "k".repeat(35), "v".repeat(43)))
        .collect();
    ws.config(&backup(
        &server,
        &format!(
            "backup_name = \"{}\"\n  description = \"{}\"\n  tags = {{\n{}\n}}\n",
            "n".repeat(255),
            "ä".repeat(255),
            tags.join("\n")
        ),
    ));
    ws.apply();
}

fn acc_violations_in_the_plan_stop_before_any_request(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&format!(
        "variable \"name\" {{ type = string }}\n{}",
        backup(&server, "backup_name = var.name")
    ));
    assert_eq!(ws.validate().iter().filter(|it| it["severity"] == "error").count(), 0);
    let output = ws.fail(&["plan", "-var=name=a b"]);
    output.assert_contains("backup name");
    assert_eq!(ws.cloud.requests(), 0);
}
