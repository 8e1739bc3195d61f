//! How the program and the provider are connected, and what is heard of the provider.

use std::time::{Duration, Instant};

use super::runs::{ALL, each, said};
use crate::plugin::exists;

const ONE: &str = "resource \"example_everything\" \"a\" {\n  name = \"a\"\n}\n";

#[test]
fn what_the_provider_logs_is_shown_with_its_level_and_fields() {
    each(&ALL, |ws| {
        ws.write("main.tf", ONE);
        let plan = |variable: &str, level: &str| {
            let run = ws.command(&["plan", "-no-color"]).env(variable, level).output();
            let (code, told) = said(&run.unwrap());
            assert_eq!(code, 0, "{told}");
            told
        };
        let told = plan("TF_LOG_PROVIDER", "TRACE");
        let line = told
            .lines()
            .find(|line| line.contains("tf_rpc=plan_resource_change"))
            .unwrap_or_else(|| panic!("{told}"));
        assert!(line.contains("[TRACE] provider"), "{line}");
        for field in ["tf_req_id=", "tf_resource_type=example_everything", "duration_ms="] {
            assert!(line.contains(field), "{line}");
        }
        let told = plan("TF_LOG_PROVIDER", "ERROR");
        assert!(!told.contains("tf_rpc="), "{told}");
        let told = plan("TF_LOG_CORE", "TRACE");
        assert!(!told.contains("tf_rpc="), "{told}");
    });
}

#[test]
fn over_loopback_all_is_the_same() {
    each(&ALL, |ws| {
        ws.write("main.tf", ONE);
        let mut run = ws.command(&["apply", "-auto-approve", "-no-color"]);
        run.env("PLUGIN_UNIX_SOCKET_DIR", "/nowhere")
            .env("TF_LOG_PROVIDER", "DEBUG");
        let (code, told) = said(&run.output().unwrap());
        assert_eq!(code, 0, "{told}");
        assert!(told.contains("network=tcp"), "{told}");
        ws.assert_settled();
    });
}

#[test]
fn a_program_that_is_killed_leaves_no_provider_behind() {
    each(&ALL, |ws| {
        let marker = ws.path("begun");
        ws.write(
            "main.tf",
            &format!("resource \"example_slow\" \"s\" {{\n  stop = \"deaf\"\n  marker = {marker:?}\n}}\n"),
        );
        let mut run = ws.spawn(&["apply", "-auto-approve", "-no-color"]);
        let limit = Instant::now() + Duration::from_secs(60);
        let provider = loop {
            if let Some(pid) = std::fs::read_to_string(&marker).ok().and_then(|text| text.parse().ok()) {
                break pid;
            }
            assert!(
                run.try_wait().unwrap().is_none() && Instant::now() < limit,
                "it did not begin"
            );
            std::thread::sleep(Duration::from_millis(10));
        };
        assert!(exists(provider), "the provider runs");
        run.kill().unwrap();
        run.wait().unwrap();
        while exists(provider) {
            assert!(Instant::now() < limit, "the provider outlived Terraform");
            std::thread::sleep(Duration::from_millis(50));
        }
    });
}
