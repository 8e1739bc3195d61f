//! The data source `csbs_restore_capability`: whether a backup can be restored to a server.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    data_source::ServiceDataSource,
    diagnostics::Failure,
    validators::{id, string},
};
use otc_client::{
    csbs::{ApiError, Capability, ItemKey, Lookup, RestorableCheck, Server, VolumeMapping},
    operation::{OperationContext, restore::mapping},
};
use terraform_plugin::{AddDiagnostic, Attribute, AttributePath, Diagnostics, Schema, Value};

use super::refusal_as_answer;

/// The data source `csbs_restore_capability`.
pub struct RestoreCapabilityDataSource;

/// Configuration and result of `csbs_restore_capability`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RestoreCapabilityModel {
    backup_id: Value<String>,
    server_id: Value<String>,
    volumes: VolumeMap,
    restorable: Value<bool>,
    error_code: Value<String>,
    error_message: Value<String>,
}

/// IDs of disks by IDs of disk backups.
pub type VolumeMap = Value<BTreeMap<String, Value<String>>>;

#[async_trait]
impl ServiceDataSource for RestoreCapabilityDataSource {
    type Config = RestoreCapabilityModel;
    type Data = RestoreCapabilityModel;
    const FAILURE: Failure<'static> = Failure {
        summary: "Cannot check whether the backup can be restored",
        subject: "The backup",
        attributes: &["volumes"],
    };

    fn schema() -> Schema {
        Schema::new("Whether a backup can be restored to a server, and if not, why.").attributes([
            Attribute::string("backup_id")
                .required()
                .validate(string("The ID is not valid", id()))
                .doc("ID of the backup (checkpoint item)."),
            Attribute::string("server_id")
                .validate(string("The ID is not valid", id()))
                .doc("ID of the server to restore to; default: the server that was backed up."),
            Attribute::map_of_strings("volumes").doc(
                "Which disk backup is restored to which disk: IDs of disks by IDs of disk backups; default: the original \
                 disks.",
            ),
            Attribute::bool("restorable").computed().doc("Whether the backup can be restored."),
            Attribute::string("error_code")
                .computed()
                .doc("Code of the service for the reason why not."),
            Attribute::string("error_message").computed().doc("The reason in words."),
        ])
    }

    async fn read(
        service: &OperationContext,
        mut model: RestoreCapabilityModel,
        diags: &mut Diagnostics,
    ) -> Result<Option<RestoreCapabilityModel>, ApiError> {
        let Some(answer) = check(service, &model).await? else {
            diags.add_attribute_error(
                "There is no such backup",
                "No backup in this project has this ID.",
                AttributePath::new("backup_id"),
            );
            return Ok(None);
        };
        model.restorable = answer.result.into();
        model.error_code = answer.error_code.into();
        model.error_message = answer.error_msg.into();
        Ok(Some(model))
    }
}

/// The answer for one restore; `None` when there is no such backup.
async fn check(service: &OperationContext, model: &RestoreCapabilityModel) -> Result<Option<Capability>, ApiError> {
    let id = model.backup_id.clone().unwrap_or_default();
    let not_older_than = service.inventory.refresh_from();
    let item = match service
        .inventory
        .look(ItemKey::Item(id.clone()), not_older_than)
        .await?
    {
        Lookup::Found(items) => items.into_iter().next(),
        Lookup::Absent => None,
    };
    let Some(item) = item else { return Ok(None) };
    let server_id = model.server_id.as_ref_option().map(String::as_str);
    let (server, volumes) = match mapping(&item, server_id, &volume_mappings(&model.volumes)) {
        Ok(mapping) => mapping,
        Err(error) => {
            return Ok(Some(Capability {
                error_msg: Some(error.to_string()),
                ..Capability::default()
            }));
        }
    };
    let check = RestorableCheck {
        checkpoint_item_id: id,
        target: Server::new(server),
        volumes,
    };
    let answers = service.client.check_restorable(&[check]).await;
    refusal_as_answer(answers.map(|answers| answers.into_iter().next().unwrap_or_default())).map(Some)
}

/// The disks of a model.
fn volume_mappings(volumes: &VolumeMap) -> Vec<VolumeMapping> {
    let pairs = volumes.iter().flatten();
    pairs
        .filter_map(|(backup_id, volume_id)| {
            Some(VolumeMapping {
                backup_id: backup_id.clone(),
                volume_id: volume_id.clone().as_option()?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        let schema = RestoreCapabilityDataSource::schema();
        assert_model_has_schema::<RestoreCapabilityModel>("csbs_restore_capability", &schema.block);
    }
}
