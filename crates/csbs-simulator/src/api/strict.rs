//! Documented members and query parameters of each call. Strict mode refuses all others.
//!
//! The reaction of the real service to unknown members is not documented. Refusing them here proves that the provider sends
//! documented members only.

use serde_json::Value;

use crate::{Operation, call::Call, check::Checked, reply::Reply};

/// Shape of a part of a body.
enum Shape {
    /// Any value.
    Any,
    /// An object with these members only.
    Object(&'static [(&'static str, Shape)]),
    /// A list of elements of this shape.
    List(&'static Shape),
}

use Shape::{Any, List, Object};

const TAG: Shape = Object(&[("key", Any), ("value", Any)]);
const TAG_QUERY: Shape = Object(&[("key", Any), ("values", Any)]);
const VOLUME: Shape = Object(&[("backup_id", Any), ("volume_id", Any)]);
const POLICY_SERVER: Shape = Object(&[("id", Any), ("type", Any), ("name", Any), ("extra_info", Any)]);
const DEFINITION: Shape = Object(&[
    ("max_backups", Any),
    ("retention_duration_days", Any),
    ("permanent", Any),
    ("day_backups", Any),
    ("week_backups", Any),
    ("month_backups", Any),
    ("year_backups", Any),
    ("timezone", Any),
    ("plan_id", Any),
    ("provider_id", Any),
]);
const TRIGGER: Shape = Object(&[("properties", Object(&[("pattern", Any)]))]);

const PROTECT: Shape = Object(&[(
    "protect",
    Object(&[
        ("backup_name", Any),
        ("description", Any),
        ("incremental", Any),
        ("resource_type", Any),
        ("tags", List(&TAG)),
        ("extra_info", Any),
    ]),
)]);

const CHECK_PROTECTABLE: Shape = Object(&[(
    "check_protectable",
    List(&Object(&[("resource_id", Any), ("resource_type", Any)])),
)]);

const CHECK_RESTORABLE: Shape = Object(&[(
    "check_restorable",
    List(&Object(&[
        ("checkpoint_item_id", Any),
        (
            "target",
            Object(&[("resource_id", Any), ("resource_type", Any), ("volumes", List(&VOLUME))]),
        ),
    ])),
)]);

const RUN_POLICY: Shape = Object(&[(
    "checkpoint",
    Object(&[
        ("plan_id", Any),
        ("parameters", Object(&[("auto_trigger", Any), ("resources", Any)])),
    ]),
)]);

const RESTORE: Shape = Object(&[(
    "restore",
    Object(&[
        ("provider_id", Any),
        ("checkpoint_id", Any),
        ("restore_target", Any),
        (
            "parameters",
            Object(&[
                ("checkpoint_item_id", Any),
                ("power_on", Any),
                ("targets", Object(&[("server_id", Any), ("volumes", List(&VOLUME))])),
            ]),
        ),
    ]),
)]);

const CREATE_POLICY: Shape = Object(&[(
    "policy",
    Object(&[
        ("name", Any),
        ("description", Any),
        ("provider_id", Any),
        ("parameters", Object(&[("common", Any)])),
        ("resources", List(&POLICY_SERVER)),
        (
            "scheduled_operations",
            List(&Object(&[
                ("name", Any),
                ("description", Any),
                ("enabled", Any),
                ("operation_type", Any),
                ("operation_definition", DEFINITION),
                ("trigger", TRIGGER),
            ])),
        ),
        ("tags", List(&TAG)),
    ]),
)]);

const UPDATE_POLICY: Shape = Object(&[(
    "policy",
    Object(&[
        ("name", Any),
        ("description", Any),
        ("resources", List(&POLICY_SERVER)),
        (
            "scheduled_operations",
            List(&Object(&[
                ("id", Any),
                ("name", Any),
                ("description", Any),
                ("enabled", Any),
                // The handler refuses it in every mode.
                ("operation_type", Any),
                ("operation_definition", DEFINITION),
                ("trigger", TRIGGER),
            ])),
        ),
    ]),
)]);

const ADD_TAG: Shape = Object(&[("tag", TAG)]);
const BATCH_TAGS: Shape = Object(&[("action", Any), ("tags", List(&TAG))]);
const FILTER_BY_TAGS: Shape = Object(&[
    ("action", Any),
    ("tags", List(&TAG_QUERY)),
    ("tags_any", List(&TAG_QUERY)),
    ("not_tags", List(&TAG_QUERY)),
    ("not_tags_any", List(&TAG_QUERY)),
    ("matches", List(&TAG)),
    ("limit", Any),
    ("offset", Any),
]);

const ITEM_FILTERS: &[&str] = &[
    "status",
    "limit",
    "marker",
    "offset",
    "sort",
    "all_tenants",
    "name",
    "resource_name",
    "az",
    "resource_id",
    "resource_type",
    "start_time",
    "end_time",
    "image_type",
    "policy_id",
    "checkpoint_id",
    // Documented for the count only, but the Go SDK sends it to the list, which ignores it: see `filter.rs`.
    "ip",
];

/// Returns the shape of a call's body; `None` if it has none.
fn body_of(operation: Operation) -> Option<&'static Shape> {
    Some(match operation {
        Operation::Protect => &PROTECT,
        Operation::CheckProtectable => &CHECK_PROTECTABLE,
        Operation::CheckRestorable => &CHECK_RESTORABLE,
        Operation::RunPolicy => &RUN_POLICY,
        Operation::Restore => &RESTORE,
        Operation::CreatePolicy => &CREATE_POLICY,
        Operation::UpdatePolicy => &UPDATE_POLICY,
        Operation::AddTag => &ADD_TAG,
        Operation::BatchTags => &BATCH_TAGS,
        Operation::FilterByTags => &FILTER_BY_TAGS,
        _ => return None,
    })
}

fn query_of(operation: Operation) -> &'static [&'static str] {
    match operation {
        Operation::ListItems | Operation::CountItems => ITEM_FILTERS,
        Operation::ListPolicies => &["limit", "marker", "offset", "sort", "name", "all_tenants"],
        Operation::DeleteCheckpoint => &["checkpoint_items"],
        _ => &[],
    }
}

/// Refuses undocumented members and parameters with `CSBS.9001`. The handler refuses a body that is not a JSON object.
pub(super) fn check(operation: Operation, call: &Call) -> Checked<()> {
    let known = query_of(operation);
    if let Some((name, _)) = call.query.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        return Err(Reply::parameter(format!("unknown query parameter {name}")));
    }
    let Some(shape) = body_of(operation) else {
        return Ok(());
    };
    match serde_json::from_slice(&call.body) {
        Ok(body) => compare(&body, shape, ""),
        Err(_) => Ok(()),
    }
}

fn compare(value: &Value, shape: &Shape, place: &str) -> Checked<()> {
    match (value, shape) {
        (Value::Object(object), Object(members)) => {
            for (name, value) in object {
                let path = if place.is_empty() {
                    name.clone()
                } else {
                    format!("{place}.{name}")
                };
                let Some((_, inner)) = members.iter().find(|(known, _)| known == name) else {
                    return Err(Reply::parameter(format!("unknown member {path}")));
                };
                compare(value, inner, &path)?;
            }
            Ok(())
        }
        (Value::Array(list), List(inner)) => list.iter().try_for_each(|element| compare(element, inner, place)),
        // The handler refuses wrong types.
        _ => Ok(()),
    }
}
