//! The forms that answers about policies have, and what the console makes of policies.

use csbs_simulator::{
    EnabledStatus, Operation, PROVIDER_ID, ParametersForm, PolicyForms, ServerOfAnotherPolicy, SeveralOperations,
};
use serde_json::{Value, json};
use terraform_plugin::{ImportTarget, RawValue};

use crate::{
    core::{Action, Core, invoke, object},
    fixture::{Fixture, PATTERN, PROJECT, assert_no_errors, config, errors, operation, server, server_id},
    list::generated,
};

async fn fixture(forms: PolicyForms) -> Fixture {
    Fixture::with(|config| config.policy_forms = forms)
}

fn scheduled(values: &[(&str, RawValue)]) -> (&'static str, RawValue) {
    ("scheduled_operation", RawValue::List(vec![operation(values)]))
}

/// Every calendar count, and what else is given.
fn counted<'a>(more: &[(&'a str, RawValue)]) -> Vec<(&'a str, RawValue)> {
    let mut values = vec![
        ("day_backups", 1.into()),
        ("week_backups", 4.into()),
        ("month_backups", 3.into()),
        ("year_backups", 2.into()),
        ("timezone", "UTC+08:00".into()),
    ];
    values.extend(more.iter().cloned());
    values
}

async fn apply(core: &mut Core, config: &RawValue) -> Action {
    let (action, diags) = core.apply(config).await;
    assert_no_errors(&diags);
    action
}

async fn plan(core: &mut Core, config: &RawValue) -> Action {
    let (action, diags) = core.plan(config).await;
    assert_no_errors(&diags);
    action
}

async fn imported(fixture: &Fixture, id: &str) -> Core {
    let mut core = fixture.policy();
    assert_no_errors(&core.import(ImportTarget::Id(id.to_owned())).await);
    core
}

fn stored_operation(core: &Core) -> RawValue {
    core.get("scheduled_operation").as_list().unwrap()[0].clone()
}

/// The scheduled operations of the last update.
fn updated_operations(fixture: &Fixture) -> Value {
    let requests = fixture.simulator.requests();
    let update = requests
        .iter()
        .rfind(|request| request.operation == Operation::UpdatePolicy)
        .unwrap();
    update.body.as_ref().unwrap()["policy"]["scheduled_operations"].clone()
}

#[tokio::test(start_paused = true)]
async fn counts_that_the_answer_does_not_have_are_no_difference() {
    let fixture = fixture(PolicyForms {
        without_calendar: Some(true),
        ..PolicyForms::default()
    })
    .await;
    let mut core = fixture.policy();
    let first = config(&core, &[scheduled(&counted(&[]))]);
    apply(&mut core, &first).await;
    for _ in 0..2 {
        assert_eq!(plan(&mut core, &first).await, Action::Nothing);
    }
    assert_eq!(stored_operation(&core).get("week_backups").as_i64(), Some(4));
    assert_eq!(stored_operation(&core).get("timezone").as_str(), Some("UTC+08:00"));
    // A change of something else sends what is configured.
    let second = config(&core, &[scheduled(&counted(&[("max_backups", 9.into())]))]);
    assert_eq!(apply(&mut core, &second).await, Action::Update);
    assert_eq!(plan(&mut core, &second).await, Action::Nothing);
    assert_eq!(
        (fixture.definition("week_backups"), fixture.definition("max_backups")),
        ("4".to_owned(), "9".to_owned())
    );
    // Taken away, they are cleared.
    let third = config(&core, &[scheduled(&[("max_backups", 9.into())])]);
    assert_eq!(apply(&mut core, &third).await, Action::Update);
    assert_eq!(fixture.definition("week_backups"), "0");
    assert_eq!(plan(&mut core, &third).await, Action::Nothing);
}

#[tokio::test(start_paused = true)]
async fn a_different_count_in_the_answer_is_shown() {
    let fixture = fixture(PolicyForms {
        without_calendar: Some(false),
        ..PolicyForms::default()
    })
    .await;
    let mut core = fixture.policy();
    let wanted = config(&core, &[scheduled(&counted(&[]))]);
    apply(&mut core, &wanted).await;
    for (change, shown) in [
        (counted(&[("week_backups", 5.into())]), Some(5)),
        (vec![("max_backups", 3.into())], None),
    ] {
        let mut other = imported(&fixture, &core.text("id")).await;
        let changed = config(&other, &[scheduled(&change)]);
        apply(&mut other, &changed).await;
        assert_eq!(plan(&mut core, &wanted).await, Action::Update);
        assert_eq!(stored_operation(&core).get("week_backups").as_i64(), shown);
        assert_eq!(apply(&mut core, &wanted).await, Action::Update);
        assert_eq!(plan(&mut core, &wanted).await, Action::Nothing);
    }
}

#[tokio::test(start_paused = true)]
async fn an_import_without_counts_plans_nothing_and_takes_configured_ones_once() {
    let fixture = fixture(PolicyForms {
        without_calendar: Some(true),
        ..PolicyForms::default()
    })
    .await;
    let mut core = fixture.policy();
    let counts = config(&core, &[scheduled(&counted(&[("name", "a".into())]))]);
    apply(&mut core, &counts).await;
    let id = core.text("id");
    let mut core = imported(&fixture, &id).await;
    assert!(stored_operation(&core).get("week_backups").is_null());
    let without = config(&core, &[scheduled(&[("name", "a".into())])]);
    assert_eq!(plan(&mut core, &without).await, Action::Nothing);
    // What is not known to be permanent is not made so by a change of something else.
    let renamed = config(&core, &[scheduled(&[("name", "b".into())])]);
    apply(&mut core, &renamed).await;
    assert_eq!(
        updated_operations(&fixture)[0]["operation_definition"].get("permanent"),
        None
    );
    assert_eq!(plan(&mut core, &renamed).await, Action::Nothing);
    assert_eq!(apply(&mut core, &counts).await, Action::Update);
    assert_eq!(fixture.definition("week_backups"), "4");
    assert_eq!(plan(&mut core, &counts).await, Action::Nothing);
}

#[tokio::test(start_paused = true)]
async fn whatever_the_status_says_nothing_waits_for_it_and_no_plan_changes() {
    for (form, enabled, status) in [
        (EnabledStatus::Enabled, true, "enabled"),
        (EnabledStatus::Suspended, true, "suspended"),
        (EnabledStatus::SuspendedAtFirst, true, "enabled"),
        (EnabledStatus::Suspended, false, "disabled"),
    ] {
        let fixture = fixture(PolicyForms {
            enabled_status: Some(form),
            ..PolicyForms::default()
        })
        .await;
        let mut core = fixture.policy();
        let begun = tokio::time::Instant::now();
        let wanted = config(
            &core,
            &[scheduled(&[("enabled", enabled.into()), ("max_backups", 2.into())])],
        );
        apply(&mut core, &wanted).await;
        assert_eq!(plan(&mut core, &wanted).await, Action::Nothing, "{form:?}");
        let changed = config(
            &core,
            &[scheduled(&[("enabled", enabled.into()), ("max_backups", 3.into())])],
        );
        assert_eq!(apply(&mut core, &changed).await, Action::Update);
        assert_eq!(plan(&mut core, &changed).await, Action::Nothing, "{form:?}");
        assert!(begun.elapsed().is_zero(), "{:?}", begun.elapsed());

        let found = fixture.found("csbs_backup_policy", &[("name", "nightly".into())]).await;
        assert_eq!(found.get("status").as_str(), Some(status));
        assert_eq!(found.get("next_run").as_str().is_some(), enabled);
        for (filter, value, expected) in [
            ("enabled", RawValue::from(true), enabled),
            ("enabled", false.into(), !enabled),
            ("status", status.into(), true),
            ("status", "unheard-of".into(), false),
        ] {
            let all = fixture.found("csbs_backup_policies", &[(filter, value.clone())]).await;
            let count = all.get("ids").as_list().unwrap().len();
            assert_eq!(count, usize::from(expected), "{form:?} {enabled}: {filter} {value:?}");
        }
        let values = [("policy_id", core.get("id"))];
        let (_, diags) = invoke(
            &fixture.provider,
            "csbs_run_backup_policy",
            &values,
            core.cancel.clone(),
        )
        .await;
        assert_no_errors(&diags);
        assert_no_errors(&core.destroy().await);
    }
}

#[tokio::test(start_paused = true)]
async fn another_provider_id_in_the_answer_is_no_difference() {
    let fixture = fixture(PolicyForms {
        other_provider_id: Some(true),
        ..PolicyForms::default()
    })
    .await;
    let mut core = fixture.policy();
    let wanted = config(&core, &[]);
    apply(&mut core, &wanted).await;
    assert_eq!(plan(&mut core, &wanted).await, Action::Nothing);
    let mut core = imported(&fixture, &core.text("id")).await;
    assert_eq!(plan(&mut core, &wanted).await, Action::Nothing);
    let generated = generated(&core, &core.stored.as_ref().unwrap().state);
    assert_eq!(plan(&mut core, &generated).await, Action::Nothing);
}

#[tokio::test(start_paused = true)]
async fn general_parameters_that_the_answer_does_not_have_are_no_difference() {
    for parameters in [
        ParametersForm::Full,
        ParametersForm::WithoutCommon,
        ParametersForm::Missing,
    ] {
        let fixture = fixture(PolicyForms {
            parameters: Some(parameters),
            ..PolicyForms::default()
        })
        .await;
        let mut core = fixture.policy();
        let wanted = config(&core, &[("common", object(&[("key", "value".into())]))]);
        apply(&mut core, &wanted).await;
        assert_eq!(plan(&mut core, &wanted).await, Action::Nothing, "{parameters:?}");
        let id = core.text("id");
        let mut core = imported(&fixture, &id).await;
        let shown = parameters == ParametersForm::Full;
        assert_eq!(core.get("common").is_null(), !shown);
        // What is not shown is recorded, and the policy is not replaced for it.
        let writes = fixture.simulator.count(Operation::UpdatePolicy);
        let action = apply(&mut core, &wanted).await;
        assert_eq!(
            action,
            if shown { Action::Nothing } else { Action::Update },
            "{parameters:?}"
        );
        assert_eq!(plan(&mut core, &wanted).await, Action::Nothing, "{parameters:?}");
        assert_eq!(fixture.only().id, id);
        assert_eq!(fixture.simulator.count(Operation::UpdatePolicy), writes);
        let mut core = imported(&fixture, &id).await;
        let generated = generated(&core, &core.stored.as_ref().unwrap().state);
        assert_eq!(plan(&mut core, &generated).await, Action::Nothing, "{parameters:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_does_not_send_the_type_of_an_operation() {
    let fixture = Fixture::new();
    let mut core = fixture.policy();
    let first = config(&core, &[scheduled(&[("operation_type", "backup".into())])]);
    apply(&mut core, &first).await;
    let second = config(
        &core,
        &[scheduled(&[
            ("operation_type", "backup".into()),
            ("max_backups", 3.into()),
        ])],
    );
    apply(&mut core, &second).await;
    let sent = updated_operations(&fixture);
    assert_eq!(sent.as_array().unwrap().len(), 1);
    assert_eq!(sent[0].get("operation_type"), None, "{sent}");
    assert_eq!(sent[0]["id"], fixture.only().operations[0]["id"]);
}

/// A policy as the console makes it, with rules for its schedule.
fn of_the_console(name: &str, rules: &[&str], definition: &Value) -> Value {
    let rules: String = rules.iter().map(|rule| format!("RRULE:{rule}\r\n")).collect();
    json!({
        "name": name, "description": "", "provider_id": PROVIDER_ID, "parameters": {},
        "resources": [{"id": server_id(0), "type": "OS::Nova::Server", "name": "web"}],
        "scheduled_operations": [{
            "name": "console", "enabled": true, "operation_type": "backup", "operation_definition": definition,
            "trigger": {"properties": {
                "pattern": format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{rules}END:VEVENT\r\nEND:VCALENDAR\r\n")
            }},
        }],
    })
}

#[tokio::test(start_paused = true)]
async fn policies_of_the_console_are_imported_and_their_generated_configuration_plans_nothing() {
    let interval = [
        "FREQ=DAILY;INTERVAL=3;BYHOUR=13;BYMINUTE=45",
        "FREQ=DAILY;INTERVAL=3;BYHOUR=1;BYMINUTE=30",
    ];
    let weekly = [
        "FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=2;BYMINUTE=30",
        "FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=14;BYMINUTE=0",
    ];
    let hours: Vec<_> = (0..24)
        .map(|hour| format!("FREQ=DAILY;INTERVAL=1;BYHOUR={hour};BYMINUTE=59"))
        .collect();
    let hours: Vec<_> = hours.iter().map(String::as_str).collect();
    for (rules, definition, next_run) in [
        (
            &interval[..],
            json!({"max_backups": 20, "permanent": true}),
            "2026-01-01T13:45:00Z",
        ),
        (
            &weekly,
            json!({"week_backups": 4, "timezone": "UTC+02:00"}),
            "2026-01-01T14:00:00Z",
        ),
        (&hours, json!({"retention_duration_days": 7}), "2026-01-01T12:59:00Z"),
    ] {
        let fixture = fixture(PolicyForms {
            without_calendar: Some(true),
            parameters: Some(ParametersForm::Missing),
            ..PolicyForms::default()
        })
        .await;
        let made = of_the_console("console", rules, &definition);
        let id = fixture.simulator.make_policy(PROJECT, &made).unwrap();
        let mut core = imported(&fixture, &id).await;
        let generated = generated(&core, &core.stored.as_ref().unwrap().state);
        assert_eq!(plan(&mut core, &generated).await, Action::Nothing, "{rules:?}");
        let found = fixture.found("csbs_backup_policy", &[("id", id.as_str().into())]).await;
        assert_eq!(found.get("next_run").as_str(), Some(next_run));
        // The rules are written as one schedule, and another one replaces them.
        let mut moved = operation(&[("name", "console".into())]);
        moved.set("trigger_pattern", PATTERN);
        let changed = config(
            &core,
            &[
                ("name", "console".into()),
                ("resource", RawValue::List(vec![server(0)])),
                ("scheduled_operation", RawValue::List(vec![moved])),
            ],
        );
        assert_eq!(apply(&mut core, &changed).await, Action::Update);
        assert_eq!(
            fixture.only().operations[0]["trigger"]["properties"]["pattern"],
            PATTERN
        );
        assert_eq!(plan(&mut core, &changed).await, Action::Nothing);
    }
}

#[tokio::test(start_paused = true)]
async fn schedules_of_the_console_can_be_configured() {
    let fixture = Fixture::new();
    let mut core = fixture.policy();
    let interval = "FREQ=DAILY;INTERVAL=30;BYHOUR=1;BYMINUTE=30";
    let made = of_the_console(
        "x",
        &[interval, "FREQ=DAILY;INTERVAL=30;BYHOUR=3;BYMINUTE=00"],
        &json!({}),
    );
    let pattern = made["scheduled_operations"][0]["trigger"]["properties"]["pattern"].clone();
    let pattern = pattern.as_str().unwrap();
    let wanted = config(&core, &[scheduled(&[("trigger_pattern", pattern.into())])]);
    apply(&mut core, &wanted).await;
    assert_eq!(
        fixture.only().operations[0]["trigger"]["properties"]["pattern"],
        pattern
    );
    assert_eq!(plan(&mut core, &wanted).await, Action::Nothing);
    let too_often = pattern.replace("BYHOUR=3", "BYHOUR=2");
    let diags = core
        .validate(&config(&core, &[scheduled(&[("trigger_pattern", too_often.into())])]))
        .await;
    assert!(errors(&diags).contains("01:30 and again at 02:00"), "{diags:?}");
}

#[tokio::test(start_paused = true)]
async fn of_several_operations_the_answer_of_the_service_decides() {
    let named = |name: &str| operation(&[("name", name.into()), ("max_backups", 2.into())]);
    for (rule, refused, warned) in [
        (SeveralOperations::Refused, true, false),
        (SeveralOperations::Kept, false, false),
        (SeveralOperations::FirstKept, false, true),
    ] {
        let fixture = Fixture::with(|config| config.policy_rules.several_operations = rule);
        let mut core = fixture.policy();
        let two = config(
            &core,
            &[("scheduled_operation", RawValue::List(vec![named("a"), named("b")]))],
        );
        let (_, diags) = core.apply(&two).await;
        assert_eq!(diags.errors.len(), usize::from(refused), "{rule:?}: {diags:?}");
        assert_eq!(diags.warnings.len(), usize::from(warned), "{rule:?}: {diags:?}");
        for found in diags.errors.iter().chain(&diags.warnings) {
            assert_eq!(found.attribute.to_string(), "scheduled_operation");
            assert!(
                found.detail.contains("one operation of a policy is in effect"),
                "{found:?}"
            );
        }
        if refused {
            // The same of an update.
            let one = config(&core, &[scheduled(&[("name", "a".into())])]);
            apply(&mut core, &one).await;
            let (_, diags) = core.apply(&two).await;
            assert_eq!(diags.errors[0].attribute.to_string(), "scheduled_operation");
            assert_eq!((diags.errors.len(), diags.warnings.len()), (1, 0), "{diags:?}");
        } else if !warned {
            assert_eq!(plan(&mut core, &two).await, Action::Nothing);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_the_service_moves_to_another_policy_shows_in_the_first() {
    let fixture = Fixture::with(|config| config.policy_rules.server_of_another_policy = ServerOfAnotherPolicy::Moved);
    let (mut first, mut second) = (fixture.policy(), fixture.policy());
    let wanted = config(&first, &[]);
    apply(&mut first, &wanted).await;
    let other = config(&second, &[("name", "second".into())]);
    apply(&mut second, &other).await;
    assert_eq!(plan(&mut second, &other).await, Action::Nothing);
    assert_eq!(plan(&mut first, &wanted).await, Action::Update);
    assert!(first.get("resource").as_list().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn empty_lists_and_ranges_are_refused_before_anything_is_asked() {
    let fixture = Fixture::new();
    let empty = || RawValue::List(Vec::new());
    let time = |hour: u8| RawValue::from(format!("2026-01-01T{hour:02}:00:00Z"));
    for (type_name, values, attribute) in [
        (
            "csbs_backup_capability",
            vec![("resource_ids", empty())],
            "resource_ids",
        ),
        (
            "csbs_backups",
            vec![("start_time", time(2)), ("end_time", time(1))],
            "start_time",
        ),
        (
            "csbs_backup",
            vec![("start_time", time(2)), ("end_time", time(1))],
            "start_time",
        ),
    ] {
        let (found, diags) = fixture.read(type_name, &values).await;
        assert!(found.is_none(), "{type_name}");
        assert_eq!(diags.errors.len(), 1, "{type_name}: {diags:?}");
        assert_eq!(diags.errors[0].attribute.to_string(), attribute);
    }
    fixture
        .found("csbs_backups", &[("start_time", time(1)), ("end_time", time(1))])
        .await;
    let values = [("policy_id", "policy".into()), ("server_ids", empty())];
    let (_, diags) = invoke(
        &fixture.provider,
        "csbs_run_backup_policy",
        &values,
        fixture.policy().cancel,
    )
    .await;
    assert_eq!(diags.errors[0].attribute.to_string(), "server_ids");
    assert_eq!(fixture.simulator.count_csbs(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_id_of_an_operation_that_the_service_did_not_give_is_an_error() {
    let fixture = Fixture::new();
    let mut core = fixture.policy();
    let with_id = |core: &Core, id: RawValue| config(core, &[scheduled(&[("id", id)])]);
    let wrong = with_id(&core, "chosen".into());
    let (_, diags) = core.plan(&wrong).await;
    assert_eq!(diags.errors[0].attribute.to_string(), "scheduled_operation[0].id");
    assert!(
        errors(&diags).contains("`id`") && !errors(&diags).contains("chosen"),
        "{diags:?}"
    );
    let bare = config(&core, &[scheduled(&[])]);
    apply(&mut core, &bare).await;
    let (_, diags) = core.plan(&wrong).await;
    assert!(
        errors(&diags).contains("`id`") && !errors(&diags).contains("chosen"),
        "{diags:?}"
    );
    // As in a configuration that Terraform has generated.
    let right = with_id(&core, stored_operation(&core).get("id").clone());
    assert_eq!(plan(&mut core, &right).await, Action::Nothing);
}
