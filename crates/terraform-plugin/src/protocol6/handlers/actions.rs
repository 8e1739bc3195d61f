//! Actions.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::{
    ActionEvent, InvokeAction, PlanAction,
    protocol6::{schema, wire},
    readable,
};

use super::{Handlers, STREAM_BUFFER, guard::OnStop};

impl Handlers {
    pub async fn validate_action_config(&self, request: wire::ValidateConfigRequest) -> wire::DiagnosticsResponse {
        self.validate(&self.actions, &request.type_name, request.config.as_ref(), None)
            .await
    }

    pub async fn plan_action(&self, request: wire::ActionRequest) -> wire::PlanActionResponse {
        let response = wire::PlanActionResponse::default();
        let capabilities = request.client_capabilities.as_ref();
        self.answer(&request.action_type, capabilities, response, async |call, response| {
            if let Some(reason) = call.deferral() {
                response.deferred = Some(schema::deferred(reason));
                return None;
            }
            let entry = call.find(&self.actions)?;
            let config = call.decode(request.config.as_ref(), &entry.ty, "configuration")?;
            let deferred = call.run("planning", OnStop::Abandon, async |context, diags| {
                entry.item.plan(context, PlanAction { config }, diags).await
            });
            response.deferred = deferred.await.map(schema::deferred);
            Some(())
        })
        .await
    }

    pub fn invoke_action(self: Arc<Self>, request: wire::ActionRequest) -> mpsc::Receiver<wire::InvokeActionEvent> {
        let (sender, receiver) = mpsc::channel(STREAM_BUFFER);
        let running = self.running.clone();
        let answer = async move {
            let response = self.invoke(&request, &sender).await;
            let completed = event(wire::InvokeActionEventType::Completed(response));
            // Fails when the client no longer listens.
            let _ = sender.send(completed).await;
        };
        running.spawn(answer.in_current_span());
        receiver
    }

    async fn invoke(
        &self,
        request: &wire::ActionRequest,
        sender: &mpsc::Sender<wire::InvokeActionEvent>,
    ) -> wire::DiagnosticsResponse {
        let response = wire::DiagnosticsResponse::default();
        let capabilities = request.client_capabilities.as_ref();
        self.answer(&request.action_type, capabilities, response, async |call, _| {
            let entry = call.find(&self.actions)?;
            let config = call.decode(request.config.as_ref(), &entry.ty, "configuration")?;
            let cancel = call.context.cancel.clone();
            let (events, received) = mpsc::channel(STREAM_BUFFER);
            let invoke = call.run("invoking", OnStop::Abandon, async |context, diags| {
                entry.item.invoke(context, InvokeAction { config }, events, diags).await;
            });
            tokio::join!(invoke, self.forward_progress(received, sender, &cancel));
            Some(())
        })
        .await
    }

    /// Sends an action's progress to the client until the action has ended.
    async fn forward_progress(
        &self,
        mut events: mpsc::Receiver<ActionEvent>,
        sender: &mpsc::Sender<wire::InvokeActionEvent>,
        cancel: &CancellationToken,
    ) {
        while let Some(ActionEvent::Progress(message)) = events.recv().await {
            // After an interrupt, Terraform 1.15.5 leaves its loop over the events at the first message, and panics at the
            // next event, which is the end of the action.
            if cancel.is_cancelled() {
                continue;
            }
            let message = readable(&*self.redact, &message);
            let progress = wire::InvokeActionProgress { message };
            // The action continues when the client no longer listens.
            let _ = sender
                .send(event(wire::InvokeActionEventType::Progress(progress)))
                .await;
        }
    }
}

fn event(kind: wire::InvokeActionEventType) -> wire::InvokeActionEvent {
    wire::InvokeActionEvent { r#type: Some(kind) }
}
