//! Callers of the backup service.

use crate::Role;

/// An authenticated caller.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// Project of the token or access key; empty without one.
    pub project_id: String,
    pub role: Role,
}
