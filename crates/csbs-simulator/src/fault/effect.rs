//! Effects of fault rules.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Effect on a request. "Before" means that the service does not carry out the request, "after" that it does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Effect {
    /// Another response; the request is not carried out. Placeholders in headers and body repeat parts of the request:
    /// `{{NOTATION header NAME}}` a header, `{{NOTATION body POINTER}}` a string at a JSON pointer; `{{NOTATION text TEXT}}` is
    /// the text itself. The notation is `raw`, `json`, `url`, `form`, `html` or `base64` (with the prefix `user:`).
    Answer {
        /// HTTP status.
        status: u16,
        /// Additional headers, such as `Retry-After`.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// Body.
        #[serde(default)]
        body: String,
    },
    /// Another response; the request is carried out. It can have placeholders like [`Effect::Answer`].
    AnswerAfter {
        /// HTTP status.
        status: u16,
        /// Additional headers.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// Body.
        #[serde(default)]
        body: String,
    },
    /// A delay before the request is carried out. If the client disconnects meanwhile, it is not carried out.
    Delay {
        /// Duration in seconds, of `tokio::time`.
        seconds: f64,
    },
    /// A delay after the request was carried out.
    DelayAfter {
        /// Duration in seconds, of `tokio::time`.
        seconds: f64,
    },
    /// The connection is closed; the request is not carried out.
    DropBefore,
    /// The connection is closed; the request is carried out.
    DropAfter,
    /// There is never a response; the request is not carried out.
    Stall,
    /// There is never a response; the request is carried out.
    StallAfter,
    /// There is never a response; the request is carried out later, when the client may have given up.
    Late {
        /// Duration in seconds, of `tokio::time`.
        seconds: f64,
    },
    /// The connection is closed in the middle of the body.
    TruncateBody,
    /// A complete HTTP response with truncated JSON.
    TruncateJson,
    /// Every value has another type.
    WrongTypes,
    /// Every object has unknown members.
    UnknownFields,
    /// Every status is unknown.
    UnknownStatus,
    /// Every list is empty.
    EmptyList,
    /// The HTML page of a proxy, with status 502.
    BadGateway {
        /// The request is carried out.
        after: bool,
    },
    /// A response of this size.
    HugeBody {
        /// Size in bytes.
        bytes: usize,
    },
    /// The body is sent in small pieces.
    Drip {
        /// Bytes per piece.
        chunk: usize,
        /// Seconds between two pieces.
        pause: f64,
    },
    /// A redirect; the request is not carried out.
    Redirect {
        /// URL of the `Location` header.
        location: String,
    },
    /// The `Date` header is shifted.
    WrongDate {
        /// Seconds into the future; negative values into the past.
        seconds: i64,
    },
}

impl Effect {
    /// Returns an effect with an error response in the service's form.
    pub fn refuse(status: u16, code: &str) -> Self {
        Self::Answer {
            status,
            headers: Vec::new(),
            body: serde_json::json!({"error_code": code, "error_msg": "injected"}).to_string(),
        }
    }

    /// Adds a `Retry-After` header, in seconds. Only for [`Effect::Answer`] and [`Effect::AnswerAfter`].
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        if let Self::Answer { headers, .. } | Self::AnswerAfter { headers, .. } = &mut self {
            headers.push(("retry-after".to_owned(), seconds.to_string()));
        }
        self
    }

    /// Returns the name, such as `drop_after`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Answer { .. } => "answer",
            Self::AnswerAfter { .. } => "answer_after",
            Self::Delay { .. } => "delay",
            Self::DelayAfter { .. } => "delay_after",
            Self::DropBefore => "drop_before",
            Self::DropAfter => "drop_after",
            Self::Stall => "stall",
            Self::StallAfter => "stall_after",
            Self::Late { .. } => "late",
            Self::TruncateBody => "truncate_body",
            Self::TruncateJson => "truncate_json",
            Self::WrongTypes => "wrong_types",
            Self::UnknownFields => "unknown_fields",
            Self::UnknownStatus => "unknown_status",
            Self::EmptyList => "empty_list",
            Self::BadGateway { .. } => "bad_gateway",
            Self::HugeBody { .. } => "huge_body",
            Self::Drip { .. } => "drip",
            Self::Redirect { .. } => "redirect",
            Self::WrongDate { .. } => "wrong_date",
        }
    }

    /// Returns `true` if the request is not carried out.
    pub(crate) fn prevents(&self) -> bool {
        matches!(
            self,
            Self::Answer { .. }
                | Self::DropBefore
                | Self::Stall
                | Self::Late { .. }
                | Self::BadGateway { after: false }
                | Self::HugeBody { .. }
                | Self::Redirect { .. }
        )
    }
}

/// Fault of the connection during a response.
///
/// It is an extension of the router's response. [`crate::Simulator::serve`] applies it to the socket; a user of the router in
/// memory has to apply it: as a transport error, an endless wait, or a body that ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionFault {
    /// The connection is closed without a response; the request was not carried out.
    DropBefore,
    /// The connection is closed without a response; the request was carried out.
    DropAfter,
    /// There is never a response.
    Stall,
    /// The connection is closed after a part of the body.
    TruncateBody {
        /// Number of bytes that are sent.
        keep: usize,
    },
    /// The body is sent in pieces.
    Drip {
        /// Bytes per piece.
        chunk: usize,
        /// Time between two pieces.
        pause: Duration,
    },
}
