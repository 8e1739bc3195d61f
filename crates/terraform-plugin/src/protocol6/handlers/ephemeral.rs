//! Ephemeral resources.

use jiff::Timestamp;

use crate::{
    Diagnostics, Ephemeral,
    protocol6::{consistency, schema, wire},
};

use super::{
    Handlers, OnStop, decode, encode, find,
    guard::{report_missing_result, validated},
    guarded,
};

impl Handlers {
    pub async fn validate_ephemeral_resource_config(
        &self,
        request: wire::ValidateConfigRequest,
    ) -> wire::DiagnosticsResponse {
        validated!(self.ephemeral, "ephemeral resource type", request, item)
    }

    pub async fn open_ephemeral_resource(
        &self,
        request: wire::OpenEphemeralResourceRequest,
    ) -> wire::OpenEphemeralResourceResponse {
        let mut diags = Diagnostics::default();
        let mut response = wire::OpenEphemeralResourceResponse::default();
        self.open_into(&request, &mut response, &mut diags).await;
        response.diagnostics = self.diagnostics(diags);
        response
    }

    async fn open_into(
        &self,
        request: &wire::OpenEphemeralResourceRequest,
        response: &mut wire::OpenEphemeralResourceResponse,
        diags: &mut Diagnostics,
    ) -> Option<()> {
        let context = self.context(request.client_capabilities.as_ref());
        if let Some(reason) = self.deferral(&context) {
            response.deferred = Some(schema::deferred(reason));
            return None;
        }
        let name = &request.type_name;
        let entry = find(&self.ephemeral, "ephemeral resource type", name, diags)?;
        let config = decode(request.config.as_ref(), &entry.ty, "configuration", diags)?;
        let opened: Option<Ephemeral> = {
            let config = config.clone();
            guarded!("open", name, OnStop::Abandon(&context), diags, |own| entry
                .item
                .open(&context, config, own)
                .await)
        };
        let Some(opened) = opened else {
            report_missing_result("open", name, diags);
            return None;
        };
        consistency::check_data(&entry.schema.block, &config, &opened.result, diags);
        response.result = Some(encode(&opened.result, &entry.ty, "result", diags)?);
        response.renew_at = opened.renew_at.map(timestamp);
        response.private = Some(opened.private);
        Some(())
    }

    pub async fn renew_ephemeral_resource(
        &self,
        request: wire::RenewEphemeralResourceRequest,
    ) -> wire::RenewEphemeralResourceResponse {
        let mut diags = Diagnostics::default();
        let mut response = wire::RenewEphemeralResourceResponse::default();
        if let Some(entry) = find(
            &self.ephemeral,
            "ephemeral resource type",
            &request.type_name,
            &mut diags,
        ) {
            let context = self.context(None);
            let private = request.private.unwrap_or_default();
            let renewed: Option<Ephemeral> = guarded!(
                "renew",
                &request.type_name,
                OnStop::Abandon(&context),
                &mut diags,
                |own| { entry.item.renew(&context, private, own).await }
            );
            if let Some(renewed) = renewed {
                response.renew_at = renewed.renew_at.map(timestamp);
                response.private = Some(renewed.private);
            }
        }
        response.diagnostics = self.diagnostics(diags);
        response
    }

    pub async fn close_ephemeral_resource(
        &self,
        request: wire::CloseEphemeralResourceRequest,
    ) -> wire::DiagnosticsResponse {
        let mut diags = Diagnostics::default();
        if let Some(entry) = find(
            &self.ephemeral,
            "ephemeral resource type",
            &request.type_name,
            &mut diags,
        ) {
            let context = self.context(None);
            let private = request.private.unwrap_or_default();
            guarded!(
                "close",
                &request.type_name,
                OnStop::Abandon(&context),
                &mut diags,
                |own| { entry.item.close(&context, private, own).await }
            );
        }
        wire::DiagnosticsResponse {
            diagnostics: self.diagnostics(diags),
        }
    }
}

fn timestamp(moment: Timestamp) -> wire::Timestamp {
    wire::Timestamp {
        seconds: moment.as_second(),
        nanos: moment.subsec_nanosecond(),
    }
}
