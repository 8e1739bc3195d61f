//! The provider: its configuration, and everything that it offers.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;

use super::{
    Action, Context, DataSource, Deferred, Diagnostics, EphemeralResource, Function, ListResource, NothingToRedact,
    RawValue, Redact, Resource, Schema,
};

/// Request to configure the provider.
#[derive(Debug, Clone)]
pub struct Configure {
    /// Version of Terraform or OpenTofu.
    pub terraform_version: String,
    /// Configuration of the provider block; can have unknown values.
    pub config: RawValue,
}

/// A provider.
///
/// Names of resources, data sources and the like are full type names such as `notes_note`; names of functions have no prefix.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// Schema of the provider block.
    fn schema(&self) -> Schema;

    /// Managed resources, by type name.
    fn resources(&self) -> BTreeMap<String, Arc<dyn Resource>> {
        BTreeMap::new()
    }

    /// Data sources, by type name.
    fn data_sources(&self) -> BTreeMap<String, Arc<dyn DataSource>> {
        BTreeMap::new()
    }

    /// Functions, by name.
    fn functions(&self) -> BTreeMap<String, Arc<dyn Function>> {
        BTreeMap::new()
    }

    /// Ephemeral resources, by type name.
    fn ephemeral_resources(&self) -> BTreeMap<String, Arc<dyn EphemeralResource>> {
        BTreeMap::new()
    }

    /// List resources, by type name. Each needs a managed resource of the same name.
    fn list_resources(&self) -> BTreeMap<String, Arc<dyn ListResource>> {
        BTreeMap::new()
    }

    /// Actions, by type name.
    fn actions(&self) -> BTreeMap<String, Arc<dyn Action>> {
        BTreeMap::new()
    }

    /// Removes the provider's secrets from everything that leaves the process.
    fn redact(&self) -> Arc<dyn Redact> {
        Arc::new(NothingToRedact)
    }

    /// Validates the configuration of the provider block, beyond the validators of single attributes. Makes no call to a
    /// service, skips unknown values, and reports all problems at once.
    async fn validate(&self, _config: &RawValue, _diags: &mut Diagnostics) {}

    /// Takes the configuration of the provider block. Makes no call to a service.
    ///
    /// `Some(reason)` defers everything that needs this configuration, if the client understands deferral. The handlers then
    /// answer for the provider: reads and imports of resources, reads of data sources, plans of actions and ephemeral
    /// resources are not called at all, and every planned change of a resource is marked as deferred. So a resource needs
    /// no check of its own.
    async fn configure(&self, context: &Context, request: Configure, diags: &mut Diagnostics) -> Option<Deferred>;
}
