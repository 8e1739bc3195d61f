//! Functions.

use terraform_plugin::{AttributeType, Function, FunctionError, FunctionSignature, Parameter, RawValue};

fn parameter(name: &str, param_type: AttributeType) -> Parameter {
    Parameter {
        name: name.to_owned(),
        param_type,
        description: format!("The {name}."),
        allow_null: false,
        allow_unknown: false,
    }
}

/// Joins strings.
pub struct Join;

impl Function for Join {
    fn signature(&self) -> FunctionSignature {
        FunctionSignature {
            summary: "Joins strings".to_owned(),
            description: "Joins strings with a separator.".to_owned(),
            parameters: vec![parameter("separator", AttributeType::String)],
            variadic: Some(parameter("texts", AttributeType::String)),
            return_type: AttributeType::String,
        }
    }

    fn call(&self, arguments: &[RawValue]) -> Result<RawValue, FunctionError> {
        let texts: Vec<&str> = arguments.iter().filter_map(RawValue::as_str).collect();
        let [separator, texts @ ..] = texts.as_slice() else {
            return Err(FunctionError {
                text: "No separator.".to_owned(),
                argument: Some(0),
            });
        };
        assert!(*separator != "panic", "intended panic in the function");
        if let Some(at) = texts.iter().position(|text| text.is_empty()) {
            return Err(FunctionError {
                text: "An empty string.".to_owned(),
                argument: i64::try_from(at + 1).ok(),
            });
        }
        Ok(texts.join(separator).into())
    }
}

/// Returns its argument, of any type.
pub struct Same;

impl Function for Same {
    fn signature(&self) -> FunctionSignature {
        FunctionSignature {
            summary: "The same".to_owned(),
            description: "Returns its argument.".to_owned(),
            parameters: vec![Parameter {
                allow_null: true,
                ..parameter("value", AttributeType::Any)
            }],
            variadic: None,
            return_type: AttributeType::Any,
        }
    }

    fn call(&self, arguments: &[RawValue]) -> Result<RawValue, FunctionError> {
        Ok(arguments.first().cloned().unwrap_or_default())
    }
}
