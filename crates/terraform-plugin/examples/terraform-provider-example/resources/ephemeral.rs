//! An ephemeral resource.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use terraform_plugin::{
    AttributeConstraint as Constraint, AttributeType as Type, Context, Diagnostics, Ephemeral, EphemeralResource,
    RawValue, Schema,
};

use super::{
    diagnostics::warning,
    schemas::{attribute, attributes, schema},
    slow::wait,
};

/// Returns a token.
pub struct Token;

#[async_trait]
impl EphemeralResource for Token {
    fn schema(&self) -> Schema {
        schema(
            0,
            attributes([
                attribute("user", Type::String, Constraint::Required),
                attribute("token", Type::String, Constraint::Computed).sensitive(),
            ]),
        )
    }

    async fn validate(&self, _: &Context, config: &RawValue, _: &mut Diagnostics) {
        assert!(
            config.get("user").as_str() != Some("panic_validate"),
            "intended panic in validate"
        );
    }

    async fn open(&self, context: &Context, mut config: RawValue, diags: &mut Diagnostics) -> Option<Ephemeral> {
        let user = config.get("user").as_str()?.to_owned();
        match user.as_str() {
            "panic" => panic!("intended panic in open"),
            "nothing" => return None,
            "other" => config.set("user", "not what is configured"),
            "return" | "ignore" => wait(context, Some(&user), diags).await,
            _ => {}
        }
        config.set("token", format!("token of {user}"));
        Some(Ephemeral {
            result: config,
            renew_at: Timestamp::from_second(4_000_000_000).ok(),
            private: user.into_bytes(),
        })
    }

    async fn renew(&self, _: &Context, private: Vec<u8>, _: &mut Diagnostics) -> Option<Ephemeral> {
        assert!(private != b"panic", "intended panic in renew");
        Some(Ephemeral {
            renew_at: Timestamp::from_second(4_000_000_000)
                .ok()
                .map(|at| at + Duration::from_secs(60)),
            private,
            ..Ephemeral::default()
        })
    }

    async fn close(&self, _: &Context, private: Vec<u8>, diags: &mut Diagnostics) {
        assert!(private != b"panic", "intended panic in close");
        warning(diags, "Closed", String::from_utf8_lossy(&private).into_owned());
    }
}
