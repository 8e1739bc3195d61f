//! The provider's program, started without Terraform.

#![allow(clippy::unwrap_used)]

#[test]
fn csbs_run_by_hand_says_what_it_is() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_terraform-provider-csbs"))
        .env_remove("TF_PLUGIN_MAGIC_COOKIE")
        .output()
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        err.contains(&format!("provider csbs {version}")) && err.contains("terraform init"),
        "{err}"
    );
}
