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

/// Changes of one argument each.
const REPLACING_CHANGES: [(&str, &str); 11] = [
    ("resource_id", "\"0a0a0a0a-0000-4000-8000-000000000011\""),
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
];

fn acc_each_argument_replaces(ws: &mut Workspace) {
    // Of different servers, because the backups of one server wait for each other.
    let servers = ws.cloud.add_servers(REPLACING_CHANGES.len() + 1);
    let config = |is_changed: bool| {
        let mut config = String::new();
        for (case, ((changed, new), server)) in REPLACING_CHANGES.into_iter().zip(&servers).enumerate() {
            config += &format!("resource \"csbs_backup\" \"case_{case}\" {{\n");
            for (name, value) in [
                ("resource_id", format!("\"{server}\"").as_str()),
                ("backup_name", "\"nightly\""),
                ("description", "\"text\""),
                ("incremental", "true"),
                ("extra_info", "{ a = 1 }"),
                ("triggers", "{ release = \"1\" }"),
            ] {
                let value = if is_changed && name == changed { new } else { value };
                config += &format!("  {name} = {value}\n");
            }
            config += "}\n";
        }
        config
    };
    ws.config(&config(false));
    ws.apply();
    ws.config(&config(true));
    let plan = ws.plan();
    for (case, (name, new)) in REPLACING_CHANGES.into_iter().enumerate() {
        let address = format!("csbs_backup.case_{case}");
        assert_eq!(plan.actions(&address), ["delete", "create"], "{name} = {new}");
        assert_eq!(
            plan.replaced_because_of(&address),
            [name.to_owned()].into(),
            "{name} = {new}"
        );
    }
    ws.apply();
    assert_eq!(ws.cloud.checkpoints().len(), REPLACING_CHANGES.len());
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
