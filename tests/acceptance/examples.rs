//! Every example that the documentation shows is a valid configuration.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::terraform::Workspace;

acceptance_tests![acc_examples_are_valid];

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(folder);
    let types = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = types
        .flat_map(|of_type| fs::read_dir(of_type.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .filter(|file| file.extension().is_some_and(|extension| extension == "tf"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{}", folder.display());
    files
}

fn acc_examples_are_valid(ws: &mut Workspace) {
    // Schedules in the examples are written by the function.
    if !ws.binary.has_functions() {
        return;
    }
    let mut folders = vec!["resources", "data-sources", "functions"];
    if ws.binary.is_terraform(1, 14) {
        folders.push("actions");
    }
    for file in folders.into_iter().flat_map(files) {
        let text = fs::read_to_string(&file).unwrap();
        if text.contains("required_providers") {
            continue;
        }
        ws.config(&text);
        let errors: Vec<_> = ws
            .validate()
            .into_iter()
            .filter(|found| found["severity"] == "error")
            .collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", file.display());
    }
}
