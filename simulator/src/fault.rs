//! Failing on demand.

mod apply;
mod effect;
mod rule;

pub(crate) use apply::{boxed, http_date, instead, spoil};
pub use effect::{ConnectionFault, Effect};
pub(crate) use rule::Faults;
pub use rule::{Rule, RuleId};
