//! The data sources `csbs_backup_capability` and `csbs_restore_capability`: the service's answer to whether a backup or a
//! restore is possible.

mod backup;
mod restore;

pub use backup::BackupCapabilityDataSource;
pub use restore::RestoreCapabilityDataSource;

use otc_client::csbs::{ApiError, Capability};

/// Turns a refusal that came as an HTTP error into an answer: the service gives the same refusals in both forms.
fn refusal_as_answer(answer: Result<Capability, ApiError>) -> Result<Capability, ApiError> {
    match answer {
        Err(ApiError::Service(error))
            if error.status == 400 && error.code.as_deref().is_some_and(|code| code.starts_with("CSBS.")) =>
        {
            Ok(Capability {
                result: false,
                error_msg: Some(error.message.clone()).filter(|message| !message.is_empty()),
                error_code: error.code,
                ..Capability::default()
            })
        }
        other => other,
    }
}
