//! What every resource holds to reach the service: empty until the provider is configured, shared from then on.

use std::sync::{Arc, PoisonError, RwLock};

use otc_client::{
    csbs::{Client, ClientOptions, Inventory},
    identity::Session,
    operation::OperationContext,
};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics};

/// The way to the service. Clones share it; nothing is sent before something is asked for.
#[derive(Clone, Default)]
pub struct Connection {
    state: Arc<RwLock<State>>,
}

#[derive(Clone, Default)]
enum State {
    #[default]
    NotConfigured,
    ConfigurationUnknown,
    Ready(Box<OperationContext>),
}

impl Connection {
    /// A connection that is there before the provider is configured.
    #[must_use]
    pub fn with_session(session: Arc<Session>) -> Self {
        let connection = Self::default();
        connection.configure(session, ClientOptions::default());
        connection
    }

    /// Takes the session that the provider block describes.
    pub fn configure(&self, session: Arc<Session>, options: ClientOptions) {
        self.set(State::Ready(Box::new(OperationContext::new(Client::new(
            session, options,
        )))));
    }

    /// Notes that the provider block has values that are not known yet.
    pub fn configuration_unknown(&self) {
        self.set(State::ConfigurationUnknown);
    }

    /// Whether the provider block has values that are not known yet.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        matches!(self.state(), State::ConfigurationUnknown)
    }

    /// The service with its shared looks, for operations; an error in `diags` when there is none.
    pub fn service(&self, diags: &mut Diagnostics) -> Option<OperationContext> {
        match self.state() {
            State::Ready(service) => Some(*service),
            State::ConfigurationUnknown => {
                diags.add_attribute_error(
                    "The provider configuration is not known yet",
                    "An argument of the provider block depends on a resource that does not exist yet. Apply that \
                     resource first, for example with -target, or set the argument from something that is known.",
                    AttributePath::root(),
                );
                None
            }
            State::NotConfigured => {
                diags.add_attribute_error(
                    "The provider is not configured",
                    "Terraform asked for something that needs the service before it sent the provider block. Please \
                     report this.",
                    AttributePath::root(),
                );
                None
            }
        }
    }

    /// Single calls; an error in `diags` when the provider is not configured.
    pub fn client(&self, diags: &mut Diagnostics) -> Option<Client> {
        self.service(diags).map(|service| service.client)
    }

    /// Looks at items; an error in `diags` when the provider is not configured.
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
