//! The way from one provider process to the simulated service: no sockets, so that paused time stays paused, but slow, with
//! an end to every wait, and broken in the ways that the simulator asks for.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::{Router, body::Body};
use bytes::Bytes;
use csbs_simulator::{ConnectionFault, Simulator};
use http::{Request, Response};
use http_body_util::BodyExt;
use otc_client::http::{Delivery, MAX_ERROR_BODY, Transport, TransportError};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// One way, and how long an answer may take in all: that of the real transport.
const ONE_WAY: Duration = Duration::from_millis(20);
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What a connection that the simulator breaks before it reads looks like from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    Reset,
    Refused,
    Tls,
}

/// When a stop comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The request is on its way.
    Before,
    /// Its answer has just come.
    After,
}

/// A stop at a request.
#[derive(Debug, Clone)]
pub struct Stop {
    pub at: u64,
    pub moment: Moment,
    pub cancel: CancellationToken,
}

/// One line for each request and one for each answer: virtual time, method, path, and status or error.
pub type Trace = Arc<Mutex<Vec<String>>>;

/// What all wires of one service share.
#[derive(Debug)]
pub struct Shared {
    pub broken: Mutex<Broken>,
    pub longest: usize,
    pub hosts: Mutex<BTreeSet<String>>,
    pub stop: Mutex<Option<Stop>>,
    pub stopped: Mutex<Option<Instant>>,
    pub count: AtomicU64,
    pub under_way: AtomicU64,
    pub trace: OnceLock<Trace>,
    began: Instant,
}

impl Shared {
    pub fn new(longest: usize) -> Self {
        Self {
            broken: Mutex::new(Broken::Reset),
            longest,
            hosts: Mutex::default(),
            stop: Mutex::default(),
            stopped: Mutex::default(),
            count: AtomicU64::new(0),
            under_way: AtomicU64::new(0),
            trace: OnceLock::new(),
            began: Instant::now(),
        }
    }

    fn record(&self, line: impl FnOnce() -> String) {
        if let Some(trace) = self.trace.get() {
            let at = self.began.elapsed().as_secs_f64();
            trace.lock().unwrap().push(format!("{at:.6} {}", line()));
        }
    }

    fn reach(&self, number: u64, moment: Moment) {
        let stop = self.stop.lock().unwrap();
        if let Some(stop) = stop.as_ref().filter(|stop| stop.at == number && stop.moment == moment) {
            *self.stopped.lock().unwrap() = Some(Instant::now());
            stop.cancel.cancel();
        }
    }
}

/// The wire of one provider process.
pub struct Wire {
    router: Router,
    shared: Arc<Shared>,
    /// The process was killed: nothing that is on the way out leaves, and nothing comes in.
    dead: CancellationToken,
}

struct UnderWay<'a>(&'a Shared);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Wire {
    pub fn new(simulator: &Simulator, shared: Arc<Shared>, dead: CancellationToken) -> Self {
        Self {
            router: simulator.router(),
            shared,
            dead,
        }
    }

    async fn exchange(&self, request: Request<Bytes>, answered: &mut bool) -> Result<Response<Bytes>, TransportError> {
        sleep(ONE_WAY).await;
        let Ok(response) = self.router.clone().oneshot(request.map(Body::from)).await;
        sleep(ONE_WAY).await;
        let (mut parts, body) = response.into_parts();
        let fault = parts.extensions.remove::<ConnectionFault>();
        let error = |delivery, message: &str| TransportError {
            delivery,
            message: message.to_owned(),
        };
        match fault {
            Some(ConnectionFault::DropBefore) => {
                return Err(match *self.shared.broken.lock().unwrap() {
                    Broken::Reset => error(Delivery::Unknown, "connection reset by peer (os error 104)"),
                    Broken::Refused => error(
                        Delivery::NotSent,
                        "tcp connect error: connection refused (os error 111)",
                    ),
                    Broken::Tls => error(Delivery::NotSent, "invalid peer certificate: UnknownIssuer"),
                });
            }
            Some(ConnectionFault::DropAfter) => {
                return Err(error(Delivery::Unknown, "connection closed before message completed"));
            }
            Some(ConnectionFault::Stall) => std::future::pending::<()>().await,
            _ => {}
        }
        *answered = true;
        let failed = parts.status.is_client_error() || parts.status.is_server_error();
        let mut body = body.collect().await.unwrap_or_default().to_bytes();
        match fault {
            Some(ConnectionFault::TruncateBody { keep }) if failed => body.truncate(keep),
            Some(ConnectionFault::TruncateBody { .. }) => {
                return Err(error(
                    Delivery::Answered,
                    "the answer broke off: end of file before message length reached",
                ));
            }
            Some(ConnectionFault::Drip { chunk, pause }) => {
                sleep(pause * u32::try_from(body.len().div_ceil(chunk)).unwrap()).await;
            }
            _ => {}
        }
        if failed {
            body.truncate(MAX_ERROR_BODY);
        } else if body.len() > self.shared.longest {
            return Err(error(Delivery::Answered, "the answer is longer than allowed"));
        }
        Ok(Response::from_parts(parts, body))
    }

    async fn in_time(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut answered = false;
        let outcome = timeout(PATIENCE, self.exchange(request, &mut answered)).await;
        outcome.unwrap_or_else(|_| {
            Err(TransportError {
                delivery: if answered {
                    Delivery::Answered
                } else {
                    Delivery::Unknown
                },
                message: "no answer came within 60 s".to_owned(),
            })
        })
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let shared = &self.shared;
        shared.under_way.fetch_add(1, Ordering::Relaxed);
        let _under_way = UnderWay(shared);
        let number = shared.count.fetch_add(1, Ordering::Relaxed);
        shared
            .hosts
            .lock()
            .unwrap()
            .extend(request.uri().host().map(str::to_owned));
        shared.reach(number, Moment::Before);
        let line = shared
            .trace
            .get()
            .map(|_| format!("#{number} {} {}", request.method(), request.uri()))
            .unwrap_or_default();
        shared.record(|| line.clone());
        let outcome = tokio::select! {
            biased;
            () = self.dead.cancelled() => std::future::pending().await,
            outcome = self.in_time(request) => outcome,
        };
        shared.record(|| match &outcome {
            Ok(response) => format!("{line}: {}", response.status().as_u16()),
            Err(error) => format!("{line}: {error}"),
        });
        shared.reach(number, Moment::After);
        outcome
    }
}
