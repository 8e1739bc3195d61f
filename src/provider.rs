//! The provider: its schema, resources, data sources, actions, list resources and functions.

use std::{collections::BTreeMap, sync::Arc};

use crate::{Connection, configuration, redact::Redactor, registry, sign_in};
use async_trait::async_trait;

use otc_client::{
    http::Secrets,
    identity::{Environment, Session},
};
use terraform_plugin::{
    Action, Configure, Context, DataSource, Deferred, Diagnostics, Function, ListResource, Provider, RawValue, Redact,
    Resource, Schema,
};

/// The provider `csbs`.
#[derive(Clone, Default)]
pub struct CsbsProvider {
    pub(crate) connection: Connection,
    /// The connection was set by a test; the provider block does not change it.
    fixed: bool,
    /// Replaces the environment of the process.
    environment: Option<Environment>,
    /// One register for all provider blocks of the process: they share one log, and a secret of one block must not appear in the
    /// messages of another.
    secrets: Secrets,
}

impl CsbsProvider {
    /// A provider that signs in with the settings of its provider block and environment.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A provider that uses `session` and ignores its provider block. Its plans send no checks, so that the requests of a test are
    /// those of the operation.
    #[must_use]
    pub fn with_session(session: Arc<Session>) -> Self {
        Self::fixed(Connection::with_session(session, true))
    }

    /// As [`CsbsProvider::with_session`], with the checks of plans.
    #[must_use]
    pub fn with_session_and_plan_checks(session: Arc<Session>) -> Self {
        Self::fixed(Connection::with_session(session, false))
    }

    fn fixed(connection: Connection) -> Self {
        Self {
            connection,
            fixed: true,
            ..Self::default()
        }
    }

    /// A provider that uses `environment` in place of the environment of its process.
    #[must_use]
    pub fn with_environment(environment: Environment) -> Self {
        Self {
            environment: Some(environment),
            ..Self::default()
        }
    }

    fn environment(&self) -> Environment {
        self.environment.clone().unwrap_or_else(Environment::of_process)
    }
}

#[async_trait]
impl Provider for CsbsProvider {
    fn schema(&self) -> Schema {
        configuration::schema()
    }

    fn resources(&self) -> BTreeMap<String, Arc<dyn Resource>> {
        registry::resources(&self.connection)
    }

    fn data_sources(&self) -> BTreeMap<String, Arc<dyn DataSource>> {
        registry::data_sources(&self.connection)
    }

    fn functions(&self) -> BTreeMap<String, Arc<dyn Function>> {
        registry::functions()
    }

    fn list_resources(&self) -> BTreeMap<String, Arc<dyn ListResource>> {
        registry::list_resources(&self.connection)
    }

    fn actions(&self) -> BTreeMap<String, Arc<dyn Action>> {
        registry::actions(&self.connection)
    }

    fn redact(&self) -> Arc<dyn Redact> {
        Arc::new(Redactor(self.secrets.clone()))
    }

    async fn validate(&self, config: &RawValue, diags: &mut Diagnostics) {
        if !self.fixed {
            sign_in::validate(config, &self.environment(), &self.secrets, diags);
        }
    }

    async fn configure(&self, _context: &Context, request: Configure, diags: &mut Diagnostics) -> Option<Deferred> {
        if self.fixed {
            return None;
        }
        if !request.config.is_wholly_known() {
            self.connection.configuration_unknown();
            return Some(Deferred::ProviderConfigUnknown);
        }
        let environment = self.environment();
        if let Some((session, options)) = sign_in::session(
            &request.config,
            &environment,
            &request.terraform_version,
            &self.secrets,
            diags,
        ) {
            self.connection
                .configure(session, options, configuration::skips_plan_checks(&request.config));
        }
        None
    }
}
