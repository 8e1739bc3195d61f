//! Validation of configured values.
//!
//! A [`Check`] looks at one text and says in one sentence what is wrong with it: [`length`], [`letters_digits_and`],
//! [`without`], [`one_of`], [`no_surrounding_space`]; [`id`], [`object_name`], [`object_description`] and [`server_type`] are
//! the service's own rules. A validator puts checks on an attribute:
//!
//! ```
//! use csbs::validators::{each_element, id, length, string, without};
//! use terraform_plugin::Attribute;
//!
//! let name = Attribute::string("name").validate(string("The name is not valid", [length(1..=255), without("<>")]));
//! let servers = Attribute::list_of_strings("server_ids")
//!     .validate(each_element(string("The server ID is not valid", id())));
//! ```
//!
//! No message quotes the value that it is about: it may be marked sensitive, which the protocol does not say. Terraform shows
//! the place in the configuration, and the value where it may be shown. Of a map, Terraform shows neither key nor value: [`tags`]
//! names the key, and quotes the value unless it may be a secret.
//!
//! Null and unknown values are valid: what is not known yet cannot be wrong yet.

mod attribute;
mod check;
#[cfg(test)]
mod tests;

pub use attribute::{
    MAX_TAGS, additional_information, each_element, each_key, each_member, not_empty, string, tags, timeout,
    whole_number,
};
pub use check::{
    Check, id, length, letters_digits_and, no_surrounding_space, object_description, object_name, one_of, server_type,
    vault_backup_name, without,
};

use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics};

/// Reports every check that `text` fails, on `path`, under `summary`.
fn report(diags: &mut Diagnostics, summary: &str, path: &AttributePath, text: &str, checks: &[Check]) {
    for check in checks {
        if let Err(problem) = check(text) {
            diags.add_attribute_error(summary.to_owned(), problem, path.clone());
        }
    }
}
