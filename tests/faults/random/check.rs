//! The checks after each command: a state or a message names every object in the services.

use std::sync::atomic::Ordering;

use csbs_simulator::Operation;

use super::{
    address::Address,
    command::Results,
    run::{Counts, Run},
    service_backup::{Service, ServiceBackup, service_backups},
};
use crate::{
    cloud::SENT_TWICE,
    core::{Action, Stored},
    policy_config::server_id,
};

impl Run {
    /// Records the diagnostics. Asserts that each create reported the backups like its own that a killed process has left.
    pub fn record(&mut self, results: &Results, before: &[Option<Stored>]) {
        for (_, diags) in &results.resources {
            self.reported.add(diags);
        }
        if let Some((_, messages, diags)) = &results.action {
            self.reported.add(diags);
            self.reported.add_messages(messages);
        }
        self.assert_no_superfluous_backup(results);
        let backups = service_backups(&self.cloud);
        for ((address, before), (_, diags)) in self.addresses.iter().zip(before).zip(&results.resources) {
            let checkpoint = |stored: &Stored| stored.state.get("checkpoint_id").clone();
            let now = address.core.stored.as_ref().map(checkpoint);
            let is_new = now.is_some() && before.as_ref().map(checkpoint) != now;
            if !is_new || !diags.errors.is_empty() || self.list_was_falsely_empty(address) {
                continue;
            }
            let should_be_reported = |backup: &&ServiceBackup| {
                self.orphans.contains(&backup.id)
                    && address.would_create(backup)
                    && !backup.is_being_deleted
                    && !self.tags_were_omitted(backup)
            };
            for backup in backups.iter().filter(should_be_reported) {
                assert!(
                    address.contains(&backup.id) || self.reported.names(&backup.id),
                    "{backup:?} is not reported: {diags:?}\n{}",
                    self.request_log(&[])
                );
            }
        }
    }

    /// Asserts that there is one backup for each create, and one more for each that reports a second request.
    fn assert_no_superfluous_backup(&self, results: &Results) {
        let resources = self.addresses.iter().zip(&results.resources);
        let action = results.action.iter();
        for (service, operation) in [
            (Service::Csbs, Operation::Protect),
            (Service::Cbr, Operation::CbrCreateCheckpoint),
        ] {
            let of_service = resources.clone().filter(|(address, (action, _))| {
                let is_of_service = address.kind.backup().is_some_and(|(of, _)| of == service);
                is_of_service && matches!(action, Action::Create | Action::Replace)
            });
            let invoked = action.clone().filter(|(action, ..)| action.service == service);
            let creates = of_service.clone().count() + invoked.clone().count();
            let warnings = of_service.flat_map(|(_, (_, diags))| &diags.warnings);
            let second = warnings.filter(|warning| warning.detail.contains(SENT_TWICE)).count()
                + invoked
                    .filter(|(_, messages, diags)| {
                        let mut details = diags.warnings.iter().map(|warning| &*warning.detail);
                        details.any(|detail| detail.contains(SENT_TWICE))
                            || messages.iter().any(|message| message.contains(SENT_TWICE))
                    })
                    .count();
            let requests = self.cloud.requests_of(operation);
            let made = requests.iter().filter(|request| request.carried_out).count();
            assert!(
                made <= creates + second,
                "{creates} creates and {second} second requests made {made} backups of {service:?}\n{}",
                self.request_log(&[])
            );
        }
    }

    /// Returns true if a list of the server's backups was empty because of a fault. The provider can only report what the service
    /// lists; the next create with a correct list reports it.
    fn list_was_falsely_empty(&self, address: &Address) -> bool {
        let Some((service, server)) = address.kind.backup() else {
            return false;
        };
        let operation = match service {
            Service::Csbs => Operation::ListItems,
            Service::Cbr => Operation::CbrListBackups,
        };
        let of_server = format!("resource_id={}", server_id(server));
        let lists = self.cloud.requests_of(operation);
        lists.iter().any(|request| {
            let concerns_server = request.query.contains(&of_server) || !request.query.contains("resource_id=");
            let faults = request.fault.as_deref().unwrap_or_default();
            concerns_server && faults.split(',').any(|fault| fault == "empty_list")
        })
    }

    /// Returns true if a fault made the service omit the tags of this backup.
    fn tags_were_omitted(&self, backup: &ServiceBackup) -> bool {
        let reads = self.cloud.requests_of(Operation::ListTags);
        reads.iter().any(|request| {
            let faults = request.fault.as_deref().unwrap_or_default();
            request.path.contains(&backup.backup_id) && faults.split(',').any(|fault| fault == "empty_list")
        })
    }

    /// Returns true if the service created it late, for a request of an earlier command: that command's process was killed, or
    /// reported what to look for.
    fn was_created_late(&self, id: &str) -> bool {
        let backups = service_backups(&self.cloud);
        let backup = backups.iter().find(|backup| backup.id == id);
        let inventory = self.cloud.simulator.inventory();
        let policy = inventory.policies.iter().find(|policy| policy.id == id);
        let number = backup.map_or_else(|| policy.and_then(|policy| policy.request), |backup| backup.request);
        let simulator = &self.cloud.simulator;
        simulator
            .requests_where(|request| Some(request.number) == number)
            .is_empty()
    }

    /// IDs of everything in the services that neither a state nor a message names. An action names the checkpoint of a vault
    /// backup that the service has not shown; the data sources find the backup by it.
    fn unnamed(&self) -> Vec<String> {
        let backups = service_backups(&self.cloud);
        let is_named = |id: &String| {
            let checkpoints = backups.iter().filter(|backup| backup.id == *id);
            let mut ids = checkpoints.map(|backup| &backup.checkpoint_id).chain([id]);
            ids.any(|id| self.reported.all.contains(id)) || self.orphans.contains(id)
        };
        let mut unnamed = self.unmanaged();
        unnamed.retain(|id| !is_named(id));
        unnamed
    }

    /// Records what a killed process has left.
    pub fn record_orphans(&mut self, counts: &Counts) {
        self.cloud.assert_only_host_is_service();
        counts.commands.fetch_add(1, Ordering::Relaxed);
        self.was_killed = true;
        let unnamed = self.unnamed();
        counts.lost.fetch_add(unnamed.len() as u64, Ordering::Relaxed);
        self.orphans.extend(unnamed);
    }

    /// Asserts that a state or a message names everything in the services, or that a message says what to look for.
    pub fn check(&mut self, counts: &Counts) {
        self.cloud.assert_only_host_is_service();
        counts.commands.fetch_add(1, Ordering::Relaxed);
        let (late, unnamed): (Vec<_>, Vec<_>) = self.unnamed().into_iter().partition(|id| self.was_created_late(id));
        assert!(
            late.len() <= self.announced || self.was_killed,
            "no earlier message announced {late:?}: {}",
            self.reported.all
        );
        self.announced = self.announced.saturating_sub(late.len());
        self.orphans.extend(late);
        let policy_messages = ["It is not known whether the policy", "may have been created"];
        let unknown_outcomes = self.reported.unknown_outcomes
            + policy_messages
                .iter()
                .map(|words| self.reported.errors.matches(words).count())
                .sum::<usize>();
        assert!(
            unnamed.len() <= unknown_outcomes,
            "no state and no message names {unnamed:?}: {}\n{}",
            self.reported.errors,
            self.request_log(&unnamed)
        );
        // The user finds them as the message recommends.
        counts
            .unknown_outcomes
            .fetch_add(unnamed.len() as u64, Ordering::Relaxed);
        self.announced += unknown_outcomes - unnamed.len();
        self.reported.unknown_outcomes = 0;
        self.reported.errors.clear();
        self.orphans.extend(unnamed);
    }

    /// The requests of the last command, for the message of a failed assertion.
    pub fn request_log(&self, unnamed: &[String]) -> String {
        let backups = service_backups(&self.cloud);
        let backups = backups.iter().filter(|backup| unnamed.contains(&backup.id));
        let mut lines: Vec<_> = backups.map(|backup| format!("{backup:?}")).collect();
        lines.extend(self.cloud.simulator.requests().into_iter().map(|request| {
            let (path, query) = (&request.path[request.path.len().min(36)..], &request.query);
            let (at, method, status, fault) = (request.at, &request.method, request.status, &request.fault);
            format!(
                "{at:.3} {method} {path}?{query} {status:?} {fault:?} {}",
                request.carried_out
            )
        }));
        lines.join("\n")
    }
}
