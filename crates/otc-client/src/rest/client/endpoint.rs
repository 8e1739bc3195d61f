//! The endpoint that calls are sent to.

use super::{Api, Client, call::Retries};
use crate::{
    identity::Endpoint,
    rest::{ApiError, retry::Effect},
};

impl<A: Api> Client<A> {
    /// The endpoint of the service; the first call may sign in to find it, and repeats a sign-in that fails transiently.
    ///
    /// # Errors
    /// [`ApiError::Identity`].
    pub async fn endpoint(&self) -> Result<Endpoint, ApiError> {
        let operation = "endpoint";
        let mut retries = Retries::new(self, operation, Effect::Read);
        loop {
            match self.shared.session.endpoint(A::SERVICE).await {
                Ok(endpoint) => return Ok(endpoint),
                Err(source) => retries.wait_after(ApiError::Identity { operation, source }).await?,
            }
        }
    }
}
