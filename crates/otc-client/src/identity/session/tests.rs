mod credentials;
mod renewal;

use std::{
    sync::atomic::{AtomicI64, AtomicUsize, Ordering},
    time::Duration,
};

use ::http::{Method as Verb, header};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use url::Url;

use super::*;
use crate::{
    http::{Delivery, TransportError},
    identity::resolved::{AccessKeys, Agency, Domain, Project, Tls, User},
};

const START: &str = "2026-11-23T12:00:00Z";
const PROJECT: &str = "77b6a44cba5143ab91d13ab9a8ff44fd";

/// Goes with tokio's paused time, from a fixed start.
struct TestClock {
    began: tokio::time::Instant,
    /// How many seconds it is wrong.
    off: AtomicI64,
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let start: Timestamp = START.parse().unwrap();
        let passed = SignedDuration::try_from(self.began.elapsed()).unwrap();
        start + passed + SignedDuration::from_secs(self.off.load(Ordering::Relaxed))
    }
}

type Answer = dyn Fn(&Cloud, &Request<Bytes>) -> Option<Response<Bytes>> + Send + Sync;

/// Keystone and CSBS in memory. Tokens are `token-N`; the newest is the one that is accepted.
struct Cloud {
    clock: Arc<TestClock>,
    /// Answers before the cloud does.
    first: Box<Answer>,
    requests: Mutex<Vec<Request<Bytes>>>,
    signed_in: AtomicUsize,
    /// How long tokens live, seconds.
    life: AtomicI64,
    took: Duration,
}

fn reply(status: u16, body: &Value) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .body(Bytes::from(body.to_string()))
        .unwrap()
}

fn unauthorized() -> Response<Bytes> {
    reply(
        401,
        &json!({ "error": { "code": 401, "message": "The request you have made requires authentication." } }),
    )
}

impl Cloud {
    fn new(first: impl Fn(&Self, &Request<Bytes>) -> Option<Response<Bytes>> + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            clock: Arc::new(TestClock {
                began: tokio::time::Instant::now(),
                off: AtomicI64::new(0),
            }),
            first: Box::new(first),
            requests: Mutex::default(),
            signed_in: AtomicUsize::new(0),
            life: AtomicI64::new(24 * 3600),
            took: Duration::from_millis(200),
        })
    }

    fn plain() -> Arc<Self> {
        Self::new(|_, _| None)
    }

    fn session(self: &Arc<Self>, resolved: Resolved) -> Session {
        let transport: Arc<dyn Transport> = Arc::clone(self) as _;
        Session::new(resolved, transport, Arc::clone(&self.clock) as _)
    }

    fn requests(&self) -> Vec<Request<Bytes>> {
        self.requests.lock().clone()
    }

    fn paths(&self) -> Vec<String> {
        self.requests()
            .iter()
            .map(|request| request.uri().path().to_owned())
            .collect()
    }

    fn sign_ins(&self) -> usize {
        self.signed_in.load(Ordering::SeqCst)
    }

    fn token_body(&self) -> Value {
        let end = self.clock.now() + SignedDuration::from_secs(self.life.load(Ordering::SeqCst));
        json!({ "token": {
            "expires_at": end.to_string(),
            "project": { "id": PROJECT, "name": "eu-de_team" },
            "user": { "id": "u", "name": "me", "domain": { "id": "d", "name": "OTC42" } },
            "catalog": catalog(),
        } })
    }

    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let path = request.uri().path();
        match (request.method().as_str(), path) {
            ("POST", "/v3/auth/tokens") => {
                let number = self.signed_in.fetch_add(1, Ordering::SeqCst) + 1;
                let mut answer = reply(201, &self.token_body());
                let token = format!("token-{number}").parse().unwrap();
                answer.headers_mut().insert("x-subject-token", token);
                answer
            }
            ("GET", "/v3/auth/tokens") => match request.headers()["x-subject-token"].to_str().unwrap() {
                "given" => reply(200, &self.token_body()),
                _ => reply(
                    404,
                    &json!({ "error": { "code": 404, "message": "Failed to validate token" } }),
                ),
            },
            ("GET", "/v3/auth/catalog") => reply(200, &json!({ "catalog": catalog() })),
            ("GET", "/v3/projects") => reply(200, &json!({ "projects": [{ "id": PROJECT, "name": "eu-de_team" }] })),
            ("GET", "/v3/auth/domains") => reply(200, &json!({ "domains": [{ "id": "d42", "name": "OTC42" }] })),
            _ => {
                let newest = format!("token-{}", self.sign_ins());
                let token = request
                    .headers()
                    .get("x-auth-token")
                    .and_then(|token| token.to_str().ok());
                let signed = request.headers().contains_key(header::AUTHORIZATION);
                match signed || token == Some(newest.as_str()) || token == Some("given") {
                    true => reply(200, &json!({ "ok": true })),
                    false => unauthorized(),
                }
            }
        }
    }
}

fn catalog() -> Value {
    json!([{ "type": "data-protect", "endpoints": [
        { "region": "eu-de", "interface": "public", "url": "https://csbs.example/v1/$(project_id)s" },
    ] }])
}

#[async_trait]
impl Transport for Cloud {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.requests.lock().push(request.clone());
        let is_slow = request.uri().path().ends_with("/slow");
        let answer = (self.first)(self, &request).unwrap_or_else(|| self.answer(&request));
        tokio::time::sleep(self.took * if is_slow { 10 } else { 1 }).await;
        match answer.status().as_u16() {
            599 => Err(TransportError {
                delivery: Delivery::NotSent,
                message: "no route".to_owned(),
            }),
            _ => Ok(answer),
        }
    }
}

fn resolved(method: Method) -> Resolved {
    Resolved {
        method,
        auth_url: Some(Url::parse("https://iam.example/v3").unwrap()),
        project: Some(Project::Name(
            "eu-de_team".to_owned(),
            Some(Domain::Name("OTC42".to_owned())),
        )),
        domain: Some(Domain::Name("OTC42".to_owned())),
        agency: None,
        region: None,
        endpoint: None,
        cbr_endpoint: None,
        interface: "public".to_owned(),
        allow_reauth: true,
        tls: Tls::default(),
        max_retries: None,
        max_backoff_retries: None,
        backoff_retry_timeout: None,
        warnings: Vec::new(),
    }
}

fn password() -> Resolved {
    resolved(Method::Password {
        user: User::Name("me".to_owned(), Domain::Name("OTC42".to_owned())),
        password: "hunter2".into(),
        passcode: None,
    })
}

fn keys() -> Resolved {
    resolved(Method::AccessKeys(AccessKeys {
        access_key: "AKAKAK".into(),
        secret_key: "SKSKSK".into(),
        security_token: Some("STSTST".into()),
    }))
}

fn call() -> Request<Bytes> {
    Request::get(format!("https://csbs.example/v1/{PROJECT}/policies"))
        .body(Bytes::new())
        .unwrap()
}

fn post() -> Request<Bytes> {
    Request::post(format!("https://csbs.example/v1/{PROJECT}/policies"))
        .body(Bytes::from_static(b"{}"))
        .unwrap()
}

fn identity(error: SendError) -> IdentityError {
    match error {
        SendError::Identity(error) => error,
        SendError::Transport(error) => panic!("{error}"),
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_before_the_first_request() {
    let cloud = Cloud::plain();
    let session = cloud.session(password());
    assert!(cloud.requests().is_empty());
    let endpoint = session.endpoint(CloudService::Csbs).await.unwrap();
    assert_eq!(endpoint.base.as_str(), format!("https://csbs.example/v1/{PROJECT}"));
    assert_eq!(endpoint.region.as_deref(), Some("eu-de"));
    let sent: Value = serde_json::from_slice(cloud.requests()[0].body()).unwrap();
    assert_eq!(
        sent,
        json!({ "auth": {
            "identity": { "methods": ["password"], "password": { "user": {
                "name": "me", "password": "hunter2", "domain": { "name": "OTC42" } } } },
            "scope": { "project": { "name": "eu-de_team", "domain": { "name": "OTC42" } } },
        } })
    );
}

#[tokio::test(start_paused = true)]
async fn a_hundred_concurrent_callers_share_one_sign_in() {
    let cloud = Cloud::plain();
    let session = Arc::new(cloud.session(password()));
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let session = Arc::clone(&session);
            tokio::spawn(async move { session.send(CloudService::Csbs, call()).await.unwrap().status() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 200);
    }
    assert_eq!(cloud.sign_ins(), 1);
    assert_eq!(cloud.requests().len(), 101);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_callers_with_a_revoked_token_share_one_renewal_and_posts_are_repeated() {
    let cloud = Cloud::plain();
    let session = Arc::new(cloud.session(password()));
    session.endpoint(CloudService::Csbs).await.unwrap();
    // Another sign-in makes the first token worthless.
    cloud.signed_in.fetch_add(1, Ordering::SeqCst);
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let session = Arc::clone(&session);
            tokio::spawn(async move { session.send(CloudService::Csbs, post()).await.unwrap().status() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 200);
    }
    let sign_ins = cloud
        .paths()
        .iter()
        .filter(|path| path.as_str() == "/v3/auth/tokens")
        .count();
    assert_eq!(sign_ins, 2);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gives_up_does_not_affect_the_others() {
    let cloud = Cloud::plain();
    let session = Arc::new(cloud.session(password()));
    let first = tokio::time::timeout(Duration::from_millis(50), session.endpoint(CloudService::Csbs)).await;
    assert!(first.is_err());
    assert!(session.endpoint(CloudService::Csbs).await.is_ok());
    assert_eq!(cloud.sign_ins(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_ten_minutes_before_its_expiry() {
    let cloud = Cloud::plain();
    let session = cloud.session(password());
    session.send(CloudService::Csbs, call()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(24 * 3600 - 11 * 60)).await;
    session.send(CloudService::Csbs, call()).await.unwrap();
    assert_eq!(cloud.sign_ins(), 1);
    tokio::time::sleep(Duration::from_secs(90)).await;
    session.send(CloudService::Csbs, call()).await.unwrap();
    assert_eq!(cloud.sign_ins(), 2);
    let last = cloud.requests().pop().unwrap();
    assert_eq!(last.headers()["x-auth-token"], "token-2");
}

#[tokio::test(start_paused = true)]
async fn short_lived_tokens_are_used_for_most_of_their_lifetime() {
    let cloud = Cloud::plain();
    cloud.life.store(60, Ordering::SeqCst);
    let session = cloud.session(password());
    for _ in 0..10 {
        session.send(CloudService::Csbs, call()).await.unwrap();
        tokio::time::sleep(Duration::from_secs(4)).await;
    }
    assert_eq!(cloud.sign_ins(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failed_early_renewal_leaves_the_old_token_in_use() {
    let cloud = Cloud::new(|cloud, request| {
        let late = cloud.clock.began.elapsed() > Duration::from_secs(3600);
        (late && request.uri().host() == Some("iam.example")).then(|| reply(599, &Value::Null))
    });
    let session = cloud.session(password());
    session.send(CloudService::Csbs, call()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(24 * 3600 - 300)).await;
    assert_eq!(session.send(CloudService::Csbs, call()).await.unwrap().status(), 200);
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert!(matches!(
        identity(session.send(CloudService::Csbs, call()).await.unwrap_err()),
        IdentityError::Transport(_)
    ));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_never_accepts_a_token_causes_one_renewal_only() {
    let cloud = Cloud::new(|_, request| (request.uri().host() == Some("csbs.example")).then(unauthorized));
    let session = cloud.session(password());
    for _ in 0..20 {
        assert_eq!(session.send(CloudService::Csbs, call()).await.unwrap().status(), 401);
    }
    assert_eq!(cloud.sign_ins(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_sent_once_and_the_error_describes_the_request() {
    let cloud = Cloud::new(|_, request| (request.uri().path() == "/v3/auth/tokens").then(unauthorized));
    let session = Arc::new(cloud.session(password()));
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let session = Arc::clone(&session);
            tokio::spawn(async move { identity(session.send(CloudService::Csbs, call()).await.unwrap_err()) })
        })
        .collect();
    for task in tasks {
        let text = task.await.unwrap().to_string();
        for part in [
            "\"me\"",
            "\"OTC42\"",
            "\"eu-de_team\"",
            "https://iam.example/v3",
            "401",
            "a password",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(!text.contains("hunter2"), "{text}");
    }
    assert!(session.endpoint(CloudService::Csbs).await.is_err());
    assert_eq!(cloud.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_transient_failure_is_retried() {
    let cloud = Cloud::new(|cloud, request| {
        let early = cloud.clock.began.elapsed() < Duration::from_secs(1);
        (early && request.uri().path() == "/v3/auth/tokens").then(|| reply(503, &json!({ "message": "busy" })))
    });
    let session = cloud.session(password());
    let error = session.endpoint(CloudService::Csbs).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(session.endpoint(CloudService::Csbs).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_required_second_factor_is_reported() {
    let cloud = Cloud::new(|_, _| {
        let mut answer = reply(
            401,
            &json!({ "receipt": {}, "required_auth_methods": [["totp", "password"]] }),
        );
        answer
            .headers_mut()
            .insert("openstack-auth-receipt", "r".parse().unwrap());
        Some(answer)
    });
    let text = cloud
        .session(password())
        .endpoint(CloudService::Csbs)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("totp and password") && text.contains("OS_PASSCODE"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_redirect_of_the_identity_service_is_not_followed() {
    for status in [300_u16, 301, 302, 303, 307, 308] {
        for method in [password(), keys(), resolved(Method::Token("given".into()))] {
            let cloud = Cloud::new(move |_, _| {
                let mut answer = reply(status, &Value::Null);
                answer
                    .headers_mut()
                    .insert("location", "https://evil.example".parse().unwrap());
                Some(answer)
            });
            let error = cloud.session(method).endpoint(CloudService::Csbs).await.unwrap_err();
            assert!(
                matches!(error, IdentityError::Decode { status: told, .. } if told == status),
                "{error}"
            );
            assert!(error.to_string().contains("OS_AUTH_URL"), "{error}");
            let requests = cloud.requests();
            assert_eq!(requests.len(), 1);
            assert_eq!(requests[0].uri().host(), Some("iam.example"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_404_of_the_identity_url_says_that_the_address_is_wrong() {
    for method in [password(), keys()] {
        let cloud = Cloud::new(|_, _| Some(reply(404, &json!({ "error": { "code": 404, "message": "Not found" } }))));
        let error = cloud
            .session(method)
            .endpoint(CloudService::Csbs)
            .await
            .unwrap_err()
            .to_string();
        for part in [
            "https://iam.example/v3 answered HTTP status 404: Not found",
            "OS_AUTH_URL",
        ] {
            assert!(error.contains(part), "{error}");
        }
        assert!(!error.contains("locked"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_are_sent_to_the_endpoint_only() {
    for url in [
        "https://evil.example/v1/x",
        "http://csbs.example/v1/x",
        "https://csbs.example:444/v1/x",
    ] {
        for method in [password(), keys()] {
            let cloud = Cloud::plain();
            let request = Request::get(url).body(Bytes::new()).unwrap();
            let error = identity(
                cloud
                    .session(method)
                    .send(CloudService::Csbs, request)
                    .await
                    .unwrap_err(),
            );
            assert!(matches!(error, IdentityError::ForeignHost(_)), "{error}");
            assert!(
                cloud
                    .requests()
                    .iter()
                    .all(|request| request.uri().host() == Some("iam.example"))
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn allow_reauth_false_means_no_second_sign_in() {
    let cloud = Cloud::plain();
    let session = cloud.session(Resolved {
        allow_reauth: false,
        ..password()
    });
    session.send(CloudService::Csbs, call()).await.unwrap();
    cloud.signed_in.fetch_add(1, Ordering::SeqCst);
    let text = session.send(CloudService::Csbs, call()).await.unwrap_err().to_string();
    assert!(text.contains("OS_ALLOW_REAUTH"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_configured_token_and_a_passcode_cannot_be_renewed_and_the_error_says_so() {
    let passcode = resolved(Method::Password {
        user: User::Id("u".to_owned()),
        password: "hunter2".into(),
        passcode: Some("123456".into()),
    });
    let token = resolved(Method::Token("given".into()));
    for (method, word) in [(token, "OS_AUTH_TOKEN"), (passcode, "OS_PASSCODE")] {
        let cloud = Cloud::new(|cloud, request| {
            let late = cloud.clock.began.elapsed() > Duration::from_secs(60);
            (late && request.uri().host() == Some("csbs.example")).then(unauthorized)
        });
        let session = cloud.session(method);
        session.send(CloudService::Csbs, call()).await.unwrap();
        let before = cloud.requests().len();
        tokio::time::sleep(Duration::from_secs(100)).await;
        let text = session.send(CloudService::Csbs, call()).await.unwrap_err().to_string();
        assert!(
            text.contains(word) && text.contains("requires authentication"),
            "{text}"
        );
        assert_eq!(cloud.requests().len(), before + 1);
        // After its end it is not even sent.
        tokio::time::sleep(Duration::from_secs(25 * 3600)).await;
        let text = session.send(CloudService::Csbs, call()).await.unwrap_err().to_string();
        assert!(text.contains(word), "{text}");
        assert_eq!(cloud.requests().len(), before + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_passcode_is_sent_as_second_factor() {
    let cloud = Cloud::plain();
    let session = cloud.session(resolved(Method::Password {
        user: User::Id("u".to_owned()),
        password: "hunter2".into(),
        passcode: Some("123456".into()),
    }));
    session.endpoint(CloudService::Csbs).await.unwrap();
    let sent: Value = serde_json::from_slice(cloud.requests()[0].body()).unwrap();
    assert_eq!(
        sent["auth"]["identity"],
        json!({
            "methods": ["password", "totp"],
            "password": { "user": { "id": "u", "password": "hunter2" } },
            "totp": { "user": { "id": "u", "passcode": "123456" } },
        })
    );
}

#[tokio::test(start_paused = true)]
async fn a_configured_token_that_is_not_valid_is_reported() {
    let cloud = Cloud::plain();
    let error = cloud
        .session(resolved(Method::Token("old".into())))
        .endpoint(CloudService::Csbs)
        .await
        .unwrap_err();
    assert!(matches!(error, IdentityError::NotRenewable { .. }), "{error}");
    assert!(error.to_string().contains("Failed to validate token"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_configured_token_of_another_project_is_exchanged() {
    let cloud = Cloud::plain();
    let session = cloud.session(Resolved {
        project: Some(Project::Name("eu-nl".to_owned(), None)),
        ..resolved(Method::Token("given".into()))
    });
    session.endpoint(CloudService::Csbs).await.unwrap();
    let sent: Value = serde_json::from_slice(cloud.requests()[1].body()).unwrap();
    assert_eq!(
        sent["auth"],
        json!({
            "identity": { "methods": ["token"], "token": { "id": "given" } },
            "scope": { "project": { "name": "eu-nl", "domain": { "id": "d" } } },
        })
    );
}

fn agency() -> Agency {
    Agency {
        name: "helpers".to_owned(),
        domain: Domain::Name("OTC43".to_owned()),
        project: "eu-de_theirs".to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn an_agency_is_assumed_and_both_steps_are_renewed() {
    let cloud = Cloud::plain();
    let session = cloud.session(Resolved {
        agency: Some(agency()),
        ..password()
    });
    session.send(CloudService::Csbs, call()).await.unwrap();
    let second = &cloud.requests()[1];
    assert_eq!(second.headers()["x-auth-token"], "token-1");
    let sent: Value = serde_json::from_slice(second.body()).unwrap();
    assert_eq!(
        sent["auth"],
        json!({
            "identity": { "methods": ["assume_role"],
                          "assume_role": { "xrole_name": "helpers", "domain_name": "OTC43" } },
            "scope": { "project": { "name": "eu-de_theirs", "domain": { "name": "OTC43" } } },
        })
    );
    assert_eq!(cloud.requests()[2].headers()["x-auth-token"], "token-2");
    cloud.signed_in.fetch_add(1, Ordering::SeqCst);
    assert_eq!(session.send(CloudService::Csbs, call()).await.unwrap().status(), 200);
    assert_eq!(cloud.sign_ins(), 5);
}

#[tokio::test(start_paused = true)]
async fn an_agency_is_assumed_with_keys_for_the_account() {
    let cloud = Cloud::plain();
    let session = cloud.session(Resolved {
        agency: Some(agency()),
        ..keys()
    });
    session.send(CloudService::Csbs, call()).await.unwrap();
    assert_eq!(cloud.paths()[..2], ["/v3/auth/domains", "/v3/auth/tokens"]);
    let role = &cloud.requests()[1];
    assert_eq!(role.headers()["x-domain-id"], "d42");
    assert!(role.headers().contains_key(header::AUTHORIZATION));
    assert_eq!(cloud.requests()[2].headers()["x-auth-token"], "token-1");
    assert!(!cloud.requests()[2].headers().contains_key(header::AUTHORIZATION));
}

#[tokio::test(start_paused = true)]
async fn keys_sign_every_request_and_never_get_a_token() {
    let cloud = Cloud::plain();
    let session = cloud.session(keys());
    session.send(CloudService::Csbs, call()).await.unwrap();
    session.send(CloudService::Csbs, post()).await.unwrap();
    assert_eq!(cloud.paths()[..2], ["/v3/projects", "/v3/auth/catalog"]);
    for request in cloud.requests() {
        let authorization = request.headers()[header::AUTHORIZATION].to_str().unwrap().to_owned();
        assert!(
            authorization.starts_with("SDK-HMAC-SHA256 Access=AKAKAK, SignedHeaders="),
            "{authorization}"
        );
        assert!(authorization.contains("x-security-token"), "{authorization}");
        assert!(!request.headers().contains_key("x-auth-token"));
        if request.uri().path() != "/v3/projects" {
            assert_eq!(request.headers()["x-project-id"], PROJECT);
            assert!(authorization.contains("x-project-id"), "{authorization}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn keys_with_endpoint_and_project_need_no_identity_service() {
    let cloud = Cloud::plain();
    let session = cloud.session(Resolved {
        auth_url: None,
        endpoint: Some(Url::parse("https://csbs.example").unwrap()),
        project: Some(Project::Id(PROJECT.to_owned())),
        ..keys()
    });
    session.send(CloudService::Csbs, call()).await.unwrap();
    assert_eq!(cloud.requests().len(), 1);
}

fn keys_without_identity_service() -> Resolved {
    Resolved {
        endpoint: Some(Url::parse("https://csbs.example").unwrap()),
        project: Some(Project::Id(PROJECT.to_owned())),
        ..keys()
    }
}

#[tokio::test(start_paused = true)]
async fn refused_keys_are_used_once_by_all_concurrent_callers() {
    let quoted = "Incorrect IAM authentication information: verify aksk signature fail, \
                  GET|/v1/|host:csbs.example|x-security-token:STSTST|";
    let cloud = Cloud::new(move |_, _| Some(reply(401, &json!({ "error_code": "APIGW.0301", "error_msg": quoted }))));
    let session = Arc::new(cloud.session(keys_without_identity_service()));
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let session = Arc::clone(&session);
            tokio::spawn(
                async move { identity(session.send(CloudService::Csbs, call()).await.unwrap_err()).to_string() },
            )
        })
        .collect();
    for task in tasks {
        let text = task.await.unwrap();
        assert!(
            text.contains("APIGW.0301") && text.contains("host:csbs.example"),
            "{text}"
        );
        assert!(!text.contains("STSTST") && !text.contains("SKSKSK"), "{text}");
    }
    assert_eq!(cloud.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn requests_with_accepted_keys_are_sent_concurrently() {
    let cloud = Cloud::plain();
    let session = Arc::new(cloud.session(keys_without_identity_service()));
    session.send(CloudService::Csbs, call()).await.unwrap();
    let before = tokio::time::Instant::now();
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let session = Arc::clone(&session);
            tokio::spawn(async move { session.send(CloudService::Csbs, call()).await.unwrap().status() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 200);
    }
    assert_eq!(before.elapsed(), cloud.took);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_clock_is_reported() {
    let cloud = Cloud::new(|_, _| {
        let mut answer = reply(401, &json!({ "error_msg": "signature expired" }));
        answer
            .headers_mut()
            .insert(header::DATE, "Mon, 23 Nov 2026 12:00:00 GMT".parse().unwrap());
        Some(answer)
    });
    let session = cloud.session(keys_without_identity_service());
    cloud.clock.off.store(-3600, Ordering::Relaxed);
    let error = identity(session.send(CloudService::Csbs, call()).await.unwrap_err());
    assert!(matches!(error, IdentityError::ClockSkew { .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("2026-11-23T11:00:00Z") && text.contains("2026-11-23T12:00:00Z"),
        "{text}"
    );
    // A clock that is right leaves the reason to the service.
    let session = cloud.session(keys_without_identity_service());
    cloud.clock.off.store(0, Ordering::Relaxed);
    let error = identity(session.send(CloudService::Csbs, call()).await.unwrap_err());
    assert!(matches!(error, IdentityError::KeysRefused { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_does_not_block_the_keys() {
    let cloud =
        Cloud::new(|cloud, _| (cloud.clock.began.elapsed() < Duration::from_secs(1)).then(|| reply(599, &Value::Null)));
    let session = cloud.session(keys_without_identity_service());
    assert!(matches!(
        session.send(CloudService::Csbs, call()).await.unwrap_err(),
        SendError::Transport(_)
    ));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(session.send(CloudService::Csbs, call()).await.unwrap().status(), 200);
}

#[tokio::test(start_paused = true)]
async fn every_credential_is_sent_in_a_sensitive_header() {
    for method in [password(), keys(), resolved(Method::Token("given".into()))] {
        let cloud = Cloud::plain();
        cloud.session(method).send(CloudService::Csbs, call()).await.unwrap();
        for request in cloud.requests() {
            for name in ["x-auth-token", "x-subject-token", "authorization", "x-security-token"] {
                assert!(
                    request.headers().get(name).is_none_or(HeaderValue::is_sensitive),
                    "{name}"
                );
            }
            assert_ne!(request.method(), Verb::PUT);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_without_a_project_is_reported() {
    let cloud = Cloud::new(|_, request| {
        (request.uri().path() == "/v3/auth/tokens").then(|| {
            let mut answer = reply(
                201,
                &json!({ "token": { "expires_at": "2026-11-24T12:00:00.000000Z" } }),
            );
            answer.headers_mut().insert("x-subject-token", "t".parse().unwrap());
            answer
        })
    });
    let text = cloud
        .session(password())
        .endpoint(CloudService::Csbs)
        .await
        .unwrap_err()
        .to_string();
    assert!(text.contains("OS_PROJECT_NAME"), "{text}");
}

/// The result of a sign-in whose catalog names `url`, with the configuration that `change` makes.
async fn endpoint_of_catalog(url: &'static str, change: impl FnOnce(&mut Resolved)) -> Result<Endpoint, IdentityError> {
    let cloud = Cloud::new(move |cloud, request| {
        if request.method() != Verb::POST {
            return None;
        }
        let mut body = cloud.token_body();
        body["token"]["catalog"] = json!([{ "type": "data-protect", "endpoints": [
            { "interface": "public", "region": "eu-de", "url": url },
        ] }]);
        let mut answer = reply(201, &body);
        answer.headers_mut().insert("x-subject-token", "t".parse().unwrap());
        Some(answer)
    });
    let mut resolved = password();
    change(&mut resolved);
    cloud.session(resolved).endpoint(CloudService::Csbs).await
}

#[tokio::test(start_paused = true)]
async fn a_catalog_cannot_disable_encryption() {
    const PLAIN: &str = "http://csbs.example/v1";
    let set = |url: &str| Some(url.parse().unwrap());
    for plain in [PLAIN, "http://127.0.0.1:1/v1"] {
        let error = endpoint_of_catalog(plain, |_| {}).await.unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, IdentityError::NoEndpoint(..)), "{text}");
        assert!(
            text.contains("not encrypted") && text.contains("OS_CSBS_ENDPOINT"),
            "{text}"
        );
    }
    let local = |resolved: &mut Resolved| resolved.auth_url = set("http://127.0.0.1:5000/v3");
    let error = endpoint_of_catalog(PLAIN, local).await.unwrap_err().to_string();
    assert!(error.contains("leads away from this machine"), "{error}");

    for allowed in [
        endpoint_of_catalog("https://csbs.example/v1", |_| {}).await,
        endpoint_of_catalog(PLAIN, |resolved| resolved.tls.insecure = true).await,
        endpoint_of_catalog(PLAIN, |resolved| resolved.endpoint = set(PLAIN)).await,
        endpoint_of_catalog(PLAIN, |resolved| resolved.auth_url = set("http://iam.example/v3")).await,
        endpoint_of_catalog("http://127.0.0.1:1/v1", local).await,
    ] {
        assert!(allowed.is_ok(), "{allowed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_catalog_address_with_a_password_is_refused_without_showing_it() {
    for url in [
        "https://user:hunter2@csbs.example/v1",
        "https://hunter2@csbs.example/v1",
        "https://user:hunter2@csbs.example:notaport/v1",
    ] {
        let text = endpoint_of_catalog(url, |_| {}).await.unwrap_err().to_string();
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("address of CSBS"), "{text}");
    }
}

/// A transport that never answers.
struct Silent;

#[async_trait]
impl Transport for Silent {
    async fn send(&self, _request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        std::future::pending().await
    }
}

#[test]
fn a_session_dropped_during_its_sign_in_leaves_no_task() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let transport: Arc<dyn Transport> = Arc::new(Silent);
    let session = runtime.block_on(async {
        let clock = Arc::clone(&Cloud::plain().clock);
        let session = Session::new(password(), Arc::clone(&transport), clock);
        let endpoint = tokio::time::timeout(Duration::from_secs(5), session.endpoint(CloudService::Csbs)).await;
        assert!(endpoint.is_err());
        session
    });
    drop(runtime);
    drop(session);
    assert_eq!(Arc::strong_count(&transport), 1);
}

/// A cloud that answers `body` with `status` to a call until it has issued `sign_ins` tokens, and with 200 then.
fn refusing(status: u16, body: &'static str, sign_ins: usize) -> Arc<Cloud> {
    Cloud::new(move |cloud, request| {
        let is_call = request.uri().host() == Some("csbs.example");
        (is_call && cloud.sign_ins() < sign_ins).then(|| {
            let mut answer = Response::new(Bytes::from_static(body.as_bytes()));
            *answer.status_mut() = StatusCode::from_u16(status).unwrap();
            answer
        })
    })
}

#[tokio::test(start_paused = true)]
async fn a_401_about_the_url_is_not_about_the_credentials() {
    const BODY: &str = r#"{"unauthorized":{"code":"401","message":"Malformed request url"}}"#;
    for method in [password(), keys()] {
        let cloud = refusing(401, BODY, usize::MAX);
        let session = cloud.session(method);
        for _ in 0..2 {
            let answer = session.send(CloudService::Csbs, call()).await.unwrap();
            assert_eq!(answer.status(), 401);
        }
        assert!(cloud.sign_ins() <= 1, "nobody signs in again");
        let calls = cloud.requests();
        let calls = calls
            .iter()
            .filter(|request| request.uri().host() == Some("csbs.example"));
        assert_eq!(calls.count(), 2, "the keys are not stopped");
    }
}

#[tokio::test(start_paused = true)]
async fn a_500_about_the_authentication_inside_renews_the_token_once_and_repeats_nothing() {
    const BODY: &str = r#"{"error_code":"BackupService.9998","error_msg":"authentication failed"}"#;
    let cloud = refusing(500, BODY, 2);
    let session = cloud.session(password());
    assert_eq!(session.send(CloudService::Csbs, post()).await.unwrap().status(), 500);
    assert_eq!(cloud.sign_ins(), 2);
    assert_eq!(session.send(CloudService::Csbs, post()).await.unwrap().status(), 200);
    let cloud = refusing(500, BODY, usize::MAX);
    let session = cloud.session(password());
    for _ in 0..3 {
        assert_eq!(session.send(CloudService::Csbs, post()).await.unwrap().status(), 500);
    }
    assert_eq!(cloud.sign_ins(), 2, "a second new token would not help");
}

#[tokio::test(start_paused = true)]
async fn each_service_has_an_endpoint_of_its_own() {
    let set = |url: &str| Some(url.parse().unwrap());
    let cloud = Cloud::plain();
    let session = cloud.session(password());
    let missing = session.endpoint(CloudService::Cbr).await.unwrap_err();
    assert!(
        matches!(missing, IdentityError::NotInCatalog(CloudService::Cbr)),
        "{missing}"
    );
    assert!(session.endpoint(CloudService::Csbs).await.is_ok());
    assert_eq!(cloud.sign_ins(), 1);

    let mut both = password();
    both.cbr_endpoint = set("https://cbr.example");
    let session = cloud.session(both);
    let cbr = session.endpoint(CloudService::Cbr).await.unwrap();
    assert_eq!(cbr.base.as_str(), format!("https://cbr.example/v3/{PROJECT}"));
    let error = session.send(CloudService::Cbr, call()).await.unwrap_err();
    assert!(matches!(identity(error), IdentityError::ForeignHost(_)));

    // Where the address of one service is configured and no catalog comes with the token, none is read.
    let mut keys = keys();
    keys.cbr_endpoint = set("https://cbr.example/v3");
    let session = cloud.session(keys);
    assert!(session.endpoint(CloudService::Cbr).await.is_ok());
    let text = session.endpoint(CloudService::Csbs).await.unwrap_err().to_string();
    assert!(text.contains("OS_CSBS_ENDPOINT"), "{text}");
    assert!(
        cloud
            .requests()
            .iter()
            .all(|request| !request.uri().path().ends_with("/catalog"))
    );
}
