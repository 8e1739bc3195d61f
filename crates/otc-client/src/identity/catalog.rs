//! Where services are: Keystone's catalog, and an endpoint that was given instead.

use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use url::Url;

use super::{CloudService, Endpoint, IdentityError};
use crate::http::limit_error;

/// A service of the catalog.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Service {
    /// Its type, such as `data-protect`.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// Where it is.
    #[serde(default, deserialize_with = "endpoints")]
    pub endpoints: Vec<Place>,
}

/// The most endpoints that one service may have: more than a cloud has regions and interfaces.
const MOST_ENDPOINTS: usize = 1000;

/// Reads a catalog: the services of [`CloudService`] whole, of all others no more than the type of the first, which tells a
/// catalog without them from an empty one.
pub(super) fn services<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Service>, D::Error> {
    struct Services;

    #[derive(Deserialize)]
    struct Head {
        #[serde(rename = "type", default)]
        kind: String,
    }

    impl<'de> Visitor<'de> for Services {
        type Value = Vec<Service>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a list of services")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut services: Vec<Service> = Vec::new();
            while let Some(text) = seq.next_element::<Box<RawValue>>()? {
                let Head { kind } = serde_json::from_str(text.get()).map_err(A::Error::custom)?;
                if is_known(&kind) {
                    services.push(serde_json::from_str(text.get()).map_err(A::Error::custom)?);
                } else if services.is_empty() {
                    services.push(Service {
                        kind,
                        endpoints: Vec::new(),
                    });
                }
            }
            Ok(services)
        }
    }

    deserializer.deserialize_seq(Services)
}

fn is_known(kind: &str) -> bool {
    CloudService::ALL
        .iter()
        .any(|service| service.catalog_types().contains(&kind))
}

fn endpoints<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Place>, D::Error> {
    struct Places;

    impl<'de> Visitor<'de> for Places {
        type Value = Vec<Place>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a list of endpoints")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut places = Vec::new();
            while let Some(place) = seq.next_element()? {
                if places.len() == MOST_ENDPOINTS {
                    return Err(limit_error(format_args!(
                        "a service has more than {MOST_ENDPOINTS} endpoints"
                    )));
                }
                places.push(place);
            }
            Ok(places)
        }
    }

    deserializer.deserialize_seq(Places)
}

/// One address of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Place {
    /// Region; `*` for all of them.
    pub region: Option<String>,
    /// The same, by its newer name.
    pub region_id: Option<String>,
    /// `public`, `internal` or `admin`.
    #[serde(default)]
    pub interface: String,
    /// The address.
    #[serde(default)]
    pub url: String,
}

impl Place {
    fn region(&self) -> &str {
        self.region.as_deref().or(self.region_id.as_deref()).unwrap_or("*")
    }
}

/// The endpoint to find in a catalog.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The service.
    pub service: CloudService,
    /// `public`, `internal` or `admin`.
    pub interface: &'a str,
    /// The region that was set.
    pub region: Option<&'a str>,
    /// The project.
    pub project_id: &'a str,
    /// Its name, where it is known; on this cloud it begins with the region.
    pub project_name: Option<&'a str>,
}

/// The region of a project, by its name: the part before the first `_`.
#[must_use]
pub fn region_of(project_name: &str) -> &str {
    project_name.split('_').next().unwrap_or(project_name)
}

/// Finds a service in `catalog`.
///
/// # Errors
/// [`IdentityError::NotInCatalog`] when the catalog has only other services; [`IdentityError::UnknownRegion`], which names the
/// regions that the catalog has; otherwise [`IdentityError::NoEndpoint`].
pub fn find(catalog: &[Service], wanted: Wanted<'_>) -> Result<Endpoint, IdentityError> {
    let service = wanted.service;
    let unknown = |reason: String| IdentityError::NoEndpoint(service, reason);
    check_project(service, wanted.project_id)?;
    let mut places: Vec<&Place> = Vec::new();
    for kind in service.catalog_types() {
        if places.is_empty() {
            let services = catalog.iter().filter(|entry| entry.kind == *kind);
            places = services.flat_map(|entry| &entry.endpoints).collect();
        }
    }
    if places.is_empty() {
        return Err(if catalog.is_empty() {
            unknown(
                "the catalog is empty; either the token is not for a project, or the user has no role there".to_owned(),
            )
        } else {
            IdentityError::NotInCatalog(service)
        });
    }
    let of_interface: Vec<&Place> = places
        .into_iter()
        .filter(|place| place.interface == wanted.interface)
        .collect();
    let regions = || {
        let mut names: Vec<_> = of_interface.iter().map(|place| place.region()).collect();
        names.sort_unstable();
        names.dedup();
        names.join(", ")
    };
    let in_region = |region: &str| {
        let fits = |place: &&&Place| place.region() == region;
        let anywhere = |place: &&&Place| place.region() == "*";
        let mut places = of_interface.iter();
        places.clone().find(fits).or_else(|| places.find(anywhere)).copied()
    };
    let place = match wanted.region {
        Some(region) => in_region(region).ok_or_else(|| IdentityError::UnknownRegion {
            service,
            region: region.into(),
            interface: wanted.interface.into(),
            available: regions().into(),
        })?,
        None => wanted
            .project_name
            .and_then(|name| in_region(region_of(name)))
            .or(match of_interface.as_slice() {
                [place] => Some(*place),
                _ => None,
            })
            .ok_or_else(|| {
                unknown(format!(
                    "the region is not set and does not follow from the project's name; {} endpoints of {} are in: {}. \
                     Set region (OS_REGION)",
                    wanted.interface,
                    service.name(),
                    regions()
                ))
            })?,
    };
    let text = fill(&place.url, wanted.project_id);
    let url = Url::parse(text.trim()).map_err(|error| {
        // Text that is not a URL may still contain a password.
        let shown = match text.contains('@') {
            true => String::new(),
            false => format!(", \"{text}\","),
        };
        unknown(format!(
            "the catalog's address of {}{shown} is not a URL: {error}",
            service.name()
        ))
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unknown(format!(
            "the catalog's address of {}, at {}, contains a user name or a password, which must not be sent there. \
             Where the address is known, set {}",
            service.name(),
            url.host_str().unwrap_or_default(),
            service.endpoint_argument()
        )));
    }
    let region = match place.region() {
        "*" => wanted.region.or(wanted.project_name.map(region_of)),
        region => Some(region),
    };
    endpoint(service, url, wanted.project_id, region)
}

/// Checks the ID, which comes from a configuration or from the identity service and becomes part of every URL.
fn check_project(service: CloudService, id: &str) -> Result<(), IdentityError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if (1..=64).contains(&id.len()) && id.bytes().all(allowed) {
        return Ok(());
    }
    let shown: String = id.chars().take(80).collect();
    Err(IdentityError::NoEndpoint(
        service,
        format!(
            "{shown:?} is not the ID of a project, which has 1 to 64 letters, digits, - and _. Set tenant_id (OS_PROJECT_ID)"
        ),
    ))
}

/// Replaces the placeholders of the project ID in a URL.
fn fill(url: &str, project_id: &str) -> String {
    ["$(project_id)s", "%(project_id)s", "$(tenant_id)s", "%(tenant_id)s"]
        .iter()
        .fold(url.to_owned(), |url, place| url.replace(place, project_id))
}

/// The endpoint at `url`, which may end in the host, in the version or in `VERSION/PROJECT`, with or without a slash.
///
/// # Errors
/// [`IdentityError::NoEndpoint`] when it is not http(s), or is that of another project, or `project_id` cannot be one.
pub fn endpoint(
    service: CloudService,
    mut url: Url,
    project_id: &str,
    region: Option<&str>,
) -> Result<Endpoint, IdentityError> {
    check_project(service, project_id)?;
    let name = service.name();
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        let reason = format!("the address of {name}, \"{url}\", is not an http(s) URL");
        return Err(IdentityError::NoEndpoint(service, reason));
    }
    if let Some(other) = project_of(service, &url)
        && other != project_id
    {
        let reason = format!(
            "the address of {name} is that of the project {other}, and the credentials are for the project {project_id}"
        );
        return Err(IdentityError::NoEndpoint(service, reason));
    }
    url.set_query(None);
    url.set_fragment(None);
    let path = fill(&url.path().replace("%28", "(").replace("%29", ")"), project_id);
    let path = path.trim_end_matches('/');
    let version = service.version();
    let path = match path.strip_suffix(project_id).and_then(|rest| rest.strip_suffix('/')) {
        Some(_) => path.to_owned(),
        None if path.ends_with(&format!("/{version}")) => format!("{path}/{project_id}"),
        None => format!("{path}/{version}/{project_id}"),
    };
    url.set_path(&path);
    Ok(Endpoint {
        base: url,
        project_id: project_id.to_owned(),
        region: region.filter(|region| !region.is_empty()).map(str::to_owned),
    })
}

/// The ID of the project that the endpoint of a service contains after the version.
#[must_use]
pub fn project_of(service: CloudService, url: &Url) -> Option<String> {
    let path = url.path().trim_end_matches('/');
    let (_, last) = path.rsplit_once(&format!("/{}/", service.version()))?;
    let is_id = !last.is_empty()
        && last
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_');
    is_id.then(|| last.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PROJECT: &str = "77b6a44cba5143ab91d13ab9a8ff44fd";

    fn place(region: &str, interface: &str, url: &str) -> Place {
        Place {
            region: Some(region.to_owned()),
            region_id: None,
            interface: interface.to_owned(),
            url: url.to_owned(),
        }
    }

    fn catalog(kind: &str, endpoints: Vec<Place>) -> Vec<Service> {
        vec![
            Service {
                kind: "compute".to_owned(),
                endpoints: vec![place("eu-de", "public", "https://ecs.example/v2")],
            },
            Service {
                kind: kind.to_owned(),
                endpoints,
            },
        ]
    }

    fn wanted<'a>(region: Option<&'a str>, project_name: Option<&'a str>) -> Wanted<'a> {
        Wanted {
            service: CloudService::Csbs,
            interface: "public",
            region,
            project_id: PROJECT,
            project_name,
        }
    }

    fn two_regions() -> Vec<Service> {
        catalog(
            "data-protect",
            vec![
                place("eu-de", "internal", "https://inside.example/v1/$(project_id)s"),
                place("eu-de", "public", "https://de.example/v1/$(project_id)s"),
                place("eu-nl", "public", "https://nl.example/v1/%(tenant_id)s/"),
            ],
        )
    }

    #[test]
    fn the_region_and_the_interface_decide() {
        let base = |wanted| find(&two_regions(), wanted).map(|found| found.base.to_string());
        let de = format!("https://de.example/v1/{PROJECT}");
        let nl = format!("https://nl.example/v1/{PROJECT}");
        assert_eq!(base(wanted(Some("eu-de"), None)).unwrap(), de);
        assert_eq!(base(wanted(Some("eu-nl"), Some("eu-de"))).unwrap(), nl);
        assert_eq!(base(wanted(None, Some("eu-nl_team"))).unwrap(), nl);
        let mut inside = wanted(Some("eu-de"), None);
        inside.interface = "internal";
        assert_eq!(base(inside).unwrap(), format!("https://inside.example/v1/{PROJECT}"));
    }

    #[test]
    fn what_cannot_be_found_says_what_there_is() {
        let say = |catalog: &[Service], wanted| find(catalog, wanted).unwrap_err().to_string();
        let text = say(&two_regions(), wanted(Some("eu-xx"), None));
        assert!(text.contains("eu-xx") && text.contains("eu-de, eu-nl"), "{text}");
        let text = say(&two_regions(), wanted(None, Some("mine")));
        assert!(text.contains("OS_REGION"), "{text}");
        assert!(say(&[], wanted(None, None)).contains("empty"));
    }

    #[test]
    fn a_catalog_with_other_services_only_is_told_apart_from_an_empty_one() {
        for kind in ["backup", "cbr", "data-protect"] {
            let found = find(&catalog(kind, vec![]), wanted(None, None));
            assert!(
                matches!(found, Err(IdentityError::NotInCatalog(CloudService::Csbs))),
                "{kind}: {found:?}"
            );
        }
        let empty = find(&[], wanted(None, None));
        assert!(matches!(empty, Err(IdentityError::NoEndpoint(..))), "{empty:?}");
    }

    #[test]
    fn each_service_has_its_type_and_version() {
        let text = serde_json::json!([
            {"type": "cbr", "endpoints": [
                {"interface": "public", "region": "eu-de", "url": "https://cbr.example/v3/$(project_id)s"}]},
            {"type": "compute", "endpoints": []},
        ]);
        let services: Vec<Service> = serde_json::from_value(text).unwrap();
        let cbr = Wanted {
            service: CloudService::Cbr,
            ..wanted(None, None)
        };
        let found = find(&services, cbr).unwrap();
        assert_eq!(found.base.as_str(), format!("https://cbr.example/v3/{PROJECT}"));
        let csbs = find(&services, wanted(None, None));
        assert!(
            matches!(csbs, Err(IdentityError::NotInCatalog(CloudService::Csbs))),
            "{csbs:?}"
        );
        let csbs_alone = catalog("data-protect", vec![place("eu-de", "public", "https://csbs.example")]);
        let text = find(&csbs_alone, cbr).unwrap_err().to_string();
        assert!(text.contains("Cloud Backup and Recovery (service type cbr)"), "{text}");
        for form in [
            "https://cbr.example",
            "https://cbr.example/v3/",
            "https://cbr.example/v3/%(project_id)s",
        ] {
            let found = endpoint(CloudService::Cbr, Url::parse(form).unwrap(), PROJECT, None).unwrap();
            assert_eq!(
                found.base.as_str(),
                format!("https://cbr.example/v3/{PROJECT}"),
                "{form}"
            );
        }
    }

    /// Flexible Engine: hosts of another domain, the region `eu-west-0`, the identity service's own region `*`.
    #[test]
    fn a_catalog_with_hosts_of_another_cloud_is_read() {
        let services: Vec<Service> = serde_json::from_value(serde_json::json!([
            {"type": "identity", "name": "iam", "endpoints": [
                {"interface": "public", "region": "*", "region_id": "*", "url": "https://iam.cloud.example:443/v3"}]},
            {"type": "data-protect", "name": "csbs", "endpoints": [
                {"interface": "public", "region": "eu-west-0", "region_id": "eu-west-0",
                 "url": "https://csbs.eu-west-0.cloud.example/v1/$(tenant_id)s"}]},
        ]))
        .unwrap();
        for (region, project) in [(None, Some("eu-west-0_team")), (Some("eu-west-0"), None), (None, None)] {
            let found = find(&services, wanted(region, project)).unwrap();
            let expected = format!("https://csbs.eu-west-0.cloud.example/v1/{PROJECT}");
            assert_eq!(found.base.as_str(), expected);
            assert_eq!(found.region.as_deref(), Some("eu-west-0"));
        }
    }

    #[test]
    fn a_region_for_all_and_the_other_type_name_are_taken() {
        let found = find(
            &catalog("csbs", vec![place("*", "public", "https://csbs.example")]),
            wanted(Some("eu-de"), None),
        )
        .unwrap();
        assert_eq!(found.base.as_str(), format!("https://csbs.example/v1/{PROJECT}"));
        assert_eq!(found.region.as_deref(), Some("eu-de"));
        let lone = catalog(
            "data-protect",
            vec![place("RegionOne", "public", "https://csbs.example/v1")],
        );
        let found = find(&lone, wanted(None, Some("demo"))).unwrap();
        assert_eq!(found.base.as_str(), format!("https://csbs.example/v1/{PROJECT}"));
    }

    #[test]
    fn every_form_of_an_address_comes_to_the_same() {
        for form in [
            "https://csbs.example",
            "https://csbs.example/",
            "https://csbs.example/v1",
            "https://csbs.example/v1/",
            "https://csbs.example/v1/$(project_id)s",
            "https://csbs.example/v1/%(project_id)s/",
            &format!("https://csbs.example/v1/{PROJECT}/"),
        ] {
            let found = endpoint(CloudService::Csbs, Url::parse(form).unwrap(), PROJECT, None).unwrap();
            assert_eq!(
                found.base.as_str(),
                format!("https://csbs.example/v1/{PROJECT}"),
                "{form}"
            );
        }
        let text = endpoint(
            CloudService::Csbs,
            Url::parse("https://a.example/v1/other").unwrap(),
            PROJECT,
            None,
        )
        .unwrap_err()
        .to_string();
        assert!(text.contains("other") && text.contains(PROJECT), "{text}");
    }

    #[test]
    fn a_project_that_would_bend_the_address_is_refused() {
        for id in [
            "",
            "..",
            "../../v3",
            "a/b",
            "a?b=c",
            "a#b",
            "%2e%2e",
            "a%2fb",
            "a\0b",
            "a\\b",
            "a b",
            "@evil.example",
            "ü",
            ".",
        ] {
            let url = Url::parse("https://csbs.example/v1").unwrap();
            assert!(endpoint(CloudService::Csbs, url, id, None).is_err(), "{id:?}");
            let services = catalog(
                "csbs",
                vec![place("eu-de", "public", "https://csbs.example/v1/$(project_id)s")],
            );
            let wanted = Wanted {
                project_id: id,
                ..wanted(Some("eu-de"), None)
            };
            let text = find(&services, wanted).unwrap_err().to_string();
            assert!(text.contains("OS_PROJECT_ID"), "{text}");
        }
        let url = Url::parse("https://csbs.example/v1").unwrap();
        assert!(endpoint(CloudService::Csbs, url, &"a".repeat(65), None).is_err());
    }

    proptest! {
        #[test]
        fn no_project_and_no_address_lead_elsewhere(
            id in "[a-z0-9./%?#@:\\\\\\PC-]{0,12}",
            path in "[a-zA-Z0-9./%?#@:()$;&=\\\\\\PC-]{0,30}",
        ) {
            if let Ok(url) = Url::parse(&format!("https://csbs.example/{path}"))
                && let Ok(found) = endpoint(CloudService::Csbs, url, &id, None)
            {
                prop_assert_eq!(found.base.host_str(), Some("csbs.example"));
                prop_assert_eq!((found.base.query(), found.base.fragment()), (None, None));
                prop_assert!(found.base.path().ends_with(&format!("/{id}")), "{}", found.base);
                prop_assert_eq!(Url::parse(found.base.as_str()).unwrap(), found.base);
            }
        }

        #[test]
        fn any_catalog_is_read_or_refused(
            kind in "data-protect|csbs|\\PC{0,5}",
            interface in "public|\\PC{0,5}",
            region in proptest::option::of("eu-de|\\*|\\PC{0,5}"),
            url in "(https?|ftp|file|data)?(://)?(csbs\\.example|\\[::1\\]|\\PC{0,5})(:[0-9]{0,6})?(/v1)?\\PC{0,20}",
            wanted_region in proptest::option::of("eu-de|\\PC{0,5}"),
            project_name in proptest::option::of("eu-de_x|\\PC{0,5}"),
        ) {
            let text = serde_json::json!([{ "type": kind, "endpoints": [{ "region_id": region, "interface": interface, "url": url }] }]);
            let services: Vec<Service> = serde_json::from_value(text).unwrap();
            if let Ok(found) = find(&services, wanted(wanted_region.as_deref(), project_name.as_deref())) {
                prop_assert!(found.base.path().ends_with(PROJECT));
                prop_assert_eq!(found.base.query(), None);
            }
        }
    }
}
