//! What happens in the service without a client: other people's work, and misfortune.

use jiff::Timestamp;

use super::{Simulator, record};
use crate::{
    CheckpointRecord, Role, Status,
    api::{made_by_hand, make_policy},
    identity::Token,
    world::{Failure, PlannedFailure, settle},
};

impl Simulator {
    /// Lets the next backup fail: of one server, or whichever comes first.
    pub fn fail_next_backup(&self, server: Option<&str>, code: &str, reason: &str) {
        self.plan_failure("backup", server, code, reason);
    }

    /// Lets the next restore onto a server fail.
    pub fn fail_next_restore(&self, server: Option<&str>, code: &str, reason: &str) {
        self.plan_failure("restore", server, code, reason);
    }

    /// Lets the next deletion of a backup fail: its item ends in `error`.
    pub fn fail_next_delete(&self, server: Option<&str>, code: &str, reason: &str) {
        self.plan_failure("delete", server, code, reason);
    }

    pub(crate) fn plan_failure(&self, operation: &'static str, server: Option<&str>, code: &str, reason: &str) {
        self.core().world.failures.push(PlannedFailure {
            server: server.map(str::to_owned),
            failure: Failure {
                operation,
                code: code.to_owned(),
                reason: reason.to_owned(),
            },
        });
    }

    /// Makes a finished checkpoint with an item per server, as if someone else had made it long ago: by a policy that
    /// is gone since, when there are several servers. Servers that are not known are left out.
    pub fn make_checkpoint(&self, project: &str, servers: &[&str], name: Option<&str>) -> CheckpointRecord {
        let core = &mut *self.core();
        let now = settle(core);
        let checkpoint = made_by_hand(core, project, servers, name, now);
        let items = core
            .world
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

    /// Makes a policy as the console does. `policy` is what the create call takes; the answer is the policy's id.
    ///
    /// # Errors
    /// When the service would refuse it.
    pub fn make_policy(&self, project: &str, policy: &serde_json::Value) -> anyhow::Result<String> {
        let core = &mut *self.core();
        let now = settle(core);
        match make_policy(core, project, now, policy, None) {
            Ok(policy) => Ok(policy.id),
            Err(refusal) => anyhow::bail!("the policy is refused: {refusal:?}"),
        }
    }

    /// Lets an item vanish. False: there is none.
    pub fn remove_item(&self, id: &str) -> bool {
        let world = &mut self.core().world;
        let before = world.items.len();
        world.items.retain(|item| item.id != id);
        let items = &world.items;
        world
            .checkpoints
            .retain(|checkpoint| items.iter().any(|item| item.checkpoint_id == checkpoint.id));
        world.items.len() < before
    }

    /// Lets a policy vanish. False: there is none.
    pub fn remove_policy(&self, id: &str) -> bool {
        let world = &mut self.core().world;
        let before = world.policies.len();
        world.policies.retain(|policy| policy.id != id);
        world.policies.len() < before
    }

    /// Renames an item.
    pub fn rename_item(&self, id: &str, name: &str) -> bool {
        self.edit(id, |item, _| item.name = name.to_owned())
    }

    /// Describes an item anew.
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

    /// Sets the status of an item, and ends what was under way with it.
    pub fn set_item_status(&self, id: &str, status: Status) -> bool {
        self.edit(id, |item, _| {
            item.status = status;
            item.step = None;
            if status == Status::Error && item.failure.is_none() {
                item.failure = Some(Failure {
                    operation: "backup",
                    code: "CSBS.9999".to_owned(),
                    reason: "set by hand".to_owned(),
                });
            }
        })
    }

    /// Says which images were made from an item; with one it cannot be deleted.
    pub fn set_item_images(&self, id: &str, images: &[&str]) -> bool {
        self.edit(id, |item, _| {
            item.images = images.iter().map(|image| (*image).to_owned()).collect()
        })
    }

    fn edit(&self, id: &str, change: impl FnOnce(&mut crate::world::Item, Timestamp)) -> bool {
        let core = &mut *self.core();
        let now = settle(core);
        let Some(item) = core.world.item_mut(id) else {
            return false;
        };
        change(item, now);
        item.updated_at = now;
        true
    }

    /// Ends all tokens of the built-in Keystone, as a change of password does.
    pub fn revoke_tokens(&self) {
        self.core().identity.end_all();
    }

    /// Lets all tokens of the built-in Keystone expire now.
    pub fn expire_tokens(&self) {
        let now = self.clock().wall();
        self.core().identity.expire_all(now);
    }

    /// A token without signing in.
    pub fn issue_token(&self, project: &str, role: Role) -> String {
        let core = &mut *self.core();
        let now = core.clock.wall();
        let config = &core.config;
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
        core.identity.issue(token)
    }
}
