//! The work of Terraform's core with one resource: validate, refresh, plan, apply, taint, import. It also asserts Terraform's
//! rules for the provider's responses.

use std::{collections::BTreeMap, sync::Arc};

use terraform_plugin::{
    ActionEvent, AttributeConstraint, Context, Create, Delete, Diagnostics, Import, ImportTarget, InvokeAction, Plan,
    PlanAction, Planned, Provider, RawValue, Read, ReadData, ReadResult, Resource, Schema, Update,
};
use tokio_util::sync::CancellationToken;

/// A resource in a state.
#[derive(Debug, Clone)]
pub struct Stored {
    pub state: RawValue,
    pub private: Vec<u8>,
    pub identity: Option<RawValue>,
    pub tainted: bool,
}

/// The action of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Nothing,
    Create,
    Update,
    Replace,
}

/// One resource address of one configuration.
#[derive(Clone)]
pub struct Core {
    type_name: String,
    resource: Arc<dyn Resource>,
    schema: Arc<Schema>,
    pub stored: Option<Stored>,
    pub cancel: CancellationToken,
}

impl Core {
    /// The resource `csbs_backup` of `provider`, not yet in the state.
    pub fn new(provider: &impl Provider) -> Self {
        Self::of(provider, "csbs_backup")
    }

    /// A resource of another type.
    pub fn of(provider: &impl Provider, type_name: &str) -> Self {
        let resource = provider.resources()[type_name].clone();
        Self {
            type_name: type_name.to_owned(),
            schema: Arc::new(resource.schema()),
            resource,
            stored: None,
            cancel: CancellationToken::new(),
        }
    }

    /// Continues with another process of the provider.
    pub fn reconnect(&mut self, provider: &impl Provider) {
        self.resource = provider.resources()[&self.type_name].clone();
    }

    /// The resource's schema.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// A full configuration with these values set.
    pub fn config(&self, values: &[(&str, RawValue)]) -> RawValue {
        let names = self.schema.block.attributes.keys();
        let mut config: BTreeMap<String, RawValue> = names.map(|name| (name.clone(), RawValue::Null)).collect();
        config.insert("timeouts".to_owned(), RawValue::Null);
        for (name, value) in values {
            assert!(config.contains_key(*name), "{name} is not in the schema");
            config.insert((*name).to_owned(), value.clone());
        }
        RawValue::Map(config)
    }

    /// An attribute in the state.
    pub fn get(&self, name: &str) -> RawValue {
        self.stored
            .as_ref()
            .map_or(RawValue::Null, |stored| stored.state.get(name).clone())
    }

    /// An attribute in the state, as text.
    pub fn text(&self, name: &str) -> String {
        self.get(name).as_str().unwrap_or_default().to_owned()
    }

    fn context(&self) -> Context {
        Context {
            cancel: self.cancel.clone(),
            ..Context::default()
        }
    }

    pub async fn validate(&self, config: &RawValue) -> Diagnostics {
        let mut diags = Diagnostics::default();
        self.schema.validate(config, &mut diags);
        self.resource.validate(&self.context(), config, &mut diags).await;
        diags
    }

    /// Refreshes what is in the state.
    pub async fn refresh(&mut self) -> Diagnostics {
        let mut diags = Diagnostics::default();
        let Some(stored) = self.stored.clone() else {
            return diags;
        };
        let request = Read {
            current_state: stored.state.clone(),
            private: stored.private.clone(),
            current_identity: stored.identity.clone(),
        };
        match self.resource.read(&self.context(), request, &mut diags).await {
            Some(ReadResult::Found(read)) => {
                assert!(read.state.is_wholly_known(), "a refreshed state has unknown values");
                if stored.identity.is_some() {
                    assert_eq!(read.identity, stored.identity, "a refresh has changed the identity");
                }
                self.stored = Some(Stored {
                    state: read.state,
                    private: read.private,
                    identity: read.identity,
                    tainted: stored.tainted,
                });
            }
            Some(ReadResult::Gone) => self.stored = None,
            Some(ReadResult::Deferred(_)) => {}
            None => assert!(
                !diags.errors.is_empty(),
                "a read without an answer and without an error"
            ),
        }
        diags
    }

    /// Refreshes and plans.
    pub async fn plan(&mut self, config: &RawValue) -> (Action, Diagnostics) {
        let mut diags = self.validate(config).await;
        if diags.errors.is_empty() {
            diags.add_diagnostics(self.refresh().await);
        }
        if !diags.errors.is_empty() {
            return (Action::Nothing, diags);
        }
        let (action, _) = self.planned(config, &mut diags).await;
        (action, diags)
    }

    async fn planned(&self, config: &RawValue, diags: &mut Diagnostics) -> (Action, Planned) {
        let (prior, private, identity) = match &self.stored {
            Some(stored) if !stored.tainted => (
                Some(stored.state.clone()),
                stored.private.clone(),
                stored.identity.clone(),
            ),
            _ => (None, Vec::new(), None),
        };
        let planned = self.plan_from(prior.clone(), private, identity, config, diags).await;
        match prior {
            None if self.stored.is_some() => (Action::Replace, planned),
            None => (Action::Create, planned),
            Some(prior) => {
                let changed = |path: &terraform_plugin::AttributePath| {
                    let name = path.to_string();
                    prior.get(&name) != planned.state.get(&name)
                };
                if planned.requires_replace.iter().any(changed) {
                    let private = planned.private.clone();
                    (
                        Action::Replace,
                        self.plan_from(None, private, None, config, diags).await,
                    )
                } else if planned.state == prior {
                    (Action::Nothing, planned)
                } else {
                    (Action::Update, planned)
                }
            }
        }
    }

    async fn plan_from(
        &self,
        prior: Option<RawValue>,
        private: Vec<u8>,
        identity: Option<RawValue>,
        config: &RawValue,
        diags: &mut Diagnostics,
    ) -> Planned {
        let schema = &self.schema;
        let mut proposed = config.clone();
        for (name, attribute) in &schema.block.attributes {
            let computed = matches!(
                attribute.constraint,
                AttributeConstraint::Computed | AttributeConstraint::OptionalComputed
            );
            if computed && config.get(name).is_null() {
                let value = prior.as_ref().map_or(RawValue::Null, |prior| prior.get(name).clone());
                proposed.set(name, value);
            }
        }
        let request = Plan {
            prior_state: prior.clone(),
            proposed_state: proposed,
            config: config.clone(),
            prior_private: private,
            prior_identity: identity,
            ..Plan::default()
        };
        let planned = self
            .resource
            .plan(&self.context(), schema, request, diags)
            .await
            .expect("a plan");
        for (name, attribute) in &schema.block.attributes {
            let value = planned.state.get(name);
            let configured = config.get(name);
            let before = prior.as_ref().map_or(&RawValue::Null, |prior| prior.get(name));
            let computed = matches!(
                attribute.constraint,
                AttributeConstraint::Computed | AttributeConstraint::OptionalComputed
            );
            // The framework and real Terraform check what is allowed in nested objects.
            let nested = matches!(
                attribute.attr_type,
                terraform_plugin::AttributeType::AttributeSet(_) | terraform_plugin::AttributeType::AttributeList(_)
            );
            let allowed = nested
                || value == configured
                || (value == before && !before.is_null() && !configured.is_null())
                || (computed && configured.is_null());
            assert!(
                allowed,
                "invalid plan: {name} is {value:?}, configured {configured:?}, before {before:?}"
            );
        }
        planned
    }

    /// Refreshes, plans and applies. A destroy that fails leaves the state unchanged.
    pub async fn apply(&mut self, config: &RawValue) -> (Action, Diagnostics) {
        let mut diags = self.validate(config).await;
        if diags.errors.is_empty() {
            diags.add_diagnostics(self.refresh().await);
        }
        if !diags.errors.is_empty() {
            return (Action::Nothing, diags);
        }
        let (action, planned) = self.planned(config, &mut diags).await;
        match action {
            Action::Nothing => {}
            Action::Create => self.create(config, planned, &mut diags).await,
            Action::Update => self.update(config, planned, &mut diags).await,
            Action::Replace => {
                diags.add_diagnostics(self.destroy().await);
                if self.stored.is_none() {
                    self.create(config, planned, &mut diags).await;
                }
            }
        }
        (action, diags)
    }

    async fn create(&mut self, config: &RawValue, planned: Planned, diags: &mut Diagnostics) {
        let request = Create {
            planned_state: planned.state.clone(),
            config: config.clone(),
            planned_private: planned.private,
        };
        let mut own = Diagnostics::default();
        let made = self.resource.create(&self.context(), request, &mut own).await;
        let failed = !own.errors.is_empty();
        assert!(made.is_some() || failed, "a create without state and without an error");
        diags.add_diagnostics(own);
        self.stored = made.map(|made| {
            check(&planned.state, &made.state, failed);
            Stored {
                state: made.state,
                private: made.private,
                identity: made.identity,
                tainted: failed,
            }
        });
    }

    async fn update(&mut self, config: &RawValue, planned: Planned, diags: &mut Diagnostics) {
        let stored = self.stored.clone().expect("something to update");
        let request = Update {
            prior_state: stored.state,
            planned_state: planned.state.clone(),
            config: config.clone(),
            planned_private: planned.private,
            planned_identity: planned.identity,
        };
        let mut own = Diagnostics::default();
        let made = self.resource.update(&self.context(), request, &mut own).await;
        let failed = !own.errors.is_empty();
        assert!(made.is_some() || failed, "an update without state and without an error");
        diags.add_diagnostics(own);
        if let Some(made) = made {
            check(&planned.state, &made.state, failed);
            self.stored = Some(Stored {
                state: made.state,
                private: made.private,
                identity: made.identity,
                tainted: false,
            });
        }
    }

    /// Destroys what is in the state.
    pub async fn destroy(&mut self) -> Diagnostics {
        let mut diags = Diagnostics::default();
        let Some(stored) = self.stored.clone() else {
            return diags;
        };
        let request = Delete {
            prior_state: stored.state,
            private: stored.private,
        };
        let kept = self.resource.delete(&self.context(), request, &mut diags).await;
        if diags.errors.is_empty() {
            self.stored = None;
        } else if let (Some(kept), Some(stored)) = (kept, &mut self.stored) {
            stored.state = kept.state;
        }
        diags
    }

    /// Imports and refreshes, as Terraform does.
    pub async fn import(&mut self, target: ImportTarget) -> Diagnostics {
        let mut diags = Diagnostics::default();
        let mut found = self
            .resource
            .import(&self.context(), Import { target }, &mut diags)
            .await;
        assert_eq!(found.is_empty(), !diags.errors.is_empty());
        if let Some(imported) = found.pop() {
            self.stored = Some(Stored {
                state: imported.state,
                private: imported.private,
                identity: imported.identity,
                tainted: false,
            });
            diags.add_diagnostics(self.refresh().await);
        }
        diags
    }
}

/// Asserts Terraform's rule that a new state agrees with the plan unless there are errors.
fn check(planned: &RawValue, made: &RawValue, failed: bool) {
    assert!(made.is_wholly_known(), "a state has unknown values: {made:?}");
    if failed {
        return;
    }
    for (name, value) in planned.as_map().expect("an object") {
        if value.is_wholly_known() {
            assert_eq!(made.get(name), value, "{name} is not as it was planned");
        }
    }
}

/// A configuration with all of `names`: the given values, and null for the rest.
pub fn configuration(names: impl IntoIterator<Item = String>, values: &[(&str, RawValue)]) -> RawValue {
    let mut config: BTreeMap<String, RawValue> = names.into_iter().map(|name| (name, RawValue::Null)).collect();
    for (name, value) in values {
        let known = config.insert((*name).to_owned(), value.clone());
        assert!(known.is_some(), "{name} is not in the schema");
    }
    RawValue::Map(config)
}

/// Invokes an action; returns its progress messages.
pub async fn invoke(
    provider: &impl Provider,
    type_name: &str,
    values: &[(&str, RawValue)],
    cancel: CancellationToken,
) -> (Vec<String>, Diagnostics) {
    let action = provider.actions()[type_name].clone();
    let config = configuration(action.schema().block.attributes.into_keys(), values);
    let context = Context {
        cancel,
        ..Context::default()
    };
    let mut diags = Diagnostics::default();
    action.schema().validate(&config, &mut diags);
    action.validate(&context, &config, &mut diags).await;
    if !diags.errors.is_empty() {
        return (Vec::new(), diags);
    }
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1000);
    action
        .invoke(&context, InvokeAction { config }, sender, &mut diags)
        .await;
    let mut messages = Vec::new();
    while let Some(ActionEvent::Progress(text)) = receiver.recv().await {
        messages.push(text);
    }
    (messages, diags)
}

/// Plans an action, and returns its diagnostics.
pub async fn plan_action(provider: &impl Provider, type_name: &str, values: &[(&str, RawValue)]) -> Diagnostics {
    let action = provider.actions()[type_name].clone();
    let config = configuration(action.schema().block.attributes.into_keys(), values);
    let mut diags = Diagnostics::default();
    let deferred = action
        .plan(&Context::default(), PlanAction { config }, &mut diags)
        .await;
    assert!(deferred.is_none());
    diags
}

/// Validates and reads a data source. A result has every attribute of the schema, and the configured values.
pub async fn read_data_source(
    provider: &impl Provider,
    type_name: &str,
    values: &[(&str, RawValue)],
) -> (Option<RawValue>, Diagnostics) {
    let source = provider.data_sources()[type_name].clone();
    let schema = source.schema();
    let config = configuration(schema.block.attributes.keys().cloned(), values);
    let mut diags = Diagnostics::default();
    schema.validate(&config, &mut diags);
    source.validate(&Context::default(), &config, &mut diags).await;
    if !diags.errors.is_empty() {
        return (None, diags);
    }
    let found = match source.read(&Context::default(), config, &mut diags).await {
        Some(ReadData::Found(found)) => Some(found),
        _ => None,
    };
    assert_eq!(found.is_none(), !diags.errors.is_empty());
    if let Some(found) = &found {
        assert!(found.is_wholly_known(), "a data source has unknown values");
        let names: Vec<_> = found.as_map().expect("an object").keys().collect();
        let expected: Vec<_> = schema.block.attributes.keys().collect();
        assert_eq!(names, expected);
        for (name, value) in values {
            assert_eq!(found.get(name), value, "{name} is not as it is configured");
        }
    }
    (found, diags)
}

/// An object or map.
pub fn object(values: &[(&str, RawValue)]) -> RawValue {
    RawValue::Map(
        values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    )
}
