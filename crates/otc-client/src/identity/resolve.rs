//! From provider block, environment and files to the settings of a session. All problems are reported at once.
//!
//! `resolver` holds the sources and the problems; `scope`, `credentials`, `connection` and `secrets` each read one group of settings
//! with it.

mod connection;
mod credentials;
mod resolver;
mod scope;
mod secrets;

#[cfg(test)]
mod tests;

use crate::http::Secrets;

use super::{
    argument::ARGUMENTS,
    clouds_file,
    environment::Environment,
    resolved::{Method, Project, Resolved, Warning},
    settings::{Layers, Settings},
};
use resolver::Resolver;

pub use resolver::Problem;

/// Reads the settings for signing in. Nothing is sent.
///
/// The provider block takes precedence over the environment, and the environment over `clouds.yaml`. The first of them that has a
/// credential decides the method; the other settings can come from any of them.
///
/// # Errors
/// Every setting that is missing, contradictory or unreadable.
pub fn resolve(settings: &Settings, environment: &Environment) -> Result<Resolved, Vec<Problem>> {
    resolve_and_register(settings, environment, &Secrets::default())
}

/// As [`resolve`], and registers every secret of every source, whether or not it is used, before any problem is reported.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_and_register(
    settings: &Settings,
    environment: &Environment,
    secrets: &Secrets,
) -> Result<Resolved, Vec<Problem>> {
    let mut resolver = Resolver {
        layers: Layers::new(settings, environment),
        environment,
        secrets,
        clouds_file: None,
        unknown_keys: Vec::new(),
        problems: Vec::new(),
        warnings: Vec::new(),
    };
    for (name, other) in std::mem::take(&mut resolver.layers.disagreements) {
        resolver.problem(
            Some(name),
            "Two arguments contradict each other",
            format!("{name} and {other} are two names of one setting and have different values. Remove one of them."),
        );
    }
    resolver.report_unreadable_variables();
    resolver.load_cloud();
    resolver.register_secrets();
    let resolved = resolver.resolve();
    match resolved {
        Some(resolved) if resolver.problems.is_empty() => {
            resolver.log(&resolved.method);
            Ok(resolved)
        }
        _ => {
            if resolver.problems.is_empty() {
                resolver.problem(None, "The provider is not configured", String::new());
            }
            Err(resolver.problems)
        }
    }
}

impl Resolver<'_> {
    /// Reports variables that would count if their values were text. Ignoring them could sign in as another user.
    fn report_unreadable_variables(&mut self) {
        let files: &[(&'static str, &[&'static str])] = &[(
            "cloud",
            &[
                "OS_CLIENT_CONFIG_FILE",
                "OS_CLIENT_SECURE_FILE",
                "OS_CLIENT_VENDOR_FILE",
            ],
        )];
        let arguments = ARGUMENTS.iter().map(|argument| (argument.name, argument.variables));
        for (name, variables) in arguments.chain(files.iter().copied()) {
            let overridden = self.layers.at(0, name).is_some() && !files.iter().any(|(_, of)| *of == variables);
            if let Some(variable) = self.environment.unreadable(variables).filter(|_| !overridden) {
                let detail = format!("The value of {variable} is not UTF-8 text. Correct it, or unset it.");
                self.problem(Some(name), "An environment variable cannot be read", detail);
            }
        }
    }

    fn load_cloud(&mut self) {
        let Some(cloud) = self.layers.get("cloud") else {
            return;
        };
        let origin = cloud.origin.to_string();
        match clouds_file::load(cloud.text(), self.environment) {
            Ok(entry) => {
                self.layers.add_file(&entry);
                for key in &entry.unknown_keys {
                    self.unknown_keys.push(key.describe());
                    if key.similar.is_some() {
                        self.warnings.push(Warning {
                            argument: Some("cloud"),
                            summary: "Unknown key in clouds.yaml".to_owned(),
                            detail: format!("{}, {}", entry.file.display(), key.describe()),
                        });
                    }
                }
                self.clouds_file = Some(entry.file);
            }
            Err(reason) => self.missing_here(
                Some("cloud"),
                "The entry of clouds.yaml cannot be used",
                format!("The entry is set by {origin}: {reason}."),
            ),
        }
    }

    fn resolve(&mut self) -> Option<Resolved> {
        let tls = self.tls();
        let auth_url = self.auth_url();
        let endpoint = self.endpoint();
        let cbr_endpoint = self.cbr_endpoint();
        let interface = self.interface();
        let allow_reauth = self.boolean("allow_reauth").unwrap_or(true);
        let max_retries = self.number("max_retries");
        let max_backoff_retries = self.number("max_backoff_retries");
        let backoff_retry_timeout = self.number("backoff_retry_timeout");
        let method = self.method();
        let domain = self.domain();
        let project = self.project(endpoint.as_ref(), cbr_endpoint.as_ref(), domain.as_ref());
        let agency = self.agency();
        let method = method?;
        self.require(
            &method,
            auth_url.is_some(),
            endpoint.is_some() || cbr_endpoint.is_some(),
            project.as_ref(),
            agency.is_some(),
        );
        Some(Resolved {
            auth_url,
            project,
            domain,
            agency,
            region: self.layers.get("region").map(|found| found.text().to_owned()),
            endpoint,
            cbr_endpoint,
            interface,
            allow_reauth,
            tls,
            max_retries,
            max_backoff_retries,
            backoff_retry_timeout: backoff_retry_timeout.map(|seconds| std::time::Duration::from_secs(seconds.into())),
            warnings: std::mem::take(&mut self.warnings),
            method,
        })
    }

    /// Reports the settings that the method needs in addition to its credentials.
    fn require(&mut self, method: &Method, auth_url: bool, endpoint: bool, project: Option<&Project>, agency: bool) {
        let by_id = matches!(project, Some(Project::Id(_)));
        // The identity service is not needed then.
        let needs_no_identity_service =
            endpoint && by_id && !agency && matches!(method, Method::AccessKeys(_) | Method::Token(_));
        if !auth_url
            && !needs_no_identity_service
            && !self.problems.iter().any(|problem| problem.argument == Some("auth_url"))
        {
            self.missing(
                "auth_url",
                "The URL of the identity service is not set, such as https://iam.eu-de.otc.t-systems.com/v3.",
                &["auth_url"],
            );
        }
        match method {
            Method::Password { .. } | Method::AccessKeys(_) if project.is_none() && !agency => {
                self.missing("tenant_name", "The project is not set.", &["tenant_name", "tenant_id"])
            }
            Method::Password { .. } => {
                if let Some(Project::Name(name, None)) = project {
                    let detail =
                        format!("The project is set by its name, \"{name}\", which is unique only in a domain.");
                    self.missing("domain_name", &detail, &["domain_name", "domain_id"]);
                }
            }
            _ => {}
        }
    }

    /// Logs which settings are used and where they were set. Their values are never logged, because some are secret.
    fn log(&self, method: &Method) {
        let sources: Vec<_> = ARGUMENTS
            .iter()
            .filter_map(|argument| {
                let found = self.layers.get(argument.name)?;
                Some(format!("{}: {}", argument.name, found.origin))
            })
            .collect();
        tracing::debug!(
            method = method.name(),
            sources = sources.join(", "),
            "the settings for signing in are complete"
        );
    }
}
