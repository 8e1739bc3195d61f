//! A service in memory that answers what a test says.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};
use std::time::Duration;

use ::http::{Request, Response};
use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;

use super::ClientOptions;
use crate::http::{AnswerLimit, Delivery, SystemClock, Transport, TransportError};
use crate::identity::{Endpoint, Endpoints, Session};
use crate::{cbr, csbs, operation::OperationContext};

pub(crate) type Reply = Result<Response<Bytes>, TransportError>;
type Handler = Box<dyn Fn(&Seen, usize) -> Reply + Send + Sync>;

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Value,
    /// Length of the longest answer that is accepted, in bytes.
    pub(crate) longest: usize,
}

impl Seen {
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// The service; an answer takes 50 ms.
pub(crate) struct Fake {
    handler: Handler,
    seen: Mutex<Vec<Seen>>,
    reads_hang: AtomicBool,
}

impl Fake {
    pub(crate) fn new(handler: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            handler: Box::new(handler),
            seen: Mutex::default(),
            reads_hang: AtomicBool::new(false),
        })
    }

    /// From now on, no read is answered.
    pub(crate) fn hang_reads(&self) {
        self.reads_hang.store(true, Ordering::Relaxed);
    }

    pub(crate) fn client(self: &Arc<Self>) -> csbs::Client {
        self.client_with(ClientOptions::default())
    }

    pub(crate) fn client_with(self: &Arc<Self>, options: ClientOptions) -> csbs::Client {
        csbs::Client::new(self.session(), options)
    }

    pub(crate) fn cbr_client(self: &Arc<Self>) -> cbr::Client {
        cbr::Client::new(self.session(), ClientOptions::default())
    }

    pub(crate) fn context(self: &Arc<Self>) -> OperationContext {
        OperationContext::new(self.client())
    }

    fn session(self: &Arc<Self>) -> Arc<Session> {
        let endpoint = |base: &str| Endpoint {
            base: url::Url::parse(base).unwrap(),
            project_id: "project".to_owned(),
            region: None,
        };
        let endpoints = Endpoints {
            csbs: Ok(endpoint("https://csbs.example/v1/project")),
            cbr: Ok(endpoint("https://cbr.example/v3/project")),
        };
        let transport: Arc<dyn Transport> = self.clone();
        Arc::new(Session::with_token(
            endpoints,
            "token".into(),
            transport,
            Arc::new(SystemClock),
        ))
    }

    /// What it answers to a request, for a service that answers some of them otherwise.
    pub(crate) fn reply(&self, seen: &Seen, number: usize) -> Reply {
        (self.handler)(seen, number)
    }

    /// The parts of a request to this service.
    pub(crate) fn read(request: &Request<Bytes>) -> Seen {
        let uri = url::Url::parse(&request.uri().to_string()).unwrap();
        let prefix = match uri.host_str() {
            Some("csbs.example") => "/v1/project",
            Some("cbr.example") => "/v3/project",
            other => panic!("{other:?}"),
        };
        let path = uri.path().strip_prefix(prefix).unwrap().to_owned();
        let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
        Seen {
            line: format!("{} {path}{query}", request.method()),
            path,
            query: uri.query_pairs().into_owned().collect(),
            body: serde_json::from_slice(request.body()).unwrap_or_default(),
            longest: request.extensions().get::<AnswerLimit>().unwrap().0,
        }
    }

    /// `METHOD path?query` of every request so far, below the project.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|seen| seen.line.clone()).collect()
    }

    pub(crate) fn last(&self) -> Seen {
        self.seen.lock().unwrap().last().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

#[async_trait]
impl Transport for Fake {
    async fn send(&self, request: Request<Bytes>) -> Reply {
        let seen = Self::read(&request);
        let number = {
            let mut all = self.seen.lock().unwrap();
            all.push(seen.clone());
            all.len() - 1
        };
        if request.method() == ::http::Method::GET && self.reads_hang.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        (self.handler)(&seen, number)
    }
}

pub(crate) fn answer(status: u16, body: &Value) -> Reply {
    text(status, &body.to_string())
}

pub(crate) fn text(status: u16, body: &str) -> Reply {
    Ok(Response::builder()
        .status(status)
        .body(Bytes::from(body.to_owned()))
        .unwrap())
}

pub(crate) fn refusal(status: u16, code: &str) -> Reply {
    answer(status, &serde_json::json!({ "error_code": code, "error_msg": "no" }))
}

pub(crate) fn lost(delivery: Delivery) -> Reply {
    Err(TransportError {
        delivery,
        message: "lost".to_owned(),
    })
}
