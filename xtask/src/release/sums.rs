//! The file of checksums that the registries read.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use ring::digest::{SHA256, digest};

/// Writes the sums of all files in a folder into the file `name`.
///
/// # Errors
/// Returns an error if a file cannot be read or written.
pub fn write(folder: &Path, name: &str) -> Result<()> {
    let mut lines = Vec::new();
    for entry in fs::read_dir(folder)? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        lines.push((file.clone(), sum(&folder.join(file))?));
    }
    lines.sort();
    let text: String = lines.iter().map(|(file, sum)| format!("{sum}  {file}\n")).collect();
    Ok(fs::write(folder.join(name), text)?)
}

/// Checks all sums in the file `name` and returns the names in it; `find` returns the path of a name.
///
/// # Errors
/// Returns an error if a sum is wrong or a line has another form.
pub fn check(folder: &Path, name: &str, find: impl Fn(&str) -> PathBuf) -> Result<BTreeSet<String>> {
    let text = fs::read_to_string(folder.join(name)).with_context(|| format!("there is no {name}"))?;
    let mut listed = BTreeSet::new();
    for line in text.lines() {
        let (listed_sum, file) = line
            .split_once("  ")
            .with_context(|| format!("{name} has the line '{line}'"))?;
        let actual = sum(&find(file))?;
        ensure!(
            listed_sum == actual,
            "{name} says {listed_sum} for {file}, which has {actual}"
        );
        ensure!(listed.insert(file.to_owned()), "{name} has {file} twice");
    }
    Ok(listed)
}

fn sum(path: &Path) -> Result<String> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(digest(&SHA256, &bytes)
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}
