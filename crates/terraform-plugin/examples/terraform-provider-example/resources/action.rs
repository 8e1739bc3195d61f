//! An action.

use async_trait::async_trait;
use terraform_plugin::{
    Action, ActionEvent, AttributeConstraint as Constraint, AttributeType as Type, Context, Deferred, Diagnostics,
    InvokeAction, PlanAction, RawValue, Schema,
};
use tokio::sync::mpsc;

use super::{
    diagnostics::error,
    schemas::{attribute, attributes, schema},
    slow::wait,
};

/// Sends two progress messages, and writes `file` if it is configured.
pub struct Ping;

#[async_trait]
impl Action for Ping {
    fn schema(&self) -> Schema {
        schema(
            0,
            attributes([
                attribute("target", Type::String, Constraint::Required),
                attribute("file", Type::String, Constraint::Optional),
            ]),
        )
    }

    async fn validate(&self, _: &Context, config: &RawValue, _: &mut Diagnostics) {
        let target = config.get("target").as_str();
        assert!(target != Some("panic_validate"), "intended panic in validate");
    }

    async fn plan(&self, context: &Context, request: PlanAction, diags: &mut Diagnostics) -> Option<Deferred> {
        match request.config.get("target").as_str() {
            Some("panic_plan") => panic!("intended panic in plan"),
            Some(stop @ ("return" | "ignore")) => wait(context, Some(stop), diags).await,
            _ => {}
        }
        if request.config.get("target").as_str() == Some("nobody") {
            error(diags, "No such target", "Use another one.");
        }
        (context.capabilities.deferral_allowed && request.config.get("target").is_unknown())
            .then_some(Deferred::ResourceConfigUnknown)
    }

    async fn invoke(
        &self,
        context: &Context,
        request: InvokeAction,
        events: mpsc::Sender<ActionEvent>,
        diags: &mut Diagnostics,
    ) {
        let target = request.config.get("target").as_str().unwrap_or_default().to_owned();
        for count in 1..=2 {
            let _ = events
                .send(ActionEvent::Progress(format!("ping {count} to {target}")))
                .await;
        }
        match target.as_str() {
            "panic" => panic!("intended panic in invoke"),
            "ignore" => wait(context, Some("ignore"), diags).await,
            "forever" => wait(context, None, diags).await,
            _ => {}
        }
        if let Some(file) = request.config.get("file").as_str() {
            std::fs::write(file, target).unwrap();
        }
    }
}
