//! The plan of a create or an update by the schema.

use crate::{AttributePath, Plan, Planned, RawValue};

use super::{Attribute, AttributeType, Attributes, Change, Schema};

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
    /// The same holds inside nested objects. Elements of a list are compared by position, elements of a map by key. An element
    /// of a set takes the computed values of the prior element that has the same configured values. Blocks are planned as they
    /// are configured.
    #[must_use]
    pub fn plan(&self, request: &Plan) -> Planned {
        let attributes = &self.block.attributes;
        let prior = request.prior_state.as_ref();
        let mut state = request.proposed_state.clone();
        for (name, attribute) in attributes {
            let prior = prior.map(|prior| prior.get(name));
            state.set(name, planned_value(attribute, prior, request.config.get(name)));
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

/// The planned value of one attribute; `prior` is `None` in a create.
fn planned_value(attribute: &Attribute, prior: Option<&RawValue>, config: &RawValue) -> RawValue {
    let planned = if config.is_null() {
        match (&attribute.default, prior) {
            (Some(default), _) => default.clone(),
            (None, None) if attribute.is_computed() => RawValue::UNKNOWN,
            (None, Some(prior)) if attribute.is_computed() => prior.clone(),
            _ => RawValue::Null,
        }
    } else {
        planned_nested(&attribute.attr_type, prior, config)
    };
    match prior {
        // Terraform lets a plan keep the prior value where nothing is configured, and in place of a configured value when
        // neither is null.
        Some(prior) if (config.is_null() || !prior.is_null()) && attribute.same(prior, &planned) => prior.clone(),
        _ => planned,
    }
}

/// A configured value with what its nested attributes leave out.
fn planned_nested(attr_type: &AttributeType, prior: Option<&RawValue>, config: &RawValue) -> RawValue {
    let object = |attributes: &Attributes, prior: Option<&RawValue>, config: &RawValue| {
        planned_object(attributes, prior.filter(|prior| prior.as_map().is_some()), config)
    };
    match (attr_type, config) {
        (AttributeType::AttributeSingle(inner), config) => object(inner, prior, config),
        (AttributeType::AttributeList(inner), RawValue::List(elements)) => {
            let prior = prior.and_then(RawValue::as_list).unwrap_or_default();
            let elements = elements.iter().enumerate();
            RawValue::List(
                elements
                    .map(|(at, element)| object(inner, prior.get(at), element))
                    .collect(),
            )
        }
        (AttributeType::AttributeMap(inner), RawValue::Map(elements)) => {
            let elements = elements.iter().map(|(key, element)| {
                let prior = prior.map(|prior| prior.get(key));
                (key.clone(), object(inner, prior, element))
            });
            RawValue::Map(elements.collect())
        }
        (AttributeType::AttributeSet(inner), RawValue::List(elements)) => {
            let prior = prior.and_then(RawValue::as_list).unwrap_or_default();
            let elements = elements.iter().map(|element| {
                let prior = prior.iter().find(|prior| has_configured_values(inner, prior, element));
                object(inner, prior, element)
            });
            RawValue::List(elements.collect())
        }
        _ => config.clone(),
    }
}

fn planned_object(attributes: &Attributes, prior: Option<&RawValue>, config: &RawValue) -> RawValue {
    if config.as_map().is_none() {
        return config.clone();
    }
    let values = attributes.iter().map(|(name, attribute)| {
        let prior = prior.map(|prior| prior.get(name));
        (name.clone(), planned_value(attribute, prior, config.get(name)))
    });
    RawValue::Map(values.collect())
}

fn has_configured_values(attributes: &Attributes, prior: &RawValue, config: &RawValue) -> bool {
    attributes
        .iter()
        .all(|(name, attribute)| config.get(name).is_null() || attribute.same(prior.get(name), config.get(name)))
}

/// Makes unknown what the service changes together with a changed attribute.
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
        ])
    }

    fn config(values: &[(&str, RawValue)]) -> RawValue {
        let names = ["name", "description", "note", "updated_at", "size", "list", "set"];
        let mut config = object(&names.map(|name| (name, RawValue::Null)));
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
    fn a_create_knows_what_is_configured_and_the_defaults() {
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
    fn a_null_prior_value_cannot_stand_for_a_configured_one() {
        let prior = config(&[("updated_at", "now".into())]);
        let planned = plan(Some(&prior), &config(&[("description", " ".into())]));
        assert_eq!(planned.state.get("description").as_str(), Some(" "));
        assert_eq!(replaced(&planned), Vec::<String>::new());
    }

    #[test]
    fn a_change_replaces_where_the_attribute_says_so() {
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
    fn what_changes_with_an_attribute_is_known_after_apply() {
        let prior = config(&[("description", "".into()), ("updated_at", "now".into())]);
        let planned = plan(Some(&prior), &config(&[("note", "text".into())]));
        assert!(planned.state.get("updated_at").is_unknown());
        assert_eq!(plan(Some(&prior), &config(&[])).state, prior);
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
}
