//! The simulator behind an in-memory transport, as the service of tests in virtual time.
//!
//! The one stand-in for the backup service in tests of the provider. The tests in `tests/documented` have a second service on
//! purpose: it answers with exactly the members that the API pages document, which the simulator does not.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use csbs_simulator::{
    AuthMode, Config, ConnectionFault, Effect, ItemRecord, Operation, Quirks, Quotas, Rule, Server, Simulator, Status,
    Timing,
};
use http::{Request, Response};
use jiff::Timestamp;
use otc_client::{
    http::{Clock, Delivery, Transport, TransportError},
    identity::{Endpoint, Endpoints, Environment, Session, Settings, resolve},
};
use serde_json::Value;

use crate::router_transport::RouterTransport;

/// The project of the session.
pub const PROJECT: &str = "b942cc8342734d15bcb246babb1953cf";

/// A server that exists from the beginning.
pub const SERVER: &str = "9506416d-db6c-406e-8bca-c0f43793d914";

/// Duration of `waiting_protect` in [`SimulatedService::new`].
const WAITING: Duration = Duration::from_secs(5);

/// Fate of a protect action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostAnswer {
    /// The connection ends before the service receives the request.
    RequestReset,
    /// No answer ever comes; the service does nothing.
    NeverAnswered,
    /// The connection ends after the service carried the request out.
    AnswerReset,
    /// The answer's JSON ends in the middle.
    AnswerTruncated,
    /// A proxy answers with status 502 after the service carried the request out.
    AnswerIs502,
}

/// Values that answers show instead of the simulator's: by ID of the object, and by JSON pointer inside it.
type Overrides = BTreeMap<String, BTreeMap<&'static str, Value>>;

/// A simulator in memory, and sessions with it.
#[derive(Clone)]
pub struct SimulatedService {
    /// The simulator.
    pub simulator: Simulator,
    overrides: Arc<Mutex<Overrides>>,
}

impl SimulatedService {
    /// A service with [`SERVER`], where a backup takes a minute, a deletion takes 20 s, and answers are tidy.
    pub fn new() -> Self {
        Self::with_servers(0)
    }

    /// As [`Self::new`], with as many servers `server-0`, `server-1` and so on.
    pub fn with_servers(count: usize) -> Self {
        Self::with(|config| {
            config.quirks = Quirks::Tidy;
            config.quotas = Quotas {
                backups: -1,
                ..config.quotas
            };
            config.timing = Timing {
                waiting: WAITING,
                delete: Duration::from_secs(20),
                deletions_at_once: usize::MAX,
                ..Timing::default()
            };
            config.servers = (0..count).map(|index| Server::new(format!("server-{index}"))).collect();
            config.servers.push(Server::new(SERVER));
        })
        .backups_of(Duration::from_secs(60))
    }

    /// A service with a changed configuration. Everyone is signed in.
    pub fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config {
            auth: AuthMode::Open,
            timing: Timing {
                backup: Some(Duration::from_secs(120)),
                restore: Duration::from_secs(300),
                ..Timing::default()
            },
            ..Config::default()
        };
        change(&mut config);
        Self {
            simulator: Simulator::new(config),
            overrides: Arc::default(),
        }
    }

    /// A new session of a signed-in user.
    pub fn session(&self) -> Arc<Session> {
        let transport = OverridingTransport {
            inner: RouterTransport::new(self.simulator.router())
                .with_faults(|extensions| extensions.get::<ConnectionFault>().map(|_| Delivery::Unknown)),
            overrides: Arc::clone(&self.overrides),
        };
        session(transport, SimulatedClock(self.simulator.clone()))
    }

    /// A new session that signs in, so that it finds the endpoints of both regions in the catalog. `more` are environment variables
    /// besides those of the user and the project.
    pub fn signed_in_session(&self, more: &[(&str, &str)]) -> Arc<Session> {
        let variables = [
            ("OS_AUTH_URL", "https://iam.example/v3"),
            ("OS_USERNAME", "demo"),
            ("OS_PASSWORD", "demo"),
            ("OS_DOMAIN_NAME", "demo"),
            ("OS_PROJECT_NAME", "eu-de"),
        ];
        let variables = variables.iter().chain(more);
        let variables = variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment = Environment::new("/nowhere".into(), variables);
        let resolved = resolve(&Settings::default(), &environment).expect("complete settings");
        let transport = RouterTransport::new(self.simulator.router());
        let clock = SimulatedClock(self.simulator.clone());
        Arc::new(Session::new(resolved, Arc::new(transport), Arc::new(clock)))
    }

    /// Sets the duration of backups from now on, from the protect action until `available`.
    pub fn set_backup_time(&self, time: Duration) {
        self.simulator
            .configure(|config| config.timing.backup = Some(time.saturating_sub(config.timing.waiting)));
    }

    fn backups_of(self, time: Duration) -> Self {
        self.set_backup_time(time);
        self
    }

    /// Sets the duration of deletions from now on.
    pub fn set_deletion_time(&self, time: Duration) {
        self.simulator.configure(|config| config.timing.delete = time);
    }

    /// All backups, oldest first.
    pub fn items(&self) -> Vec<ItemRecord> {
        self.simulator.inventory().items().cloned().collect()
    }

    /// Number of requests with this method whose path contains `part`.
    pub fn count(&self, method: &str, part: &str) -> usize {
        let requests = self.simulator.requests().into_iter();
        requests
            .filter(|request| request.method == method && request.path.contains(part))
            .count()
    }

    /// Number of requests that are not `GET`.
    pub fn writes(&self) -> usize {
        let requests = self.simulator.requests().into_iter();
        requests.filter(|request| request.method != "GET").count()
    }

    /// A finished checkpoint of these servers that someone else made; returns its ID.
    pub fn make_checkpoint(&self, servers: &[&str], name: Option<&str>) -> String {
        self.simulator.make_checkpoint(PROJECT, servers, name).id
    }

    /// A finished checkpoint of [`SERVER`] and `others` more servers that a policy made, by its schedule or by a manual run.
    pub fn make_checkpoint_of_policy(&self, name: &str, others: usize, scheduled: bool) {
        let others: Vec<String> = (0..others).map(|index| format!("server-{index}")).collect();
        let servers: Vec<&str> = others.iter().map(String::as_str).chain([SERVER]).collect();
        let checkpoint = self.simulator.make_checkpoint(PROJECT, &servers, Some(name));
        for item in checkpoint.items {
            self.override_member(&item.id, "/extend_info/auto_trigger", scheduled.into());
        }
    }

    /// The service refuses to back up [`SERVER`], with this code.
    pub fn refuse_server(&self, code: &str) {
        self.simulator.add_server(Server::new(SERVER).refused(code));
    }

    /// The next backup fails.
    pub fn fail_next_backup(&self, code: &str, reason: &str) {
        self.simulator.fail_next_backup(None, code, reason);
    }

    /// The next protect action has no usable answer.
    pub fn lose_protect(&self, lost: LostAnswer) {
        self.next_protect(match lost {
            LostAnswer::RequestReset => Effect::DropBefore,
            LostAnswer::NeverAnswered => Effect::Stall,
            LostAnswer::AnswerReset => Effect::DropAfter,
            LostAnswer::AnswerTruncated => Effect::TruncateJson,
            LostAnswer::AnswerIs502 => Effect::BadGateway { after: true },
        });
    }

    /// The answers to protect actions take as long, after the work is done.
    pub fn slow_protect(&self, time: Duration) {
        let seconds = time.as_secs_f64();
        self.fault(Rule::on(Operation::Protect, Effect::DelayAfter { seconds }));
    }

    /// The next protect action is refused, with a code of the service or in the form of other services.
    pub fn refuse_protect(&self, status: u16, code: Option<&str>) {
        self.next_protect(code.map_or_else(
            || Effect::Answer {
                status,
                headers: Vec::new(),
                body: format!(r#"{{"error": {{"code": {status}, "message": "no", "title": "No"}}}}"#),
            },
            |code| Effect::refuse(status, code),
        ));
    }

    /// Every read of backups is refused.
    pub fn refuse_reads(&self, status: u16) {
        let refusal = Effect::refuse(status, "APIG.0301");
        self.fault(Rule::on_path("/checkpoint_items", refusal).method("GET"));
    }

    /// Adds a fault.
    pub fn fault(&self, rule: Rule) {
        self.simulator.fault(rule).expect("a valid rule");
    }

    fn next_protect(&self, effect: Effect) {
        self.fault(Rule::on(Operation::Protect, effect).times(1));
    }

    /// Sets the status of a backup in all later responses; it need not be a documented one.
    pub fn set_status(&self, id: &str, status: &str) {
        if let Some(known) = Status::from_name(status) {
            self.simulator.set_item_status(id, known);
        }
        self.override_member(id, "/status", status.into());
    }

    /// A restore from a backup fails.
    pub fn fail_restore(&self, id: &str) {
        self.set_status(id, "error");
        self.override_member(id, "/extend_info/fail_op", "restore".into());
    }

    fn override_member(&self, id: &str, pointer: &'static str, value: Value) {
        let mut overrides = lock(&self.overrides);
        overrides.entry(id.to_owned()).or_default().insert(pointer, value);
    }

    /// Someone else deletes a backup.
    pub fn remove(&self, id: &str) {
        assert!(self.simulator.remove_item(id), "there is no backup {id}");
    }

    /// Someone else adds a tag.
    pub fn add_tag(&self, id: &str, key: &str, value: &str) {
        let item = self.simulator.inventory().item(id).cloned().expect("a backup");
        let mut tags: Vec<(&str, &str)> = item.tags.iter().map(|(key, value)| (&**key, &**value)).collect();
        tags.push((key, value));
        assert!(self.simulator.tag_item(id, &tags));
    }

    /// Someone else renames a backup.
    pub fn rename(&self, id: &str, name: &str) {
        assert!(self.simulator.rename_item(id, name));
    }

    /// Someone else changes a description.
    pub fn describe(&self, id: &str, description: &str) {
        assert!(self.simulator.describe_item(id, Some(description)));
    }

    /// Someone else makes an image from a backup.
    pub fn make_image(&self, id: &str) {
        assert!(self.simulator.set_item_images(id, &["image"]));
    }
}

/// A session of a signed-in user in [`PROJECT`], whatever the service is.
pub fn session(transport: impl Transport + 'static, clock: impl Clock + 'static) -> Arc<Session> {
    let endpoint = |version: &str| Endpoint {
        base: format!("https://csbs.example/{version}/{PROJECT}")
            .parse()
            .expect("a URL"),
        project_id: PROJECT.to_owned(),
        region: Some("eu-de".to_owned()),
    };
    let endpoints = Endpoints {
        csbs: Ok(endpoint("v1")),
        cbr: Ok(endpoint("v3")),
    };
    Arc::new(Session::with_token(
        endpoints,
        "token".into(),
        Arc::new(transport),
        Arc::new(clock),
    ))
}

/// The simulator's clock, which follows tokio's.
struct SimulatedClock(Simulator);

impl Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        self.0.clock().wall()
    }
}

/// Applies [`Overrides`] to every answer.
struct OverridingTransport {
    inner: RouterTransport,
    overrides: Arc<Mutex<Overrides>>,
}

#[async_trait]
impl Transport for OverridingTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let response = self.inner.send(request).await?;
        let overrides = lock(&self.overrides).clone();
        if overrides.is_empty() {
            return Ok(response);
        }
        Ok(response.map(|body| match serde_json::from_slice(&body) {
            Ok(mut json) => {
                apply(&mut json, &overrides);
                Bytes::from(json.to_string())
            }
            Err(_) => body,
        }))
    }
}

fn apply(json: &mut Value, overrides: &Overrides) {
    let id = json.get("id").and_then(Value::as_str);
    if let Some(values) = id.and_then(|id| overrides.get(id)) {
        for (pointer, value) in values {
            if let Some(member) = json.pointer_mut(pointer) {
                *member = value.clone();
            }
        }
    }
    match json {
        Value::Object(members) => members.values_mut().for_each(|member| apply(member, overrides)),
        Value::Array(elements) => elements.iter_mut().for_each(|element| apply(element, overrides)),
        _ => {}
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
