//! `csbs_backup` from plan to destroy, against a service in memory and under paused time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod drift;
mod earlier;
mod failures;
mod life;
mod many;
mod plan_check;
mod regions;
mod resume;

use csbs::CsbsProvider;
use terraform_plugin::RawValue;
use test_support::{core, simulated_service::SimulatedService};

/// A new process of the provider, signed in to the service.
fn new_process(service: &SimulatedService) -> CsbsProvider {
    CsbsProvider::with_session(service.session())
}

/// A new process of the provider whose plans ask whether servers can be backed up.
fn new_process_with_plan_checks(service: &SimulatedService) -> CsbsProvider {
    CsbsProvider::with_session_and_plan_checks(service.session())
}

/// The tags of the only backup, as a value of a state.
fn tags_of(service: &SimulatedService) -> RawValue {
    let items = service.items();
    assert_eq!(items.len(), 1);
    let tags = items[0].tags.iter();
    RawValue::Map(tags.map(|(key, value)| (key.clone(), value.as_str().into())).collect())
}
