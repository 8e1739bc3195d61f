//! Which changes need another backup.

use crate::{
    hcl::{SERVER, backup},
    terraform::Workspace,
};

acceptance_tests![
    acc_each_argument_replaces,
    acc_triggers_take_a_new_backup_with_every_release,
    acc_create_before_destroy_keeps_a_backup_at_all_times,
];

fn acc_each_argument_replaces(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    let base = [
        ("resource_id", format!("\"{server}\"")),
        ("backup_name", "\"nightly\"".to_owned()),
        ("description", "\"text\"".to_owned()),
        ("incremental", "true".to_owned()),
        ("extra_info", "{ a = 1 }".to_owned()),
        ("triggers", "{ release = \"1\" }".to_owned()),
    ];
    let config = |changed: Option<(&str, &str)>| {
        let lines: Vec<String> = base
            .iter()
            .map(|(name, value)| match changed {
                Some((other, new)) if other == *name => format!("  {name} = {new}"),
                _ => format!("  {name} = {value}"),
            })
            .collect();
        format!("resource \"csbs_backup\" \"server\" {{\n{}\n}}\n", lines.join("\n"))
    };
    ws.config(&config(None));
    ws.apply();
    let other = format!("\"{}\"", ws.cloud.server(1));
    for (name, new) in [
        ("resource_id", other.as_str()),
        ("backup_name", "\"weekly\""),
        ("backup_name", "\"Nightly\""),
        ("description", "\"other\""),
        ("description", "null"),
        ("incremental", "false"),
        ("extra_info", "{ a = 2 }"),
        ("extra_info", "{ a = 1, b = true }"),
        ("extra_info", "null"),
        ("triggers", "{ release = \"2\" }"),
        ("triggers", "null"),
    ] {
        ws.config(&config(Some((name, new))));
        let plan = ws.plan();
        assert_eq!(plan.actions(SERVER), ["delete", "create"], "{name} = {new}");
        assert_eq!(
            plan.replaced_because_of(SERVER),
            [name.to_owned()].into(),
            "{name} = {new}"
        );
    }
    ws.apply();
    assert_eq!(ws.cloud.checkpoints().len(), 1);
}

fn acc_triggers_take_a_new_backup_with_every_release(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    let mut seen = Vec::new();
    for release in ["1.0", "1.1", "2.0"] {
        ws.config(&backup(&server, &format!("triggers = {{ release = \"{release}\" }}")));
        ws.apply();
        seen.push(ws.state().instance(SERVER).text("checkpoint_id").to_owned());
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 3);
}

fn acc_create_before_destroy_keeps_a_backup_at_all_times(ws: &mut Workspace) {
    let server = ws.cloud.server(0);
    let config = |release: &str| {
        backup(
            &server,
            &format!(
                "triggers = {{ release = \"{release}\" }}\n  lifecycle {{\n    create_before_destroy = true\n  }}"
            ),
        )
    };
    ws.config(&config("1"));
    ws.apply();
    let first = ws.state().instance(SERVER).text("checkpoint_id").to_owned();
    ws.config(&config("2"));
    assert_eq!(ws.plan().actions(SERVER), ["create", "delete"]);
    ws.apply();
    assert_ne!(ws.state().instance(SERVER).text("checkpoint_id"), first);
}
