//! Chooses the servers of a run, and refuses or skips those that cannot be backed up.

use super::{
    config::{BusyServer, EmptyResources, ServerNotInVault, UnknownServer},
    objects::{Association, Vault},
    refusal::{full_code, parameter, refusal},
};
use crate::{Disk, Server, check::Checked, state::State};

/// Server that a request names.
pub(super) struct Named {
    pub id: String,
    /// IDs of the disks that are left out.
    pub excluded: Vec<String>,
}

impl Named {
    /// Creates the entry of a server of which no disk is left out.
    pub(super) fn with_all_disks(id: String) -> Self {
        Self {
            id,
            excluded: Vec::new(),
        }
    }
}

/// Servers that a request names.
pub(super) enum Request {
    /// All servers of the vault.
    WholeVault,
    /// These servers.
    Servers(Vec<Named>),
}

impl Request {
    /// Interprets a list of a request; `None` is an absent list.
    ///
    /// # Errors
    /// If the list is empty, and the service does not accept that.
    pub(super) fn of(state: &State, list: Option<Vec<Named>>) -> Checked<Self> {
        match list {
            None => Ok(Self::WholeVault),
            Some(list) if list.is_empty() => match state.config.cbr.empty_resources {
                EmptyResources::WholeVault => Ok(Self::WholeVault),
                EmptyResources::Refused => Err(parameter("the list of resources must not be empty")),
            },
            Some(list) => Ok(Self::Servers(list)),
        }
    }
}

/// Servers of a run.
#[derive(Default)]
pub(super) struct Selection {
    pub chosen: Vec<Chosen>,
    pub skipped: Vec<Skipped>,
}

/// Server that is backed up.
pub(super) struct Chosen {
    pub server: Server,
    pub disks: Vec<Disk>,
    pub association: Association,
}

/// Server that is not backed up.
pub(super) struct Skipped {
    pub id: String,
    pub name: String,
    pub code: String,
    pub reason: String,
}

/// Reason against the backup of a server.
struct Problem {
    code: String,
    reason: String,
    /// The server is skipped although the request names it.
    skip: bool,
}

impl Problem {
    fn new(code: &str, reason: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            reason: reason.into(),
            skip: false,
        }
    }
}

/// Chooses the servers of a run.
///
/// # Errors
/// If a server that the request names cannot be backed up. Servers of a run over the whole vault are skipped instead.
pub(super) fn choose(state: &State, project: &str, vault: &Vault, request: &Request) -> Checked<Selection> {
    let whole_vault: Vec<_> = vault
        .resources
        .iter()
        .map(|resource| Named::with_all_disks(resource.id.clone()))
        .collect();
    let (named, list) = match request {
        Request::WholeVault => (false, &whole_vault),
        Request::Servers(list) => (true, list),
    };
    let mut selection = Selection::default();
    for Named { id, excluded } in list {
        match check(state, project, vault, id, excluded) {
            Ok(chosen) => selection.chosen.push(chosen),
            Err(problem) if named && !problem.skip => return Err(refusal(&problem.code, problem.reason)),
            Err(problem) => selection.skipped.push(Skipped {
                id: id.clone(),
                name: state
                    .objects
                    .server(project, id)
                    .map(|server| server.name.clone())
                    .unwrap_or_default(),
                code: full_code(&problem.code),
                reason: problem.reason,
            }),
        }
    }
    Ok(selection)
}

fn check(state: &State, project: &str, vault: &Vault, id: &str, excluded: &[String]) -> Result<Chosen, Problem> {
    let server = state.objects.server(project, id);
    let Some(association) = vault.association(id) else {
        return Err(match server {
            Some(_) => not_in_vault(state, id),
            None => unknown(state, id),
        });
    };
    let server = server.ok_or_else(|| unknown(state, id))?;
    check_state(server)?;
    check_idle(state, vault, association)?;
    let disks = included_disks(server, association, excluded)?;
    Ok(Chosen {
        server: server.clone(),
        disks,
        association: association.clone(),
    })
}

fn not_in_vault(state: &State, id: &str) -> Problem {
    match state.config.cbr.server_not_in_vault {
        ServerNotInVault::NotInVault => Problem::new("6135", format!("The resource {id} is not in the vault.")),
        ServerNotInVault::ResourceNotFound => Problem::new("6302", format!("The resource {id} does not exist.")),
        ServerNotInVault::NothingToBackUp => Problem::new("0001", "No resource can be backed up."),
        ServerNotInVault::Skipped => Problem {
            skip: true,
            ..Problem::new("6135", format!("The resource {id} is not in the vault."))
        },
    }
}

fn unknown(state: &State, id: &str) -> Problem {
    match state.config.cbr.unknown_server {
        UnknownServer::ServerNotFound => Problem::new("7100", format!("The server {id} does not exist.")),
        UnknownServer::ResourceNotFound => Problem::new("6302", format!("The resource {id} does not exist.")),
    }
}

fn check_state(server: &Server) -> Result<(), Problem> {
    let id = &server.id;
    if !matches!(server.status.as_str(), "ACTIVE" | "SHUTOFF") {
        let status = &server.status;
        return Err(Problem::new(
            "6215",
            format!("The server {id} cannot be backed up in the status {status}."),
        ));
    }
    match &server.refusal {
        // A code of CSBS has no meaning here.
        Some(code) if code.starts_with("CSBS.") => {
            Err(Problem::new("7103", format!("The server {id} cannot be backed up.")))
        }
        Some(code) => Err(Problem::new(code, format!("The server {id} cannot be backed up."))),
        None => Ok(()),
    }
}

fn check_idle(state: &State, vault: &Vault, association: &Association) -> Result<(), Problem> {
    let id = &association.id;
    if association.removal.is_some() {
        return Err(Problem::new("6134", format!("The resource {id} is being removed.")));
    }
    if state.cbr.is_being_restored(id) {
        return Err(Problem::new("2010", format!("The server {id} is being restored.")));
    }
    let busy = state.config.cbr.busy_server;
    let vault_is_busy = || {
        let mut backups = state.cbr.backups.iter();
        backups.any(|backup| backup.vault_id == vault.id && backup.status.is_being_made())
    };
    if busy == BusyServer::VaultBusy && vault_is_busy() {
        return Err(Problem::new(
            "1001",
            format!("The vault {} is being backed up.", vault.id),
        ));
    }
    if state.cbr.running_backup(id).is_none() {
        return Ok(());
    }
    let reason = format!("A backup task of the resource {id} is running.");
    Err(match busy {
        BusyServer::TaskRunning | BusyServer::VaultBusy => Problem::new("6125", reason),
        BusyServer::InternalError => Problem::new("0002", "The resources are being backed up."),
        BusyServer::Skipped => Problem {
            skip: true,
            ..Problem::new("6125", reason)
        },
    })
}

/// Returns the disks that neither the vault nor the request excludes.
fn included_disks(server: &Server, association: &Association, excluded: &[String]) -> Result<Vec<Disk>, Problem> {
    let unknown = excluded
        .iter()
        .find(|id| !server.disks.iter().any(|disk| disk.id == **id));
    if let Some(id) = unknown {
        return Err(Problem::new("7000", format!("The disk {id} does not exist.")));
    }
    let disks: Vec<_> = server
        .disks
        .iter()
        .filter(|disk| !excluded.contains(&disk.id) && !association.exclude_volumes.contains(&disk.id))
        .cloned()
        .collect();
    if disks.is_empty() {
        return Err(Problem::new(
            "7108",
            format!("The server {} has no disk to back up.", server.id),
        ));
    }
    Ok(disks)
}
