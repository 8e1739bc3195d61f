//! When a policy runs next.

use jiff::Timestamp;

use otc_client::csbs::{Policy, ScheduledOperation, parse_time, pattern::Schedule};

/// Whether the service says that the policy is disabled.
#[must_use]
pub fn is_disabled(policy: &Policy) -> bool {
    policy.status.as_deref() == Some("disabled")
}

/// Whether an operation of the policy runs by its schedule. The status does not answer that: an enabled policy can be
/// `suspended`.
#[must_use]
pub fn is_enabled(policy: &Policy) -> bool {
    let operations = &policy.scheduled_operations;
    !is_disabled(policy) && operations.iter().any(|operation| operation.enabled != Some(false))
}

/// The time at which the operation's trigger began, as the service writes it.
#[must_use]
pub fn start_time(operation: &ScheduledOperation) -> Option<&str> {
    operation.trigger.as_ref()?.properties.as_ref()?.start_time.as_deref()
}

/// The first run after `now` of an operation that is enabled.
#[must_use]
pub fn next_run(operation: &ScheduledOperation, now: Timestamp) -> Option<Timestamp> {
    if operation.enabled == Some(false) {
        return None;
    }
    let pattern = operation.trigger.as_ref()?.properties.as_ref()?.pattern.as_deref()?;
    let start = start_time(operation).and_then(parse_time);
    Schedule::parse(pattern).ok()?.next_after(now, start)
}

/// The first run after `now` of any operation of the policy.
#[must_use]
pub fn policy_next_run(policy: &Policy, now: Timestamp) -> Option<Timestamp> {
    let operations = policy.scheduled_operations.iter().filter(|_| !is_disabled(policy));
    operations.filter_map(|operation| next_run(operation, now)).min()
}
