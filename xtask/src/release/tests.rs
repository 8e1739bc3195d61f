//! Complete releases, and many that break a rule.

use super::*;

/// A release of one zip with these files: name, mode, content.
fn release(entries: &[(&str, u32, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    zip_in(folder.path(), "1.2.3", "linux_amd64", entries);
    close(folder.path());
    folder
}

fn zip_in(folder: &Path, version: &str, platform: &str, entries: &[(&str, u32, &str)]) {
    let path = folder.join(format!("{NAME}_{version}_{platform}.zip"));
    let mut zip = ZipWriter::new(fs::File::create(path).unwrap());
    for (name, mode, content) in entries {
        let options = SimpleFileOptions::default().unix_permissions(*mode);
        zip.start_file(*name, options).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
}

fn close(folder: &Path) {
    fs::copy(
        paths::root().join(MANIFEST),
        folder.join(format!("{NAME}_1.2.3_manifest.json")),
    )
    .unwrap();
    sums::write(folder, &format!("{NAME}_1.2.3_SHA256SUMS")).unwrap();
}

const BINARY: (&str, u32, &str) = ("terraform-provider-csbs_v1.2.3", 0o755, "x");

#[track_caller]
fn refused(folder: &tempfile::TempDir, reason: &str) {
    let error = format!("{:#}", files(folder.path()).unwrap_err());
    assert!(error.contains(reason), "{error}");
}

#[test]
fn a_complete_release_passes() {
    let folder = release(&[("LICENSE", 0o644, "text"), BINARY]);
    let found = files(folder.path()).unwrap();
    assert_eq!((found.version.as_str(), found.zips.len()), ("1.2.3", 1));
    zip_in(
        folder.path(),
        "1.2.3",
        "windows_arm64",
        &[("terraform-provider-csbs_v1.2.3.exe", 0o755, "x")],
    );
    refused(&folder, "leave out terraform-provider-csbs_1.2.3_windows_arm64.zip");
    fs::remove_file(folder.path().join(format!("{NAME}_1.2.3_SHA256SUMS"))).unwrap();
    refused(&folder, "there is no terraform-provider-csbs_1.2.3_SHA256SUMS");
    close(folder.path());
    assert_eq!(files(folder.path()).unwrap().zips.len(), 2);
}

#[test]
fn the_program_comes_out_of_its_zip() {
    let folder = release(&[BINARY, ("LICENSE", 0o644, "y")]);
    let zip = folder.path().join(format!("{NAME}_1.2.3_linux_amd64.zip"));
    let program = unpack(&zip, folder.path()).unwrap();
    assert_eq!(fs::read_to_string(&program).unwrap(), "x");
    assert_eq!(fs::metadata(program).unwrap().permissions().mode() & 0o777, 0o755);
}

#[test]
fn a_zip_must_contain_one_binary_that_terraform_finds() {
    refused(&release(&[("LICENSE", 0o644, "text")]), "found []");
    refused(
        &release(&[("terraform-provider-csbs_v1.2.3", 0o644, "x")]),
        "not executable",
    );
    refused(&release(&[("terraform-provider-csbs_v1.2.3", 0o755, "")]), "is empty");
    refused(&release(&[("terraform-provider-csbs_v1.2.4", 0o755, "x")]), "should be");
    refused(
        &release(&[BINARY, ("terraform-provider-csbs.json", 0o755, "x")]),
        "should be",
    );
    refused(
        &release(&[("bin/terraform-provider-csbs_v1.2.3", 0o755, "x")]),
        "in a folder",
    );
}

#[test]
fn names_checksums_and_manifest_must_agree() {
    let folder = release(&[BINARY]);
    zip_in(
        folder.path(),
        "1.2.4",
        "linux_arm64",
        &[("terraform-provider-csbs_v1.2.4", 0o755, "x")],
    );
    refused(&folder, "one version");

    let folder = release(&[BINARY]);
    let mut bytes = fs::read(folder.path().join(format!("{NAME}_1.2.3_manifest.json"))).unwrap();
    bytes.push(b' ');
    fs::write(folder.path().join(format!("{NAME}_1.2.3_manifest.json")), bytes).unwrap();
    refused(&folder, "which has");

    refused(&tempfile::tempdir().unwrap(), "one version");
    assert!(manifest_says_protocol_6(r#"{"version": 1, "metadata": {"protocol_versions": ["5.0"]}}"#).is_err());
    fs::write(folder.path().join("other.zip"), "").unwrap();
    refused(&folder, "other.zip is not");
}
