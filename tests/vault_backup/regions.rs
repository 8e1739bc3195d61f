//! Backups in vaults of several regions: one provider and one sign-in.

use csbs::CsbsProvider;
use csbs_simulator::{FIRST_VAULT_ID, NewVault};
use terraform_plugin::{Diagnostics, ImportTarget, RawValue};
use test_support::{
    core::{Action, Core, invoke, object, read_data_source},
    simulated_service::{SERVER, SimulatedService},
};
use tokio_util::sync::CancellationToken;

use crate::{backups, only_backup};

const REGION: &str = "eu-de";
const OTHER_REGION: &str = "eu-nl";

/// A service with a vault in [`OTHER_REGION`], besides the one in [`REGION`]; the ID of that vault.
fn with_two_regions() -> (SimulatedService, String) {
    let service = SimulatedService::new();
    let vault = NewVault {
        name: "vault-nl".to_owned(),
        servers: vec![SERVER.to_owned()],
        region: Some(OTHER_REGION.to_owned()),
        ..NewVault::default()
    };
    let vault = service.simulator.cbr().make_vault(vault).id;
    (service, vault)
}

/// A new process of the provider, whose region is [`REGION`].
fn provider(service: &SimulatedService) -> CsbsProvider {
    CsbsProvider::with_session(service.signed_in_session(&[]))
}

fn config(core: &Core, vault: &str, region: RawValue) -> RawValue {
    core.config(&[
        ("vault_id", vault.into()),
        ("resource_id", SERVER.into()),
        ("region", region),
        ("name", "nightly".into()),
    ])
}

/// A backup in [`OTHER_REGION`], made by `provider`.
async fn create_in_other_region(provider: &CsbsProvider, vault: &str) -> (Core, RawValue) {
    let mut core = Core::of(provider, "csbs_vault_backup");
    let config = config(&core, vault, OTHER_REGION.into());
    assert_eq!(core.apply(&config).await, (Action::Create, Diagnostics::default()));
    (core, config)
}

fn identity(core: &Core) -> RawValue {
    core.stored.clone().unwrap().identity.unwrap()
}

#[tokio::test(start_paused = true)]
async fn one_sign_in_serves_the_vaults_of_two_regions() {
    let (service, vault) = with_two_regions();
    let process = provider(&service);
    let (mut there, there_config) = create_in_other_region(&process, &vault).await;
    let mut here = Core::of(&process, "csbs_vault_backup");
    let here_config = config(&here, FIRST_VAULT_ID, RawValue::Null);
    assert_eq!(here.apply(&here_config).await, (Action::Create, Diagnostics::default()));
    for (core, config, region, vault) in [
        (&mut there, &there_config, OTHER_REGION, vault.as_str()),
        (&mut here, &here_config, REGION, FIRST_VAULT_ID),
    ] {
        assert_eq!(
            (core.text("region"), core.text("current_vault_id")),
            (region.to_owned(), vault.to_owned())
        );
        assert_eq!(identity(core).get("region").as_str(), Some(region));
        let backup = backups(&service)
            .into_iter()
            .find(|backup| backup.id == core.text("id"));
        assert_eq!(backup.unwrap().vault_id, vault);
        core.refresh().await;
        assert_eq!(core.plan(config).await, (Action::Nothing, Diagnostics::default()));
    }
    assert_eq!(service.count("POST", "/auth/tokens"), 1);
    for core in [&mut there, &mut here] {
        assert_eq!(core.destroy().await, Diagnostics::default());
    }
    assert!(backups(&service).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_backup_stays_in_the_region_of_its_state() {
    let (service, vault) = with_two_regions();
    let (mut core, _) = create_in_other_region(&provider(&service), &vault).await;
    let not_configured = config(&core, &vault, RawValue::Null);
    core.reconnect(&provider(&service));
    core.refresh().await;
    assert_eq!(
        core.plan(&not_configured).await,
        (Action::Nothing, Diagnostics::default())
    );
    assert_eq!(core.text("region"), OTHER_REGION);
    let moved = config(&core, FIRST_VAULT_ID, REGION.into());
    assert_eq!(core.apply(&moved).await.0, Action::Replace);
    assert_eq!(only_backup(&service).vault_id, FIRST_VAULT_ID);
    assert_eq!(core.text("region"), REGION);
}

#[tokio::test(start_paused = true)]
async fn the_vault_of_another_region_does_not_exist_here() {
    let (service, vault) = with_two_regions();
    let checking = CsbsProvider::with_session_and_plan_checks(service.signed_in_session(&[]));
    let mut core = Core::of(&checking, "csbs_vault_backup");
    let wrong = config(&core, &vault, RawValue::Null);
    let (_, diags) = core.plan(&wrong).await;
    assert_eq!(diags.errors[0].attribute.to_string(), "vault_id", "{diags:?}");
    let unknown = config(&core, &vault, "eu-xx".into());
    let (_, diags) = core.plan(&unknown).await;
    assert_eq!(diags.errors[0].attribute.to_string(), "region", "{diags:?}");
    assert!(diags.errors[0].detail.contains("eu-de, eu-nl"), "{diags:?}");
    let right = config(&core, &vault, OTHER_REGION.into());
    assert_eq!(core.plan(&right).await, (Action::Create, Diagnostics::default()));
    assert!(backups(&service).is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_import_by_identity_uses_the_region_of_the_identity() {
    let (service, vault) = with_two_regions();
    let process = provider(&service);
    let (there, config) = create_in_other_region(&process, &vault).await;
    let mut imported = Core::of(&process, "csbs_vault_backup");
    let target = ImportTarget::Identity(identity(&there));
    assert_eq!(imported.import(target).await, Diagnostics::default());
    assert_eq!(imported.text("region"), OTHER_REGION);
    assert_eq!(imported.text("vault_name"), "vault-nl");
    assert_eq!(imported.plan(&config).await, (Action::Nothing, Diagnostics::default()));

    let without_region = object(&[
        ("id", there.get("id")),
        ("region", RawValue::Null),
        ("project_id", RawValue::Null),
    ]);
    for target in [
        ImportTarget::Identity(without_region),
        ImportTarget::Id(there.text("id")),
    ] {
        let diags = Core::of(&process, "csbs_vault_backup").import(target).await;
        assert_eq!(diags.errors.len(), 1);
        assert!(diags.errors[0].detail.contains("region"), "{diags:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn data_sources_and_actions_use_their_region() {
    let (service, vault) = with_two_regions();
    let process = provider(&service);
    let (there, _) = create_in_other_region(&process, &vault).await;
    let id = there.get("id");
    let read = async |type_name: &str, more: &[(&str, RawValue)]| {
        let mut values = vec![("region", RawValue::from(OTHER_REGION))];
        values.extend(more.iter().cloned());
        let (data, diags) = read_data_source(&process, type_name, &values).await;
        assert_eq!(diags, Diagnostics::default(), "{type_name}");
        data.unwrap()
    };
    let backups_there = read("csbs_vault_backups", &[]).await;
    assert_eq!(backups_there.get("ids"), &RawValue::List(vec![id.clone()]));
    let backup = read("csbs_vault_backup", &[("id", id.clone())]).await;
    assert_eq!(backup.get("region").as_str(), Some(OTHER_REGION));
    let vaults = read("csbs_vaults", &[]).await;
    assert_eq!(vaults.get("ids"), &RawValue::List(vec![vault.as_str().into()]));
    let of_server = read("csbs_vault", &[("resource_id", SERVER.into())]).await;
    assert_eq!(of_server.get("id").as_str(), Some(vault.as_str()));
    for (type_name, expected) in [
        ("csbs_vault_backups", vec![]),
        ("csbs_vaults", vec![RawValue::from(FIRST_VAULT_ID)]),
    ] {
        let (data, _) = read_data_source(&process, type_name, &[]).await;
        assert_eq!(data.unwrap().get("ids"), &RawValue::List(expected), "{type_name}");
    }

    let restore = async |region: RawValue| {
        let values = [("backup_id", id.clone()), ("region", region)];
        let stop = CancellationToken::new();
        invoke(&process, "csbs_restore_vault_backup", &values, stop).await.1
    };
    assert_eq!(restore(RawValue::Null).await.errors.len(), 1);
    assert_eq!(service.count("POST", "/restore"), 0);
    assert_eq!(restore(OTHER_REGION.into()).await, Diagnostics::default());
    let values = [
        ("vault_id", RawValue::from(vault.as_str())),
        ("resource_id", SERVER.into()),
        ("region", OTHER_REGION.into()),
    ];
    let (_, diags) = invoke(&process, "csbs_create_vault_backup", &values, CancellationToken::new()).await;
    assert_eq!(diags, Diagnostics::default());
    assert!(backups(&service).iter().all(|backup| backup.vault_id == vault));
}
