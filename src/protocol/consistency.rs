//! The rules by which Terraform judges a provider, checked here first, where the message can name the attribute.
//!
//! A plan may set only what the configuration leaves to the provider; an applied value is the planned one wherever the plan
//! knew it; after apply everything is known.

use crate::framework::{
    Attribute, AttributeConstraint, AttributePath, Diagnostics, Dynamic, Number, Report, ResourceSchema,
};

/// Reports every attribute whose planned value is not the provider's to choose.
pub fn check_planned(
    schema: &ResourceSchema,
    prior: &Dynamic,
    config: &Dynamic,
    planned: &Dynamic,
    diags: &mut Diagnostics,
) {
    for (name, attribute) in &schema.schema.block.attributes {
        if schema.write_only.contains(name) {
            continue;
        }
        if !may_plan(attribute, prior.get(name), config.get(name), planned.get(name)) {
            diags.report_error(
                format!("The provider planned a value that is not its to choose: {name}"),
                "The plan differs from the configuration. This is a bug of the provider; please report it.",
                AttributePath::new(name.clone()),
            );
        }
    }
}

fn may_plan(attribute: &Attribute, prior: &Dynamic, config: &Dynamic, planned: &Dynamic) -> bool {
    let computed = matches!(
        attribute.constraint,
        AttributeConstraint::Computed | AttributeConstraint::OptionalComputed
    );
    if config.is_null() && computed {
        return true;
    }
    // Inside collections of objects a provider may fill in computed parts; those are Terraform's to judge.
    same(config, planned) || same(prior, planned) || (is_nested(attribute) && !planned.is_null() && !config.is_null())
}

fn is_nested(attribute: &Attribute) -> bool {
    use crate::framework::AttributeType as Type;
    matches!(
        attribute.attr_type,
        Type::AttributeSingle(_) | Type::AttributeList(_) | Type::AttributeSet(_) | Type::AttributeMap(_)
    )
}

/// Equality as Terraform has it: numbers by value, a set in any order.
fn same(a: &Dynamic, b: &Dynamic) -> bool {
    match (a, b) {
        (Dynamic::Number(a), Dynamic::Number(b)) => same_number(a, b),
        (Dynamic::List(a), Dynamic::List(b)) => {
            a.len() == b.len()
                && (a.iter().zip(b).all(|(a, b)| same(a, b)) || a.iter().all(|x| b.iter().any(|y| same(x, y))))
        }
        (Dynamic::Map(a), Dynamic::Map(b)) => {
            a.len() == b.len() && a.iter().all(|(name, x)| b.get(name).is_some_and(|y| same(x, y)))
        }
        (Dynamic::Typed(_, a), Dynamic::Typed(_, b)) => same(a, b),
        (Dynamic::Typed(_, a), b) => same(a, b),
        (a, Dynamic::Typed(_, b)) => same(a, b),
        (a, b) => a == b,
    }
}

#[allow(clippy::cast_precision_loss, clippy::float_cmp)]
fn same_number(a: &Number, b: &Number) -> bool {
    let float = |number: &Number| match number {
        Number::Int(value) => *value as f64,
        Number::Unsigned(value) => *value as f64,
        Number::Float(value) => *value,
        Number::Decimal(digits) => digits.parse().unwrap_or(f64::NAN),
    };
    a == b || (!matches!((a, b), (Number::Int(_), Number::Int(_))) && float(a) == float(b))
}

/// Reports where `applied` is not what was planned, and makes what is still unknown null: a state cannot hold it, and a
/// state that cannot be kept would lose what was made.
pub fn settle(planned: &Dynamic, applied: &mut Dynamic, diags: &mut Diagnostics) {
    let mut wrong = Vec::new();
    compare(planned, applied, &AttributePath::root(), &mut wrong);
    for path in wrong {
        diags.report_error(
            "The provider applied something else than it planned",
            "The value after apply differs from the plan. What was made is in the state. This is a bug of the provider; \
             please report it.",
            path,
        );
    }
    let mut unknown = false;
    clear_unknown(applied, &mut unknown);
    if unknown {
        diags.report_error(
            "The provider left a value unknown after apply",
            "What was made is in the state, with null for that value. This is a bug of the provider; please report it.",
            AttributePath::root(),
        );
    }
}

fn compare(planned: &Dynamic, applied: &Dynamic, path: &AttributePath, wrong: &mut Vec<AttributePath>) {
    match (planned, applied) {
        (Dynamic::Unknown(_), _) => {}
        (Dynamic::Map(a), Dynamic::Map(b)) => {
            for (name, element) in a {
                let inner = path.clone().attribute(name.clone());
                compare(element, b.get(name).unwrap_or(&Dynamic::Null), &inner, wrong);
            }
        }
        (Dynamic::List(a), Dynamic::List(b)) if a.len() == b.len() && !planned.is_wholly_known() => {
            // The elements of a set may come in another order once they are known.
            let matched = a.iter().all(|x| {
                b.iter().any(|y| {
                    let mut inner = Vec::new();
                    compare(x, y, path, &mut inner);
                    inner.is_empty()
                })
            });
            if !matched {
                wrong.push(path.clone());
            }
        }
        (a, b) if same(a, b) => {}
        _ => wrong.push(path.clone()),
    }
}

fn clear_unknown(value: &mut Dynamic, found: &mut bool) {
    match value {
        Dynamic::Unknown(_) => {
            *found = true;
            *value = Dynamic::Null;
        }
        Dynamic::List(elements) => elements.iter_mut().for_each(|element| clear_unknown(element, found)),
        Dynamic::Map(elements) => elements.values_mut().for_each(|element| clear_unknown(element, found)),
        Dynamic::Typed(_, inner) => clear_unknown(inner, found),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn object(pairs: &[(&str, Dynamic)]) -> Dynamic {
        Dynamic::Map(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect::<BTreeMap<_, _>>(),
        )
    }

    #[test]
    fn an_applied_value_that_differs_is_named() {
        let planned = object(&[("a", "x".into()), ("b", Dynamic::UNKNOWN)]);
        let mut applied = object(&[("a", "y".into()), ("b", 1.into())]);
        let mut diags = Diagnostics::default();
        settle(&planned, &mut applied, &mut diags);
        assert_eq!(diags.errors.len(), 1);
        assert_eq!(diags.errors[0].attribute, AttributePath::new("a"));
    }

    #[test]
    fn what_stays_unknown_is_null_and_told() {
        let planned = object(&[("b", Dynamic::UNKNOWN)]);
        let mut applied = object(&[("b", Dynamic::UNKNOWN)]);
        let mut diags = Diagnostics::default();
        settle(&planned, &mut applied, &mut diags);
        assert_eq!(diags.errors.len(), 1);
        assert_eq!(applied, object(&[("b", Dynamic::Null)]));
    }

    #[test]
    fn a_set_may_change_its_order() {
        let planned = Dynamic::List(vec![
            object(&[("n", "a".into()), ("id", Dynamic::UNKNOWN)]),
            object(&[("n", "b".into()), ("id", Dynamic::UNKNOWN)]),
        ]);
        let mut applied = Dynamic::List(vec![
            object(&[("n", "b".into()), ("id", "2".into())]),
            object(&[("n", "a".into()), ("id", "1".into())]),
        ]);
        let mut diags = Diagnostics::default();
        settle(&planned, &mut applied, &mut diags);
        assert!(diags.errors.is_empty());
    }
}
