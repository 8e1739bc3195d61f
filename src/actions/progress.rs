//! What both actions share: their timeout, and messages while they run.

use std::time::Duration;

use tokio::sync::mpsc::Sender;

use crate::duration;
use terraform_plugin::{ActionEvent, AddDiagnostic, AttributePath, Diagnostics, RawValue};

/// How long an action may take when nothing is said.
pub const DEFAULT: Duration = Duration::from_secs(2 * 60 * 60);

/// How long the action may take.
#[must_use]
pub fn timeout(config: &RawValue) -> Duration {
    let text = config.get("timeout").as_str();
    text.and_then(|text| duration::parse(text).ok()).unwrap_or(DEFAULT)
}

/// Reports a timeout that is no duration.
pub fn validate_timeout(config: &RawValue, diags: &mut Diagnostics) {
    if let Some(text) = config.get("timeout").as_str()
        && let Err(error) = duration::parse(text)
    {
        diags.add_attribute_error(
            "The timeout is not valid",
            format!("The value cannot be used: {error}."),
            AttributePath::new("timeout"),
        );
    }
}

/// Sends a message; when nobody takes it, it is lost, and the action goes on.
pub fn report_progress(events: &Sender<ActionEvent>, text: String) {
    let _ = events.try_send(ActionEvent::Progress(text));
}
