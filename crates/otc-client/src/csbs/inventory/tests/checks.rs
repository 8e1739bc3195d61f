//! Questions on servers whose answers leave some of them out.

use super::*;

/// A service that answers on the first five servers of each question only.
fn of_five() -> Arc<Fake> {
    Fake::new(|seen, _| {
        let servers = seen.body["check_protectable"].as_array().unwrap();
        let answers: Vec<_> = servers
            .iter()
            .take(5)
            .map(|server| json!({ "result": "True", "resource_id": server["resource_id"] }))
            .collect();
        answer(200, &json!({ "protectable": answers }))
    })
}

#[tokio::test(start_paused = true)]
async fn servers_that_an_answer_leaves_out_are_asked_about_together() {
    for (servers, requests) in [(5, 1), (6, 2), (20, 4)] {
        let fake = of_five();
        let inventory = Inventory::new(fake.client());
        for (id, answer) in check_all(&inventory, servers).await {
            assert!(answer.unwrap().result, "{id}");
        }
        assert_eq!(fake.count(), requests, "{servers} servers");
    }
}

#[tokio::test(start_paused = true)]
async fn questions_on_one_server_share_a_request_and_its_answer() {
    for has_answer in [true, false] {
        let id = if has_answer { "server" } else { "other" };
        let fake = Fake::new(move |_, _| {
            answer(
                200,
                &json!({ "protectable": [{ "result": "True", "resource_id": id }] }),
            )
        });
        let inventory = Inventory::new(fake.client());
        let asks = (0..10).map(|_| inventory.check_protectable(Server::new("server")));
        for answer in futures_util::future::join_all(asks).await {
            assert_eq!(answer.unwrap().result, has_answer);
        }
        assert_eq!(fake.count(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_panic_a_question_is_asked_alone() {
    let inner = of_five();
    let fake = Fake::new(move |seen, number| {
        assert!(number > 0, "the first request panics");
        inner.reply(seen, number)
    });
    let inventory = Inventory::new(fake.client());
    for (id, answer) in check_all(&inventory, 3).await {
        assert!(answer.unwrap().result, "{id}");
    }
    assert_eq!(fake.count(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_check_for_a_plan_gives_a_failing_service_up_early() {
    let fake = Fake::new(|_, _| text(503, ""));
    let inventory = Inventory::new(fake.client());
    let began = Instant::now();
    let error = inventory
        .check_protectable_for_plan(Server::new("server"))
        .await
        .unwrap_err();
    assert_eq!((error.status(), fake.count()), (Some(503), 3));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    inventory.check_protectable(Server::new("server")).await.unwrap_err();
    assert_eq!(fake.count(), 9);
}
