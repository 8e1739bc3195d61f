//! The service catalog.

use serde_json::{Value, json};

use crate::{
    call::Call,
    config::CatalogEntry,
    random::pick,
    reply::{Payload, Reply},
    state::State,
};

/// Returns the catalog of a project, with addresses that the client can reach.
pub(super) fn services(state: &State, call: &Call, project: Option<&str>) -> Value {
    let base = &call.base;
    let mut csbs = Vec::new();
    let mut cbr = Vec::new();
    let mut compute = Vec::new();
    if let Some(project) = project {
        for (index, region) in state.config.regions.iter().enumerate() {
            let prefix = if index == 0 {
                String::new()
            } else {
                format!("/{region}")
            };
            let address = match &state.config.catalog_entry {
                CatalogEntry::SameHost => Some(format!("{base}{prefix}/v1/{project}")),
                CatalogEntry::HostPerService { domain } => Some(format!("https://csbs.{region}.{domain}/v1/{project}")),
                CatalogEntry::Missing => None,
            };
            csbs.extend(address.map(|address| endpoint("data-protect", region, &address)));
            let address = match &state.config.catalog_entry {
                CatalogEntry::HostPerService { domain } => format!("https://cbr.{region}.{domain}/v3/{project}"),
                CatalogEntry::SameHost | CatalogEntry::Missing => format!("{base}{prefix}/v3/{project}"),
            };
            cbr.push(endpoint("cbr", region, &address));
            compute.push(endpoint("compute", region, &format!("{base}{prefix}/v2.1/{project}")));
        }
    }
    let identity = vec![endpoint("identity", "*", &format!("{base}/v3"))];
    let mut services = vec![
        json!({"type": "identity", "name": "iam", "id": "service-identity", "endpoints": identity}),
        json!({"type": "compute", "name": "nova", "id": "service-compute", "endpoints": compute}),
    ];
    if state.config.catalog_entry != CatalogEntry::Missing {
        services.push(json!({"type": "data-protect", "name": "csbs", "id": "service-csbs", "endpoints": csbs}));
    }
    if state.config.cbr.in_catalog {
        services.push(json!({"type": "cbr", "name": "cbr", "id": "service-cbr", "endpoints": cbr}));
    }
    Value::Array(services)
}

fn endpoint(service: &str, region: &str, url: &str) -> Value {
    let id = format!("{:08x}", pick(service, region, 1 << 32));
    json!({"id": id, "interface": "public", "region": region, "region_id": region, "url": url})
}

/// `GET /` and `GET /v3`
pub(super) fn versions(call: &Call) -> Reply {
    let version = json!({
        "id": "v3.14",
        "status": "stable",
        "updated": "2020-04-07T00:00:00Z",
        "links": [{"rel": "self", "href": format!("{}/v3/", call.base)}],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
    });
    if call.segments.is_empty() {
        Reply::new(300, Payload::Json(json!({"versions": {"values": [version]}})))
    } else {
        Reply::ok(json!({"version": version}))
    }
}
