//! The plan of a create or an update, derived from the schema.

use crate::{AttributeConstraint, AttributePath, Plan, Planned, RawValue};

use super::{Attribute, AttributeType, Attributes, Change, Schema, attribute::UseState};

impl Schema {
    /// Plans a create or an update from the behaviour of the attributes.
    ///
    /// | value of an attribute | planned |
    /// | --- | --- |
    /// | configured | the configured value; the prior one where both are equivalent and Terraform allows it |
    /// | not configured, with a default | the default |
    /// | not configured, computed, create | unknown |
    /// | not configured, computed, update | the prior value; unknown when an attribute of [`Attribute::changes_with`] changes |
    /// | not configured, not computed | null |
    ///
    /// The same holds inside nested objects. Elements of a list are matched by position, elements of a map by key, and elements
    /// of a set by their configured values; [`Attribute::match_elements`] replaces this. A matched element takes the computed
    /// values of its prior element. Blocks are planned as they are configured.
    #[must_use]
    pub fn plan(&self, request: &Plan) -> Planned {
        let attributes = &self.block.attributes;
        let prior = request.prior_state.as_ref();
        let mut state = request.proposed_state.clone();
        for (name, attribute) in attributes {
            let prior = Prior::at_same_path(prior.map(|prior| prior.get(name)));
            state.set(name, planned_value(attribute, prior, &request.config, name));
        }
        let mut requires_replace = Vec::new();
        if let Some(prior) = prior {
            for (name, attribute) in attributes {
                let change = Change {
                    prior: prior.get(name),
                    planned: state.get(name),
                    private: &request.prior_private,
                };
                let replaced = attribute.replacement.as_ref().is_some_and(|applies| applies(&change));
                if replaced && !attribute.same(change.prior, change.planned) {
                    requires_replace.push(AttributePath::new(name.clone()));
                }
            }
            forget_what_changes(attributes, prior, &request.config, &mut state);
        }
        Planned {
            state,
            requires_replace,
            private: if prior.is_some() {
                request.prior_private.clone()
            } else {
                Vec::new()
            },
            identity: request.prior_identity.clone(),
            deferred: None,
        }
    }
}

impl Schema {
    /// Makes computed attributes unknown in an update that can change any of them, such as one that waits for an unfinished
    /// object. Configured attributes stay known, and so do attributes that can be configured and have a value.
    /// [`Attribute::use_state_for_unknown`] exempts others.
    pub fn make_computed_unknown(&self, request: &Plan, planned: &mut Planned) {
        for (name, attribute) in &self.block.attributes {
            if !attribute.is_computed() || !request.config.get(name).is_null() {
                continue;
            }
            let keeps = match attribute.use_state {
                UseState::Always => true,
                UseState::Never if attribute.constraint == AttributeConstraint::Computed => false,
                UseState::Never | UseState::NonNull => !planned.state.get(name).is_null(),
            };
            if !keeps {
                planned.make_unknown(name);
            }
        }
    }
}

impl Planned {
    /// Plans the prior value of an attribute, which then requires no replacement. Terraform accepts this for a computed attribute
    /// that is not configured, and instead of a configured value if the prior value is not null.
    pub fn keep_prior(&mut self, request: &Plan, name: &'static str) {
        if let Some(prior) = &request.prior_state {
            self.state.set(name, prior.get(name).clone());
        }
        let path = AttributePath::new(name);
        self.requires_replace.retain(|replaced| *replaced != path);
    }

    /// Plans an unknown value, which Terraform shows as "known after apply".
    pub fn make_unknown(&mut self, name: &str) {
        self.state.set(name, RawValue::UNKNOWN);
    }

    /// Returns `true` if the plan changes an attribute.
    #[must_use]
    pub fn changes(&self, request: &Plan, name: &str) -> bool {
        let prior = request.prior_state.as_ref();
        prior.is_none_or(|prior| prior.get(name) != self.state.get(name))
    }
}

/// Prior values for a planned value.
#[derive(Clone, Copy, Default)]
struct Prior<'a> {
    /// Prior value of the same object; `None` in a create and in a new element.
    continued: Option<&'a RawValue>,
    /// Prior value at the same path, which Terraform accepts in a plan instead of a configured value. `None` in a set.
    at_path: Option<&'a RawValue>,
}

impl<'a> Prior<'a> {
    fn at_same_path(value: Option<&'a RawValue>) -> Self {
        Self {
            continued: value,
            at_path: value,
        }
    }

    fn get(self, name: &str) -> Self {
        Self {
            continued: self.continued.map(|value| value.get(name)),
            at_path: self.at_path.map(|value| value.get(name)),
        }
    }

    /// Drops values that are not objects.
    fn objects(self) -> Self {
        let is_object = |value: &&RawValue| value.as_map().is_some();
        Self {
            continued: self.continued.filter(is_object),
            at_path: self.at_path.filter(is_object),
        }
    }
}

/// Returns the planned value of the attribute `name` of a configured object.
fn planned_value(attribute: &Attribute, prior: Prior<'_>, object: &RawValue, name: &str) -> RawValue {
    let config = object.get(name);
    if config.is_null() {
        let planned = unconfigured_value(attribute, prior.continued, object);
        return match prior.continued {
            // Terraform requires null for an attribute that is neither configured nor computed.
            Some(prior) if attribute.is_computed() && attribute.same(prior, &planned) => prior.clone(),
            _ => planned,
        };
    }
    let planned = planned_nested(attribute, prior, config);
    match prior.at_path {
        // Terraform accepts the prior value in a plan instead of a configured value if neither is null.
        Some(prior) if !prior.is_null() && attribute.same(prior, &planned) => prior.clone(),
        _ => planned,
    }
}

fn unconfigured_value(attribute: &Attribute, prior: Option<&RawValue>, object: &RawValue) -> RawValue {
    if let Some(default) = &attribute.default {
        return default.clone();
    }
    match (&attribute.initial_value, prior) {
        _ if !attribute.is_computed() => RawValue::Null,
        (Some(initial), None | Some(RawValue::Null)) => initial(object),
        (None, None) => RawValue::UNKNOWN,
        (_, Some(prior)) => prior.clone(),
    }
}

/// Returns a configured value with the planned values of its nested attributes.
fn planned_nested(attribute: &Attribute, prior: Prior<'_>, config: &RawValue) -> RawValue {
    match (&attribute.attr_type, config) {
        (AttributeType::AttributeSingle(inner), config) => planned_object(inner, prior, config),
        (AttributeType::AttributeMap(inner), RawValue::Map(elements)) => {
            let elements = elements.iter();
            RawValue::Map(
                elements
                    .map(|(key, element)| (key.clone(), planned_object(inner, prior.get(key), element)))
                    .collect(),
            )
        }
        (AttributeType::AttributeList(inner), RawValue::List(elements)) => {
            let at_path = prior.at_path.and_then(RawValue::as_list).unwrap_or_default();
            planned_elements(attribute, inner, prior, elements, |index| at_path.get(index))
        }
        (AttributeType::AttributeSet(inner), RawValue::List(elements)) => {
            planned_elements(attribute, inner, prior, elements, |_| None)
        }
        _ => config.clone(),
    }
}

/// Returns the planned elements of a list or set. `at_path` finds the prior element at the path of an element.
fn planned_elements<'a>(
    attribute: &Attribute,
    inner: &Attributes,
    prior: Prior<'a>,
    config: &[RawValue],
    at_path: impl Fn(usize) -> Option<&'a RawValue>,
) -> RawValue {
    let continued = prior.continued.and_then(RawValue::as_list).unwrap_or_default();
    let matched = match (&attribute.element_matching, &attribute.attr_type) {
        (Some(matching), _) => matching(config, continued),
        (None, AttributeType::AttributeSet(_)) => {
            let has_values = |element| {
                continued
                    .iter()
                    .position(|prior| has_configured_values(inner, prior, element))
            };
            config.iter().map(has_values).collect()
        }
        (None, _) => (0..config.len()).map(Some).collect(),
    };
    let elements = config.iter().enumerate().map(|(index, element)| {
        let continued = matched.get(index).copied().flatten().and_then(|at| continued.get(at));
        let prior = Prior {
            continued,
            at_path: at_path(index),
        };
        planned_object(inner, prior, element)
    });
    RawValue::List(elements.collect())
}

fn planned_object(attributes: &Attributes, prior: Prior<'_>, config: &RawValue) -> RawValue {
    if config.as_map().is_none() {
        return config.clone();
    }
    let prior = prior.objects();
    let values = attributes
        .iter()
        .map(|(name, attribute)| (name.clone(), planned_value(attribute, prior.get(name), config, name)));
    RawValue::Map(values.collect())
}

fn has_configured_values(attributes: &Attributes, prior: &RawValue, config: &RawValue) -> bool {
    attributes
        .iter()
        .all(|(name, attribute)| config.get(name).is_null() || attribute.same(prior.get(name), config.get(name)))
}

/// Makes the values unknown that the service changes together with a changed attribute.
fn forget_what_changes(attributes: &Attributes, prior: &RawValue, config: &RawValue, state: &mut RawValue) {
    for (name, attribute) in attributes {
        let changes = attribute
            .changes_with
            .iter()
            .any(|other| state.get(other) != prior.get(other));
        if changes && config.get(name).is_null() {
            state.set(name, RawValue::UNKNOWN);
        }
    }
}

#[cfg(test)]
mod tests;
