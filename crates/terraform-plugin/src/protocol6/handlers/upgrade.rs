//! States and identities that another schema version or another resource type wrote.

use crate::{
    AddDiagnostic, AttributePath, Diagnostics, MoveState, RawValue, UpgradeState,
    protocol6::{codec, wire},
};

use super::{Handlers, guard::OnStop, values::report_unreadable};

impl Handlers {
    pub async fn upgrade_resource_state(
        &self,
        request: wire::UpgradeResourceStateRequest,
    ) -> wire::UpgradeResourceStateResponse {
        let response = wire::UpgradeResourceStateResponse::default();
        self.answer(&request.type_name, None, response, async |call, response| {
            let entry = call.find(&self.resources)?;
            let current = entry.schema.version;
            if request.version > current {
                report_newer(request.version, current, &mut call.diags);
                return None;
            }
            let mut state = if request.version >= entry.schema.readable_since {
                // Attributes of an earlier build or version are dropped, not refused.
                codec::from_stored_json(json(request.raw_state.as_ref()), &entry.ty)
                    .map_err(|error| report_damaged(&error, &mut call.diags))
                    .ok()?
            } else {
                let upgrade = UpgradeState {
                    version: request.version,
                    raw: parse(request.raw_state.as_ref(), &mut call.diags)?,
                };
                let upgraded = call.run_for_result("upgrading the state of", OnStop::Wait, async |_, diags| {
                    entry.item.upgrade_state(upgrade, diags).await
                });
                upgraded.await?
            };
            entry.normalize(&mut state);
            response.upgraded_state = call.encode(&state, &entry.ty, "upgraded state");
            Some(())
        })
        .await
    }

    pub async fn upgrade_resource_identity(
        &self,
        request: wire::UpgradeResourceIdentityRequest,
    ) -> wire::UpgradeResourceIdentityResponse {
        let response = wire::UpgradeResourceIdentityResponse::default();
        self.answer(&request.type_name, None, response, async |call, response| {
            let entry = call.find(&self.resources)?;
            let Some(identity) = &entry.identity else {
                call.diags.add_attribute_error(
                    "This resource type has no identity",
                    request.type_name.clone(),
                    AttributePath::root(),
                );
                return None;
            };
            let raw = json(request.raw_identity.as_ref());
            // A state that is older than identities.
            let upgraded = if raw.is_empty() || raw == b"null" {
                RawValue::Null
            } else if request.version == identity.schema.version {
                codec::from_stored_json(raw, &identity.ty)
                    .map_err(|error| report_unreadable("identity", &error, &mut call.diags))
                    .ok()?
            } else {
                let upgrade = UpgradeState {
                    version: request.version,
                    raw: parse(request.raw_identity.as_ref(), &mut call.diags)?,
                };
                let upgraded = call.run_for_result("upgrading the identity of", OnStop::Wait, async |_, diags| {
                    entry.item.upgrade_identity(upgrade, diags).await
                });
                upgraded.await?
            };
            response.upgraded_identity = call.encode_identity(Some(&upgraded), Some(&identity.ty));
            Some(())
        })
        .await
    }

    pub async fn move_resource_state(
        &self,
        request: wire::MoveResourceStateRequest,
    ) -> wire::MoveResourceStateResponse {
        let response = wire::MoveResourceStateResponse::default();
        self.answer(&request.target_type_name, None, response, async |call, response| {
            let entry = call.find(&self.resources)?;
            let source = MoveState {
                source_state: parse(request.source_state.as_ref(), &mut call.diags)?,
                source_provider_address: request.source_provider_address,
                source_type_name: request.source_type_name,
                source_schema_version: request.source_schema_version,
                source_private: request.source_private,
            };
            let moved = call.run_for_result("moving a state to", OnStop::Wait, async |_, diags| {
                entry.item.move_state(source, diags).await
            });
            let mut moved = moved.await?;
            entry.normalize(&mut moved.state);
            response.target_state = Some(call.encode(&moved.state, &entry.ty, "state")?);
            response.target_private = moved.private;
            response.target_identity = call.encode_identity(moved.identity.as_ref(), entry.identity_type());
            Some(())
        })
        .await
    }
}

fn json(raw: Option<&wire::RawState>) -> &[u8] {
    raw.map(|raw| raw.json.as_slice()).unwrap_or_default()
}

fn parse(raw: Option<&wire::RawState>, diags: &mut Diagnostics) -> Option<serde_json::Value> {
    serde_json::from_slice(json(raw))
        .map_err(|error| report_damaged(&error, diags))
        .ok()
}

fn report_newer(version: i64, current: i64, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        "A newer version of the provider wrote the state",
        format!(
            "The state has schema version {version}, and this version of the provider knows version {current}. Use that \
             newer version of the provider."
        ),
        AttributePath::root(),
    );
}

fn report_damaged(error: &dyn std::fmt::Display, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        "Cannot read the stored state",
        format!("It is damaged: {error}. Restore the state from a backup of it."),
        AttributePath::root(),
    );
}
