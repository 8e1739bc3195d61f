//! Services, gateways and proxies that repeat what they received, in every notation and every place of an answer.

use std::{fmt::Write as _, fs};

use csbs_simulator::{Effect, Operation, Rule, Served, Simulator, User};
use rcgen::{CertificateParams, KeyPair};
use serde_json::json;

use crate::{
    sandbox::{ISSUED, Sandbox, config, issue_token},
    search::Search,
};

/// The part of a request that the service repeats.
#[derive(Clone, Copy)]
enum Repeated {
    /// A configured value that is not sent, or not in this request.
    Argument(&'static str),
    /// A longest line of the argument.
    LineOf(&'static str),
    /// What a header of the request brings.
    Header(&'static str),
    /// What the request's body has at this JSON pointer.
    Body(&'static str),
}

struct Kind {
    name: &'static str,
    arguments: Vec<(&'static str, String)>,
    /// By the backup service.
    by_service: Repeated,
    /// By the identity service, when the request comes.
    by_identity: Option<(Operation, Repeated)>,
}

const LONG_PASSWORD: &str = "LEAK/password+of&demo";
const SHORT_PASSWORD: &str = "zQ!";

fn arguments(list: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    list.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

fn kinds(token: &str) -> Vec<Kind> {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["client".to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let (certificate, key) = (certificate.pem(), key.serialize_pem());
    let sign_in = Operation::CreateToken;
    let password = [("user_name", "echo"), ("password", LONG_PASSWORD)];
    let keys = [
        ("access_key", "LEAKTEMPORARYKEY"),
        ("secret_key", "LEAK-temporary-key"),
        ("security_token", "LEAK/security+token=="),
    ];
    let kind = |name, list: &[(&'static str, &str)], by_service, by_identity| Kind {
        name,
        arguments: arguments(list),
        by_service,
        by_identity,
    };
    vec![
        kind(
            "password",
            &password,
            Repeated::Argument("password"),
            Some((sign_in, Repeated::Body("/auth/identity/password/user/password"))),
        ),
        kind(
            "short-password",
            &[("user_name", "short"), ("password", SHORT_PASSWORD)],
            Repeated::Argument("password"),
            Some((sign_in, Repeated::Body("/auth/identity/password/user/password"))),
        ),
        kind(
            "passcode",
            &[
                ("user_id", "u-careful"),
                ("password", "LEAK-careful"),
                ("passcode", "918273"),
                ("allow_reauth", "false"),
            ],
            Repeated::Argument("passcode"),
            Some((sign_in, Repeated::Body("/auth/identity/totp/user/passcode"))),
        ),
        kind(
            "given-token",
            &[("token", token)],
            Repeated::Header("x-auth-token"),
            Some((Operation::ValidateToken, Repeated::Header("x-subject-token"))),
        ),
        kind("issued-token", &password, Repeated::Header("x-auth-token"), None),
        kind(
            "agency-token",
            &[
                ("user_name", "echo"),
                ("password", LONG_PASSWORD),
                ("agency_name", "backup-operators"),
                ("agency_domain_name", "customer"),
                ("delegated_project", "eu-de_customer"),
            ],
            Repeated::Header("x-auth-token"),
            None,
        ),
        kind(
            "application-secret",
            &[
                ("application_credential_id", "ac-1"),
                ("application_credential_secret", "LEAK-application"),
            ],
            Repeated::Argument("application_credential_secret"),
            Some((sign_in, Repeated::Body("/auth/identity/application_credential/secret"))),
        ),
        kind("access-key", &keys, Repeated::Argument("access_key"), None),
        kind("secret-key", &keys, Repeated::Argument("secret_key"), None),
        kind(
            "security-token",
            &keys,
            Repeated::Header("x-security-token"),
            Some((Operation::Projects, Repeated::Header("x-security-token"))),
        ),
        kind(
            "client-key",
            &[
                ("user_name", "echo"),
                ("password", LONG_PASSWORD),
                ("cert", &certificate),
                ("key", &key),
            ],
            Repeated::LineOf("key"),
            None,
        ),
    ]
}

impl Kind {
    fn argument(&self, wanted: &str) -> &str {
        let found = self.arguments.iter().find(|(name, _)| *name == wanted);
        &found.unwrap().1
    }

    /// The place in an answer's template where the secret is repeated.
    fn template(&self, repeated: Repeated, notation: &str) -> String {
        match repeated {
            Repeated::Argument(name) => format!("{{{{{notation} text {}}}}}", self.argument(name)),
            Repeated::LineOf(name) => {
                let line = self.argument(name).lines().max_by_key(|line| line.len()).unwrap();
                format!("{{{{{notation} text {line}}}}}")
            }
            Repeated::Header(name) => format!("{{{{{notation} header {name}}}}}"),
            Repeated::Body(pointer) => format!("{{{{{notation} body {pointer}}}}}"),
        }
    }
}

const PLACES: [&str; 8] = [
    "json",
    "escaped",
    "plain",
    "url",
    "form",
    "base64",
    "html",
    "request-id",
];

/// The answer that repeats the secret in that place.
fn answer(kind: &Kind, place: &str) -> Effect {
    let secret = |notation| kind.template(kind.by_service, notation);
    let refusal = |message: String| json!({"error_code": "CSBS.0998", "error_msg": message}).to_string();
    let (status, body) = match place {
        "json" => (400, refusal(format!("refused {} here", secret("raw")))),
        "escaped" => (400, format!("received {{\"auth\":\"{}\"}} here", secret("json"))),
        "plain" => (403, format!("refused {} here", secret("raw"))),
        "url" => (400, format!("received /v1?auth={}&x=1", secret("url"))),
        "form" => (400, format!("received auth={}&x=1", secret("form"))),
        "base64" => (400, format!("received Basic {} here", secret("base64"))),
        "html" => (
            500,
            format!(
                "<html><body><h1>Internal error</h1><pre>{}</pre></body></html>",
                secret("html")
            ),
        ),
        "ok" => (200, policy(&format!("{}-ok", kind.name), &secret("raw"))),
        _ => (400, refusal("refused".to_owned())),
    };
    let headers = match place {
        "request-id" => vec![("x-request-id".to_owned(), secret("raw"))],
        _ => Vec::new(),
    };
    Effect::Answer { status, headers, body }
}

fn policy(id: &str, description: &str) -> String {
    json!({"policy": {
        "id": id, "name": "echo", "description": format!("made with {description} by us"), "status": "enabled",
        "provider_id": csbs_simulator::PROVIDER_ID, "project_id": "p", "created_at": "2026-01-01T00:00:00.000000",
        "parameters": {"common": {}}, "resources": [], "scheduled_operations": [], "tags": [],
    }})
    .to_string()
}

/// A service for one kind. If the identity service is the one that repeats, every sign-in fails.
async fn service(kind: &Kind, identity: bool) -> (Simulator, Served) {
    let mut config = config();
    config.users.push(User::new("u-echo", "echo", LONG_PASSWORD));
    config.users.push(User::new("u-short", "short", SHORT_PASSWORD));
    let simulator = Simulator::new(config);
    if let Some((operation, repeated)) = kind.by_identity.filter(|_| identity) {
        let secret = |notation| kind.template(repeated, notation);
        let message = format!(
            "received {} as {} and {} and {} and {}",
            secret("raw"),
            secret("url"),
            secret("form"),
            secret("base64"),
            secret("json")
        );
        let effect = Effect::Answer {
            status: 401,
            headers: vec![("x-request-id".to_owned(), secret("raw"))],
            body: format!("{{\"error\":{{\"code\":401,\"title\":\"Unauthorized\",\"message\":\"{message}\"}}}}"),
        };
        simulator.fault(Rule::on(operation, effect)).unwrap();
    } else {
        for place in PLACES.into_iter().chain(["ok"]) {
            let path = format!("/policies/{}-{place}$", kind.name);
            simulator.fault(Rule::on_path(&path, answer(kind, place))).unwrap();
        }
    }
    let served = simulator.serve("127.0.0.1:0".parse().unwrap()).await.unwrap();
    (simulator, served)
}

/// A provider block for the kind, and where its values come from.
fn provider(sandbox: &mut Sandbox, alias: &str, kind: &Kind, served: &Served) -> String {
    let mut arguments = kind.arguments.clone();
    let has = |name: &str| kind.arguments.iter().any(|(own, _)| *own == name);
    if !has("application_credential_id") {
        arguments.push(("domain_name", "demo".to_owned()));
        if !has("agency_name") {
            arguments.push(("tenant_name", "eu-de".to_owned()));
        }
    }
    let (mut variables, mut block) = (String::new(), String::new());
    for (name, value) in arguments {
        // A shell on the way drops variables whose names have other characters.
        let variable = format!("{alias}_{name}").replace('-', "_");
        let _ = writeln!(
            variables,
            "variable \"{variable}\" {{\n  type      = string\n  ephemeral = true\n  sensitive = true\n}}\n"
        );
        let _ = writeln!(block, "  {name} = var.{variable}");
        sandbox.environment.push((format!("TF_VAR_{variable}"), value));
    }
    format!(
        "{variables}provider \"csbs\" {{\n  alias       = \"{alias}\"\n  auth_url    = \"{}\"\n  max_retries = 0\n{block}}}\n\n",
        served.auth_url()
    )
}

fn data(alias: &str, id: &str) -> String {
    format!("data \"csbs_backup_policy\" \"{id}\" {{\n  provider = csbs.{alias}\n  id       = \"{id}\"\n}}\n\n")
}

const HEAD: &str = "terraform {\n  required_providers {\n    csbs = { source = \"tcloudpublic/csbs\" }\n  }\n}\n\n";

/// Every kind of secret in every place, with one run of Terraform; then the secrets of successful responses, in a state.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_service_repeats_is_shown_nowhere() {
    let mut sandbox = Sandbox::empty();
    let (mut errors, mut valid, mut providers) = (HEAD.to_owned(), HEAD.to_owned(), 0);
    let mut services = Vec::new();
    for mut kind in kinds(ISSUED) {
        for identity in [false, true] {
            if identity && kind.by_identity.is_none() {
                continue;
            }
            let (simulator, served) = service(&kind, identity).await;
            // A token of one simulator is known to itself alone.
            if kind.arguments[0].0 == "token" {
                kind.arguments[0].1 = match identity {
                    true => "LEAK-token-that-is-refused".to_owned(),
                    false => issue_token(&served).await,
                };
            }
            let alias = if identity {
                format!("{}-sign-in", kind.name)
            } else {
                kind.name.to_owned()
            };
            let block = provider(&mut sandbox, &alias, &kind, &served);
            errors.push_str(&block);
            if identity {
                errors.push_str(&data(&alias, &format!("{}-identity", kind.name)));
            } else {
                for place in PLACES {
                    errors.push_str(&data(&alias, &format!("{}-{place}", kind.name)));
                }
                valid.push_str(&block);
                valid.push_str(&data(&alias, &format!("{}-ok", kind.name)));
            }
            providers += 1;
            services.push((kind.name, kind.arguments.clone(), simulator, served));
        }
    }

    fs::write(sandbox.folder().join("main.tf"), &errors).unwrap();
    let (ok, text) = sandbox.run(&["plan"]).await;
    assert!(!ok, "it did not fail:\n{text}");
    fs::write(sandbox.folder().join("main.tf"), &valid).unwrap();
    let (ok, text) = sandbox.run(&["apply", "-auto-approve"]).await;
    assert!(ok, "it failed:\n{text}");
    assert!(text.contains("A secret was removed from the state"), "{text}");

    let mut search = Search::new();
    let mut repeated = 0;
    for (name, arguments, simulator, _served) in &services {
        let mut own = Search::new();
        for (argument, value) in arguments {
            match *argument {
                "key" => value
                    .lines()
                    .filter(|line| line.len() > 40)
                    .for_each(|line| own.secret(name, line)),
                "password"
                | "passcode"
                | "token"
                | "access_key"
                | "secret_key"
                | "security_token"
                | "application_credential_secret" => own.secret(name, value),
                _ => {}
            }
        }
        own.secret("an issued token", "gAAAAAB");
        // The control: every answer that was meant to repeat a secret did.
        for request in simulator.requests() {
            if let Some(injected) = request.injected {
                assert!(own.finds(&injected), "{name}: nothing is repeated in {injected:?}");
                repeated += 1;
            }
        }
        search.join(own);
    }
    let identity = providers - kinds("").len();
    assert!(
        repeated >= kinds("").len() * (PLACES.len() + 1) + identity,
        "only {repeated} answers repeated a secret"
    );
    let shown = sandbox.output.matches("[removed]").count();
    assert!(
        shown >= kinds("").len() * PLACES.len(),
        "only {shown} secrets were removed:\n{}",
        sandbox.output
    );
    search.text("the output", sandbox.output.as_bytes());
    let state = fs::read_to_string(sandbox.folder().join("terraform.tfstate")).unwrap();
    assert!(state.contains("made with [removed] by us"), "{state}");
    // Short secrets may be ordinary words and stay in the state, as SECURITY.md says.
    let mut short = Search::new();
    short.secret("short", SHORT_PASSWORD);
    short.secret("short", "918273");
    assert!(short.finds(&state), "{state}");
    fs::write(
        sandbox.folder().join("terraform.tfstate"),
        state
            .replace(&format!("made with {SHORT_PASSWORD} by us"), "")
            .replace("made with 918273 by us", ""),
    )
    .unwrap();
    search.folder(sandbox.folder());
    search.assert_no_secret();
}
