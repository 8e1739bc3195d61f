//! Changes by other people, and failures: events that no request of the client causes.

use jiff::Timestamp;

use crate::{
    CheckpointRecord, Role, Simulator, Status,
    api::{create_finished, make_policy},
    inventory::record,
    objects::{Failure, PlannedFailure},
    timeline::advance_to_now,
    tokens::Token,
};

impl Simulator {
    /// Makes the next backup fail, of one server or of any.
    pub fn fail_next_backup(&self, server: Option<&str>, code: &str, reason: &str) {
        self.plan_failure("backup", server, code, reason);
    }

    /// Makes the next restore fail, to one server or to any.
    pub fn fail_next_restore(&self, server: Option<&str>, code: &str, reason: &str) {
        self.plan_failure("restore", server, code, reason);
    }

    /// Makes the next deletion of a backup fail, of one server or of any: the item gets the status `error`.
    pub fn fail_next_delete(&self, server: Option<&str>, code: &str, reason: &str) {
        self.plan_failure("delete", server, code, reason);
    }

    pub(crate) fn plan_failure(&self, operation: &'static str, server: Option<&str>, code: &str, reason: &str) {
        self.state().objects.failures.push(PlannedFailure {
            server: server.map(str::to_owned),
            failure: Failure {
                operation,
                code: code.to_owned(),
                reason: reason.to_owned(),
            },
        });
    }

    /// Creates a finished checkpoint with one item per server, as if someone else had created it long ago; with several servers, a
    /// policy that was deleted since. Unknown servers are ignored.
    pub fn make_checkpoint(&self, project: &str, servers: &[&str], name: Option<&str>) -> CheckpointRecord {
        let state = &mut *self.state();
        let now = advance_to_now(state);
        let checkpoint = create_finished(state, project, servers, name, now);
        let items = state
            .objects
            .items
            .iter()
            .filter(|item| item.checkpoint_id == checkpoint.id);
        CheckpointRecord {
            items: items.map(|item| record(item, now)).collect(),
            id: checkpoint.id,
            project_id: checkpoint.project_id,
            request: None,
            policy_id: checkpoint.policy_id,
        }
    }

    /// Creates a policy, as a person in the console does. `policy` is the body of the create call. Returns the ID of the policy.
    ///
    /// # Errors
    /// If the service refuses the policy.
    pub fn make_policy(&self, project: &str, policy: &serde_json::Value) -> anyhow::Result<String> {
        let state = &mut *self.state();
        let now = advance_to_now(state);
        let region = state.config.regions.first().cloned().unwrap_or_default();
        match make_policy(state, (project, &region), now, policy, None) {
            Ok(policy) => Ok(policy.id),
            Err(refusal) => anyhow::bail!("the service refused the policy: {refusal:?}"),
        }
    }

    /// Removes an item without a trace. Returns `false` if there is no such item.
    pub fn remove_item(&self, id: &str) -> bool {
        let objects = &mut self.state().objects;
        let before = objects.items.len();
        objects.items.retain(|item| item.id != id);
        let items = &objects.items;
        objects
            .checkpoints
            .retain(|checkpoint| items.iter().any(|item| item.checkpoint_id == checkpoint.id));
        objects.items.len() < before
    }

    /// Removes a policy without a trace. Returns `false` if there is no such policy.
    pub fn remove_policy(&self, id: &str) -> bool {
        let objects = &mut self.state().objects;
        let before = objects.policies.len();
        objects.policies.retain(|policy| policy.id != id);
        objects.policies.len() < before
    }

    /// Renames an item.
    pub fn rename_item(&self, id: &str, name: &str) -> bool {
        self.edit(id, |item, _| item.name = name.to_owned())
    }

    /// Changes the description of an item.
    pub fn describe_item(&self, id: &str, description: Option<&str>) -> bool {
        self.edit(id, |item, _| item.description = description.map(str::to_owned))
    }

    /// Replaces the tags of an item.
    pub fn tag_item(&self, id: &str, tags: &[(&str, &str)]) -> bool {
        self.edit(id, |item, _| {
            item.tags = tags
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect();
        })
    }

    /// Sets the status of an item, and ends its running operation.
    pub fn set_item_status(&self, id: &str, status: Status) -> bool {
        self.edit(id, |item, _| {
            item.status = status;
            item.step = None;
            if status == Status::Error && item.failure.is_none() {
                item.failure = Some(Failure {
                    operation: "backup",
                    code: "CSBS.9999".to_owned(),
                    reason: "set by a test".to_owned(),
                });
            }
        })
    }

    /// Sets the images that were created from an item. With images it cannot be deleted.
    pub fn set_item_images(&self, id: &str, images: &[&str]) -> bool {
        self.edit(id, |item, _| {
            item.images = images.iter().map(|image| (*image).to_owned()).collect()
        })
    }

    fn edit(&self, id: &str, change: impl FnOnce(&mut crate::objects::Item, Timestamp)) -> bool {
        let state = &mut *self.state();
        let now = advance_to_now(state);
        let Some(item) = state.objects.item_mut(id) else {
            return false;
        };
        change(item, now);
        item.updated_at = now;
        true
    }

    /// Revokes all tokens of the built-in Keystone, as a change of the password does.
    pub fn revoke_tokens(&self) {
        self.state().tokens.end_all();
    }

    /// Makes all tokens of the built-in Keystone expire now.
    pub fn expire_tokens(&self) {
        let now = self.clock().wall();
        self.state().tokens.expire_all(now);
    }

    /// Issues a token without a sign-in.
    pub fn issue_token(&self, project: &str, role: Role) -> String {
        let state = &mut *self.state();
        let now = state.clock.wall();
        let config = &state.config;
        let project = config.projects.iter().find(|one| one.id == project).cloned();
        let token = Token {
            user_id: "u-issued".to_owned(),
            user_name: "issued".to_owned(),
            domain_id: config.domain_id.clone(),
            domain_name: config.domain_name.clone(),
            project: project.map(|project| (project, config.domain_id.clone(), config.domain_name.clone())),
            domain_scope: false,
            methods: vec!["password".to_owned()],
            role,
            issued: now,
            expires: crate::clock::later(now, config.token_life),
            assumed_by: None,
        };
        state.tokens.issue(token)
    }
}
