//! Nothing is lost: faults at every request, stops at every moment, killed processes, rate limits, months of runs.
//!
//! The provider's real code against the simulator in memory, in virtual time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cloud;
#[path = "../support/core.rs"]
#[allow(dead_code)]
mod core;
mod fault;
mod life;
mod matrix;
#[path = "../support/policy_config.rs"]
#[allow(dead_code)]
mod policy_config;
mod random;
mod rate;
mod soak;
mod stop;
mod wire;

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
