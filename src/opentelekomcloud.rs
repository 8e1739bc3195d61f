//! Takes over states of the Go provider's resources (`moved`, or an upgrade of schema version 0) without a request.

use otc_client::csbs::Tags;
use serde::Deserialize;
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics, MoveState, UpgradeState, Value};

/// End of the Go provider's address; any host can serve it.
pub const PROVIDER: &str = "opentelekomcloud/opentelekomcloud";

/// The address from OpenTofu before 1.12.4: the name alone, without host and namespace.
const PROVIDER_NAME: &str = "opentelekomcloud";

/// Returns `true` for the address of the Go provider, wherever it was installed from.
#[must_use]
pub fn is_provider_address(address: &str) -> bool {
    address == PROVIDER_NAME || address == PROVIDER || address.ends_with(&format!("/{PROVIDER}"))
}

/// A state that cannot be taken over.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The state does not have the Go provider's layout.
    #[error("it does not have the layout that the provider {PROVIDER} writes")]
    Layout(#[from] serde_json::Error),
    /// The state has no ID.
    #[error("it has no ID")]
    NoId,
}

/// A resource type that takes over the state of one of the Go provider's.
#[derive(Debug, Clone, Copy)]
pub struct Takeover<M> {
    /// The Go provider's resource type.
    pub source_type: &'static str,
    /// The resource type of this provider.
    pub target_type: &'static str,
    /// The object in a message, such as "backup".
    pub object: &'static str,
    /// Converts a state.
    pub convert: fn(&serde_json::Value) -> Result<M, StateError>,
}

impl<M> Takeover<M> {
    /// Converts the state of a `moved` block. The state of another resource type is an error.
    pub fn move_state(&self, request: &MoveState, diags: &mut Diagnostics) -> Option<M> {
        let Self {
            source_type,
            target_type,
            object,
            ..
        } = self;
        let source = format!("{} of {}", request.source_type_name, request.source_provider_address);
        let problem = if request.source_type_name != *source_type
            || !is_provider_address(&request.source_provider_address)
        {
            format!(
                "A {target_type} can be moved from {source_type} of the provider {PROVIDER} only, not from {source}."
            )
        } else if request.source_schema_version != 0 {
            format!(
                "The state of {source} has schema version {}; this version of the provider knows version 0 only. \
                     Remove the resource from the state and import the {object} by its ID.",
                request.source_schema_version
            )
        } else {
            return self.converted(&request.source_state, &source, diags);
        };
        diags.add_attribute_error(
            format!("This resource cannot become a {target_type}"),
            problem,
            AttributePath::root(),
        );
        None
    }

    /// Converts a state of schema version 0, the Go provider's layout. A state has it after its resource was renamed by
    /// hand, where `moved` between providers is not supported.
    pub fn upgrade_state(&self, request: &UpgradeState, diags: &mut Diagnostics) -> Option<M> {
        if request.version != 0 {
            diags.add_attribute_error(
                format!("The state of this {} has an unknown version", self.target_type),
                format!(
                    "The provider cannot upgrade a state of schema version {}.",
                    request.version
                ),
                AttributePath::root(),
            );
            return None;
        }
        self.converted(&request.raw, "schema version 0", diags)
    }

    fn converted(&self, state: &serde_json::Value, source: &str, diags: &mut Diagnostics) -> Option<M> {
        (self.convert)(state)
            .map_err(|error| {
                diags.add_attribute_error(
                    "The state cannot be converted",
                    format!(
                        "The state of {source} cannot be read: {error}. Remove the resource from the state and import the \
                         {} by its ID.",
                        self.object
                    ),
                    AttributePath::root(),
                );
            })
            .ok()
    }
}

/// A tag, as the Go provider writes it.
#[derive(Debug, Deserialize)]
pub struct Tag {
    key: String,
    value: Option<String>,
}

/// Tags as a map.
#[must_use]
pub fn tags(tags: Option<Vec<Tag>>) -> Tags {
    let tags = tags.into_iter().flatten();
    tags.map(|tag| (tag.key, tag.value.unwrap_or_default())).collect()
}

/// A text; the Go provider writes an unset one as an empty text.
#[must_use]
pub fn text(text: Option<String>) -> Value<String> {
    text.filter(|text| !text.is_empty()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "registry.terraform.io/opentelekomcloud/opentelekomcloud";

    fn takeover() -> Takeover<String> {
        Takeover {
            source_type: "opentelekomcloud_note_v1",
            target_type: "csbs_note",
            object: "note",
            convert: |state| state["id"].as_str().map(str::to_owned).ok_or(StateError::NoId),
        }
    }

    fn moved(address: &str, type_name: &str, version: i64, state: serde_json::Value) -> (Option<String>, Diagnostics) {
        let mut diags = Diagnostics::default();
        let request = MoveState {
            source_provider_address: address.to_owned(),
            source_type_name: type_name.to_owned(),
            source_schema_version: version,
            source_state: state,
            source_private: Vec::new(),
        };
        (takeover().move_state(&request, &mut diags), diags)
    }

    #[test]
    fn moves_from_the_go_provider_and_nothing_else() {
        let state = serde_json::json!({"id": "1"});
        let (id, diags) = moved(ADDRESS, "opentelekomcloud_note_v1", 0, state.clone());
        assert_eq!(id.as_deref(), Some("1"));
        assert_eq!(diags, Diagnostics::default());
        for (address, type_name, version) in [
            ("registry.terraform.io/hashicorp/aws", "opentelekomcloud_note_v1", 0),
            (ADDRESS, "opentelekomcloud_other_v1", 0),
            (ADDRESS, "opentelekomcloud_note_v1", 1),
        ] {
            let (id, diags) = moved(address, type_name, version, state.clone());
            assert_eq!((id, diags.errors.len()), (None, 1), "{address} {type_name} {version}");
        }
        let (id, diags) = moved(ADDRESS, "opentelekomcloud_note_v1", 0, serde_json::json!({}));
        assert_eq!((id, diags.errors.len()), (None, 1));
    }

    #[test]
    fn upgrades_version_0_only() {
        for (version, raw, succeeds) in [
            (0, serde_json::json!({"id": "1"}), true),
            (0, serde_json::json!({"id": null}), false),
            (7, serde_json::json!({"id": "1"}), false),
        ] {
            let mut diags = Diagnostics::default();
            let state = takeover().upgrade_state(&UpgradeState { version, raw }, &mut diags);
            assert_eq!((state.is_some(), diags.errors.is_empty()), (succeeds, succeeds));
        }
    }

    #[test]
    fn the_address_is_compared_whole() {
        for address in [
            ADDRESS,
            "registry.opentofu.org/opentelekomcloud/opentelekomcloud",
            PROVIDER,
            PROVIDER_NAME,
        ] {
            assert!(is_provider_address(address), "{address}");
        }
        for address in [
            "registry.terraform.io/x/opentelekomcloud",
            "x/my-opentelekomcloud/opentelekomcloud",
            "",
        ] {
            assert!(!is_provider_address(address), "{address}");
        }
    }
}
