//! Keeps a failing handler from harming the rest of the process: a panic becomes an error diagnostic, and a handler that
//! ignores a stop is abandoned.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;

use crate::{AddDiagnostic, AttributePath, Context, Diagnostics};

/// Time that a handler has to return after a stop.
const GRACE: Duration = Duration::from_secs(2);
/// Interval at which the guard checks whether a create has saved a partial state.
const POLL: Duration = Duration::from_millis(50);

/// The treatment of a handler that does not return within [`GRACE`] after a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnStop {
    /// The guard waits for it: it makes no calls that could hang.
    Wait,
    /// The guard abandons it: it changes nothing, or what it changes is in the state already.
    Abandon,
    /// The guard abandons it once it has saved a partial state: before that, what it creates would be lost.
    AbandonOnceSaved,
}

impl OnStop {
    /// Returns when the handler is to be abandoned.
    async fn due(self, context: &Context) {
        if self == Self::Wait {
            return std::future::pending().await;
        }
        context.cancel.cancelled().await;
        tokio::time::sleep(GRACE).await;
        if self == Self::AbandonOnceSaved {
            while !context.partial_state.is_some() {
                tokio::time::sleep(POLL).await;
            }
        }
    }
}

/// Awaits a handler and adds what it reported to `diags`. A panic and an abandoned handler are errors that name the
/// operation and the type.
pub(super) async fn guard<T: Default>(
    operation: &str,
    type_name: &str,
    on_stop: OnStop,
    context: &Context,
    diags: &mut Diagnostics,
    handler: impl Future<Output = (T, Diagnostics)>,
) -> T {
    let returned = tokio::select! {
        biased;
        returned = AssertUnwindSafe(handler).catch_unwind() => returned,
        () = on_stop.due(context) => {
            diags.add_attribute_error(
                format!("Interrupted while {operation} {type_name}"),
                "The provider did not finish in time. What it started may still take effect; the next plan shows the \
                 outcome.",
                AttributePath::root(),
            );
            return T::default();
        }
    };
    match returned {
        Ok((result, reported)) => {
            diags.errors.extend(reported.errors);
            diags.warnings.extend(reported.warnings);
            result
        }
        Err(payload) => {
            diags.add_attribute_error(
                format!("The provider crashed while {operation} {type_name}"),
                format!(
                    "This is a bug in the provider; please report it with the log (TF_LOG=DEBUG). The panic message is: \
                     {}.",
                    panic_message(payload.as_ref())
                ),
                AttributePath::root(),
            );
            T::default()
        }
    }
}

fn panic_message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "none".to_owned())
}
