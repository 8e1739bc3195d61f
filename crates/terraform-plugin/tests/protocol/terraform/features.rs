//! Features that only some versions support.

use super::workspace::{Needs, each};

#[test]
fn functions() {
    each(&Needs::terraform(1, 8).tofu(1, 7), |ws| {
        ws.write(
            "main.tf",
            "output \"text\" {\n  value = provider::example::join(\"-\", \"a\", \"b\")\n}\n\
             output \"same\" {\n  value = jsonencode(provider::example::same({ a = [1, null] }))\n}\n",
        );
        ws.apply();
        assert_eq!(ws.output("text"), "a-b");
        assert_eq!(ws.output("same"), r#"{"a":[1,null]}"#);
        ws.write(
            "main.tf",
            "output \"text\" {\n  value = provider::example::join(\"-\", \"a\", \"\")\n}\n",
        );
        let (code, output) = ws.try_run(&["plan", "-no-color"]);
        assert!(code != 0 && output.contains("An empty string"), "{output}");
    });
}

#[test]
fn ephemeral_resources_and_write_only_attributes() {
    each(&Needs::terraform(1, 11).tofu(1, 11), |ws| {
        let config = |version: u32| {
            format!(
                "ephemeral \"example_token\" \"t\" {{\n  user = \"me\"\n}}\n\
                 resource \"example_everything\" \"a\" {{\n  name = \"a\"\n  secret = ephemeral.example_token.t.token\n  \
                 secret_version = {version}\n}}\n"
            )
        };
        ws.write("main.tf", &config(1));
        ws.apply();
        let text = std::fs::read_to_string(ws.path("config").join("terraform.tfstate")).unwrap();
        assert!(!text.contains("token of me"), "the secret is in the state");
        let instance = ws.instance("example_everything");
        assert_eq!(instance["attributes"]["digest"], "11 letters");
        ws.assert_empty_plan();
        ws.write("main.tf", &config(2));
        let output = ws.apply();
        assert!(output.contains("1 changed"), "{output}");
        ws.assert_empty_plan();
    });
}

#[test]
fn write_only_attributes_are_refused_for_older_programs() {
    each(&Needs::terraform(1, 0), |ws| {
        if ws.program.version >= (1, 11) {
            return;
        }
        ws.write(
            "main.tf",
            "resource \"example_everything\" \"a\" {\n  name = \"a\"\n  secret = \"s\"\n}\n",
        );
        let (code, output) = ws.try_run(&["validate", "-no-color"]);
        assert!(code != 0 && output.contains("need a newer Terraform"), "{output}");
    });
}

#[test]
fn actions() {
    each(&Needs::terraform(1, 14), |ws| {
        let file = ws.path("pinged");
        ws.write(
            "main.tf",
            &format!(
                "action \"example_ping\" \"p\" {{\n  config {{\n    target = \"you\"\n    file = {:?}\n  }}\n}}\n\
                 resource \"terraform_data\" \"d\" {{\n  lifecycle {{\n    action_trigger {{\n      \
                 events = [after_create]\n      actions = [action.example_ping.p]\n    }}\n  }}\n}}\n",
                file.to_str().unwrap()
            ),
        );
        let output = ws.apply();
        assert!(
            output.contains("ping 1 to you") && output.contains("ping 2 to you"),
            "{output}"
        );
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "you");
        std::fs::remove_file(&file).unwrap();
        ws.run(&["apply", "-auto-approve", "-no-color", "-invoke=action.example_ping.p"]);
        assert!(file.exists());
    });
}

#[test]
fn queries() {
    each(&Needs::terraform(1, 14), |ws| {
        ws.write(
            "main.tf",
            "resource \"example_everything\" \"a\" {\n  count = 3\n  name = \"q${count.index}\"\n}\n",
        );
        ws.apply();
        ws.write(
            "find.tfquery.hcl",
            "list \"example_everything\" \"all\" {\n  provider = example\n  include_resource = true\n  \
             config {\n    prefix = \"q\"\n  }\n}\n",
        );
        let output = ws.run(&["query", "-no-color"]);
        assert!(output.contains("object q0-1") && output.contains("id=q2-1"), "{output}");
        ws.run(&["query", "-no-color", "-generate-config-out=found.tf"]);
        let made = std::fs::read_to_string(ws.path("config").join("found.tf")).unwrap();
        assert_eq!(made.matches("import {").count(), 3, "{made}");
    });
}

#[test]
fn tests_of_modules_and_mocks() {
    each(&Needs::terraform(1, 7).tofu(1, 8), |ws| {
        ws.write(
            "main.tf",
            "resource \"example_everything\" \"a\" {\n  name = \"a\"\n}\n",
        );
        ws.write(
            "real.tftest.hcl",
            "run \"it_is_made\" {\n  assert {\n    condition = example_everything.a.id == \"a-1\"\n    \
             error_message = \"id\"\n  }\n}\n",
        );
        ws.write(
            "mocked.tftest.hcl",
            "mock_provider \"example\" {}\nrun \"it_is_mocked\" {\n  assert {\n    \
             condition = length(example_everything.a.id) > 0\n    error_message = \"id\"\n  }\n}\n",
        );
        let output = ws.run(&["test", "-no-color"]);
        assert!(output.contains("2 passed, 0 failed"), "{output}");
        assert_eq!(ws.objects(), 0, "the test cleans up");
    });
}
