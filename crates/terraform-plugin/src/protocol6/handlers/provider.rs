//! The provider's own configuration, and stop.

use std::sync::PoisonError;

use tokio_util::sync::CancellationToken;

use crate::{Configure, protocol6::wire};

use super::{Handlers, guard::OnStop, normalize::drop_errors_on_unknowns};

impl Handlers {
    pub async fn validate_provider_config(
        &self,
        request: wire::ValidateProviderConfigRequest,
    ) -> wire::ValidateProviderConfigResponse {
        let response = wire::ValidateProviderConfigResponse::default();
        self.answer("the provider configuration", None, response, async |call, _| {
            let config = call.decode(request.config.as_ref(), &self.provider_type, "provider configuration")?;
            call.run("validating", OnStop::Wait, async |_, diags| {
                self.provider_schema.validate(&config, diags);
                self.provider.validate(&config, diags).await;
                drop_errors_on_unknowns(&config, diags);
            })
            .await;
            Some(())
        })
        .await
    }

    pub async fn configure_provider(&self, request: wire::ConfigureProviderRequest) -> wire::DiagnosticsResponse {
        self.renew_cancellation();
        let response = wire::DiagnosticsResponse::default();
        let capabilities = request.client_capabilities.as_ref();
        self.answer("the provider", capabilities, response, async |call, _| {
            let configure = Configure {
                config: call.decode(request.config.as_ref(), &self.provider_type, "provider configuration")?,
                terraform_version: request.terraform_version,
            };
            let deferred = call.run("configuring", OnStop::Abandon, async |context, diags| {
                self.provider.configure(context, configure, diags).await
            });
            *self.deferred.write().unwrap_or_else(PoisonError::into_inner) = deferred.await;
            Some(())
        })
        .await
    }

    pub async fn stop_provider(&self, _: wire::Empty) -> wire::StopProviderResponse {
        tracing::info!("stop requested");
        self.stop();
        wire::StopProviderResponse::default()
    }

    /// Replaces the cancellation token after a stop: a client that keeps the plugin for several runs configures it again.
    fn renew_cancellation(&self) {
        let mut cancel = self.cancel.write().unwrap_or_else(PoisonError::into_inner);
        if cancel.is_cancelled() {
            *cancel = CancellationToken::new();
        }
    }
}
