//! What both lists share.

use tokio::sync::mpsc::Sender;

use terraform_plugin::{Diagnostics, ListEvent, ListRequest, ListResult};

/// Whether so many more results may be sent.
#[must_use]
pub fn limit(request: &ListRequest) -> usize {
    usize::try_from(request.limit)
        .ok()
        .filter(|limit| *limit > 0)
        .unwrap_or(usize::MAX)
}

/// Sends one result; `false` when nobody wants more.
pub async fn found(events: &Sender<ListEvent>, listed: ListResult) -> bool {
    events.send(ListEvent::Found(Box::new(listed))).await.is_ok()
}

/// Sends what went wrong, if anything did.
pub async fn problems(events: &Sender<ListEvent>, diags: Diagnostics) {
    if !diags.errors.is_empty() || !diags.warnings.is_empty() {
        let _ = events.send(ListEvent::Diagnostics(diags)).await;
    }
}
