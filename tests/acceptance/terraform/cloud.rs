//! The simulated service of one test.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use csbs_simulator::{
    BackupRecord, ClockMode, Config, Effect, FIRST_VAULT_ID, NewBackup, PolicyForms, Rule, Served, Server, Simulator,
    Timing,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// Every CSBS request advances the service's time by this number of seconds: a backup is complete at its first lookup.
const STEP: f64 = 100.0;
/// Longest wait of a test.
const LIMIT: Duration = Duration::from_secs(60);

/// The moment at which a connection is dropped.
#[derive(Debug, Clone, Copy)]
pub enum After {
    /// After the service has executed the request.
    Effect,
}

/// The simulated service of one test, on its own port.
pub struct Cloud {
    simulator: Simulator,
    served: Served,
}

/// Paths in tests are regular expressions, as in fault rules.
fn matches(path: &str, pattern: &str) -> bool {
    regex::Regex::new(pattern).expect("a pattern").is_match(path)
}

/// One runtime serves the services of all tests.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap()
    })
}

impl Cloud {
    /// Starts a service with a few servers and no backups.
    pub fn start() -> Self {
        let config = Config {
            clock: ClockMode::PerRequest { step: STEP },
            timing: Timing {
                backup: Some(Duration::from_secs(60)),
                ..Timing::default()
            },
            ..Config::default()
        };
        let _inside = runtime().enter();
        let simulator = Simulator::new(config);
        let served = runtime()
            .block_on(simulator.serve(([127, 0, 0, 1], 0).into()))
            .expect("a port");
        Self { simulator, served }
    }

    /// Address and credentials, as lines of the provider block.
    pub fn provider_arguments(&self) -> String {
        format!(
            "  auth_url    = \"{}\"\n  user_name   = \"demo\"\n  password    = \"demo\"\n  domain_name = \"demo\"\n  \
             tenant_name = \"eu-de\"\n  region      = \"eu-de\"\n",
            self.served.auth_url()
        )
    }

    fn project(&self) -> &str {
        &self.simulator.config().projects[0].id
    }

    /// ID of one of the servers that exist from the start.
    pub fn server(&self, n: usize) -> String {
        self.simulator.config().servers[n].id.clone()
    }

    /// Adds `n` servers and returns their IDs.
    pub fn add_servers(&self, n: usize) -> Vec<String> {
        let ids: Vec<_> = (0..n).map(|at| format!("0a0a0a0a-0000-4000-8000-{at:012}")).collect();
        for id in &ids {
            self.simulator.add_server(Server::new(id.clone()));
        }
        ids
    }

    /// IDs of all checkpoints, oldest first.
    pub fn checkpoints(&self) -> Vec<String> {
        self.simulator
            .inventory()
            .checkpoints
            .into_iter()
            .map(|checkpoint| checkpoint.id)
            .collect()
    }

    /// All items.
    pub fn items(&self) -> Vec<Value> {
        self.simulator.inventory().items().map(|item| json!(item)).collect()
    }

    /// All policies.
    pub fn policies(&self) -> Vec<Value> {
        self.simulator
            .inventory()
            .policies
            .iter()
            .map(|policy| json!(policy))
            .collect()
    }

    /// Chooses the forms that policies have in answers.
    pub fn policy_forms(&self, forms: PolicyForms) {
        self.simulator.configure(|config| config.policy_forms = forms);
    }

    /// Makes the service keep every scheduled operation of a policy.
    pub fn keep_several_operations(&self) {
        self.simulator
            .configure(|config| config.policy_rules.several_operations = csbs_simulator::SeveralOperations::Kept);
    }

    /// Creates a policy outside of Terraform; returns its ID.
    pub fn make_policy(&self, policy: &Value) -> String {
        self.simulator.make_policy(self.project(), policy).expect("a policy")
    }

    /// Creates a finished backup in a vault of CBR outside of Terraform; returns its ID. Every server is in that vault.
    pub fn make_vault_backup(&self, server: &str, name: &str, created_at: Timestamp) -> String {
        let age = self.simulator.now().duration_since(created_at).as_secs();
        let new = NewBackup {
            servers: vec![server.to_owned()],
            name: Some(name.to_owned()),
            age: u64::try_from(age).expect("a time in the past"),
            ..NewBackup::default()
        };
        let backups = self.simulator.cbr().make_backups(FIRST_VAULT_ID, &new);
        backups.expect("the first vault").remove(0).id
    }

    /// The present time of the service.
    pub fn now(&self) -> Timestamp {
        self.simulator.now()
    }

    /// Deletes a policy outside of Terraform.
    pub fn remove_policy(&self, id: &str) {
        assert!(self.simulator.remove_policy(id));
    }

    /// One item, as the service sees it.
    pub fn item(&self, id: &str) -> Value {
        json!(self.simulator.inventory().item(id).expect("the item exists"))
    }

    /// Its tags.
    pub fn tags(&self, id: &str) -> Value {
        self.item(id)["tags"].clone()
    }

    /// Replaces its tags outside of Terraform.
    pub fn set_tags(&self, id: &str, tags: &[(&str, &str)]) {
        assert!(self.simulator.tag_item(id, tags));
    }

    /// Changes its name or description outside of Terraform.
    pub fn change_item(&self, id: &str, changes: &Value) {
        if let Some(name) = changes.get("name") {
            assert!(self.simulator.rename_item(id, name.as_str().expect("a name")));
        }
        if let Some(description) = changes.get("description") {
            assert!(self.simulator.describe_item(id, description.as_str()));
        }
        if changes.get("status").is_some_and(|status| status == "error") {
            assert!(self.simulator.set_item_status(id, csbs_simulator::Status::Error));
        }
    }

    /// Deletes a checkpoint outside of Terraform.
    pub fn remove_checkpoint(&self, id: &str) {
        let inventory = self.simulator.inventory();
        for item in &inventory.checkpoint(id).expect("the checkpoint exists").items {
            assert!(self.simulator.remove_item(&item.id));
        }
    }

    /// Bodies of the received protect actions.
    pub fn protect_bodies(&self) -> Vec<Value> {
        let requests = self.simulator.requests().into_iter();
        requests
            .filter(|request| request.operation == csbs_simulator::Operation::Protect)
            .filter_map(|r| r.body)
            .collect()
    }

    /// Number of all requests.
    pub fn requests(&self) -> usize {
        self.simulator.requests().len()
    }

    /// Number of requests with this method whose path matches the pattern.
    pub fn count(&self, method: &str, path: &str) -> usize {
        self.simulator
            .requests()
            .iter()
            .filter(|r| r.method == method && matches(&r.path, path))
            .count()
    }

    /// Number of requests that read from the backup service.
    pub fn reads(&self) -> usize {
        self.simulator
            .requests()
            .iter()
            .filter(|r| !r.operation.is_identity() && r.method == "GET")
            .count()
    }

    /// Number of requests that change something.
    pub fn writes(&self) -> usize {
        self.simulator
            .requests()
            .iter()
            .filter(|r| r.operation.is_write())
            .count()
    }

    /// Lets the next backup fail.
    pub fn fail_next_backup(&self, code: &str, reason: &str) {
        self.simulator.fail_next_backup(None, code, reason);
    }

    /// Lets the service refuse to back up a server.
    pub fn forbid_backups_of(&self, server: &str, code: &str) {
        self.simulator.add_server(Server::new(server).refused(code));
    }

    /// Stops the service's time.
    pub fn pause_work(&self) {
        self.simulator.clock().set_mode(ClockMode::Manual);
    }

    /// Lets the service's time advance again.
    pub fn resume_work(&self) {
        self.simulator.clock().set_mode(ClockMode::PerRequest { step: STEP });
    }

    /// Lets the service finish its work in progress.
    pub fn finish_all_work(&self) {
        self.simulator.advance(Duration::from_secs(24 * 3600));
    }

    /// Waits until `n` checkpoints exist.
    pub fn wait_for_checkpoints(&self, n: usize) {
        self.wait(&format!("{n} checkpoints"), || self.checkpoints().len() >= n);
    }

    /// Waits until such a request has arrived.
    pub fn wait_for_request(&self, method: &str, path: &str) {
        self.wait(&format!("{method} …{path}…"), || self.count(method, path) > 0);
    }

    /// Waits for `n` more reads. At the second look of an action at its work, Terraform has shown the message about its start; one
    /// that arrives after Ctrl-C and before the plugin knows of it would crash Terraform 1.15.5.
    pub fn wait_for_reads(&self, n: usize) {
        let before = self.reads();
        self.wait(&format!("{n} reads"), || self.reads() >= before + n);
    }

    fn wait(&self, what: &str, done: impl Fn() -> bool) {
        let deadline = Instant::now() + LIMIT;
        while !done() {
            assert!(Instant::now() < deadline, "{what} did not come");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// All backups in vaults, oldest first.
    pub fn vault_backups(&self) -> Vec<BackupRecord> {
        self.simulator.cbr().inventory().backups
    }

    /// Waits until `n` backups are in vaults.
    pub fn wait_for_vault_backups(&self, n: usize) {
        self.wait(&format!("{n} backups in vaults"), || self.vault_backups().len() >= n);
    }

    /// Lets the next backup in a vault fail.
    pub fn fail_next_vault_backup(&self, code: &str, reason: &str) {
        self.simulator.cbr().fail_next_backup(None, code, reason);
    }

    /// Lets the next restore of a backup in a vault fail.
    pub fn fail_next_vault_restore(&self, code: &str, reason: &str) {
        self.simulator.cbr().fail_next_restore(None, code, reason);
    }

    /// Creates a checkpoint of these servers as a policy's run does; returns its ID and its items.
    pub fn run_policy(&self, servers: &[String]) -> (String, Vec<Value>) {
        let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
        let made = self.simulator.make_checkpoint(self.project(), &servers, None);
        (made.id.clone(), made.items.iter().map(|item| json!(item)).collect())
    }

    fn rule(&self, method: &str, path: &str, times: usize, effect: Effect) {
        let rule = Rule::on_path(path, effect)
            .method(method)
            .times(u64::try_from(times).unwrap_or(u64::MAX));
        self.simulator.fault(rule).expect("a path");
    }

    /// The service can back up the server again.
    pub fn allow_backups_of(&self, server: &str) {
        self.simulator.add_server(Server::new(server));
    }

    /// The next backup of the server fails.
    pub fn fail_next_backup_of(&self, server: &str, code: &str, reason: &str) {
        self.simulator.fail_next_backup(Some(server), code, reason);
    }

    /// Answers requests with a refusal of the service.
    pub fn fault(&self, method: &str, path: &str, times: usize, status: u16, code: &str, message: &str) {
        let body = json!({"error_code": code, "error_msg": message}).to_string();
        self.rule(
            method,
            path,
            times,
            Effect::Answer {
                status,
                headers: Vec::new(),
                body,
            },
        );
    }

    /// Drops the connection of requests.
    pub fn drop_connection(&self, method: &str, path: &str, times: usize, when: After) {
        let After::Effect = when;
        self.rule(method, path, times, Effect::DropAfter);
    }

    /// Answers requests with this.
    pub fn answer_with(&self, method: &str, path: &str, status: u16, body: &str) {
        self.rule(
            method,
            path,
            usize::MAX,
            Effect::Answer {
                status,
                headers: Vec::new(),
                body: body.to_owned(),
            },
        );
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.simulator.clear_faults();
    }
}
