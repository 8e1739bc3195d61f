//! What can go wrong with one request.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What goes wrong with one request. "Before" means that the service did nothing; "after" that it did its work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Effect {
    /// Another answer; the work is not done. Where its headers or body have `{{NOTATION header NAME}}` or
    /// `{{NOTATION body POINTER}}`, it repeats what the request brought there: a header, or a text at a JSON pointer;
    /// `{{NOTATION text TEXT}}` is that text. The notation is `raw`, `json`, `url`, `form`, `html` or `base64` (with `user:`
    /// in front).
    Answer {
        /// HTTP status.
        status: u16,
        /// More headers, such as `Retry-After`.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// Body.
        #[serde(default)]
        body: String,
    },
    /// Another answer, although the work is done. It can repeat as [`Effect::Answer`].
    AnswerAfter {
        /// HTTP status.
        status: u16,
        /// More headers.
        #[serde(default)]
        headers: Vec<(String, String)>,
        /// Body.
        #[serde(default)]
        body: String,
    },
    /// The request waits before the work is done. A client that gives up takes its request back.
    Delay {
        /// By `tokio::time`.
        seconds: f64,
    },
    /// The answer waits after the work is done.
    DelayAfter {
        /// By `tokio::time`.
        seconds: f64,
    },
    /// The connection ends; the work is not done.
    DropBefore,
    /// The connection ends; the work is done.
    DropAfter,
    /// No answer ever comes; the work is not done.
    Stall,
    /// No answer ever comes; the work is done.
    StallAfter,
    /// No answer ever comes, and the work is done later, when the client may have given up.
    Late {
        /// By `tokio::time`.
        seconds: f64,
    },
    /// The connection ends in the middle of the answer's body.
    TruncateBody,
    /// A whole HTTP answer, but its JSON ends in the middle.
    TruncateJson,
    /// Every value is of another type.
    WrongTypes,
    /// Every object has members that nobody knows.
    UnknownFields,
    /// Every status is one that nobody knows.
    UnknownStatus,
    /// Every list is empty.
    EmptyList,
    /// A proxy's page in HTML with status 502.
    BadGateway {
        /// Whether the work is done.
        after: bool,
    },
    /// An answer of this many bytes.
    HugeBody {
        /// Size.
        bytes: usize,
    },
    /// The answer's body comes in small pieces.
    Drip {
        /// Bytes per piece.
        chunk: usize,
        /// Seconds between two pieces.
        pause: f64,
    },
    /// A redirect; the work is not done.
    Redirect {
        /// Where to.
        location: String,
    },
    /// The `Date` header is off by so many seconds.
    WrongDate {
        /// Into the future; negative: into the past.
        seconds: i64,
    },
}

impl Effect {
    /// A refusal in the service's form.
    pub fn refuse(status: u16, code: &str) -> Self {
        Self::Answer {
            status,
            headers: Vec::new(),
            body: serde_json::json!({"error_code": code, "error_msg": "injected"}).to_string(),
        }
    }

    /// The same with a `Retry-After` of so many seconds; only for [`Effect::Answer`] and [`Effect::AnswerAfter`].
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        if let Self::Answer { headers, .. } | Self::AnswerAfter { headers, .. } = &mut self {
            headers.push(("retry-after".to_owned(), seconds.to_string()));
        }
        self
    }

    /// Its name, such as `drop_after`.
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

    /// Whether the service does nothing because of it.
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

/// What happens to the connection while an answer is under way.
///
/// An extension of the router's response. [`crate::Simulator::serve`] does it to the socket; whoever uses the router in
/// memory does what it means: an error of the transport, a wait that never ends, a body that ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionFault {
    /// The connection ends without an answer; the service did nothing.
    DropBefore,
    /// The connection ends without an answer; the service did its work.
    DropAfter,
    /// No answer ever comes, whatever was done.
    Stall,
    /// The connection ends after so many bytes of the body.
    TruncateBody {
        /// Bytes that arrive.
        keep: usize,
    },
    /// The body comes in pieces.
    Drip {
        /// Bytes per piece.
        chunk: usize,
        /// Between two pieces.
        pause: Duration,
    },
}
