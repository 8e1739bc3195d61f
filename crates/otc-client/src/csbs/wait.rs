//! When to look again, and the loop that does.

mod schedule;
mod until;

pub use schedule::Schedule;
pub use until::{Expect, Gone, Observed, WaitError, until};
