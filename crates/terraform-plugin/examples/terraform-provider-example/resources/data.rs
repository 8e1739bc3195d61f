//! A data source.

use async_trait::async_trait;
use terraform_plugin::{
    AttributeConstraint as Constraint, AttributeType as Type, Context, DataSource, Deferred, Diagnostics, RawValue,
    ReadData, Schema,
};

use super::{
    schemas::{attribute, attributes, schema},
    slow::wait,
};

/// Returns a greeting.
pub struct Greeting;

#[async_trait]
impl DataSource for Greeting {
    fn schema(&self) -> Schema {
        schema(
            0,
            attributes([
                attribute("name", Type::String, Constraint::Required),
                attribute("any", Type::Any, Constraint::Optional),
                attribute("greeting", Type::String, Constraint::Computed),
            ]),
        )
    }

    async fn validate(&self, _: &Context, config: &RawValue, _: &mut Diagnostics) {
        assert!(
            config.get("name").as_str() != Some("panic_validate"),
            "intended panic in validate"
        );
    }

    async fn read(&self, context: &Context, mut config: RawValue, diags: &mut Diagnostics) -> Option<ReadData> {
        let name = config.get("name").as_str()?.to_owned();
        match name.as_str() {
            "later" if context.capabilities.deferral_allowed => {
                return Some(ReadData::Deferred(Deferred::AbsentPrereq));
            }
            "return" | "ignore" => wait(context, Some(&name), diags).await,
            "other" => config.set("name", "not what is configured"),
            "panic" => panic!("intended panic in read"),
            "nothing" => return None,
            _ => {}
        }
        config.set("greeting", format!("Hello, {name}!"));
        Some(ReadData::Found(config))
    }
}
