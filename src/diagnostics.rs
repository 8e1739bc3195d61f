//! Turns a failed call into a diagnostic: what failed, what the service answered, what to do next.
//!
//! `codes` has the advice by the error code of CSBS, `vault_codes` by that of CBR, `permissions` that for calls of CBR that
//! are not allowed, `advice` that for all other failures, `summary` the facts of a failure.

mod advice;
mod codes;
mod permissions;
mod summary;
#[cfg(test)]
mod tests;
mod vault_codes;

pub use summary::error_summary;

use otc_client::csbs::ApiError;
use terraform_plugin::{AttributePath, Diagnostic, Diagnostics};

use advice::{REGION, advice};
use codes::advice_for_code;

/// The operation that failed, for the wording of its error.
#[derive(Debug, Clone, Copy)]
pub struct Failure<'a> {
    /// What failed, such as "Cannot create the backup".
    pub summary: &'a str,
    /// The object, such as "Server 9506416d-…".
    pub subject: &'a str,
    /// The object's attributes. A diagnostic is reported on one of them when it is at fault.
    pub attributes: &'a [&'static str],
}

impl Failure<'_> {
    /// Adds the diagnostic for `error`.
    pub fn report(&self, diags: &mut Diagnostics, error: &ApiError) {
        diags.errors.push(self.diagnostic(error));
    }

    /// The diagnostic for `error`.
    #[must_use]
    pub fn diagnostic(&self, error: &ApiError) -> Diagnostic {
        let advice = advice(error);
        let attribute = advice
            .attribute
            .filter(|name| *name == REGION || self.attributes.contains(name))
            .map(AttributePath::new)
            .unwrap_or_default();
        Diagnostic {
            summary: self.summary.to_owned().into(),
            detail: format!("{}: {}\n\n{}", self.subject, error_summary(error), advice.next).into(),
            attribute,
        }
    }

    /// The diagnostic for a refusal that is part of a successful answer, such as that of a capability check.
    #[must_use]
    pub fn refusal(&self, code: Option<&str>, message: Option<&str>) -> Diagnostic {
        let known = code.and_then(advice_for_code);
        let attribute = known
            .as_ref()
            .and_then(|advice| advice.attribute)
            .filter(|name| self.attributes.contains(name))
            .map(AttributePath::new)
            .unwrap_or_default();
        let message = message.map(|message| message.trim().trim_end_matches('.'));
        let answer = match (code, message) {
            (Some(code), Some(message)) => format!("the service answered {code}: {message}"),
            (Some(code), None) => format!("the service answered {code}"),
            (None, Some(message)) => format!("the service answered: {message}"),
            (None, None) => "the service gave no reason".to_owned(),
        };
        let next = known.map_or("Look at the server in the console of the cloud.", |advice| advice.next);
        Diagnostic {
            summary: self.summary.to_owned().into(),
            detail: format!("{}: {answer}.\n\n{next}", self.subject).into(),
            attribute,
        }
    }
}
