//! Both simulated services, one folder, one life of a backup of each.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
    sync::OnceLock,
    time::Duration,
};

use bytes::Bytes;
use csbs_simulator::{
    AccessKey, ApplicationCredential, ClockMode, Config, FIRST_VAULT_ID, Role, Served, Simulator, User,
};
use http::Request;
use otc_client::http::{HttpOptions, NetworkTransport, Transport};
use serde_json::json;
use tempfile::TempDir;
use tokio::process::Command;

use test_support::terraform_programs::Binary;

use crate::search::Search;

/// A placeholder for a token that the test gets first.
pub const ISSUED: &str = "(issued)";

/// The place where credentials are set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Given {
    Environment,
    Block,
}

/// One life.
pub struct Case {
    arguments: &'static [(&'static str, &'static str)],
    given: Given,
    /// Texts in the error, if one is expected.
    error: Option<&'static [&'static str]>,
}

impl Case {
    pub fn succeeds(arguments: &'static [(&'static str, &'static str)], given: Given) -> Self {
        Self {
            arguments,
            given,
            error: None,
        }
    }

    pub fn fails(arguments: &'static [(&'static str, &'static str)], error: &'static [&'static str]) -> Self {
        Self {
            arguments,
            given: Given::Environment,
            error: Some(error),
        }
    }
}

/// Arguments whose values are secret, and the variable for each argument.
const SECRET: [&str; 8] = [
    "password",
    "passcode",
    "token",
    "access_key",
    "secret_key",
    "security_token",
    "application_credential_secret",
    "key",
];

fn variable(argument: &str) -> String {
    match argument {
        "user_name" => "OS_USERNAME".to_owned(),
        "tenant_name" => "OS_PROJECT_NAME".to_owned(),
        "token" => "OS_AUTH_TOKEN".to_owned(),
        other => format!("OS_{}", other.to_uppercase()),
    }
}

pub fn config() -> Config {
    let key = |access: &str, secret: &str, token: Option<&str>| AccessKey {
        access: access.to_owned(),
        secret: secret.to_owned(),
        security_token: token.map(str::to_owned),
        role: Role::Member,
    };
    let default = Config::default();
    Config {
        clock: ClockMode::PerRequest { step: 100.0 },
        // Done when it is first looked at.
        timing: csbs_simulator::Timing {
            backup: Some(Duration::from_secs(60)),
            ..Default::default()
        },
        users: vec![
            User::new("u-demo", "demo", "LEAK-password"),
            User::new("u-careful", "careful", "LEAK-careful").with_passcode("918273"),
        ],
        application_credentials: vec![ApplicationCredential {
            id: "ac-1".to_owned(),
            name: "pipeline".to_owned(),
            secret: "LEAK-application".to_owned(),
            user_id: "u-demo".to_owned(),
            project_id: default.projects[0].id.clone(),
        }],
        access_keys: vec![
            key("LEAKACCESSKEY", "LEAK-secret-key", None),
            key("LEAKTEMPORARYKEY", "LEAK-temporary-key", Some("LEAK/security+token==")),
        ],
        ..default
    }
}

/// The first Terraform with ephemeral variables, which [`Sandbox::set_arguments`] writes.
const MIN_TERRAFORM: (u64, u64) = (1, 10);

/// The newest Terraform that is found.
fn terraform() -> PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        Binary::newest_terraform(Binary::all(), MIN_TERRAFORM)
            .expect("these tests need Terraform 1.10 or newer: put it on PATH, or run 'cargo xtask setup', which brings some")
            .path
    })
    .clone()
}

/// A folder in which Terraform runs with the provider.
pub struct Sandbox {
    folder: TempDir,
    terraform: PathBuf,
    /// Variables of every run.
    pub environment: Vec<(String, String)>,
    /// The output of all runs.
    pub output: String,
}

impl Sandbox {
    /// An empty folder.
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let plugins = folder.path().join("plugins");
        fs::create_dir(&plugins).unwrap();
        std::os::unix::fs::symlink(
            env!("CARGO_BIN_EXE_terraform-provider-csbs"),
            plugins.join("terraform-provider-csbs"),
        )
        .unwrap();
        let overrides = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"tcloudpublic/csbs\" = \"{}\"\n  }}\n}}\n",
            plugins.display()
        );
        fs::write(folder.path().join("cli.tfrc"), overrides).unwrap();
        Self {
            folder,
            terraform: terraform(),
            environment: Vec::new(),
            output: String::new(),
        }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn new(served: &Served, server: &str, arguments: &[(&str, String)], given: Given) -> Self {
        let mut sandbox = Self::empty();
        sandbox.environment.push(("OS_AUTH_URL".to_owned(), served.auth_url()));
        let (variables, block) = sandbox.set_arguments(arguments, given);
        let text = format!(
            "terraform {{\n  required_providers {{\n    csbs = {{ source = \"tcloudpublic/csbs\" }}\n  }}\n}}\n\n{variables}\
             provider \"csbs\" {{\n{block}}}\n\nresource \"csbs_backup\" \"it\" {{\n  resource_id = \"{server}\"\n  \
             tags = {{ team = \"a\" }}\n}}\n\nresource \"csbs_vault_backup\" \"it\" {{\n  vault_id    = \"{FIRST_VAULT_ID}\"\n  \
             resource_id = \"{server}\"\n}}\n"
        );
        fs::write(sandbox.folder.path().join("main.tf"), text).unwrap();
        sandbox
    }

    /// Sets the arguments. Those in the block come from ephemeral variables: what is written into the block itself is
    /// stored in the plan by Terraform, which no provider can change.
    fn set_arguments(&mut self, arguments: &[(&str, String)], given: Given) -> (String, String) {
        let (mut variables, mut block) = (String::new(), String::new());
        for (name, value) in arguments {
            match given {
                Given::Environment => self.environment.push((variable(name), value.clone())),
                Given::Block => {
                    variables.push_str(&format!(
                        "variable \"{name}\" {{\n  type      = string\n  ephemeral = true\n  sensitive = true\n}}\n\n"
                    ));
                    block.push_str(&format!("  {name} = var.{name}\n"));
                    self.environment.push((format!("TF_VAR_{name}"), value.clone()));
                }
            }
        }
        (variables, block)
    }

    /// Runs Terraform at TRACE. Returns whether it succeeded, and its output.
    pub async fn run(&mut self, arguments: &[&str]) -> (bool, String) {
        let folder = self.folder.path();
        let run = Command::new(&self.terraform)
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder)
            .env("TF_CLI_CONFIG_FILE", folder.join("cli.tfrc"))
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_CLI_ARGS", "-no-color")
            .env("TF_LOG", "TRACE")
            .env("TF_LOG_PATH", folder.join("trace.log"))
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(Duration::from_secs(180), run)
            .await
            .expect("it ends")
            .unwrap();
        let text = format!(
            "{}\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        self.output.push_str(&text);
        (output.status.success(), text)
    }
}

/// Gets a token as a user would, before Terraform is run.
pub async fn issue_token(served: &Served) -> String {
    let body = json!({ "auth": {
        "identity": { "methods": ["password"], "password": { "user": {
            "name": "demo", "domain": { "name": "demo" }, "password": "LEAK-password" } } },
        "scope": { "project": { "name": "eu-de", "domain": { "name": "demo" } } },
    } });
    let request = Request::post(format!("{}/auth/tokens", served.auth_url()))
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_string()))
        .unwrap();
    let transport = NetworkTransport::new(HttpOptions::default()).unwrap();
    let answer = transport.send(request).await.unwrap();
    answer.headers()["x-subject-token"].to_str().unwrap().to_owned()
}

/// Runs a case and searches its output and files for secrets.
pub async fn run_case(case: Case) {
    let simulator = Simulator::new(config());
    let served = simulator.serve("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let server = simulator.config().servers[0].id.clone();
    let mut arguments: Vec<(&str, String)> = Vec::new();
    for (name, value) in case.arguments {
        let value = match *value {
            ISSUED => issue_token(&served).await,
            value => value.to_owned(),
        };
        arguments.push((name, value));
    }
    if !arguments.iter().any(|(name, _)| *name == "application_credential_id") {
        arguments.push(("domain_name", "demo".to_owned()));
        arguments.push(("tenant_name", "eu-de".to_owned()));
    }
    if arguments.iter().any(|(name, _)| *name == "agency_name") {
        // The servers of the other account.
        arguments.retain(|(name, _)| *name != "tenant_name");
    }
    let mut sandbox = Sandbox::new(&served, &server, &arguments, case.given);
    match case.error {
        None => {
            for step in [
                &["plan", "-out=first.plan"][..],
                &["apply", "-auto-approve", "first.plan"],
                &["plan", "-out=second.plan", "-detailed-exitcode"],
                &["show", "-json", "first.plan"],
                &["apply", "-auto-approve", "-destroy"],
            ] {
                let (ok, text) = sandbox.run(step).await;
                assert!(ok, "{step:?} failed:\n{text}");
            }
            assert_eq!(simulator.inventory().items().count(), 0);
            assert!(simulator.cbr().inventory().backups.is_empty());
        }
        Some(words) => {
            let (ok, text) = sandbox.run(&["apply", "-auto-approve"]).await;
            assert!(!ok, "it did not fail:\n{text}");
            let sentence = text.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
            for word in words {
                assert!(sentence.contains(word), "'{word}' is not in:\n{text}");
            }
        }
    }
    let mut search = Search::new();
    for (name, value) in &arguments {
        if SECRET.contains(name) {
            search.secret(name, value);
        }
    }
    // How every token that the service issues begins, and what a signature looks like in a header.
    search.secret("an issued token", "gAAAAAB");
    search.secret("a signature", "Signature=");
    search.text("the output", sandbox.output.as_bytes());
    let log = fs::read_to_string(sandbox.folder.path().join("trace.log")).unwrap();
    search.folder(sandbox.folder.path());
    search.assert_no_secret();
    // The search is worth something only if conversations were logged at all.
    if case.error.is_none_or(|words| words != ["Two methods of signing in"]) {
        assert!(
            log.contains("[removed]"),
            "nothing was removed from the log: was it at TRACE?"
        );
        assert!(log.contains("/v3/"), "no request is in the log");
    }
}
