//! Connection and logs between the program and the provider.

use std::time::{Duration, Instant};

use super::workspace::{ALL, each, said};
use crate::plugin::exists;

const ONE: &str = "resource \"example_everything\" \"a\" {\n  name = \"a\"\n}\n";

#[test]
fn log_events_are_shown_with_level_and_fields() {
    each(&ALL, |ws| {
        ws.write("main.tf", ONE);
        let plan = |variable: &str, level: &str| {
            let run = ws.command(&["plan", "-no-color"]).env(variable, level).output();
            let (code, output) = said(&run.unwrap());
            assert_eq!(code, 0, "{output}");
            output
        };
        let output = plan("TF_LOG_PROVIDER", "TRACE");
        let line = output
            .lines()
            .find(|line| line.contains("tf_rpc=plan_resource_change"))
            .unwrap_or_else(|| panic!("{output}"));
        assert!(line.contains("[TRACE] provider"), "{line}");
        for field in ["tf_req_id=", "tf_resource_type=example_everything", "duration_ms="] {
            assert!(line.contains(field), "{line}");
        }
        let output = plan("TF_LOG_PROVIDER", "ERROR");
        assert!(!output.contains("tf_rpc="), "{output}");
        let output = plan("TF_LOG_CORE", "TRACE");
        assert!(!output.contains("tf_rpc="), "{output}");
    });
}

#[test]
fn loopback_works_as_well() {
    each(&ALL, |ws| {
        ws.write("main.tf", ONE);
        let mut run = ws.command(&["apply", "-auto-approve", "-no-color"]);
        run.env("PLUGIN_UNIX_SOCKET_DIR", "/nowhere")
            .env("TF_LOG_PROVIDER", "DEBUG");
        let (code, output) = said(&run.output().unwrap());
        assert_eq!(code, 0, "{output}");
        assert!(output.contains("network=tcp"), "{output}");
        ws.assert_empty_plan();
    });
}

#[test]
fn the_provider_ends_when_terraform_is_killed() {
    each(&ALL, |ws| {
        let marker = ws.path("created");
        ws.write(
            "main.tf",
            &format!("resource \"example_slow\" \"s\" {{\n  stop = \"ignore\"\n  marker = {marker:?}\n}}\n"),
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
        assert!(exists(provider), "the provider is not running");
        run.kill().unwrap();
        run.wait().unwrap();
        while exists(provider) {
            assert!(Instant::now() < limit, "the provider is still running after Terraform");
            std::thread::sleep(Duration::from_millis(50));
        }
    });
}
