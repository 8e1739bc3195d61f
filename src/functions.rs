//! The functions.

mod explain;
mod trigger_pattern;

pub use explain::ExplainTriggerPattern;
pub use trigger_pattern::TriggerPattern;
