//! The path of a request: log, rate limit, faults before, authentication, operation, faults after.

use std::time::Duration;

use axum::{Router, body::Body};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use jiff::Timestamp;

use crate::{
    Arrival, AuthMode, ConnectionFault, Effect, Operation, Simulator, admin, api, auth,
    call::Call,
    cbr, fault, identity,
    log::RequestRecord,
    operation::is_keystone_path,
    reply::{Answer, Reply},
    timeline::advance_to_now,
};

impl Simulator {
    /// Returns the service as an axum router, for use without a socket. A response with a connection fault has a
    /// [`crate::ConnectionFault`] as an extension.
    pub fn router(&self) -> Router {
        let simulator = self.clone();
        Router::new().fallback(move |request: Request<Body>| {
            let simulator = simulator.clone();
            async move { Box::pin(answer(simulator, request, false)).await }
        })
    }
}

/// Answers a request.
pub(crate) async fn answer(simulator: Simulator, request: Request<Body>, secure: bool) -> Response<Body> {
    let regions = simulator.state().config.regions.clone();
    let call = match Call::read(request, secure, &regions).await {
        Ok(call) => call,
        Err(reply) => return fault::boxed(reply.into_response()),
    };
    if call.segments.first().is_some_and(|first| first == "_admin") {
        let reply = admin::answer(&simulator, &call).unwrap_or_else(|refusal| refusal);
        return fault::boxed(reply.into_response());
    }
    let operation = Operation::of(&call.method, &call.segments(), &call.body);
    let (number, admission) = admit_request(&simulator, &call, operation);
    let response = match admission {
        Admission::Throttled(wait) => with_common_headers(&simulator, throttled(wait).into_response()),
        Admission::Accepted(effects) => answer_with_faults(&simulator, call, operation, number, effects).await,
    };
    log_response(&simulator, number, &response);
    fault::boxed(response)
}

/// Decision about an arrived request.
enum Admission {
    Throttled(Option<u64>),
    Accepted(Vec<Effect>),
}

fn admit_request(simulator: &Simulator, call: &Call, operation: Operation) -> (u64, Admission) {
    let state = &mut *simulator.state();
    if !operation.is_identity() {
        state.clock.request();
    }
    let at = state.clock.now();
    let number = state.log.begin(|number| RequestRecord {
        number,
        at,
        method: call.method.clone(),
        path: call.path.clone(),
        query: call.raw_query.clone(),
        operation,
        body: (!operation.is_identity())
            .then(|| serde_json::from_slice(&call.body).ok())
            .flatten(),
        user_agent: call.header("user-agent").map(str::to_owned),
        status: None,
        fault: None,
        injected: None,
        carried_out: false,
    });
    if !operation.is_identity()
        && let Err(wait) = state.throttle.admit(tokio::time::Instant::now())
    {
        return (number, Admission::Throttled(wait));
    }
    let effects = state.faults.meet(&Arrival {
        method: &call.method,
        path: &call.path,
        operation,
    });
    if !effects.is_empty() {
        let names: Vec<_> = effects.iter().map(Effect::name).collect();
        state.log.update(number, |record| record.fault = Some(names.join(",")));
    }
    (number, Admission::Accepted(effects))
}

fn throttled(wait: Option<u64>) -> Reply {
    let reply = Reply::gateway(
        429,
        "APIG.0308",
        "The throttling threshold has been reached: policy user over ratelimit",
    );
    match wait {
        Some(seconds) => reply.with_header("retry-after", seconds.to_string()),
        None => reply,
    }
}

async fn answer_with_faults(
    simulator: &Simulator,
    call: Call,
    operation: Operation,
    number: u64,
    effects: Vec<Effect>,
) -> Response<Bytes> {
    let effects: Vec<_> = effects.into_iter().map(|effect| fault::echo(effect, &call)).collect();
    if let Some(injected) = effects.iter().find_map(fault::injected) {
        simulator
            .state()
            .log
            .update(number, |record| record.injected = Some(injected));
    }
    for effect in &effects {
        if let Effect::Delay { seconds } = effect {
            sleep(*seconds).await;
        }
    }
    let preventing = effects.iter().find(|effect| effect.prevents());
    let mut response = match preventing {
        Some(effect) => {
            if let Effect::Late { seconds } = *effect {
                let simulator = simulator.clone();
                tokio::spawn(async move {
                    sleep(seconds).await;
                    work(&simulator, &call, operation, number).await;
                });
            }
            with_common_headers(simulator, fault::instead(effect).unwrap_or_default())
        }
        None => {
            let reply = work(simulator, &call, operation, number).await;
            with_common_headers(simulator, reply.into_response())
        }
    };
    for effect in &effects {
        if let Effect::DelayAfter { seconds } = effect {
            sleep(*seconds).await;
        }
        if preventing.is_none()
            && let Some(other) = fault::instead(effect)
        {
            response = with_common_headers(simulator, other);
        }
        response = fault::spoil(effect, response);
    }
    response
}

/// Carries out a request, and logs the success.
async fn work(simulator: &Simulator, call: &Call, operation: Operation, number: u64) -> Reply {
    let answer = carry_out(simulator, call, operation, number).await;
    let done = answer.as_ref().is_ok_and(|reply| reply.status < 400);
    simulator.state().log.update(number, |record| record.carried_out = done);
    answer.unwrap_or_else(|refusal| refusal)
}

async fn carry_out(simulator: &Simulator, call: &Call, operation: Operation, number: u64) -> Answer {
    let identity = operation.is_identity() || is_keystone_path(&call.segments());
    if identity {
        let state = &mut *simulator.state();
        if matches!(state.config.auth, AuthMode::Keystone { .. }) {
            return Err(Reply::keystone(404, "Not Found", "The resource could not be found."));
        }
        let signer = auth::signer(state, call)?;
        return identity::answer(state, call, operation, signer.as_ref());
    }
    let caller = auth::identify(simulator, call).await?;
    let state = &mut *simulator.state();
    let now = advance_to_now(state);
    let answer = if call.segments.first().is_some_and(|first| first == "v3") {
        cbr::answer(state, &caller, call, operation, now, number)
    } else {
        api::answer(state, &caller, call, operation, now, number)
    };
    // Start queued deletions immediately if possible.
    advance_to_now(state);
    answer
}

fn log_response(simulator: &Simulator, number: u64, response: &Response<Bytes>) {
    let silent = matches!(
        response.extensions().get::<ConnectionFault>(),
        Some(ConnectionFault::DropBefore | ConnectionFault::DropAfter | ConnectionFault::Stall)
    );
    if !silent {
        let status = response.status().as_u16();
        simulator
            .state()
            .log
            .update(number, |record| record.status = Some(status));
    }
}

/// Adds the headers of every response.
fn with_common_headers(simulator: &Simulator, mut response: Response<Bytes>) -> Response<Bytes> {
    let state = &mut *simulator.state();
    let wall: Timestamp = state.clock.wall();
    let request_id = format!("req-{}", state.random.uuid());
    let headers = response.headers_mut();
    if let Ok(date) = HeaderValue::try_from(fault::http_date(wall)) {
        headers.insert(header::DATE, date);
    }
    if let Ok(id) = HeaderValue::try_from(request_id) {
        headers.insert("x-openstack-request-id", id);
    }
    response
}

async fn sleep(seconds: f64) {
    tokio::time::sleep(Duration::try_from_secs_f64(seconds).unwrap_or_default()).await;
}
