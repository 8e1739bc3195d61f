//! What breaks in memory breaks in the same way on real sockets, through the real transport.

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
    cloud::{Cloud, LONGEST, PROJECT, adopt_and_delete, config},
    core::{Action, Core},
    fault::{self, Fault},
    policy_config::server_id,
    wire::{Broken, Wire},
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

/// What the one who asked learns.
#[derive(Debug, PartialEq, Eq)]
enum Learnt {
    Answer(u16),
    Nothing(Delivery),
}

impl From<Result<Response<Bytes>, TransportError>> for Learnt {
    fn from(outcome: Result<Response<Bytes>, TransportError>) -> Self {
        match outcome {
            Ok(response) => Self::Answer(response.status().as_u16()),
            Err(error) => Self::Nothing(error.delivery),
        }
    }
}

fn request(base: &str) -> Request<Bytes> {
    Request::get(format!("{base}/v1/{PROJECT}/checkpoint_items"))
        .header("x-auth-token", "any")
        .body(Bytes::new())
        .unwrap()
}

async fn in_memory(fault: &Fault) -> Learnt {
    let cloud = Cloud::with(simulator().config().clone(), LONGEST);
    let wire = Wire::new(&cloud.simulator, Arc::clone(&cloud.shared), CancellationToken::new());
    cloud.fault(Rule::always(fault.effect.clone()), fault.broken);
    // Only where it hangs does time have to pass quickly.
    let learnt = tokio::time::timeout(Duration::from_millis(700), wire.send(request("https://iam.example"))).await;
    learnt.map_or(Learnt::Nothing(Delivery::Unknown), Learnt::from)
}

async fn on_a_socket(fault: &Fault) -> Learnt {
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
async fn sockets_break_as_the_matrix_has_it() {
    let drips = ["slow drip", "endless drip"];
    let huge = ["huge body", "huge body after"];
    for fault in fault::all() {
        // The real transport reads a hundred times as much, and drips end by its own, longer limit: both have tests of theirs.
        if drips.contains(&fault.name) || huge.contains(&fault.name) {
            continue;
        }
        assert_eq!(on_a_socket(&fault).await, in_memory(&fault).await, "{}", fault.name);
    }
}

/// One whole life: the answer to the protect action is lost with its connection.
#[tokio::test]
async fn a_lost_answer_is_found_again_on_sockets() {
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
