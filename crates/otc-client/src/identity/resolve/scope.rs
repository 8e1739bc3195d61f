//! Domain, project and agency.

use super::resolver::Resolver;
use crate::identity::{
    CloudService, catalog,
    resolved::{Agency, Domain, Project},
    settings::SourcedValue,
};

impl Resolver<'_> {
    pub(super) fn domain(&self) -> Option<Domain> {
        self.layers
            .first_of(&["domain_id", "domain_name"])
            .map(|(name, found)| domain(name, found))
    }

    pub(super) fn project(
        &mut self,
        csbs: Option<&url::Url>,
        cbr: Option<&url::Url>,
        domain_of_user: Option<&Domain>,
    ) -> Option<Project> {
        let Some((name, found)) = self.layers.first_of(&["tenant_id", "tenant_name"]) else {
            let of_csbs = csbs.and_then(|url| catalog::project_of(CloudService::Csbs, url));
            let of_cbr = cbr.and_then(|url| catalog::project_of(CloudService::Cbr, url));
            return of_csbs.or(of_cbr).map(Project::Id);
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

    pub(super) fn agency(&mut self) -> Option<Agency> {
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
                        "The agency's domain is set without the agency's name.",
                        &["agency_name"],
                    );
                }
                if domain.is_none() {
                    self.missing(
                        "agency_domain_name",
                        "The domain that created the agency is not set.",
                        &["agency_domain_name"],
                    );
                }
                if project.is_none() {
                    self.missing(
                        "delegated_project",
                        "The project of the agency's domain is not set.",
                        &["delegated_project", "region"],
                    );
                }
                None
            }
        }
    }
}

fn domain(name: &str, found: &SourcedValue) -> Domain {
    let text = found.text().to_owned();
    if name.ends_with("_id") {
        Domain::Id(text)
    } else {
        Domain::Name(text)
    }
}
