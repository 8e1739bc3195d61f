//! Where Terraform and OpenTofu look for the provider in a folder of providers.

use std::{
    env::consts::{ARCH, OS},
    path::{Path, PathBuf},
};

/// Version of the provider as cargo knows it; the workspace shares it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// This machine as the registries name it, such as `linux_amd64`.
pub fn platform() -> String {
    let architecture = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let system = if OS == "macos" { "darwin" } else { OS };
    format!("{system}_{architecture}")
}

/// The provider's file in a folder of providers, under the address of each program's registry.
pub fn binaries(folder: &Path) -> [PathBuf; 2] {
    ["registry.terraform.io", "registry.opentofu.org"].map(|registry| {
        folder
            .join(registry)
            .join("tcloudpublic/csbs")
            .join(VERSION)
            .join(platform())
            .join(format!("terraform-provider-csbs_v{VERSION}"))
    })
}
