//! Import.

use crate::{
    Import, ImportTarget,
    protocol6::{schema, wire},
};

use super::{Handlers, guard::OnStop};

impl Handlers {
    pub async fn import_resource_state(
        &self,
        request: wire::ImportResourceStateRequest,
    ) -> wire::ImportResourceStateResponse {
        let response = wire::ImportResourceStateResponse::default();
        let capabilities = request.client_capabilities.as_ref();
        self.answer(&request.type_name, capabilities, response, async |call, response| {
            if let Some(reason) = call.deferral() {
                response.deferred = Some(schema::deferred(reason));
                return None;
            }
            let entry = call.find(&self.resources)?;
            let target = match call.decode_identity(request.identity.as_ref(), entry.identity_type()) {
                Some(identity) => ImportTarget::Identity(identity),
                None => ImportTarget::Id(request.id.clone()),
            };
            let imported = call.run("importing", OnStop::Abandon, async |context, diags| {
                entry.item.import(context, Import { target }, diags).await
            });
            let imported = imported.await;
            if imported.is_empty() {
                call.report_missing_result("importing");
            }
            for mut object in imported {
                entry.normalize(&mut object.state);
                call.remove_secrets(&mut object.state, &entry.ty, &[]);
                if let Some(reason) = object.deferred {
                    response.deferred = Some(schema::deferred(reason));
                }
                response.imported_resources.push(wire::ImportedResource {
                    type_name: request.type_name.clone(),
                    state: Some(call.encode(&object.state, &entry.ty, "state")?),
                    private: object.private,
                    identity: call.encode_identity(object.identity.as_ref(), entry.identity_type()),
                });
            }
            Some(())
        })
        .await
    }
}
