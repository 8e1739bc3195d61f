//! Messages about a vault that cannot take a backup of a server.

use otc_client::{
    cbr::Vault,
    operation::create_vault_backup::{VaultProblem, problem_of},
};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostic, Diagnostics};

/// Whether a problem certainly makes the create fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// The create is about to begin.
    Create,
    /// A plan: until the create begins, the vault and its servers can change, also by this configuration.
    Plan,
}

/// Reports why `vault` cannot take a backup of the server. Returns `false` if nothing speaks against it.
pub fn report_vault(vault: &Vault, server_id: &str, certainty: Certainty, diags: &mut Diagnostics) -> bool {
    let Some(problem) = problem_of(vault, server_id) else {
        return false;
    };
    let text = text_of(problem, vault, server_id);
    let label = match &vault.name {
        Some(name) => format!("Vault {} ({name:?})", vault.id),
        None => format!("Vault {}", vault.id),
    };
    let is_error = problem == VaultProblem::WrongKind || certainty == Certainty::Create;
    let consequence = match certainty {
        Certainty::Create => " No backup was created.",
        Certainty::Plan if is_error => "",
        Certainty::Plan => " The create fails unless this has changed by then.",
    };
    let diagnostic = Diagnostic {
        summary: text.summary.into(),
        detail: format!("{label}: {}{consequence}\n\n{}", text.fact, text.next).into(),
        attribute: AttributePath::new("vault_id"),
    };
    if is_error {
        diags.errors.push(diagnostic);
    } else {
        diags.warnings.push(diagnostic);
    }
    true
}

/// Reports a vault that does not exist.
pub fn report_no_vault(vault_id: &str, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        "There is no such vault",
        format!(
            "The service has no vault with the ID {vault_id} in this project. Check the ID, and that the provider's project and \
             region are those of the vault."
        ),
        AttributePath::new("vault_id"),
    );
}

struct Text {
    summary: &'static str,
    fact: String,
    next: &'static str,
}

fn text_of(problem: VaultProblem, vault: &Vault, server_id: &str) -> Text {
    match problem {
        VaultProblem::WrongKind => Text {
            summary: "The vault is not for backups of servers",
            fact: format!(
                "its object type is {:?} and its protection type {:?}.",
                vault.object_type.as_deref().unwrap_or("(unknown)"),
                vault.protect_type.as_deref().unwrap_or("(unknown)")
            ),
            next: "Use a vault with the object type \"server\" and the protection type \"backup\".",
        },
        VaultProblem::NotAssociated => Text {
            summary: "The server is not in the vault",
            fact: format!("server {server_id} is not associated with it."),
            next: "Associate the server with the vault first: in the console (\"Associate Server\"), or with the resource that \
                   manages the vault. A server can be in one vault only. The provider does not do it, because taking a server \
                   out of a vault again deletes all its backups.",
        },
        VaultProblem::Status => {
            let reason = vault
                .frozen_scene
                .as_ref()
                .map_or_else(String::new, |reason| format!(" ({reason})"));
            Text {
                summary: "The status of the vault does not allow a backup",
                fact: format!("its status is {:?}{reason}.", vault.status.as_str()),
                next: "Look at the vault in the console of the cloud. A frozen vault usually waits for a payment.",
            }
        }
        VaultProblem::Full => Text {
            summary: "The vault is full",
            fact: format!(
                "its backups take {} MB of {} GB.",
                vault.used_mb.unwrap_or_default(),
                vault.size_gb.unwrap_or_default()
            ),
            next: "Increase its capacity, or delete backups that are no longer needed. A vault with auto_expand, set before it is \
                   full, grows by itself.",
        },
    }
}
