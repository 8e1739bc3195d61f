//! Import, move, upgrade, and configuration made from a state.

use crate::{
    AddDiagnostic, AttributeConstraint, AttributePath, Block, Diagnostics, Import, ImportTarget, MoveState,
    NestedBlock, NewState, RawValue, UpgradeState,
    protocol6::{codec, schema, wire},
};

use super::{
    Handlers, OnStop, decode, decode_identity, encode, encode_identity, find, guard::report_missing_result, guarded,
    unreadable,
};

impl Handlers {
    pub async fn import_resource_state(
        &self,
        request: wire::ImportResourceStateRequest,
    ) -> wire::ImportResourceStateResponse {
        let mut diags = Diagnostics::default();
        let mut response = wire::ImportResourceStateResponse::default();
        self.import_into(&request, &mut response, &mut diags).await;
        response.diagnostics = self.diagnostics(diags);
        response
    }

    async fn import_into(
        &self,
        request: &wire::ImportResourceStateRequest,
        response: &mut wire::ImportResourceStateResponse,
        diags: &mut Diagnostics,
    ) -> Option<()> {
        let context = self.context(request.client_capabilities.as_ref());
        if let Some(reason) = self.deferral(&context) {
            response.deferred = Some(schema::deferred(reason));
            return None;
        }
        let name = &request.type_name;
        let entry = find(&self.resources, "resource type", name, diags)?;
        let identity_type = entry.identity.as_ref().map(|(_, ty)| ty);
        let target = match decode_identity(request.identity.as_ref(), identity_type, diags) {
            Some(identity) => ImportTarget::Identity(identity),
            None => ImportTarget::Id(request.id.clone()),
        };
        let imported = guarded!("import", name, OnStop::Abandon(&context), diags, |own| entry
            .resource
            .import(&context, Import { target }, own)
            .await);
        if imported.is_empty() {
            report_missing_result("import", name, diags);
        }
        for mut found in imported {
            entry.normalize(&mut found.state);
            self.clean(&mut found.state, &entry.ty, &[], diags);
            if let Some(reason) = found.deferred {
                response.deferred = Some(schema::deferred(reason));
            }
            response.imported_resources.push(wire::ImportedResource {
                type_name: name.clone(),
                state: Some(encode(&found.state, &entry.ty, "state", diags)?),
                private: found.private,
                identity: encode_identity(found.identity.as_ref(), identity_type, diags),
            });
        }
        Some(())
    }

    pub async fn upgrade_resource_state(
        &self,
        request: wire::UpgradeResourceStateRequest,
    ) -> wire::UpgradeResourceStateResponse {
        let mut diags = Diagnostics::default();
        let upgraded_state = self.upgraded_state(&request, &mut diags).await;
        wire::UpgradeResourceStateResponse {
            upgraded_state,
            diagnostics: self.diagnostics(diags),
        }
    }

    async fn upgraded_state(
        &self,
        request: &wire::UpgradeResourceStateRequest,
        diags: &mut Diagnostics,
    ) -> Option<wire::DynamicValue> {
        let entry = find(&self.resources, "resource type", &request.type_name, diags)?;
        let current = entry.schema.version;
        if request.version > current {
            diags.add_attribute_error(
                "The state is of a newer version",
                format!(
                    "A newer version of the provider wrote it (schema version {}, this one knows {current}). Use that \
                     version of the provider.",
                    request.version
                ),
                AttributePath::root(),
            );
            return None;
        }
        let mut state = if request.version == current {
            // Attributes of an earlier build under the same version are left out rather than refused.
            let raw = request
                .raw_state
                .as_ref()
                .map(|raw| raw.json.as_slice())
                .unwrap_or_default();
            codec::from_stored_json(raw, &entry.ty)
                .map_err(|error| damaged(&error, diags))
                .ok()?
        } else {
            let upgrade = UpgradeState {
                version: request.version,
                raw: raw_json(request.raw_state.as_ref(), diags)?,
            };
            let upgraded = guarded!("upgrade the state of", &request.type_name, OnStop::Wait, diags, |own| {
                entry.resource.upgrade_state(upgrade, own).await
            });
            let Some(upgraded) = upgraded else {
                report_missing_result("upgrade the state of", &request.type_name, diags);
                return None;
            };
            upgraded
        };
        entry.normalize(&mut state);
        encode(&state, &entry.ty, "upgraded state", diags)
    }

    pub async fn upgrade_resource_identity(
        &self,
        request: wire::UpgradeResourceIdentityRequest,
    ) -> wire::UpgradeResourceIdentityResponse {
        let mut diags = Diagnostics::default();
        let upgraded_identity = self.upgraded_identity(&request, &mut diags).await;
        wire::UpgradeResourceIdentityResponse {
            upgraded_identity,
            diagnostics: self.diagnostics(diags),
        }
    }

    async fn upgraded_identity(
        &self,
        request: &wire::UpgradeResourceIdentityRequest,
        diags: &mut Diagnostics,
    ) -> Option<wire::ResourceIdentityData> {
        let entry = find(&self.resources, "resource type", &request.type_name, diags)?;
        let Some((identity, ty)) = &entry.identity else {
            diags.add_attribute_error(
                "This resource type has no identity",
                request.type_name.clone(),
                AttributePath::root(),
            );
            return None;
        };
        let raw = request
            .raw_identity
            .as_ref()
            .map(|raw| raw.json.as_slice())
            .unwrap_or_default();
        // A state of before there were identities.
        let upgraded = if raw.is_empty() || raw == b"null" {
            Some(RawValue::Null)
        } else if request.version == identity.version {
            codec::from_stored_json(raw, ty)
                .map_err(|error| unreadable("identity", &error, diags))
                .ok()
        } else {
            let upgrade = UpgradeState {
                version: request.version,
                raw: raw_json(request.raw_identity.as_ref(), diags)?,
            };
            guarded!(
                "upgrade the identity of",
                &request.type_name,
                OnStop::Wait,
                diags,
                |own| { entry.resource.upgrade_identity(upgrade, own).await }
            )
        };
        if upgraded.is_none() {
            report_missing_result("upgrade the identity of", &request.type_name, diags);
        }
        encode_identity(upgraded.as_ref(), Some(ty), diags)
    }

    pub async fn move_resource_state(
        &self,
        request: wire::MoveResourceStateRequest,
    ) -> wire::MoveResourceStateResponse {
        let mut diags = Diagnostics::default();
        let mut response = wire::MoveResourceStateResponse::default();
        self.move_into(request, &mut response, &mut diags).await;
        response.diagnostics = self.diagnostics(diags);
        response
    }

    async fn move_into(
        &self,
        request: wire::MoveResourceStateRequest,
        response: &mut wire::MoveResourceStateResponse,
        diags: &mut Diagnostics,
    ) -> Option<()> {
        let name = request.target_type_name;
        let entry = find(&self.resources, "resource type", &name, diags)?;
        let moved = MoveState {
            source_provider_address: request.source_provider_address,
            source_type_name: request.source_type_name,
            source_schema_version: request.source_schema_version,
            source_state: raw_json(request.source_state.as_ref(), diags)?,
            source_private: request.source_private,
        };
        let applied: Option<NewState> = guarded!("take over the state for", &name, OnStop::Wait, diags, |own| entry
            .resource
            .move_state(moved, own)
            .await);
        let Some(mut applied) = applied else {
            report_missing_result("take over the state for", &name, diags);
            return None;
        };
        entry.normalize(&mut applied.state);
        response.target_state = Some(encode(&applied.state, &entry.ty, "state", diags)?);
        response.target_private = applied.private;
        let identity_type = entry.identity.as_ref().map(|(_, ty)| ty);
        response.target_identity = encode_identity(applied.identity.as_ref(), identity_type, diags);
        Some(())
    }

    pub async fn generate_resource_config(
        &self,
        request: wire::GenerateResourceConfigRequest,
    ) -> wire::GenerateResourceConfigResponse {
        let mut diags = Diagnostics::default();
        let config = find(&self.resources, "resource type", &request.type_name, &mut diags).and_then(|entry| {
            let mut config = decode(request.state.as_ref(), &entry.ty, "state", &mut diags)?;
            keep_arguments(&entry.schema.block, &mut config);
            for name in entry.schema.write_only() {
                config.set(name, RawValue::Null);
            }
            encode(&config, &entry.ty, "configuration", &mut diags)
        });
        wire::GenerateResourceConfigResponse {
            config,
            diagnostics: self.diagnostics(diags),
        }
    }
}

fn raw_json(raw: Option<&wire::RawState>, diags: &mut Diagnostics) -> Option<serde_json::Value> {
    let bytes = raw.map(|raw| raw.json.as_slice()).unwrap_or_default();
    serde_json::from_slice(bytes)
        .map_err(|error| {
            damaged(&error, diags);
        })
        .ok()
}

fn damaged(error: &dyn std::fmt::Display, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        "The stored state cannot be read",
        format!("It is damaged: {error}. Restore the state from a backup of it."),
        AttributePath::root(),
    );
}

/// Leaves what a user may write: no computed values, no empty optional ones, no blocks that only hold nulls.
fn keep_arguments(block: &Block, value: &mut RawValue) {
    let RawValue::Map(elements) = value else { return };
    for (name, element) in elements.iter_mut() {
        if let Some(attribute) = block.attributes.get(name) {
            let deprecated = attribute.deprecation.is_some();
            let empty = element.as_str().is_some_and(str::is_empty);
            let optional = attribute.constraint != AttributeConstraint::Required;
            if attribute.constraint == AttributeConstraint::Computed || deprecated || (optional && empty) {
                *element = RawValue::Null;
            }
        } else if let Some(nested) = block.blocks.get(name) {
            match nested {
                NestedBlock::Single(inner) | NestedBlock::Group(inner) => keep_arguments(inner, element),
                NestedBlock::List(inner) | NestedBlock::Optional(inner) | NestedBlock::Set(inner) => {
                    if let RawValue::List(items) = element {
                        items.iter_mut().for_each(|item| keep_arguments(inner, item));
                    }
                }
                NestedBlock::Map(inner) => {
                    if let RawValue::Map(items) = element {
                        items.values_mut().for_each(|item| keep_arguments(inner, item));
                    }
                }
            }
        }
    }
}
