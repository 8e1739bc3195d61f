//! Filters and order of backup lists.

use std::cmp::Ordering;

use jiff::Timestamp;

use super::{backup_view::Row, objects::BackupStatus, query, refusal::parameter};
use crate::{call::Call, check::Checked, state::State};

/// Documented query parameters of `GET /backups`.
pub(super) const PARAMETERS: &[&str] = &[
    "checkpoint_id",
    "dec",
    "end_time",
    "image_type",
    "limit",
    "marker",
    "member_status",
    "name",
    "offset",
    "own_type",
    "parent_id",
    "resource_az",
    "resource_id",
    "resource_name",
    "resource_type",
    "sort",
    "start_time",
    "status",
    "used_percent",
    "vault_id",
];

const SORT_KEYS: [&str; 6] = ["created_at", "updated_at", "name", "status", "protected_at", "id"];

/// Filter of a list. All given conditions must hold.
pub(super) struct Filter<'a> {
    call: &'a Call,
    statuses: Vec<BackupStatus>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    used_percent: Option<u64>,
    /// Only backups that other projects share, of which there are none.
    shared: bool,
}

impl<'a> Filter<'a> {
    pub(super) fn read(call: &'a Call) -> Checked<Self> {
        let one_of = |name: &str, known: &[&str]| match call.query(name) {
            Some(value) if !known.contains(&value) => {
                Err(parameter(format!("{name} must be one of {}", known.join(", "))))
            }
            value => Ok(value),
        };
        let own_type = one_of("own_type", &["all_granted", "private", "shared"])?;
        let member_status = one_of("member_status", &["pending", "accepted", "rejected"])?;
        if member_status.is_some() && own_type != Some("shared") {
            return Err(parameter("member_status needs own_type=shared"));
        }
        one_of("dec", &["true", "false"])?;
        one_of("image_type", &["backup", "replication"])?;
        let statuses = call.query.iter().filter(|(name, _)| name == "status");
        let statuses = statuses.map(|(_, value)| {
            BackupStatus::from_name(value).ok_or_else(|| parameter(format!("status {value} is not known")))
        });
        Ok(Self {
            call,
            statuses: statuses.collect::<Checked<_>>()?,
            start: query::time(call, "start_time")?,
            end: query::time(call, "end_time")?,
            used_percent: query::number(call, "used_percent", 1, 100)?.map(|percent| percent as u64),
            shared: own_type == Some("shared"),
        })
    }

    /// Returns the ID of the server's backup whose children are wanted.
    pub(super) fn parent_id(&self) -> Option<&'a str> {
        self.call.query("parent_id")
    }

    pub(super) fn matches(&self, state: &State, row: Row<'_>) -> bool {
        let backup = row.backup;
        let exact = |name: &str, value: &str| self.call.query(name).is_none_or(|wanted| wanted == value);
        let names = state.config.cbr.name_filter;
        let by_name = |name: &str, value: &str| self.call.query(name).is_none_or(|wanted| names.matches(wanted, value));
        let used_percent = || {
            let vault = state.cbr.vaults.iter().find(|vault| vault.id == backup.vault_id);
            vault.map_or(0, |vault| vault.used_percent(state.cbr.used(&vault.id, None)))
        };
        !self.shared
            && exact("checkpoint_id", &backup.checkpoint_id)
            && exact("vault_id", &backup.vault_id)
            && exact("parent_id", row.parent_id().unwrap_or_default())
            && exact("resource_id", row.resource_id())
            && exact("resource_type", row.resource_type())
            && exact("resource_az", &backup.server.zone)
            && exact("image_type", "backup")
            && exact("dec", "false")
            && by_name("name", &row.name())
            && by_name("resource_name", row.resource_name())
            && (self.statuses.is_empty() || self.statuses.contains(&backup.status))
            && self.start.is_none_or(|start| backup.created_at >= start)
            && self.end.is_none_or(|end| backup.created_at <= end)
            && self.used_percent.is_none_or(|least| used_percent() >= least)
    }
}

/// Sorts rows, which are given oldest first, by the parameter `sort`.
pub(super) fn sort(call: &Call, rows: &mut [Row<'_>]) -> Checked<()> {
    let order = order(call)?;
    // The sort is stable; rows with equal keys are listed newest first.
    rows.reverse();
    rows.sort_by(|a, b| {
        order
            .iter()
            .map(|(key, rising)| {
                let ordering = compare(key, a, b);
                if *rising { ordering } else { ordering.reverse() }
            })
            .find(|ordering| *ordering != Ordering::Equal)
            .unwrap_or(Ordering::Equal)
    });
    Ok(())
}

fn compare(key: &str, a: &Row<'_>, b: &Row<'_>) -> Ordering {
    match key {
        "updated_at" => a.backup.updated_at.cmp(&b.backup.updated_at),
        "name" => a.name().cmp(&b.name()),
        "status" => a.backup.status.name().cmp(b.backup.status.name()),
        "protected_at" => a.backup.protected_at.cmp(&b.backup.protected_at),
        "id" => a.id().cmp(b.id()),
        _ => a.backup.created_at.cmp(&b.backup.created_at),
    }
}

/// Parses `key[:asc|desc],…`. The default is descending.
fn order(call: &Call) -> Checked<Vec<(String, bool)>> {
    let text = call.query("sort").unwrap_or("created_at:desc");
    if text.chars().count() > 255 {
        return Err(parameter("sort must have at most 255 characters"));
    }
    text.split(',')
        .map(|part| {
            let (key, direction) = part.split_once(':').unwrap_or((part, "desc"));
            if !SORT_KEYS.contains(&key) {
                return Err(parameter(format!("cannot sort by {key}")));
            }
            match direction {
                "asc" => Ok((key.to_owned(), true)),
                "desc" => Ok((key.to_owned(), false)),
                _ => Err(parameter("the direction of sort must be asc or desc")),
            }
        })
        .collect()
}
