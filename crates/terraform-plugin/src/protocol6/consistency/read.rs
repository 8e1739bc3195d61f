//! Checks the results of reads.

use crate::{AddDiagnostic, AttributePath, Block, Diagnostics, RawValue, protocol6::types::plain};

use super::{bug, clear_unknown, equal::same};

/// Replaces unknown values of a refreshed state by null, and reports them.
pub fn clean_read(state: &mut RawValue, diags: &mut Diagnostics) {
    if clear_unknown(state) && diags.errors.is_empty() {
        diags.add_attribute_error(
            "The provider read an unknown value",
            "A state must not have unknown values. This is a bug in the provider; please report it.",
            AttributePath::root(),
        );
    }
}

/// Reports unknown values in the result of a data source, and configured values that it changed.
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
        // Nested attributes can have computed attributes inside.
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
