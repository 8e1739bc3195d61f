//! Create, read, update, replace, import, move, upgrade, destroy.

use super::runs::{ALL, Needs, each};

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
        ws.assert_settled();

        ws.write(
            "main.tf",
            &EVERYTHING.replace("bool     = true", "bool     = false\n  either   = \"mine\""),
        );
        let told = ws.apply();
        assert!(told.contains("0 added, 1 changed, 0 destroyed"), "{told}");
        ws.assert_settled();

        ws.write("main.tf", &EVERYTHING.replace("bool     = true", "replace  = \"new\""));
        let told = ws.apply();
        assert!(told.contains("1 added, 0 changed, 1 destroyed"), "{told}");
        ws.assert_settled();

        let objects = std::fs::read_dir(ws.path("objects")).unwrap();
        objects.for_each(|object| std::fs::remove_file(object.unwrap().path()).unwrap());
        let told = ws.apply();
        assert!(told.contains("2 added"), "what is gone is made again: {told}");
        let told = ws.run(&["destroy", "-auto-approve", "-no-color"]);
        assert!(told.contains("3 destroyed"), "{told}");
        assert_eq!(ws.objects(), 0);
    });
}

#[test]
fn a_refresh_that_finds_every_number_as_it_was_is_no_change() {
    each(&ALL, |ws| {
        ws.write(
            "main.tf",
            "resource \"example_everything\" \"a\" {\n  name = \"a\"\n  number = 5\n  tuple = [\"a\", -1.5]\n  \
             any = [1, { b = 1e300 }]\n  object = { a = \"a\", b = 0.1 }\n}\n",
        );
        ws.apply();
        let (code, told) = ws.try_run(&["plan", "-refresh-only", "-detailed-exitcode", "-no-color"]);
        assert_eq!(code, 0, "{told}");
    });
}

/// Makes an object that no state knows.
fn orphan(ws: &super::runs::Workspace) {
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
        ws.assert_settled();
        let (code, told) = ws.try_run(&["import", "-no-color", "example_everything.b", "nothing"]);
        assert!(code != 0, "{told}");
    });
    each(&Needs::terraform(1, 5).tofu(1, 6), |ws| {
        orphan(ws);
        ws.write("main.tf", "import {\n  to = example_everything.a\n  id = \"a-1\"\n}\n");
        ws.run(&["plan", "-no-color", "-generate-config-out=made.tf"]);
        let made = std::fs::read_to_string(ws.path("config").join("made.tf")).unwrap();
        assert!(made.contains("= 7") && !made.contains("digest"), "{made}");
        let told = ws.apply();
        assert!(
            told.contains("1 imported, 0 added, 0 changed, 0 destroyed"),
            "{told}\n{made}"
        );
        ws.assert_settled();
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
        let told = ws.apply();
        assert!(told.contains("1 imported, 0 added, 0 changed, 0 destroyed"), "{told}");
        let instance = ws.instance("example_everything");
        assert_eq!(instance["identity"]["region"], "here");
        ws.assert_settled();
    });
}

#[test]
fn another_type_moves_here() {
    each(&Needs::terraform(1, 8), |ws| {
        ws.write("main.tf", "resource \"terraform_data\" \"a\" {}\n");
        ws.apply();
        ws.write(
            "main.tf",
            "moved {\n  from = terraform_data.a\n  to = example_everything.a\n}\n\
             resource \"example_everything\" \"a\" {\n  name = \"moved\"\n}\n",
        );
        let told = ws.run(&["plan", "-no-color", "-refresh=false"]);
        assert!(told.contains("moved from terraform_data.a"), "{told}");
        let id = ws.instance("terraform_data")["attributes"]["id"].clone();
        ws.run(&["apply", "-auto-approve", "-no-color", "-refresh=false"]);
        let moved = ws.instance("example_everything");
        assert_eq!(moved["attributes"]["id"], id, "it is the same object");
        assert_eq!(moved["attributes"]["name"], "moved");
        ws.assert_settled();
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
        ws.assert_settled();
        ws.apply();
        let (_, told) = ws.try_run(&["plan", "-no-color", "-refresh-only"]);
        assert!(!told.contains("Error"), "{told}");
    });
}
