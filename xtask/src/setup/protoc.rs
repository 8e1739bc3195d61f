//! protoc, which the build script of `tf-provider` calls. A crate carries it; `tools/protoc` finds the copy made here.

use std::fs;

use anyhow::{Context, Result, anyhow};

use crate::paths;

/// Copies protoc and its include files into `.tools/protoc` where they are missing.
///
/// # Errors
/// Returns an error if there is no protoc for this platform, or it cannot be copied.
pub fn install() -> Result<()> {
    let home = paths::tools().join("protoc");
    if home.join("bin/protoc").is_file() && home.join("include/google/protobuf/any.proto").is_file() {
        return Ok(());
    }
    let _lock = super::lock("protoc")?;
    let advice = |error: protoc_bin_vendored::Error| {
        anyhow!("no protoc is available for this platform ({error}); install the package protobuf-compiler")
    };
    let binary = protoc_bin_vendored::protoc_bin_path().map_err(advice)?;
    let include = protoc_bin_vendored::include_path().map_err(advice)?;
    paths::copy_folder(&include, &home.join("include"))?;
    fs::create_dir_all(home.join("bin"))?;
    // Renamed into place, so that a parallel build never starts an incomplete file.
    let half = home.join(format!("bin/protoc.{}", std::process::id()));
    fs::copy(&binary, &half).with_context(|| format!("cannot copy {}", binary.display()))?;
    fs::rename(&half, home.join("bin/protoc"))?;
    Ok(())
}
