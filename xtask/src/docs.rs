//! `cargo xtask docs`: the registry's pages, made by the registry's own tool from the provider's schema and `examples/`.
//! The guides under `docs/guides` are written by hand.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{
    paths,
    process::{self, cargo},
    setup::{terraform, tfplugindocs},
};

const LIMIT: Duration = Duration::from_secs(10 * 60);
/// What the tool makes under `docs/`; everything else there is ours.
const MADE: [&str; 6] = [
    "actions",
    "data-sources",
    "functions",
    "list-resources",
    "resources",
    "index.md",
];

/// Writes the pages.
///
/// # Errors
/// When the tool cannot be had or fails.
pub fn write() -> Result<()> {
    let tool = tfplugindocs::install()?;
    let made = generate(&tool)?;
    let docs = paths::root().join("docs");
    for name in MADE {
        let place = docs.join(name);
        if place.is_dir() {
            fs::remove_dir_all(&place)?;
        }
    }
    for (name, text) in &made.pages {
        let place = docs.join(name);
        if let Some(folder) = place.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(place, text)?;
    }
    validate(&tool, &made.schema)?;
    println!("{} pages in {}", made.pages.len(), docs.display());
    Ok(())
}

/// Says whether the pages are up to date and valid.
///
/// # Errors
/// When they are not, or the tool cannot be had or fails.
pub fn check() -> Result<()> {
    let tool = tfplugindocs::install()?;
    let made = generate(&tool)?;
    let there = read(&paths::root().join("docs"))?;
    let differing: Vec<_> = made
        .pages
        .keys()
        .chain(there.keys())
        .filter(|name| made.pages.get(*name) != there.get(*name))
        .map(|name| name.display().to_string())
        .collect();
    if !differing.is_empty() {
        bail!(
            "these pages under docs/ are not what schema and examples say: {}. Run 'cargo xtask docs' and commit what it writes.",
            differing.join(", ")
        );
    }
    validate(&tool, &made.schema)
}

struct Made {
    pages: BTreeMap<PathBuf, String>,
    schema: tempfile::TempDir,
}

fn generate(tool: &Path) -> Result<Made> {
    let folder = tempfile::Builder::new().prefix("csbs-docs-").tempdir()?;
    let schema = folder.path().join("schema.json");
    fs::write(&schema, serde_json::to_vec(&provider_schema()?)?)?;
    paths::copy_folder(&paths::root().join("examples"), &folder.path().join("examples"))?;
    process::run_quietly(
        Command::new(tool)
            .arg("generate")
            .args([
                "--provider-name",
                "terraform-provider-csbs",
                "--rendered-provider-name",
                "csbs",
            ])
            .arg("--provider-dir")
            .arg(folder.path())
            .arg("--providers-schema")
            .arg(&schema),
        &paths::tools().join("log/docs.log"),
        LIMIT,
    )?;
    Ok(Made {
        pages: read(&folder.path().join("docs"))?,
        schema: folder,
    })
}

fn validate(tool: &Path, schema: &tempfile::TempDir) -> Result<()> {
    process::run_quietly(
        Command::new(tool)
            .args(["validate", "--provider-name", "terraform-provider-csbs"])
            .arg("--provider-dir")
            .arg(paths::root())
            .arg("--providers-schema")
            .arg(schema.path().join("schema.json")),
        &paths::tools().join("log/docs.log"),
        LIMIT,
    )
}

/// The schema as Terraform sees it, under the name that the tool looks for.
fn provider_schema() -> Result<Value> {
    process::run(
        cargo().args([
            "build",
            "--locked",
            "--package",
            "terraform-provider-csbs",
            "--bin",
            "terraform-provider-csbs",
        ]),
        LIMIT,
    )?;
    // Older releases leave out what they do not know: actions, lists.
    let terraform = terraform::newest()?;
    let folder = tempfile::Builder::new().prefix("csbs-docs-").tempdir()?;
    let place = paths::target().join("debug");
    fs::write(
        folder.path().join("main.tf"),
        "terraform {\n  required_providers {\n    csbs = { source = \"tcloudpublic/csbs\" }\n  }\n}\n\nprovider \"csbs\" {}\n",
    )?;
    fs::write(
        folder.path().join("cli.tfrc"),
        format!(
            "provider_installation {{\n  dev_overrides {{\n    \"tcloudpublic/csbs\" = \"{}\"\n  }}\n}}\n",
            place.display()
        ),
    )?;
    let answer = process::output(
        Command::new(&terraform.path)
            .args(["providers", "schema", "-json"])
            .current_dir(folder.path())
            .env("TF_CLI_CONFIG_FILE", folder.path().join("cli.tfrc"))
            .env("CHECKPOINT_DISABLE", "1"),
        LIMIT,
    )?;
    let mut answer: Value = serde_json::from_str(&answer)?;
    let schemas = answer["provider_schemas"].as_object_mut().context("no schemas")?;
    let ours = std::mem::take(schemas).into_iter().next().context("no provider")?.1;
    schemas.insert("csbs".to_owned(), ours);
    Ok(answer)
}

/// The made pages of a folder `docs`, by their paths in it.
fn read(docs: &Path) -> Result<BTreeMap<PathBuf, String>> {
    let mut pages = BTreeMap::new();
    for name in MADE {
        let place = docs.join(name);
        let files = if place.is_dir() {
            fs::read_dir(&place)?
                .map(|file| Ok(file?.path()))
                .collect::<Result<Vec<_>>>()?
        } else {
            Vec::from_iter(place.is_file().then_some(place))
        };
        for file in files {
            let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            pages.insert(file.strip_prefix(docs)?.to_path_buf(), text);
        }
    }
    Ok(pages)
}
