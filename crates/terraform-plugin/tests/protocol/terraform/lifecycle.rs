//! Create, read, update, replace, import, move, upgrade, destroy.

use super::workspace::{ALL, Needs, each};

const EVERYTHING: &str = include_str!("everything.tf");

#[test]
fn every_attribute_and_block_from_create_to_destroy() {
    each(&ALL, |ws| {
        ws.write("main.tf", EVERYTHING);
        ws.run(&["validate", "-no-color"]);
        ws.apply();
        assert_eq!(ws.output("id"), "all-1");
        assert_eq!(ws.output("nested"), "id of p,id of q");
        assert_eq!(ws.output("greeting"), "Hello, you! Hello, soon!");
        assert_eq!(ws.objects(), 2);
        ws.assert_empty_plan();

        ws.write(
            "main.tf",
            &EVERYTHING.replace("bool     = true", "bool     = false\n  either   = \"mine\""),
        );
        let output = ws.apply();
        assert!(output.contains("0 added, 1 changed, 0 destroyed"), "{output}");
        ws.assert_empty_plan();

        ws.write("main.tf", &EVERYTHING.replace("bool     = true", "replace  = \"new\""));
        let output = ws.apply();
        assert!(output.contains("1 added, 0 changed, 1 destroyed"), "{output}");
        ws.assert_empty_plan();

        let objects = std::fs::read_dir(ws.path("objects")).unwrap();
        objects.for_each(|object| std::fs::remove_file(object.unwrap().path()).unwrap());
        let output = ws.apply();
        assert!(
            output.contains("2 added"),
            "the missing object is created again: {output}"
        );
        let output = ws.run(&["destroy", "-auto-approve", "-no-color"]);
        assert!(output.contains("3 destroyed"), "{output}");
        assert_eq!(ws.objects(), 0);
    });
}

#[test]
fn a_refresh_with_unchanged_numbers_is_not_a_change() {
    each(&ALL, |ws| {
        ws.write(
            "main.tf",
            "resource \"example_everything\" \"a\" {\n  name = \"a\"\n  number = 5\n  tuple = [\"a\", -1.5]\n  \
             any = [1, { b = 1e300 }]\n  object = { a = \"a\", b = 0.1 }\n}\n",
        );
        ws.apply();
        let (code, output) = ws.try_run(&["plan", "-refresh-only", "-detailed-exitcode", "-no-color"]);
        assert_eq!(code, 0, "{output}");
    });
}

/// Creates an object that is in no state.
fn orphan(ws: &super::workspace::Workspace) {
    ws.write(
        "main.tf",
        "resource \"example_everything\" \"a\" {\n  name = \"a\"\n  number = 7\n}\n",
    );
    ws.apply();
    std::fs::remove_file(ws.path("config").join("terraform.tfstate")).unwrap();
    assert_eq!(ws.objects(), 1);
}

#[test]
fn import_by_command_and_by_block() {
    each(&ALL, |ws| {
        orphan(ws);
        ws.run(&["import", "-no-color", "example_everything.a", "a-1"]);
        ws.assert_empty_plan();
        let (code, output) = ws.try_run(&["import", "-no-color", "example_everything.b", "nothing"]);
        assert!(code != 0, "{output}");
    });
    each(&Needs::terraform(1, 5).tofu(1, 6), |ws| {
        orphan(ws);
        ws.write("main.tf", "import {\n  to = example_everything.a\n  id = \"a-1\"\n}\n");
        ws.run(&["plan", "-no-color", "-generate-config-out=made.tf"]);
        let made = std::fs::read_to_string(ws.path("config").join("made.tf")).unwrap();
        assert!(made.contains("= 7") && !made.contains("digest"), "{made}");
        let output = ws.apply();
        assert!(
            output.contains("1 imported, 0 added, 0 changed, 0 destroyed"),
            "{output}\n{made}"
        );
        ws.assert_empty_plan();
    });
}

#[test]
fn import_by_identity() {
    each(&Needs::terraform(1, 12), |ws| {
        orphan(ws);
        ws.write(
            "main.tf",
            "import {\n  to = example_everything.a\n  identity = { id = \"a-1\" }\n}\n\
             resource \"example_everything\" \"a\" {\n  name = \"a\"\n  number = 7\n}\n",
        );
        let output = ws.apply();
        assert!(
            output.contains("1 imported, 0 added, 0 changed, 0 destroyed"),
            "{output}"
        );
        let instance = ws.instance("example_everything");
        assert_eq!(instance["identity"]["region"], "here");
        ws.assert_empty_plan();
    });
}

#[test]
fn a_resource_of_another_type_is_moved() {
    each(&Needs::terraform(1, 8), |ws| {
        ws.write("main.tf", "resource \"terraform_data\" \"a\" {}\n");
        ws.apply();
        ws.write(
            "main.tf",
            "moved {\n  from = terraform_data.a\n  to = example_everything.a\n}\n\
             resource \"example_everything\" \"a\" {\n  name = \"moved\"\n}\n",
        );
        let output = ws.run(&["plan", "-no-color", "-refresh=false"]);
        assert!(output.contains("moved from terraform_data.a"), "{output}");
        let id = ws.instance("terraform_data")["attributes"]["id"].clone();
        ws.run(&["apply", "-auto-approve", "-no-color", "-refresh=false"]);
        let moved = ws.instance("example_everything");
        assert_eq!(moved["attributes"]["id"], id, "the object is the same");
        assert_eq!(moved["attributes"]["name"], "moved");
        ws.assert_empty_plan();
    });
}

#[test]
fn a_state_of_version_0_is_upgraded() {
    each(&ALL, |ws| {
        orphan(ws);
        let state = r#"{"version":4,"terraform_version":"1.0.0","serial":1,"lineage":"x","outputs":{},"resources":[{
            "mode":"managed","type":"example_everything","name":"a",
            "provider":"provider[\"registry.terraform.io/test/example\"]",
            "instances":[{"schema_version":0,"attributes":{"id":"a-1","title":"a"}}]}]}"#;
        let state = if ws.program.is_tofu {
            state.replace("registry.terraform.io", "registry.opentofu.org")
        } else {
            state.to_owned()
        };
        ws.write("terraform.tfstate", &state);
        ws.assert_empty_plan();
        ws.apply();
        let (_, output) = ws.try_run(&["plan", "-no-color", "-refresh-only"]);
        assert!(!output.contains("Error"), "{output}");
    });
}
