//! Data sources.

use crate::{
    DataSource, Deferred, Diagnostics, RawValue, ReadData,
    protocol6::{consistency, schema, wire},
};

use super::{
    Handlers,
    entry::Entry,
    guard::OnStop,
    normalize::{fill_blocks, fill_computed},
    values,
};

impl Handlers {
    pub async fn validate_data_resource_config(
        &self,
        request: wire::ValidateConfigRequest,
    ) -> wire::DiagnosticsResponse {
        self.validate(&self.data_sources, &request.type_name, request.config.as_ref(), None)
            .await
    }

    pub async fn read_data_source(&self, request: wire::ReadDataSourceRequest) -> wire::ReadDataSourceResponse {
        let response = wire::ReadDataSourceResponse::default();
        let capabilities = request.client_capabilities.as_ref();
        self.answer(&request.type_name, capabilities, response, async |call, response| {
            let entry = call.find(&self.data_sources)?;
            let config = call.decode(request.config.as_ref(), &entry.ty, "configuration")?;
            if let Some(reason) = call.deferral() {
                *response = deferred(reason, entry, config, &mut call.diags);
                return None;
            }
            let read = call.run_for_result("reading", OnStop::Abandon, async |context, diags| {
                entry.item.read(context, config.clone(), diags).await
            });
            match read.await? {
                ReadData::Found(mut value) => {
                    fill_blocks(&entry.schema.block, &mut value);
                    call.remove_secrets(&mut value, &entry.ty, &[request.config.as_ref()]);
                    consistency::check_data(&entry.schema.block, &config, &value, &mut call.diags);
                    response.state = Some(call.encode(&value, &entry.ty, "data")?);
                }
                ReadData::Deferred(reason) => *response = deferred(reason, entry, config, &mut call.diags),
            }
            Some(())
        })
        .await
    }
}

/// The response of a deferred read: configured values are known, computed ones are not.
fn deferred(
    reason: Deferred,
    entry: &Entry<dyn DataSource>,
    mut config: RawValue,
    diags: &mut Diagnostics,
) -> wire::ReadDataSourceResponse {
    fill_computed(&entry.schema.block, &mut config);
    wire::ReadDataSourceResponse {
        state: values::encode(&config, &entry.ty, "data", diags),
        deferred: Some(schema::deferred(reason)),
        ..wire::ReadDataSourceResponse::default()
    }
}
