//! A policy of another program, and the address that adds a server to it.

use csbs_simulator::Operation;

use super::{
    address::{ASSOCIATED_SERVER, Kind},
    command::End,
    run::Run,
};
use crate::{
    cloud::{Cloud, PROJECT},
    policy_config::{PATTERN, server_id},
};

/// The server that the other program has put into the policy.
const OTHER_SERVER: u32 = 5;

/// A policy of another program.
pub struct ForeignPolicy {
    pub id: String,
    /// A fault has shown the policy without its servers. What the association then writes is wrong, and no client can know it.
    is_misled: bool,
    /// An error, a killed process or a late request explains that policy and state differ.
    may_differ: bool,
}

impl ForeignPolicy {
    pub fn new(cloud: &Cloud) -> Self {
        const PROVIDER: &str = "fc4d5750-22e7-4798-8a46-f48f62c4c1da";
        let policy = serde_json::json!({
            "name": "foreign",
            "provider_id": PROVIDER,
            "parameters": { "common": {} },
            "resources": [{ "id": server_id(OTHER_SERVER), "type": "OS::Nova::Server", "name": "another" }],
            "scheduled_operations": [{
                "enabled": true,
                "operation_type": "backup",
                "operation_definition": { "max_backups": 5, "provider_id": PROVIDER },
                "trigger": { "properties": { "pattern": PATTERN } },
            }],
        });
        Self {
            id: cloud.simulator.make_policy(PROJECT, &policy).unwrap(),
            is_misled: false,
            may_differ: false,
        }
    }
}

impl Run {
    /// Records the faults that explain a difference between policy and state.
    fn record_association_faults(&mut self, end: End, has_errors: bool) {
        let id = &self.foreign_policy.id;
        let has_fault = |operation, name| {
            let requests = self.cloud.simulator.requests_where(|request| {
                let faults = request.fault.as_deref().unwrap_or_default();
                request.operation == operation
                    && request.path.contains(id)
                    && faults.split(',').any(|fault| fault == name)
            });
            !requests.is_empty()
        };
        self.foreign_policy.is_misled |= has_fault(Operation::GetPolicy, "empty_list");
        self.foreign_policy.may_differ |=
            end == End::Killed || has_errors || has_fault(Operation::UpdatePolicy, "late");
    }

    /// Asserts that the policy of another program keeps its server, and has the server of the address if the state says so.
    pub fn check_association(&mut self, end: End, has_errors: bool) {
        self.record_association_faults(end, has_errors);
        let address = self.addresses.iter().find(|address| address.kind == Kind::Association);
        let Some(address) = address.filter(|_| !self.foreign_policy.is_misled) else {
            return;
        };
        let policies = self.cloud.simulator.inventory().policies;
        let policy = policies.iter().find(|policy| policy.id == self.foreign_policy.id);
        let servers = &policy.unwrap().resources;
        assert!(
            servers.contains(&server_id(OTHER_SERVER)),
            "the server of another program was removed from the policy: {servers:?}"
        );
        let is_in = servers.contains(&server_id(ASSOCIATED_SERVER));
        assert!(
            is_in == address.core.stored.is_some() || self.foreign_policy.may_differ,
            "state and policy differ: {servers:?}\n{}",
            self.request_log(&[])
        );
    }

    /// Asserts that the policy of another program is as the state says, and removes it.
    pub fn remove_foreign_policy(&mut self) {
        self.foreign_policy.may_differ = false;
        self.check_association(End::Done, false);
        assert!(self.cloud.simulator.remove_policy(&self.foreign_policy.id));
    }
}
