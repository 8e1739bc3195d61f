//! Filters of item lists.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use crate::{Role, Status, call::Call, caller::Caller, check::Checked, objects::Item, reply::Reply};

/// Filter of an item list. All given conditions must hold.
#[derive(Debug, Default)]
pub(super) struct Filter {
    status: Option<Status>,
    name: Option<String>,
    resource_name: Option<String>,
    zone: Option<String>,
    resource_id: Option<String>,
    resource_type: Option<String>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    image_type: Option<String>,
    policy_id: Option<String>,
    checkpoint_id: Option<String>,
    /// Part of an IP address of the server.
    pub ip: Option<String>,
    /// Items of all projects.
    pub all: bool,
}

impl Filter {
    pub(super) fn read(call: &Call, caller: &Caller) -> Checked<Self> {
        let text = |name| call.query(name).map(str::to_owned);
        let status = match call.query("status") {
            None => None,
            Some(name) => {
                Some(Status::from_name(name).ok_or_else(|| Reply::parameter(format!("status {name} is not known")))?)
            }
        };
        let all = match call.query("all_tenants") {
            None => false,
            Some("1" | "true" | "True") => true,
            Some("0" | "false" | "False") => false,
            Some(_) => return Err(Reply::parameter("all_tenants must be true or false")),
        };
        if all && caller.role != Role::Admin {
            return Err(Reply::nested("forbidden", 403, "Only administrators see all tenants."));
        }
        Ok(Self {
            status,
            name: text("name"),
            resource_name: text("resource_name"),
            zone: text("az"),
            resource_id: text("resource_id"),
            resource_type: text("resource_type"),
            start: time(call, "start_time")?,
            end: time(call, "end_time")?,
            image_type: text("image_type"),
            policy_id: text("policy_id"),
            checkpoint_id: text("checkpoint_id"),
            ip: text("ip"),
            all,
        })
    }

    pub(super) fn matches(&self, item: &Item) -> bool {
        let exact = |wanted: &Option<String>, have: &str| wanted.as_deref().is_none_or(|wanted| wanted == have);
        let fuzzy = |wanted: &Option<String>, have: &str| wanted.as_deref().is_none_or(|wanted| have.contains(wanted));
        self.status.is_none_or(|status| status == item.status)
            && fuzzy(&self.name, &item.name)
            && fuzzy(&self.resource_name, &item.server.name)
            && exact(&self.zone, &item.server.zone)
            && exact(&self.resource_id, &item.server.id)
            && exact(&self.resource_type, "OS::Nova::Server")
            && self.start.is_none_or(|start| item.created_at >= start)
            && self.end.is_none_or(|end| item.created_at <= end)
            && exact(&self.image_type, "backup")
            && exact(&self.policy_id, item.policy_id.as_deref().unwrap_or_default())
            && exact(&self.checkpoint_id, &item.checkpoint_id)
            && (fuzzy(&self.ip, &item.server.private_ip) || fuzzy(&self.ip, &item.server.eip))
    }
}

/// Parses a time, with or without `T`, fraction and zone.
fn time(call: &Call, name: &str) -> Checked<Option<Timestamp>> {
    let Some(text) = call.query(name) else {
        return Ok(None);
    };
    let zoned = text.parse::<Timestamp>().ok();
    let civil = || text.parse::<DateTime>().ok()?.to_zoned_datetime(TimeZone::UTC).ok();
    zoned
        .or_else(|| Some(civil()?.timestamp()))
        .map(Some)
        .ok_or_else(|| Reply::parameter(format!("{name} is no time")))
}
