//! Data sources.

use crate::{
    AttributeType, Block, Deferred, Diagnostics, RawValue, ReadData,
    protocol6::{consistency, schema, wire},
};

use super::{
    Handlers, OnStop, decode, encode, find,
    guard::{report_missing_result, validated},
    guarded,
    normalize::{fill_blocks, fill_computed},
};

impl Handlers {
    pub async fn validate_data_resource_config(
        &self,
        request: wire::ValidateConfigRequest,
    ) -> wire::DiagnosticsResponse {
        validated!(self.data_sources, "data source", request, item)
    }

    pub async fn read_data_source(&self, request: wire::ReadDataSourceRequest) -> wire::ReadDataSourceResponse {
        let mut diags = Diagnostics::default();
        let mut response = wire::ReadDataSourceResponse::default();
        self.read_data_into(&request, &mut response, &mut diags).await;
        response.diagnostics = self.diagnostics(diags);
        response
    }

    async fn read_data_into(
        &self,
        request: &wire::ReadDataSourceRequest,
        response: &mut wire::ReadDataSourceResponse,
        diags: &mut Diagnostics,
    ) -> Option<()> {
        let context = self.context(request.client_capabilities.as_ref());
        let name = &request.type_name;
        let entry = find(&self.data_sources, "data source", name, diags)?;
        let config = decode(request.config.as_ref(), &entry.ty, "configuration", diags)?;
        let block = &entry.schema.block;
        if let Some(reason) = self.deferral(&context) {
            defer(response, reason, &entry.ty, block, config, diags);
            return None;
        }
        let read = {
            let config = config.clone();
            guarded!("read", name, OnStop::Abandon(&context), diags, |own| entry
                .item
                .read(&context, config, own)
                .await)
        };
        let Some(read) = read else {
            report_missing_result("read", name, diags);
            return None;
        };
        match read {
            ReadData::Found(mut value) => {
                fill_blocks(block, &mut value);
                self.clean(&mut value, &entry.ty, &[request.config.as_ref()], diags);
                consistency::check_data(block, &config, &value, diags);
                response.state = Some(encode(&value, &entry.ty, "data", diags)?);
            }
            ReadData::Deferred(reason) => defer(response, reason, &entry.ty, block, config, diags),
        }
        Some(())
    }
}

/// What is put off is known as far as it is configured.
fn defer(
    response: &mut wire::ReadDataSourceResponse,
    reason: Deferred,
    ty: &AttributeType,
    block: &Block,
    mut config: RawValue,
    diags: &mut Diagnostics,
) {
    fill_computed(block, &mut config);
    response.state = encode(&config, ty, "data", diags);
    response.deferred = Some(schema::deferred(reason));
}
