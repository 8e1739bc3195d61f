//! The service's clock and ours differ: what was made without an answer is found all the same, or named.

use csbs_simulator::{Effect, Operation, Rule};
use jiff::SignedDuration;

use crate::{
    cloud::Cloud,
    life::{Life, Stage},
    virtual_time,
    wire::Broken,
};

async fn run(life: Life, operation: Operation, minutes: i64) -> bool {
    let mut cloud = Cloud::new(1);
    cloud.ahead = SignedDuration::from_mins(minutes);
    let mut stage = Stage::new(life, cloud).await;
    stage
        .cloud
        .fault(Rule::on(operation, Effect::DropAfter).once(), Broken::Reset);
    let diags = stage.act().await;
    // A policy that is older than the request is not taken for ours, and named.
    stage.check(true);
    stage.check_sent(false);
    stage.recover().await;
    diags.errors.is_empty()
}

#[test]
fn an_unanswered_create_is_found_in_spite_of_the_clocks() {
    for (life, operation) in [
        (Life::Create, Operation::Protect),
        (Life::PolicyCreate, Operation::CreatePolicy),
    ] {
        for minutes in [-600, -60, -6, -4, 0, 4, 6, 60, 600] {
            let found = virtual_time(run(life, operation, minutes));
            // Our clock may be five minutes ahead; behind, it may be as much as it likes.
            assert_eq!(found, minutes < 5, "{life:?}, {minutes} minutes ahead");
        }
    }
}
