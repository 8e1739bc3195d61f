//! The client of the notes service.

use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};

use super::NoteModel;

/// A client whose endpoint is known once the provider is configured.
#[derive(Clone, Default)]
pub struct NotesClient(Arc<RwLock<String>>);

impl NotesClient {
    /// Sets the service's address.
    pub fn set_endpoint(&self, endpoint: String) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = endpoint;
    }

    /// Makes one call; `None` when the service has no such note.
    ///
    /// # Errors
    /// A sentence that says what failed.
    pub async fn call(&self, method: &str, path: &str, note: Option<&NoteModel>) -> Result<Option<NoteModel>, String> {
        let address = format!("{}{path}", self.0.read().unwrap_or_else(PoisonError::into_inner));
        let body = note.map(serde_json::to_vec).transpose();
        let body = body.map_err(|error| error.to_string())?.unwrap_or_default();
        let request = Request::builder()
            .method(method)
            .header("content-type", "application/json")
            .uri(&address)
            .body(Full::new(Bytes::from(body)));
        let request = request.map_err(|error| error.to_string())?;
        let client = Client::builder(TokioExecutor::new()).build_http();
        let response = client
            .request(request)
            .await
            .map_err(|error| format!("{address}: {error}"))?;
        let status = response.status();
        let body = response
            .into_body()
            .collect()
            .await
            .map_err(|error| error.to_string())?
            .to_bytes();
        match status {
            StatusCode::NOT_FOUND => Ok(None),
            _ if body.is_empty() && status.is_success() => Ok(None),
            _ if status.is_success() => serde_json::from_slice(&body)
                .map(Some)
                .map_err(|error| error.to_string()),
            _ => Err(format!("{address} answered {status}.")),
        }
    }
}
