//! What stands between the handlers and the rest of the process: a panic is told and harms nobody else, and a handler that
//! does not hear a stop is not waited for.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;

use crate::{AddDiagnostic, AttributePath, Context, Diagnostics};

/// How long a handler may take to come back once it is told to stop.
const GRACE: Duration = Duration::from_secs(2);
/// How often it is looked whether a create has kept anything by now.
const LOOK: Duration = Duration::from_millis(50);

/// What happens to a handler that does not come back after a stop.
#[derive(Debug, Clone, Copy)]
pub(super) enum OnStop<'c> {
    /// It is waited for: it makes no calls that could hang.
    Wait,
    /// It is left alone: it changes nothing, or what it changes is in the state already.
    Abandon(&'c Context),
    /// It is left alone once it has kept a state: before that, what it makes would be lost.
    AbandonOnceSaved(&'c Context),
}

impl OnStop<'_> {
    async fn due(self) {
        let context = match self {
            Self::Wait => return std::future::pending().await,
            Self::Abandon(context) | Self::AbandonOnceSaved(context) => context,
        };
        context.cancel.cancelled().await;
        tokio::time::sleep(GRACE).await;
        if matches!(self, Self::AbandonOnceSaved(_)) {
            while !context.kept.is_some() {
                tokio::time::sleep(LOOK).await;
            }
        }
    }
}

/// Awaits a handler. A panic becomes an error of this call that names the operation and the type.
pub(super) async fn guard<T: Default>(
    operation: &str,
    type_name: &str,
    stop: OnStop<'_>,
    diags: &mut Diagnostics,
    call: impl Future<Output = (T, Diagnostics)>,
) -> T {
    let ended = tokio::select! {
        biased;
        ended = AssertUnwindSafe(call).catch_unwind() => ended,
        () = stop.due() => {
            diags.add_attribute_error(
                format!("Stopped while the provider was to {operation} {type_name}"),
                "It did not come to its end in time. What it began may go on in the cloud; the next plan shows how it ended.",
                AttributePath::root(),
            );
            return T::default();
        }
    };
    match ended {
        Ok((result, reported)) => {
            diags.errors.extend(reported.errors);
            diags.warnings.extend(reported.warnings);
            result
        }
        Err(payload) => {
            diags.add_attribute_error(
                format!("The provider failed while it was to {operation} {type_name}"),
                format!(
                    "This is a bug of the provider; please report it with the log (TF_LOG=DEBUG). It stopped with: {}.",
                    panic_text(payload.as_ref())
                ),
                AttributePath::root(),
            );
            T::default()
        }
    }
}

fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

/// Reports a handler that gave nothing and no reason.
pub(super) fn report_missing_result(operation: &str, type_name: &str, diags: &mut Diagnostics) {
    if diags.errors.is_empty() {
        diags.add_attribute_error(
            format!("The provider gave no result when it was to {operation} {type_name}"),
            "It reported no error either. This is a bug of the provider; please report it.",
            AttributePath::root(),
        );
    }
}

/// Runs a handler that reports to its own diagnostics, guarded.
macro_rules! guarded {
    ($operation:expr, $name:expr, $stop:expr, $diags:expr, |$own:ident| $call:expr) => {
        $crate::protocol6::handlers::guard::guard($operation, $name, $stop, $diags, async {
            let mut reported = $crate::Diagnostics::default();
            let $own = &mut reported;
            let result = $call;
            (result, reported)
        })
        .await
    };
}
pub(super) use guarded;

/// Answers one of the calls that validate a configuration: decodes it, runs the validators of the schema and those of the
/// item, and drops what they report about values that are not known yet.
macro_rules! validated {
    ($handlers:ident . $entries:ident, $kind:expr, $request:ident, $item:ident) => {{
        let mut diags = $crate::Diagnostics::default();
        let context = $handlers.context(None);
        if let Some(entry) =
            $crate::protocol6::handlers::find(&$handlers.$entries, $kind, &$request.type_name, &mut diags)
            && let Some(config) =
                $crate::protocol6::handlers::decode($request.config.as_ref(), &entry.ty, "configuration", &mut diags)
        {
            $crate::protocol6::handlers::guard::guarded!(
                "validate",
                &$request.type_name,
                $crate::protocol6::handlers::OnStop::Abandon(&context),
                &mut diags,
                |own| {
                    entry.schema.validate(&config, own);
                    entry.$item.validate(&context, &config, own).await;
                    $crate::protocol6::handlers::normalize::drop_errors_on_unknowns(&config, own);
                }
            );
        }
        $crate::protocol6::wire::DiagnosticsResponse {
            diagnostics: $handlers.diagnostics(diags),
        }
    }};
}
pub(super) use validated;
