//! Ephemeral resources.

use jiff::Timestamp;

use crate::protocol6::{consistency, schema, wire};

use super::{Handlers, guard::OnStop};

impl Handlers {
    pub async fn validate_ephemeral_resource_config(
        &self,
        request: wire::ValidateConfigRequest,
    ) -> wire::DiagnosticsResponse {
        self.validate(&self.ephemeral, &request.type_name, request.config.as_ref(), None)
            .await
    }

    pub async fn open_ephemeral_resource(
        &self,
        request: wire::OpenEphemeralResourceRequest,
    ) -> wire::OpenEphemeralResourceResponse {
        let response = wire::OpenEphemeralResourceResponse::default();
        let capabilities = request.client_capabilities.as_ref();
        self.answer(&request.type_name, capabilities, response, async |call, response| {
            if let Some(reason) = call.deferral() {
                response.deferred = Some(schema::deferred(reason));
                return None;
            }
            let entry = call.find(&self.ephemeral)?;
            let config = call.decode(request.config.as_ref(), &entry.ty, "configuration")?;
            let opened = call.run_for_result("opening", OnStop::Abandon, async |context, diags| {
                entry.item.open(context, config.clone(), diags).await
            });
            let opened = opened.await?;
            consistency::check_data(&entry.schema.block, &config, &opened.result, &mut call.diags);
            response.result = Some(call.encode(&opened.result, &entry.ty, "result")?);
            response.renew_at = opened.renew_at.map(timestamp);
            response.private = Some(opened.private);
            Some(())
        })
        .await
    }

    pub async fn renew_ephemeral_resource(
        &self,
        request: wire::RenewEphemeralResourceRequest,
    ) -> wire::RenewEphemeralResourceResponse {
        let response = wire::RenewEphemeralResourceResponse::default();
        self.answer(&request.type_name, None, response, async |call, response| {
            let entry = call.find(&self.ephemeral)?;
            let private = request.private.unwrap_or_default();
            let renewed = call.run("renewing", OnStop::Abandon, async |context, diags| {
                entry.item.renew(context, private, diags).await
            });
            let renewed = renewed.await?;
            response.renew_at = renewed.renew_at.map(timestamp);
            response.private = Some(renewed.private);
            Some(())
        })
        .await
    }

    pub async fn close_ephemeral_resource(
        &self,
        request: wire::CloseEphemeralResourceRequest,
    ) -> wire::DiagnosticsResponse {
        let response = wire::DiagnosticsResponse::default();
        self.answer(&request.type_name, None, response, async |call, _| {
            let entry = call.find(&self.ephemeral)?;
            let private = request.private.unwrap_or_default();
            let closed = call.run("closing", OnStop::Abandon, async |context, diags| {
                entry.item.close(context, private, diags).await;
            });
            closed.await;
            Some(())
        })
        .await
    }
}

fn timestamp(time: Timestamp) -> wire::Timestamp {
    wire::Timestamp {
        seconds: time.as_second(),
        nanos: time.subsec_nanosecond(),
    }
}
