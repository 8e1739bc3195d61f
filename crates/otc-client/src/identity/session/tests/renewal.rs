//! A token that is refused or about to expire is renewed exactly once.

use super::*;

const LIFE: Duration = Duration::from_secs(24 * 3600);

/// Number of requests to CSBS.
fn calls(cloud: &Cloud) -> usize {
    let requests = cloud.requests();
    requests
        .iter()
        .filter(|request| request.uri().host() == Some("csbs.example"))
        .count()
}

/// Makes all tokens that were issued so far worthless.
fn revoke(cloud: &Cloud) {
    cloud.signed_in.fetch_add(1, Ordering::SeqCst);
}

/// Number of requests for a token.
fn token_requests(cloud: &Cloud) -> usize {
    cloud.paths().iter().filter(|path| *path == "/v3/auth/tokens").count()
}

async fn status_of(session: &Session, request: Request<Bytes>) -> u16 {
    session
        .send(CloudService::Csbs, request)
        .await
        .unwrap()
        .status()
        .as_u16()
}

fn passcode() -> Resolved {
    resolved(Method::Password {
        user: User::Id("u".to_owned()),
        password: "hunter2".into(),
        passcode: Some("123456".into()),
    })
}

#[tokio::test(start_paused = true)]
async fn a_refused_request_is_sent_once_more_and_never_a_third_time() {
    let cloud = Cloud::new(|_, request| (request.uri().host() == Some("csbs.example")).then(unauthorized));
    let session = cloud.session(password());
    assert_eq!(status_of(&session, post()).await, 401);
    assert_eq!((calls(&cloud), token_requests(&cloud)), (2, 2));
    // The new token was refused as well, so another one would not help.
    assert_eq!(status_of(&session, post()).await, 401);
    assert_eq!((calls(&cloud), token_requests(&cloud)), (3, 2));
}

#[tokio::test(start_paused = true)]
async fn a_repeated_request_is_the_same_with_the_new_token() {
    let cloud = Cloud::plain();
    let session = cloud.session(password());
    session.endpoint(CloudService::Csbs).await.unwrap();
    revoke(&cloud);
    assert_eq!(status_of(&session, post()).await, 200);
    let requests = cloud.requests();
    let sent: Vec<_> = requests
        .iter()
        .filter(|request| request.uri().host() == Some("csbs.example"))
        .map(|request| {
            let token = request.headers()["x-auth-token"].to_str().unwrap();
            (
                request.method().as_str(),
                request.uri().path(),
                &request.body()[..],
                token,
            )
        })
        .collect();
    let path = format!("/v1/{PROJECT}/policies");
    let expected = |token| ("POST", path.as_str(), &b"{}"[..], token);
    assert_eq!(sent, [expected("token-1"), expected("token-3")]);
}

#[tokio::test(start_paused = true)]
async fn a_new_token_that_was_refused_and_then_accepted_is_renewed_when_it_is_revoked() {
    // The service knows the new token only after a while.
    let cloud = Cloud::new(|cloud, request| {
        let is_early = cloud.clock.began.elapsed() < Duration::from_secs(60);
        (is_early && request.uri().host() == Some("csbs.example")).then(unauthorized)
    });
    let session = cloud.session(password());
    assert_eq!(status_of(&session, call()).await, 401);
    assert_eq!(token_requests(&cloud), 2);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(status_of(&session, call()).await, 200);
    assert_eq!(token_requests(&cloud), 2);
    revoke(&cloud);
    assert_eq!(status_of(&session, call()).await, 200);
    assert_eq!(token_requests(&cloud), 3);
}

#[tokio::test(start_paused = true)]
async fn a_late_refusal_of_an_old_token_costs_no_sign_in() {
    let cloud = Cloud::plain();
    let session = Arc::new(cloud.session(password()));
    session.endpoint(CloudService::Csbs).await.unwrap();
    revoke(&cloud);
    // The refusal of the slow request comes long after the token was renewed for the other one.
    let slow = Request::get(format!("https://csbs.example/v1/{PROJECT}/slow"))
        .body(Bytes::new())
        .unwrap();
    let (slow, quick) = tokio::join!(status_of(&session, slow), status_of(&session, call()));
    assert_eq!((slow, quick), (200, 200));
    assert_eq!(token_requests(&cloud), 2);
}

#[tokio::test(start_paused = true)]
async fn every_revocation_costs_one_sign_in() {
    let cloud = Cloud::plain();
    let session = cloud.session(password());
    for round in 1..=5 {
        assert_eq!(status_of(&session, call()).await, 200);
        assert_eq!((token_requests(&cloud), calls(&cloud)), (round, 2 * round - 1));
        revoke(&cloud);
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_from_ten_minutes_before_its_expiry_on() {
    let margin = Duration::from_secs(600);
    for (after, sign_ins) in [
        (LIFE - margin - Duration::from_secs(1), 1),
        (LIFE - margin, 2),
        (LIFE, 2),
    ] {
        let cloud = Cloud::plain();
        let session = cloud.session(password());
        session.endpoint(CloudService::Csbs).await.unwrap();
        tokio::time::sleep_until(cloud.clock.began + after).await;
        assert_eq!(status_of(&session, call()).await, 200);
        assert_eq!(cloud.sign_ins(), sign_ins, "{after:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_without_a_second_sign_in_is_used_until_its_end() {
    for one_sign_in in [
        passcode(),
        Resolved {
            allow_reauth: false,
            ..password()
        },
    ] {
        let cloud = Cloud::plain();
        let session = cloud.session(one_sign_in);
        session.endpoint(CloudService::Csbs).await.unwrap();
        tokio::time::sleep_until(cloud.clock.began + LIFE - Duration::from_secs(1)).await;
        assert_eq!(status_of(&session, call()).await, 200);
        assert_eq!(token_requests(&cloud), 1);
        tokio::time::sleep_until(cloud.clock.began + LIFE).await;
        let error = identity(session.send(CloudService::Csbs, call()).await.unwrap_err());
        assert!(matches!(error, IdentityError::NotRenewable { .. }), "{error}");
        assert_eq!((token_requests(&cloud), calls(&cloud)), (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_password_that_is_refused_at_a_renewal_is_not_sent_again() {
    // The password is changed while the first token is valid.
    let cloud = Cloud::new(|cloud, request| {
        let is_late = cloud.clock.began.elapsed() > Duration::from_secs(3600);
        (is_late && request.uri().path() == "/v3/auth/tokens").then(unauthorized)
    });
    let session = cloud.session(password());
    session.endpoint(CloudService::Csbs).await.unwrap();
    tokio::time::sleep_until(cloud.clock.began + LIFE - Duration::from_secs(300)).await;
    for _ in 0..3 {
        assert_eq!(status_of(&session, call()).await, 200, "the old token is still valid");
    }
    assert_eq!(token_requests(&cloud), 2, "several refusals lock the user");
    tokio::time::sleep_until(cloud.clock.began + LIFE).await;
    for _ in 0..3 {
        let error = identity(session.send(CloudService::Csbs, call()).await.unwrap_err());
        assert!(error.to_string().contains("401"), "{error}");
    }
    assert_eq!((token_requests(&cloud), calls(&cloud)), (2, 3));
}

#[tokio::test(start_paused = true)]
async fn an_agency_of_a_configured_token_is_assumed_again() {
    let cloud = Cloud::plain();
    let session = cloud.session(Resolved {
        agency: Some(agency()),
        ..resolved(Method::Token("given".into()))
    });
    assert_eq!(status_of(&session, call()).await, 200);
    revoke(&cloud);
    assert_eq!(status_of(&session, call()).await, 200);
    let requests = cloud.requests();
    let assumed: Vec<_> = requests
        .iter()
        .filter(|request| request.method() == Verb::POST)
        .map(|request| request.headers()["x-auth-token"].to_str().unwrap())
        .collect();
    assert_eq!(assumed, ["given", "given"]);
}

#[tokio::test(start_paused = true)]
async fn a_session_with_a_known_token_passes_a_refusal_on() {
    let cloud = Cloud::new(|_, request| request.uri().path().ends_with("/refused").then(unauthorized));
    let endpoint = Endpoint {
        base: format!("https://csbs.example/v1/{PROJECT}").parse().unwrap(),
        project_id: PROJECT.to_owned(),
        region: Some("eu-de".to_owned()),
    };
    let transport: Arc<dyn Transport> = Arc::clone(&cloud) as _;
    let session = Session::with_token(endpoint, "given".into(), transport, Arc::clone(&cloud.clock) as _);
    assert_eq!(session.known_region().as_deref(), Some("eu-de"));
    assert_eq!(status_of(&session, call()).await, 200);
    let refused = Request::get(format!("https://csbs.example/v1/{PROJECT}/refused"))
        .body(Bytes::new())
        .unwrap();
    for _ in 0..2 {
        assert_eq!(status_of(&session, refused.clone()).await, 401);
    }
    assert_eq!((token_requests(&cloud), calls(&cloud)), (0, 3));
    let sent = cloud.requests().pop().unwrap();
    assert_eq!(sent.headers()["x-auth-token"], "given");
}

#[tokio::test(start_paused = true)]
async fn a_renewal_after_a_500_does_not_prevent_a_later_one() {
    const BODY: &str = r#"{"error_code":"BackupService.9998","error_msg":"authentication failed"}"#;
    let cloud = refusing(500, BODY, 2);
    let session = cloud.session(password());
    assert_eq!(status_of(&session, post()).await, 500);
    assert_eq!(status_of(&session, post()).await, 200);
    assert_eq!((cloud.sign_ins(), calls(&cloud)), (2, 2));
    revoke(&cloud);
    assert_eq!(status_of(&session, post()).await, 200);
    assert_eq!((token_requests(&cloud), calls(&cloud)), (3, 4));
}

#[tokio::test(start_paused = true)]
async fn a_token_of_a_configuration_is_not_renewed_after_a_500() {
    const BODY: &str = r#"{"error_code":"BackupService.9998","error_msg":"authentication failed"}"#;
    for one_sign_in in [resolved(Method::Token("given".into())), passcode()] {
        let cloud = refusing(500, BODY, usize::MAX);
        let session = cloud.session(one_sign_in);
        for _ in 0..2 {
            assert_eq!(status_of(&session, post()).await, 500);
        }
        assert_eq!((token_requests(&cloud), calls(&cloud)), (1, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_500_with_the_code_of_a_failed_authentication_renews_the_token() {
    const OTHER: &str = r#"{"error_code":"BackupService.9999","error_msg":"authentication failed"}"#;
    const FAILED: &str = r#"{"error_code":"BackupService.9998","error_msg":"authentication failed"}"#;
    for (status, body, sign_ins) in [
        (500, FAILED, 2),
        (500, OTHER, 1),
        (500, "", 1),
        (400, FAILED, 1),
        (503, FAILED, 1),
        (200, FAILED, 1),
    ] {
        let cloud = refusing(status, body, usize::MAX);
        let session = cloud.session(password());
        assert_eq!(status_of(&session, post()).await, status);
        assert_eq!((cloud.sign_ins(), calls(&cloud)), (sign_ins, 1), "{status} {body}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_of_a_proxy_is_no_refusal_of_the_credentials() {
    let cloud = Cloud::new(|cloud, request| {
        let is_early = cloud.clock.began.elapsed() < Duration::from_secs(1);
        let page = Response::new(Bytes::from_static(b"<html>Please log in to the network</html>"));
        (is_early && request.uri().path() == "/v3/auth/tokens").then_some(page)
    });
    let session = cloud.session(password());
    let error = session.endpoint(CloudService::Csbs).await.unwrap_err();
    assert!(matches!(error, IdentityError::Decode { .. }), "{error}");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(session.endpoint(CloudService::Csbs).await.is_ok());
}
