//! One server of a policy that another resource manages.

use std::fs;

use serde_json::json;

use crate::{
    hcl::{POLICY, policy, scheduled},
    terraform::Workspace,
};

acceptance_tests![
    acc_association_beside_a_policy_of_the_same_configuration,
    acc_association_example_with_import,
];

const ASSOCIATION: &str = "csbs_policy_association.server";

fn acc_association_beside_a_policy_of_the_same_configuration(ws: &mut Workspace) {
    let (first, second) = (ws.cloud.server(0), ws.cloud.server(1));
    let ignore = "lifecycle {\n    ignore_changes = [resource]\n  }";
    let policy = policy("nightly", &[&first], &scheduled("TH", ""), ignore);
    let association = format!(
        "resource \"csbs_policy_association\" \"server\" {{\n  policy_id = {POLICY}.id\n  server_id = \"{second}\"\n}}\n"
    );
    ws.config(&format!("{policy}{association}"));
    ws.apply();
    assert_eq!(ws.cloud.policies()[0]["resources"], json!([first, second]));
    ws.plan_is_empty();
    ws.config(&policy);
    ws.apply();
    assert_eq!(ws.cloud.policies()[0]["resources"], json!([first]));
    ws.plan_is_empty();
}

fn acc_association_example_with_import(ws: &mut Workspace) {
    let example = |name: &str| {
        let path = format!(
            "{}/examples/resources/csbs_policy_association/{name}",
            env!("CARGO_MANIFEST_DIR")
        );
        fs::read_to_string(path).unwrap()
    };
    let server = ws.cloud.server(0);
    let policy_id = ws.cloud.make_policy(&json!({
        "name": "nightly",
        "provider_id": "fc4d5750-22e7-4798-8a46-f48f62c4c1da",
        "parameters": { "common": {} },
        "resources": [{ "id": server, "type": "OS::Nova::Server", "name": "server" }],
        "scheduled_operations": [{
            "enabled": true,
            "operation_type": "backup",
            "operation_definition": { "max_backups": 5, "provider_id": "fc4d5750-22e7-4798-8a46-f48f62c4c1da" },
            "trigger": { "properties": {
                "pattern": "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nRRULE:FREQ=WEEKLY;BYDAY=TH;BYHOUR=12;BYMINUTE=27\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            } },
        }],
    }));
    let other = ws.cloud.server(1);
    ws.environment("TF_VAR_server_id", &other);
    ws.config(&example("resource.tf"));
    ws.apply();
    ws.plan_is_empty();
    ws.succeed(&["state", "rm", ASSOCIATION]);
    ws.succeed(&["import", ASSOCIATION, &format!("{policy_id}/{other}")]);
    ws.plan_is_empty();
    if ws.binary.imports_by_identity() {
        ws.succeed(&["state", "rm", ASSOCIATION]);
        let import = example("import-by-identity.tf")
            .replace("5af626d2-19b9-4dc4-8e95-ddba008318b3", &policy_id)
            .replace("9506416d-db6c-406e-8bca-c0f43793d914", &other);
        ws.config(&format!("{}{import}", example("resource.tf")));
        ws.plan()
            .output
            .assert_contains("1 to import, 0 to add, 0 to change, 0 to destroy");
        ws.apply();
    }
    ws.destroy();
    assert_eq!(ws.cloud.policies()[0]["resources"], json!([server]));
    ws.cloud.remove_policy(&policy_id);
}
