//! The skeleton of an action: run an operation of the client, report its progress, and turn its outcome into a message.

use std::time::Duration;

use async_trait::async_trait;
use terraform_plugin::{
    Action, ActionEvent, AddDiagnostic, Attribute, AttributePath, Context, Deferred, Diagnostics, InvokeAction,
    PlanAction, Schema, Value,
};
use tokio::sync::mpsc::Sender;

use crate::{
    Connection, connected::Connected, diagnostics::error_summary, duration, region_and_project::operation_region,
    validators,
};
use otc_client::{csbs::ApiError, operation::OperationContext};

/// Timeout of an action that has none configured.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2 * 60 * 60);

/// An operation that an action runs.
#[async_trait]
pub trait ActionOperation: Send + Sync + Sized + 'static {
    /// Model of the action's configuration.
    type Model: serde::de::DeserializeOwned + Send;
    /// An event while the operation runs.
    type Progress: Send;
    /// The result.
    type Outcome: Send;
    /// The error.
    type Error: Send;

    /// Schema of the configuration, without `region`, which every action has.
    fn schema() -> Schema;

    /// Checks a planned action, whose region is that of `connection`. By default every plan is right.
    async fn check_plan(_connection: &Connection, _context: &Context, _request: &PlanAction, _diags: &mut Diagnostics) {
    }

    /// The operation that the configuration describes.
    fn from_model(model: Self::Model) -> Self;

    /// Runs to the end, or until an interrupt.
    async fn run(
        &self,
        service: &OperationContext,
        context: &Context,
        on_progress: &(dyn Fn(Self::Progress) + Send + Sync),
    ) -> Result<Self::Outcome, Self::Error>;

    /// Message of an event.
    fn progress_message(&self, progress: Self::Progress) -> String;

    /// Message of the result.
    fn success_message(&self, outcome: Self::Outcome) -> String;

    /// Adds the error diagnostic.
    fn report(&self, error: Self::Error, diags: &mut Diagnostics);
}

#[async_trait]
impl<O: ActionOperation> Action for Connected<O> {
    fn schema(&self) -> Schema {
        O::schema().attributes([operation_region()])
    }

    async fn plan(&self, context: &Context, request: PlanAction, diags: &mut Diagnostics) -> Option<Deferred> {
        let config = &request.config;
        if !config.get("region").is_unknown() {
            O::check_plan(&self.connection.in_region_of(config), context, &request, diags).await;
        }
        None
    }

    async fn invoke(
        &self,
        context: &Context,
        request: InvokeAction,
        events: Sender<ActionEvent>,
        diags: &mut Diagnostics,
    ) {
        let Some((service, model, send)) = begin::<O::Model>(&self.connection, &request, &events, diags) else {
            return;
        };
        let operation = O::from_model(model);
        let on_progress = |progress| send(operation.progress_message(progress));
        let outcome = Box::pin(operation.run(&service, context, &on_progress)).await;
        match outcome {
            Ok(outcome) => send(operation.success_message(outcome)),
            Err(error) => operation.report(error, diags),
        }
    }
}

/// The service in the action's region, the configuration, and a function that sends progress events; `None` with errors in `diags`.
pub(super) fn begin<'a, M: serde::de::DeserializeOwned>(
    connection: &Connection,
    request: &InvokeAction,
    events: &'a Sender<ActionEvent>,
    diags: &mut Diagnostics,
) -> Option<(OperationContext, M, impl Fn(String) + use<'a, M>)> {
    let service = connection.in_region_of(&request.config).service(diags)?;
    let model = request.config.to_model(diags)?;
    // An event for which the channel has no room is lost; the action continues.
    let send = move |message| drop(events.try_send(ActionEvent::Progress(message)));
    Some((service, model, send))
}

/// The attribute `timeout`.
pub(super) fn timeout_attribute() -> Attribute {
    Attribute::string("timeout")
        .validate(validators::timeout())
        .doc("Longest duration of the action, such as `90m`. Default `2h`.")
}

/// The configured timeout, or the default.
pub(super) fn timeout(configured: &Value<String>) -> Duration {
    let text = configured.as_deref_option();
    text.and_then(|text| duration::parse(text).ok())
        .unwrap_or(DEFAULT_TIMEOUT)
}

/// Errors that every operation can have.
pub(super) struct CommonErrors<'a> {
    /// What failed, such as "Cannot restore the backup".
    pub summary: &'static str,
    /// The object, such as "Backup 9506416d-…".
    pub subject: &'a str,
    /// What continues in the cloud after an interrupt, such as "the restore continues in the cloud".
    pub continues: &'a str,
}

impl CommonErrors<'_> {
    /// The timeout expired before the service answered, so that nothing was started.
    pub fn not_started(&self, waited: Duration, diags: &mut Diagnostics) {
        let detail = format!(
            "{}: the service did not answer within {}. Nothing was changed. Check the connection to the service, or raise \
             `timeout`, and invoke the action again.",
            self.subject,
            duration::show(waited)
        );
        diags.add_attribute_error(self.summary, detail, AttributePath::new("timeout"));
    }

    /// The timeout expired while the operation ran.
    pub fn timed_out(&self, summary: &'static str, waited: Duration, last: &str, diags: &mut Diagnostics) {
        let detail = format!(
            "{}: not finished after {}; {last}. As far as is known, {}. Raise `timeout`.",
            self.subject,
            duration::show(waited),
            self.continues
        );
        diags.add_attribute_error(summary, detail, AttributePath::new("timeout"));
    }

    /// Reading the progress failed.
    pub fn lost(&self, summary: &'static str, source: &ApiError, next: &str, diags: &mut Diagnostics) {
        let detail = format!(
            "{}: {} As far as is known, {}. {next}",
            self.subject,
            error_summary(source),
            self.continues
        );
        diags.add_attribute_error(summary, detail, AttributePath::root());
    }

    /// An interrupt. `started` is `None` when the service had not answered yet.
    pub fn interrupted(&self, started: Option<bool>, diags: &mut Diagnostics) {
        let (subject, continues) = (self.subject, self.continues);
        let detail = match started {
            Some(true) => format!("{subject}: {continues}."),
            Some(false) => format!("{subject}: nothing was changed."),
            None => format!("{subject}: the service had not answered yet. It may be that {continues}."),
        };
        diags.add_attribute_error("Interrupted", detail, AttributePath::root());
    }
}
