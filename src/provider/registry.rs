//! What the provider offers, by name: the one place to register a resource, data source, action, list resource or function.

use std::{collections::BTreeMap, sync::Arc};

use crate::framework::{Action, DataSource, Function, ListResource, Resource};

use super::{Connection, backup::BackupResource, policy::PolicyResource};

/// Managed resources.
pub fn resources(connection: &Connection) -> BTreeMap<String, Arc<dyn Resource>> {
    let mut resources: BTreeMap<String, Arc<dyn Resource>> = BTreeMap::new();
    resources.insert(
        "csbs_backup".to_owned(),
        Arc::new(BackupResource::new(connection.clone())),
    );
    resources.insert(
        "csbs_backup_policy".to_owned(),
        Arc::new(PolicyResource::new(connection.clone())),
    );
    resources
}

/// Data sources.
pub fn data_sources(_connection: &Connection) -> BTreeMap<String, Arc<dyn DataSource>> {
    BTreeMap::new()
}

/// Actions.
pub fn actions(_connection: &Connection) -> BTreeMap<String, Arc<dyn Action>> {
    BTreeMap::new()
}

/// List resources.
pub fn list_resources(_connection: &Connection) -> BTreeMap<String, Arc<dyn ListResource>> {
    BTreeMap::new()
}

/// Functions.
pub fn functions() -> BTreeMap<String, Arc<dyn Function>> {
    BTreeMap::new()
}
