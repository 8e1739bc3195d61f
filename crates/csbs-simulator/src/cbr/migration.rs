//! The move of all backups from CSBS to CBR, which a click on the console starts.

use jiff::Timestamp;

use super::{
    controls::finish_all,
    objects::{Association, Vault},
    run::{self, NewRun},
    servers::{Chosen, Selection},
};
use crate::{Status, objects::Item, state::State, timeline::advance_to_now};

impl super::CbrControls<'_> {
    /// Moves all available backups of CSBS to CBR, as the console does, and closes CSBS. Those of a policy get into a vault with its
    /// name, the others into a vault `default`. The backups get new IDs; a backup that has an image stays. Returns the number of
    /// moved backups.
    pub fn migrate_from_csbs(&self) -> usize {
        let state = &mut *self.simulator().state();
        let now = advance_to_now(state);
        let (moved, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut state.objects.items)
            .into_iter()
            .partition(|item| item.status == Status::Available && item.images.is_empty());
        state.objects.items = kept;
        let items = &state.objects.items;
        state
            .objects
            .checkpoints
            .retain(|checkpoint| items.iter().any(|item| item.checkpoint_id == checkpoint.id));
        for item in &moved {
            move_item(state, item, now);
        }
        state.config.closed = true;
        moved.len()
    }
}

fn move_item(state: &mut State, item: &Item, now: Timestamp) {
    let policy = item
        .policy_id
        .as_ref()
        .and_then(|id| state.objects.policies.iter().find(|policy| policy.id == *id));
    let name = policy.map_or("default", |policy| policy.name.as_str());
    let name: String = name.chars().take(64).collect();
    let servers: Vec<_> = policy
        .iter()
        .flat_map(|policy| &policy.resources)
        .filter_map(|resource| state.objects.server(&item.project_id, &resource.id))
        .map(Association::of_server)
        .collect();
    let vault = vault_of(state, &item.project_id, &name, servers, now);
    let run = NewRun {
        project: item.project_id.clone(),
        name: Some(item.name.chars().take(64).collect()),
        description: item.description.clone(),
        incremental: Some(item.incremental),
        auto_trigger: item.auto_trigger,
        request: None,
    };
    let selection = Selection {
        chosen: vec![Chosen {
            server: item.server.clone(),
            disks: item.server.disks.clone(),
            association: Association::of_server(&item.server),
        }],
        skipped: Vec::new(),
    };
    let checkpoint = run::start(state, &vault, selection, &run, item.created_at);
    finish_all(state, &checkpoint.id, item.finished_at.unwrap_or(item.created_at));
    // The capacity is 1.2 times the size of the backups.
    let used = state.cbr.used(&vault.id, None);
    if let Some(vault) = state.cbr.vault_mut(&vault.id) {
        vault.size = (used * 12).div_ceil(10 * 1024).max(vault.allocated());
    }
}

/// Returns the vault of that name that the move created, or creates it.
fn vault_of(state: &mut State, project: &str, name: &str, servers: Vec<Association>, now: Timestamp) -> Vault {
    let known =
        state.cbr.vaults.iter().find(|vault| {
            vault.name == name && vault.created_at == now && vault.project_id.as_deref() == Some(project)
        });
    if let Some(vault) = known {
        return vault.clone();
    }
    let id = state.cbr.random.uuid();
    let vault = Vault {
        resources: servers,
        ..Vault::new(id, name.to_owned(), Some(project.to_owned()), 0, now)
    };
    state.cbr.vaults.push(vault.clone());
    vault
}
