//! One function for each call: decodes the message, asks the provider, encodes its answer.

mod actions;
mod clean;
mod data;
mod ephemeral;
mod functions;
mod guard;
mod lifecycle;
mod list;
mod normalize;
mod provider;
mod state;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Action, AddDiagnostic, AttributePath, AttributeType, Context, DataSource, Deferred, Diagnostics, EphemeralResource,
    Function, ListResource, PartialState, Provider, RawValue, Redact, Resource, Schema,
};

use super::{
    codec::{self, CodecError},
    schema,
    types::{block_type, identity_type},
    wire,
};

/// A resource with what is derived from its schema.
struct ResourceEntry {
    resource: Arc<dyn Resource>,
    schema: Schema,
    ty: AttributeType,
    identity: Option<(wire::ResourceIdentitySchema, AttributeType)>,
}

/// Anything else that has a configuration.
struct Entry<T: ?Sized> {
    item: Arc<T>,
    schema: Schema,
    ty: AttributeType,
}

/// Everything that the calls share.
pub struct Handlers {
    provider: Arc<dyn Provider>,
    redact: Arc<dyn Redact>,
    provider_schema: Schema,
    provider_type: AttributeType,
    resources: BTreeMap<String, ResourceEntry>,
    data_sources: BTreeMap<String, Entry<dyn DataSource>>,
    ephemeral: BTreeMap<String, Entry<dyn EphemeralResource>>,
    lists: BTreeMap<String, Entry<dyn ListResource>>,
    actions: BTreeMap<String, Entry<dyn Action>>,
    functions: BTreeMap<String, Arc<dyn Function>>,
    schemas: OnceLock<bytes::Bytes>,
    /// Cancelled by a stop. A program that keeps its plugins for several runs configures anew, which starts a fresh one.
    cancel: RwLock<CancellationToken>,
    deferred: RwLock<Option<Deferred>>,
    running: TaskTracker,
}

/// A number that tells the calls of one process apart in its log.
pub fn request_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Handlers {
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        let resources = provider.resources().into_iter().map(|(name, resource)| {
            let schema = resource.schema();
            let ty = block_type(&schema.block);
            let identity = resource
                .identity_schema()
                .map(|s| (schema::identity_schema(&s), identity_type(&s)));
            (
                name,
                ResourceEntry {
                    resource,
                    schema,
                    ty,
                    identity,
                },
            )
        });
        macro_rules! entries {
            ($items:expr) => {
                $items
                    .into_iter()
                    .map(|(name, item)| {
                        let schema = item.schema();
                        let ty = block_type(&schema.block);
                        (name, Entry { item, schema, ty })
                    })
                    .collect()
            };
        }
        let own = provider.schema();
        Self {
            provider_type: block_type(&own.block),
            provider_schema: own,
            resources: resources.collect(),
            data_sources: entries!(provider.data_sources()),
            ephemeral: entries!(provider.ephemeral_resources()),
            lists: entries!(provider.list_resources()),
            actions: entries!(provider.actions()),
            functions: provider.functions(),
            schemas: OnceLock::new(),
            cancel: RwLock::default(),
            deferred: RwLock::default(),
            running: TaskTracker::new(),
            redact: provider.redact(),
            provider,
        }
    }

    /// Tells every handler to come to its end.
    pub fn stop(&self) {
        self.cancel.read().unwrap_or_else(PoisonError::into_inner).cancel();
    }

    /// The calls that run.
    pub fn running(&self) -> &TaskTracker {
        &self.running
    }

    /// Diagnostics of an answer, without secrets.
    fn diagnostics(&self, diags: Diagnostics) -> Vec<wire::Diagnostic> {
        schema::diagnostics(diags, self.redact.as_ref())
    }

    fn context(&self, capabilities: Option<&wire::ClientCapabilities>) -> Context {
        Context {
            cancel: self.cancel.read().unwrap_or_else(PoisonError::into_inner).clone(),
            capabilities: schema::capabilities(capabilities),
            kept: PartialState::default(),
        }
    }

    /// Why everything that needs the provider's configuration is put off, where the caller can take that.
    fn deferral(&self, context: &Context) -> Option<Deferred> {
        let reason = *self.deferred.read().unwrap_or_else(PoisonError::into_inner);
        reason.filter(|_| context.capabilities.deferral_allowed)
    }
}

/// Finds what a call names.
fn find<'a, T>(items: &'a BTreeMap<String, T>, kind: &str, name: &str, diags: &mut Diagnostics) -> Option<&'a T> {
    tracing::Span::current().record("tf_resource_type", name);
    let found = items.get(name);
    if found.is_none() {
        diags.add_attribute_error(
            format!("There is no {kind} {name}"),
            "The provider does not have it. Its version may be older than the configuration expects.",
            AttributePath::root(),
        );
    }
    found
}

/// Decodes a value of a call.
fn decode(
    value: Option<&wire::DynamicValue>,
    ty: &AttributeType,
    what: &str,
    diags: &mut Diagnostics,
) -> Option<RawValue> {
    codec::decode(value, ty)
        .map_err(|error| unreadable(what, &error, diags))
        .ok()
}

fn unreadable(what: &str, error: &CodecError, diags: &mut Diagnostics) {
    diags.add_attribute_error(
        format!("The {what} cannot be read"),
        format!("It does not fit the provider's schema: {error}. This is a bug of the provider or of the program that calls it."), AttributePath::root());
}

/// Encodes a value of an answer.
fn encode(value: &RawValue, ty: &AttributeType, what: &str, diags: &mut Diagnostics) -> Option<wire::DynamicValue> {
    codec::encode(value, ty)
        .map_err(|error| {
            diags.add_attribute_error(
                format!("The {what} does not fit the provider's schema"),
                format!("{error}. This is a bug of the provider; please report it."),
                AttributePath::root(),
            );
        })
        .ok()
}

fn encode_identity(
    identity: Option<&RawValue>,
    ty: Option<&AttributeType>,
    diags: &mut Diagnostics,
) -> Option<wire::ResourceIdentityData> {
    let data = encode(identity?, ty?, "identity", diags)?;
    Some(wire::ResourceIdentityData {
        identity_data: Some(data),
    })
}

fn decode_identity(
    identity: Option<&wire::ResourceIdentityData>,
    ty: Option<&AttributeType>,
    diags: &mut Diagnostics,
) -> Option<RawValue> {
    let value = decode(identity?.identity_data.as_ref(), ty?, "identity", diags)?;
    (!value.is_null()).then_some(value)
}

use guard::{OnStop, guarded};
