//! The state and the identity of `csbs_policy_association`.

use otc_client::operation::{OperationContext, policy_association::PolicyAssociation};
use serde::{Deserialize, Serialize};
use terraform_plugin::{Diagnostics, NewState, RawValue, Value};

use crate::{region_and_project::set_region_and_project, timeouts::Timeouts};

/// State.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyAssociationModel {
    /// `policy_id/server_id`.
    pub id: Value<String>,
    /// ID of the policy.
    pub policy_id: Value<String>,
    /// ID of the server.
    pub server_id: Value<String>,
    /// Region of the policy.
    pub region: Value<String>,
    /// ID of the project.
    pub project_id: Value<String>,
    /// Timeouts of create and delete.
    pub timeouts: Value<Timeouts>,
}

/// Identity.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyAssociationIdentity {
    /// ID of the policy.
    pub policy_id: Value<String>,
    /// ID of the server.
    pub server_id: Value<String>,
    /// Region of the policy.
    pub region: Value<String>,
    /// ID of the project.
    pub project_id: Value<String>,
}

impl PolicyAssociationModel {
    /// The policy and the server.
    pub fn association(&self) -> PolicyAssociation {
        PolicyAssociation {
            policy_id: self.policy_id.clone().unwrap_or_default(),
            server_id: self.server_id.clone().unwrap_or_default(),
        }
    }

    /// Sets `id`, which consists of the other two IDs.
    pub fn set_id(&mut self, association: &PolicyAssociation) {
        let PolicyAssociation { policy_id, server_id } = association;
        self.id = Value::Value(format!("{policy_id}/{server_id}"));
    }

    /// Sets region and project where they are not known yet. Null if the service does not answer.
    pub async fn set_region_and_project(&mut self, service: &OperationContext) {
        set_region_and_project(service, &mut self.region, &mut self.project_id).await;
        for value in [&mut self.region, &mut self.project_id] {
            if value.is_unknown() {
                *value = Value::Null;
            }
        }
    }

    /// The state with its identity.
    pub fn new_state(&self, diags: &mut Diagnostics) -> Option<NewState> {
        let identity = PolicyAssociationIdentity {
            policy_id: self.policy_id.clone(),
            server_id: self.server_id.clone(),
            region: self.region.clone(),
            project_id: self.project_id.clone(),
        };
        Some(NewState {
            identity: Some(RawValue::from_model(&identity, diags)?),
            ..NewState::from_model(self, diags)?
        })
    }
}
