//! The context of a call.

use jiff::Timestamp;

use crate::{call::Call, caller::Caller};

/// A call, with everything that its handler needs besides the state of the service.
pub(crate) struct Context<'a> {
    pub call: &'a Call,
    pub caller: &'a Caller,
    /// Path segments after the project.
    pub rest: &'a [&'a str],
    /// Time of the service.
    pub now: Timestamp,
    /// Number of the request in the log.
    pub number: u64,
    /// Project in the path, which is the caller's.
    pub project: &'a str,
}
