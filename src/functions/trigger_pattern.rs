//! The function `trigger_pattern`: a schedule from days and times.

use otc_client::csbs::pattern;
use terraform_plugin::{AttributeType, Function, FunctionError, FunctionSignature, Parameter, RawValue};

/// Writes a trigger pattern.
pub struct TriggerPattern;

impl Function for TriggerPattern {
    fn signature(&self) -> FunctionSignature {
        let parameter = |name: &str, description: &str| Parameter {
            name: name.to_owned(),
            param_type: AttributeType::List(Box::new(AttributeType::String)),
            description: description.to_owned(),
            allow_null: false,
            allow_unknown: false,
        };
        FunctionSignature {
            summary: "Writes a trigger pattern from days and times".to_owned(),
            description: "Writes the `trigger_pattern` of a scheduled operation, such as \
                          `provider::csbs::trigger_pattern([\"monday\", \"thursday\"], [\"02:30\", \"14:00\"])` or \
                          `provider::csbs::trigger_pattern([\"every 3 days\"], [\"02:30\"])`. Times are UTC and must be an \
                          hour apart, also over midnight."
                .to_owned(),
            parameters: vec![
                parameter(
                    "days",
                    "Days: `monday` to `sunday` or their first two or three letters, `weekdays`, `weekend`, or `daily`; or \
                     one interval, `every 2 days` to `every 30 days`, counted from the day on which the service began the \
                     schedule.",
                ),
                parameter("times", "Times of day in UTC, such as `02:30`; at most 24."),
            ],
            variadic: None,
            return_type: AttributeType::String,
        }
    }

    fn call(&self, arguments: &[RawValue]) -> Result<RawValue, FunctionError> {
        let days = texts(arguments, 0)?;
        let times = texts(arguments, 1)?;
        match pattern::build(&days, &times) {
            Ok(schedule) => Ok(schedule.pattern().into()),
            Err(error) => Err(FunctionError {
                argument: Some(i64::from(!error.is_about_days())),
                text: error.to_string(),
            }),
        }
    }
}

fn texts(arguments: &[RawValue], index: i64) -> Result<Vec<&str>, FunctionError> {
    let argument = usize::try_from(index).ok().and_then(|index| arguments.get(index));
    let texts = argument.and_then(RawValue::as_list).and_then(|elements| {
        let texts = elements.iter().map(RawValue::as_str);
        texts.collect::<Option<Vec<_>>>()
    });
    texts.ok_or_else(|| FunctionError {
        text: "It must be a list of strings without null.".to_owned(),
        argument: Some(index),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_a_pattern_or_names_the_argument() {
        let list = |texts: &[&str]| RawValue::List(texts.iter().map(|text| RawValue::from(*text)).collect());
        let call = |days: &[&str], times: &[&str]| TriggerPattern.call(&[list(days), list(times)]);
        let pattern = call(&["friday"], &["18:05"]).unwrap();
        assert!(
            pattern
                .as_str()
                .unwrap()
                .contains("RRULE:FREQ=WEEKLY;BYDAY=FR;BYHOUR=18;BYMINUTE=05\r\n")
        );
        let console = call(&["every 2 days"], &["01:15", "13:30"]).unwrap();
        let rules =
            "RRULE:FREQ=DAILY;INTERVAL=2;BYHOUR=1;BYMINUTE=15\r\nRRULE:FREQ=DAILY;INTERVAL=2;BYHOUR=13;BYMINUTE=30\r\n";
        assert!(console.as_str().unwrap().contains(rules), "{console:?}");
        assert_eq!(call(&["friday"], &["18:05", "18:30"]).unwrap_err().argument, Some(1));
        assert_eq!(
            call(&["friday", "every 2 days"], &["18:05"]).unwrap_err().argument,
            Some(0)
        );
        assert_eq!(call(&["someday"], &["18:05"]).unwrap_err().argument, Some(0));
        assert_eq!(call(&["friday"], &["25:00"]).unwrap_err().argument, Some(1));
        let null = TriggerPattern.call(&[list(&["friday"]), RawValue::List(vec![RawValue::Null])]);
        assert_eq!(null.unwrap_err().argument, Some(1));
        assert_eq!(TriggerPattern.call(&[]).unwrap_err().argument, Some(0));
    }
}
