//! One read from the service: a failure or an interrupt becomes a diagnostic.

use std::pin::Pin;

use crate::{Connection, diagnostics::Failure};
use otc_client::{
    csbs::ApiError,
    operation::{OperationContext, until_stopped},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostics};

/// The future of a read.
pub type Reading<'r, T> = Pin<Box<dyn Future<Output = Result<T, ApiError>> + Send + 'r>>;

/// One read from the service, of a data source or a list.
pub struct ServiceCall<'a> {
    /// The connection that the read uses.
    pub connection: &'a Connection,
    /// Context of Terraform's call.
    pub context: &'a Context,
    /// Wording of an error.
    pub failure: Failure<'static>,
}

impl ServiceCall<'_> {
    /// Reads from the service; an error in `diags` when there is no answer.
    pub async fn run<T>(
        &self,
        diags: &mut Diagnostics,
        read: impl for<'r> FnOnce(&'r OperationContext, &'r mut Diagnostics) -> Reading<'r, T>,
    ) -> Option<T> {
        let service = self.connection.service(diags)?;
        match until_stopped(&self.context.cancel, read(&service, diags)).await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(error)) => {
                self.failure.report(diags, &error);
                None
            }
            Err(_) => {
                diags.add_attribute_error(
                    self.failure.summary.to_owned(),
                    format!("{}: interrupted before the service answered.", self.failure.subject),
                    AttributePath::root(),
                );
                None
            }
        }
    }
}
