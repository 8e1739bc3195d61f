//! The resource `csbs_policy_association`: one server of a policy that is managed elsewhere.

mod messages;
mod model;
mod schema;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use otc_client::{
    csbs::is_valid_id,
    operation::{
        policy_association::{AssociationError, PolicyAssociation},
        until_stopped,
    },
};
use terraform_plugin::{
    AttributePath, Context, Create, Delete, Diagnostics, IdentitySchema, Import, ImportTarget, Imported, NewState,
    Plan, Planned, RawValue, Read, ReadResult, Resource, Schema, Update, Value,
};

use crate::{
    Connection,
    object_identity::validate_project,
    policy::membership,
    skip_refresh::skip_refresh,
    timeouts::{self, Timeouts},
};
use model::{PolicyAssociationIdentity, PolicyAssociationModel};

/// One server of a policy that is managed elsewhere.
pub struct PolicyAssociationResource {
    connection: Connection,
}

impl PolicyAssociationResource {
    /// A resource that uses `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

#[async_trait]
impl Resource for PolicyAssociationResource {
    fn schema(&self) -> Schema {
        schema::schema()
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        Some(schema::identity())
    }

    async fn modify_plan(&self, context: &Context, request: &Plan, planned: &mut Planned, diags: &mut Diagnostics) {
        if request.prior_state.is_some() || request.config.get("region").is_unknown() {
            return;
        }
        let Some(model) = planned.state.to_model::<PolicyAssociationModel>(diags) else {
            return;
        };
        let server = model.server_id.as_deref_option().filter(|id| is_valid_id(id));
        let servers: Vec<_> = server.into_iter().collect();
        let own = model.policy_id.as_deref_option();
        let connection = self.connection.in_region_of(&planned.state);
        membership::check(&connection, context, own, ("server_id", &servers), diags).await;
    }

    async fn create(&self, context: &Context, request: Create, diags: &mut Diagnostics) -> Option<NewState> {
        let mut model: PolicyAssociationModel = request.planned_state.to_model(diags)?;
        let operations = self.connection.in_region_of(&request.planned_state).service(diags)?;
        let association = model.association();
        let timeout = Timeouts::create(&model.timeouts).unwrap_or(timeouts::DEFAULT);
        let added = association.add(&operations, timeout, &context.cancel).await;
        operations.policies.invalidate();
        if let Err(error) = added {
            messages::not_added(&association, &error, diags);
            if let AssociationError::Api(error) = &error {
                let (own, servers) = (Some(association.policy_id.as_str()), [association.server_id.as_str()]);
                membership::explain(&operations, context, own, servers, error, diags).await;
            }
            return None;
        }
        model.set_id(&association);
        model.set_region_and_project(&operations).await;
        model.new_state(diags)
    }

    async fn read(&self, context: &Context, request: Read, diags: &mut Diagnostics) -> Option<ReadResult> {
        if self.connection.is_unknown() {
            return Some(skip_refresh("association", request, diags));
        }
        let mut model: PolicyAssociationModel = request.current_state.to_model(diags)?;
        let operations = self.connection.in_region_of(&request.current_state).service(diags)?;
        let association = model.association();
        let policy_id = &association.policy_id;
        match until_stopped(&context.cancel, operations.client.find_policy(policy_id)).await {
            Ok(Ok(Some(policy))) if association.is_in(&policy) => {
                model.set_id(&association);
                model.set_region_and_project(&operations).await;
                let found = model.new_state(diags)?;
                Some(ReadResult::Found(NewState {
                    private: request.private,
                    // Terraform refuses a changed identity.
                    identity: request.current_identity.or(found.identity),
                    ..found
                }))
            }
            Ok(Ok(_)) => Some(ReadResult::Gone),
            Ok(Err(error)) => {
                messages::not_read(policy_id, &error, diags);
                None
            }
            Err(_) => {
                messages::read_interrupted(policy_id, diags);
                None
            }
        }
    }

    /// Only `timeouts` can change.
    async fn update(&self, _context: &Context, request: Update, _diags: &mut Diagnostics) -> Option<NewState> {
        Some(NewState {
            state: request.planned_state,
            private: request.planned_private,
            identity: request.planned_identity,
        })
    }

    async fn delete(&self, context: &Context, request: Delete, diags: &mut Diagnostics) -> Option<NewState> {
        let model: PolicyAssociationModel = request.prior_state.to_model(diags)?;
        let operations = self.connection.in_region_of(&request.prior_state).service(diags)?;
        let association = model.association();
        let timeout = Timeouts::delete(&model.timeouts).unwrap_or(timeouts::DEFAULT);
        let removed = association.remove(&operations, timeout, &context.cancel).await;
        operations.policies.invalidate();
        if let Err(error) = removed {
            messages::not_removed(&association, &error, diags);
        }
        None
    }

    async fn import(&self, context: &Context, request: Import, diags: &mut Diagnostics) -> Vec<Imported> {
        let Some(mut model) = import(&request.target, diags) else {
            return Vec::new();
        };
        let Some(operations) = self.connection.for_import(&request.target).service(diags) else {
            return Vec::new();
        };
        match until_stopped(&context.cancel, operations.client.endpoint()).await {
            Ok(Ok(endpoint)) => validate_project("association", &model.project_id, &endpoint, diags),
            Ok(Err(error)) => messages::not_imported(&model.association(), &error, diags),
            Err(_) => messages::import_interrupted(&model.association(), diags),
        }
        if !diags.errors.is_empty() {
            return Vec::new();
        }
        model.set_region_and_project(&operations).await;
        let imported = model.new_state(diags).map(|found| Imported {
            state: found.state,
            identity: found.identity,
            ..Imported::default()
        });
        imported.into_iter().collect()
    }
}

/// The two IDs of an import, and the region and project of an identity; Terraform reads the association next.
fn import(target: &ImportTarget, diags: &mut Diagnostics) -> Option<PolicyAssociationModel> {
    let mut model = PolicyAssociationModel::default();
    let (policy_id, server_id) = match target {
        ImportTarget::Id(id) => match id.trim().split_once('/') {
            Some((policy_id, server_id)) => (policy_id.to_owned(), server_id.to_owned()),
            None => {
                messages::invalid_import_id(diags);
                return None;
            }
        },
        ImportTarget::Identity(identity) => {
            let identity: PolicyAssociationIdentity = identity.to_model(diags)?;
            model.region = identity.region;
            model.project_id = identity.project_id;
            (
                identity.policy_id.unwrap_or_default(),
                identity.server_id.unwrap_or_default(),
            )
        }
    };
    let ids = [("policy_id", &policy_id), ("server_id", &server_id)];
    for (name, id) in ids {
        schema::validate_id(&RawValue::from(id.as_str()), &AttributePath::new(name), diags);
    }
    if !diags.errors.is_empty() {
        return None;
    }
    let association = PolicyAssociation { policy_id, server_id };
    model.set_id(&association);
    model.policy_id = Value::Value(association.policy_id);
    model.server_id = Value::Value(association.server_id);
    Some(model)
}
