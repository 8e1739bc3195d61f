//! The token cache in many orders of the steps of the requests that share it.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures_util::{future::join_all, pin_mut, poll};
use jiff::Timestamp;
use serde_json::json;
use shuttle::future::{block_on, spawn, yield_now};
use url::Url;

use super::*;
use crate::{
    http::TransportError,
    identity::resolved::{Project, Tls, User},
    sync::testing::in_many_orders,
};

const PROJECT: &str = "77b6a44cba5143ab91d13ab9a8ff44fd";

struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

/// A cloud that accepts the tokens of the sign-ins since the last revocation.
#[derive(Default)]
struct Cloud {
    sign_ins: AtomicUsize,
    first_valid: AtomicUsize,
    refused: AtomicUsize,
}

impl Cloud {
    /// Revokes all tokens that were issued so far.
    fn revoke(&self) {
        self.first_valid
            .store(self.sign_ins.load(Ordering::SeqCst) + 1, Ordering::SeqCst);
    }

    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        if request.uri().path().ends_with("/auth/tokens") {
            let number = self.sign_ins.fetch_add(1, Ordering::SeqCst) + 1;
            let body = json!({ "token": { "project": { "id": PROJECT, "name": "eu-de" }, "catalog": [] } });
            let answer = Response::builder().status(201).header("x-subject-token", number);
            return answer.body(Bytes::from(body.to_string())).unwrap();
        }
        let token: usize = request.headers()[AUTH_TOKEN].to_str().unwrap().parse().unwrap();
        let is_valid = token >= self.first_valid.load(Ordering::SeqCst);
        if !is_valid {
            self.refused.fetch_add(1, Ordering::SeqCst);
        }
        let answer = Response::builder().status(if is_valid { 200 } else { 401 });
        answer.body(Bytes::from_static(b"{}")).unwrap()
    }
}

#[async_trait]
impl Transport for Cloud {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        yield_now().await;
        let answer = self.answer(&request);
        yield_now().await;
        Ok(answer)
    }
}

fn session(cloud: &Arc<Cloud>) -> Arc<Session> {
    let resolved = Resolved {
        method: Method::Password {
            user: User::Id("user".to_owned()),
            password: "password".into(),
            passcode: None,
        },
        auth_url: Url::parse("https://iam.example/v3").ok(),
        project: Some(Project::Id(PROJECT.to_owned())),
        domain: None,
        agency: None,
        region: None,
        cbr_endpoint: None,
        endpoint: Url::parse("https://csbs.example/v1").ok(),
        interface: "public".to_owned(),
        allow_reauth: true,
        tls: Tls::default(),
        max_retries: None,
        max_backoff_retries: None,
        backoff_retry_timeout: None,
        warnings: Vec::new(),
    };
    Arc::new(Session::new(resolved, Arc::clone(cloud) as _, Arc::new(FixedClock)))
}

fn request() -> Request<Bytes> {
    Request::get("https://csbs.example/v1/policies")
        .body(Bytes::new())
        .unwrap()
}

/// Sends `count` requests at once, and asserts that all succeed.
async fn send_at_once(session: &Arc<Session>, count: usize) {
    let tasks: Vec<_> = (0..count)
        .map(|_| {
            let session = Arc::clone(session);
            spawn(async move { session.send(CloudService::Csbs, request()).await.unwrap().status() })
        })
        .collect();
    for status in join_all(tasks).await {
        assert_eq!(status.unwrap(), StatusCode::OK);
    }
}

#[test]
fn requests_at_once_share_one_sign_in() {
    for count in [2, 3] {
        in_many_orders(move || {
            let cloud = Arc::new(Cloud::default());
            let session = session(&cloud);
            block_on(send_at_once(&session, count));
            assert_eq!(cloud.sign_ins.load(Ordering::SeqCst), 1);
            assert_eq!(cloud.refused.load(Ordering::SeqCst), 0);
        });
    }
}

#[test]
fn a_revoked_token_is_renewed_once_and_not_sent_again_after_its_refusal() {
    for count in [2, 3] {
        in_many_orders(move || {
            let cloud = Arc::new(Cloud::default());
            let session = session(&cloud);
            block_on(async {
                session.endpoint(CloudService::Csbs).await.unwrap();
                cloud.revoke();
                send_at_once(&session, count).await;
            });
            assert_eq!(cloud.sign_ins.load(Ordering::SeqCst), 2);
            // Each request can have taken the old token before the first refusal, and never twice.
            assert!(cloud.refused.load(Ordering::SeqCst) <= count);
        });
    }
}

#[test]
fn a_revocation_during_the_requests_costs_one_sign_in() {
    in_many_orders(|| {
        let cloud = Arc::new(Cloud::default());
        let session = session(&cloud);
        let revoking = Arc::clone(&cloud);
        let revocation = spawn(async move {
            yield_now().await;
            revoking.revoke();
        });
        block_on(async {
            send_at_once(&session, 2).await;
            revocation.await.unwrap();
        });
        assert!(cloud.sign_ins.load(Ordering::SeqCst) <= 2);
    });
}

#[test]
fn a_caller_that_gives_up_leaves_the_sign_in_to_the_others() {
    in_many_orders(|| {
        let cloud = Arc::new(Cloud::default());
        let session = session(&cloud);
        let abandoned = {
            let session = Arc::clone(&session);
            spawn(async move {
                let send = session.send(CloudService::Csbs, request());
                pin_mut!(send);
                if poll!(&mut send).is_pending() {
                    yield_now().await;
                    let _ = poll!(&mut send);
                }
            })
        };
        block_on(async {
            send_at_once(&session, 1).await;
            abandoned.await.unwrap();
        });
        assert_eq!(cloud.sign_ins.load(Ordering::SeqCst), 1);
    });
}
