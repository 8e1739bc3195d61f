//! Attributes and their behaviour.

use std::{fmt, sync::Arc};

use crate::{AttributePath, Diagnostics, RawValue};

use super::{AttributeConstraint, AttributeType, Attributes, Description};

/// Validator of a configured value; reports problems at the given path. Called with values that are known and not null;
/// elements of a collection can still be unknown.
pub type Validator = Arc<dyn Fn(&RawValue, &AttributePath, &mut Diagnostics) + Send + Sync>;

type Equivalence = Arc<dyn Fn(&RawValue, &RawValue) -> bool + Send + Sync>;
type ReplacementCondition = Arc<dyn Fn(&Change<'_>) -> bool + Send + Sync>;
/// When an update that can change every computed attribute keeps the prior value of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UseState {
    /// Never: the value is then known after apply.
    Never,
    /// When the value is not null.
    NonNull,
    /// Always, also when the value is null.
    Always,
}

type InitialValue = Arc<dyn Fn(&RawValue) -> RawValue + Send + Sync>;
type ElementMatching = Arc<dyn Fn(&[RawValue], &[RawValue]) -> Vec<Option<usize>> + Send + Sync>;
type ElementLabel = Arc<dyn Fn(&RawValue) -> String + Send + Sync>;

/// Planned change of an attribute.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// Value in the state.
    pub prior: &'a RawValue,
    /// Planned value.
    pub planned: &'a RawValue,
    /// Private data of the resource in the state.
    pub private: &'a [u8],
}

/// An attribute: its part of the schema, and its behaviour while planning and validating.
///
/// ```
/// use terraform_plugin::schema::Attribute;
///
/// let description = Attribute::string("description")
///     .default("")
///     .equivalent(|a, b| a.as_str().unwrap_or_default() == b.as_str().unwrap_or_default())
///     .requires_replace()
///     .doc("Description of the backup.");
/// assert_eq!(description.full_description("backup").content, "Description of the backup. Changing this creates a new backup.");
/// ```
#[derive(Clone)]
pub struct Attribute {
    /// Name, which [`attributes`](super::attributes) uses as the key. Everywhere else, the key of [`Attributes`] is the name.
    pub(super) name: String,
    /// Type, including the schema of nested attributes.
    pub attr_type: AttributeType,
    /// Required, optional, computed, or optional and computed.
    pub constraint: AttributeConstraint,
    /// Description without the sentence that [`Attribute::full_description`] adds.
    pub description: Description,
    /// Terraform hides the value in its output.
    pub sensitive: bool,
    /// The value is never stored in a plan or state.
    pub write_only: bool,
    /// Message of a deprecated attribute: the reason, and what to use instead.
    pub deprecation: Option<String>,
    pub(super) default: Option<RawValue>,
    pub(super) initial_value: Option<InitialValue>,
    pub(super) equivalence: Option<Equivalence>,
    pub(super) replacement: Option<ReplacementCondition>,
    pub(super) changes_with: &'static [&'static str],
    pub(super) use_state: UseState,
    pub(super) element_matching: Option<ElementMatching>,
    pub(super) element_label: Option<ElementLabel>,
    pub(super) validators: Vec<Validator>,
}

impl Attribute {
    /// Creates an optional attribute of any type.
    #[must_use]
    pub fn new(name: &str, attr_type: AttributeType) -> Self {
        Self {
            name: name.to_owned(),
            attr_type,
            constraint: AttributeConstraint::Optional,
            description: Description::markdown(""),
            sensitive: false,
            write_only: false,
            deprecation: None,
            default: None,
            initial_value: None,
            equivalence: None,
            replacement: None,
            changes_with: &[],
            use_state: UseState::Never,
            element_matching: None,
            element_label: None,
            validators: Vec::new(),
        }
    }

    /// Creates an optional string.
    #[must_use]
    pub fn string(name: &str) -> Self {
        Self::new(name, AttributeType::String)
    }

    /// Creates an optional number.
    #[must_use]
    pub fn number(name: &str) -> Self {
        Self::new(name, AttributeType::Number)
    }

    /// Creates an optional bool.
    #[must_use]
    pub fn bool(name: &str) -> Self {
        Self::new(name, AttributeType::Bool)
    }

    /// Creates an optional value of any type (`dynamic`).
    #[must_use]
    pub fn any(name: &str) -> Self {
        Self::new(name, AttributeType::Any)
    }

    /// Creates an optional list of strings.
    #[must_use]
    pub fn list_of_strings(name: &str) -> Self {
        Self::new(name, AttributeType::List(Box::new(AttributeType::String)))
    }

    /// Creates an optional set of strings.
    #[must_use]
    pub fn set_of_strings(name: &str) -> Self {
        Self::new(name, AttributeType::Set(Box::new(AttributeType::String)))
    }

    /// Creates an optional map of strings.
    #[must_use]
    pub fn map_of_strings(name: &str) -> Self {
        Self::new(name, AttributeType::Map(Box::new(AttributeType::String)))
    }

    /// Creates an optional nested object.
    #[must_use]
    pub fn object(name: &str, attributes: Attributes) -> Self {
        Self::new(name, AttributeType::AttributeSingle(attributes))
    }

    /// Creates an optional list of nested objects.
    #[must_use]
    pub fn list_of_objects(name: &str, attributes: Attributes) -> Self {
        Self::new(name, AttributeType::AttributeList(attributes))
    }

    /// Creates an optional set of nested objects.
    #[must_use]
    pub fn set_of_objects(name: &str, attributes: Attributes) -> Self {
        Self::new(name, AttributeType::AttributeSet(attributes))
    }

    /// The attribute must be configured.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.constraint = AttributeConstraint::Required;
        self
    }

    /// The attribute cannot be configured; the service sets its value.
    #[must_use]
    pub fn computed(mut self) -> Self {
        self.constraint = AttributeConstraint::Computed;
        self
    }

    /// The attribute can be configured; otherwise the service sets its value.
    #[must_use]
    pub fn optional_computed(mut self) -> Self {
        self.constraint = AttributeConstraint::OptionalComputed;
        self
    }

    /// Sets the value that is planned if nothing is configured. Terraform allows defaults for computed attributes only, so the
    /// attribute becomes optional and computed.
    #[must_use]
    pub fn default(mut self, value: impl Into<RawValue>) -> Self {
        self.default = Some(value.into());
        self.optional_computed()
    }

    /// Sets the value of the attribute when neither the configuration nor the state has one. `value` computes it from the
    /// configured object that contains the attribute. Without it, such a value is unknown in the plan. Makes the attribute
    /// optional and computed.
    #[must_use]
    pub fn initial_value(mut self, value: impl Fn(&RawValue) -> RawValue + Send + Sync + 'static) -> Self {
        self.initial_value = Some(Arc::new(value));
        self.optional_computed()
    }

    /// Declares values equivalent for which `same` returns `true`: the plan keeps the prior value if Terraform allows it, and a
    /// change between them requires no replacement. `same` is never called with unknown values.
    #[must_use]
    pub fn equivalent(mut self, same: impl Fn(&RawValue, &RawValue) -> bool + Send + Sync + 'static) -> Self {
        self.equivalence = Some(Arc::new(same));
        self
    }

    /// Every change requires replacement, except between equivalent values.
    #[must_use]
    pub fn requires_replace(self) -> Self {
        self.requires_replace_if(|_| true)
    }

    /// A change for which `condition` returns `true` requires replacement, except between equivalent values.
    #[must_use]
    pub fn requires_replace_if(mut self, condition: impl Fn(&Change<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.replacement = Some(Arc::new(condition));
        self
    }

    /// The service changes this value when one of the attributes with these names changes; it is then known after apply.
    #[must_use]
    pub fn changes_with(mut self, names: &'static [&'static str]) -> Self {
        self.changes_with = names;
        self
    }

    /// The value never changes once the object exists, not even from null. It stays known when
    /// [`Schema::make_computed_unknown`](super::Schema::make_computed_unknown) makes other computed attributes unknown.
    #[must_use]
    pub fn use_state_for_unknown(mut self) -> Self {
        self.use_state = UseState::Always;
        self
    }

    /// The value does not change once it is not null. Like [`use_state_for_unknown`](Self::use_state_for_unknown), except that a
    /// null value becomes unknown.
    #[must_use]
    pub fn use_non_null_state_for_unknown(mut self) -> Self {
        self.use_state = UseState::NonNull;
        self
    }

    /// Finds the prior element that each configured element of a list or set of nested objects continues, and whose computed
    /// values it takes. `matching` gets the configured and the prior elements. It returns for each configured element an index
    /// into the prior ones, or `None` for a new element.
    #[must_use]
    pub fn match_elements(
        mut self,
        matching: impl Fn(&[RawValue], &[RawValue]) -> Vec<Option<usize>> + Send + Sync + 'static,
    ) -> Self {
        self.element_matching = Some(Arc::new(matching));
        self
    }

    /// Sets the label of an element of a set in diagnostics, such as "server 1234", because the protocol has no path for it. The
    /// default is "an element".
    #[must_use]
    pub fn label_elements(mut self, label: impl Fn(&RawValue) -> String + Send + Sync + 'static) -> Self {
        self.element_label = Some(Arc::new(label));
        self
    }

    /// Adds a validator of configured values.
    #[must_use]
    pub fn validate(
        mut self,
        validator: impl Fn(&RawValue, &AttributePath, &mut Diagnostics) + Send + Sync + 'static,
    ) -> Self {
        self.validators.push(Arc::new(validator));
        self
    }

    /// Terraform hides the value in its output.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// The value is never stored in a plan or state.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// Deprecates the attribute. `message` has the reason, and what to use instead.
    #[must_use]
    pub fn deprecated(mut self, message: impl Into<String>) -> Self {
        self.deprecation = Some(message.into());
        self
    }

    /// Sets the description in Markdown. The framework adds the sentence about replacement.
    #[must_use]
    pub fn doc(mut self, description: impl Into<String>) -> Self {
        self.description = Description::markdown(description.into());
        self
    }

    /// Returns `true` if the value can come from the service or from a default.
    #[must_use]
    pub fn is_computed(&self) -> bool {
        matches!(
            self.constraint,
            AttributeConstraint::Computed | AttributeConstraint::OptionalComputed
        )
    }

    /// Returns the description, with a sentence that a change creates a new `object` if one can.
    #[must_use]
    pub fn full_description(&self, object: &str) -> Description {
        let mut description = self.description.clone();
        if self.replacement.is_some() {
            description.content.push_str(" Changing this creates a new ");
            description.content.push_str(object);
            description.content.push('.');
        }
        description
    }

    /// Returns `true` if two known values are equivalent.
    #[must_use]
    pub fn same(&self, a: &RawValue, b: &RawValue) -> bool {
        if a.is_unknown() || b.is_unknown() {
            return false;
        }
        a == b || self.equivalence.as_ref().is_some_and(|same| same(a, b))
    }
}

/// Compares the attributes as Terraform sees them. Behaviour that is a function cannot be compared.
impl PartialEq for Attribute {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.attr_type == other.attr_type
            && self.constraint == other.constraint
            && self.description == other.description
            && self.sensitive == other.sensitive
            && self.write_only == other.write_only
            && self.deprecation == other.deprecation
            && self.default == other.default
    }
}

impl fmt::Debug for Attribute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Attribute")
            .field("name", &self.name)
            .field("attr_type", &self.attr_type)
            .field("constraint", &self.constraint)
            .field("default", &self.default)
            .field("requires_replace", &self.replacement.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
