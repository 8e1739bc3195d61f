//! Nothing is lost: faults at every request, stops at every moment, killed processes, rate limits, months of runs.
//!
//! The provider's real code against the simulator in memory, in virtual time.
//!
//! Everything runs in the normal test command. What is drawn by chance can run longer:
//! `CSBS_SEEDS=20000 cargo test --profile seeds --test faults nothing_is_lost_by_chance -- --nocapture`; a seed that fails is printed
//! with the command that runs it again (`CSBS_SEED=993 cargo test --test faults nothing_is_lost_by_chance`). With `--nocapture`
//! each test says how many cells, stops, kills and requests there were.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cloud;
mod deletion;
mod fault;
mod life;
mod matrix;
mod random;
mod rate;
mod recognition;
mod skew;
mod soak;
mod socket;

mod stop;
mod wire;

use test_support::{core, policy_config};

/// What a panic said.
fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or_default();
    text.chars().take(6000).collect()
}

/// Runs in time that passes only when nothing else is to be done.
fn virtual_time<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(Box::pin(work))
}
