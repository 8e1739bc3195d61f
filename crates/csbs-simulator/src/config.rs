//! What a simulator is like.

use std::time::Duration;

use jiff::Timestamp;

use crate::{AccessKey, Agency, ApplicationCredential, ClockMode, Project, RateLimit, Server, User};

/// What a simulator is like. The default: two regions, the users `demo` and `reader` (each name is the password too) in
/// the domain `demo`, four servers, tokio's time, answers with oddities.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where ids and chance come from.
    pub seed: u64,
    /// What moves the time.
    pub clock: ClockMode,
    /// The time at the beginning; `None`: see [`crate::SimClock::new`].
    pub start: Option<Timestamp>,
    /// How long things take.
    pub timing: Timing,
    /// How untidy the answers are.
    pub oddities: Oddities,
    /// Refuses with `CSBS.9001` members of a body and query parameters that the API pages do not name, and a restore
    /// without `power_on`. Off: they are ignored.
    pub strict: bool,
    /// Forms of policies in answers.
    pub policy_forms: PolicyForms,
    /// Rules about policies that the documentation leaves open.
    pub policy_rules: PolicyRules,
    /// Who may come in.
    pub auth: AuthMode,
    /// The servers at the beginning.
    pub servers: Vec<Server>,
    /// Regions with an endpoint in the catalog. The first one's is at `/v1`, another's at `/<region>/v1`.
    pub regions: Vec<String>,
    /// What the catalog says of CSBS.
    pub catalog_entry: CatalogEntry,
    /// Id of the domain of the built-in users.
    pub domain_id: String,
    /// Name of the domain of the built-in users.
    pub domain_name: String,
    /// The projects.
    pub projects: Vec<Project>,
    /// Built-in users.
    pub users: Vec<User>,
    /// Built-in application credentials.
    pub application_credentials: Vec<ApplicationCredential>,
    /// Built-in agencies.
    pub agencies: Vec<Agency>,
    /// Key pairs that may sign requests.
    pub access_keys: Vec<AccessKey>,
    /// How long a token lives.
    pub token_life: Duration,
    /// How many requests are answered, of all that come; `None`: all.
    pub rate_limit: Option<RateLimit>,
    /// What the project may have.
    pub quotas: Quotas,
    /// Whether policies run by themselves when their time comes.
    pub schedules: bool,
    /// Whether the service refuses new backups with `BackupService.4008`.
    pub closed: bool,
    /// Whether lists and counts hide items that are being deleted, which `GET /checkpoint_items/{id}` shows. `None`: for about
    /// half of the items, steady per item; for none with [`Oddities::Tidy`].
    pub hide_deleting: Option<bool>,
    /// How many requests the log keeps; counters go on.
    pub log_limit: usize,
}

/// What the catalog says of CSBS.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CatalogEntry {
    /// An address on the host that the client reached the simulator by.
    #[default]
    SameHost,
    /// `https://csbs.REGION.DOMAIN/v1/PROJECT`: a host per service, as the clouds have it. For clients that bring such
    /// requests here, such as one that calls [`crate::Simulator::router`].
    HostPerService {
        /// The domain, such as `cloud.example`.
        domain: String,
    },
    /// Nothing: the project does not have the service.
    Missing,
}

/// Who decides whom to let in.
#[derive(Debug, Clone)]
pub enum AuthMode {
    /// The simulator itself, with the users of its configuration.
    BuiltIn,
    /// A real Keystone, which is asked about every token.
    Keystone {
        /// Its address with version, such as `http://127.0.0.1:5000/v3`.
        url: String,
        /// How long an answer of it is believed.
        cache: Duration,
    },
    /// Everyone, whatever token they show. The built-in Keystone answers too.
    Open,
}

/// How untidy the answers are, within what the API is known to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddities {
    /// As the reference's tables say.
    Tidy,
    /// A mix of all forms that were seen, steady per object.
    Mix,
    /// The mix, and numbers and booleans as text.
    Wild,
}

/// The forms that policies have in answers. `None`: the form follows from the policy's id, and so from the seed; with
/// [`Oddities::Tidy`] it is the form of the reference's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PolicyForms {
    /// The status of an enabled policy.
    pub enabled_status: Option<EnabledStatus>,
    /// Whether answers leave out `day_backups`, `week_backups`, `month_backups`, `year_backups` and `timezone`.
    pub without_calendar: Option<bool>,
    /// What answers show of `parameters`.
    pub parameters: Option<ParametersForm>,
    /// Whether answers have another `provider_id` than was sent.
    pub other_provider_id: Option<bool>,
}

/// The status of an enabled policy in answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnabledStatus {
    /// `enabled`.
    Enabled,
    /// `suspended`.
    Suspended,
    /// `suspended` in the answer to the create, `enabled` afterwards.
    SuspendedAtFirst,
}

/// What answers show of the `parameters` of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParametersForm {
    /// As they were sent.
    Full,
    /// An object without the member `common`.
    WithoutCommon,
    /// Nothing.
    Missing,
}

/// Rules about policies that the documentation leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PolicyRules {
    /// What becomes of a server that is sent for a policy while it is in another one.
    pub server_of_another_policy: ServerOfAnotherPolicy,
    /// What becomes of a second scheduled operation.
    pub several_operations: SeveralOperations,
}

/// What becomes of a server that is sent for a policy while it is in another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ServerOfAnotherPolicy {
    /// The request is refused with `CSBS.6004`, as the API page says.
    #[default]
    Refused,
    /// It leaves the other policy, as the console's guide says.
    Moved,
}

/// What becomes of a second scheduled operation in one policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SeveralOperations {
    /// The request is refused with `CSBS.9001`.
    #[default]
    Refused,
    /// All operations are kept.
    Kept,
    /// The first one is kept, and the others are dropped without a word.
    FirstKept,
}

/// How long things take, before [`ClockMode::Real`] shortens it.
#[derive(Debug, Clone)]
pub struct Timing {
    /// After the answer to a protect action, until the item can be read.
    pub visible_after: Duration,
    /// In `waiting_protect`.
    pub waiting: Duration,
    /// In `protecting`, whatever the size; `None`: by size.
    pub backup: Option<Duration>,
    /// Full backup, per GB of disk.
    pub full_per_gb: Duration,
    /// Incremental backup, per GB of disk.
    pub incremental_per_gb: Duration,
    /// In `waiting_restore`.
    pub restore_waiting: Duration,
    /// In `restoring`.
    pub restore: Duration,
    /// In `deleting`.
    pub delete: Duration,
    /// How long a deleted item is still shown as `deleted`; zero: it is gone at once.
    pub deleted_shown: Duration,
    /// Between two clean-ups of scheduled backups. As the dates of schedules, it is not shortened.
    pub cleanup_every: Duration,
    /// Deletions at one time; more wait.
    pub deletions_at_once: usize,
}

/// What a project may have; -1: no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// GB.
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
            oddities: Oddities::Mix,
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
            log_limit: 20_000,
        }
    }
}
