//! Output and state after errors.

use std::time::Duration;

use rustix::process::Signal;

use super::workspace::{ALL, each, said};
use crate::plugin::{Start, send};

#[test]
fn an_interrupt_ends_a_long_create_and_saves_the_created_objects() {
    each(&ALL, |ws| {
        let marker = ws.path("created");
        ws.write(
            "main.tf",
            &format!(
                "resource \"example_slow\" \"s\" {{\n  count = 3\n  stop = \"return\"\n  \
                 marker = \"{}${{count.index}}\"\n}}\n",
                marker.to_str().unwrap()
            ),
        );
        let mut run = ws.spawn(&["apply", "-auto-approve", "-no-color", "-parallelism=3"]);
        while !(0..3).all(|at| ws.path(&format!("created{at}")).exists()) {
            let ended = run.try_wait().unwrap();
            assert!(ended.is_none(), "{:?}", said(&run.wait_with_output().unwrap()));
            std::thread::sleep(Duration::from_millis(10));
        }
        let begin = std::time::Instant::now();
        send(run.id(), Signal::INT);
        let (code, output) = said(&run.wait_with_output().unwrap());
        println!("back {:?} after the interrupt", begin.elapsed());
        assert!(code != 0 && output.contains("Run apply again"), "{output}");
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "it waited for creates that never end"
        );
        let instance = ws.instance("example_slow");
        assert_eq!(instance["attributes"]["id"], "created");
        assert_eq!(instance["status"], "tainted");
    });
}

#[test]
fn a_panic_is_reported_and_harms_no_other_resource() {
    each(&ALL, |ws| {
        ws.write(
            "main.tf",
            "resource \"example_faulty\" \"lost\" {\n  fault = \"panic_create\"\n}\n\
             resource \"example_faulty\" \"kept\" {\n  fault = \"panic_after_keep\"\n}\n\
             resource \"example_everything\" \"fine\" {\n  name = \"fine\"\n}\n",
        );
        let (code, output) = ws.try_run(&["apply", "-auto-approve", "-no-color"]);
        assert_eq!(code, 1, "{output}");
        assert!(
            output.contains("The provider crashed while creating example_faulty"),
            "{output}"
        );
        assert!(output.contains("intended panic in create"), "{output}");
        assert_eq!(ws.objects(), 1);
        let state = ws.state().to_string();
        assert!(
            state.contains("\"kept\"") && state.contains("tainted") && !state.contains("\"lost\""),
            "{state}"
        );
    });
}

#[test]
fn a_provider_bug_is_reported_and_the_state_is_saved() {
    each(&ALL, |ws| {
        ws.write(
            "main.tf",
            "resource \"example_faulty\" \"a\" {\n  fault = \"apply_other\"\n  text = \"mine\"\n}\n",
        );
        let (code, output) = ws.try_run(&["apply", "-auto-approve", "-no-color"]);
        assert_eq!(code, 1, "{output}");
        assert!(output.contains("applied another value than it planned"), "{output}");
        assert_eq!(ws.instance("example_faulty")["attributes"]["id"], "created");
    });
}

#[test]
fn values_above_the_usual_message_limit_are_accepted() {
    each(&ALL, |ws| {
        std::fs::write(ws.path("config/big.txt"), "x".repeat(6 * 1024 * 1024)).unwrap();
        ws.write(
            "main.tf",
            "resource \"example_faulty\" \"big\" {\n  fault = \"none\"\n  text = file(\"big.txt\")\n}\n",
        );
        ws.apply();
        ws.assert_empty_plan();
    });
}

#[test]
fn an_unknown_provider_configuration_is_not_an_error() {
    each(&ALL, |ws| {
        ws.write(
            "provider.tf",
            "terraform {\n  required_providers {\n    example = { source = \"test/example\" }\n  }\n}\n\
             resource \"terraform_data\" \"d\" {\n  input = \"e\"\n}\n\
             provider \"example\" {\n  endpoint = terraform_data.d.output\n  retry {\n    attempts = 3\n  }\n}\n",
        );
        ws.write(
            "main.tf",
            "resource \"example_faulty\" \"a\" {\n  fault = \"none\"\n}\n",
        );
        ws.apply();
    });
}

#[test]
fn terraform_attaches_to_a_provider_in_debug_mode() {
    each(&ALL, |ws| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            use tokio::io::{AsyncBufReadExt, BufReader};
            let mut child = Start::by_hand().argument("-debug").command().spawn().unwrap();
            let mut out = BufReader::new(child.stdout.take().unwrap());
            let mut text = String::new();
            while !text.contains("Press Ctrl+C") {
                assert!(out.read_line(&mut text).await.unwrap() > 0, "{text}");
            }
            let reattach = text.split('\'').nth(1).unwrap();
            ws.write(
                "main.tf",
                "resource \"example_everything\" \"a\" {\n  name = \"a\"\n}\n",
            );
            for arguments in [["apply", "-auto-approve"], ["destroy", "-auto-approve"]] {
                let run = ws.command(&arguments).env("TF_REATTACH_PROVIDERS", reattach).output();
                let (code, output) = said(&run.unwrap());
                assert_eq!(code, 0, "{output}");
            }
            send(child.id().unwrap(), Signal::INT);
            assert!(child.wait().await.unwrap().success());
        });
    });
}
