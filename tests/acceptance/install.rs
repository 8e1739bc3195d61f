//! The provider out of a release's zip: found by `init`, locked, verified, used.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ring::digest::{SHA256, digest};

use crate::{
    hcl::{SERVER, backup},
    terraform::{Mirror, Workspace, platform},
};

acceptance_tests![
    acc_install_from_a_zip_and_live_with_it,
    acc_install_refuses_a_version_that_is_not_there,
    acc_install_notices_another_binary,
];

const LOCK: &str = ".terraform.lock.hcl";

fn hex(bytes: &[u8]) -> String {
    digest(&SHA256, bytes)
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The hash of a package's contents that lock files hold: of the list of all files, sorted by name, with the hash of each.
fn hash_of_contents(zip: &Path) -> String {
    let mut zip = zip::ZipArchive::new(fs::File::open(zip).unwrap()).unwrap();
    let mut names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    names.sort();
    let mut list = String::new();
    for name in names {
        let mut bytes = Vec::new();
        zip.by_name(&name).unwrap().read_to_end(&mut bytes).unwrap();
        list.push_str(&format!("{}  {name}\n", hex(&bytes)));
    }
    format!("h1:{}", BASE64_STANDARD.encode(digest(&SHA256, list.as_bytes())))
}

/// Lets the program look for a version of the provider in a mirror that holds a zip of it.
fn prepare(ws: &mut Workspace, constraint: impl Fn(&str) -> String) -> Mirror {
    let _ = fs::remove_dir_all(ws.path(".terraform"));
    let _ = fs::remove_file(ws.path(LOCK));
    let _ = fs::remove_dir_all(ws.path("mirror"));
    let mirror = ws.install_from_zip();
    require(ws, &constraint(&mirror.version));
    mirror
}

fn require(ws: &Workspace, constraint: &str) {
    ws.provider("");
    let text = fs::read_to_string(ws.path("provider.tf")).unwrap();
    let bounded = text.replacen(
        "tcloudpublic/csbs\"",
        &format!("tcloudpublic/csbs\", version = \"{constraint}\""),
        1,
    );
    assert_ne!(text, bounded);
    ws.file("provider.tf", &bounded);
}

/// This minor version and every later patch of it.
fn this_minor(version: &str) -> String {
    format!("~> {version}")
}

fn installed(ws: &Workspace, mirror: &Mirror) -> PathBuf {
    ws.path(".terraform/providers")
        .join(ws.binary.registry())
        .join("tcloudpublic/csbs")
        .join(&mirror.version)
        .join(platform())
        .join(format!("terraform-provider-csbs_v{}", mirror.version))
}

fn acc_install_from_a_zip_and_live_with_it(ws: &mut Workspace) {
    let mirror = prepare(ws, this_minor);
    ws.config(&backup(&ws.cloud.server(0), ""));
    ws.fail(&["plan"]);
    ws.succeed(&["init"]).must_say(&format!(
        "Installed tcloudpublic/csbs v{} (unauthenticated)",
        mirror.version
    ));
    assert!(installed(ws, &mirror).is_file());

    let lock = fs::read_to_string(ws.path(LOCK)).unwrap();
    assert!(
        lock.contains(&format!("version     = \"{}\"", mirror.version)),
        "{lock}"
    );
    assert!(
        lock.contains(&format!("constraints = \"~> {}\"", mirror.version)),
        "{lock}"
    );
    let contents = hash_of_contents(&mirror.zip);
    assert!(lock.contains(&format!("\"{contents}\"")), "{contents} is not in {lock}");

    ws.succeed(&["init"]);
    assert_eq!(
        fs::read_to_string(ws.path(LOCK)).unwrap(),
        lock,
        "a second init changes nothing"
    );
    assert_eq!(ws.plan().actions(SERVER), ["create"]);
    ws.apply();
    ws.destroy();
}

fn acc_install_refuses_a_version_that_is_not_there(ws: &mut Workspace) {
    prepare(ws, |_| ">= 99.0.0".to_owned());
    ws.fail(&["init"]).must_say("99.0.0");
    assert!(!ws.path(LOCK).exists());
}

fn acc_install_notices_another_binary(ws: &mut Workspace) {
    let mirror = prepare(ws, this_minor);
    ws.config(&backup(&ws.cloud.server(0), ""));
    ws.succeed(&["init"]);
    let binary = installed(ws, &mirror);
    let mut bytes = fs::read(&binary).unwrap();
    bytes.extend(b"\n");
    fs::write(&binary, bytes).unwrap();
    let requests = ws.cloud.requests();
    ws.fail(&["plan"]).must_say("checksum");
    assert_eq!(ws.cloud.requests(), requests, "what was changed is not started");
}
