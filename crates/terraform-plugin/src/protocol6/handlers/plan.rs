//! Plans of managed resources.

use crate::{
    Plan,
    protocol6::{consistency, schema, wire},
};

use super::{Handlers, guard::OnStop};

impl Handlers {
    pub async fn plan_resource_change(
        &self,
        request: wire::PlanResourceChangeRequest,
    ) -> wire::PlanResourceChangeResponse {
        let response = wire::PlanResourceChangeResponse {
            planned_state: request.proposed_new_state.clone(),
            planned_private: request.prior_private.clone(),
            planned_identity: request.prior_identity.clone(),
            ..wire::PlanResourceChangeResponse::default()
        };
        let capabilities = request.client_capabilities.as_ref();
        self.answer(&request.type_name, capabilities, response, async |call, response| {
            let entry = call.find(&self.resources)?;
            let prior = call.decode(request.prior_state.as_ref(), &entry.ty, "prior state")?;
            let proposed_state = call.decode(request.proposed_new_state.as_ref(), &entry.ty, "proposed state")?;
            let config = call.decode(request.config.as_ref(), &entry.ty, "configuration")?;
            if proposed_state.is_null() {
                let plan = call.run(
                    "planning the destruction of",
                    OnStop::Abandon,
                    async |context, diags| {
                        entry.item.plan_destroy(context, &prior, diags).await;
                    },
                );
                plan.await;
                return Some(());
            }
            let plan = Plan {
                prior_state: (!prior.is_null()).then(|| prior.clone()),
                proposed_state,
                config: config.clone(),
                prior_private: request.prior_private.clone(),
                prior_identity: call.decode_identity(request.prior_identity.as_ref(), entry.identity_type()),
                planned_private: request.planned_private.clone(),
            };
            let planned = call.run_for_result("planning", OnStop::Abandon, async |context, diags| {
                entry.item.plan(context, &entry.schema, plan, diags).await
            });
            let mut planned = planned.await?;
            entry.normalize(&mut planned.state);
            if call.diags.errors.is_empty() {
                consistency::check_planned(&entry.schema, &prior, &config, &planned.state, &mut call.diags);
            }
            response.planned_state = Some(call.encode(&planned.state, &entry.ty, "planned state")?);
            response.requires_replace = planned.requires_replace.iter().map(schema::path).collect();
            response.planned_private = planned.private;
            if let Some(identity) = call.encode_identity(planned.identity.as_ref(), entry.identity_type()) {
                response.planned_identity = Some(identity);
            }
            response.deferred = planned.deferred.or_else(|| call.deferral()).map(schema::deferred);
            Some(())
        })
        .await
    }
}
