//! The endpoint that calls are sent to.

use super::{Client, call::Retries};
use crate::{
    csbs::{ApiError, retry::Effect},
    identity::Endpoint,
};

impl Client {
    /// The endpoint of the service; the first call may sign in to find it, and repeats a sign-in that fails transiently.
    ///
    /// # Errors
    /// [`ApiError::Identity`].
    pub async fn endpoint(&self) -> Result<Endpoint, ApiError> {
        let operation = "endpoint";
        let mut retries = Retries::new(self, operation, Effect::Read);
        loop {
            match self.shared.session.endpoint().await {
                Ok(endpoint) => return Ok(endpoint),
                Err(source) => retries.wait_after(ApiError::Identity { operation, source }).await?,
            }
        }
    }
}
