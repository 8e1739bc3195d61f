//! `cargo xtask install` and `uninstall`: the provider of this clone in the folder of the user's data in which both Terraform
//! and OpenTofu look for providers without any CLI configuration (the implied local mirror). The folder `~/.terraform.d`,
//! which they search as well, is avoided: where it exists OpenTofu keeps its own settings there and no longer elsewhere.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use crate::{build, mirror};

/// Builds the provider, or takes the one that `CSBS_PLUGIN` names, and copies it to a folder where `init` finds it.
///
/// # Errors
/// Returns an error if the build fails, there is no home folder, or a file cannot be written.
pub fn install() -> Result<()> {
    let directories = UserDirectories::from_environment();
    let folder = directories.providers()?;
    let plugin = build::release()?;
    let mut replaced = false;
    for binary in mirror::binaries(&folder) {
        replaced |= copy(&plugin, &binary)?;
        println!("{}", binary.display());
    }
    println!(
        "\n'terraform init' and 'tofu init' now find tcloudpublic/csbs {} there, in any folder, and do not ask a registry for \
         it. 'cargo xtask uninstall' removes it.",
        mirror::VERSION
    );
    if replaced {
        println!(
            "\nAnother build of this version was there before. A folder that was initialized with it refuses this one: delete \
             the provider's block from its .terraform.lock.hcl and run init again."
        );
    }
    for file in directories.overriding_configuration_files() {
        println!(
            "\n{} has a block provider_installation. It overrides the default: name {} in it, as a \
             filesystem_mirror.",
            file.display(),
            folder.display()
        );
    }
    Ok(())
}

/// Removes the binary of this version that [`install`] installed, and the folders that are empty then.
///
/// # Errors
/// Returns an error if there is no home folder, or a file cannot be removed.
pub fn uninstall() -> Result<()> {
    let folder = UserDirectories::from_environment().providers()?;
    let mut found = false;
    for binary in mirror::binaries(&folder) {
        if !binary.exists() {
            continue;
        }
        found = true;
        remove(&folder, &binary)?;
        println!("removed {}", binary.display());
    }
    if !found {
        println!(
            "version {} of the provider is not installed in {}",
            mirror::VERSION,
            folder.display()
        );
    }
    for other in other_versions(&folder) {
        println!("{} is another version and stays", other.display());
    }
    Ok(())
}

/// Directories and files from the environment that decide where the programs look.
struct UserDirectories {
    home: Option<PathBuf>,
    data_home: Option<PathBuf>,
    config_home: Option<PathBuf>,
    config_file: Option<PathBuf>,
    is_macos: bool,
}

impl UserDirectories {
    fn from_environment() -> Self {
        let path = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self {
            home: path("HOME"),
            data_home: path("XDG_DATA_HOME"),
            config_home: path("XDG_CONFIG_HOME"),
            config_file: path("TF_CLI_CONFIG_FILE"),
            is_macos: cfg!(target_os = "macos"),
        }
    }

    /// The folder of providers. Both programs use Terraform's name for it.
    fn providers(&self) -> Result<PathBuf> {
        let home = self.home.as_deref().context("HOME is not set");
        let data = if self.is_macos {
            home?.join("Library/Application Support/io.terraform")
        } else {
            match &self.data_home {
                // The programs ignore a relative one.
                Some(folder) if folder.is_absolute() => folder.clone(),
                _ => home?.join(".local/share"),
            }
            .join("terraform")
        };
        Ok(data.join("plugins"))
    }

    /// CLI configuration files with a block `provider_installation`, which makes the programs ignore the folder.
    fn overriding_configuration_files(&self) -> Vec<PathBuf> {
        let files: Vec<PathBuf> = match &self.config_file {
            Some(file) => vec![file.clone()],
            None => [
                self.home.as_ref().map(|home| home.join(".terraformrc")),
                self.home.as_ref().map(|home| home.join(".tofurc")),
                self.config_home.as_ref().map(|folder| folder.join("opentofu/tofurc")),
            ]
            .into_iter()
            .flatten()
            .collect(),
        };
        files
            .into_iter()
            .filter(|file| {
                fs::read_to_string(file).is_ok_and(|text| {
                    text.lines()
                        .any(|line| line.trim_start().starts_with("provider_installation"))
                })
            })
            .collect()
    }
}

/// Copies the program; returns whether it replaced another build.
fn copy(plugin: &Path, to: &Path) -> Result<bool> {
    let folder = to.parent().context("the provider has a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let program = fs::read(plugin).with_context(|| format!("cannot read {}", plugin.display()))?;
    let before = fs::read(to).ok();
    if before.as_ref() == Some(&program) {
        return Ok(false);
    }
    // Renamed into place, because a running program cannot be overwritten. The folder is the package: it may hold no other file.
    let outside = folder.parent().context("the provider has a version")?;
    let half = outside.join(format!(".new-{}", std::process::id()));
    fs::copy(plugin, &half).with_context(|| format!("cannot write {}", half.display()))?;
    fs::rename(&half, to).with_context(|| format!("cannot write {}", to.display()))?;
    Ok(before.is_some())
}

/// Removes the program, and the folders above it that are empty then, up to Terraform's data folder.
fn remove(providers: &Path, binary: &Path) -> Result<()> {
    ensure!(binary.starts_with(providers), "the provider is elsewhere");
    fs::remove_file(binary).with_context(|| format!("cannot remove {}", binary.display()))?;
    let data = providers.parent().unwrap_or(providers);
    for folder in binary.ancestors().skip(1).take_while(|folder| folder.starts_with(data)) {
        // Fails where the folder is not empty.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}

/// Folders of other versions of the provider.
fn other_versions(providers: &Path) -> Vec<PathBuf> {
    let of_address = |binary: PathBuf| Some(binary.ancestors().nth(3)?.to_path_buf());
    let mut found: Vec<PathBuf> = mirror::binaries(providers)
        .into_iter()
        .filter_map(of_address)
        .filter_map(|address| fs::read_dir(address).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|version| version.file_name().is_some_and(|name| name != mirror::VERSION))
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directories(home: Option<&Path>) -> UserDirectories {
        UserDirectories {
            home: home.map(Path::to_path_buf),
            data_home: None,
            config_home: None,
            config_file: None,
            is_macos: false,
        }
    }

    #[test]
    fn the_plugin_folder_follows_the_platform_and_xdg_data_home() {
        let place = |it: &UserDirectories| it.providers().unwrap();
        let mut it = directories(Some(Path::new("/home/me")));
        assert_eq!(place(&it), Path::new("/home/me/.local/share/terraform/plugins"));
        it.data_home = Some("relative".into());
        assert_eq!(place(&it), Path::new("/home/me/.local/share/terraform/plugins"));
        it.data_home = Some("/data".into());
        assert_eq!(place(&it), Path::new("/data/terraform/plugins"));
        it.is_macos = true;
        assert_eq!(
            place(&it),
            Path::new("/home/me/Library/Application Support/io.terraform/plugins")
        );
        let homeless = directories(None).providers().unwrap_err();
        assert!(homeless.to_string().contains("HOME"), "{homeless}");
    }

    #[test]
    fn a_cli_configuration_with_provider_installation_is_reported() {
        let home = tempfile::tempdir().unwrap();
        let mut it = directories(Some(home.path()));
        let file = home.path().join(".terraformrc");
        fs::write(&file, "# provider_installation\nplugin_cache_dir = \"/cache\"\n").unwrap();
        assert_eq!(it.overriding_configuration_files(), Vec::<PathBuf>::new());
        fs::write(&file, "provider_installation {\n  direct {}\n}\n").unwrap();
        assert_eq!(it.overriding_configuration_files(), [file]);
        it.config_file = Some(home.path().join("another"));
        assert_eq!(it.overriding_configuration_files(), Vec::<PathBuf>::new());
    }

    #[test]
    fn uninstalling_keeps_other_versions() {
        let home = tempfile::tempdir().unwrap();
        let providers = home.path().join("terraform/plugins");
        let plugin = home.path().join("built");
        fs::write(&plugin, "one").unwrap();
        let [first, second] = mirror::binaries(&providers);
        assert!(!copy(&plugin, &first).unwrap() && !copy(&plugin, &second).unwrap());
        assert!(!copy(&plugin, &first).unwrap(), "the same again");
        fs::write(&plugin, "two").unwrap();
        assert!(copy(&plugin, &first).unwrap(), "another build");
        assert_eq!(fs::read_to_string(&first).unwrap(), "two");
        assert_eq!(fs::read_dir(first.parent().unwrap()).unwrap().count(), 1);

        let other = first.ancestors().nth(3).unwrap().join("99.0.0");
        fs::create_dir(&other).unwrap();
        assert_eq!(other_versions(&providers), std::slice::from_ref(&other));
        remove(&providers, &first).unwrap();
        remove(&providers, &second).unwrap();
        assert!(other.is_dir() && !first.parent().unwrap().exists());
        assert!(!providers.join("registry.opentofu.org").exists());

        fs::remove_dir(&other).unwrap();
        copy(&plugin, &second).unwrap();
        fs::remove_dir_all(providers.join("registry.terraform.io")).unwrap();
        remove(&providers, &second).unwrap();
        assert!(!home.path().join("terraform").exists() && plugin.exists());
    }
}
