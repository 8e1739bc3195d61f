//! A refresh while the provider configuration is not known. A Terraform without deferred actions reads nevertheless.

use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics, NewState, Read, ReadResult};

/// The unchanged state, with a warning. `object` is "backup" or "policy".
pub fn skip_refresh(object: &str, request: Read, diags: &mut Diagnostics) -> ReadResult {
    diags.add_attribute_warning(
        format!("The {object} was not read"),
        "The provider configuration is not known yet, so the service cannot be asked. The state is unchanged.",
        AttributePath::root(),
    );
    unchanged(request)
}

/// The state as it was before the refresh.
pub fn unchanged(request: Read) -> ReadResult {
    ReadResult::Found(NewState {
        state: request.current_state,
        private: request.private,
        identity: request.current_identity,
    })
}
