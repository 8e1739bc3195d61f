//! Terraform's state, read from its file.

use std::{fs, path::Path};

use serde_json::Value;

/// A state file. One that does not exist is an empty state.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// Every instance of every managed resource.
    pub instances: Vec<Instance>,
    /// The values of the outputs.
    pub outputs: Value,
}

/// One instance of a managed resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// Such as `csbs_backup.server` or `csbs_backup.server[0]`.
    pub address: String,
    /// Such as `csbs_backup`.
    pub resource_type: String,
    /// Every attribute.
    pub attributes: Value,
    /// The next apply replaces it.
    pub tainted: bool,
    /// The identity, where the program keeps one.
    pub identity: Value,
}

impl State {
    /// Reads a state file.
    pub fn read(path: &Path) -> Self {
        let Ok(text) = fs::read_to_string(path) else {
            return Self::default();
        };
        // Terraform makes the file when it locks it, and may not live to fill it.
        if text.is_empty() {
            return Self::default();
        }
        let state: Value = serde_json::from_str(&text).expect("a state file in JSON");
        let resources = state["resources"].as_array().cloned().unwrap_or_default();
        Self {
            instances: resources
                .iter()
                .filter(|resource| resource["mode"] == "managed")
                .flat_map(instances)
                .collect(),
            outputs: state["outputs"].clone(),
        }
    }

    /// The instance at an address.
    #[track_caller]
    pub fn instance(&self, address: &str) -> &Instance {
        self.find(address)
            .unwrap_or_else(|| panic!("{address} is not in the state: {:?}", self.addresses()))
    }

    /// The instance at an address, if there is one.
    pub fn find(&self, address: &str) -> Option<&Instance> {
        self.instances.iter().find(|instance| instance.address == address)
    }

    /// All addresses.
    pub fn addresses(&self) -> Vec<&str> {
        self.instances
            .iter()
            .map(|instance| instance.address.as_str())
            .collect()
    }
}

impl Instance {
    /// An attribute that is a string.
    #[track_caller]
    pub fn text(&self, attribute: &str) -> &str {
        self.attributes[attribute].as_str().unwrap_or_else(|| {
            panic!(
                "{} has no text {attribute}: {}",
                self.address, self.attributes[attribute]
            )
        })
    }
}

fn instances(resource: &Value) -> Vec<Instance> {
    let text = |name: &str| resource[name].as_str().unwrap_or_default().to_owned();
    let module = text("module");
    let base = if module.is_empty() {
        format!("{}.{}", text("type"), text("name"))
    } else {
        format!("{module}.{}.{}", text("type"), text("name"))
    };
    resource["instances"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|instance| Instance {
            address: match &instance["index_key"] {
                Value::Null => base.clone(),
                key => format!("{base}[{key}]"),
            },
            resource_type: text("type"),
            attributes: instance["attributes"].clone(),
            tainted: instance["status"] == "tainted",
            identity: instance["identity"].clone(),
        })
        .collect()
}
