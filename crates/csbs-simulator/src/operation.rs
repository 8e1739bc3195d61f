//! The operations of the API.

use serde::{Deserialize, Serialize};

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Operation of the API, as fault rules, log and counters name it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Operation {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl Operation {
            /// All operations.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Returns the name, such as `get_item`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

operations! {
    /// `GET /` and `GET /v3`.
    IdentityVersions = "identity_versions",
    /// `POST /v3/auth/tokens`.
    CreateToken = "create_token",
    /// `GET` or `HEAD /v3/auth/tokens`.
    ValidateToken = "validate_token",
    /// `DELETE /v3/auth/tokens`.
    RevokeToken = "revoke_token",
    /// `GET /v3/auth/catalog`.
    Catalog = "catalog",
    /// `GET /v3/auth/projects`.
    AuthProjects = "auth_projects",
    /// `GET /v3/auth/domains`.
    AuthDomains = "auth_domains",
    /// `GET /v3/projects`.
    Projects = "projects",
    /// `POST /providers/{}/resources/{}/action`.
    Protect = "protect",
    /// `GET /checkpoint_items/{}`.
    GetItem = "get_item",
    /// `GET /checkpoint_items`.
    ListItems = "list_items",
    /// `GET /checkpoint_items/count`.
    CountItems = "count_items",
    /// `DELETE /providers/{}/checkpoints/{}`.
    DeleteCheckpoint = "delete_checkpoint",
    /// `POST /providers/{}/resources/action` with `check_protectable`.
    CheckProtectable = "check_protectable",
    /// `POST /providers/{}/resources/action` with `check_restorable`.
    CheckRestorable = "check_restorable",
    /// `POST /providers/{}/checkpoints`.
    RunPolicy = "run_policy",
    /// `POST /restores`.
    Restore = "restore",
    /// `POST /policies`.
    CreatePolicy = "create_policy",
    /// `GET /policies/{}`.
    GetPolicy = "get_policy",
    /// `GET /policies`.
    ListPolicies = "list_policies",
    /// `PUT /policies/{}`.
    UpdatePolicy = "update_policy",
    /// `DELETE /policies/{}`.
    DeletePolicy = "delete_policy",
    /// `POST /csbs_backup…/{}/tags`.
    AddTag = "add_tag",
    /// `POST /csbs_backup…/{}/tags/action`.
    BatchTags = "batch_tags",
    /// `DELETE /csbs_backup…/{}/tags/{}`.
    DeleteTag = "delete_tag",
    /// `GET /csbs_backup…/{}/tags`.
    ListTags = "list_tags",
    /// `GET /csbs_backup…/tags`.
    ProjectTags = "project_tags",
    /// `POST /csbs_backup…/resource_instances/action`.
    FilterByTags = "filter_by_tags",
    /// `GET /quotas`.
    Quotas = "quotas",
    /// CBR: `GET /vaults`.
    CbrListVaults = "cbr_list_vaults",
    /// CBR: `GET /vaults/{}`.
    CbrGetVault = "cbr_get_vault",
    /// CBR: `POST /vaults`.
    CbrCreateVault = "cbr_create_vault",
    /// CBR: `PUT /vaults/{}`.
    CbrUpdateVault = "cbr_update_vault",
    /// CBR: `DELETE /vaults/{}`.
    CbrDeleteVault = "cbr_delete_vault",
    /// CBR: `POST /vaults/{}/addresources`.
    CbrAddResources = "cbr_add_resources",
    /// CBR: `POST /vaults/{}/removeresources`.
    CbrRemoveResources = "cbr_remove_resources",
    /// CBR: `POST /vaults/{}/migrateresources`.
    CbrMigrateResources = "cbr_migrate_resources",
    /// CBR: `POST /checkpoints`.
    CbrCreateCheckpoint = "cbr_create_checkpoint",
    /// CBR: `GET /checkpoints/{}`.
    CbrGetCheckpoint = "cbr_get_checkpoint",
    /// CBR: `GET /backups`.
    CbrListBackups = "cbr_list_backups",
    /// CBR: `GET /backups/{}`.
    CbrGetBackup = "cbr_get_backup",
    /// CBR: `PUT /backups/{}`, which the API reference does not have.
    CbrUpdateBackup = "cbr_update_backup",
    /// CBR: `DELETE /backups/{}`.
    CbrDeleteBackup = "cbr_delete_backup",
    /// CBR: `POST /backups/{}/restore`.
    CbrRestoreBackup = "cbr_restore_backup",
    /// CBR: `GET /operation-logs`.
    CbrListTasks = "cbr_list_tasks",
    /// CBR: `GET /operation-logs/{}`.
    CbrGetTask = "cbr_get_task",
    /// CBR: `GET /policies`.
    CbrListPolicies = "cbr_list_policies",
    /// CBR: `POST /vault/{}/tags`.
    CbrAddVaultTag = "cbr_add_vault_tag",
    /// CBR: `POST /vault/{}/tags/action`.
    CbrBatchVaultTags = "cbr_batch_vault_tags",
    /// CBR: `DELETE /vault/{}/tags/{}`.
    CbrDeleteVaultTag = "cbr_delete_vault_tag",
    /// CBR: `GET /vault/{}/tags`.
    CbrListVaultTags = "cbr_list_vault_tags",
    /// CBR: `GET /vault/tags`.
    CbrProjectTags = "cbr_project_tags",
    /// CBR: `POST /vault/resource_instances/action`.
    CbrFilterVaults = "cbr_filter_vaults",
    /// A known path with another method.
    WrongMethod = "wrong_method",
    /// Any other request.
    Unknown = "unknown",
}

impl Operation {
    /// Returns the operation of a request. `segments` are those of the whole path, without a leading region.
    pub(crate) fn of(method: &str, segments: &[&str], body: &[u8]) -> Self {
        let known = |method| Self::find(method, segments, body);
        let found = known(method);
        if found != Self::Unknown {
            return found;
        }
        if ["GET", "POST", "PUT", "DELETE"]
            .into_iter()
            .any(|m| known(m) != Self::Unknown)
        {
            return Self::WrongMethod;
        }
        Self::Unknown
    }

    fn find(method: &str, segments: &[&str], body: &[u8]) -> Self {
        match (method, segments) {
            ("GET", [] | ["v3"]) => Self::IdentityVersions,
            (method, ["v3", project, rest @ ..]) if !is_keystone_collection(project) => Self::cbr(method, rest),
            (method, ["v3", rest @ ..]) => Self::identity(method, rest),
            (method, ["v1", _, rest @ ..]) => Self::csbs(method, rest, body),
            _ => Self::Unknown,
        }
    }

    fn identity(method: &str, rest: &[&str]) -> Self {
        match (method, rest) {
            ("POST", ["auth", "tokens"]) => Self::CreateToken,
            ("GET" | "HEAD", ["auth", "tokens"]) => Self::ValidateToken,
            ("DELETE", ["auth", "tokens"]) => Self::RevokeToken,
            ("GET", ["auth", "catalog"]) => Self::Catalog,
            ("GET", ["auth", "projects"]) => Self::AuthProjects,
            ("GET", ["auth", "domains"]) => Self::AuthDomains,
            ("GET", ["projects"]) => Self::Projects,
            _ => Self::Unknown,
        }
    }

    fn csbs(method: &str, rest: &[&str], body: &[u8]) -> Self {
        match (method, rest) {
            ("POST", ["providers", _, "resources", "action"]) => {
                let restore = body.windows(16).any(|part| part == b"check_restorable");
                if restore {
                    Self::CheckRestorable
                } else {
                    Self::CheckProtectable
                }
            }
            ("POST", ["providers", _, "resources", _, "action"]) => Self::Protect,
            ("POST", ["providers", _, "checkpoints"]) => Self::RunPolicy,
            ("DELETE", ["providers", _, "checkpoints", _]) => Self::DeleteCheckpoint,
            ("GET", ["checkpoint_items"]) => Self::ListItems,
            ("GET", ["checkpoint_items", "count"]) => Self::CountItems,
            ("GET", ["checkpoint_items", _]) => Self::GetItem,
            ("POST", ["restores"]) => Self::Restore,
            ("POST", ["policies"]) => Self::CreatePolicy,
            ("GET", ["policies"]) => Self::ListPolicies,
            ("GET", ["policies", _]) => Self::GetPolicy,
            ("PUT", ["policies", _]) => Self::UpdatePolicy,
            ("DELETE", ["policies", _]) => Self::DeletePolicy,
            ("GET", ["quotas"]) => Self::Quotas,
            (method, ["csbs_backup" | "csbs_backup_policy", rest @ ..]) => Self::tags(method, rest),
            _ => Self::Unknown,
        }
    }

    fn tags(method: &str, rest: &[&str]) -> Self {
        match (method, rest) {
            ("GET", ["tags"]) => Self::ProjectTags,
            ("POST", ["resource_instances", "action"]) => Self::FilterByTags,
            ("POST", [_, "tags"]) => Self::AddTag,
            ("GET", [_, "tags"]) => Self::ListTags,
            ("POST", [_, "tags", "action"]) => Self::BatchTags,
            ("DELETE", [_, "tags", _]) => Self::DeleteTag,
            _ => Self::Unknown,
        }
    }

    fn cbr(method: &str, rest: &[&str]) -> Self {
        match (method, rest) {
            ("GET", ["vaults"]) => Self::CbrListVaults,
            ("POST", ["vaults"]) => Self::CbrCreateVault,
            ("GET", ["vaults", _]) => Self::CbrGetVault,
            ("PUT", ["vaults", _]) => Self::CbrUpdateVault,
            ("DELETE", ["vaults", _]) => Self::CbrDeleteVault,
            ("POST", ["vaults", _, "addresources"]) => Self::CbrAddResources,
            ("POST", ["vaults", _, "removeresources"]) => Self::CbrRemoveResources,
            ("POST", ["vaults", _, "migrateresources"]) => Self::CbrMigrateResources,
            ("POST", ["checkpoints"]) => Self::CbrCreateCheckpoint,
            ("GET", ["checkpoints", _]) => Self::CbrGetCheckpoint,
            ("GET", ["backups"]) => Self::CbrListBackups,
            ("GET", ["backups", _]) => Self::CbrGetBackup,
            ("PUT", ["backups", _]) => Self::CbrUpdateBackup,
            ("DELETE", ["backups", _]) => Self::CbrDeleteBackup,
            ("POST", ["backups", _, "restore"]) => Self::CbrRestoreBackup,
            ("GET", ["operation-logs"]) => Self::CbrListTasks,
            ("GET", ["operation-logs", _]) => Self::CbrGetTask,
            ("GET", ["policies"]) => Self::CbrListPolicies,
            ("GET", ["vault", "tags"]) => Self::CbrProjectTags,
            ("POST", ["vault", "resource_instances", "action"]) => Self::CbrFilterVaults,
            ("POST", ["vault", _, "tags"]) => Self::CbrAddVaultTag,
            ("GET", ["vault", _, "tags"]) => Self::CbrListVaultTags,
            ("POST", ["vault", _, "tags", "action"]) => Self::CbrBatchVaultTags,
            ("DELETE", ["vault", _, "tags", _]) => Self::CbrDeleteVaultTag,
            _ => Self::Unknown,
        }
    }

    /// Returns `true` for operations of Keystone.
    pub const fn is_identity(self) -> bool {
        matches!(
            self,
            Self::IdentityVersions
                | Self::CreateToken
                | Self::ValidateToken
                | Self::RevokeToken
                | Self::Catalog
                | Self::AuthProjects
                | Self::AuthDomains
                | Self::Projects
        )
    }

    /// Returns `true` for operations of Cloud Backup and Recovery.
    pub fn is_cbr(self) -> bool {
        self.name().starts_with("cbr_")
    }

    /// Returns `true` for operations that change something in CSBS or CBR.
    pub const fn is_write(self) -> bool {
        matches!(
            self,
            Self::Protect
                | Self::DeleteCheckpoint
                | Self::RunPolicy
                | Self::Restore
                | Self::CreatePolicy
                | Self::UpdatePolicy
                | Self::DeletePolicy
                | Self::AddTag
                | Self::BatchTags
                | Self::DeleteTag
                | Self::CbrCreateVault
                | Self::CbrUpdateVault
                | Self::CbrDeleteVault
                | Self::CbrAddResources
                | Self::CbrRemoveResources
                | Self::CbrMigrateResources
                | Self::CbrCreateCheckpoint
                | Self::CbrUpdateBackup
                | Self::CbrDeleteBackup
                | Self::CbrRestoreBackup
                | Self::CbrAddVaultTag
                | Self::CbrBatchVaultTags
                | Self::CbrDeleteVaultTag
        )
    }
}

/// Returns `true` for the paths of Keystone, known or not.
pub(crate) fn is_keystone_path(segments: &[&str]) -> bool {
    match segments {
        ["v3"] => true,
        ["v3", word, ..] => is_keystone_collection(word),
        _ => false,
    }
}

/// Returns `true` if a path `/v3/{word}/…` belongs to Keystone. CBR has the ID of a project there.
fn is_keystone_collection(word: &str) -> bool {
    const COLLECTIONS: [&str; 11] = [
        "auth",
        "credentials",
        "domains",
        "endpoints",
        "groups",
        "policies",
        "projects",
        "regions",
        "roles",
        "services",
        "users",
    ];
    COLLECTIONS.contains(&word) || word.starts_with("OS-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_its_operation() {
        let of = |method, path: &str| {
            let segments: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
            Operation::of(method, &segments, b"{}")
        };
        assert_eq!(of("POST", "/v1/p/providers/x/resources/s/action"), Operation::Protect);
        assert_eq!(
            of("POST", "/v1/p/providers/x/resources/action"),
            Operation::CheckProtectable
        );
        assert_eq!(of("GET", "/v1/p/checkpoint_items/count"), Operation::CountItems);
        assert_eq!(of("DELETE", "/v1/p/csbs_backup_policy/i/tags/k"), Operation::DeleteTag);
        assert_eq!(of("PATCH", "/v1/p/policies/i"), Operation::WrongMethod);
        assert_eq!(of("GET", "/v1/p/nothing"), Operation::Unknown);
        assert_eq!(of("POST", "/v3/auth/tokens"), Operation::CreateToken);
        assert_eq!(of("GET", "/v3/OS-FEDERATION/projects"), Operation::Unknown);
        assert_eq!(of("POST", "/v3/p/checkpoints"), Operation::CbrCreateCheckpoint);
        assert_eq!(of("DELETE", "/v3/p/checkpoints/c"), Operation::WrongMethod);
        assert_eq!(of("GET", "/v3/p/vault/tags"), Operation::CbrProjectTags);
        assert_eq!(of("DELETE", "/v3/p/vault/i/tags/k"), Operation::CbrDeleteVaultTag);
    }
}
