//! The layers of `src/` depend one way, as the table in `src/lib.rs` says. The compiler cannot see that; this does.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Layer, and what it may use besides itself.
const LAYERS: &[(&str, &[&str])] = &[
    ("http", &[]),
    ("identity", &["http"]),
    ("api", &["http", "identity"]),
    ("operation", &["http", "identity", "api"]),
    ("framework", &[]),
    ("protocol", &["framework"]),
    ("plugin", &["framework", "protocol"]),
    ("provider", &["framework", "operation", "api", "identity", "http"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.map(|entry| entry.path()).unwrap_or_default();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The layers that one line of code names, in `crate::LAYER` or at the start of a line of a `use crate::{` group.
fn layers_named(line: &str, in_group: bool) -> Vec<&'static str> {
    let code = line.split("//").next().unwrap_or_default();
    let mut named = Vec::new();
    for (layer, _) in LAYERS {
        let qualified = [
            format!("crate::{layer}::"),
            format!("crate::{layer};"),
            format!("crate::{{{layer}::"),
        ];
        let grouped = in_group && code.trim_start().starts_with(&format!("{layer}::"));
        if grouped || qualified.iter().any(|form| code.contains(form.as_str())) {
            named.push(*layer);
        }
    }
    named
}

#[test]
fn layers_depend_one_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let allowed: BTreeMap<_, _> = LAYERS.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut uses = 0;
    for (layer, may_use) in &allowed {
        let mut files = vec![root.join(format!("{layer}.rs"))];
        sources(&root.join(layer), &mut files);
        for file in files {
            let mut in_group = false;
            for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
                if line.trim_start().starts_with("use crate::{") {
                    in_group = true;
                }
                for named in layers_named(line, in_group) {
                    uses += 1;
                    if named != *layer && !may_use.contains(&named) {
                        wrong.push(format!(
                            "{}:{}: {layer} must not use {named}",
                            file.display(),
                            number + 1
                        ));
                    }
                }
                if line.contains(';') {
                    in_group = false;
                }
            }
        }
    }
    assert!(uses > 10, "found only {uses} uses: the search itself is broken");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_http_knows_reqwest() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let wrong: Vec<_> = files
        .iter()
        .filter(|file| !file.starts_with(root.join("http")))
        .filter(|file| fs::read_to_string(file).unwrap().contains("reqwest::"))
        .collect();
    assert!(wrong.is_empty(), "reqwest outside src/http: {wrong:?}");
}
