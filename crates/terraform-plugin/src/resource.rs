//! A managed resource and what is asked of it.

use async_trait::async_trait;

use super::{AddDiagnostic, AttributePath, AttributeType, Context, Deferred, Diagnostics, RawValue, Schema};

/// One attribute of a resource's identity.
#[derive(Debug, Clone)]
pub struct IdentityAttribute {
    /// Name.
    pub name: String,
    /// Type: a primitive or a list of primitives.
    pub attr_type: AttributeType,
    /// Must be given to import by identity; otherwise it may be left out.
    pub required_for_import: bool,
    /// What it is.
    pub description: String,
}

/// The attributes that say which object in the cloud a resource is.
#[derive(Debug, Clone)]
pub struct IdentitySchema {
    /// Version, for upgrades.
    pub version: i64,
    /// The attributes.
    pub attributes: Vec<IdentityAttribute>,
}

/// Plan a create or an update.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// State before; `None` for a create.
    pub prior_state: Option<RawValue>,
    /// What Terraform proposes: configuration where it is set, prior value where it is computed.
    pub proposed_state: RawValue,
    /// The configuration.
    pub config: RawValue,
    /// What the resource kept for itself.
    pub prior_private: Vec<u8>,
    /// Identity before.
    pub prior_identity: Option<RawValue>,
    /// Private data that an earlier plan of this resource in the same run returned; empty where the client does not keep it
    /// ([`crate::ClientCapabilities::store_planned_private`]). This is how the plan of a create learns what it replaces.
    pub planned_private: Vec<u8>,
}

/// A planned create or update.
#[derive(Debug, Clone, Default)]
pub struct Planned {
    /// The state after; unknown where it is known after apply.
    pub state: RawValue,
    /// Attributes whose change needs a replacement.
    pub requires_replace: Vec<AttributePath>,
    /// To be kept for apply.
    pub private: Vec<u8>,
    /// Identity after, where it is known.
    pub identity: Option<RawValue>,
    /// Put off.
    pub deferred: Option<Deferred>,
}

/// Create the object.
#[derive(Debug, Clone)]
pub struct Create {
    /// What was planned.
    pub planned_state: RawValue,
    /// The configuration.
    pub config: RawValue,
    /// What the plan kept.
    pub planned_private: Vec<u8>,
}

/// Change the object.
#[derive(Debug, Clone)]
pub struct Update {
    /// State before.
    pub prior_state: RawValue,
    /// What was planned.
    pub planned_state: RawValue,
    /// The configuration.
    pub config: RawValue,
    /// What the plan kept.
    pub planned_private: Vec<u8>,
    /// Identity as planned.
    pub planned_identity: Option<RawValue>,
}

/// Delete the object.
#[derive(Debug, Clone)]
pub struct Delete {
    /// State before.
    pub prior_state: RawValue,
    /// What the plan kept.
    pub private: Vec<u8>,
}

/// State after create, update or a delete that did not get to its end. It is kept also when there are errors: a create with
/// state and an error leaves a tainted resource, which is what keeps it from being lost.
#[derive(Debug, Clone, Default)]
pub struct NewState {
    /// The state.
    pub state: RawValue,
    /// Kept for the resource itself.
    pub private: Vec<u8>,
    /// Identity.
    pub identity: Option<RawValue>,
}

impl NewState {
    /// The state of a model, without private data and identity. `None` with an error when the model does not fit.
    pub fn from_model<T: serde::Serialize>(model: &T, diags: &mut Diagnostics) -> Option<Self> {
        Some(Self {
            state: RawValue::from_model(model, diags)?,
            ..Self::default()
        })
    }
}

/// Read the object.
#[derive(Debug, Clone)]
pub struct Read {
    /// State as it is known.
    pub current_state: RawValue,
    /// What the resource kept for itself.
    pub private: Vec<u8>,
    /// Identity as it is known.
    pub current_identity: Option<RawValue>,
}

/// What a read found.
#[derive(Debug, Clone)]
pub enum ReadResult {
    /// The object, as it is.
    Found(NewState),
    /// It no longer exists.
    Gone,
    /// Cannot be told yet.
    Deferred(Deferred),
}

/// What to import.
#[derive(Debug, Clone)]
pub enum ImportTarget {
    /// By the text that the user gave.
    Id(String),
    /// By identity.
    Identity(RawValue),
}

/// Import an object.
#[derive(Debug, Clone)]
pub struct Import {
    /// Which.
    pub target: ImportTarget,
}

/// An imported object; Terraform reads it next.
#[derive(Debug, Clone, Default)]
pub struct Imported {
    /// As much state as a read needs to find it.
    pub state: RawValue,
    /// Kept for the resource itself.
    pub private: Vec<u8>,
    /// Identity.
    pub identity: Option<RawValue>,
    /// Put off.
    pub deferred: Option<Deferred>,
}

/// Take over a state that an older version wrote.
#[derive(Debug, Clone)]
pub struct UpgradeState {
    /// Schema version that wrote it.
    pub version: i64,
    /// The state as it was written.
    pub raw: serde_json::Value,
}

/// Take over the state of another resource type, also of another provider.
#[derive(Debug, Clone)]
pub struct MoveState {
    /// Full address of the provider that wrote it.
    pub source_provider_address: String,
    /// Its resource type.
    pub source_type_name: String,
    /// Its schema version.
    pub source_schema_version: i64,
    /// The state as it was written.
    pub source_state: serde_json::Value,
    /// What that resource kept for itself.
    pub source_private: Vec<u8>,
}

/// A managed resource.
///
/// Every method reports problems to `diags`. A panic becomes an error diagnostic of its call.
#[async_trait]
pub trait Resource: Send + Sync + 'static {
    /// Its schema.
    fn schema(&self) -> Schema;

    /// Its identity, where it has one.
    fn identity_schema(&self) -> Option<IdentitySchema> {
        None
    }

    /// Checks what the validators of single attributes cannot see, without any call to a service; reports all problems at
    /// once and skips unknown values.
    async fn validate(&self, _context: &Context, _config: &RawValue, _diags: &mut Diagnostics) {}

    /// Plans a create or an update: by the schema, and then as [`Resource::modify_plan`] changes it. `None` only with errors.
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

    /// Changes a plan where the behaviour of single attributes is not enough.
    async fn modify_plan(&self, _context: &Context, _request: &Plan, _planned: &mut Planned, _diags: &mut Diagnostics) {
    }

    /// Looks at a planned destroy.
    async fn plan_destroy(&self, _context: &Context, _prior_state: &RawValue, _diags: &mut Diagnostics) {}

    /// Creates. `None` only with errors, and only when nothing was made.
    async fn create(&self, context: &Context, request: Create, diags: &mut Diagnostics) -> Option<NewState>;

    /// Reads. `None` only with errors.
    async fn read(&self, context: &Context, request: Read, diags: &mut Diagnostics) -> Option<ReadResult>;

    /// Updates in place. `None` only with errors; the prior state is then kept.
    async fn update(&self, context: &Context, request: Update, diags: &mut Diagnostics) -> Option<NewState>;

    /// Deletes. Without errors the object is gone. With errors, `Some` is the state to keep, `None` keeps the prior one.
    async fn delete(&self, context: &Context, request: Delete, diags: &mut Diagnostics) -> Option<NewState>;

    /// Imports. Empty only with errors.
    async fn import(&self, _context: &Context, _request: Import, diags: &mut Diagnostics) -> Vec<Imported> {
        diags.add_attribute_error(
            "This resource cannot be imported",
            "The provider has no import for this resource type.",
            AttributePath::root(),
        );
        Vec::new()
    }

    /// Takes over a state of an older schema version; called for older versions only. `None` only with errors.
    async fn upgrade_state(&self, request: UpgradeState, diags: &mut Diagnostics) -> Option<RawValue> {
        diags.add_attribute_error(
            "This state is of an unknown version",
            format!(
                "The provider cannot upgrade a state of schema version {}.",
                request.version
            ),
            AttributePath::root(),
        );
        None
    }

    /// Takes over an identity of an older version; called for older versions only. `None` only with errors.
    async fn upgrade_identity(&self, request: UpgradeState, diags: &mut Diagnostics) -> Option<RawValue> {
        diags.add_attribute_error(
            "This identity is of an unknown version",
            format!(
                "The provider cannot upgrade an identity of version {}.",
                request.version
            ),
            AttributePath::root(),
        );
        None
    }

    /// Takes over the state of another resource type. `None` only with errors.
    async fn move_state(&self, request: MoveState, diags: &mut Diagnostics) -> Option<NewState> {
        diags.add_attribute_error(
            "This resource cannot be moved here",
            format!(
                "{} of {} cannot become this resource type.",
                request.source_type_name, request.source_provider_address
            ),
            AttributePath::root(),
        );
        None
    }
}
