//! A function of the provider.

use super::{AttributeType, RawValue};

/// One parameter of a function.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Name, for the documentation.
    pub name: String,
    /// Type.
    pub param_type: AttributeType,
    /// What it is.
    pub description: String,
    /// Whether null may be given.
    pub allow_null: bool,
    /// Whether the function wants to see unknown values.
    pub allow_unknown: bool,
}

/// What a function takes and gives.
#[derive(Debug, Clone)]
pub struct FunctionSignature {
    /// One line.
    pub summary: String,
    /// Markdown.
    pub description: String,
    /// The parameters.
    pub parameters: Vec<Parameter>,
    /// A last parameter that may be repeated.
    pub variadic: Option<Parameter>,
    /// Type of the result.
    pub return_type: AttributeType,
}

/// A call that cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    /// What is wrong.
    pub text: String,
    /// Which argument, counted from zero.
    pub argument: Option<i64>,
}

/// Computes a value from its arguments alone.
pub trait Function: Send + Sync + 'static {
    /// What it takes and gives.
    fn signature(&self) -> FunctionSignature;

    /// Computes. Variadic arguments follow the others one by one.
    ///
    /// # Errors
    /// [`FunctionError`] names the argument at fault.
    fn call(&self, arguments: &[RawValue]) -> Result<RawValue, FunctionError>;
}
