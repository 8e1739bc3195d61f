//! What all data sources do: ask the service, and say what went wrong.

use crate::{Connection, diagnostic::Failure};
use otc_client::{
    csbs::ApiError,
    operation::{OperationContext, until_stopped},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Context, Deferred, Diagnostics, ReadData};

/// One read of a data source.
#[derive(Clone, Copy)]
pub struct ServiceCall<'a> {
    /// The way to the service.
    pub connection: &'a Connection,
    /// Of this call.
    pub context: &'a Context,
    /// What fails, such as "Cannot read the quotas".
    pub summary: &'a str,
    /// What it is about, such as "The project".
    pub subject: &'a str,
    /// The attributes that a refusal can be about.
    pub attributes: &'a [&'static str],
}

impl ServiceCall<'_> {
    /// Whether it has to be put off.
    pub fn deferred(&self) -> Option<ReadData> {
        (self.connection.is_unknown() && self.context.capabilities.deferral_allowed)
            .then_some(ReadData::Deferred(Deferred::ProviderConfigUnknown))
    }

    /// Asks; an error in `diags` when there is no answer.
    pub async fn service<T, F, C>(&self, diags: &mut Diagnostics, call: F) -> Option<T>
    where
        F: FnOnce(OperationContext) -> C,
        C: Future<Output = Result<T, ApiError>>,
    {
        let service = self.connection.service(diags)?;
        match until_stopped(&self.context.cancel, call(service)).await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(error)) => {
                let failure = Failure {
                    summary: self.summary,
                    subject: self.subject,
                    attributes: self.attributes,
                };
                failure.report(diags, &error);
                None
            }
            Err(_) => {
                diags.add_attribute_error(
                    self.summary.to_owned(),
                    format!("{}: stopped before the service had answered.", self.subject),
                    AttributePath::root(),
                );
                None
            }
        }
    }
}
