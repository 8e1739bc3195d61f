//! A service whose answers have every form that clients have seen: three forms of times, numbers as text, missing members instead of
//! null, and unknown members. The provider shows the same as with tidy answers.

use std::sync::Arc;

use bytes::Bytes;
use csbs::CsbsProvider;
use csbs_simulator::{CbrConfig, NameFilter, NewVault, Quirks, RoughObjects, Server};
use otc_client::http::Transport;
use terraform_plugin::{Diagnostics, ImportTarget, RawValue};
use test_support::{
    core::{Action, Core, invoke, read_data_source},
    router_transport::RouterTransport,
    simulated_service::{PROJECT, SERVER, SimulatedService},
};
use tokio_util::sync::CancellationToken;

use crate::{fail_next_backup, new_process};

/// The form of an object is chosen by its ID, so every seed has other forms.
const SEEDS: u64 = 8;

fn service(seed: u64, configure: impl FnOnce(&mut CbrConfig)) -> SimulatedService {
    let service = SimulatedService::with(|config| {
        config.seed = seed;
        config.quirks = Quirks::Tidy;
        config.servers = vec![Server::new(SERVER)];
    });
    service.simulator.cbr().configure(configure);
    service
}

/// Careless in everything that the documentation leaves open.
fn rough(config: &mut CbrConfig) {
    config.rough = RoughObjects::ALL;
    config.ignore_filters = true;
    config.children_in_lists = true;
    config.name_filter = NameFilter::Part;
    config.checkpoint_forbidden = true;
    config.restore_with_job_id = true;
}

/// The same value with times cut to seconds: one of the forms has no more.
fn cut_times(value: &RawValue) -> RawValue {
    match value {
        RawValue::String(text) if text.len() > 19 && text.parse::<jiff::Timestamp>().is_ok() => text[..19].into(),
        RawValue::List(values) => RawValue::List(values.iter().map(cut_times).collect()),
        RawValue::Map(values) => {
            let values = values.iter().map(|(name, value)| (name.clone(), cut_times(value)));
            RawValue::Map(values.collect())
        }
        other => other.clone(),
    }
}

async fn data(provider: &CsbsProvider, type_name: &str, filter: &[(&str, RawValue)]) -> RawValue {
    let (found, diags) = read_data_source(provider, type_name, filter).await;
    assert_eq!(diags, Diagnostics::default(), "{type_name}");
    found.unwrap()
}

fn state(core: &Core) -> RawValue {
    core.stored.as_ref().unwrap().state.clone()
}

/// Everything that a user sees of one backup and its vault, from create to destroy.
async fn observe(service: &SimulatedService) -> Vec<RawValue> {
    let mut seen = Vec::new();
    let vault = NewVault {
        name: "vault-rough".to_owned(),
        servers: vec![SERVER.to_owned()],
        ..NewVault::default()
    };
    let vault = service.simulator.cbr().make_vault(vault).id;
    let provider = new_process(service);
    let mut core = Core::of(&provider, "csbs_vault_backup");
    let config = core.config(&[
        ("vault_id", vault.as_str().into()),
        ("resource_id", SERVER.into()),
        ("name", "nightly".into()),
        ("description", "text".into()),
    ]);
    assert_eq!(core.apply(&config).await, (Action::Create, Diagnostics::default()));
    seen.push(state(&core));
    let id = core.text("id");

    core.reconnect(&new_process(service));
    assert_eq!(core.refresh().await, Diagnostics::default());
    assert_eq!(core.plan(&config).await, (Action::Nothing, Diagnostics::default()));
    seen.push(state(&core));
    let mut imported = Core::of(&provider, "csbs_vault_backup");
    let diags = imported.import(ImportTarget::Id(id.clone())).await;
    assert_eq!(diags, Diagnostics::default());
    seen.push(state(&imported));

    let provider = new_process(service);
    let by_id = |id: &str| [("id", RawValue::from(id))];
    let of_server = [("resource_id", RawValue::from(SERVER)), ("name", "nightly".into())];
    seen.push(data(&provider, "csbs_vault_backup", &by_id(&id)).await);
    seen.push(data(&provider, "csbs_vault_backup", &of_server).await);
    seen.push(data(&provider, "csbs_vault_backups", &of_server).await);
    seen.push(data(&provider, "csbs_vault", &by_id(&vault)).await);
    let named = [("name", "vault-rough".into())];
    seen.push(data(&provider, "csbs_vaults", &named).await);

    let values = [("backup_id", RawValue::from(id.as_str()))];
    let stop = CancellationToken::new();
    let (messages, diags) = invoke(&provider, "csbs_restore_vault_backup", &values, stop).await;
    assert_eq!(diags, Diagnostics::default());
    seen.push(RawValue::List(vec![messages.last().unwrap().as_str().into()]));

    core.reconnect(&new_process(service));
    core.refresh().await;
    assert_eq!(core.destroy().await, Diagnostics::default());
    assert!(service.simulator.cbr().inventory().backups.is_empty());
    seen.iter().map(cut_times).collect()
}

/// The body of an answer as it is sent.
async fn raw_backups(service: &SimulatedService) -> String {
    let transport = Arc::new(RouterTransport::new(service.simulator.router()));
    let url = format!("https://cbr.example/v3/{PROJECT}/backups");
    let request = http::Request::get(url).body(Bytes::new()).unwrap();
    let answer = transport.send(request).await.unwrap();
    String::from_utf8(answer.into_body().to_vec()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn rough_answers_show_the_same_as_tidy_ones() {
    for seed in 0..SEEDS {
        let tidy = observe(&service(seed, |_| {})).await;
        let careless = observe(&service(seed, rough)).await;
        for (tidy, careless) in tidy.iter().zip(&careless) {
            assert_eq!(careless, tidy, "seed {seed}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_reason_of_a_failure_is_read_from_a_rough_task() {
    for seed in 0..SEEDS {
        let service = service(seed, rough);
        fail_next_backup(&service);
        let mut core = crate::new_core(&service);
        let (_, diags) = core.apply(&crate::nightly(&core)).await;
        assert!(
            raw_backups(&service).await.contains("x_unknown"),
            "the answers are tidy"
        );
        assert!(diags.errors[0].detail.contains("the disk is gone"), "{diags:?}");
        assert_eq!(core.text("fail_code"), "BackupService.6215");
        assert_eq!(core.text("status"), "error");
    }
}
