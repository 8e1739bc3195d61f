//! Actions: operations that Terraform runs once and that leave no state.

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::{Context, Deferred, Diagnostics, RawValue, Schema};

/// Request to plan an action.
#[derive(Debug, Clone)]
pub struct PlanAction {
    /// The action block's `config`; may hold unknown values.
    pub config: RawValue,
}

/// Request to run an action.
#[derive(Debug, Clone)]
pub struct InvokeAction {
    /// The action block's `config`.
    pub config: RawValue,
}

/// Event that an action sends while it runs.
#[derive(Debug, Clone)]
pub enum ActionEvent {
    /// Progress message for the user.
    Progress(String),
}

/// An action.
///
/// Every method reports problems to `diags`. A panic becomes an error diagnostic of its call.
#[async_trait]
pub trait Action: Send + Sync + 'static {
    /// Schema of the action block's `config`.
    fn schema(&self) -> Schema;

    /// Validates a configuration, beyond the validators of single attributes. Makes no call to a service, and skips unknown
    /// values.
    async fn validate(&self, _context: &Context, _config: &RawValue, _diags: &mut Diagnostics) {}

    /// Checks a planned action; `Some` defers it. Never called while the configuration of the provider is unknown and the client
    /// understands deferral.
    async fn plan(&self, _context: &Context, _request: PlanAction, _diags: &mut Diagnostics) -> Option<Deferred> {
        None
    }

    /// Runs the action, and sends its progress to `events`. An error in `diags` means that it failed.
    async fn invoke(
        &self,
        context: &Context,
        request: InvokeAction,
        events: mpsc::Sender<ActionEvent>,
        diags: &mut Diagnostics,
    );
}
