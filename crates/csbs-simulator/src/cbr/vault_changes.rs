//! Creates, changes and deletes vaults.

use serde::Deserialize;
use serde_json::json;

use super::{
    association::{self, NewResource},
    body,
    objects::{BackupStatus, Span, Task, TaskKind, Vault, VaultStatus},
    query,
    refusal::{parameter, refusal},
    tags::{self, Pairs, Tag},
    vault_view, vaults,
};
use crate::{
    api::Context,
    check::Checked,
    clock::later,
    reply::{Answer, Reply},
    state::State,
};

/// Largest capacity in GB.
const MAX_SIZE: u64 = 10_485_760;

#[derive(Deserialize)]
struct CreateBody {
    vault: NewVault,
}

#[derive(Deserialize)]
struct NewVault {
    name: String,
    description: Option<String>,
    billing: NewBilling,
    resources: Vec<NewResource>,
    backup_policy_id: Option<String>,
    tags: Option<Vec<Tag>>,
    auto_bind: Option<bool>,
    bind_rules: Option<BindRules>,
    locked: Option<bool>,
}

#[derive(Deserialize)]
struct NewBilling {
    consistent_level: String,
    object_type: String,
    protect_type: String,
    size: u64,
    cloud_type: Option<String>,
    charging_mode: Option<String>,
    // For the console only.
    #[serde(rename = "is_auto_renew")]
    _is_auto_renew: Option<bool>,
    #[serde(rename = "is_auto_pay")]
    _is_auto_pay: Option<bool>,
    #[serde(rename = "console_url")]
    _console_url: Option<String>,
}

#[derive(Deserialize)]
struct BindRules {
    tags: Option<Vec<Tag>>,
}

#[derive(Deserialize)]
struct UpdateBody {
    vault: Changes,
}

#[derive(Deserialize)]
struct Changes {
    name: Option<String>,
    billing: Option<ChangedBilling>,
    auto_bind: Option<bool>,
    bind_rules: Option<BindRules>,
    auto_expand: Option<bool>,
    // No response shows the notification and its threshold.
    #[serde(rename = "smn_notify")]
    _smn_notify: Option<bool>,
    threshold: Option<u64>,
    locked: Option<bool>,
}

#[derive(Deserialize)]
struct ChangedBilling {
    size: Option<u64>,
}

/// `POST /vaults`
pub(super) fn create(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, &[])?;
    let CreateBody { vault: new } = body::read(state, context.call)?;
    check_name(state, context, &new.name, None)?;
    check_billing(&new.billing)?;
    let description = new.description.unwrap_or_default();
    if description.chars().count() > 64 {
        return Err(parameter("description must have at most 64 characters"));
    }
    if let Some(policy) = &new.backup_policy_id {
        return Err(refusal("6000", format!("The policy {policy} does not exist.")));
    }
    let id = state.cbr.random.uuid();
    let project = Some(context.project.to_owned());
    let mut vault = Vault {
        description,
        locked: new.locked.unwrap_or(false),
        auto_bind: new.auto_bind.unwrap_or(false),
        bind_tags: bind_tags(new.bind_rules)?.unwrap_or_default(),
        object_type: new.billing.object_type,
        protect_type: new.billing.protect_type,
        tags: new.tags.map(tags::checked).transpose()?.unwrap_or_default(),
        region: context.call.region.clone(),
        ..Vault::new(id, new.name, project, new.billing.size, context.now)
    };
    if new.resources.len() > 255 {
        return Err(parameter("resources must have at most 255 elements"));
    }
    vault.resources = association::associations(state, context.project, &vault, new.resources)?;
    let answer = shown(state, context, &vault);
    state.cbr.vaults.push(vault);
    Ok(answer)
}

fn shown(state: &State, context: &Context<'_>, vault: &Vault) -> Reply {
    Reply::ok(json!({"vault": vault_view::view(state, vault, context.project)}))
}

fn check_name(state: &State, context: &Context<'_>, name: &str, own: Option<&str>) -> Checked<()> {
    if name.is_empty() || name.chars().count() > 64 {
        return Err(parameter("name must have 1 to 64 characters"));
    }
    let mut others = state.cbr.vaults.iter().filter(|vault| own != Some(&vault.id));
    let taken = others.any(|vault| vault.is_in(context.project) && vault.name == name);
    if taken && state.config.cbr.unique_vault_names {
        return Err(refusal("6106", format!("The vault {name} exists already.")));
    }
    Ok(())
}

fn check_billing(billing: &NewBilling) -> Checked<()> {
    let one_of = |member: &str, value: &str, known: &[&str]| {
        if known.contains(&value) {
            Ok(())
        } else {
            Err(parameter(format!("{member} must be one of {}", known.join(", "))))
        }
    };
    one_of(
        "consistent_level",
        &billing.consistent_level,
        &["crash_consistent", "app_consistent"],
    )?;
    one_of("object_type", &billing.object_type, &["server", "disk", "turbo"])?;
    one_of("protect_type", &billing.protect_type, &["backup", "replication"])?;
    if let Some(cloud_type) = &billing.cloud_type {
        one_of("cloud_type", cloud_type, &["public", "hybrid"])?;
    }
    if let Some(mode) = &billing.charging_mode {
        one_of("charging_mode", mode, &["post_paid"])?;
    }
    if !(10..=MAX_SIZE).contains(&billing.size) {
        return Err(refusal("6101", format!("size must be 10 to {MAX_SIZE} GB")));
    }
    Ok(())
}

fn bind_tags(rules: Option<BindRules>) -> Checked<Option<Pairs>> {
    let Some(tags) = rules.and_then(|rules| rules.tags) else {
        return Ok(None);
    };
    if tags.len() > 5 {
        return Err(parameter("bind_rules must have at most 5 tags"));
    }
    Ok(Some(tags::checked(tags)?))
}

/// `PUT /vaults/{id}`
pub(super) fn update(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, &[])?;
    let UpdateBody { vault: changes } = body::read(state, context.call)?;
    let vault = vaults::find(state, context)?;
    let mut changed = vault.clone();
    if let Some(name) = changes.name {
        check_name(state, context, &name, Some(&vault.id))?;
        changed.name = name;
    }
    if changes.threshold.is_some_and(|percent| !(1..=100).contains(&percent)) {
        return Err(parameter("threshold must be 1 to 100"));
    }
    match changes.locked {
        Some(false) if vault.locked => return Err(parameter("the lock of a vault cannot be removed")),
        Some(locked) => changed.locked = locked,
        None => {}
    }
    changed.auto_bind = changes.auto_bind.unwrap_or(vault.auto_bind);
    changed.auto_expand = changes.auto_expand.unwrap_or(vault.auto_expand);
    if let Some(tags) = bind_tags(changes.bind_rules)? {
        changed.bind_tags = tags;
    }
    if let Some(size) = changes.billing.and_then(|billing| billing.size) {
        check_size(state, vault, size)?;
        changed.size = size;
        // The vault is resized for some time.
        changed.status = VaultStatus::Lock;
        changed.status_until = Some(later(context.now, state.clock.scale(state.config.timing.waiting)));
    }
    let answer = shown(state, context, &changed);
    if let Some(vault) = state.cbr.vault_mut(&changed.id) {
        *vault = changed;
    }
    Ok(answer)
}

fn check_size(state: &State, vault: &Vault, size: u64) -> Checked<()> {
    match vault.status {
        VaultStatus::Available => {}
        VaultStatus::Lock => return Err(refusal("6123", "The capacity of the vault is being changed.")),
        VaultStatus::Frozen => return Err(refusal("6112", format!("The vault {} is frozen.", vault.id))),
        VaultStatus::Deleting | VaultStatus::Error => {
            let status = vault.status.name();
            return Err(refusal(
                "6113",
                format!("The vault cannot be changed in the status {status}."),
            ));
        }
    }
    let used = state.cbr.used(&vault.id, None).div_ceil(1024);
    if !(1..=MAX_SIZE).contains(&size) || size < vault.allocated() || size < used {
        return Err(refusal("6101", "The capacity is not possible."));
    }
    Ok(())
}

/// `DELETE /vaults/{id}`, which deletes all backups in it.
pub(super) fn delete(state: &mut State, context: &Context<'_>) -> Answer {
    query::check_known(state, context.call, &[])?;
    let vault = vaults::find(state, context)?.clone();
    match vault.status {
        VaultStatus::Available | VaultStatus::Error => {}
        VaultStatus::Deleting => return Ok(Reply::no_content()),
        VaultStatus::Lock | VaultStatus::Frozen => {
            let status = vault.status.name();
            return Err(refusal(
                "6111",
                format!("The vault cannot be deleted in the status {status}."),
            ));
        }
    }
    let mut backups = state.cbr.backups.iter().filter(|backup| backup.vault_id == vault.id);
    if backups.any(|backup| backup.status.is_being_made() || backup.status.is_being_restored()) {
        return Err(refusal("6203", "Backups of the vault are running."));
    }
    let span = Span {
        from: context.now,
        until: later(context.now, state.clock.scale(state.config.timing.delete)),
    };
    let task_id = state.cbr.random.uuid();
    let mut task = Task {
        vault_id: vault.id.clone(),
        vault_name: vault.name.clone(),
        total_count: 1,
        ..Task::waiting(
            task_id.clone(),
            TaskKind::VaultDelete,
            context.project.to_owned(),
            context.now,
        )
    };
    task.start(span);
    state.cbr.tasks.push(task);
    for backup in &mut state.cbr.backups {
        if backup.vault_id == vault.id {
            backup.status = BackupStatus::Deleting;
            backup.updated_at = context.now;
            backup.step = None;
        }
    }
    if let Some(vault) = state.cbr.vault_mut(&vault.id) {
        vault.status = VaultStatus::Deleting;
        vault.status_until = Some(span.until);
        vault.deletion_task = Some(task_id);
    }
    Ok(Reply::no_content())
}
