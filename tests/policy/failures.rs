//! Policies when things go wrong.

use std::time::Duration;

use csbs_simulator::{Effect, Operation, Rule};
use terraform_plugin::RawValue;
use tokio::time::Instant;

use crate::{
    core::{Action, object},
    fixture::{Fixture, assert_no_errors, config, errors, operation},
};

fn bad_gateway() -> Effect {
    Effect::AnswerAfter {
        status: 502,
        headers: Vec::new(),
        body: "<html>Bad Gateway</html>".to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_without_an_answer_is_found_and_never_made_twice() {
    for (effect, requests) in [
        (Effect::DropAfter, 1),
        (Effect::TruncateJson, 1),
        (Effect::WrongTypes, 1),
        (bad_gateway(), 1),
        (Effect::DropBefore, 2),
        (
            Effect::Answer {
                status: 503,
                headers: Vec::new(),
                body: String::new(),
            },
            2,
        ),
        (Effect::refuse(500, "CSBS.9999"), 2),
    ] {
        let fixture = Fixture::new();
        let mut core = fixture.policy();
        fixture.fault(Rule::on(Operation::CreatePolicy, effect.clone()).once());
        let config = config(&core, &[]);
        let (_, diags) = core.apply(&config).await;
        assert_no_errors(&diags);
        assert_eq!(fixture.only().id, core.text("id"), "{effect:?}");
        assert_eq!(fixture.simulator.count(Operation::CreatePolicy), requests, "{effect:?}");
        assert_eq!(core.plan(&config).await.0, Action::Nothing, "{effect:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_never_answered_ends_with_what_to_do() {
    let fixture = Fixture::new();
    let mut core = fixture.policy();
    fixture.fault(Rule::on(Operation::CreatePolicy, Effect::DropBefore));
    let (_, diags) = core.apply(&config(&core, &[])).await;
    assert!(errors(&diags).contains("not known whether"), "{diags:?}");
    assert!(core.stored.is_none() && fixture.simulator.inventory().policies.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_taken_names_the_policy() {
    let fixture = Fixture::new();
    let mut first = fixture.policy();
    assert_no_errors(&first.apply(&config(&first, &[])).await.1);
    let id = first.text("id");
    let mut second = fixture.policy();
    let (_, diags) = second
        .apply(&config(&second, &[("resource", RawValue::List(vec![]))]))
        .await;
    let text = errors(&diags);
    for part in [id.as_str(), "terraform import ADDRESS", "CSBS.9007"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert_eq!(diags.errors[0].attribute.to_string(), "name");
    assert!(second.stored.is_none());
    // Also when it is not known whether ours was made: the other one says something else.
    fixture.fault(Rule::on(Operation::CreatePolicy, Effect::DropBefore).once());
    let (_, diags) = second
        .apply(&config(&second, &[("resource", RawValue::List(vec![]))]))
        .await;
    assert!(errors(&diags).contains(&id));
    assert!(second.stored.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_taken_name_after_a_lost_answer_may_be_ours() {
    let fixture = Fixture::new();
    let mut core = fixture.policy();
    fixture.fault(Rule::on(Operation::CreatePolicy, Effect::DropAfter).once());
    fixture.fault(Rule::on(Operation::ListPolicies, Effect::EmptyList));
    let (_, diags) = core.apply(&config(&core, &[])).await;
    let text = errors(&diags);
    assert!(
        text.contains("It is not known whether the policy was created"),
        "{text}"
    );
    assert!(core.stored.is_none());
    assert_eq!(fixture.simulator.inventory().policies.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stop_during_a_create_ends_it_in_two_seconds_with_what_is_known() {
    for (effect, stored) in [
        (Effect::DelayAfter { seconds: 1.0 }, true),
        (Effect::DelayAfter { seconds: 30.0 }, false),
        (Effect::Stall, false),
    ] {
        let fixture = Fixture::new();
        let mut core = fixture.policy();
        fixture.fault(Rule::on(Operation::CreatePolicy, effect.clone()).once());
        let cancel = core.cancel.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(300)).await;
            cancel.cancel();
        });
        let begun = Instant::now();
        let (_, diags) = core.apply(&config(&core, &[])).await;
        assert!(
            begun.elapsed() <= Duration::from_millis(2300),
            "{effect:?}: {:?}",
            begun.elapsed()
        );
        assert_eq!(core.stored.is_some(), stored, "{effect:?}");
        assert_eq!(diags.errors.is_empty(), stored, "{effect:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_policy_is_waited_for() {
    let fixture = Fixture::new();
    let mut core = fixture.policy();
    assert_no_errors(&core.apply(&config(&core, &[])).await.1);
    fixture.fault(Rule::on(Operation::UpdatePolicy, Effect::refuse(500, "CSBS.2001")).times(4));
    assert_no_errors(&core.apply(&config(&core, &[("description", "x".into())])).await.1);
    assert_eq!(fixture.only().description.as_deref(), Some("x"));
    fixture.fault(Rule::on(Operation::DeletePolicy, Effect::refuse(500, "CSBS.2001")).times(4));
    assert_no_errors(&core.destroy().await);
    assert!(fixture.simulator.inventory().policies.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_stays_busy_ends_at_the_timeout() {
    let fixture = Fixture::new();
    let mut core = fixture.policy();
    let timeouts = object(&[
        ("create", RawValue::Null),
        ("update", "2m".into()),
        ("delete", "3m".into()),
    ]);
    assert_no_errors(&core.apply(&config(&core, &[("timeouts", timeouts.clone())])).await.1);
    fixture.fault(Rule::on(Operation::UpdatePolicy, Effect::refuse(500, "CSBS.2001")));
    fixture.fault(Rule::on(Operation::DeletePolicy, Effect::refuse(500, "CSBS.2001")));
    let begun = Instant::now();
    let (_, diags) = core
        .apply(&config(&core, &[("description", "x".into()), ("timeouts", timeouts)]))
        .await;
    assert!(!diags.errors.is_empty());
    assert!(begun.elapsed() < Duration::from_secs(125), "{:?}", begun.elapsed());
    assert_eq!(core.text("description"), "", "the state says what is there");
    let begun = Instant::now();
    assert!(!core.destroy().await.errors.is_empty());
    assert!(begun.elapsed() < Duration::from_secs(185));
    assert!(core.stored.is_some());
}

#[tokio::test(start_paused = true)]
async fn an_update_that_fails_half_way_leaves_what_was_done_in_the_state() {
    let fixture = Fixture::new();
    let mut core = fixture.policy();
    assert_no_errors(&core.apply(&config(&core, &[])).await.1);
    fixture.fault(Rule::on(Operation::BatchTags, Effect::refuse(403, "CSBS.9009")).once());
    let wanted = config(
        &core,
        &[("description", "x".into()), ("tags", object(&[("a", "1".into())]))],
    );
    let (_, diags) = core.apply(&wanted).await;
    assert!(!diags.errors.is_empty());
    assert_eq!(core.text("description"), "x");
    assert_eq!(core.get("tags"), object(&[]));
    let (action, diags) = core.apply(&wanted).await;
    assert_no_errors(&diags);
    assert_eq!(action, Action::Update);
    assert_eq!(fixture.only().tags["a"], "1");
}

#[tokio::test(start_paused = true)]
async fn passing_faults_of_reads_updates_and_deletions_do_not_show() {
    for effect in [
        Effect::DropAfter,
        Effect::DropBefore,
        bad_gateway(),
        Effect::TruncateJson,
    ] {
        let fixture = Fixture::new();
        let mut core = fixture.policy();
        assert_no_errors(&core.apply(&config(&core, &[])).await.1);
        for operation in [
            Operation::GetPolicy,
            Operation::UpdatePolicy,
            Operation::DeletePolicy,
            Operation::BatchTags,
        ] {
            fixture.fault(Rule::on(operation, effect.clone()).once());
        }
        let wanted = config(
            &core,
            &[("description", "x".into()), ("tags", object(&[("a", "1".into())]))],
        );
        assert_no_errors(&core.apply(&wanted).await.1);
        assert_eq!(core.plan(&wanted).await.0, Action::Nothing, "{effect:?}");
        assert_no_errors(&core.destroy().await);
        assert!(fixture.simulator.inventory().policies.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn refusals_are_told() {
    let fixture = Fixture::new();
    let mut first = fixture.policy();
    assert_no_errors(&first.apply(&config(&first, &[])).await.1);
    let mut second = fixture.policy();
    let (_, diags) = second.apply(&config(&second, &[("name", "second".into())])).await;
    assert!(
        errors(&diags).contains("CSBS.6004") && errors(&diags).contains("one policy only"),
        "{diags:?}"
    );
    assert_eq!(diags.errors[0].attribute.to_string(), "resource");
    let mut wrong = fixture.policy();
    let bad = operation(&[("trigger_pattern", "daily".into()), ("max_backups", (-5).into())]);
    let bad = config(&wrong, &[("scheduled_operation", RawValue::List(vec![bad]))]);
    let before = fixture.simulator.count_csbs();
    let (_, diags) = wrong.apply(&bad).await;
    assert_eq!(diags.errors.len(), 2, "{diags:?}");
    assert_eq!(fixture.simulator.count_csbs(), before, "no request is sent");
    for status in [400, 401, 403, 404, 429, 500, 503] {
        let fixture = Fixture::new();
        let mut core = fixture.policy();
        let body = "{\"error_code\": \"APIG.0301\", \"error_msg\": \"no\"}".to_owned();
        let headers = Vec::new();
        fixture.fault(Rule::on(
            Operation::CreatePolicy,
            Effect::Answer { status, headers, body },
        ));
        let (_, diags) = core.apply(&config(&core, &[])).await;
        assert!(errors(&diags).contains(&status.to_string()), "{status}: {diags:?}");
        assert!(core.stored.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn the_plans_and_the_error_name_the_policy_that_a_server_belongs_to() {
    let fixture = Fixture::with_plan_checks();
    let mut first = fixture.policy();
    let wanted = config(&first, &[]);
    let (_, diags) = first.apply(&wanted).await;
    assert_no_errors(&diags);
    assert_eq!(diags.warnings, []);
    let id = fixture.only().id;

    // One list serves all plans.
    let listed = fixture.simulator.count(Operation::ListPolicies);
    let mut others: Vec<_> = (0..10).map(|_| fixture.policy()).collect();
    let configs: Vec<_> = (0..10)
        .map(|number| config(&first, &[("name", format!("other-{number}").into())]))
        .collect();
    let plans = others.iter_mut().zip(&configs).map(|(core, config)| core.plan(config));
    for (_, diags) in futures_util::future::join_all(plans).await {
        assert_no_errors(&diags);
        assert_eq!(diags.warnings.len(), 1, "{diags:?}");
        assert_eq!(diags.warnings[0].attribute.to_string(), "resource");
        assert!(diags.warnings[0].detail.contains(&id), "{diags:?}");
    }
    assert_eq!(fixture.simulator.count(Operation::ListPolicies), listed + 1);
    let (_, diags) = others[0].apply(&configs[0]).await;
    let text = errors(&diags);
    assert!(text.contains("CSBS.6004") && text.contains(&id), "{text}");

    // A plan that adds no server asks nothing.
    let requests = fixture.simulator.count(Operation::ListPolicies);
    assert_eq!(first.plan(&wanted).await.1.warnings, []);
    assert_eq!(fixture.simulator.count(Operation::ListPolicies), requests);

    // A deletion by this process makes the list stale.
    assert_no_errors(&first.destroy().await);
    assert_eq!(others[1].plan(&configs[1]).await.1.warnings, []);
}
