//! Backup policies from plan to destroy.

use csbs_simulator::{EnabledStatus, ParametersForm, PolicyForms};
use serde_json::{Value, json};

use crate::{
    hcl::{POLICY, policy, scheduled},
    terraform::Workspace,
};

acceptance_tests![
    acc_policy_life_cycle,
    acc_policy_with_timeouts,
    acc_policy_with_weekly_and_monthly_retention,
    acc_policy_removed_values_are_cleared,
    acc_policy_equivalent_pattern_is_no_change,
    acc_policy_deleted_outside_terraform,
    acc_policy_change_of_one_hour_is_one_changed_attribute,
    acc_policy_operation_inserted_first_keeps_the_ids_of_the_others,
    acc_policy_constraints,
    acc_policy_name_that_is_taken,
    acc_policy_of_values_that_are_known_after_apply,
    acc_policy_skip_destroy,
    acc_trigger_pattern_functions,
    acc_policy_of_the_console_is_imported_with_a_generated_configuration,
    acc_policy_calendar_counts_that_answers_leave_out,
    acc_policy_contradictions_are_found_by_validate,
];

fn acc_policy_life_cycle(ws: &mut Workspace) {
    let (first, second) = (ws.cloud.server(0), ws.cloud.server(1));
    ws.config(&policy(
        "nightly",
        &[&first],
        &scheduled("TH", "max_backups = 2"),
        "description = \"text\"\n  tags = { stage = \"test\" }\n  common = { a = \"b\" }",
    ));
    ws.apply();
    let made = ws.state().instance(POLICY).clone();
    let there = ws.cloud.policies();
    assert_eq!(there.len(), 1);
    assert_eq!(there[0]["id"], json!(made.text("id")));
    assert_eq!(there[0]["resources"], json!([first]));
    assert_eq!(there[0]["tags"], json!({"stage": "test"}));
    assert_eq!(there[0]["operations"][0]["operation_definition"]["max_backups"], "2");
    let operation = &made.attributes["scheduled_operation"][0];
    assert_eq!(operation["id"], there[0]["operations"][0]["id"]);

    ws.config(&policy(
        "weekly",
        &[&first, &second],
        &scheduled("FR", "max_backups = 5\n    enabled = false"),
        "tags = { stage = \"production\", team = \"a\" }\n  common = { a = \"b\" }",
    ));
    let plan = ws.plan();
    assert_eq!(plan.actions(POLICY), ["update"]);
    ws.apply();
    let there = ws.cloud.policies();
    assert_eq!(there[0]["id"], json!(made.text("id")));
    assert_eq!(there[0]["name"], "weekly");
    assert_eq!(there[0]["status"], "disabled");
    assert_eq!(there[0]["tags"], json!({"stage": "production", "team": "a"}));
    let now = &there[0]["operations"][0];
    assert_eq!(now["id"], operation["id"], "the operation is changed, not replaced");
    assert_eq!(now["operation_definition"]["max_backups"], "5");

    ws.config(&policy(
        "weekly",
        &[&first],
        &scheduled("FR", "max_backups = 5"),
        "common = { a = \"c\" }",
    ));
    let plan = ws.plan();
    assert_eq!(plan.replaced_because_of(POLICY), ["common".to_owned()].into());
    ws.apply();
    assert_ne!(ws.state().instance(POLICY).text("id"), made.text("id"));
    ws.destroy();
    assert!(ws.cloud.policies().is_empty());
}

fn acc_policy_with_timeouts(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    let timeouts = "timeouts {\n    create = \"5m\"\n    delete = \"1h30m\"\n  }";
    ws.config(&policy(
        "nightly",
        &[&server],
        &scheduled("TH", "max_backups = 2"),
        timeouts,
    ));
    ws.apply();
    assert_eq!(ws.state().instance(POLICY).attributes["timeouts"]["create"], "5m");
    ws.destroy();
}

fn acc_policy_with_weekly_and_monthly_retention(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    let kept = "week_backups = 10\n    month_backups = 8\n    timezone = \"UTC+03:00\"\n    retention_duration_days = -1\n    max_backups = 20";
    ws.config(&policy("nightly", &[&server], &scheduled("TH", kept), ""));
    ws.apply();
    let definition = ws.cloud.policies()[0]["operations"][0]["operation_definition"].clone();
    assert_eq!(definition["week_backups"], "10");
    assert_eq!(definition["month_backups"], "8");
    assert_eq!(definition["timezone"], "UTC+03:00");
    ws.destroy();
}

fn acc_policy_removed_values_are_cleared(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    let full = "max_backups = 20\n    retention_duration_days = 7\n    day_backups = 3\n    timezone = \"UTC+01:00\"";
    ws.config(&policy(
        "nightly",
        &[&server],
        &scheduled("TH", full),
        "description = \"x\"",
    ));
    ws.apply();
    ws.config(&policy("nightly", &[&server], &scheduled("TH", ""), ""));
    ws.apply();
    let there = ws.cloud.policies()[0].clone();
    let definition = &there["operations"][0]["operation_definition"];
    for (name, value) in [
        ("max_backups", "-1"),
        ("retention_duration_days", "-1"),
        ("day_backups", "0"),
    ] {
        assert_eq!(definition[name], value, "{name}");
    }
    assert_eq!(there["description"].as_str().unwrap_or_default(), "");
    ws.config(&policy("nightly", &[], &scheduled("TH", "max_backups = 0"), ""));
    ws.apply();
    assert_eq!(
        ws.cloud.policies()[0]["operations"][0]["operation_definition"]["max_backups"],
        "0"
    );
    assert_eq!(ws.cloud.policies()[0]["resources"], json!([]));
}

fn acc_policy_equivalent_pattern_is_no_change(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&policy("nightly", &[&server], &scheduled("TH", "max_backups = 2"), ""));
    ws.apply();
    let other = "[{\n    trigger_pattern = <<-EOT\n      BEGIN:VCALENDAR\n      VERSION:2.0\n      BEGIN:VEVENT\n      \
                 RRULE:BYMINUTE=27;BYHOUR=12;BYDAY=TH;FREQ=WEEKLY\n      END:VEVENT\n      END:VCALENDAR\n    EOT\n    \
                 max_backups = 2\n  }]";
    ws.config(&policy("nightly", &[&server], other, ""));
    ws.plan_is_empty();
    ws.config(&policy("weekly", &[&server], other, ""));
    ws.apply();
    let rule = ws.cloud.policies()[0]["operations"][0]["trigger"]["properties"]["pattern"].clone();
    assert!(
        rule.as_str()
            .unwrap()
            .contains("\r\nRRULE:FREQ=WEEKLY;BYDAY=TH;BYHOUR=12;BYMINUTE=27\r\n"),
        "{rule}"
    );
}

fn acc_policy_deleted_outside_terraform(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.config(&policy("nightly", &[&server], &scheduled("TH", "max_backups = 2"), ""));
    ws.apply();
    ws.cloud.remove_policy(ws.state().instance(POLICY).text("id"));
    assert_eq!(ws.plan().actions(POLICY), ["create"]);
    ws.apply();
    ws.cloud.remove_policy(ws.state().instance(POLICY).text("id"));
    ws.destroy();
}

fn acc_policy_constraints(ws: &mut Workspace) {
    let operation = "[{\n    trigger_pattern = \"daily\"\n    max_backups = 100000\n    week_backups = 4\n    name = \"a b\"\n    \
                     operation_type = \"copy\"\n  }]";
    ws.config(&policy(
        "a b",
        &["../x"],
        operation,
        "description = \"<x>\"\n  tags = { \"a b\" = \"c\" }\n  timeouts {\n    create = \"soon\"\n  }",
    ));
    let found = ws.validate();
    let texts: Vec<_> = found.iter().map(|one| one.to_string()).collect();
    for words in [
        "trigger_pattern",
        "max_backups",
        "timezone",
        "operation_type",
        "server ID",
        "description",
        "tag key",
        "timeout",
    ] {
        assert!(
            texts.iter().any(|text| text.contains(words)),
            "{words} is missing in {texts:#?}"
        );
    }
    assert!(found.len() >= 10, "{texts:#?}");
    assert_eq!(ws.cloud.requests(), 0, "nothing is asked of the service");
}

fn acc_policy_name_that_is_taken(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    let one = policy("nightly", &[&server], &scheduled("TH", "max_backups = 2"), "");
    ws.config(&one);
    ws.apply();
    let id = ws.state().instance(POLICY).text("id").to_owned();
    let other = policy("nightly", &[], &scheduled("FR", "max_backups = 2"), "");
    ws.config(&format!("{one}\n{}", other.replace("\"policy\"", "\"other\"")));
    let output = ws.apply_fails();
    output
        .assert_contains(&id)
        .assert_contains("terraform import ADDRESS")
        .assert_contains("CSBS.9007");
    assert_eq!(ws.state().addresses(), [POLICY]);
}

fn acc_policy_of_values_that_are_known_after_apply(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    let text = policy(
        "nightly",
        &["SERVER"],
        &scheduled("TH", "max_backups = 2"),
        "description = terraform_data.it.output",
    )
    .replace("\"SERVER\"", "terraform_data.server.output")
    .replace("\"BEGIN", "\"${terraform_data.empty.output}BEGIN");
    ws.config(&format!(
        "resource \"terraform_data\" \"it\" {{\n  input = \"text\"\n}}\nresource \"terraform_data\" \"server\" {{\n  input = \
         \"{server}\"\n}}\nresource \"terraform_data\" \"empty\" {{\n  input = \"\"\n}}\n{text}"
    ));
    ws.apply();
    assert_eq!(ws.cloud.policies()[0]["resources"], json!([server]));
    ws.destroy();
}

fn acc_policy_skip_destroy(ws: &mut Workspace) {
    ws.config(&policy(
        "nightly",
        &[],
        &scheduled("TH", "max_backups = 2"),
        "skip_destroy = true",
    ));
    ws.apply();
    let output = ws.destroy();
    output.assert_contains("The policy stays in the cloud");
    assert_eq!(ws.cloud.policies().len(), 1);
}

fn acc_trigger_pattern_functions(ws: &mut Workspace) {
    if !ws.binary.has_functions() {
        return;
    }
    ws.config(
        "output \"pattern\" {\n  value = provider::csbs::trigger_pattern([\"monday\", \"thu\"], [\"02:30\", \"14:30\"])\n}\n\
         output \"meaning\" {\n  value = provider::csbs::explain_trigger_pattern(provider::csbs::trigger_pattern([\"weekdays\"], [\"18:00\"]))\n}\n",
    );
    ws.succeed(&["apply", "-auto-approve"]);
    let outputs = ws.state().outputs;
    let pattern = outputs["pattern"]["value"].as_str().unwrap().to_owned();
    assert!(
        pattern.contains("\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=2,14;BYMINUTE=30\r\n"),
        "{pattern:?}"
    );
    assert_eq!(
        outputs["meaning"]["value"],
        "Every day from Monday to Friday at 18:00 (UTC)"
    );
    ws.config("output \"pattern\" {\n  value = provider::csbs::trigger_pattern([\"someday\"], [\"02:30\"])\n}\n");
    ws.apply_fails()
        .assert_contains("One of them is not a day")
        .assert_lacks("..\n");
}

fn acc_policy_change_of_one_hour_is_one_changed_attribute(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    let operations = scheduled("TH", "max_backups = 2");
    ws.config(&policy("nightly", &[&server], &operations, ""));
    ws.apply();
    let later = operations.replace("BYHOUR=12", "BYHOUR=13");
    ws.config(&policy("nightly", &[&server], &later, ""));
    let output = ws.succeed(&["plan", "-no-color"]);
    let text = output.text();
    let words: Vec<_> = text.split(' ').collect();
    let changed: Vec<_> = words
        .windows(3)
        .filter(|words| matches!(words[0], "~" | "+" | "-") && words[2] == "=")
        .map(|words| words[1])
        .collect();
    assert_eq!(changed, ["scheduled_operation", "trigger_pattern"], "{text}");
    output.assert_lacks("known after apply");
    ws.apply();
    ws.plan_is_empty();
}

fn acc_policy_operation_inserted_first_keeps_the_ids_of_the_others(ws: &mut Workspace) {
    ws.cloud.keep_several_operations();
    let operations = |names: &[&str]| {
        let one = |name: &&str| {
            scheduled("TH", &format!("name = \"{name}\""))
                .trim_matches(['[', ']'])
                .to_owned()
        };
        format!("[{}]", names.iter().map(one).collect::<Vec<_>>().join(", "))
    };
    let ids = |ws: &Workspace| -> Vec<(Value, Value)> {
        let operations = ws.state().instance(POLICY).attributes["scheduled_operation"].clone();
        let pairs = operations.as_array().unwrap().iter();
        pairs.map(|one| (one["name"].clone(), one["id"].clone())).collect()
    };
    ws.config(&policy("nightly", &[], &operations(&["b", "c"]), ""));
    ws.apply();
    let before = ids(ws);
    ws.config(&policy("nightly", &[], &operations(&["a", "b", "c"]), ""));
    ws.apply();
    let after = ids(ws);
    assert_eq!(after[0].0, "a");
    assert_eq!(after[1..], before);
    ws.plan_is_empty();
    // The order has no meaning.
    ws.config(&policy("nightly", &[], &operations(&["c", "b", "a"]), ""));
    ws.plan_is_empty();
}

/// A policy as the console makes it: every three days, at times with different minutes.
fn of_the_console(server: &str) -> Value {
    let rule = |hour, minute| format!("RRULE:FREQ=DAILY;INTERVAL=3;BYHOUR={hour};BYMINUTE={minute}\r\n");
    json!({
        "name": "console", "description": "", "provider_id": "fc4d5750-22e7-4798-8a46-f48f62c4c1da", "parameters": {},
        "resources": [{"id": server, "type": "OS::Nova::Server", "name": "web"}],
        "tags": [{"key": "stage", "value": "test"}],
        "scheduled_operations": [{
            "name": "console", "enabled": true, "operation_type": "backup",
            "operation_definition": {"max_backups": 20, "week_backups": 4, "timezone": "UTC+02:00"},
            "trigger": {"properties": {"pattern": format!(
                "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{}{}END:VEVENT\r\nEND:VCALENDAR\r\n", rule(13, 45), rule(1, 30)
            )}},
        }],
    })
}

fn acc_policy_of_the_console_is_imported_with_a_generated_configuration(ws: &mut Workspace) {
    // Terraform 1.6 and OpenTofu 1.10 crash when they write a configuration for an object with nested attributes that are null.
    if !ws.binary.is_terraform(1, 7) && !ws.binary.is_tofu(1, 12) {
        return;
    }
    ws.cloud.policy_forms(PolicyForms {
        enabled_status: Some(EnabledStatus::Suspended),
        without_calendar: Some(true),
        parameters: Some(ParametersForm::Missing),
        other_provider_id: Some(true),
    });
    let id = ws.cloud.make_policy(&of_the_console(&ws.cloud.server(0)));
    ws.generate_config(POLICY, &id);
    let plan = ws.plan();
    assert_eq!(plan.actions(POLICY), ["no-op"]);
    let writes = ws.cloud.writes();
    ws.apply();
    ws.plan_is_empty();
    assert_eq!(ws.cloud.writes(), writes);
    ws.destroy();
}

fn acc_policy_calendar_counts_that_answers_leave_out(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    ws.cloud.policy_forms(PolicyForms {
        without_calendar: Some(true),
        parameters: Some(ParametersForm::Missing),
        other_provider_id: Some(true),
        ..PolicyForms::default()
    });
    let counts = "day_backups = 1\n    week_backups = 4\n    month_backups = 8\n    year_backups = 2\n    timezone = \"UTC+03:00\"";
    let more = "common = { a = \"b\" }";
    ws.config(&policy("nightly", &[&server], &scheduled("TH", counts), more));
    ws.apply();
    ws.plan_is_empty();
    let limited = format!("{counts}\n    max_backups = 5");
    ws.config(&policy("nightly", &[&server], &scheduled("TH", &limited), more));
    assert_eq!(ws.plan().actions(POLICY), ["update"]);
    ws.apply();
    ws.plan_is_empty();
    let definition = ws.cloud.policies()[0]["operations"][0]["operation_definition"].clone();
    assert_eq!(
        (&definition["week_backups"], &definition["max_backups"]),
        (&json!("4"), &json!("5"))
    );
    ws.destroy();
}

fn acc_policy_contradictions_are_found_by_validate(ws: &mut Workspace) {
    let kept = "permanent = true\n    max_backups = 5\n    retention_duration_days = 0";
    let policy = policy("nightly", &[], &scheduled("TH", kept), "");
    ws.config(&format!(
        "{policy}\ndata \"csbs_backup_capability\" \"none\" {{\n  resource_ids = []\n}}\ndata \"csbs_backups\" \"never\" {{\n  \
         start_time = \"2026-01-02T00:00:00Z\"\n  end_time   = \"2026-01-01T00:00:00Z\"\n}}\n"
    ));
    let found = ws.validate();
    for (severity, words) in [
        ("error", "The retention contradicts itself"),
        ("warning", "Backups are kept for 0 days"),
        ("error", "The list of servers is empty"),
        ("error", "The time range is empty"),
    ] {
        let fits = |one: &&Value| one["severity"] == severity && one["summary"] == words;
        assert_eq!(found.iter().filter(fits).count(), 1, "{words} in {found:#?}");
    }
    assert_eq!(ws.cloud.requests(), 0, "nothing is asked of the service");
}
