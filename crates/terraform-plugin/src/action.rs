//! An action: something done once, which leaves no state.

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::{Context, Deferred, Diagnostics, RawValue, Schema};

/// Plan an action.
#[derive(Debug, Clone)]
pub struct PlanAction {
    /// The action block's `config`; may hold unknown values.
    pub config: RawValue,
}

/// Carry out an action.
#[derive(Debug, Clone)]
pub struct InvokeAction {
    /// The action block's `config`.
    pub config: RawValue,
}

/// What an action tells while it runs.
#[derive(Debug, Clone)]
pub enum ActionEvent {
    /// How far it is.
    Progress(String),
}

/// Does something once.
#[async_trait]
pub trait Action: Send + Sync + 'static {
    /// Schema of the action block's `config`.
    fn schema(&self) -> Schema;

    /// Checks a configuration without any call to a service.
    async fn validate(&self, _context: &Context, _config: &RawValue, _diags: &mut Diagnostics) {}

    /// Looks at what is planned; `Some` puts it off.
    async fn plan(&self, _context: &Context, _request: PlanAction, _diags: &mut Diagnostics) -> Option<Deferred> {
        None
    }

    /// Does it; reports progress while it runs; errors in `diags` mean that it failed.
    async fn invoke(
        &self,
        context: &Context,
        request: InvokeAction,
        events: mpsc::Sender<ActionEvent>,
        diags: &mut Diagnostics,
    );
}
