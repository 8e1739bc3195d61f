//! The connection from one provider process to the simulated service, without sockets, so that virtual time works. It has
//! latency, a request timeout, and the connection faults that the simulator injects.

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

/// Latency in each direction.
const LATENCY: Duration = Duration::from_millis(20);
/// Longest time for a complete response, as in the real transport.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// The client's view of a connection that the simulator breaks before it reads the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    Reset,
    Refused,
    Tls,
}

/// The moment of an interrupt, relative to its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before the request is sent.
    Before,
    /// When the response has arrived.
    After,
}

/// An interrupt at a request.
#[derive(Debug, Clone)]
pub struct Interrupt {
    pub at: u64,
    pub moment: Moment,
    pub cancel: CancellationToken,
}

/// One line for each request and one for each response: virtual time, method, path, and status or error.
pub type Trace = Arc<Mutex<Vec<String>>>;

/// State that all connections to one service share.
#[derive(Debug)]
pub struct Shared {
    pub broken: Mutex<Broken>,
    pub max_body: usize,
    pub hosts: Mutex<BTreeSet<String>>,
    pub interrupt: Mutex<Option<Interrupt>>,
    pub interrupted_at: Mutex<Option<Instant>>,
    pub count: AtomicU64,
    pub in_flight: AtomicU64,
    pub trace: OnceLock<Trace>,
    began: Instant,
}

impl Shared {
    pub fn new(max_body: usize) -> Self {
        Self {
            broken: Mutex::new(Broken::Reset),
            max_body,
            hosts: Mutex::default(),
            interrupt: Mutex::default(),
            interrupted_at: Mutex::default(),
            count: AtomicU64::new(0),
            in_flight: AtomicU64::new(0),
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

    fn interrupt_at(&self, number: u64, moment: Moment) {
        let interrupt = self.interrupt.lock().unwrap();
        if let Some(interrupt) = interrupt
            .as_ref()
            .filter(|interrupt| interrupt.at == number && interrupt.moment == moment)
        {
            *self.interrupted_at.lock().unwrap() = Some(Instant::now());
            interrupt.cancel.cancel();
        }
    }
}

/// The transport of one provider process.
pub struct FaultyTransport {
    router: Router,
    shared: Arc<Shared>,
    /// Cancelled when the process is killed: from then on, it sends and receives nothing.
    dead: CancellationToken,
}

struct InFlight<'a>(&'a Shared);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

impl FaultyTransport {
    pub fn new(simulator: &Simulator, shared: Arc<Shared>, dead: CancellationToken) -> Self {
        Self {
            router: simulator.router(),
            shared,
            dead,
        }
    }

    async fn exchange(&self, request: Request<Bytes>, responded: &mut bool) -> Result<Response<Bytes>, TransportError> {
        sleep(LATENCY).await;
        let Ok(response) = self.router.clone().oneshot(request.map(Body::from)).await;
        sleep(LATENCY).await;
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
        *responded = true;
        let failed = parts.status.is_client_error() || parts.status.is_server_error();
        let mut body = body.collect().await.unwrap_or_default().to_bytes();
        match fault {
            Some(ConnectionFault::TruncateBody { keep }) if failed => body.truncate(keep),
            Some(ConnectionFault::TruncateBody { .. }) => {
                return Err(error(
                    Delivery::Answered,
                    "the response ended early: end of file before message length reached",
                ));
            }
            Some(ConnectionFault::Drip { chunk, pause }) => {
                sleep(pause * u32::try_from(body.len().div_ceil(chunk)).unwrap()).await;
            }
            _ => {}
        }
        if failed {
            body.truncate(MAX_ERROR_BODY);
        } else if body.len() > self.shared.max_body {
            return Err(error(Delivery::Answered, "the response is longer than allowed"));
        }
        Ok(Response::from_parts(parts, body))
    }

    async fn with_timeout(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let mut responded = false;
        let outcome = timeout(REQUEST_TIMEOUT, self.exchange(request, &mut responded)).await;
        outcome.unwrap_or_else(|_| {
            Err(TransportError {
                delivery: if responded {
                    Delivery::Answered
                } else {
                    Delivery::Unknown
                },
                message: "no response within 60 s".to_owned(),
            })
        })
    }
}

#[async_trait]
impl Transport for FaultyTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let shared = &self.shared;
        shared.in_flight.fetch_add(1, Ordering::Relaxed);
        let _in_flight = InFlight(shared);
        let number = shared.count.fetch_add(1, Ordering::Relaxed);
        shared
            .hosts
            .lock()
            .unwrap()
            .extend(request.uri().host().map(str::to_owned));
        shared.interrupt_at(number, Moment::Before);
        let line = shared
            .trace
            .get()
            .map(|_| format!("#{number} {} {}", request.method(), request.uri()))
            .unwrap_or_default();
        shared.record(|| line.clone());
        let outcome = tokio::select! {
            biased;
            () = self.dead.cancelled() => std::future::pending().await,
            outcome = self.with_timeout(request) => outcome,
        };
        shared.record(|| match &outcome {
            Ok(response) => format!("{line}: {}", response.status().as_u16()),
            Err(error) => format!("{line}: {error}"),
        });
        shared.interrupt_at(number, Moment::After);
        outcome
    }
}
