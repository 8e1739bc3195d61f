//! The register of secrets as the exits to Terraform use it.

use std::borrow::Cow;

use crate::{framework::Redact, http::Secrets};

impl Redact for Secrets {
    fn shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
        Self::shown(self, text)
    }

    fn stored<'t>(&self, text: &'t str) -> Cow<'t, str> {
        Self::stored(self, text)
    }
}
