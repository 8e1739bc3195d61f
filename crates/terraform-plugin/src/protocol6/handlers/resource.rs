//! Validate and read of managed resources.

use crate::{
    NewState, RawValue, Read, ReadResult, Resource,
    protocol6::{consistency, schema, wire},
};

use super::{Handlers, entry::Entry, guard::OnStop, normalize::fill_blocks};

impl Entry<dyn Resource> {
    /// Gives a value the form that every state and plan has: write-only attributes are null, absent blocks are empty
    /// collections.
    pub(super) fn normalize(&self, state: &mut RawValue) {
        for name in self.schema.write_only() {
            state.set(name, RawValue::Null);
        }
        fill_blocks(&self.schema.block, state);
    }
}

impl Handlers {
    pub async fn validate_resource_config(&self, request: wire::ValidateConfigRequest) -> wire::DiagnosticsResponse {
        let capabilities = request.client_capabilities.as_ref();
        self.validate(
            &self.resources,
            &request.type_name,
            request.config.as_ref(),
            capabilities,
        )
        .await
    }

    pub async fn read_resource(&self, request: wire::ReadResourceRequest) -> wire::ReadResourceResponse {
        // After an error, the state stays as it was.
        let response = wire::ReadResourceResponse {
            new_state: request.current_state.clone(),
            private: request.private.clone(),
            new_identity: request.current_identity.clone(),
            ..wire::ReadResourceResponse::default()
        };
        let capabilities = request.client_capabilities.as_ref();
        self.answer(&request.type_name, capabilities, response, async |call, response| {
            if let Some(reason) = call.deferral() {
                response.deferred = Some(schema::deferred(reason));
                return None;
            }
            let entry = call.find(&self.resources)?;
            let read = Read {
                current_state: call.decode(request.current_state.as_ref(), &entry.ty, "state")?,
                private: request.private.clone(),
                current_identity: call.decode_identity(request.current_identity.as_ref(), entry.identity_type()),
            };
            let result = call.run_for_result("reading", OnStop::Abandon, async |context, diags| {
                entry.item.read(context, read, diags).await
            });
            match result.await? {
                ReadResult::Found(NewState {
                    mut state,
                    private,
                    identity,
                }) => {
                    entry.normalize(&mut state);
                    consistency::clean_read(&mut state, &mut call.diags);
                    call.remove_secrets(&mut state, &entry.ty, &[request.current_state.as_ref()]);
                    response.new_state = Some(call.encode(&state, &entry.ty, "state")?);
                    response.private = private;
                    if let Some(identity) = call.encode_identity(identity.as_ref(), entry.identity_type()) {
                        response.new_identity = Some(identity);
                    }
                }
                ReadResult::Gone => {
                    response.new_state = call.encode(&RawValue::Null, &entry.ty, "state");
                    response.private = Vec::new();
                }
                ReadResult::Deferred(reason) => response.deferred = Some(schema::deferred(reason)),
            }
            Some(())
        })
        .await
    }
}
