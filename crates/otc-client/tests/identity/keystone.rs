//! The Keystone that is there, and sessions with it.

use std::{env, fs, sync::Arc, time::SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use otc_client::{
    http::{HttpOptions, NetworkTransport, SystemClock, Transport, TransportError},
    identity::{Environment, Session, Settings, resolve},
};
use ring::hmac;
use serde_json::{Value, json};
use std::sync::Mutex;

/// What was seeded.
pub struct Keystone {
    seed: Value,
    transport: Arc<Recording>,
}

/// The network, and the tokens that went over it.
pub struct Recording {
    network: NetworkTransport,
    tokens: Mutex<Vec<String>>,
    sign_ins: Mutex<usize>,
}

#[async_trait]
impl Transport for Recording {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        if let Some(token) = request.headers().get("x-auth-token") {
            self.tokens.lock().unwrap().push(token.to_str().unwrap().to_owned());
        }
        let is_sign_in = request.method() == "POST" && request.uri().path() == "/v3/auth/tokens";
        let answer = self.network.send(request).await;
        // Keystone's SQLite database can be locked by another test, which is a 500: such a sign-in is rightly repeated.
        let is_locked = answer.as_ref().is_ok_and(|answer| answer.status() == 500);
        if is_sign_in && !is_locked {
            *self.sign_ins.lock().unwrap() += 1;
        }
        answer
    }
}

impl Keystone {
    /// The one that was started; `None`, with a printed reason, when there is none and that is all right.
    pub fn get() -> Option<Self> {
        let Some(path) = env::var_os("CSBS_TEST_KEYSTONE") else {
            assert!(
                env::var("CI").as_deref() != Ok("true"),
                "CSBS_TEST_KEYSTONE is not set: in CI the tests against a real Keystone must run. `cargo xtask test` starts \
                 one; by hand: tests/keystone/start.sh DIR PORT, then CSBS_TEST_KEYSTONE=DIR/seed.json"
            );
            eprintln!(
                "skipped: CSBS_TEST_KEYSTONE is not set, so there is no Keystone to sign in to (cargo xtask test starts one)"
            );
            return None;
        };
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Some(Self {
            seed: serde_json::from_str(&text).unwrap(),
            transport: Arc::new(Recording {
                network: NetworkTransport::new(HttpOptions::default()).unwrap(),
                tokens: Mutex::default(),
                sign_ins: Mutex::default(),
            }),
        })
    }

    /// A seeded value, by JSON pointer.
    pub fn text(&self, pointer: &str) -> &str {
        self.seed
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("the seed has no {pointer}; delete the folder and start Keystone anew"))
    }

    /// A session configured by variables, as in a pipeline; `OS_AUTH_URL` and the domain are set already.
    pub fn session(&self, variables: &[(&str, &str)]) -> Session {
        let all = [
            ("OS_AUTH_URL", self.text("/auth_url")),
            ("OS_USER_DOMAIN_NAME", self.text("/domain/name")),
        ];
        let all = all
            .iter()
            .chain(variables)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment = Environment::new("/nowhere".into(), all);
        match resolve(&Settings::default(), &environment) {
            Ok(resolved) => Session::new(resolved, Arc::clone(&self.transport) as _, Arc::new(SystemClock)),
            Err(problems) => panic!("{problems:?}"),
        }
    }

    /// How often anyone signed in through this test's transport.
    pub fn sign_ins(&self) -> usize {
        *self.transport.sign_ins.lock().unwrap()
    }

    /// The token that was used last.
    pub fn last_token(&self) -> String {
        self.transport.tokens.lock().unwrap().last().unwrap().clone()
    }

    /// A call that does not go through a session. Keystone's SQLite database can be locked by another test, which is a 500.
    pub async fn call(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Response<Bytes> {
        let mut answer = self.call_once(method, path, headers, body).await;
        for _ in 0..5 {
            if answer.status() != 500 {
                break;
            }
            answer = self.call_once(method, path, headers, body).await;
        }
        answer
    }

    async fn call_once(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Response<Bytes> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.text("/auth_url")))
            .header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.transport
            .network
            .send(request.body(Bytes::from(body)).unwrap())
            .await
            .unwrap()
    }

    /// A token got without a session.
    pub async fn token(&self, project: Option<&str>) -> String {
        let mut auth = json!({ "identity": { "methods": ["password"], "password": { "user": {
            "id": self.text("/user/id"), "password": self.text("/user/password") } } } });
        auth["scope"] = match project {
            Some(id) => json!({ "project": { "id": id } }),
            None => json!("unscoped"),
        };
        let answer = self.call("POST", "/auth/tokens", &[], &json!({ "auth": auth })).await;
        assert_eq!(answer.status(), 201);
        answer.headers()["x-subject-token"].to_str().unwrap().to_owned()
    }

    /// Makes a token worthless.
    pub async fn revoke(&self, token: &str) {
        let headers = [("x-auth-token", token), ("x-subject-token", token)];
        let answer = self.call("DELETE", "/auth/tokens", &headers, &Value::Null).await;
        assert_eq!(answer.status(), 204);
    }

    /// The passcode of this half minute.
    pub fn passcode(&self) -> String {
        let secret = base32(self.text("/user_mfa/totp_secret_base32"));
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
        let tag = hmac::sign(&key, &(now / 30).to_be_bytes());
        let tag = tag.as_ref();
        let at = usize::from(tag[19] & 0x0f);
        let number = u32::from_be_bytes(tag[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

fn base32(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => panic!("no base32"),
        };
        held = (held << 5) | u32::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xff).unwrap());
        }
    }
    bytes
}
