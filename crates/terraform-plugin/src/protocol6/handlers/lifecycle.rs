//! Validate, read, plan and apply of managed resources.

use crate::{
    AddDiagnostic, AttributeType, Context, Create, Delete, Diagnostics, NewState, Plan, Planned, RawValue, Read,
    ReadResult, Update,
    protocol6::{consistency, schema, wire},
};

use super::{
    Handlers, OnStop, ResourceEntry, decode, decode_identity, encode, encode_identity, find,
    guard::report_missing_result,
    guarded,
    normalize::{drop_errors_on_unknowns, fill_blocks},
};

/// The prior, planned and configured value of one apply.
struct Change {
    prior: RawValue,
    planned: RawValue,
    config: RawValue,
}

impl ResourceEntry {
    fn identity_type(&self) -> Option<&AttributeType> {
        self.identity.as_ref().map(|(_, ty)| ty)
    }

    /// Gives a value the form that every state and plan has: write-only attributes are null, a block that is not there is an
    /// empty collection.
    pub(super) fn normalize(&self, state: &mut RawValue) {
        for name in self.schema.write_only() {
            state.set(name, RawValue::Null);
        }
        fill_blocks(&self.schema.block, state);
    }
}

impl Handlers {
    pub async fn validate_resource_config(&self, request: wire::ValidateConfigRequest) -> wire::DiagnosticsResponse {
        let mut diags = Diagnostics::default();
        let context = self.context(request.client_capabilities.as_ref());
        if let Some(entry) = find(&self.resources, "resource type", &request.type_name, &mut diags)
            && let Some(config) = decode(request.config.as_ref(), &entry.ty, "configuration", &mut diags)
        {
            refuse_write_only(entry, &context, &config, &mut diags);
            guarded!(
                "validate",
                &request.type_name,
                OnStop::Abandon(&context),
                &mut diags,
                |own| {
                    entry.schema.validate(&config, own);
                    entry.resource.validate(&context, &config, own).await;
                    drop_errors_on_unknowns(&config, own);
                }
            );
        }
        wire::DiagnosticsResponse {
            diagnostics: self.diagnostics(diags),
        }
    }

    pub async fn read_resource(&self, request: wire::ReadResourceRequest) -> wire::ReadResourceResponse {
        let mut diags = Diagnostics::default();
        // Without an answer, the state stays as it is.
        let mut response = wire::ReadResourceResponse {
            new_state: request.current_state.clone(),
            private: request.private.clone(),
            new_identity: request.current_identity.clone(),
            ..wire::ReadResourceResponse::default()
        };
        self.read_into(&request, &mut response, &mut diags).await;
        response.diagnostics = self.diagnostics(diags);
        response
    }

    async fn read_into(
        &self,
        request: &wire::ReadResourceRequest,
        response: &mut wire::ReadResourceResponse,
        diags: &mut Diagnostics,
    ) -> Option<()> {
        let context = self.context(request.client_capabilities.as_ref());
        if let Some(reason) = self.deferral(&context) {
            response.deferred = Some(schema::deferred(reason));
            return None;
        }
        let entry = find(&self.resources, "resource type", &request.type_name, diags)?;
        let current_state = decode(request.current_state.as_ref(), &entry.ty, "state", diags)?;
        let current_identity = decode_identity(request.current_identity.as_ref(), entry.identity_type(), diags);
        let read = Read {
            current_state,
            private: request.private.clone(),
            current_identity,
        };
        let found = guarded!("read", &request.type_name, OnStop::Abandon(&context), diags, |own| {
            entry.resource.read(&context, read, own).await
        });
        let Some(found) = found else {
            report_missing_result("read", &request.type_name, diags);
            return None;
        };
        match found {
            ReadResult::Found(NewState {
                mut state,
                private,
                identity,
            }) => {
                entry.normalize(&mut state);
                consistency::clean_read(&mut state, diags);
                self.clean(&mut state, &entry.ty, &[request.current_state.as_ref()], diags);
                response.new_state = Some(encode(&state, &entry.ty, "state", diags)?);
                response.private = private;
                if let Some(identity) = encode_identity(identity.as_ref(), entry.identity_type(), diags) {
                    response.new_identity = Some(identity);
                }
            }
            ReadResult::Gone => {
                response.new_state = encode(&RawValue::Null, &entry.ty, "state", diags);
                response.private = Vec::new();
            }
            ReadResult::Deferred(reason) => response.deferred = Some(schema::deferred(reason)),
        }
        Some(())
    }

    pub async fn plan_resource_change(
        &self,
        request: wire::PlanResourceChangeRequest,
    ) -> wire::PlanResourceChangeResponse {
        let mut diags = Diagnostics::default();
        let mut response = wire::PlanResourceChangeResponse {
            planned_state: request.proposed_new_state.clone(),
            planned_private: request.prior_private.clone(),
            planned_identity: request.prior_identity.clone(),
            ..wire::PlanResourceChangeResponse::default()
        };
        self.plan_into(&request, &mut response, &mut diags).await;
        response.diagnostics = self.diagnostics(diags);
        response
    }

    async fn plan_into(
        &self,
        request: &wire::PlanResourceChangeRequest,
        response: &mut wire::PlanResourceChangeResponse,
        diags: &mut Diagnostics,
    ) -> Option<()> {
        let context = self.context(request.client_capabilities.as_ref());
        let entry = find(&self.resources, "resource type", &request.type_name, diags)?;
        let prior = decode(request.prior_state.as_ref(), &entry.ty, "prior state", diags)?;
        let proposed_state = decode(request.proposed_new_state.as_ref(), &entry.ty, "proposed state", diags)?;
        let config = decode(request.config.as_ref(), &entry.ty, "configuration", diags)?;
        if proposed_state.is_null() {
            guarded!(
                "plan the destruction of",
                &request.type_name,
                OnStop::Abandon(&context),
                diags,
                |own| {
                    entry.resource.plan_destroy(&context, &prior, own).await;
                }
            );
            return Some(());
        }
        let plan = Plan {
            prior_state: (!prior.is_null()).then(|| prior.clone()),
            proposed_state,
            config: config.clone(),
            prior_private: request.prior_private.clone(),
            prior_identity: decode_identity(request.prior_identity.as_ref(), entry.identity_type(), diags),
            planned_private: request.planned_private.clone(),
        };
        let planned: Option<Planned> = guarded!("plan", &request.type_name, OnStop::Abandon(&context), diags, |own| {
            entry.resource.plan(&context, &entry.schema, plan, own).await
        });
        let Some(mut planned) = planned else {
            report_missing_result("plan", &request.type_name, diags);
            return None;
        };
        entry.normalize(&mut planned.state);
        if diags.errors.is_empty() {
            consistency::check_planned(&entry.schema, &prior, &config, &planned.state, diags);
        }
        response.planned_state = Some(encode(&planned.state, &entry.ty, "planned state", diags)?);
        response.requires_replace = planned.requires_replace.iter().map(schema::path).collect();
        response.planned_private = planned.private;
        if let Some(identity) = encode_identity(planned.identity.as_ref(), entry.identity_type(), diags) {
            response.planned_identity = Some(identity);
        }
        response.deferred = planned
            .deferred
            .or_else(|| self.deferral(&context))
            .map(schema::deferred);
        Some(())
    }

    pub async fn apply_resource_change(
        &self,
        request: wire::ApplyResourceChangeRequest,
    ) -> wire::ApplyResourceChangeResponse {
        let mut diags = Diagnostics::default();
        // Without an answer, the state stays as it was.
        let mut response = wire::ApplyResourceChangeResponse {
            new_state: request.prior_state.clone(),
            private: request.planned_private.clone(),
            new_identity: request.planned_identity.clone(),
            ..wire::ApplyResourceChangeResponse::default()
        };
        self.apply_into(&request, &mut response, &mut diags).await;
        response.diagnostics = self.diagnostics(diags);
        response
    }

    async fn apply_into(
        &self,
        request: &wire::ApplyResourceChangeRequest,
        response: &mut wire::ApplyResourceChangeResponse,
        diags: &mut Diagnostics,
    ) -> Option<()> {
        let context = self.context(None);
        let name = &request.type_name;
        let entry = find(&self.resources, "resource type", name, diags)?;
        let change = Change {
            prior: decode(request.prior_state.as_ref(), &entry.ty, "prior state", diags)?,
            planned: decode(request.planned_state.as_ref(), &entry.ty, "planned state", diags)?,
            config: decode(request.config.as_ref(), &entry.ty, "configuration", diags)?,
        };
        let private = request.planned_private.clone();
        let known = [request.planned_state.as_ref(), request.prior_state.as_ref()];
        if change.planned.is_null() {
            let delete = Delete {
                prior_state: change.prior,
                private,
            };
            let kept = guarded!("delete", name, OnStop::Abandon(&context), diags, |own| entry
                .resource
                .delete(&context, delete, own)
                .await);
            if diags.errors.is_empty() {
                response.new_state = encode(&RawValue::Null, &entry.ty, "state", diags);
                response.private = Vec::new();
                response.new_identity = None;
            } else if let Some(mut kept) = kept.or_else(|| context.kept.take()) {
                entry.normalize(&mut kept.state);
                consistency::settle(&entry.ty, &RawValue::Null, &mut kept.state, diags);
                self.clean(&mut kept.state, &entry.ty, &known, diags);
                keep(entry, kept, response, diags);
            }
            return Some(());
        }
        let planned = change.planned.clone();
        let create = change.prior.is_null();
        let operation = if create { "create" } else { "update" };
        let stop = if create {
            OnStop::AbandonOnceSaved(&context)
        } else {
            OnStop::Abandon(&context)
        };
        let identity = decode_identity(request.planned_identity.as_ref(), entry.identity_type(), diags);
        let applied: Option<NewState> = guarded!(operation, name, stop, diags, |own| {
            if create {
                let create = Create {
                    planned_state: change.planned,
                    config: change.config,
                    planned_private: private,
                };
                entry.resource.create(&context, create, own).await
            } else {
                let update = Update {
                    prior_state: change.prior,
                    planned_state: change.planned,
                    config: change.config,
                    planned_private: private,
                    planned_identity: identity,
                };
                entry.resource.update(&context, update, own).await
            }
        });
        let Some(mut applied) = applied.or_else(|| context.kept.take()) else {
            report_missing_result(operation, name, diags);
            return None;
        };
        entry.normalize(&mut applied.state);
        // What was made is kept, whatever is wrong with how it is told.
        consistency::settle(&entry.ty, &planned, &mut applied.state, diags);
        self.clean(&mut applied.state, &entry.ty, &known, diags);
        keep(entry, applied, response, diags);
        Some(())
    }
}

fn keep(
    entry: &ResourceEntry,
    applied: NewState,
    response: &mut wire::ApplyResourceChangeResponse,
    diags: &mut Diagnostics,
) {
    if let Some(state) = encode(&applied.state, &entry.ty, "state", diags) {
        response.new_state = Some(state);
        response.private = applied.private;
    }
    if let Some(identity) = encode_identity(applied.identity.as_ref(), entry.identity_type(), diags) {
        response.new_identity = Some(identity);
    }
}

/// A program that does not know write-only attributes would keep their values.
fn refuse_write_only(entry: &ResourceEntry, context: &Context, config: &RawValue, diags: &mut Diagnostics) {
    if context.capabilities.write_only_attributes_allowed {
        return;
    }
    for name in entry.schema.write_only().filter(|name| !config.get(name).is_null()) {
        diags.add_attribute_error(
            "Write-only attributes need a newer Terraform",
            format!("{name} is never kept in the state, which only Terraform 1.11 and later can do."),
            crate::AttributePath::new(name.to_owned()),
        );
    }
}
