//! The provider out of a release's zip, and out of a clone: found by `init`, locked, verified, used.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
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
    acc_install_of_a_clone_is_found_without_configuration,
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
    ws.succeed(&["init"]).assert_contains(&format!(
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
    ws.fail(&["init"]).assert_contains("99.0.0");
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
    ws.fail(&["plan"]).assert_contains("checksum");
    assert_eq!(ws.cloud.requests(), requests, "what was changed is not started");
}

/// Runs `cargo xtask COMMAND` in the folder's own home, with the binary that cargo made for the tests.
fn xtask(ws: &Workspace, command: &str, data_home: Option<&Path>) -> String {
    let mut xtask = Command::new(xtask_program());
    xtask
        .arg(command)
        .env("HOME", ws.path("home"))
        .env("TF_CLI_CONFIG_FILE", ws.path("cli.tfrc"))
        .env("CSBS_PLUGIN", env!("CARGO_BIN_EXE_terraform-provider-csbs"))
        .env_remove("XDG_DATA_HOME");
    xtask.envs(data_home.map(|folder| ("XDG_DATA_HOME", folder)));
    let output = xtask.output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{stdout}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    stdout
}

/// The program of `cargo xtask`, which cargo does not build for the tests of this package.
fn xtask_program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        build
            .args(["build", "--quiet", "--locked", "--package", "xtask"])
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        // Build scripts of dependencies look at these and would be run once more.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                build.env_remove(&name);
            }
        }
        assert!(build.status().unwrap().success());
        // Beside the folder `deps`, which this test is in; of a release build it is elsewhere.
        let own = std::env::current_exe().unwrap();
        own.ancestors().nth(3).unwrap().join("debug/xtask")
    })
}

/// The names of everything in a folder.
fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn acc_install_of_a_clone_is_found_without_configuration(ws: &mut Workspace) {
    ws.file("cli.tfrc", "");
    ws.config(&backup(&ws.cloud.server(0), ""));
    let data = ws.path("data");
    // Where the user's data is by default, and where a variable says that it is.
    for data_home in [None, Some(data.as_path())] {
        let _ = fs::remove_dir_all(ws.path(".terraform"));
        let _ = fs::remove_file(ws.path(LOCK));
        let providers = data_home
            .map_or_else(|| ws.path("home/.local/share"), Path::to_path_buf)
            .join("terraform/plugins");
        fs::create_dir_all(providers.join("example.org/other")).unwrap();
        if let Some(folder) = data_home {
            ws.environment("XDG_DATA_HOME", folder.to_str().unwrap());
        }
        let output = xtask(ws, "install", data_home);
        assert!(!output.contains("provider_installation"), "{output}");
        assert_eq!(
            names(&providers),
            ["example.org", "registry.opentofu.org", "registry.terraform.io"]
        );
        ws.succeed(&["init"])
            .assert_contains(concat!("Installed tcloudpublic/csbs v", env!("CARGO_PKG_VERSION")));
        ws.apply();
        ws.destroy();
        xtask(ws, "uninstall", data_home);
        assert_eq!(names(&providers), ["example.org"], "what was there before stays");
        assert_eq!(names(&providers.join("example.org")), ["other"]);
        assert!(
            !xtask(ws, "uninstall", data_home).contains("removed"),
            "once more does nothing"
        );
    }
}
