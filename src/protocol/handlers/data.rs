//! Data sources.

use crate::{
    framework::{Diagnostics, ReadData},
    protocol::{schema, wire},
};

use super::{Handlers, decode, encode, find, guarded};

impl Handlers {
    pub async fn validate_data_resource_config(
        &self,
        request: wire::ValidateConfigRequest,
    ) -> wire::DiagnosticsResponse {
        let mut diags = Diagnostics::default();
        let context = self.context(None);
        if let Some(entry) = find(&self.data_sources, "data source", &request.type_name, &mut diags)
            && let Some(config) = decode(request.config.as_ref(), &entry.ty, "configuration", &mut diags)
        {
            guarded!("validate", &request.type_name, &mut diags, |own| {
                entry.item.validate(&context, &config, own).await;
            });
        }
        wire::DiagnosticsResponse {
            diagnostics: schema::diagnostics(diags),
        }
    }

    pub async fn read_data_source(&self, request: wire::ReadDataSourceRequest) -> wire::ReadDataSourceResponse {
        let mut diags = Diagnostics::default();
        let mut response = wire::ReadDataSourceResponse::default();
        self.read_data_into(&request, &mut response, &mut diags).await;
        response.diagnostics = schema::diagnostics(diags);
        response
    }

    async fn read_data_into(
        &self,
        request: &wire::ReadDataSourceRequest,
        response: &mut wire::ReadDataSourceResponse,
        diags: &mut Diagnostics,
    ) -> Option<()> {
        let context = self.context(request.client_capabilities.as_ref());
        if let Some(reason) = self.deferral(&context) {
            response.deferred = Some(schema::deferred(reason));
            return None;
        }
        let name = &request.type_name;
        let entry = find(&self.data_sources, "data source", name, diags)?;
        let config = decode(request.config.as_ref(), &entry.ty, "configuration", diags)?;
        let read = guarded!("read", name, diags, |own| entry.item.read(&context, config, own).await);
        match read? {
            ReadData::Found(value) => response.state = Some(encode(&value, &entry.ty, "data", diags)?),
            ReadData::Deferred(reason) => response.deferred = Some(schema::deferred(reason)),
        }
        Some(())
    }
}
