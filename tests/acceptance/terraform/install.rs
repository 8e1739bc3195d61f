//! Installs the provider in a test's folder: by an override, or from a zip as for users.

use std::{
    env,
    env::consts::{ARCH, OS},
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::workspace::SOURCE;

/// The folder in which `init` searches, and the zip in it.
pub struct Mirror {
    /// The folder.
    pub folder: PathBuf,
    /// The zip. Its name contains the version.
    pub zip: PathBuf,
    /// The version.
    pub version: String,
}

/// A release's zip that all tests shall run with, by `CSBS_ACCEPTANCE_ZIP`. Without it they run with this build, overridden.
pub fn given_zip() -> Option<PathBuf> {
    let path = PathBuf::from(env::var_os("CSBS_ACCEPTANCE_ZIP")?);
    Some(
        path.canonicalize()
            .unwrap_or_else(|error| panic!("{}: {error}", path.display())),
    )
}

/// The system and the architecture as zips name them.
pub fn platform() -> String {
    let architecture = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let system = if OS == "macos" { "darwin" } else { OS };
    format!("{system}_{architecture}")
}

/// Sets up a mirror in `folder` for the registries of both programs: with the zip that was given, else with one of this build.
pub fn mirror(folder: &Path) -> Mirror {
    let zip = given_zip().unwrap_or_else(|| zip_of_this_build().to_path_buf());
    let name = zip.file_name().and_then(|name| name.to_str()).expect("the zip's name");
    let version = name
        .strip_prefix("terraform-provider-csbs_")
        .and_then(|rest| rest.strip_suffix(&format!("_{}.zip", platform())))
        .unwrap_or_else(|| panic!("{name} is no zip of the provider for {}", platform()))
        .to_owned();
    for registry in ["registry.terraform.io", "registry.opentofu.org"] {
        let place = folder.join(registry).join(SOURCE);
        fs::create_dir_all(&place).expect("a folder");
        std::os::unix::fs::symlink(&zip, place.join(name)).expect("a link");
    }
    Mirror {
        folder: folder.to_path_buf(),
        zip,
        version,
    }
}

/// The binary that cargo made for the tests, packed as a release packs it. It is not compressed, which would take long.
fn zip_of_this_build() -> &'static Path {
    static ZIP: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, zip) = ZIP.get_or_init(|| {
        let version = env!("CARGO_PKG_VERSION");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder
            .path()
            .join(format!("terraform-provider-csbs_{version}_{}.zip", platform()));
        let mut zip = ZipWriter::new(fs::File::create(&path).expect("a file"));
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        zip.start_file("LICENSE", options).expect("room in the zip");
        zip.write_all(include_bytes!("../../../LICENSE"))
            .expect("room in the zip");
        zip.start_file(
            format!("terraform-provider-csbs_v{version}"),
            options.unix_permissions(0o755),
        )
        .expect("room in the zip");
        let binary = fs::read(env!("CARGO_BIN_EXE_terraform-provider-csbs")).expect("the binary");
        zip.write_all(&binary).expect("room in the zip");
        zip.finish().expect("a zip");
        (folder, path)
    });
    zip
}
