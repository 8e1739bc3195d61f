//! The backups that a query selects.

use otc_client::csbs::CheckpointItem;
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics};

/// The backups that pass the filters, and the number of those that could not be compared.
#[derive(Debug, Default)]
pub struct Selection {
    /// The backups, in order.
    pub items: Vec<CheckpointItem>,
    /// Number of backups left out because the service reports no address for them.
    pub without_address: usize,
    /// Number of backups left out because the service reports no tags for them.
    pub without_tags: usize,
}

impl Selection {
    /// Warns about backups that were left out because the service does not report what the filters compare.
    pub fn warn(&self, diags: &mut Diagnostics) {
        if self.without_address > 0 {
            diags.add_attribute_warning(
                "Not every backup could be compared with the IP address",
                format!(
                    "For {} of the backups that pass the other filters, the service reports no address of the server, so \
                     it is not known whether `ip` matches. They are left out. Use `resource_id` or `resource_name` to \
                     find them.",
                    self.without_address
                ),
                AttributePath::new("ip"),
            );
        }
        if self.without_tags > 0 {
            diags.add_attribute_warning(
                "Not every backup could be compared with the tags",
                format!(
                    "For {} of the backups that pass the other filters, the service reports no tags. They are left out. \
                     The tags of backups in other projects cannot be read: sign in to their project to find them by tags.",
                    self.without_tags
                ),
                AttributePath::root(),
            );
        }
    }
}
