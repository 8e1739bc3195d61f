//! `cargo xtask release-check`: the files of a release meet the registries' rules, and the provider works from its zip.

mod sums;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeSet,
    env, fs,
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::{build, interrupt::Folder, mirror::platform, paths, platforms::Platform, process, setup::terraform};

const NAME: &str = "terraform-provider-csbs";
const MANIFEST: &str = "terraform-registry-manifest.json";

/// The acceptance tests with every program.
const LIMIT: Duration = Duration::from_secs(60 * 60);

/// Creates the files of a release for this machine, as GoReleaser does for all platforms, and returns their folder.
///
/// # Errors
/// Returns an error if the build fails or a file cannot be written.
pub fn make() -> Result<PathBuf> {
    let version = env!("CARGO_PKG_VERSION");
    let binary = fs::read(build::release()?)?;
    let dist = paths::target().join("release-check");
    if dist.exists() {
        fs::remove_dir_all(&dist)?;
    }
    fs::create_dir_all(&dist)?;
    let options = SimpleFileOptions::default();
    let path = dist.join(format!("{NAME}_{version}_{}.zip", platform()));
    let mut zip = ZipWriter::new(fs::File::create(path)?);
    for file in ["LICENSE", "README.md", "CHANGELOG.md"] {
        zip.start_file(file, options.unix_permissions(0o644))?;
        zip.write_all(&fs::read(paths::root().join(file))?)?;
    }
    zip.start_file(format!("{NAME}_v{version}"), options.unix_permissions(0o755))?;
    zip.write_all(&binary)?;
    zip.finish()?;
    fs::copy(
        paths::root().join(MANIFEST),
        dist.join(format!("{NAME}_{version}_manifest.json")),
    )?;
    sums::write(&dist, &format!("{NAME}_{version}_SHA256SUMS"))?;
    Ok(dist)
}

/// Checks the files, then runs the acceptance tests with the zip for this machine.
///
/// # Errors
/// Returns an error about the first rule that is not met.
pub fn check(dist: &Path) -> Result<()> {
    let release = files(dist)?;
    println!(
        "{} zips of version {} are complete",
        release.zips.len(),
        release.version
    );
    let own = format!("{NAME}_{}_{}.zip", release.version, platform());
    let own = fs::canonicalize(dist.join(&own)).with_context(|| format!("there is no {own} to test"))?;
    let programs = terraform::matrix(false)?;
    process::run(
        process::cargo()
            .args(["test", "--locked", "--test", "acceptance"])
            .env("CSBS_ACCEPTANCE_ZIP", own)
            .env(
                "TF_ACC_TERRAFORM_PATHS",
                env::join_paths(programs.iter().map(|program| &program.path))?,
            ),
        LIMIT,
    )
}

/// Tries the programs for other platforms, as far as this machine can run them, and says which it cannot.
///
/// # Errors
/// Returns an error if the files are not those of a release, or a program fails on its platform.
pub fn check_platforms(dist: &Path) -> Result<()> {
    let release = files(dist)?;
    for (platform, suffix) in Platform::IN_RELEASES {
        let zip = format!("{NAME}_{}_{suffix}.zip", release.version);
        if !release.zips.contains(&zip) {
            continue;
        }
        let missing = platform.missing();
        if !missing.is_empty() {
            println!("NOT TRIED: {zip}. This machine lacks:\n  - {}", missing.join("\n  - "));
            continue;
        }
        let folder = Folder::new("csbs-release-")?;
        let program = unpack(&dist.join(&zip), folder.path())?;
        println!("{zip}: {platform:?}");
        platform.check(Some(&program)).with_context(|| zip.clone())?;
    }
    Ok(())
}

/// Takes the program out of a zip.
fn unpack(zip: &Path, folder: &Path) -> Result<PathBuf> {
    let mut zip = ZipArchive::new(fs::File::open(zip)?)?;
    let index = (0..zip.len())
        .find(|index| matches!(zip.name_for_index(*index), Some(Ok(name)) if name.starts_with(NAME)))
        .context("the zip has no program")?;
    let program = folder.join("program");
    let mut file = fs::File::create(&program)?;
    io::copy(&mut zip.by_index(index)?, &mut file)?;
    file.set_permissions(fs::Permissions::from_mode(0o755))?;
    Ok(program)
}

/// Contents of a release folder.
#[derive(Debug)]
struct Release {
    version: String,
    zips: BTreeSet<String>,
}

fn files(dist: &Path) -> Result<Release> {
    let mut zips = BTreeSet::new();
    let mut versions = BTreeSet::new();
    for entry in fs::read_dir(dist).with_context(|| format!("cannot read {}", dist.display()))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(".zip") else {
            continue;
        };
        let parts: Vec<&str> = stem.split('_').collect();
        let [NAME, version, _, _] = parts[..] else {
            bail!("{name} is not {NAME}_VERSION_OS_ARCH.zip");
        };
        in_zip(&dist.join(&name), version).with_context(|| name.clone())?;
        versions.insert(version.to_owned());
        zips.insert(name);
    }
    ensure!(versions.len() == 1, "one version was expected, not {versions:?}");
    let version = versions.pop_first().unwrap_or_default();
    let manifest_name = format!("{NAME}_{version}_manifest.json");
    // GoReleaser uploads the manifest under its new name, but does not copy it.
    let manifest = [dist.join(&manifest_name), paths::root().join(MANIFEST)]
        .into_iter()
        .find(|path| path.is_file())
        .context("there is no manifest")?;
    manifest_says_protocol_6(&fs::read_to_string(&manifest)?)?;
    sums::check(dist, &format!("{NAME}_{version}_SHA256SUMS"), |name| {
        if name == manifest_name {
            manifest.clone()
        } else {
            dist.join(name)
        }
    })
    .and_then(|listed| {
        for name in zips.iter().chain([&manifest_name]) {
            ensure!(listed.contains(name), "the sums leave out {name}");
        }
        Ok(())
    })?;
    Ok(Release { version, zips })
}

/// Terraform starts the first file whose name begins with the provider's: there must be one, and it must be executable.
fn in_zip(path: &Path, version: &str) -> Result<()> {
    let mut zip = ZipArchive::new(fs::File::open(path)?)?;
    let mut binaries = Vec::new();
    for index in 0..zip.len() {
        let file = zip.by_index(index)?;
        let name = String::from_utf8_lossy(file.name_raw()).into_owned();
        ensure!(
            !name.contains(['/', '\\']),
            "{name} is in a folder; everything belongs at the top"
        );
        if name.starts_with(NAME) {
            ensure!(file.size() > 0, "{name} is empty");
            ensure!(
                file.unix_mode().is_some_and(|mode| mode & 0o111 == 0o111),
                "{name} is not executable"
            );
            binaries.push(name);
        }
    }
    let wanted = format!("{NAME}_v{version}");
    ensure!(
        binaries == [wanted.clone()] || binaries == [format!("{wanted}.exe")],
        "the binary should be {wanted}; found {binaries:?}"
    );
    Ok(())
}

fn manifest_says_protocol_6(text: &str) -> Result<()> {
    let manifest: serde_json::Value = serde_json::from_str(text)?;
    ensure!(
        manifest == serde_json::json!({"version": 1, "metadata": {"protocol_versions": ["6.0"]}}),
        "the manifest must say version 1 and protocol 6.0: {manifest}"
    );
    Ok(())
}
