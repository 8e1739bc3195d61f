//! Configurations and states of any size.

use std::{fmt::Write as _, fs, ops::Range};

use anyhow::{Context, Result};
use serde_json::Value;

use super::run_terraform;
use crate::{mirror, sandbox::Sandbox};

/// Resources that one apply creates. Terraform writes the whole state for each resource that it creates, so that the time of
/// an apply grows with the square of their number.
const BATCH: usize = 250;

/// Notation of several resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A block for each, as people write them.
    Blocks,
    /// One block with `count`.
    Count,
}

/// Type of the resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `csbs_backup`.
    Backup,
    /// `opentelekomcloud_csbs_backup_v1` of the Go provider.
    Peer,
    /// `terraform_data`, which is part of Terraform.
    Data,
}

impl Kind {
    /// Address (`NAMESPACE/TYPE`) and version of the provider.
    pub fn source(self) -> (&'static str, &'static str) {
        match self {
            Self::Backup | Self::Data => ("tcloudpublic/csbs", mirror::VERSION),
            Self::Peer => ("opentelekomcloud/opentelekomcloud", "99.0.0"),
        }
    }

    /// The resource type.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Backup => "csbs_backup",
            Self::Peer => "opentelekomcloud_csbs_backup_v1",
            Self::Data => "terraform_data",
        }
    }

    /// The provider's requirement, as a block `terraform`.
    fn requirement(self) -> String {
        let (source, _) = self.source();
        let name = source.rsplit('/').next().unwrap_or(source);
        match self {
            Self::Data => String::new(),
            Self::Backup | Self::Peer => format!(
                "terraform {{\n  required_providers {{\n    {name} = {{\n      source = \"{source}\"\n    }}\n  }}\n}}\n"
            ),
        }
    }

    /// Arguments of a resource.
    fn arguments(self, server: &str, number: &str) -> String {
        match self {
            Self::Backup => {
                format!(
                    "  resource_id = {server}\n  backup_name = \"bench-{number}\"\n  tags = {{ run = \"bench\" }}\n"
                )
            }
            Self::Peer => format!(
                "  resource_id = {server}\n  resource_type = \"OS::Nova::Server\"\n  backup_name = \"bench-{number}\"\n  \
                 tags {{\n    key = \"run\"\n    value = \"bench\"\n  }}\n"
            ),
            Self::Data => format!("  input = \"bench-{number}\"\n"),
        }
    }

    /// A configuration with the resources of these numbers; one block with `count` has all from 0.
    pub fn configuration(self, form: Form, numbers: Range<usize>) -> String {
        let mut text = self.requirement();
        let name = self.type_name();
        match form {
            Form::Count => {
                let server = "format(\"00000000-0000-0000-0000-%012x\", count.index)";
                let arguments = self.arguments(server, "${count.index}");
                let _ = write!(
                    text,
                    "resource \"{name}\" \"b\" {{\n  count = {}\n{arguments}}}\n",
                    numbers.end
                );
            }
            Form::Blocks => {
                for number in numbers {
                    let server = format!("\"00000000-0000-0000-0000-{number:012x}\"");
                    let arguments = self.arguments(&server, &number.to_string());
                    let _ = write!(text, "resource \"{name}\" \"b{number}\" {{\n{arguments}}}\n");
                }
            }
        }
        text
    }
}

/// Writes the configuration, and creates its state.
///
/// # Errors
/// Returns an error if Terraform fails.
pub fn fill(sandbox: &Sandbox, kind: Kind, form: Form, count: usize) -> Result<()> {
    if form == Form::Count {
        configure(sandbox, &kind.configuration(form, 0..count))?;
        return create(sandbox).map(drop);
    }
    let mut resources = Vec::new();
    let mut state = Value::Null;
    for first in (0..count).step_by(BATCH) {
        configure(sandbox, &kind.configuration(form, first..count.min(first + BATCH)))?;
        state = create(sandbox)?;
        resources.append(state["resources"].as_array_mut().context("no resources")?);
    }
    state["resources"] = resources.into();
    configure(sandbox, &kind.configuration(form, 0..count))?;
    fs::write(sandbox.work().join(STATE), state.to_string())?;
    Ok(())
}

/// Name of the state file.
pub const STATE: &str = "terraform.tfstate";

fn create(sandbox: &Sandbox) -> Result<Value> {
    run_terraform(sandbox, &["apply", "-auto-approve", "-parallelism=100"])?;
    Ok(serde_json::from_slice(&fs::read(sandbox.work().join(STATE))?)?)
}

/// Writes a configuration and initializes the folder, with an empty state. Backups of an earlier state stay in the service.
///
/// # Errors
/// Returns an error if Terraform fails.
pub fn configure(sandbox: &Sandbox, configuration: &str) -> Result<()> {
    let state = sandbox.work().join(STATE);
    if state.exists() {
        fs::remove_file(state)?;
    }
    fs::write(sandbox.work().join("main.tf"), configuration)?;
    run_terraform(sandbox, &["init", "-input=false"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_has_a_block_for_each_resource_or_a_count() {
        let blocks = Kind::Peer.configuration(Form::Blocks, 3..5);
        assert!(blocks.contains("opentelekomcloud = {\n      source = \"opentelekomcloud/opentelekomcloud\""));
        assert_eq!(
            blocks.matches("resource \"opentelekomcloud_csbs_backup_v1\"").count(),
            2
        );
        assert!(blocks.contains("resource_id = \"00000000-0000-0000-0000-000000000004\""));
        let counted = Kind::Backup.configuration(Form::Count, 0..7);
        assert!(
            counted.contains("count = 7") && counted.contains("bench-${count.index}"),
            "{counted}"
        );
        assert!(
            !Kind::Data
                .configuration(Form::Blocks, 0..1)
                .contains("required_providers")
        );
    }
}
