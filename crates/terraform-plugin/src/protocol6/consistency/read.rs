//! What a read may answer.

use crate::{AddDiagnostic, AttributePath, Block, Diagnostics, RawValue, protocol6::types::plain};

use super::{bug, clear_unknown, equal::same};

/// A refreshed state is wholly known. Where it is not, the unknown becomes null and is reported.
pub fn clean_read(state: &mut RawValue, diags: &mut Diagnostics) {
    if clear_unknown(state) && diags.errors.is_empty() {
        diags.add_attribute_error(
            "The provider read an unknown value",
            "A state has no unknown values. This is a bug of the provider; please report it.",
            AttributePath::root(),
        );
    }
}

/// The result of a data source is wholly known and leaves what is configured as it is.
pub fn check_data(block: &Block, config: &RawValue, result: &RawValue, diags: &mut Diagnostics) {
    if !diags.errors.is_empty() {
        return;
    }
    if !result.is_wholly_known() {
        bug(
            diags,
            "The provider read an unknown value",
            "the result is not wholly known",
            AttributePath::root(),
        );
    }
    for (name, attribute) in &block.attributes {
        let configured = config.get(name);
        // Inside nested attributes there may be computed ones.
        let nested = plain(&attribute.attr_type) != attribute.attr_type;
        if !nested && !configured.is_null() && !same(&plain(&attribute.attr_type), configured, result.get(name)) {
            bug(
                diags,
                "The provider changed a configured value",
                "differs from the configuration",
                AttributePath::new(name.clone()),
            );
        }
    }
}
