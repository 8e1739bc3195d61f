//! Creates a backup of one server: checks that the server can be backed up, sends the protect action once, and waits until the
//! backup is available.

mod earlier;
mod resolve;
mod resume;
mod run;
mod sparse;
mod start;
mod task;
mod types;
mod wait;

pub use earlier::{RECENT, SHOWN};
pub use resume::ResumeBackup;
pub use types::{CreateBackup, CreateError, CreateProgress, Step};
