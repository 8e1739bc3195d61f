//! What the user sees and keeps when something goes wrong.

use std::time::Duration;

use rustix::process::Signal;

use super::runs::{ALL, each, said};
use crate::plugin::{Start, send};

#[test]
fn an_interrupt_ends_a_long_create_and_keeps_what_was_made() {
    each(&ALL, |ws| {
        let marker = ws.path("begun");
        ws.write(
            "main.tf",
            &format!(
                "resource \"example_slow\" \"s\" {{\n  count = 3\n  stop = \"at once\"\n  \
                 marker = \"{}${{count.index}}\"\n}}\n",
                marker.to_str().unwrap()
            ),
        );
        let mut run = ws.spawn(&["apply", "-auto-approve", "-no-color", "-parallelism=3"]);
        while !(0..3).all(|at| ws.path(&format!("begun{at}")).exists()) {
            let ended = run.try_wait().unwrap();
            assert!(ended.is_none(), "{:?}", said(&run.wait_with_output().unwrap()));
            std::thread::sleep(Duration::from_millis(10));
        }
        let begin = std::time::Instant::now();
        send(run.id(), Signal::INT);
        let (code, told) = said(&run.wait_with_output().unwrap());
        println!("back {:?} after the interrupt", begin.elapsed());
        assert!(code != 0 && told.contains("Run apply again"), "{told}");
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "it waited for creates that never end"
        );
        let instance = ws.instance("example_slow");
        assert_eq!(instance["attributes"]["id"], "begun");
        assert_eq!(instance["status"], "tainted");
    });
}

#[test]
fn a_panic_is_told_and_harms_no_other_resource() {
    each(&ALL, |ws| {
        ws.write(
            "main.tf",
            "resource \"example_faulty\" \"lost\" {\n  fault = \"panic_create\"\n}\n\
             resource \"example_faulty\" \"kept\" {\n  fault = \"panic_after_keep\"\n}\n\
             resource \"example_everything\" \"fine\" {\n  name = \"fine\"\n}\n",
        );
        let (code, told) = ws.try_run(&["apply", "-auto-approve", "-no-color"]);
        assert_eq!(code, 1, "{told}");
        assert!(
            told.contains("The provider crashed while creating example_faulty"),
            "{told}"
        );
        assert!(told.contains("intended panic in create"), "{told}");
        assert_eq!(ws.objects(), 1);
        let state = ws.state().to_string();
        assert!(
            state.contains("\"kept\"") && state.contains("tainted") && !state.contains("\"lost\""),
            "{state}"
        );
    });
}

#[test]
fn a_provider_bug_is_named_and_the_state_kept() {
    each(&ALL, |ws| {
        ws.write(
            "main.tf",
            "resource \"example_faulty\" \"a\" {\n  fault = \"apply_other\"\n  text = \"mine\"\n}\n",
        );
        let (code, told) = ws.try_run(&["apply", "-auto-approve", "-no-color"]);
        assert_eq!(code, 1, "{told}");
        assert!(told.contains("applied something else than it planned"), "{told}");
        assert_eq!(ws.instance("example_faulty")["attributes"]["id"], "made");
    });
}

#[test]
fn values_above_the_usual_limit_pass() {
    each(&ALL, |ws| {
        std::fs::write(ws.path("config/big.txt"), "x".repeat(6 * 1024 * 1024)).unwrap();
        ws.write(
            "main.tf",
            "resource \"example_faulty\" \"big\" {\n  fault = \"none\"\n  text = file(\"big.txt\")\n}\n",
        );
        ws.apply();
        ws.assert_settled();
    });
}

#[test]
fn an_unknown_provider_configuration_is_no_obstacle() {
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
fn a_provider_in_debug_mode_is_attached_to() {
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
            while !text.contains("until it is interrupted") {
                assert!(out.read_line(&mut text).await.unwrap() > 0, "{text}");
            }
            let reattach = text.split('\'').nth(1).unwrap();
            ws.write(
                "main.tf",
                "resource \"example_everything\" \"a\" {\n  name = \"a\"\n}\n",
            );
            for arguments in [["apply", "-auto-approve"], ["destroy", "-auto-approve"]] {
                let run = ws.command(&arguments).env("TF_REATTACH_PROVIDERS", reattach).output();
                let (code, told) = said(&run.unwrap());
                assert_eq!(code, 0, "{told}");
            }
            send(child.id().unwrap(), Signal::INT);
            assert!(child.wait().await.unwrap().success());
        });
    });
}
