//! An attribute with all of its behaviour.

use std::{fmt, sync::Arc};

use crate::{AttributePath, Diagnostics, RawValue};

use super::{AttributeConstraint, AttributeType, Attributes, Description};

/// Reports what is wrong with a configured value, on its path. Called with values that are known and not null; elements of
/// a collection can still be unknown.
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

/// A planned change of one attribute.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// The value in the state.
    pub prior: &'a RawValue,
    /// The planned value.
    pub planned: &'a RawValue,
    /// What the resource saved in private state.
    pub private: &'a [u8],
}

/// One attribute: its place in the schema and its behaviour while planning and validating.
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
    /// Name under which [`attributes`](super::attributes) files it; elsewhere the key of [`Attributes`] is the name.
    pub(super) name: String,
    /// Type, with the schema of nested attributes.
    pub attr_type: AttributeType,
    /// Whether it is required, optional, computed, or optional and computed.
    pub constraint: AttributeConstraint,
    /// Meaning, unit and limits, without what the framework adds; see [`Attribute::full_description`].
    pub description: Description,
    /// Whether Terraform hides the value in its output.
    pub sensitive: bool,
    /// Whether the value is never kept in a plan or state.
    pub write_only: bool,
    /// Why the attribute is deprecated and what to write in its place.
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
    /// An optional attribute of a type.
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

    /// A text.
    #[must_use]
    pub fn string(name: &str) -> Self {
        Self::new(name, AttributeType::String)
    }

    /// A number.
    #[must_use]
    pub fn number(name: &str) -> Self {
        Self::new(name, AttributeType::Number)
    }

    /// True or false.
    #[must_use]
    pub fn bool(name: &str) -> Self {
        Self::new(name, AttributeType::Bool)
    }

    /// A value of any type.
    #[must_use]
    pub fn any(name: &str) -> Self {
        Self::new(name, AttributeType::Any)
    }

    /// A list of texts.
    #[must_use]
    pub fn list_of_strings(name: &str) -> Self {
        Self::new(name, AttributeType::List(Box::new(AttributeType::String)))
    }

    /// A map of texts.
    #[must_use]
    pub fn map_of_strings(name: &str) -> Self {
        Self::new(name, AttributeType::Map(Box::new(AttributeType::String)))
    }

    /// A nested object.
    #[must_use]
    pub fn object(name: &str, attributes: Attributes) -> Self {
        Self::new(name, AttributeType::AttributeSingle(attributes))
    }

    /// A list of nested objects.
    #[must_use]
    pub fn list_of_objects(name: &str, attributes: Attributes) -> Self {
        Self::new(name, AttributeType::AttributeList(attributes))
    }

    /// A set of nested objects.
    #[must_use]
    pub fn set_of_objects(name: &str, attributes: Attributes) -> Self {
        Self::new(name, AttributeType::AttributeSet(attributes))
    }

    /// It has to be configured.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.constraint = AttributeConstraint::Required;
        self
    }

    /// It cannot be configured: the service sets its value.
    #[must_use]
    pub fn computed(mut self) -> Self {
        self.constraint = AttributeConstraint::Computed;
        self
    }

    /// It can be configured; otherwise the service sets its value.
    #[must_use]
    pub fn optional_computed(mut self) -> Self {
        self.constraint = AttributeConstraint::OptionalComputed;
        self
    }

    /// Its value where nothing is configured. Terraform allows that for computed attributes only, so it becomes one.
    #[must_use]
    pub fn default(mut self, value: impl Into<RawValue>) -> Self {
        self.default = Some(value.into());
        self.optional_computed()
    }

    /// Its value where neither the configuration nor the state has one, computed from the configured object around it.
    /// Without it, such a value is known after apply. Only computed attributes can have one, so it becomes one.
    #[must_use]
    pub fn initial_value(mut self, value: impl Fn(&RawValue) -> RawValue + Send + Sync + 'static) -> Self {
        self.initial_value = Some(Arc::new(value));
        self.optional_computed()
    }

    /// Two values that `same` accepts mean the same to the service: the plan keeps the prior one where Terraform allows it,
    /// and a change between them needs no replacement. Never called with unknown values.
    #[must_use]
    pub fn equivalent(mut self, same: impl Fn(&RawValue, &RawValue) -> bool + Send + Sync + 'static) -> Self {
        self.equivalence = Some(Arc::new(same));
        self
    }

    /// Any change needs a replacement, except between equivalent values.
    #[must_use]
    pub fn requires_replace(self) -> Self {
        self.requires_replace_if(|_| true)
    }

    /// A change for which `condition` holds needs a replacement, except between equivalent values.
    #[must_use]
    pub fn requires_replace_if(mut self, condition: impl Fn(&Change<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.replacement = Some(Arc::new(condition));
        self
    }

    /// The service changes this value when one of the attributes with these names changes: it is then known after apply.
    #[must_use]
    pub fn changes_with(mut self, names: &'static [&'static str]) -> Self {
        self.changes_with = names;
        self
    }

    /// Its value never changes once an object exists, not even from null. It stays known where
    /// [`Schema::make_computed_unknown`](super::Schema::make_computed_unknown) makes other computed attributes unknown.
    #[must_use]
    pub fn use_state_for_unknown(mut self) -> Self {
        self.use_state = UseState::Always;
        self
    }

    /// Its value does not change once it is not null; [`use_state_for_unknown`](Self::use_state_for_unknown) without null.
    #[must_use]
    pub fn use_non_null_state_for_unknown(mut self) -> Self {
        self.use_state = UseState::NonNull;
        self
    }

    /// For a list or set of nested objects: finds the element of the state that each configured element continues, and takes
    /// the computed values from. `matching` gets the configured elements and those of the state, and returns for each
    /// configured element an index into the state, or `None` for a new element.
    #[must_use]
    pub fn match_elements(
        mut self,
        matching: impl Fn(&[RawValue], &[RawValue]) -> Vec<Option<usize>> + Send + Sync + 'static,
    ) -> Self {
        self.element_matching = Some(Arc::new(matching));
        self
    }

    /// For a set of nested objects: names an element in diagnostics, such as "server 1234". Elements of a set have no path of
    /// their own. Without it, they are called "an element".
    #[must_use]
    pub fn label_elements(mut self, label: impl Fn(&RawValue) -> String + Send + Sync + 'static) -> Self {
        self.element_label = Some(Arc::new(label));
        self
    }

    /// Adds a validator.
    #[must_use]
    pub fn validate(
        mut self,
        validator: impl Fn(&RawValue, &AttributePath, &mut Diagnostics) + Send + Sync + 'static,
    ) -> Self {
        self.validators.push(Arc::new(validator));
        self
    }

    /// Terraform hides its value.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Its value is never kept.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// It is deprecated: `message` says why and what to write in its place.
    #[must_use]
    pub fn deprecated(mut self, message: impl Into<String>) -> Self {
        self.deprecation = Some(message.into());
        self
    }

    /// Sets the description (Markdown). The sentence about replacement is added by the framework.
    #[must_use]
    pub fn doc(mut self, description: impl Into<String>) -> Self {
        self.description = Description::markdown(description.into());
        self
    }

    /// Whether the value can come from the service or from a default.
    #[must_use]
    pub fn is_computed(&self) -> bool {
        matches!(
            self.constraint,
            AttributeConstraint::Computed | AttributeConstraint::OptionalComputed
        )
    }

    /// The description with the sentence that follows from the behaviour: which `object` a change replaces.
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

    /// Whether two known values mean the same to the service.
    #[must_use]
    pub fn same(&self, a: &RawValue, b: &RawValue) -> bool {
        if a.is_unknown() || b.is_unknown() {
            return false;
        }
        a == b || self.equivalence.as_ref().is_some_and(|same| same(a, b))
    }
}

/// Compares what Terraform sees of the attributes; behaviour that is a function cannot be compared.
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
