//! Paths in a folder of providers, as Terraform and OpenTofu search it.

use std::{
    env::consts::{ARCH, OS},
    path::{Path, PathBuf},
};

/// Version of the provider; all packages of the workspace share it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Hosts of the registries whose addresses the two programs use by default.
const REGISTRIES: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// Platform of this machine as the registries name it, such as `linux_amd64`.
pub fn platform() -> String {
    let architecture = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let system = if OS == "macos" { "darwin" } else { OS };
    format!("{system}_{architecture}")
}

/// Paths of this provider in a folder of providers, one for each registry.
pub fn binaries(folder: &Path) -> [PathBuf; 2] {
    binaries_of(folder, "tcloudpublic/csbs", VERSION)
}

/// Paths of a provider in a folder of providers, one for each registry. `source` is `NAMESPACE/TYPE`.
pub fn binaries_of(folder: &Path, source: &str, version: &str) -> [PathBuf; 2] {
    let name = source.rsplit('/').next().unwrap_or(source);
    REGISTRIES.map(|registry| {
        folder
            .join(registry)
            .join(source)
            .join(version)
            .join(platform())
            .join(format!("terraform-provider-{name}_v{version}"))
    })
}
