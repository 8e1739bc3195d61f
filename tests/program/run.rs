//! A whole run over gRPC with TLS, as Terraform does it: handshake, schema, plan, apply, refresh, second plan, destroy.

use std::{collections::BTreeMap, process::Stdio, time::Duration};

use csbs::CsbsProvider;
use csbs_simulator::{ClockMode, Config, Served, Simulator, Timing};
use terraform_plugin::{
    AttributeType, Provider, RawValue,
    protocol6::{
        codec, types,
        wire::{self, DynamicValue},
    },
};
use test_support::plugin_process::{GrpcClient, Handshake, Identity};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// Generous, because an emulated processor is slow.
const LIMIT: Duration = Duration::from_secs(240);

/// Starts a service whose backups are complete at the first read.
async fn service() -> (Simulator, Served) {
    let simulator = Simulator::new(Config {
        clock: ClockMode::PerRequest { step: 100.0 },
        timing: Timing {
            backup: Some(Duration::from_secs(60)),
            ..Timing::default()
        },
        ..Config::default()
    });
    let served = simulator.serve(([127, 0, 0, 1], 0).into()).await.unwrap();
    (simulator, served)
}

fn object<const N: usize>(members: [(&str, RawValue); N]) -> RawValue {
    RawValue::Map(members.map(|(name, value)| (name.to_owned(), value)).into())
}

/// The program, and a client that calls it.
struct Terraform {
    grpc: GrpcClient,
    provider: AttributeType,
    resources: BTreeMap<String, AttributeType>,
    _child: Child,
}

impl Terraform {
    /// Starts the program and reads its handshake.
    async fn start() -> Self {
        let identity = Identity::new();
        let mut command = Command::from(super::program());
        for (name, _) in std::env::vars() {
            if name.starts_with("OS_") || name.starts_with("TF_") {
                command.env_remove(name);
            }
        }
        let mut child = command
            .envs(identity.environment())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .await
            .unwrap();
        let handshake = Handshake::parse(&line).unwrap_or_else(|| panic!("the handshake is '{line}'"));
        println!("listens on {} {}", handshake.network, handshake.address);
        let own = CsbsProvider::new();
        Self {
            grpc: GrpcClient::connect(&handshake, &identity).await,
            provider: types::block_type(&own.schema().block),
            resources: (own.resources().iter())
                .map(|(name, resource)| (name.clone(), types::block_type(&resource.schema().block)))
                .collect(),
            _child: child,
        }
    }

    fn value(&self, type_name: &str, value: &RawValue) -> Option<DynamicValue> {
        Some(DynamicValue {
            msgpack: codec::to_msgpack(value, &self.resources[type_name]).unwrap(),
            json: Vec::new(),
        })
    }

    fn read_value(&self, type_name: &str, value: Option<&DynamicValue>) -> RawValue {
        codec::decode(value, &self.resources[type_name]).unwrap()
    }

    async fn configure(&self, config: &RawValue) {
        let request = wire::ConfigureProviderRequest {
            terraform_version: "1.16.1".to_owned(),
            config: Some(DynamicValue {
                msgpack: codec::to_msgpack(config, &self.provider).unwrap(),
                json: Vec::new(),
            }),
            ..wire::ConfigureProviderRequest::default()
        };
        let answer: wire::DiagnosticsResponse = self.grpc.call("ConfigureProvider", request).await.unwrap();
        assert_eq!(answer.diagnostics, []);
    }

    async fn plan(&self, type_name: &str, prior: &RawValue, config: &RawValue) -> wire::PlanResourceChangeResponse {
        let request = wire::PlanResourceChangeRequest {
            type_name: type_name.to_owned(),
            prior_state: self.value(type_name, prior),
            proposed_new_state: self.value(type_name, &proposed(prior, config)),
            config: self.value(type_name, config),
            ..wire::PlanResourceChangeRequest::default()
        };
        let answer: wire::PlanResourceChangeResponse = self.grpc.call("PlanResourceChange", request).await.unwrap();
        assert_eq!(answer.diagnostics, [], "the plan of {type_name}");
        answer
    }

    /// Plans and applies, and returns the new state with its private data.
    async fn apply(&self, type_name: &str, prior: &RawValue, config: &RawValue) -> (RawValue, Vec<u8>) {
        let plan = self.plan(type_name, prior, config).await;
        let request = wire::ApplyResourceChangeRequest {
            type_name: type_name.to_owned(),
            prior_state: self.value(type_name, prior),
            planned_state: plan.planned_state,
            config: self.value(type_name, config),
            planned_private: plan.planned_private,
            planned_identity: plan.planned_identity,
            ..wire::ApplyResourceChangeRequest::default()
        };
        let answer: wire::ApplyResourceChangeResponse = self.grpc.call("ApplyResourceChange", request).await.unwrap();
        assert_eq!(answer.diagnostics, [], "the apply of {type_name}");
        (self.read_value(type_name, answer.new_state.as_ref()), answer.private)
    }

    async fn refresh(&self, type_name: &str, state: &RawValue, private: Vec<u8>) -> RawValue {
        let request = wire::ReadResourceRequest {
            type_name: type_name.to_owned(),
            current_state: self.value(type_name, state),
            private,
            ..wire::ReadResourceRequest::default()
        };
        let answer: wire::ReadResourceResponse = self.grpc.call("ReadResource", request).await.unwrap();
        assert_eq!(answer.diagnostics, [], "the refresh of {type_name}");
        self.read_value(type_name, answer.new_state.as_ref())
    }
}

/// Terraform's proposed new state: the configuration, with the prior state's values of attributes that are not set.
fn proposed(prior: &RawValue, config: &RawValue) -> RawValue {
    let (RawValue::Map(prior), RawValue::Map(config)) = (prior, config) else {
        return config.clone();
    };
    let mut merged = prior.clone();
    for (name, value) in config {
        if !value.is_null() || !merged.contains_key(name) {
            merged.insert(name.clone(), value.clone());
        }
    }
    RawValue::Map(merged)
}

/// Runs in real time: the program is another process with its own clock.
#[tokio::test]
async fn csbs_serves_a_whole_run() {
    tokio::time::timeout(LIMIT, whole_run()).await.unwrap();
}

async fn whole_run() {
    let (simulator, served) = service().await;
    let server = simulator.config().servers[0].id.clone();
    let terraform = Terraform::start().await;

    let schema: wire::GetProviderSchemaResponse =
        terraform.grpc.call("GetProviderSchema", wire::Empty {}).await.unwrap();
    assert_eq!(schema.diagnostics, []);
    assert!(schema.resource_schemas.keys().eq([
        "csbs_backup",
        "csbs_backup_policy",
        "csbs_policy_association",
        "csbs_vault_backup",
    ]));

    let text = |text: &str| RawValue::from(text);
    terraform
        .configure(&object([
            ("auth_url", text(&served.auth_url())),
            ("user_name", text("demo")),
            ("password", text("demo")),
            ("domain_name", text("demo")),
            ("tenant_name", text("eu-de")),
            ("region", text("eu-de")),
        ]))
        .await;

    let config = object([
        ("resource_id", text(&server)),
        ("backup_name", text("before-the-change")),
    ]);
    let plan = terraform.plan("csbs_backup", &RawValue::Null, &config).await;
    let planned = terraform.read_value("csbs_backup", plan.planned_state.as_ref());
    assert!(planned.get("id").is_unknown());

    let (state, private) = terraform.apply("csbs_backup", &RawValue::Null, &config).await;
    assert_eq!(state.get("status"), &text("available"));
    let refreshed = terraform.refresh("csbs_backup", &state, private).await;
    assert_eq!(refreshed, state);
    let again = terraform.plan("csbs_backup", &refreshed, &config).await;
    assert_eq!(
        terraform.read_value("csbs_backup", again.planned_state.as_ref()),
        refreshed,
        "the second plan changes nothing"
    );

    let (gone, _) = terraform.apply("csbs_backup", &refreshed, &RawValue::Null).await;
    assert_eq!(gone, RawValue::Null);
    served.shutdown().await;
}
