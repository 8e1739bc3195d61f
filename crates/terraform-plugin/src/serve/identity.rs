//! The identity of the plugin.

/// Identity of the plugin.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    /// Source address without the host, such as `example/notes`. Terraform and OpenTofu each add their own registry.
    pub address: &'static str,
    /// Name of the provider, such as `notes`.
    pub name: &'static str,
    /// Version of the provider.
    pub version: &'static str,
    /// Crates whose log events are emitted, besides this one. Events of other libraries could contain secrets.
    pub log_targets: &'static [&'static str],
}
