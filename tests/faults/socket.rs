//! Faults in memory look the same to the client as faults on real sockets, through the real transport.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use csbs::CsbsProvider;
use csbs_simulator::{AuthMode, ClockMode, Config, Effect, Operation, Rule, Simulator, TlsIdentity};
use http::{Request, Response};
use otc_client::{
    http::{Delivery, HttpOptions, NetworkTransport, SystemClock, Transport, TransportError},
    identity::{Endpoint, Session},
};
use tokio_util::sync::CancellationToken;

use crate::{
    cloud::{Cloud, MAX_BODY, PROJECT, adopt_and_delete, config},
    core::{Action, Core},
    fault::{self, Fault},
    policy_config::server_id,
    wire::{Broken, FaultyTransport},
};

fn simulator() -> Simulator {
    Simulator::new(Config {
        auth: AuthMode::Open,
        clock: ClockMode::Real { speed: 100.0 },
        ..config(1)
    })
}

fn transport() -> NetworkTransport {
    let options = HttpOptions {
        timeout: Duration::from_millis(400),
        ..HttpOptions::default()
    };
    NetworkTransport::new(options).unwrap()
}

/// The client's knowledge after a request.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Response(u16),
    Failure(Delivery),
}

impl From<Result<Response<Bytes>, TransportError>> for Outcome {
    fn from(outcome: Result<Response<Bytes>, TransportError>) -> Self {
        match outcome {
            Ok(response) => Self::Response(response.status().as_u16()),
            Err(error) => Self::Failure(error.delivery),
        }
    }
}

fn request(base: &str) -> Request<Bytes> {
    Request::get(format!("{base}/v1/{PROJECT}/checkpoint_items"))
        .header("x-auth-token", "any")
        .body(Bytes::new())
        .unwrap()
}

async fn in_memory(fault: &Fault) -> Outcome {
    let cloud = Cloud::with(simulator().config().clone(), MAX_BODY);
    let transport = FaultyTransport::new(&cloud.simulator, Arc::clone(&cloud.shared), CancellationToken::new());
    cloud.fault(Rule::always(fault.effect.clone()), fault.broken);
    // Real time: a request that hangs ends here.
    let outcome = tokio::time::timeout(
        Duration::from_millis(700),
        transport.send(request("https://iam.example")),
    )
    .await;
    outcome.map_or(Outcome::Failure(Delivery::Unknown), Outcome::from)
}

async fn on_a_socket(fault: &Fault) -> Outcome {
    let simulator = simulator();
    let address = "127.0.0.1:0".parse().unwrap();
    match fault.broken {
        Broken::Refused => {
            let served = simulator.serve(address).await.unwrap();
            let url = served.url();
            served.shutdown().await;
            transport().send(request(&url)).await.into()
        }
        Broken::Tls => {
            let served = simulator
                .serve_tls(address, TlsIdentity::self_made().unwrap())
                .await
                .unwrap();
            transport().send(request(&served.url())).await.into()
        }
        Broken::Reset => {
            let served = simulator.serve(address).await.unwrap();
            simulator.fault(Rule::always(fault.effect.clone())).unwrap();
            transport().send(request(&served.url())).await.into()
        }
    }
}

#[tokio::test]
async fn faults_on_sockets_equal_those_of_the_matrix() {
    let drips = ["slow drip", "endless drip"];
    let huge = ["huge body", "huge body after"];
    for fault in fault::all() {
        // The real transport has a hundred times the length limit, and a longer limit for slow bodies: both have their own tests.
        if drips.contains(&fault.name) || huge.contains(&fault.name) {
            continue;
        }
        assert_eq!(on_a_socket(&fault).await, in_memory(&fault).await, "{}", fault.name);
    }
}

/// From create to delete, on real sockets: the response to the protect action is lost with its connection.
#[tokio::test]
async fn a_create_whose_response_is_lost_is_found_on_sockets() {
    let simulator = simulator();
    let served = simulator.serve("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let endpoint = Endpoint {
        base: format!("{}/v1/{PROJECT}", served.url()).parse().unwrap(),
        project_id: PROJECT.to_owned(),
        region: Some("eu-de".to_owned()),
    };
    let network = NetworkTransport::new(HttpOptions::default()).unwrap();
    let session = Session::with_token(endpoint, "token".into(), Arc::new(network), Arc::new(SystemClock));
    let provider = CsbsProvider::with_session(Arc::new(session));
    simulator
        .fault(Rule::on(Operation::Protect, Effect::DropAfter).once())
        .unwrap();
    let mut core = Core::new(&provider);
    let config = core.config(&[("resource_id", server_id(0).into()), ("backup_name", "nightly".into())]);
    let (action, diags) = core.apply(&config).await;
    assert_eq!((action, diags), (Action::Create, Default::default()));
    assert_eq!(simulator.count(Operation::Protect), 1);
    let cloud = Cloud {
        simulator: simulator.clone(),
        ..Cloud::new(1)
    };
    adopt_and_delete(&cloud, &provider, &core.text("checkpoint_id")).await;
}
