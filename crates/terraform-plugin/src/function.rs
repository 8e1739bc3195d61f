//! Functions.

use super::{AttributeType, RawValue};

/// Parameter of a function.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Name, used in the documentation.
    pub name: String,
    /// Type of the argument.
    pub param_type: AttributeType,
    /// Meaning of the argument, in Markdown.
    pub description: String,
    /// Allows null as an argument.
    pub allow_null: bool,
    /// Calls the function with unknown values too. Otherwise the result is unknown when an argument is.
    pub allow_unknown: bool,
}

/// Parameters and result of a function.
#[derive(Debug, Clone)]
pub struct FunctionSignature {
    /// One-line summary.
    pub summary: String,
    /// Description in Markdown.
    pub description: String,
    /// Positional parameters.
    pub parameters: Vec<Parameter>,
    /// Last parameter, for any number of further arguments.
    pub variadic: Option<Parameter>,
    /// Type of the result.
    pub return_type: AttributeType,
}

/// Error of a function call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    /// Message for the user.
    pub text: String,
    /// Index of the argument at fault, counted from zero.
    pub argument: Option<i64>,
}

/// A function: its result depends on its arguments only.
pub trait Function: Send + Sync + 'static {
    /// Parameters and result of the function.
    fn signature(&self) -> FunctionSignature;

    /// Computes the result. Variadic arguments follow the positional ones.
    ///
    /// # Errors
    /// [`FunctionError`] with the argument at fault.
    fn call(&self, arguments: &[RawValue]) -> Result<RawValue, FunctionError>;
}
