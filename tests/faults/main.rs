//! No backup is lost: faults at every request, interrupts at every moment, killed processes, all states that a backup can get into,
//! rate limits, a month of runs.
//!
//! The provider's real code against the simulator in memory, in virtual time.
//!
//! Everything runs in the normal test command. The random runs can run longer:
//! `CSBS_SEEDS=20000 cargo test --profile seeds --test faults random_runs_lose_nothing`; `CSBS_FIRST_SEED=20001` continues where it
//! ended. A seed that fails is printed with the command that runs it again (`CSBS_SEED=993 cargo test --test faults
//! random_runs_lose_nothing -- --nocapture`), and after every 10,000 seeds a line says which ones have ended. With glibc,
//! `GLIBC_TUNABLES=glibc.malloc.tcache_count=4000` saves a tenth of the time.
//!
//! With `--nocapture` each test prints its number of cells, interrupts, kills and requests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cloud;
mod deletion;
mod fault;
mod interrupt;
mod matrix;
mod random;
mod rate;
mod recognition;
mod scenario;
mod skew;
mod soak;
mod socket;
mod states;
mod wire;

use test_support::{core, policy_config};

/// The message of a panic.
fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or_default();
    text.chars().take(6000).collect()
}

/// Runs `work` in virtual time, which advances only when all tasks are idle.
fn virtual_time<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(Box::pin(work))
}
