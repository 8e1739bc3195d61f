//! Configuration of a simulator.

use std::time::Duration;

use jiff::Timestamp;

use crate::{AccessKey, Agency, ApplicationCredential, CbrConfig, ClockMode, Project, RateLimit, Server, User};

/// Configuration of a simulator. The default has two regions, the users `demo` and `reader` in the domain `demo` (with their
/// names as passwords), four servers, tokio's time, and responses with quirks.
#[derive(Debug, Clone)]
pub struct Config {
    /// Seed of IDs and random choices.
    pub seed: u64,
    /// Mode of the clock.
    pub clock: ClockMode,
    /// Start of the time; for `None`, see [`crate::SimClock::new`].
    pub start: Option<Timestamp>,
    /// Durations.
    pub timing: Timing,
    /// Quirks of the responses.
    pub quirks: Quirks,
    /// Refuses undocumented members of bodies, undocumented query parameters, and a restore without `power_on`, with `CSBS.9001`.
    /// If `false`, they are ignored.
    pub strict: bool,
    /// Forms of policies in responses.
    pub policy_forms: PolicyForms,
    /// Rules for policies that the documentation leaves open.
    pub policy_rules: PolicyRules,
    /// Authentication of requests.
    pub auth: AuthMode,
    /// Servers at the start.
    pub servers: Vec<Server>,
    /// Regions with an endpoint in the catalog: the first one at `/v1` (CBR: `/v3`), the others at `/<region>/v1`.
    pub regions: Vec<String>,
    /// Endpoint of CSBS in the catalog.
    pub catalog_entry: CatalogEntry,
    /// ID of the domain of the built-in users.
    pub domain_id: String,
    /// Name of the domain of the built-in users.
    pub domain_name: String,
    /// Projects.
    pub projects: Vec<Project>,
    /// Built-in users.
    pub users: Vec<User>,
    /// Built-in application credentials.
    pub application_credentials: Vec<ApplicationCredential>,
    /// Built-in agencies.
    pub agencies: Vec<Agency>,
    /// Access keys for signed requests.
    pub access_keys: Vec<AccessKey>,
    /// Lifetime of a token.
    pub token_life: Duration,
    /// Rate limit of the gateway; `None` means no limit.
    pub rate_limit: Option<RateLimit>,
    /// Quotas of the project.
    pub quotas: Quotas,
    /// Runs policies by schedule.
    pub schedules: bool,
    /// Refuses new backups with `BackupService.4008`.
    pub closed: bool,
    /// Hides items that are being deleted from lists and counts; `GET /checkpoint_items/{id}` always shows them. `None` hides
    /// about half of them, always the same ones, and none with [`Quirks::Tidy`].
    pub hide_deleting: Option<bool>,
    /// Behaviour of Cloud Backup and Recovery.
    pub cbr: CbrConfig,
    /// Maximum number of requests in the log. Counters include older ones.
    pub log_limit: usize,
}

/// Endpoint of CSBS in the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CatalogEntry {
    /// Endpoint on the host that the client connected to.
    #[default]
    SameHost,
    /// `https://csbs.REGION.DOMAIN/v1/PROJECT`: one host per service, as in the clouds. For clients that redirect these requests
    /// here, such as one that calls [`crate::Simulator::router`].
    HostPerService {
        /// Domain, such as `cloud.example`.
        domain: String,
    },
    /// No endpoint: the project does not have the service.
    Missing,
}

/// Authentication of requests.
#[derive(Debug, Clone)]
pub enum AuthMode {
    /// By the built-in Keystone, with the configured users.
    BuiltIn,
    /// By a real Keystone, which validates every token.
    Keystone {
        /// URL with version, such as `http://127.0.0.1:5000/v3`.
        url: String,
        /// Time to cache its responses.
        cache: Duration,
    },
    /// None: every request is accepted. The built-in Keystone answers too.
    Open,
}

/// Quirks of the responses, within what the real service is known to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quirks {
    /// Responses follow the tables of the API reference.
    Tidy,
    /// A mix of all known forms; each object always has the same form.
    Mix,
    /// The mix, with numbers and booleans as strings.
    Wild,
}

/// Forms of policies in responses. With `None`, the form follows from the ID of the policy and so from the seed, or is that of
/// the API reference with [`Quirks::Tidy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PolicyForms {
    /// Status of an enabled policy.
    pub enabled_status: Option<EnabledStatus>,
    /// Omits `day_backups`, `week_backups`, `month_backups`, `year_backups` and `timezone`.
    pub without_calendar: Option<bool>,
    /// Form of `parameters`.
    pub parameters: Option<ParametersForm>,
    /// Returns another `provider_id` than was sent.
    pub other_provider_id: Option<bool>,
}

/// Status of an enabled policy in responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnabledStatus {
    /// `enabled`.
    Enabled,
    /// `suspended`.
    Suspended,
    /// `suspended` in the response to the create, `enabled` afterwards.
    SuspendedAtFirst,
}

/// Form of the `parameters` of a policy in responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParametersForm {
    /// As it was sent.
    Full,
    /// An object without the member `common`.
    WithoutCommon,
    /// Absent.
    Missing,
}

/// Rules for policies that the documentation leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PolicyRules {
    /// Treatment of a server that already belongs to another policy.
    pub server_of_another_policy: ServerOfAnotherPolicy,
    /// Treatment of a second scheduled operation.
    pub several_operations: SeveralOperations,
}

/// Treatment of a server that already belongs to another policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ServerOfAnotherPolicy {
    /// The request is refused with `CSBS.6004`, according to the API page.
    #[default]
    Refused,
    /// The server leaves the other policy, according to the console's user guide.
    Moved,
}

/// Treatment of a second scheduled operation in a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SeveralOperations {
    /// The request is refused with `CSBS.9001`.
    #[default]
    Refused,
    /// All operations are kept.
    Kept,
    /// The first one is kept, and the others are dropped silently.
    FirstKept,
}

/// Durations, before [`ClockMode::Real`] shortens them.
#[derive(Debug, Clone)]
pub struct Timing {
    /// From the response to a protect action until the item can be read.
    pub visible_after: Duration,
    /// Status `waiting_protect`.
    pub waiting: Duration,
    /// Status `protecting`; `None` computes it from the size.
    pub backup: Option<Duration>,
    /// Full backup, per GB.
    pub full_per_gb: Duration,
    /// Incremental backup, per GB.
    pub incremental_per_gb: Duration,
    /// Status `waiting_restore`.
    pub restore_waiting: Duration,
    /// Status `restoring`.
    pub restore: Duration,
    /// Status `deleting`.
    pub delete: Duration,
    /// Status `deleted`; with zero, the item disappears immediately.
    pub deleted_shown: Duration,
    /// Interval of clean-ups of scheduled backups. Like the times of schedules, it is not shortened.
    pub cleanup_every: Duration,
    /// Maximum number of concurrent deletions; further ones wait.
    pub deletions_at_once: usize,
}

/// Quotas of a project; -1 means no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Capacity, in GB.
    pub capacity: i64,
    /// Number of backups.
    pub backups: i64,
    /// Number of policies.
    pub policies: i64,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            visible_after: Duration::ZERO,
            waiting: Duration::from_secs(20),
            backup: None,
            full_per_gb: Duration::from_secs(18),
            incremental_per_gb: Duration::from_millis(3_600),
            restore_waiting: Duration::from_secs(10),
            restore: Duration::from_secs(600),
            delete: Duration::from_secs(60),
            deleted_shown: Duration::ZERO,
            cleanup_every: Duration::from_secs(2 * 24 * 3600),
            deletions_at_once: 5,
        }
    }
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            capacity: -1,
            backups: 600,
            policies: 32,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        let project = |id: &str, name: &str| Project {
            id: id.to_owned(),
            name: name.to_owned(),
        };
        Self {
            seed: 1,
            clock: ClockMode::TokioTime,
            start: None,
            timing: Timing::default(),
            quirks: Quirks::Mix,
            strict: true,
            policy_forms: PolicyForms::default(),
            policy_rules: PolicyRules::default(),
            auth: AuthMode::BuiltIn,
            servers: Server::some(4),
            regions: vec!["eu-de".to_owned(), "eu-nl".to_owned()],
            catalog_entry: CatalogEntry::SameHost,
            domain_id: "d0000000000000000000000000000001".to_owned(),
            domain_name: "demo".to_owned(),
            projects: vec![
                project("b942cc8342734d15bcb246babb1953cf", "eu-de"),
                project("b942cc8342734d15bcb246babb1953d0", "eu-nl"),
                project("b942cc8342734d15bcb246babb1953d1", "eu-de_other"),
            ],
            users: vec![
                User::new("u0000000000000000000000000000001", "demo", "demo"),
                User::new("u0000000000000000000000000000002", "reader", "reader").with_role(crate::Role::Reader),
                User::new("u0000000000000000000000000000003", "careful", "careful").with_passcode("123456"),
            ],
            application_credentials: vec![ApplicationCredential {
                id: "a0000000000000000000000000000001".to_owned(),
                name: "pipeline".to_owned(),
                secret: "pipeline-secret".to_owned(),
                user_id: "u0000000000000000000000000000001".to_owned(),
                project_id: "b942cc8342734d15bcb246babb1953cf".to_owned(),
            }],
            agencies: vec![Agency {
                name: "backup-operators".to_owned(),
                domain_id: "d0000000000000000000000000000002".to_owned(),
                domain_name: "customer".to_owned(),
                projects: vec![project("c942cc8342734d15bcb246babb1953cf", "eu-de_customer")],
            }],
            access_keys: vec![AccessKey {
                access: "SIMULATEDACCESSKEY01".to_owned(),
                secret: "simulated-secret-key".to_owned(),
                security_token: None,
                role: crate::Role::Member,
            }],
            token_life: Duration::from_secs(24 * 3600),
            rate_limit: None,
            quotas: Quotas::default(),
            schedules: false,
            closed: false,
            hide_deleting: None,
            cbr: CbrConfig::default(),
            log_limit: 20_000,
        }
    }
}
