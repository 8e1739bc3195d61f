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
mod tests {
    use super::*;
    use crate::{Refinement, schema::attributes};

    fn object(values: &[(&str, RawValue)]) -> RawValue {
        RawValue::Map(values.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect())
    }

    fn list(elements: &[RawValue]) -> RawValue {
        RawValue::List(elements.to_vec())
    }

    fn schema() -> Schema {
        let inner = || {
            attributes([
                Attribute::string("key").required(),
                Attribute::bool("on").default(true),
                Attribute::string("id").computed(),
            ])
        };
        Schema::new("").attributes([
            Attribute::string("name").required().requires_replace(),
            Attribute::string("description")
                .default("")
                .equivalent(|a, b| a.as_str().unwrap_or_default().trim() == b.as_str().unwrap_or_default().trim())
                .requires_replace(),
            Attribute::string("note"),
            Attribute::string("updated_at").computed().changes_with(&["note"]),
            Attribute::string("size").requires_replace_if(|change| change.private == b"strict"),
            Attribute::list_of_objects("list", inner()),
            Attribute::set_of_objects("set", inner()),
            Attribute::list_of_objects("matched", matched_element()).match_elements(match_by_key),
            Attribute::set_of_objects("matched_set", matched_element()).match_elements(match_by_key),
        ])
    }

    fn matched_element() -> Attributes {
        attributes([
            Attribute::string("key").required(),
            Attribute::string("text").equivalent(|a, b| lower_case(a) == lower_case(b)),
            Attribute::string("label").initial_value(|element| element.get("key").clone()),
            Attribute::string("id").computed(),
        ])
    }

    fn lower_case(value: &RawValue) -> Option<String> {
        value.as_str().map(str::to_lowercase)
    }

    fn match_by_key(config: &[RawValue], prior: &[RawValue]) -> Vec<Option<usize>> {
        let index = |element: &RawValue| prior.iter().position(|prior| prior.get("key") == element.get("key"));
        config.iter().map(index).collect()
    }

    fn matched(key: &str, text: &str, label: RawValue, id: RawValue) -> RawValue {
        object(&[("key", key.into()), ("text", text.into()), ("label", label), ("id", id)])
    }

    fn config(values: &[(&str, RawValue)]) -> RawValue {
        let names = schema().block.attributes.into_keys();
        let mut config = RawValue::Map(names.map(|name| (name, RawValue::Null)).collect());
        config.set("name", "a");
        for (name, value) in values {
            config.set(name, value.clone());
        }
        config
    }

    fn element(key: &str, on: RawValue, id: RawValue) -> RawValue {
        object(&[("key", key.into()), ("on", on), ("id", id)])
    }

    fn plan(prior: Option<&RawValue>, config: &RawValue) -> Planned {
        plan_with(prior, config, b"")
    }

    fn plan_with(prior: Option<&RawValue>, config: &RawValue, private: &[u8]) -> Planned {
        schema().plan(&Plan {
            prior_state: prior.cloned(),
            proposed_state: config.clone(),
            config: config.clone(),
            prior_private: private.to_vec(),
            ..Plan::default()
        })
    }

    fn replaced(planned: &Planned) -> Vec<String> {
        planned.requires_replace.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_create_plans_configured_values_and_defaults() {
        let state = plan(
            None,
            &config(&[("list", list(&[element("k", RawValue::Null, RawValue::Null)]))]),
        )
        .state;
        assert_eq!(state.get("description").as_str(), Some(""));
        assert!(state.get("updated_at").is_unknown());
        assert!(state.get("note").is_null());
        assert_eq!(
            state.get("list"),
            &list(&[element("k", true.into(), RawValue::UNKNOWN)])
        );
    }

    #[test]
    fn a_second_plan_changes_nothing() {
        let prior = config(&[
            ("description", "".into()),
            ("updated_at", "now".into()),
            ("list", list(&[element("k", true.into(), "1".into())])),
            (
                "set",
                list(&[
                    element("a", true.into(), "2".into()),
                    element("b", false.into(), "3".into()),
                ]),
            ),
        ]);
        let config = config(&[
            ("list", list(&[element("k", RawValue::Null, RawValue::Null)])),
            (
                "set",
                list(&[
                    element("b", false.into(), RawValue::Null),
                    element("a", RawValue::Null, RawValue::Null),
                ]),
            ),
        ]);
        let planned = plan(Some(&prior), &config);
        assert_eq!(replaced(&planned), Vec::<String>::new());
        let mut expected = prior.clone();
        expected.set(
            "set",
            list(&[
                element("b", false.into(), "3".into()),
                element("a", true.into(), "2".into()),
            ]),
        );
        assert_eq!(planned.state, expected);
    }

    #[test]
    fn an_equivalent_value_keeps_the_prior_one_and_replaces_nothing() {
        let prior = config(&[("description", " text".into()), ("updated_at", "now".into())]);
        let planned = plan(Some(&prior), &config(&[("description", "text ".into())]));
        assert_eq!(planned.state, prior);
        assert_eq!(replaced(&planned), Vec::<String>::new());
    }

    #[test]
    fn a_null_prior_value_does_not_replace_an_equivalent_configured_one() {
        let prior = config(&[("updated_at", "now".into())]);
        let planned = plan(Some(&prior), &config(&[("description", " ".into())]));
        assert_eq!(planned.state.get("description").as_str(), Some(" "));
        assert_eq!(replaced(&planned), Vec::<String>::new());
    }

    #[test]
    fn a_change_requires_replacement_if_the_attribute_does() {
        let prior = config(&[("description", "".into()), ("updated_at", "now".into())]);
        for (name, value, private, expected) in [
            ("name", RawValue::from("b"), "", &["name"][..]),
            ("name", RawValue::UNKNOWN, "", &["name"]),
            ("description", "text".into(), "", &["description"]),
            ("note", "text".into(), "", &[]),
            ("size", "1".into(), "", &[]),
            ("size", "1".into(), "strict", &["size"]),
        ] {
            let planned = plan_with(Some(&prior), &config(&[(name, value)]), private.as_bytes());
            assert_eq!(replaced(&planned), expected, "{name}");
            assert_eq!(planned.private, private.as_bytes());
        }
    }

    #[test]
    fn an_attribute_that_changes_with_another_is_known_after_apply() {
        let prior = config(&[("description", "".into()), ("updated_at", "now".into())]);
        let planned = plan(Some(&prior), &config(&[("note", "text".into())]));
        assert!(planned.state.get("updated_at").is_unknown());
        assert_eq!(plan(Some(&prior), &config(&[])).state, prior);
    }

    #[test]
    fn an_equivalent_value_is_not_kept_where_nothing_is_configured_or_computed() {
        let schema = Schema::new("").attributes([Attribute::map_of_strings("triggers").equivalent(|_, _| true)]);
        let empty = object(&[("triggers", RawValue::Map(Default::default()))]);
        let planned = schema.plan(&Plan {
            prior_state: Some(empty.clone()),
            proposed_state: empty,
            config: object(&[("triggers", RawValue::Null)]),
            ..Plan::default()
        });
        assert!(planned.state.get("triggers").is_null());
    }

    #[test]
    fn an_update_can_make_computed_values_unknown() {
        let schema = Schema::new("").attributes([
            Attribute::string("status").computed(),
            Attribute::string("id").computed().use_non_null_state_for_unknown(),
            Attribute::string("region").computed().use_non_null_state_for_unknown(),
            Attribute::string("plan").computed().use_state_for_unknown(),
            Attribute::string("name").optional_computed(),
            Attribute::string("mode").optional_computed(),
            Attribute::string("type").optional_computed(),
            Attribute::string("note"),
        ]);
        let prior = object(&[
            ("status", "running".into()),
            ("id", "1".into()),
            ("region", RawValue::Null),
            ("plan", RawValue::Null),
            ("name", RawValue::Null),
            ("mode", "full".into()),
            ("type", RawValue::Null),
            ("note", RawValue::Null),
        ]);
        let request = Plan {
            proposed_state: prior.clone(),
            prior_state: Some(prior),
            config: object(&[("type", "server".into())]),
            ..Plan::default()
        };
        let mut planned = schema.plan(&request);
        schema.make_computed_unknown(&request, &mut planned);
        let unknown: Vec<_> = (planned.state.as_map().unwrap().iter())
            .filter(|(_, value)| value.is_unknown())
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(unknown, ["name", "region", "status"]);
        assert_eq!(planned.state.get("id").as_str(), Some("1"));
        assert!(planned.changes(&request, "status") && !planned.changes(&request, "id"));
    }

    #[test]
    fn a_prior_value_that_is_kept_needs_no_replacement() {
        let prior = config(&[("updated_at", "now".into())]);
        let request = Plan {
            prior_state: Some(prior.clone()),
            config: config(&[("name", "b".into())]),
            proposed_state: prior.clone(),
            ..Plan::default()
        };
        let mut planned = schema().plan(&request);
        assert_eq!(replaced(&planned), ["name"]);
        planned.keep_prior(&request, "name");
        assert_eq!(replaced(&planned), Vec::<String>::new());
        assert_eq!(planned.state.get("name").as_str(), Some("a"));
    }

    #[test]
    fn unknown_values_keep_their_refinement() {
        let refined = RawValue::Unknown(Some(Refinement(vec![0x81, 1, 0xc2])));
        for name in ["name", "description", "note", "list", "set"] {
            let config = config(&[(name, refined.clone())]);
            assert_eq!(plan(None, &config).state.get(name), &refined, "{name}");
            assert_eq!(plan(Some(&config), &config).state.get(name), &refined, "{name}");
        }
    }

    #[test]
    fn matched_elements_keep_their_computed_values_wherever_they_are() {
        let prior = config(&[
            ("description", "".into()),
            ("updated_at", "now".into()),
            ("matched", list(&[matched("a", "x", "label".into(), "1".into())])),
        ]);
        let null = || RawValue::Null;
        let inserted = config(&[(
            "matched",
            list(&[matched("b", "y", null(), null()), matched("a", "X", null(), null())]),
        )]);
        let planned = plan(Some(&prior), &inserted).state;
        assert_eq!(
            planned.get("matched"),
            &list(&[
                matched("b", "y", "b".into(), RawValue::UNKNOWN),
                // An equivalent value is kept only at its own path.
                matched("a", "X", "label".into(), "1".into()),
            ])
        );
        let same_place = config(&[("matched", list(&[matched("a", "X", null(), null())]))]);
        assert_eq!(plan(Some(&prior), &same_place).state, prior);
    }

    #[test]
    fn elements_of_a_set_are_planned_as_configured() {
        let prior = config(&[
            ("updated_at", "now".into()),
            ("matched_set", list(&[matched("a", "x", "label".into(), "1".into())])),
        ]);
        let config = config(&[(
            "matched_set",
            list(&[matched("a", "X", RawValue::Null, RawValue::Null)]),
        )]);
        assert_eq!(
            plan(Some(&prior), &config).state.get("matched_set"),
            &list(&[matched("a", "X", "label".into(), "1".into())])
        );
    }

    #[test]
    fn an_equivalent_default_keeps_the_prior_value() {
        let prior = config(&[("description", " ".into()), ("updated_at", "now".into())]);
        let planned = plan(Some(&prior), &config(&[]));
        assert_eq!(planned.state.get("description").as_str(), Some(" "));
        assert_eq!(replaced(&planned), Vec::<String>::new());
    }

    #[test]
    fn attributes_of_a_nested_object_and_of_a_map_are_planned_as_those_of_a_list() {
        let inner = || attributes([Attribute::string("key"), Attribute::bool("on").default(true)]);
        let schema = Schema::new("").attributes([
            Attribute::new("single", AttributeType::AttributeSingle(inner())),
            Attribute::new("map", AttributeType::AttributeMap(inner())),
        ]);
        let configured = || object(&[("key", "k".into()), ("on", RawValue::Null)]);
        let config = object(&[("single", configured()), ("map", object(&[("a", configured())]))]);
        let planned = schema.plan(&Plan {
            proposed_state: config.clone(),
            config,
            ..Plan::default()
        });
        assert_eq!(planned.state.get("single").get("on"), &true.into());
        assert_eq!(planned.state.get("map").get("a").get("on"), &true.into());
    }
}
