//! The function `explain_trigger_pattern`: a schedule in words.

use otc_client::csbs::pattern::Schedule;
use terraform_plugin::{AttributeType, Function, FunctionError, FunctionSignature, Parameter, RawValue};

/// Explains a trigger pattern.
pub struct ExplainTriggerPattern;

impl Function for ExplainTriggerPattern {
    fn signature(&self) -> FunctionSignature {
        FunctionSignature {
            summary: "Says in words what a trigger pattern means".to_owned(),
            description:
                "Says in words what a `trigger_pattern` means, such as `Every Monday and Thursday at 02:30 and 14:30 \
                          (UTC)` or `Every 3 days at 01:30 (UTC)`. A pattern that the service does not accept is an error with the reason."
                    .to_owned(),
            parameters: vec![Parameter {
                name: "pattern".to_owned(),
                param_type: AttributeType::String,
                description: "The pattern, in iCalendar form.".to_owned(),
                allow_null: false,
                allow_unknown: false,
            }],
            variadic: None,
            return_type: AttributeType::String,
        }
    }

    fn call(&self, arguments: &[RawValue]) -> Result<RawValue, FunctionError> {
        let error = |text: String| FunctionError {
            text,
            argument: Some(0),
        };
        let pattern = arguments.first().and_then(RawValue::as_str);
        let pattern = pattern.ok_or_else(|| error("It must be a string.".to_owned()))?;
        match Schedule::parse(pattern) {
            Ok(schedule) => Ok(schedule.explain().into()),
            Err(problem) => Err(error(format!("The service does not accept this pattern: {problem}."))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::schema::testing::PATTERN;

    #[test]
    fn explains_or_says_why_not() {
        let explained = ExplainTriggerPattern.call(&[PATTERN.into()]).unwrap();
        assert_eq!(explained.as_str(), Some("Every Thursday at 12:27 (UTC)"));
        for wrong in [RawValue::from("daily"), RawValue::Null] {
            assert_eq!(ExplainTriggerPattern.call(&[wrong]).unwrap_err().argument, Some(0));
        }
    }
}
