//! Fault injection.

mod apply;
mod echo;
mod effect;
mod rule;

pub(crate) use apply::{boxed, http_date, instead, spoil};
pub(crate) use echo::{echo, injected};
pub use effect::{ConnectionFault, Effect};
pub(crate) use rule::Faults;
pub use rule::{Rule, RuleId};
