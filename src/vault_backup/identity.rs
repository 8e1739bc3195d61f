//! Identity of a vault backup.

use terraform_plugin::{IdentitySchema, RawValue};

use crate::object_identity::ObjectIdentity;

use super::model::VaultBackupModel;

/// Schema of the identity.
#[must_use]
pub fn schema() -> IdentitySchema {
    ObjectIdentity::schema("ID of the backup.", "Region of the backup.")
}

/// Identity of the backup in `state`; `None` while the service has not shown the backup.
#[must_use]
pub fn of(state: &VaultBackupModel) -> Option<RawValue> {
    let identity = ObjectIdentity {
        id: state.id.clone(),
        region: state.region.clone(),
        project_id: state.project_id.clone(),
    };
    identity.to_raw()
}
