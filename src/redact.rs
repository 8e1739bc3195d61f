//! Removes secrets from everything that is sent to Terraform.

use std::borrow::Cow;

use otc_client::http::Secrets;
use terraform_plugin::Redact;

/// Removes the secrets of all provider blocks of the process.
pub struct Redactor(pub Secrets);

impl Redact for Redactor {
    fn shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.0.shown(text)
    }

    fn stored<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.0.stored(text)
    }
}
