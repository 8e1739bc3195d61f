//! A resource whose calls wait, and that reacts to a stop in several ways.

use std::time::Duration;

use async_trait::async_trait;
use terraform_plugin::{
    AttributeConstraint as Constraint, AttributeType as Type, Context, Create, Delete, Diagnostics, Import,
    ImportTarget, Imported, NewState, Plan, Planned, RawValue, Read, ReadResult, Resource, Schema, Update,
};

use super::diagnostics::{error, warning};
use super::schemas::{attribute, attributes, schema};

/// The resource.
pub struct Slow;

/// Longer than any test waits.
const FOREVER: Duration = Duration::from_secs(1_000_000);

/// Waits; the attribute `stop` selects the reaction to a stop.
async fn take_time(context: &Context, state: &RawValue, diags: &mut Diagnostics) {
    wait(context, state.get("stop").as_str(), diags).await;
}

/// Waits for a stop, or ignores it.
pub async fn wait(context: &Context, stop: Option<&str>, diags: &mut Diagnostics) {
    match stop {
        Some("ignore" | "save_and_ignore") => tokio::time::sleep(FOREVER).await,
        _ => {
            context.cancel.cancelled().await;
            warning(diags, "Creation continues", "The object is still being created.");
            error(diags, "Stopped", "Run apply again.");
        }
    }
}

#[async_trait]
impl Resource for Slow {
    fn schema(&self) -> Schema {
        schema(
            0,
            attributes([
                attribute("stop", Type::String, Constraint::Required),
                attribute("text", Type::String, Constraint::Optional),
                attribute("marker", Type::String, Constraint::Optional),
                attribute("id", Type::String, Constraint::Computed),
                attribute("done", Type::Bool, Constraint::Computed),
            ]),
        )
    }

    async fn validate(&self, context: &Context, config: &RawValue, diags: &mut Diagnostics) {
        if config.get("text").as_str() == Some("slow validate") {
            take_time(context, config, diags).await;
        }
    }

    async fn plan(&self, context: &Context, _: &Schema, request: Plan, diags: &mut Diagnostics) -> Option<Planned> {
        let mut state = request.proposed_state;
        if state.get("text").as_str() == Some("slow plan") {
            take_time(context, &state, diags).await;
        }
        if request.prior_state.is_none() {
            state.set("id", RawValue::UNKNOWN);
            state.set("done", RawValue::UNKNOWN);
        }
        Some(Planned {
            state,
            ..Planned::default()
        })
    }

    async fn create(&self, context: &Context, request: Create, diags: &mut Diagnostics) -> Option<NewState> {
        let mut state = request.planned_state;
        state.set("id", "created");
        if let Some(marker) = state.get("marker").as_str() {
            std::fs::write(marker, std::process::id().to_string()).unwrap();
        }
        if state.get("stop").as_str() == Some("save_and_ignore") {
            context.save_partial(NewState {
                state: state.clone(),
                ..NewState::default()
            });
        }
        take_time(context, &state, diags).await;
        Some(NewState {
            state,
            ..NewState::default()
        })
    }

    async fn plan_destroy(&self, context: &Context, prior_state: &RawValue, diags: &mut Diagnostics) {
        if prior_state.get("text").as_str() == Some("slow plan") {
            take_time(context, prior_state, diags).await;
        }
    }

    async fn import(&self, context: &Context, request: Import, diags: &mut Diagnostics) -> Vec<Imported> {
        let ImportTarget::Id(id) = request.target else {
            return Vec::new();
        };
        wait(context, Some(&id), diags).await;
        let state = RawValue::Map([("id".to_owned(), id.into())].into());
        vec![Imported {
            state,
            ..Imported::default()
        }]
    }

    async fn read(&self, context: &Context, request: Read, diags: &mut Diagnostics) -> Option<ReadResult> {
        if request.current_state.get("text").as_str() == Some("slow read") {
            take_time(context, &request.current_state, diags).await;
        }
        Some(ReadResult::Found(NewState {
            state: request.current_state,
            ..NewState::default()
        }))
    }

    async fn update(&self, context: &Context, request: Update, diags: &mut Diagnostics) -> Option<NewState> {
        take_time(context, &request.planned_state, diags).await;
        Some(NewState {
            state: request.planned_state,
            ..NewState::default()
        })
    }

    async fn delete(&self, context: &Context, request: Delete, diags: &mut Diagnostics) -> Option<NewState> {
        if request.prior_state.get("text").as_str() == Some("slow delete") {
            take_time(context, &request.prior_state, diags).await;
        }
        None
    }
}
