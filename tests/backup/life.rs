//! The whole life of a backup, without faults.

use terraform_plugin::{ImportTarget, RawValue};

use crate::{
    core::{Action, Core, object},
    new_process, tags_of,
};
use test_support::simulated_service::{SERVER, SimulatedService};

fn tags(pairs: &[(&str, &str)]) -> RawValue {
    object(&pairs.iter().map(|(k, v)| (*k, RawValue::from(*v))).collect::<Vec<_>>())
}

#[tokio::test(start_paused = true)]
async fn create_makes_one_available_backup_and_the_second_plan_is_empty() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    let config = core.config(&[
        ("resource_id", SERVER.into()),
        ("backup_name", "nightly".into()),
        ("description", "before the release".into()),
        ("incremental", true.into()),
        ("tags", tags(&[("team", "web"), ("empty", "")])),
        (
            "extra_info",
            object(&[("a", true.into()), ("b", RawValue::List(vec![1.into(), 2.5.into()]))]),
        ),
        ("triggers", tags(&[("release", "1")])),
    ]);
    let (action, diags) = core.apply(&config).await;
    assert_eq!((action, diags), (Action::Create, Default::default()));
    assert_eq!(core.text("status"), "available");
    assert_eq!(core.text("backup_name"), "nightly");
    assert_eq!(core.text("region"), "eu-de");
    assert_eq!(core.get("incremental").as_bool(), Some(true));
    assert_eq!(
        core.get("is_incremental").as_bool(),
        Some(false),
        "the first backup is always full"
    );
    assert!(core.get("size").as_i64().unwrap() > 0);
    assert!(!core.text("finished_at").is_empty());
    assert_eq!(
        core.get("protection_plan").get("name").as_str().unwrap(),
        format!("server protect plan for {SERVER}")
    );
    let items = service.items();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].id, core.text("id"));
    assert_eq!(items[0].checkpoint_id, core.text("checkpoint_id"));
    assert_eq!(
        service.count("POST", "/action"),
        2,
        "a capability check and a protect action"
    );
    assert_eq!(core.plan(&config).await, (Action::Nothing, Default::default()));
}

#[tokio::test(start_paused = true)]
async fn the_service_names_a_backup_without_a_name() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    let config = core.config(&[("resource_id", SERVER.into())]);
    core.apply(&config).await;
    assert!(!core.text("backup_name").is_empty());
    assert_eq!(core.plan(&config).await.0, Action::Nothing);
    for value in [tags(&[]), RawValue::Null] {
        let same = core.config(&[
            ("resource_id", SERVER.into()),
            ("tags", value),
            ("description", "".into()),
            ("resource_type", "OS::Nova::Server".into()),
            ("skip_destroy", false.into()),
        ]);
        assert_eq!(core.plan(&same).await.0, Action::Nothing);
    }
}

#[tokio::test(start_paused = true)]
async fn an_image_of_the_backup_is_in_the_state_after_a_refresh() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    let config = core.config(&[("resource_id", SERVER.into())]);
    core.apply(&config).await;
    assert_eq!(core.get("image_ids"), RawValue::List(Vec::new()));
    service.make_image(&core.text("id"));
    core.reconnect(&new_process(&service));
    core.refresh().await;
    let images = core.get("image_ids");
    assert_eq!(images.as_list().map(<[_]>::len), Some(1), "{images:?}");
    assert_eq!(core.plan(&config).await, (Action::Nothing, Default::default()));
}

#[tokio::test(start_paused = true)]
async fn tags_are_exchanged_in_place() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    let ten = |prefix: &str| {
        let keys: Vec<_> = (0..10).map(|i| format!("{prefix}{i}")).collect();
        tags(&keys.iter().map(|key| (key.as_str(), "v")).collect::<Vec<_>>())
    };
    let config = |tags: RawValue, core: &Core| core.config(&[("resource_id", SERVER.into()), ("tags", tags)]);
    core.apply(&config(ten("a"), &core)).await;
    let id = core.text("id");
    for next in [ten("b"), tags(&[("b1", "other")]), tags(&[])] {
        let next = config(next, &core);
        let (action, diags) = core.apply(&next).await;
        assert_eq!((action, diags), (Action::Update, Default::default()));
        assert_eq!(core.plan(&next).await.0, Action::Nothing);
        assert_eq!(core.text("id"), id);
        assert_eq!(tags_of(&service), core.get("tags"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_only_ours_changes_without_a_call() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    core.apply(&core.config(&[("resource_id", SERVER.into())])).await;
    let next = core.config(&[
        ("resource_id", SERVER.into()),
        ("skip_destroy", true.into()),
        (
            "timeouts",
            object(&[
                ("create", "5m".into()),
                ("update", RawValue::Null),
                ("delete", RawValue::Null),
            ]),
        ),
    ]);
    core.refresh().await;
    let before = service.writes();
    let (action, diags) = core.apply(&next).await;
    assert_eq!((action, diags), (Action::Update, Default::default()));
    assert_eq!(service.writes(), before);
    let diags = core.destroy().await;
    assert!(core.stored.is_none());
    assert_eq!(diags.warnings.len(), 1, "a backup that is left behind is named");
    assert_eq!(service.items().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_new_trigger_takes_a_new_backup() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    let release = |n: &str, core: &Core| {
        core.config(&[
            ("resource_id", SERVER.into()),
            ("backup_name", "release".into()),
            ("triggers", tags(&[("release", n)])),
        ])
    };
    core.apply(&release("1", &core)).await;
    let id = core.text("id");
    let (action, diags) = core.apply(&release("2", &core)).await;
    assert_eq!((action, diags.errors.len()), (Action::Replace, 0));
    let summaries: Vec<_> = diags.warnings.iter().map(|warning| &*warning.summary).collect();
    assert_eq!(summaries, ["The backup will be replaced"]);
    assert_ne!(core.text("id"), id);
    assert_eq!(service.items().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn import_finds_the_same_by_either_id_and_plans_nothing() {
    let service = SimulatedService::new();
    let mut made = Core::new(&new_process(&service));
    let config = made.config(&[
        ("resource_id", SERVER.into()),
        ("backup_name", "nightly".into()),
        ("description", "text".into()),
        ("incremental", true.into()),
        ("tags", tags(&[("a", "b")])),
    ]);
    made.apply(&config).await;
    made.refresh().await;
    let identity = made.stored.clone().unwrap().identity.unwrap();
    for target in [
        ImportTarget::Id(made.text("id")),
        ImportTarget::Id(made.text("checkpoint_id")),
        ImportTarget::Identity(identity.clone()),
    ] {
        let mut imported = Core::new(&new_process(&service));
        let diags = imported.import(target).await;
        assert_eq!(diags, Default::default());
        let stored = imported.stored.clone().unwrap();
        assert_eq!(stored.identity, Some(identity.clone()));
        let not_told = [
            "protection_plan",
            "resource_graph",
            "checkpoint_extra_info",
            "incremental",
        ];
        for (name, value) in made.stored.clone().unwrap().state.as_map().unwrap() {
            if !not_told.contains(&name.as_str()) {
                assert_eq!(stored.state.get(name), value, "{name}");
            }
        }
        assert_eq!(imported.plan(&config).await, (Action::Nothing, Default::default()));
        // Values that cannot be read are adopted without another backup, and only once.
        let with_triggers = made.config(&[
            ("resource_id", SERVER.into()),
            ("description", "text".into()),
            ("tags", tags(&[("a", "b")])),
            ("triggers", tags(&[("release", "1")])),
        ]);
        assert_eq!(imported.apply(&with_triggers).await.0, Action::Update);
        assert_eq!(imported.plan(&with_triggers).await.0, Action::Nothing);
    }
}

#[tokio::test(start_paused = true)]
async fn import_of_nothing_and_of_nonsense_are_errors() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    for id in ["6f2b3a52-0000-0000-0000-000000000000", "", "../../v1", "a/b?c=d", "x y"] {
        let diags = core.import(ImportTarget::Id(id.to_owned())).await;
        assert_eq!(diags.errors.len(), 1, "{id:?}");
        assert!(core.stored.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_checkpoint_with_several_backups_only_ours_is_deleted() {
    let service = SimulatedService::with_servers(3);
    let checkpoint = service.make_checkpoint(&["server-0", "server-1", "server-2"], None);
    let mut core = Core::new(&new_process(&service));
    let diags = core.import(ImportTarget::Id(checkpoint)).await;
    assert_eq!(diags.errors.len(), 1);
    for item in service.items() {
        assert!(diags.errors[0].detail.contains(&item.id), "{}", diags.errors[0].detail);
    }
    let ours = service.items()[1].id.clone();
    assert_eq!(core.import(ImportTarget::Id(ours.clone())).await, Default::default());
    assert_eq!(core.destroy().await, Default::default());
    let left: Vec<_> = service.items().into_iter().map(|item| item.id).collect();
    assert_eq!(left.len(), 2);
    assert!(!left.contains(&ours));
}

#[tokio::test(start_paused = true)]
async fn destroy_leaves_nothing_and_may_be_repeated() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    core.apply(&core.config(&[("resource_id", SERVER.into())])).await;
    let mut again = core.clone();
    assert_eq!(core.destroy().await, Default::default());
    assert_eq!(service.items().len(), 0);
    assert_eq!(service.count("DELETE", "/checkpoints/"), 1, "the deletion is sent once");
    assert_eq!(again.destroy().await, Default::default(), "gone already is fine");
}

#[tokio::test(start_paused = true)]
async fn another_kind_of_backup_is_a_new_one_if_it_was_made_here() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    let config = |core: &Core, incremental: RawValue| {
        core.config(&[("resource_id", SERVER.into()), ("incremental", incremental)])
    };
    core.apply(&config(&core, true.into())).await;
    core.reconnect(&new_process(&service));
    let (action, _) = core.plan(&config(&core, false.into())).await;
    assert_eq!(action, Action::Replace);
}

#[tokio::test(start_paused = true)]
async fn a_create_stores_what_was_configured_and_that_it_made_the_backup() {
    let service = SimulatedService::new();
    let mut core = Core::new(&new_process(&service));
    let config = core.config(&[
        ("resource_id", SERVER.into()),
        ("backup_name", "nightly".into()),
        ("description", "text".into()),
    ]);
    core.apply(&config).await;
    let stored: serde_json::Value = serde_json::from_slice(&core.stored.unwrap().private).unwrap();
    assert_eq!(
        stored,
        serde_json::json!({ "made": true, "configured": { "backup_name": "nightly", "description": "text" } })
    );
}
