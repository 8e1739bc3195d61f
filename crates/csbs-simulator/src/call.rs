//! Parsed requests.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Request};
use serde_json::Value;

use crate::reply::Reply;

/// Maximum size of a body, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// A parsed request.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub method: String,
    /// Path, as it was sent.
    pub path: String,
    /// Query, as it was sent.
    pub raw_query: String,
    /// Decoded segments of the path, without a leading region.
    pub segments: Vec<String>,
    /// Region of the endpoint.
    pub region: Option<String>,
    /// Decoded query parameters.
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Scheme and authority that the client used.
    pub base: String,
    /// `Host` header.
    pub host: String,
}

impl Call {
    pub(crate) async fn read(request: Request<Body>, secure: bool, regions: &[String]) -> Result<Self, Reply> {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, MAX_BODY)
            .await
            .map_err(|_| Reply::gateway(413, "APIG.0201", "Request entity too large"))?;
        let host = parts
            .uri
            .authority()
            .map(|authority| authority.as_str().to_owned())
            .or_else(|| Some(parts.headers.get("host")?.to_str().ok()?.to_owned()))
            .unwrap_or_else(|| "localhost".to_owned());
        let scheme = parts.uri.scheme_str().unwrap_or(if secure { "https" } else { "http" });
        let path = parts.uri.path().to_owned();
        let raw_query = parts.uri.query().unwrap_or_default().to_owned();
        let mut segments: Vec<String> = path.split('/').skip(1).map(decode).collect();
        // Like gateways, ignore one trailing slash.
        if segments.last().is_some_and(String::is_empty) {
            segments.pop();
        }
        let region = match segments.first() {
            Some(first) if regions.contains(first) => Some(segments.remove(0)),
            _ => regions.first().cloned(),
        };
        Ok(Self {
            method: parts.method.to_string(),
            segments,
            region,
            query: url::form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect(),
            headers: parts.headers,
            body,
            base: format!("{scheme}://{host}"),
            host,
            path,
            raw_query,
        })
    }

    pub(crate) fn segments(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    /// Returns the first query parameter of that name, unless it is empty.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let (_, value) = self.query.iter().find(|(key, _)| key == name)?;
        (!value.is_empty()).then_some(value)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Parses the body as a JSON object.
    pub(crate) fn json(&self) -> Result<Value, Reply> {
        let json = self
            .header("content-type")
            .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/json"));
        if !json {
            return Err(Reply::parameter("Content-Type must be application/json"));
        }
        match serde_json::from_slice(&self.body) {
            Ok(Value::Object(object)) => Ok(Value::Object(object)),
            Ok(_) => Err(Reply::parameter("the body must be a JSON object")),
            Err(_) => Err(Reply::parameter("Malformed request body")),
        }
    }
}

/// Percent-decodes a path segment.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes
            .get(at + 1..at + 3)
            .filter(|_| bytes[at] == b'%')
            .and_then(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        if let Some(byte) = hex {
            decoded.push(byte);
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
