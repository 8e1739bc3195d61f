//! From provider block, environment and files to what a session needs; all problems at once.

mod connection;
mod credentials;
mod register;

pub(super) use connection::is_loopback;

#[cfg(test)]
mod tests;

use crate::http::Secrets;

use super::{
    argument::{ARGUMENTS, hint},
    clouds_file,
    environment::Environment,
    resolved::{Agency, Domain, Method, Project, Resolved, Warning},
    settings::{Found, Layers, Settings},
};

/// Something that has to be set otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The argument of the provider block that it is about.
    pub argument: Option<&'static str>,
    /// What is wrong.
    pub summary: String,
    /// What to set, and by which names.
    pub detail: String,
    /// Something is not there that another environment may have: a setting, a file. The provider block is right as it is.
    pub missing: bool,
}

/// Finds out how to sign in, without any call to a service.
///
/// The provider block goes before the environment, the environment before `clouds.yaml`. Where the first credential is found
/// decides the method; the rest may come from anywhere.
///
/// # Errors
/// All that is missing, contradicts itself or cannot be read.
pub fn resolve(settings: &Settings, environment: &Environment) -> Result<Resolved, Vec<Problem>> {
    resolve_and_register(settings, environment, &Secrets::default())
}

/// The same, and registers every secret that any source has, whether or not it is used, before anything of it is reported.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_and_register(
    settings: &Settings,
    environment: &Environment,
    secrets: &Secrets,
) -> Result<Resolved, Vec<Problem>> {
    let mut work = Work {
        layers: Layers::new(settings, environment),
        environment,
        secrets,
        problems: Vec::new(),
        warnings: Vec::new(),
    };
    for (name, other) in std::mem::take(&mut work.layers.disagreements) {
        work.problem(
            Some(name),
            "Two arguments contradict each other",
            format!("{name} and {other} are two names of one setting and have different values. Remove one of them."),
        );
    }
    work.unreadable();
    work.load_cloud();
    work.register();
    let resolved = work.resolve();
    match resolved {
        Some(resolved) if work.problems.is_empty() => {
            work.log(&resolved.method);
            Ok(resolved)
        }
        _ => {
            if work.problems.is_empty() {
                work.problem(None, "The provider is not configured", String::new());
            }
            Err(work.problems)
        }
    }
}

struct Work<'a> {
    layers: Layers,
    environment: &'a Environment,
    secrets: &'a Secrets,
    problems: Vec<Problem>,
    warnings: Vec<Warning>,
}

impl Work<'_> {
    fn problem(&mut self, argument: Option<&'static str>, summary: &str, detail: String) {
        self.problems.push(Problem {
            argument,
            summary: summary.to_owned(),
            detail,
            missing: false,
        });
    }

    /// The same for something that another environment may have.
    fn absent(&mut self, argument: Option<&'static str>, summary: &str, detail: String) {
        self.problems.push(Problem {
            argument,
            summary: summary.to_owned(),
            detail,
            missing: true,
        });
    }

    fn missing(&mut self, argument: &'static str, what: &str, alternatives: &[&str]) {
        let names: Vec<_> = alternatives.iter().map(|name| hint(name)).collect();
        self.absent(
            Some(argument),
            &format!("{argument} is missing"),
            format!(
                "{what} Set {}, or an entry of clouds.yaml with cloud (OS_CLOUD).",
                names.join(" or ")
            ),
        );
    }

    /// Variables that would count if their values were text. To pass them over would sign in as somebody else.
    fn unreadable(&mut self) {
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
            let settled = self.layers.at(0, name).is_some() && !files.iter().any(|(_, of)| *of == variables);
            if let Some(variable) = self.environment.unreadable(variables).filter(|_| !settled) {
                let detail = format!("The value of {variable} is not UTF-8 text. Set it anew, or unset it.");
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
            Ok(entry) => self.layers.add_file(&entry),
            Err(reason) => self.absent(
                Some("cloud"),
                "The entry of clouds.yaml cannot be used",
                format!("Asked for by {origin}: {reason}."),
            ),
        }
    }

    fn resolve(&mut self) -> Option<Resolved> {
        let tls = self.tls();
        let auth_url = self.auth_url();
        let endpoint = self.endpoint();
        let interface = self.interface();
        let allow_reauth = self.boolean("allow_reauth").unwrap_or(true);
        let max_retries = self.number("max_retries");
        let max_backoff_retries = self.number("max_backoff_retries");
        let backoff_retry_timeout = self.number("backoff_retry_timeout");
        let method = self.method();
        let domain = self.domain();
        let project = self.project(endpoint.as_ref(), domain.as_ref());
        let agency = self.agency();
        let method = method?;
        self.require(
            &method,
            auth_url.is_some(),
            endpoint.is_some(),
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

    /// What the method needs besides its credentials.
    fn require(&mut self, method: &Method, auth_url: bool, endpoint: bool, project: Option<&Project>, agency: bool) {
        let by_id = matches!(project, Some(Project::Id(_)));
        // Everything that the identity service would tell is known then.
        let alone = endpoint && by_id && !agency && matches!(method, Method::AccessKeys(_) | Method::Token(_));
        if !auth_url && !alone && !self.problems.iter().any(|problem| problem.argument == Some("auth_url")) {
            self.missing(
                "auth_url",
                "It is not known which identity service to ask, such as https://iam.eu-de.otc.t-systems.com/v3.",
                &["auth_url"],
            );
        }
        match method {
            Method::Password { .. } | Method::AccessKeys(_) if project.is_none() && !agency => self.missing(
                "tenant_name",
                "It is not known for which project to work.",
                &["tenant_name", "tenant_id"],
            ),
            Method::Password { .. } => {
                if let Some(Project::Name(name, None)) = project {
                    let detail =
                        format!("The project is given by its name, \"{name}\", and names are unique in a domain only.");
                    self.missing("domain_name", &detail, &["domain_name", "domain_id"]);
                }
            }
            _ => {}
        }
    }

    fn domain(&self) -> Option<Domain> {
        self.layers
            .first_of(&["domain_id", "domain_name"])
            .map(|(name, found)| domain(name, found))
    }

    fn project(&mut self, endpoint: Option<&url::Url>, domain_of_user: Option<&Domain>) -> Option<Project> {
        let Some((name, found)) = self.layers.first_of(&["tenant_id", "tenant_name"]) else {
            return endpoint.and_then(super::catalog::project_of).map(Project::Id);
        };
        if name == "tenant_id" {
            return Some(Project::Id(found.text().to_owned()));
        }
        let own = self
            .layers
            .first_of(&["project_domain_id", "project_domain_name"])
            .filter(|(_, own)| {
                // A domain that was set nearer goes before a project's own one set further away.
                self.layers
                    .first_of(&["domain_id", "domain_name"])
                    .is_none_or(|(_, general)| own.layer <= general.layer)
            })
            .map(|(name, found)| domain(name, found));
        Some(Project::Name(
            found.text().to_owned(),
            own.or_else(|| domain_of_user.cloned()),
        ))
    }

    fn agency(&mut self) -> Option<Agency> {
        let name = self.layers.get("agency_name").map(|found| found.text().to_owned());
        let domain = self
            .layers
            .first_of(&["agency_domain_id", "agency_domain_name"])
            .map(|(name, found)| domain(name, found));
        let project = self
            .layers
            .get("delegated_project")
            .or_else(|| self.layers.get("region"))
            .map(|found| found.text().to_owned());
        match (name, domain, project) {
            (Some(name), Some(domain), Some(project)) => Some(Agency { name, domain, project }),
            (None, None, _) => {
                if let Some(found) = self.layers.get("delegated_project") {
                    let detail = format!("{} is set without an agency.", found.origin);
                    self.missing("agency_name", &detail, &["agency_name"]);
                }
                None
            }
            (name, domain, project) => {
                if name.is_none() {
                    self.missing(
                        "agency_name",
                        "The agency's domain is set, its name is not.",
                        &["agency_name"],
                    );
                }
                if domain.is_none() {
                    self.missing(
                        "agency_domain_name",
                        "The domain that made the agency is not known.",
                        &["agency_domain_name"],
                    );
                }
                if project.is_none() {
                    self.missing(
                        "delegated_project",
                        "It is not known in which project of the agency's domain to work.",
                        &["delegated_project", "region"],
                    );
                }
                None
            }
        }
    }

    /// What is used and where it came from; values of settings are never logged, because some are secret.
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
            "how to sign in has been found"
        );
    }
}

fn domain(name: &str, found: &Found) -> Domain {
    let text = found.text().to_owned();
    if name.ends_with("_id") {
        Domain::Id(text)
    } else {
        Domain::Name(text)
    }
}
