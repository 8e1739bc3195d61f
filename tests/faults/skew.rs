//! The clocks of service and client differ: a create without a response is found all the same, or reported.

use csbs_simulator::{Effect, Operation, Rule};
use jiff::SignedDuration;

use crate::{
    cloud::Cloud,
    scenario::{Scenario, ScenarioRun},
    virtual_time,
    wire::Broken,
};

async fn recover_lost_response(scenario: Scenario, operation: Operation, minutes: i64) -> bool {
    let mut cloud = Cloud::new(1);
    cloud.ahead = SignedDuration::from_mins(minutes);
    let mut run = ScenarioRun::new(scenario, cloud).await;
    run.cloud
        .fault(Rule::on(operation, Effect::DropAfter).once(), Broken::Reset);
    let diags = run.execute().await;
    // A policy that is older than the request is not adopted, but reported.
    run.assert_nothing_is_lost(true);
    run.assert_no_unsafe_repeat(false);
    run.recover().await;
    diags.errors.is_empty()
}

#[test]
fn a_create_without_a_response_is_found_despite_clock_skew() {
    for (scenario, operation) in [
        (Scenario::Create, Operation::Protect),
        (Scenario::PolicyCreate, Operation::CreatePolicy),
    ] {
        for minutes in [-600, -60, -6, -4, 0, 4, 6, 60, 600] {
            let found = virtual_time(recover_lost_response(scenario, operation, minutes));
            // The client's clock may be up to five minutes ahead, and any time behind.
            assert_eq!(found, minutes < 5, "{scenario:?}, {minutes} minutes ahead");
        }
    }
}
