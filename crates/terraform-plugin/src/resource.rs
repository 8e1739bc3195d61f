//! Managed resources.

use async_trait::async_trait;

use super::{AddDiagnostic, AttributePath, AttributeType, Context, Deferred, Diagnostics, NewState, RawValue, Schema};

/// Attribute of an identity.
#[derive(Debug, Clone)]
pub struct IdentityAttribute {
    /// Name of the attribute.
    pub name: String,
    /// Type: a string, a number, a bool, or a list of these.
    pub attr_type: AttributeType,
    /// Required in an import by identity; otherwise it is optional there.
    pub required_for_import: bool,
    /// Description in Markdown.
    pub description: String,
}

impl IdentityAttribute {
    /// Creates a string attribute that is optional in an import by identity.
    #[must_use]
    pub fn string(name: &str, description: &str) -> Self {
        Self {
            name: name.to_owned(),
            attr_type: AttributeType::String,
            required_for_import: false,
            description: description.to_owned(),
        }
    }

    /// Requires the attribute in an import by identity.
    #[must_use]
    pub fn required_for_import(mut self) -> Self {
        self.required_for_import = true;
        self
    }
}

/// Schema of an identity: the attributes that identify the remote object of a resource.
#[derive(Debug, Clone)]
pub struct IdentitySchema {
    /// Version of the schema, for upgrades.
    pub version: i64,
    /// Attributes of the identity.
    pub attributes: Vec<IdentityAttribute>,
}

impl IdentitySchema {
    /// Creates the schema of an identity, in version 0.
    #[must_use]
    pub fn new<const N: usize>(attributes: [IdentityAttribute; N]) -> Self {
        Self {
            version: 0,
            attributes: attributes.into(),
        }
    }
}

/// Request to plan a create or an update.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// State before the change; `None` for a create.
    pub prior_state: Option<RawValue>,
    /// State that Terraform proposes: the configured value of an attribute, or the prior value if it is computed and not
    /// configured.
    pub proposed_state: RawValue,
    /// Configuration of the resource.
    pub config: RawValue,
    /// Private data of the resource in the state.
    pub prior_private: Vec<u8>,
    /// Identity before the change.
    pub prior_identity: Option<RawValue>,
    /// Private data that an earlier plan of this resource returned in the same run; empty if the client does not store it
    /// ([`crate::ClientCapabilities::store_planned_private`]). The plan of a create can learn from it what it replaces.
    pub planned_private: Vec<u8>,
}

/// Result of planning a create or an update.
#[derive(Debug, Clone, Default)]
pub struct Planned {
    /// State after the change; values that are known only after apply are unknown.
    pub state: RawValue,
    /// Attributes whose change requires replacement.
    pub requires_replace: Vec<AttributePath>,
    /// Private data for the apply.
    pub private: Vec<u8>,
    /// Identity after the change, if it is known.
    pub identity: Option<RawValue>,
    /// Reason to defer the change.
    pub deferred: Option<Deferred>,
}

/// Request to create the object.
#[derive(Debug, Clone)]
pub struct Create {
    /// Planned state.
    pub planned_state: RawValue,
    /// Configuration of the resource.
    pub config: RawValue,
    /// Private data of the plan.
    pub planned_private: Vec<u8>,
}

/// Request to update the object.
#[derive(Debug, Clone)]
pub struct Update {
    /// State before the change.
    pub prior_state: RawValue,
    /// Planned state.
    pub planned_state: RawValue,
    /// Configuration of the resource.
    pub config: RawValue,
    /// Private data of the plan.
    pub planned_private: Vec<u8>,
    /// Planned identity.
    pub planned_identity: Option<RawValue>,
}

/// Request to delete the object.
#[derive(Debug, Clone)]
pub struct Delete {
    /// State before the change.
    pub prior_state: RawValue,
    /// Private data of the plan.
    pub private: Vec<u8>,
}

/// Request to read the object.
#[derive(Debug, Clone)]
pub struct Read {
    /// Current state.
    pub current_state: RawValue,
    /// Private data of the resource in the state.
    pub private: Vec<u8>,
    /// Current identity.
    pub current_identity: Option<RawValue>,
}

/// Result of reading the object.
#[derive(Debug, Clone)]
pub enum ReadResult {
    /// The object exists.
    Found(NewState),
    /// The object no longer exists.
    Gone,
    /// The object cannot be read yet.
    Deferred(Deferred),
}

/// Object to import.
#[derive(Debug, Clone)]
pub enum ImportTarget {
    /// Import ID that the user gave.
    Id(String),
    /// Identity that the user gave.
    Identity(RawValue),
}

/// Request to import an object.
#[derive(Debug, Clone)]
pub struct Import {
    /// Object to import.
    pub target: ImportTarget,
}

/// Imported object. Terraform reads it next.
#[derive(Debug, Clone, Default)]
pub struct Imported {
    /// State with the attributes that a read needs to find the object.
    pub state: RawValue,
    /// Private data of the resource, which Terraform stores with the state.
    pub private: Vec<u8>,
    /// Identity of the object, if the resource has an identity schema.
    pub identity: Option<RawValue>,
    /// Reason to defer the change.
    pub deferred: Option<Deferred>,
}

/// Request to upgrade a state or an identity that an older version of the provider wrote.
#[derive(Debug, Clone)]
pub struct UpgradeState {
    /// Schema version of the state.
    pub version: i64,
    /// State as it was stored.
    pub raw: serde_json::Value,
}

/// Request to move a state from another resource type, possibly of another provider.
#[derive(Debug, Clone)]
pub struct MoveState {
    /// Full address of the provider that wrote the state.
    pub source_provider_address: String,
    /// Resource type that the state has.
    pub source_type_name: String,
    /// Schema version of that resource type.
    pub source_schema_version: i64,
    /// State as it was stored.
    pub source_state: serde_json::Value,
    /// Private data of that resource.
    pub source_private: Vec<u8>,
}

/// A managed resource.
///
/// Every method reports problems to `diags`. A panic becomes an error diagnostic of its call.
#[async_trait]
pub trait Resource: Send + Sync + 'static {
    /// Schema of the resource.
    fn schema(&self) -> Schema;

    /// Schema of the resource's identity, if it has one.
    fn identity_schema(&self) -> Option<IdentitySchema> {
        None
    }

    /// Validates a configuration, beyond the validators of single attributes. Makes no call to a service, skips unknown values,
    /// and reports all problems at once.
    async fn validate(&self, _context: &Context, _config: &RawValue, _diags: &mut Diagnostics) {}

    /// Plans a create or an update: by the schema, then with the changes of [`Resource::modify_plan`]. Returns `None` only with
    /// errors in `diags`.
    async fn plan(
        &self,
        context: &Context,
        schema: &Schema,
        request: Plan,
        diags: &mut Diagnostics,
    ) -> Option<Planned> {
        let mut planned = schema.plan(&request);
        self.modify_plan(context, &request, &mut planned, diags).await;
        Some(planned)
    }

    /// Changes a plan, for what the behaviour of single attributes cannot express.
    async fn modify_plan(&self, _context: &Context, _request: &Plan, _planned: &mut Planned, _diags: &mut Diagnostics) {
    }

    /// Checks the planned destruction of the object.
    async fn plan_destroy(&self, _context: &Context, _prior_state: &RawValue, _diags: &mut Diagnostics) {}

    /// Creates the object. Returns `None` only with errors in `diags`, and only if no object was created.
    async fn create(&self, context: &Context, request: Create, diags: &mut Diagnostics) -> Option<NewState>;

    /// Reads the object. Returns `None` only with errors in `diags`.
    async fn read(&self, context: &Context, request: Read, diags: &mut Diagnostics) -> Option<ReadResult>;

    /// Updates the object in place. Returns `None` only with errors in `diags`; the prior state then stays.
    async fn update(&self, context: &Context, request: Update, diags: &mut Diagnostics) -> Option<NewState>;

    /// Deletes the object. Without errors in `diags` it is gone. With errors, `Some` is the new state; after `None` the prior
    /// state stays.
    async fn delete(&self, context: &Context, request: Delete, diags: &mut Diagnostics) -> Option<NewState>;

    /// Imports an object. Returns an empty list only with errors in `diags`.
    async fn import(&self, _context: &Context, _request: Import, diags: &mut Diagnostics) -> Vec<Imported> {
        diags.add_attribute_error(
            "This resource type does not support import",
            "The provider cannot import resources of this type.",
            AttributePath::root(),
        );
        Vec::new()
    }

    /// Upgrades a state of an older schema version. Returns `None` only with errors in `diags`.
    async fn upgrade_state(&self, request: UpgradeState, diags: &mut Diagnostics) -> Option<RawValue> {
        diags.add_attribute_error(
            "Unknown state version",
            format!(
                "The provider cannot upgrade a state of schema version {}.",
                request.version
            ),
            AttributePath::root(),
        );
        None
    }

    /// Upgrades an identity of an older schema version. Returns `None` only with errors in `diags`.
    async fn upgrade_identity(&self, request: UpgradeState, diags: &mut Diagnostics) -> Option<RawValue> {
        diags.add_attribute_error(
            "Unknown identity version",
            format!(
                "The provider cannot upgrade an identity of schema version {}.",
                request.version
            ),
            AttributePath::root(),
        );
        None
    }

    /// Converts the state of another resource type to a state of this one. Returns `None` only with errors in `diags`.
    async fn move_state(&self, request: MoveState, diags: &mut Diagnostics) -> Option<NewState> {
        diags.add_attribute_error(
            "Unsupported move",
            format!(
                "The provider cannot move {} of {} to this resource type.",
                request.source_type_name, request.source_provider_address
            ),
            AttributePath::root(),
        );
        None
    }
}

#[cfg(test)]
mod tests;
