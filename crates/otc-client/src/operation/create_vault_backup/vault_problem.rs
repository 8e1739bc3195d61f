//! Reasons why a vault cannot take a backup of a server.

use crate::cbr::{ProtectStatus, Vault, VaultStatus};

/// A reason why a vault cannot take a backup of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultProblem {
    /// It is a vault for other resources, or for copies.
    WrongKind,
    /// The server is not associated with it, or is being removed from it.
    NotAssociated,
    /// It is frozen, being deleted or in error.
    Status,
    /// Its backups take more space than was ordered, and it does not grow.
    Full,
}

/// The reason why `vault` cannot take a backup of the server, if the vault shows one. A vault whose capacity is being changed can.
pub fn problem_of(vault: &Vault, server_id: &str) -> Option<VaultProblem> {
    let is_other = |value: &Option<String>, expected: &str| value.as_deref().is_some_and(|value| value != expected);
    if is_other(&vault.object_type, "server") || is_other(&vault.protect_type, "backup") {
        return Some(VaultProblem::WrongKind);
    }
    let server = vault.resource(server_id);
    if server.is_none_or(|server| server.protect_status == ProtectStatus::Removing) {
        return Some(VaultProblem::NotAssociated);
    }
    if let VaultStatus::Frozen | VaultStatus::Deleting | VaultStatus::Error = vault.status {
        return Some(VaultProblem::Status);
    }
    (vault.is_full() && vault.auto_expand != Some(true)).then_some(VaultProblem::Full)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(billing: &serde_json::Value) -> Vault {
        serde_json::from_value(serde_json::json!({
            "id": "vault", "billing": billing, "resources": [{"id": "server"}],
        }))
        .unwrap()
    }

    #[test]
    fn what_a_vault_shows_decides() {
        let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        for (billing, problem) in [
            (r#"{"status": "available"}"#, None),
            (r#"{"status": "lock"}"#, None),
            (r#"{"status": "polished"}"#, None),
            (r#"{"object_type": "disk"}"#, Some(VaultProblem::WrongKind)),
            (r#"{"protect_type": "replication"}"#, Some(VaultProblem::WrongKind)),
            (r#"{"status": "frozen"}"#, Some(VaultProblem::Status)),
            (r#"{"status": "error"}"#, Some(VaultProblem::Status)),
            (r#"{"size": 1, "used": 1024}"#, None),
            (r#"{"size": 1, "used": 1025}"#, Some(VaultProblem::Full)),
        ] {
            assert_eq!(problem_of(&vault(&json(billing)), "server"), problem, "{billing}");
        }
        assert_eq!(
            problem_of(&vault(&json("{}")), "other"),
            Some(VaultProblem::NotAssociated)
        );
        let leaving = json(r#"{"id": "vault", "resources": [{"id": "server", "protect_status": "removing"}]}"#);
        let leaving: Vault = serde_json::from_value(leaving).unwrap();
        assert_eq!(problem_of(&leaving, "server"), Some(VaultProblem::NotAssociated));
    }
}
