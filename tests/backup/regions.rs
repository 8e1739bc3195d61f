//! Backups in several regions: one provider and one sign-in.

use csbs::CsbsProvider;
use terraform_plugin::{Diagnostics, ImportTarget, RawValue};
use test_support::{
    core::{Action, Core, object, read_data_source},
    simulated_service::{SERVER, SimulatedService},
};

const OTHER_REGION: &str = "eu-nl";

/// A new process of the provider, whose region is `eu-de` by default.
fn provider(service: &SimulatedService, variables: &[(&str, &str)]) -> CsbsProvider {
    CsbsProvider::with_session(service.signed_in_session(variables))
}

fn config(core: &Core, region: RawValue) -> RawValue {
    core.config(&[
        ("resource_id", SERVER.into()),
        ("region", region),
        ("backup_name", "nightly".into()),
    ])
}

/// A backup in [`OTHER_REGION`], made by `provider`.
async fn create_in_other_region(provider: &CsbsProvider) -> (Core, RawValue) {
    let mut core = Core::new(provider);
    let config = config(&core, OTHER_REGION.into());
    assert_eq!(core.apply(&config).await, (Action::Create, Diagnostics::default()));
    (core, config)
}

fn identity(core: &Core) -> RawValue {
    let stored = core.stored.as_ref().unwrap();
    stored.identity.clone().unwrap()
}

#[tokio::test(start_paused = true)]
async fn one_sign_in_serves_two_regions() {
    let service = SimulatedService::new();
    let process = provider(&service, &[]);
    let (mut there, there_config) = create_in_other_region(&process).await;
    let mut here = Core::new(&process);
    let here_config = config(&here, RawValue::Null);
    assert_eq!(here.apply(&here_config).await, (Action::Create, Diagnostics::default()));
    for (core, config, region) in [
        (&mut there, &there_config, OTHER_REGION),
        (&mut here, &here_config, "eu-de"),
    ] {
        assert_eq!(core.text("region"), region);
        assert_eq!(identity(core).get("region").as_str(), Some(region));
        let item = service.items().into_iter().find(|item| item.id == core.text("id"));
        assert_eq!(item.unwrap().region, region);
        core.refresh().await;
        assert_eq!(core.plan(config).await, (Action::Nothing, Diagnostics::default()));
    }
    assert_eq!(service.count("POST", "/auth/tokens"), 1);
    for core in [&mut there, &mut here] {
        assert_eq!(core.destroy().await, Diagnostics::default());
    }
    assert!(service.items().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_backup_stays_in_the_region_of_its_state() {
    let service = SimulatedService::new();
    let (mut core, _) = create_in_other_region(&provider(&service, &[])).await;
    let not_configured = config(&core, RawValue::Null);
    for variables in [&[][..], &[("OS_REGION", "eu-de")], &[("OS_REGION", OTHER_REGION)]] {
        core.reconnect(&provider(&service, variables));
        core.refresh().await;
        assert!(core.stored.is_some(), "{variables:?}");
        let planned = core.plan(&not_configured).await;
        assert_eq!(planned, (Action::Nothing, Diagnostics::default()), "{variables:?}");
        assert_eq!(core.text("region"), OTHER_REGION);
    }
    assert_eq!(core.destroy().await, Diagnostics::default());
    assert!(service.items().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_change_of_the_region_replaces_the_backup_and_its_own_region_does_not() {
    let service = SimulatedService::new();
    let process = provider(&service, &[]);
    let mut core = Core::new(&process);
    core.apply(&config(&core, RawValue::Null)).await;
    let same = config(&core, "eu-de".into());
    assert_eq!(core.plan(&same).await, (Action::Nothing, Diagnostics::default()));
    let other = config(&core, OTHER_REGION.into());
    assert_eq!(core.apply(&other).await.0, Action::Replace);
    let items = service.items();
    assert_eq!(items.len(), 1, "{items:?}");
    assert_eq!(items[0].region, OTHER_REGION);
    assert_eq!(core.plan(&other).await, (Action::Nothing, Diagnostics::default()));
}

#[tokio::test(start_paused = true)]
async fn a_region_that_the_catalog_does_not_have_is_an_error_on_it() {
    let service = SimulatedService::new();
    let checking = CsbsProvider::with_session_and_plan_checks(service.signed_in_session(&[]));
    let mut core = Core::new(&checking);
    let unknown = config(&core, "eu-xx".into());
    let (_, diags) = core.plan(&unknown).await;
    assert_unknown_region(&diags);
    core.reconnect(&provider(&service, &[]));
    let (_, diags) = core.apply(&unknown).await;
    assert_unknown_region(&diags);
    assert!(service.items().is_empty() && core.stored.is_none());

    let (there, _) = create_in_other_region(&checking).await;
    let mut identity = identity(&there);
    identity.set("region", "eu-xx");
    let diags = Core::new(&checking).import(ImportTarget::Identity(identity)).await;
    assert_unknown_region(&diags);
    let (_, diags) = read_data_source(&checking, "csbs_quotas", &[("region", "eu-xx".into())]).await;
    assert_unknown_region(&diags);
}

fn assert_unknown_region(diags: &Diagnostics) {
    let [error] = diags.errors.as_slice() else {
        panic!("{diags:?}");
    };
    assert_eq!(error.attribute.to_string(), "region", "{error:?}");
    assert!(error.detail.contains("eu-de, eu-nl"), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_configured_endpoint_has_no_other_region() {
    let service = SimulatedService::new();
    let endpoint = [("OS_CSBS_ENDPOINT", "https://csbs.example/v1")];
    let mut core = Core::new(&provider(&service, &endpoint));
    let (_, diags) = core.apply(&config(&core, OTHER_REGION.into())).await;
    let [error] = diags.errors.as_slice() else {
        panic!("{diags:?}");
    };
    assert_eq!(error.attribute.to_string(), "region", "{error:?}");
    assert!(error.detail.contains("OS_CSBS_ENDPOINT"), "{error:?}");
    let (action, diags) = core.apply(&config(&core, "eu-de".into())).await;
    assert_eq!((action, diags), (Action::Create, Diagnostics::default()));
}

#[tokio::test(start_paused = true)]
async fn an_import_by_identity_uses_the_region_of_the_identity() {
    let service = SimulatedService::new();
    let process = provider(&service, &[]);
    let (there, config) = create_in_other_region(&process).await;
    let mut imported = Core::new(&process);
    let target = ImportTarget::Identity(identity(&there));
    assert_eq!(imported.import(target).await, Diagnostics::default());
    assert_eq!(imported.text("region"), OTHER_REGION);
    assert_eq!(imported.plan(&config).await, (Action::Nothing, Diagnostics::default()));

    let without_region = object(&[
        ("id", there.get("id")),
        ("region", RawValue::Null),
        ("project_id", RawValue::Null),
    ]);
    let diags = Core::new(&process).import(ImportTarget::Identity(without_region)).await;
    assert!(diags.errors[0].detail.contains("region eu-de"), "{diags:?}");
}

#[tokio::test(start_paused = true)]
async fn the_refreshes_of_each_region_share_reads() {
    const COUNT: usize = 20;
    let service = SimulatedService::with_servers(COUNT);
    let process = provider(&service, &[]);
    let mut cores = Vec::new();
    for index in 0..COUNT {
        let mut core = Core::new(&process);
        let region = if index % 2 == 0 { "eu-de" } else { OTHER_REGION };
        let server = format!("server-{index}");
        let config = core.config(&[("resource_id", server.into()), ("region", region.into())]);
        core.apply(&config).await;
        cores.push(core);
    }
    let process = provider(&service, &[]);
    let before = service.simulator.requests().len();
    let mut tasks = tokio::task::JoinSet::new();
    for mut core in cores {
        core.reconnect(&process);
        tasks.spawn(async move {
            core.refresh().await;
            assert!(core.stored.is_some());
        });
    }
    tasks.join_all().await;
    let requests = service.simulator.requests().split_off(before);
    assert!(requests.len() <= 1 + 2 * 4, "{} requests", requests.len());
}

#[tokio::test(start_paused = true)]
async fn a_data_source_reads_its_region() {
    let service = SimulatedService::new();
    let process = provider(&service, &[]);
    let (there, _) = create_in_other_region(&process).await;
    for (config, region, found) in [
        (&[][..], "eu-de", vec![]),
        (
            &[("region", RawValue::from(OTHER_REGION))],
            OTHER_REGION,
            vec![there.get("id")],
        ),
    ] {
        let (data, diags) = read_data_source(&process, "csbs_backups", config).await;
        assert_eq!(diags, Diagnostics::default());
        let data = data.unwrap();
        assert_eq!(data.get("ids"), &RawValue::List(found), "{region}");
        assert_eq!(data.get("region").as_str(), Some(region));
    }
}
