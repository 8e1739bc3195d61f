//! The connection to the service that all resources share: empty until the provider is configured.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use otc_client::{
    csbs::{Client, ClientOptions, Inventory},
    identity::Session,
    operation::OperationContext,
};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics, ImportTarget, RawValue};

/// The connection to the service. Clones share it. Nothing is sent before the first request.
#[derive(Clone, Default)]
pub struct Connection {
    state: Arc<RwLock<State>>,
    /// The region to use, if it is not the provider's.
    region: Option<String>,
}

#[derive(Clone, Default)]
enum State {
    #[default]
    NotConfigured,
    ConfigurationUnknown,
    Ready {
        contexts: Arc<RegionalContexts>,
        skip_plan_checks: bool,
    },
}

/// The contexts of the regions. Operations in one region share reads, and all regions share one sign-in.
struct RegionalContexts {
    default: OperationContext,
    regions: Mutex<BTreeMap<String, OperationContext>>,
}

impl RegionalContexts {
    fn new(default: OperationContext) -> Self {
        Self {
            default,
            regions: Mutex::default(),
        }
    }

    /// The context of `region`; that of the provider's region when it is `None`.
    fn get(&self, region: Option<&str>) -> OperationContext {
        let provider_region = self.default.client.session().known_region();
        let Some(region) = region.or(provider_region.as_deref()) else {
            return self.default.clone();
        };
        let mut regions = self.regions.lock().unwrap_or_else(PoisonError::into_inner);
        // A name stays with the context that it got first, so that its operations share reads.
        let context = regions.entry(region.to_owned()).or_insert_with(|| {
            if provider_region.as_deref() == Some(region) {
                self.default.clone()
            } else {
                self.default.in_region(region)
            }
        });
        context.clone()
    }
}

impl Connection {
    /// A connection that needs no provider configuration.
    #[must_use]
    pub fn with_session(session: Arc<Session>, skip_plan_checks: bool) -> Self {
        let connection = Self::default();
        connection.configure(session, ClientOptions::default(), skip_plan_checks);
        connection
    }

    /// Sets the session and the options that the provider block describes.
    pub fn configure(&self, session: Arc<Session>, options: ClientOptions, skip_plan_checks: bool) {
        self.set(State::Ready {
            contexts: Arc::new(RegionalContexts::new(OperationContext::new(Client::new(
                session, options,
            )))),
            skip_plan_checks,
        });
    }

    /// Records that the provider block has values that are not known yet.
    pub fn configuration_unknown(&self) {
        self.set(State::ConfigurationUnknown);
    }

    /// Returns whether the provider block has values that are not known yet.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        matches!(self.state(), State::ConfigurationUnknown)
    }

    /// The connection for `object`, which is a configuration, state or identity: in the region of its attribute `region`, or else in
    /// the provider's.
    #[must_use]
    pub fn in_region_of(&self, object: &RawValue) -> Self {
        Self {
            state: Arc::clone(&self.state),
            region: object.get("region").as_str().map(str::to_owned),
        }
    }

    /// The connection for an import: in the region of the identity, or else in the provider's.
    #[must_use]
    pub fn for_import(&self, target: &ImportTarget) -> Self {
        match target {
            ImportTarget::Id(_) => self.clone(),
            ImportTarget::Identity(identity) => self.in_region_of(identity),
        }
    }

    /// The context of operations; an error in `diags` when the provider is not configured.
    pub fn service(&self, diags: &mut Diagnostics) -> Option<OperationContext> {
        match self.state() {
            State::Ready { contexts, .. } => Some(contexts.get(self.region.as_deref())),
            State::ConfigurationUnknown => {
                diags.add_attribute_error(
                    "The provider configuration is not known yet",
                    "An argument of the provider block depends on a resource that does not exist yet. Apply that \
                     resource first, for example with -target, or set the argument to a value that is known.",
                    AttributePath::root(),
                );
                None
            }
            State::NotConfigured => {
                diags.add_attribute_error(
                    "The provider is not configured",
                    "Terraform requested an operation of the service before it sent the provider block. Please \
                     report this.",
                    AttributePath::root(),
                );
                None
            }
        }
    }

    /// The context for checks while planning. `None` when the provider is not configured yet or `skip_plan_checks` is set.
    #[must_use]
    pub fn for_plan_checks(&self) -> Option<OperationContext> {
        match self.state() {
            State::Ready {
                contexts,
                skip_plan_checks: false,
            } => Some(contexts.get(self.region.as_deref())),
            _ => None,
        }
    }

    /// The client for single calls; an error in `diags` when the provider is not configured.
    pub fn client(&self, diags: &mut Diagnostics) -> Option<Client> {
        self.service(diags).map(|service| service.client)
    }

    /// The shared reads of items; an error in `diags` when the provider is not configured.
    pub fn inventory(&self, diags: &mut Diagnostics) -> Option<Inventory> {
        self.service(diags).map(|service| service.inventory)
    }

    fn state(&self) -> State {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, state: State) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
    }
}
