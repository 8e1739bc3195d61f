use std::fs;

use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::*;
use crate::identity::{
    resolved::{Credential, Domain, User},
    settings::SourcedValue,
};

const BLOCK: [(&str, &str); 5] = [
    ("auth_url", "https://iam.eu-de.otc.t-systems.com/v3"),
    ("user_name", "me"),
    ("password", "hunter2"),
    ("domain_name", "OTC42"),
    ("tenant_name", "eu-de_team"),
];

fn settings(values: &[(&str, &str)]) -> Settings {
    values.iter().fold(Settings::default(), |settings, (name, value)| {
        settings.with(name, value)
    })
}

fn environment(values: &[(&str, &str)]) -> Environment {
    Environment::new(
        "/nowhere".into(),
        values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    )
}

fn take(block: &[(&str, &str)], variables: &[(&str, &str)]) -> Resolved {
    match resolve(&settings(block), &environment(variables)) {
        Ok(resolved) => resolved,
        Err(problems) => panic!("{problems:?}"),
    }
}

fn refuse(block: &[(&str, &str)], variables: &[(&str, &str)]) -> Vec<Problem> {
    resolve(&settings(block), &environment(variables))
        .map(|_| ())
        .unwrap_err()
}

fn with<'a>(base: &[(&'a str, &'a str)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    base.iter().chain(more).copied().collect()
}

fn without<'a>(base: &[(&'a str, &'a str)], name: &str) -> Vec<(&'a str, &'a str)> {
    base.iter().filter(|(other, _)| *other != name).copied().collect()
}

fn arguments(problems: &[Problem]) -> Vec<&str> {
    problems.iter().filter_map(|problem| problem.argument).collect()
}

#[test]
fn user_and_password_in_the_block() {
    let resolved = take(&BLOCK, &[]);
    let Method::Password {
        user,
        password,
        passcode,
    } = &resolved.method
    else {
        panic!("{}", resolved.method.name());
    };
    let domain = Domain::Name("OTC42".to_owned());
    assert_eq!(user, &User::Name("me".to_owned(), domain.clone()));
    assert_eq!(password.expose_secret(), "hunter2");
    assert!(passcode.is_none());
    assert_eq!(
        resolved.project,
        Some(Project::Name("eu-de_team".to_owned(), Some(domain)))
    );
    assert!(resolved.allow_reauth && resolved.warnings.is_empty());
    assert_eq!(resolved.interface, "public");
}

/// Each documented way to configure the Go provider, once as arguments and once as variables.
#[test]
fn every_documented_configuration_works_in_block_and_environment() {
    let url = ("auth_url", "https://iam.example/v3");
    let project = ("tenant_name", "eu-de");
    let domain = ("domain_name", "OTC42");
    let agency = [
        ("agency_name", "helpers"),
        ("agency_domain_name", "OTC43"),
        ("delegated_project", "eu-de_theirs"),
    ];
    let keys = [("access_key", "ak"), ("secret_key", "sk")];
    let temporary = [("access_key", "ak"), ("secret_key", "sk"), ("security_token", "st")];
    let user = [("user_name", "me"), ("password", "pw")];
    let mfa = [("user_id", "u1"), ("password", "pw"), ("passcode", "123456")];
    let all = |parts: &[&[(&'static str, &'static str)]]| parts.concat();
    let cases: Vec<(&str, Vec<(&str, &str)>)> = vec![
        ("user and password", all(&[&user, &[domain, project, url]])),
        ("access keys (AK/SK)", all(&[&keys, &[domain, project, url]])),
        (
            "temporary access keys (AK/SK)",
            all(&[&temporary, &[domain, project, url]]),
        ),
        ("a given token", all(&[&[("token", "t")], &[domain, project, url]])),
        // Federated: the token counts, the keys are for the storage service.
        (
            "a given token",
            all(&[&[("token", "t")], &temporary, &[domain, project, url]]),
        ),
        ("user and password", all(&[&user, &agency, &[domain, url]])),
        ("user, password and passcode", all(&[&mfa, &agency, &[domain, url]])),
        ("access keys (AK/SK)", all(&[&keys, &agency, &[domain, url]])),
        (
            "temporary access keys (AK/SK)",
            all(&[&temporary, &agency, &[domain, url]]),
        ),
        ("a given token", all(&[&[("token", "t")], &agency, &[domain, url]])),
        (
            "an application credential",
            all(&[
                &[
                    ("application_credential_id", "a"),
                    ("application_credential_secret", "s"),
                ],
                &[url],
            ]),
        ),
    ];
    for (method, values) in cases {
        let from_block = take(&values, &[]);
        assert_eq!(from_block.method.name(), method, "{values:?}");
        let variables: Vec<_> = values
            .iter()
            .map(|(name, value)| (crate::identity::find_argument(name).unwrap().variables[0], *value))
            .collect();
        let from_environment = take(&[], &variables);
        assert_eq!(from_environment.method.name(), method, "{variables:?}");
        assert_eq!(from_block.project, from_environment.project);
        assert_eq!(from_block.agency, from_environment.agency);
        assert_eq!(from_block.auth_url, from_environment.auth_url);
    }
}

#[test]
fn every_spelling_of_every_variable_is_read() {
    for argument in ARGUMENTS {
        for variable in argument.variables {
            let layers = Layers::new(&Settings::default(), &environment(&[(variable, "x")]));
            assert_eq!(
                layers.get(argument.name).map(SourcedValue::text),
                Some("x"),
                "{variable}"
            );
        }
        for (index, first) in argument.variables.iter().enumerate() {
            for second in argument.variables.iter().skip(index + 1) {
                let layers = Layers::new(&Settings::default(), &environment(&[(second, "2"), (first, "1")]));
                assert_eq!(
                    layers.get(argument.name).map(SourcedValue::text),
                    Some("1"),
                    "{first} before {second}"
                );
            }
        }
    }
}

#[test]
fn the_block_takes_precedence_over_the_environment() {
    let variables = [
        ("OS_USERNAME", "other"),
        ("OS_REGION", "eu-nl"),
        ("OS_USER_ID", "not-me"),
    ];
    let resolved = take(&with(&BLOCK, &[("region", "eu-de")]), &variables);
    assert_eq!(resolved.region.as_deref(), Some("eu-de"));
    let Method::Password { user, .. } = resolved.method else {
        panic!()
    };
    // An ID from further away must not go before the name that was written down.
    assert!(matches!(user, User::Name(name, _) if name == "me"));
}

#[test]
fn a_credential_in_the_block_takes_precedence_over_another_kind_in_the_environment() {
    let resolved = take(
        &BLOCK,
        &[("OS_AUTH_TOKEN", "t"), ("OS_ACCESS_KEY", "ak"), ("OS_SECRET_KEY", "sk")],
    );
    assert_eq!(resolved.method.name(), "user and password");
}

#[test]
fn other_settings_can_come_from_another_source() {
    let resolved = take(&without(&BLOCK, "password"), &[("OS_PASSWORD", "pw")]);
    assert_eq!(resolved.method.name(), "user and password");
}

#[test]
fn a_security_token_of_other_keys_is_not_used() {
    let block = [
        ("access_key", " ak\n"),
        ("secret_key", "sk "),
        ("tenant_id", "p"),
        ("endpoint", "https://csbs.example"),
    ];
    let resolved = take(&block, &[("OS_SECURITY_TOKEN", "of-another")]);
    let Method::AccessKeys(keys) = resolved.method else {
        panic!()
    };
    assert!(keys.security_token.is_none());
    assert_eq!(keys.access_key.expose_secret(), "ak");
    assert_eq!(keys.secret_key.expose_secret(), "sk");
}

#[test]
fn two_methods_in_one_source_are_an_error_that_names_them() {
    let problems = refuse(&with(&BLOCK, &[("token", "t")]), &[]);
    assert!(
        problems[0].detail.contains("token of the provider block"),
        "{problems:?}"
    );
    assert!(
        problems[0].detail.contains("password of the provider block"),
        "{problems:?}"
    );
    assert!(!problems[0].missing);
    let both = [("OS_ACCESS_KEY", "ak"), ("OS_SECRET_KEY", "sk"), ("OS_PASSWORD", "pw")];
    let rest = without(&BLOCK, "password");
    let problems = refuse(&rest, &both);
    assert!(problems[0].detail.contains("OS_AUTH_TYPE"), "{problems:?}");
    let resolved = take(&rest, &with(&both, &[("OS_AUTH_TYPE", "password")]));
    assert_eq!(resolved.method.name(), "user and password");
    let resolved = take(&rest, &with(&both, &[("OS_AUTH_TYPE", "aksk")]));
    assert_eq!(resolved.method.name(), "access keys (AK/SK)");
}

#[test]
fn all_problems_are_reported_at_once_without_secrets() {
    let block = [
        ("auth_url", "iam.example/v3"),
        ("user_name", "me"),
        ("password", "hunter2"),
        ("cert", "/no/such/file"),
        ("insecure", "perhaps"),
        ("max_retries", "many"),
        ("endpoint_type", "private"),
        ("tenant_name", "a"),
        ("project_name", "b"),
    ];
    let problems = refuse(&block, &[]);
    let named = arguments(&problems);
    for argument in [
        "auth_url",
        "domain_name",
        "cert",
        "key",
        "insecure",
        "max_retries",
        "endpoint_type",
        "project_name",
    ] {
        assert!(named.contains(&argument), "{argument} is not in {named:?}");
    }
    assert!(!format!("{problems:?}").contains("hunter2"));
}

#[test]
fn a_missing_setting_is_reported_with_its_variables() {
    let problems = refuse(&[], &[]);
    assert_eq!(problems.len(), 1, "{problems:?}");
    for name in ["OS_PASSWORD", "OS_ACCESS_KEY", "OS_AUTH_TOKEN", "OS_CLOUD", "user_name"] {
        assert!(problems[0].detail.contains(name), "{name}");
    }
    for name in ["auth_url", "user_name", "password", "domain_name", "tenant_name"] {
        let problems = refuse(&without(&BLOCK, name), &[]);
        assert!(arguments(&problems).contains(&name), "{name}: {problems:?}");
        assert!(problems.iter().all(|problem| problem.missing));
    }
}

#[test]
fn a_passcode_needs_the_user_by_id() {
    let problems = refuse(&with(&BLOCK, &[("passcode", "123456")]), &[]);
    assert!(arguments(&problems).contains(&"passcode"), "{problems:?}");
    let resolved = take(&with(&BLOCK, &[("passcode", "123456"), ("user_id", "u1")]), &[]);
    let Method::Password { user, .. } = resolved.method else {
        panic!()
    };
    assert_eq!(user, User::Id("u1".to_owned()));
}

#[test]
fn nothing_is_missing_when_endpoint_project_and_token_are_set() {
    for credential in [&[("token", "t")][..], &[("access_key", "a"), ("secret_key", "s")][..]] {
        let resolved = take(&with(credential, &[("endpoint", "https://csbs.example/v1/p1")]), &[]);
        assert_eq!(resolved.project, Some(Project::Id("p1".to_owned())));
        assert!(resolved.auth_url.is_none());
    }
}

#[test]
fn all_forms_of_the_identity_url_are_equivalent() {
    for form in [
        "https://iam.example/v3",
        "https://iam.example/v3/",
        "https://iam.example",
        "https://iam.example/v2.0/",
        "https://iam.example/v3/auth/tokens",
    ] {
        let mut block = without(&BLOCK, "auth_url");
        block.push(("auth_url", form));
        assert_eq!(
            take(&block, &[]).auth_url.unwrap().as_str(),
            "https://iam.example/v3",
            "{form}"
        );
    }
}

#[test]
fn plain_http_gives_a_warning_except_on_this_machine() {
    for (url, warnings) in [
        ("http://iam.example/v3", 1),
        ("http://127.0.0.1:5000/v3", 0),
        ("http://[::1]:5000/v3", 0),
        ("http://localhost:5000/v3", 0),
    ] {
        let mut block = without(&BLOCK, "auth_url");
        block.push(("auth_url", url));
        let resolved = take(&block, &[]);
        assert_eq!(resolved.warnings.len(), warnings, "{url}");
    }
    assert_eq!(take(&with(&BLOCK, &[("insecure", "true")]), &[]).warnings.len(), 1);
}

#[test]
fn certificates_are_read_from_a_path_or_text() {
    let folder = TempDir::new().unwrap();
    let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let path = folder.path().join("ca.pem");
    fs::write(&path, pem).unwrap();
    for value in [pem, path.to_str().unwrap()] {
        let resolved = take(&with(&BLOCK, &[("cacert_file", value)]), &[]);
        assert_eq!(resolved.tls.ca_pem.unwrap().trim(), pem.trim());
    }
    let pasted = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC";
    let problems = refuse(&with(&BLOCK, &[("key", pasted), ("cert", pem)]), &[]);
    assert!(arguments(&problems).contains(&"key"));
    assert!(!format!("{problems:?}").contains(pasted));
}

#[test]
fn an_agency_without_its_domain_is_incomplete() {
    let problems = refuse(&with(&BLOCK, &[("agency_name", "a"), ("region", "eu-de")]), &[]);
    assert_eq!(arguments(&problems), ["agency_domain_name"]);
    let problems = refuse(&with(&BLOCK, &[("delegated_project", "p")]), &[]);
    assert_eq!(arguments(&problems), ["agency_name"]);
}

struct Files {
    folder: TempDir,
}

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self { folder }
    }

    fn resolve(&self, block: &[(&str, &str)], variables: &[(&str, &str)]) -> Result<Resolved, Vec<Problem>> {
        let home = self.folder.path().join("home");
        let variables = with(variables, &[("HOME", home.to_str().unwrap())]);
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment = Environment::new(self.folder.path().join("work"), variables);
        resolve(&settings(block), &environment)
    }
}

const CLOUDS: &str = "
clouds:
  otc:
    profile: public
    region_name: eu-nl
    verify: false
    regions: [eu-de, eu-nl]
    auth:
      username: me
      password: from-clouds
      project_name: eu-nl_team
      user_domain_name: OTC42
";
const PUBLIC: &str = "
public-clouds:
  public:
    interface: internal
    region_name: eu-de
    auth: {auth_url: https://iam.example/v3}
";
const SECURE: &str = "
clouds:
  otc:
    auth:
      password: 00123
";

#[test]
fn clouds_yaml_with_profile_and_secrets() {
    let files = Files::new(&[
        ("home/.config/openstack/clouds.yaml", CLOUDS),
        ("home/.config/openstack/clouds-public.yaml", PUBLIC),
        ("work/secure.yaml", SECURE),
    ]);
    let resolved = files
        .resolve(&[], &[("OS_CLOUD", "otc")])
        .map_err(|problems| format!("{problems:?}"));
    let resolved = resolved.unwrap_or_else(|problems| panic!("{problems}"));
    let Method::Password { password, .. } = &resolved.method else {
        panic!()
    };
    // Digits are text: what looks like a number keeps its zeros.
    assert_eq!(password.expose_secret(), "00123");
    assert_eq!(resolved.region.as_deref(), Some("eu-nl"));
    assert_eq!(resolved.interface, "internal");
    assert!(resolved.tls.insecure);
    assert_eq!(resolved.auth_url.unwrap().as_str(), "https://iam.example/v3");

    let resolved = files
        .resolve(&[("cloud", "otc"), ("insecure", "false")], &[("OS_REGION", "eu-de")])
        .unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(resolved.region.as_deref(), Some("eu-de"));
    assert!(!resolved.tls.insecure);
}

#[test]
fn a_named_file_takes_precedence_over_the_working_directory_and_that_over_the_home_directory() {
    let cloud = |user: &str| {
        format!(
            "clouds: {{a: {{auth: {{auth_url: https://iam.example, application_credential_id: {user}, \
             application_credential_secret: s}}}}}}"
        )
    };
    let files = Files::new(&[
        ("home/.config/openstack/clouds.yaml", &cloud("home")),
        ("work/clouds.yaml", &cloud("work")),
        ("elsewhere.yaml", &cloud("elsewhere")),
    ]);
    let who = |variables: &[(&str, &str)]| {
        let resolved = files
            .resolve(&[("cloud", "a")], variables)
            .unwrap_or_else(|problems| panic!("{problems:?}"));
        match resolved.method {
            Method::ApplicationCredential {
                name: Credential::Id(id),
                ..
            } => id,
            other => panic!("{}", other.name()),
        }
    };
    assert_eq!(who(&[]), "work");
    let path = files.folder.path().join("elsewhere.yaml");
    assert_eq!(who(&[("OS_CLIENT_CONFIG_FILE", path.to_str().unwrap())]), "elsewhere");
    fs::remove_file(files.folder.path().join("work/clouds.yaml")).unwrap();
    assert_eq!(who(&[]), "home");
}

#[test]
fn access_keys_of_clouds_yaml() {
    let files = Files::new(&[(
        "work/clouds.yaml",
        "clouds: {k: {auth: {auth_url: https://iam.example, ak: AK, sk: SK, security_token: ST, project_name: eu-de}}}",
    )]);
    let resolved = files
        .resolve(&[], &[("OS_CLOUD", "k")])
        .unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(resolved.method.name(), "temporary access keys (AK/SK)");
}

#[test]
fn a_bad_file_is_reported_by_position_and_never_quoted() {
    for text in [
        "clouds: [hunter2",
        "clouds: {a: hunter2}",
        "hunter2",
        "clouds: {a: {auth: hunter2}}",
        "clouds: {a: {auth: {password: [hunter2]}}}",
        "a: &a [x]\nclouds: *a",
    ] {
        let files = Files::new(&[("work/clouds.yaml", text)]);
        let problems = files.resolve(&[], &[("OS_CLOUD", "a")]).map(|_| ()).unwrap_err();
        assert!(arguments(&problems).contains(&"cloud"), "{problems:?}");
        assert!(problems[0].detail.contains("clouds.yaml"), "{problems:?}");
        assert!(!format!("{problems:?}").contains("hunter2"), "{problems:?}");
    }
    let files = Files::new(&[("work/clouds.yaml", &" ".repeat(2 * 1024 * 1024))]);
    let problems = files.resolve(&[], &[("OS_CLOUD", "a")]).map(|_| ()).unwrap_err();
    assert!(problems[0].detail.contains("1 MiB"), "{problems:?}");
    let files = Files::new(&[("work/clouds.yaml", CLOUDS)]);
    let problems = files.resolve(&[], &[("OS_CLOUD", "b")]).map(|_| ()).unwrap_err();
    assert!(problems[0].detail.contains("it has: otc"), "{problems:?}");
    let problems = Files::new(&[])
        .resolve(&[], &[("OS_CLOUD", "b")])
        .map(|_| ())
        .unwrap_err();
    assert!(problems[0].detail.contains("OS_CLIENT_CONFIG_FILE"), "{problems:?}");
}

#[test]
fn a_file_without_the_key_clouds_is_reported_with_its_line() {
    let files = Files::new(&[("work/clouds.yaml", "# our clouds\n\ncloud:\n  otc:\n    auth: {}\n")]);
    let problems = files.resolve(&[], &[("OS_CLOUD", "otc")]).map(|_| ()).unwrap_err();
    let detail = &problems[0].detail;
    assert!(detail.contains("work/clouds.yaml has no key \"clouds\""), "{detail}");
    assert!(detail.contains("line 3"), "{detail}");
}

#[test]
fn what_an_entry_lacks_names_the_file_that_was_read_and_its_unknown_keys() {
    let text = "clouds:\n  otc:\n    regoin_name: eu-nl\n    auth:\n      auth_url: https://iam.example/v3\n      \
                username: me\n      pasword: hunter2\n      user_domain_name: OTC42\n";
    let files = Files::new(&[("work/clouds.yaml", text)]);
    let problems = files.resolve(&[], &[("OS_CLOUD", "otc")]).map(|_| ()).unwrap_err();
    let detail = &problems
        .iter()
        .find(|problem| problem.argument == Some("password"))
        .unwrap()
        .detail;
    assert!(detail.contains("work/clouds.yaml, which was read"), "{detail}");
    for note in [
        "line 7: the key `pasword` is not known; did you mean `password`?",
        "line 3: the key `regoin_name` is not known; did you mean `region_name`?",
    ] {
        assert!(detail.contains(note), "{detail}");
    }
    assert!(!format!("{problems:?}").contains("hunter2"), "{problems:?}");
}

#[test]
fn a_mistyped_key_is_a_warning_where_nothing_is_missing() {
    let text = CLOUDS.replace("verify", "interfaec");
    let files = Files::new(&[("work/clouds.yaml", &text), ("work/clouds-public.yaml", PUBLIC)]);
    let resolved = files
        .resolve(&[], &[("OS_CLOUD", "otc")])
        .unwrap_or_else(|problems| panic!("{problems:?}"));
    let [warning] = resolved.warnings.as_slice() else {
        panic!("{:?}", resolved.warnings);
    };
    assert_eq!(warning.argument, Some("cloud"));
    assert!(
        warning.detail.contains("clouds.yaml, line 6") && warning.detail.contains("`interface`"),
        "{warning:?}"
    );
}

#[test]
fn a_bomb_of_aliases_is_refused() {
    let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..12 {
        let previous = format!("*a{},", level - 1).repeat(9);
        text.push_str(&format!("a{level}: &a{level} [{previous}]\n"));
    }
    text.push_str("clouds: {a: {x: *a11}}\n");
    let files = Files::new(&[("work/clouds.yaml", &text)]);
    assert!(files.resolve(&[], &[("OS_CLOUD", "a")]).is_err());
}

#[test]
fn hostile_files_are_refused_quickly() {
    let merged: String = (1..40)
        .map(|n| format!("m{n}: &m{n} {{<<: [*m{0}, *m{0}], k{n}: x}}\n", n - 1))
        .collect();
    let hostile = [
        "[".repeat(500_000),
        "{a: ".repeat(200_000),
        "- ".repeat(500_000),
        "? ".repeat(300_000),
        "a:\n".repeat(300_000),
        format!("clouds: {{a: {{auth: {}}}}}", "[".repeat(10_000)),
        format!("clouds: {{a: {{auth: {{password: \"{}\"}}}}}}", "x".repeat(1_000_000)),
        format!("clouds: {{a: {{auth: {{password: \"{}\"}}}}}}", "x".repeat(2_000_000)),
        format!("m0: &m0 {{a: b}}\n{merged}clouds: {{a: *m39}}\n"),
        "clouds: {a: &a {b: *a}}".to_owned(),
        format!("clouds: {}\n", "!!map ".repeat(100_000)),
        format!("{}clouds: {{a: {{}}}}\n", "---\n".repeat(200_000)),
        "clouds: [a, b]".to_owned(),
        "clouds: {a: [1]}".to_owned(),
        "clouds: {a: {auth: 7}}".to_owned(),
        "clouds: {a: {auth: {password: [1, 2]}}}".to_owned(),
        "clouds: {a: {auth: {password: {b: c}}}}".to_owned(),
        "clouds: {a: {profile: [x]}}".to_owned(),
        "clouds: {1: 2, true: false, null: null}".to_owned(),
        "\u{feff}clouds:\n\ta: b".to_owned(),
        "\0\0\0".to_owned(),
        "%YAML 9.9\n---\nclouds: *nobody".to_owned(),
    ];
    for text in hostile {
        for name in ["clouds", "secure"] {
            let good = "clouds: {a: {auth: {auth_url: 'https://iam.example'}}}";
            let path = format!("work/{name}.yaml");
            let files = match name {
                "clouds" => Files::new(&[(&path, &text)]),
                _ => Files::new(&[("work/clouds.yaml", good), (&path, &text)]),
            };
            let began = std::time::Instant::now();
            let problems = files.resolve(&[("cloud", "a")], &[]).map(|_| ()).unwrap_err();
            assert!(!problems.is_empty());
            let shown: String = text.chars().take(60).collect();
            assert!(problems.iter().all(|problem| problem.detail.len() < 4000), "{shown}");
            // An unoptimized build reads the largest file in a second or two.
            assert!(began.elapsed().as_secs() < 20, "{:?}: {shown}", began.elapsed());
        }
    }
}

proptest::proptest! {
    #[test]
    fn any_file_is_taken_without_a_panic(text in "[a-z0-9:{}\\[\\],&*!|>#'\"\\n -]{0,80}") {
        let files = Files::new(&[("work/clouds.yaml", &text)]);
        let _ = files.resolve(&[("cloud", "a")], &[]);
    }
}
