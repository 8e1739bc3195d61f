//! A resource that breaks Terraform's rules in the way that its attribute `fault` selects.

use async_trait::async_trait;
use terraform_plugin::{
    AttributeConstraint as Constraint, AttributeType as Type, Context, Create, Deferred, Delete, Diagnostics, Import,
    ImportTarget, Imported, MoveState, NewState, Plan, Planned, RawValue, Read, ReadResult, Resource, Schema, Update,
    UpgradeState,
};

use super::diagnostics::error;
use super::schemas::{attribute, attributes, schema};

/// The resource.
pub struct Faulty;

fn fault(value: &RawValue) -> &str {
    value.get("fault").as_str().unwrap_or_default()
}

fn applied(state: RawValue) -> NewState {
    NewState {
        state,
        ..NewState::default()
    }
}

#[async_trait]
impl Resource for Faulty {
    fn schema(&self) -> Schema {
        schema(
            2,
            attributes([
                attribute("fault", Type::String, Constraint::Required),
                attribute("text", Type::String, Constraint::Optional),
                attribute("id", Type::String, Constraint::Computed),
            ]),
        )
    }

    async fn validate(&self, _: &Context, config: &RawValue, _: &mut Diagnostics) {
        assert!(fault(config) != "panic_validate", "intended panic in validate");
    }

    async fn plan(&self, context: &Context, _: &Schema, request: Plan, _: &mut Diagnostics) -> Option<Planned> {
        let mut state = request.proposed_state;
        let later = fault(&state) == "later" && context.capabilities.deferral_allowed;
        match fault(&state) {
            "panic_plan" => panic!("intended panic in plan"),
            "nothing_planned" => return None,
            "plan_other" => state.set("text", "not what is configured"),
            "plan_misfit" => state.set("text", true),
            _ => {}
        }
        if request.prior_state.is_none() {
            state.set("id", RawValue::UNKNOWN);
        }
        Some(Planned {
            state,
            deferred: later.then_some(Deferred::ResourceConfigUnknown),
            ..Planned::default()
        })
    }

    async fn plan_destroy(&self, _: &Context, prior_state: &RawValue, _: &mut Diagnostics) {
        assert!(fault(prior_state) != "panic_plan_destroy", "intended panic in plan");
    }

    async fn import(&self, context: &Context, request: Import, _: &mut Diagnostics) -> Vec<Imported> {
        match request.target {
            ImportTarget::Id(id) if id == "later" && context.capabilities.deferral_allowed => vec![Imported {
                state: RawValue::Map([("id".to_owned(), RawValue::UNKNOWN)].into()),
                deferred: Some(Deferred::AbsentPrereq),
                ..Imported::default()
            }],
            ImportTarget::Id(id) if id == "nothing" => Vec::new(),
            _ => panic!("intended panic in import"),
        }
    }

    async fn upgrade_state(&self, request: UpgradeState, _: &mut Diagnostics) -> Option<RawValue> {
        assert!(request.version != 0, "intended panic in upgrade");
        None
    }

    async fn move_state(&self, request: MoveState, _: &mut Diagnostics) -> Option<NewState> {
        assert!(request.source_type_name != "panic", "intended panic in move");
        None
    }

    async fn create(&self, context: &Context, request: Create, diags: &mut Diagnostics) -> Option<NewState> {
        let mut state = request.planned_state;
        let fault = fault(&state).to_owned();
        if fault != "leave_unknown" {
            state.set("id", "created");
        }
        match fault.as_str() {
            "panic_create" => panic!("intended panic in create"),
            "panic_after_keep" => {
                context.save_partial(applied(state.clone()));
                panic!("intended panic in create")
            }
            "nothing_created" => return None,
            "apply_other" => state.set("text", "not what was planned"),
            "error_and_state" => error(diags, "It broke", "In the middle."),
            _ => {}
        }
        Some(applied(state))
    }

    async fn read(&self, context: &Context, request: Read, _: &mut Diagnostics) -> Option<ReadResult> {
        let mut state = request.current_state;
        match fault(&state) {
            "later" if context.capabilities.deferral_allowed => {
                return Some(ReadResult::Deferred(Deferred::AbsentPrereq));
            }
            "panic_read" => panic!("intended panic in read"),
            "nothing_read" => return None,
            "read_unknown" => state.set("text", RawValue::UNKNOWN),
            _ => {}
        }
        Some(ReadResult::Found(applied(state)))
    }

    async fn update(&self, _: &Context, request: Update, _: &mut Diagnostics) -> Option<NewState> {
        match fault(&request.prior_state) {
            "panic_update" => panic!("intended panic in update"),
            "nothing_updated" => None,
            _ => Some(applied(request.planned_state)),
        }
    }

    async fn delete(&self, _: &Context, request: Delete, diags: &mut Diagnostics) -> Option<NewState> {
        match fault(&request.prior_state) {
            "panic_delete" => panic!("intended panic in delete"),
            "half_deleted" => {
                let mut state = request.prior_state;
                state.set("text", "half gone");
                error(diags, "Half deleted", "The other half still exists.");
                Some(applied(state))
            }
            _ => None,
        }
    }
}
