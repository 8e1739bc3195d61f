//! The way of a request: log, limit, faults, who calls, the work, faults again.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use jiff::Timestamp;

use crate::{
    Arrival, AuthMode, ConnectionFault, Effect, Operation, Simulator, admin, api, auth,
    call::Call,
    fault, identity,
    log::RequestRecord,
    reply::{Answer, Reply},
    world::settle,
};

/// Answers one request.
pub(crate) async fn answer(simulator: Simulator, request: Request<Body>, secure: bool) -> Response<Body> {
    let regions = simulator.core().config.regions.clone();
    let call = match Call::read(request, secure, &regions).await {
        Ok(call) => call,
        Err(reply) => return fault::boxed(reply.into_response()),
    };
    if call.segments.first().is_some_and(|first| first == "_admin") {
        let reply = admin::answer(&simulator, &call).unwrap_or_else(|refusal| refusal);
        return fault::boxed(reply.into_response());
    }
    let operation = Operation::of(&call.method, &call.segments(), &call.body);
    let (number, way) = arrive(&simulator, &call, operation);
    let response = match way {
        Way::Throttled(wait) => dated(&simulator, throttled(wait).into_response()),
        Way::Open(effects) => pass(&simulator, call, operation, number, effects).await,
    };
    leave(&simulator, number, &response);
    fault::boxed(response)
}

/// How a request may go on.
enum Way {
    Throttled(Option<u64>),
    Open(Vec<Effect>),
}

fn arrive(simulator: &Simulator, call: &Call, operation: Operation) -> (u64, Way) {
    let core = &mut *simulator.core();
    if !operation.is_identity() {
        core.clock.request();
    }
    let at = core.clock.now();
    let number = core.log.begin(|number| RequestRecord {
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
        && let Err(wait) = core.throttle.admit(tokio::time::Instant::now())
    {
        return (number, Way::Throttled(wait));
    }
    let effects = core.faults.meet(&Arrival {
        method: &call.method,
        path: &call.path,
        operation,
    });
    if !effects.is_empty() {
        let names: Vec<_> = effects.iter().map(Effect::name).collect();
        core.log.update(number, |record| record.fault = Some(names.join(",")));
    }
    (number, Way::Open(effects))
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

async fn pass(
    simulator: &Simulator,
    call: Call,
    operation: Operation,
    number: u64,
    effects: Vec<Effect>,
) -> Response<Bytes> {
    let effects: Vec<_> = effects.into_iter().map(|effect| fault::echo(effect, &call)).collect();
    if let Some(injected) = effects.iter().find_map(fault::injected) {
        simulator
            .core()
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
            dated(simulator, fault::instead(effect).unwrap_or_default())
        }
        None => {
            let reply = work(simulator, &call, operation, number).await;
            dated(simulator, reply.into_response())
        }
    };
    for effect in &effects {
        if let Effect::DelayAfter { seconds } = effect {
            sleep(*seconds).await;
        }
        if preventing.is_none()
            && let Some(other) = fault::instead(effect)
        {
            response = dated(simulator, other);
        }
        response = fault::spoil(effect, response);
    }
    response
}

/// Does what a request asks for.
async fn work(simulator: &Simulator, call: &Call, operation: Operation, number: u64) -> Reply {
    let answer = attempt(simulator, call, operation, number).await;
    let done = answer.as_ref().is_ok_and(|reply| reply.status < 400);
    simulator.core().log.update(number, |record| record.carried_out = done);
    answer.unwrap_or_else(|refusal| refusal)
}

async fn attempt(simulator: &Simulator, call: &Call, operation: Operation, number: u64) -> Answer {
    let identity = operation.is_identity() || call.segments.first().is_some_and(|first| first == "v3");
    if identity {
        let core = &mut *simulator.core();
        if matches!(core.config.auth, AuthMode::Keystone { .. }) {
            return Err(Reply::keystone(404, "Not Found", "The resource could not be found."));
        }
        let signer = auth::signed(core, call)?;
        return identity::answer(core, call, operation, signer.as_ref());
    }
    let caller = auth::identify(simulator, call).await?;
    let core = &mut *simulator.core();
    let now = settle(core);
    api::answer(core, &caller, call, operation, now, number)
}

fn leave(simulator: &Simulator, number: u64, response: &Response<Bytes>) {
    let silent = matches!(
        response.extensions().get::<ConnectionFault>(),
        Some(ConnectionFault::DropBefore | ConnectionFault::DropAfter | ConnectionFault::Stall)
    );
    if !silent {
        let status = response.status().as_u16();
        simulator
            .core()
            .log
            .update(number, |record| record.status = Some(status));
    }
}

/// Adds what every answer carries.
fn dated(simulator: &Simulator, mut response: Response<Bytes>) -> Response<Bytes> {
    let core = &mut *simulator.core();
    let wall: Timestamp = core.clock.wall();
    let request_id = format!("req-{}", core.random.uuid());
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
