//! Creates a session from the provider block.

use std::sync::Arc;

use otc_client::{
    csbs::ClientOptions,
    http::{HttpOptionsError, NetworkTransport, Secrets, SystemClock, user_agent},
    identity::{Environment, Problem, Resolved, Session, Settings, resolve_and_register},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics, Number, RawValue};

/// Validates the provider block. A missing setting is reported only together with other problems, because the environment of a
/// later run may contain it.
pub(super) fn validate(config: &RawValue, environment: &Environment, secrets: &Secrets, diags: &mut Diagnostics) {
    if !config.is_wholly_known() {
        return;
    }
    if let Err(problems) = resolve_and_register(&settings(config), environment, secrets)
        && problems.iter().any(|problem| !problem.missing)
    {
        report(&problems, diags);
    }
}

/// A session and the options of its client; `None` with errors in `diags`. Nothing is sent.
pub(super) fn session(
    config: &RawValue,
    environment: &Environment,
    terraform_version: &str,
    secrets: &Secrets,
    diags: &mut Diagnostics,
) -> Option<(Arc<Session>, ClientOptions)> {
    let resolved = match resolve_and_register(&settings(config), environment, secrets) {
        Ok(resolved) => resolved,
        Err(problems) => {
            report(&problems, diags);
            return None;
        }
    };
    for warning in &resolved.warnings {
        diags.add_attribute_warning(warning.summary.clone(), warning.detail.clone(), path(warning.argument));
    }
    let options = client_options(&resolved);
    let http = resolved.tls.http_options(user_agent(Some(terraform_version)), secrets);
    let transport = match NetworkTransport::new(http) {
        Ok(transport) => Arc::new(transport),
        Err(error) => {
            let argument = match &error {
                HttpOptionsError::CertificateAuthority(_) => Some("cacert_file"),
                HttpOptionsError::ClientCertificate(_) => Some("cert"),
                HttpOptionsError::ClientKey(_) | HttpOptionsError::HalfAClientCertificate => Some("key"),
                _ => None,
            };
            diags.add_attribute_error(
                "The connection cannot be set up",
                format!(
                    "{error}. Check cacert_file (OS_CACERT), cert (OS_CERT) and key (OS_KEY): each is the path of a PEM file, \
                     or its text."
                ),
                path(argument),
            );
            return None;
        }
    };
    Some((
        Arc::new(Session::new(resolved, transport, Arc::new(SystemClock))),
        options,
    ))
}

fn client_options(resolved: &Resolved) -> ClientOptions {
    let default = ClientOptions::default();
    ClientOptions {
        max_retries: resolved.max_retries.unwrap_or(default.max_retries),
        max_backoff_retries: resolved.max_backoff_retries,
        longest_backoff: resolved.backoff_retry_timeout,
        ..default
    }
}

fn settings(config: &RawValue) -> Settings {
    let mut settings = Settings::default();
    for (name, value) in config.as_map().into_iter().flatten() {
        let text = match value {
            RawValue::String(text) => text.clone(),
            RawValue::Bool(value) => value.to_string(),
            RawValue::Number(Number::Int(number)) => number.to_string(),
            RawValue::Number(Number::Unsigned(number)) => number.to_string(),
            RawValue::Number(Number::Float(number)) => number.to_string(),
            RawValue::Number(Number::Decimal(digits)) => digits.clone(),
            _ => continue,
        };
        settings.set(name, text.into());
    }
    settings
}

fn report(problems: &[Problem], diags: &mut Diagnostics) {
    for problem in problems {
        diags.add_attribute_error(problem.summary.clone(), problem.detail.clone(), path(problem.argument));
    }
}

fn path(argument: Option<&'static str>) -> AttributePath {
    argument
        .filter(|name| super::configuration::has_argument(name))
        .map(AttributePath::new)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CsbsProvider;
    use terraform_plugin::{Configure, Context, Deferred, Provider};

    fn block(values: &[(&str, RawValue)]) -> RawValue {
        RawValue::Map(
            values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
        )
    }

    fn text(text: &str) -> RawValue {
        RawValue::String(text.to_owned())
    }

    fn provider(variables: &[(&str, &str)]) -> CsbsProvider {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        CsbsProvider::with_environment(Environment::new("/nowhere".into(), variables))
    }

    async fn configure(provider: &CsbsProvider, config: RawValue) -> (Option<Deferred>, Diagnostics) {
        let mut diags = Diagnostics::default();
        let request = Configure {
            terraform_version: "1.11.4".to_owned(),
            config,
        };
        let deferred = provider.configure(&Context::default(), request, &mut diags).await;
        (deferred, diags)
    }

    #[tokio::test]
    async fn every_argument_of_the_schema_is_a_setting() {
        for name in provider(&[]).schema().block.attributes.keys() {
            let is_setting = Settings::default().set(name, "x".into());
            assert!(is_setting || name == "skip_plan_checks", "{name}");
        }
    }

    #[tokio::test]
    async fn a_complete_environment_needs_an_empty_block() {
        let provider = provider(&[
            ("OS_AUTH_URL", "https://iam.example/v3"),
            ("OS_USERNAME", "me"),
            ("OS_PASSWORD", "pw"),
            ("OS_DOMAIN_NAME", "d"),
            ("OS_PROJECT_NAME", "eu-de"),
        ]);
        let (deferred, mut diags) = configure(&provider, block(&[])).await;
        assert!(deferred.is_none() && diags.errors.is_empty(), "{diags:?}");
        assert!(provider.connection.client(&mut diags).is_some());
    }

    #[tokio::test]
    async fn a_missing_setting_is_reported_at_configure_and_not_at_validate() {
        let provider = provider(&[]);
        let config = block(&[("user_name", text("me"))]);
        let mut diags = Diagnostics::default();
        provider.validate(&config, &mut diags).await;
        assert!(diags.errors.is_empty(), "{diags:?}");
        let (_, diags) = configure(&provider, config).await;
        assert!(
            diags
                .errors
                .iter()
                .any(|error| error.attribute == AttributePath::new("password") && error.detail.contains("OS_PASSWORD")),
            "{diags:?}"
        );
    }

    #[tokio::test]
    async fn contradictions_are_reported_at_validate_with_all_other_problems() {
        let provider = provider(&[]);
        let config = block(&[
            ("token", text("t")),
            ("password", text("hunter2")),
            ("insecure", RawValue::Bool(true)),
            ("endpoint", text("csbs.example")),
        ]);
        let mut diags = Diagnostics::default();
        provider.validate(&config, &mut diags).await;
        assert!(diags.errors.len() >= 2, "{diags:?}");
        assert!(!format!("{diags:?}").contains("hunter2"));
    }

    #[tokio::test]
    async fn a_bad_certificate_or_key_is_an_error_on_its_argument_at_once() {
        const FRAME: &str = "-----BEGIN X-----\nhunter2\n-----END X-----\n";
        let key = rcgen::KeyPair::generate().unwrap();
        let parameters = rcgen::CertificateParams::new(vec!["client".to_owned()]).unwrap();
        let certificate = parameters.self_signed(&key).unwrap().pem();
        for (argument, others) in [
            ("cacert_file", vec![]),
            ("cert", vec![("key", key.serialize_pem())]),
            ("key", vec![("cert", certificate)]),
        ] {
            let provider = provider(&[]);
            let mut values = vec![
                ("token", text("t")),
                ("project_id", text("p")),
                ("endpoint", text("https://csbs.example")),
                (argument, text(FRAME)),
            ];
            values.extend(others.iter().map(|(name, value)| (*name, text(value))));
            let (_, diags) = configure(&provider, block(&values)).await;
            let [error] = diags.errors.as_slice() else {
                panic!("{argument}: {diags:?}");
            };
            assert_eq!(error.attribute, AttributePath::new(argument), "{error:?}");
            assert!(!format!("{diags:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[tokio::test]
    async fn an_unknown_value_defers() {
        let provider = provider(&[]);
        let config = block(&[("token", RawValue::UNKNOWN)]);
        let mut diags = Diagnostics::default();
        provider.validate(&config, &mut diags).await;
        let (deferred, diags) = configure(&provider, config).await;
        assert_eq!(deferred, Some(Deferred::ProviderConfigUnknown));
        assert!(diags.errors.is_empty());
        assert!(provider.connection.is_unknown());
    }

    #[tokio::test]
    async fn numbers_and_warnings_are_passed_on() {
        let provider = provider(&[]);
        let config = block(&[
            ("token", text("t")),
            ("project_id", text("p")),
            ("endpoint", text("http://csbs.example")),
            ("max_retries", RawValue::Number(Number::Int(2))),
            ("max_backoff_retries", RawValue::Number(Number::Int(9))),
            ("backoff_retry_timeout", RawValue::Number(Number::Int(7))),
        ]);
        let (_, mut diags) = configure(&provider, config).await;
        assert!(diags.errors.is_empty(), "{diags:?}");
        assert_eq!(diags.warnings.len(), 1);
        assert_eq!(diags.warnings[0].attribute, AttributePath::new("endpoint"));
        let client = provider.connection.client(&mut diags).unwrap();
        assert_eq!(client.options().max_retries, 2);
        assert_eq!(client.options().max_backoff_retries, Some(9));
        assert_eq!(
            client.options().longest_backoff,
            Some(std::time::Duration::from_secs(7))
        );
    }
}
