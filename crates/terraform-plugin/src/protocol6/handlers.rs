//! One function for each call: decodes the request, calls the provider, encodes its response. [`call`] has the steps that
//! they share.

mod actions;
mod apply;
mod call;
mod data_source;
mod entry;
mod ephemeral;
mod functions;
mod generate_config;
mod guard;
mod import;
mod list;
mod normalize;
mod plan;
mod provider;
mod resource;
mod schemas;
mod secrets;
mod upgrade;
mod validate;
mod values;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    Action, AttributeType, Context, DataSource, Deferred, Diagnostics, EphemeralResource, Function, ListResource,
    PartialState, Provider, Redact, Resource, Schema,
};

use super::{schema, types::block_type, wire};

use entry::Entry;

/// Capacity of the channels of a streaming call, in messages.
const STREAM_BUFFER: usize = 16;

/// The provider, with what all calls share.
pub struct Handlers {
    provider: Arc<dyn Provider>,
    redact: Arc<dyn Redact>,
    provider_schema: Schema,
    provider_type: AttributeType,
    resources: BTreeMap<String, Entry<dyn Resource>>,
    data_sources: BTreeMap<String, Entry<dyn DataSource>>,
    ephemeral: BTreeMap<String, Entry<dyn EphemeralResource>>,
    lists: BTreeMap<String, Entry<dyn ListResource>>,
    actions: BTreeMap<String, Entry<dyn Action>>,
    functions: BTreeMap<String, Arc<dyn Function>>,
    schemas: OnceLock<bytes::Bytes>,
    /// Cancelled by a stop, and replaced when a client that keeps its plugins for several runs configures the provider again.
    cancel: RwLock<CancellationToken>,
    deferred: RwLock<Option<Deferred>>,
    running: TaskTracker,
}

/// Returns a number that identifies a call in the log of this process.
pub fn request_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Handlers {
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        let provider_schema = provider.schema();
        Self {
            provider_type: block_type(&provider_schema.block),
            provider_schema,
            resources: Entry::all(provider.resources()),
            data_sources: Entry::all(provider.data_sources()),
            ephemeral: Entry::all(provider.ephemeral_resources()),
            lists: Entry::all(provider.list_resources()),
            actions: Entry::all(provider.actions()),
            functions: provider.functions(),
            schemas: OnceLock::new(),
            cancel: RwLock::default(),
            deferred: RwLock::default(),
            running: TaskTracker::new(),
            redact: provider.redact(),
            provider,
        }
    }

    /// Asks every running handler to return.
    pub fn stop(&self) {
        self.cancel.read().unwrap_or_else(PoisonError::into_inner).cancel();
    }

    /// Tracks the running calls.
    pub fn running(&self) -> &TaskTracker {
        &self.running
    }

    /// Encodes the diagnostics of a response, without secrets.
    fn diagnostics(&self, diags: Diagnostics) -> Vec<wire::Diagnostic> {
        schema::diagnostics(diags, self.redact.as_ref())
    }

    fn context(&self, capabilities: Option<&wire::ClientCapabilities>) -> Context {
        Context {
            cancel: self.cancel.read().unwrap_or_else(PoisonError::into_inner).clone(),
            capabilities: schema::capabilities(capabilities),
            partial_state: PartialState::default(),
        }
    }

    /// The reason to defer everything that needs the provider's configuration, if the client understands deferral.
    fn deferral(&self, context: &Context) -> Option<Deferred> {
        let reason = *self.deferred.read().unwrap_or_else(PoisonError::into_inner);
        reason.filter(|_| context.capabilities.deferral_allowed)
    }
}
