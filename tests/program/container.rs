//! The container of `cargo xtask container` is as strict as it says.

use std::fs;

#[test]
fn csbs_container_has_no_rights_and_one_small_folder() {
    if std::env::var_os("CSBS_TEST_CONTAINER").is_none() {
        println!("skipped: not in the container of 'cargo xtask container'");
        return;
    }
    assert!(!rustix::process::getuid().is_root());
    assert!(fs::write("/written", "x").is_err(), "the root can be written to");
    assert!(!fs::exists("/bin/sh").unwrap() && !fs::exists("/lib").unwrap() && !fs::exists("/etc").unwrap());
    fs::write("/tmp/small", "x").unwrap();
    assert!(fs::write("/tmp/large", vec![0; 1 << 20]).is_err(), "/tmp is large");
    fs::remove_file("/tmp/large").unwrap();
}
