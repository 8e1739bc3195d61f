//! The register of secrets as the exits to Terraform use it.

use std::borrow::Cow;

use otc_client::http::Secrets;
use terraform_plugin::Redact;

/// Removes the secrets of one provider instance from everything that leaves for Terraform.
pub struct Redactor(pub Secrets);

impl Redact for Redactor {
    fn shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.0.shown(text)
    }

    fn stored<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.0.stored(text)
    }
}
