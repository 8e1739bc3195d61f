//! Actions.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::{
    ActionEvent, Diagnostics, InvokeAction, PlanAction,
    protocol6::{schema, wire},
    readable,
};

use super::{Handlers, OnStop, decode, find, guard::validated, guarded};

/// Progress messages made ahead of what the caller has taken.
const AHEAD: usize = 16;

impl Handlers {
    pub async fn validate_action_config(&self, request: wire::ValidateConfigRequest) -> wire::DiagnosticsResponse {
        validated!(self.actions, "action type", request, item)
    }

    pub async fn plan_action(&self, request: wire::ActionRequest) -> wire::PlanActionResponse {
        let mut diags = Diagnostics::default();
        let mut response = wire::PlanActionResponse::default();
        let context = self.context(request.client_capabilities.as_ref());
        if let Some(reason) = self.deferral(&context) {
            response.deferred = Some(schema::deferred(reason));
        } else if let Some(entry) = find(&self.actions, "action type", &request.action_type, &mut diags)
            && let Some(config) = decode(request.config.as_ref(), &entry.ty, "configuration", &mut diags)
        {
            let deferred = guarded!(
                "plan",
                &request.action_type,
                OnStop::Abandon(&context),
                &mut diags,
                |own| { entry.item.plan(&context, PlanAction { config }, own).await }
            );
            response.deferred = deferred.map(schema::deferred);
        }
        response.diagnostics = self.diagnostics(diags);
        response
    }

    pub fn invoke_action(self: Arc<Self>, request: wire::ActionRequest) -> mpsc::Receiver<wire::InvokeActionEvent> {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let running = self.running.clone();
        running.spawn(async move {
            let mut diags = Diagnostics::default();
            self.invoke_into(&request, &sender, &mut diags).await;
            let completed = wire::DiagnosticsResponse {
                diagnostics: self.diagnostics(diags),
            };
            // Nobody listens any more when this fails.
            let _ = sender
                .send(event(wire::InvokeActionEventType::Completed(completed)))
                .await;
        });
        receiver
    }

    async fn invoke_into(
        &self,
        request: &wire::ActionRequest,
        sender: &mpsc::Sender<wire::InvokeActionEvent>,
        diags: &mut Diagnostics,
    ) -> Option<()> {
        let name = &request.action_type;
        let entry = find(&self.actions, "action type", name, diags)?;
        let config = decode(request.config.as_ref(), &entry.ty, "configuration", diags)?;
        let context = self.context(request.client_capabilities.as_ref());
        let (told, mut events) = mpsc::channel(AHEAD);
        let doing = async {
            guarded!("invoke", name, OnStop::Abandon(&context), diags, |own| {
                entry.item.invoke(&context, InvokeAction { config }, told, own).await;
            });
        };
        let passing_on = async {
            while let Some(ActionEvent::Progress(message)) = events.recv().await {
                // Terraform 1.15.5 ends its loop over the events at the first message after an interrupt, and panics at the
                // next event, which is the end of the action.
                if context.cancel.is_cancelled() {
                    continue;
                }
                let progress = wire::InvokeActionProgress {
                    message: readable(&*self.redact, &message),
                };
                // The action goes on, also when nobody listens.
                let _ = sender
                    .send(event(wire::InvokeActionEventType::Progress(progress)))
                    .await;
            }
        };
        tokio::join!(doing, passing_on);
        Some(())
    }
}

fn event(kind: wire::InvokeActionEventType) -> wire::InvokeActionEvent {
    wire::InvokeActionEvent { r#type: Some(kind) }
}
