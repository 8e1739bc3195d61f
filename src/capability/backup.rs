//! The data source `csbs_backup_capability`: whether servers can be backed up.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::{
    data_source::ServiceDataSource,
    diagnostics::Failure,
    validators::{each_element, id, not_empty, string},
};
use otc_client::{
    csbs::{ApiError, Capability, SERVER_TYPE, Server},
    operation::OperationContext,
};
use terraform_plugin::{
    Attribute, Diagnostics, Schema, Value,
    schema::{Attributes, attributes},
};

use super::refusal_as_answer;

/// The data source `csbs_backup_capability`.
pub struct BackupCapabilityDataSource;

/// Configuration and result of `csbs_backup_capability`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BackupCapabilityModel {
    resource_ids: Value<Vec<Value<String>>>,
    resource_type: Value<String>,
    protectable: Value<bool>,
    results: Value<Vec<ServerResult>>,
}

/// The answer for one server.
#[derive(Debug, Default, Serialize, Deserialize)]
struct ServerResult {
    resource_id: Value<String>,
    protectable: Value<bool>,
    error_code: Value<String>,
    error_message: Value<String>,
}

#[async_trait]
impl ServiceDataSource for BackupCapabilityDataSource {
    type Config = BackupCapabilityModel;
    type Data = BackupCapabilityModel;
    const FAILURE: Failure<'static> = Failure {
        summary: "Cannot check whether the servers can be backed up",
        subject: "The servers",
        attributes: &[],
    };

    fn schema() -> Schema {
        Schema::new("Whether servers can be backed up, and if not, why. Made for use in a `precondition`.").attributes([
            Attribute::list_of_strings("resource_ids")
                .required()
                .validate(not_empty(
                    "The list of servers is empty",
                    "For an empty list, `protectable` would be true without asking the service. Name at least one server.",
                ))
                .validate(each_element(string("The server ID is not valid", id())))
                .doc("IDs of the servers."),
            Attribute::string("resource_type").doc("Type of the servers; default `OS::Nova::Server`."),
            Attribute::bool("protectable")
                .computed()
                .doc("Whether all of the servers can be backed up."),
            Attribute::list_of_objects("results", result_attributes())
                .computed()
                .doc("The answer for each server, in the order of `resource_ids`."),
        ])
    }

    async fn read(
        service: &OperationContext,
        mut model: BackupCapabilityModel,
        _: &mut Diagnostics,
    ) -> Result<Option<BackupCapabilityModel>, ApiError> {
        let resource_type = model.resource_type.clone().unwrap_or_else(|| SERVER_TYPE.to_owned());
        let ids = model.resource_ids.iter().flatten().filter_map(Value::as_ref_option);
        let servers: Vec<_> = ids
            .map(|id| Server {
                resource_id: id.clone(),
                resource_type: resource_type.clone(),
            })
            .collect();
        let answers = check(service, servers.clone()).await?;
        model.protectable = (answers.len() == servers.len() && answers.iter().all(|answer| answer.result)).into();
        let results: Vec<_> = servers
            .into_iter()
            .zip(answers)
            .map(|(server, answer)| ServerResult {
                resource_id: server.resource_id.into(),
                protectable: answer.result.into(),
                error_code: answer.error_code.into(),
                error_message: answer.error_msg.into(),
            })
            .collect();
        model.results = results.into();
        Ok(Some(model))
    }
}

/// The answers for the servers, in their order. All are asked for at once, so that they share requests.
async fn check(service: &OperationContext, servers: Vec<Server>) -> Result<Vec<Capability>, ApiError> {
    let mut checks = JoinSet::new();
    for (index, server) in servers.into_iter().enumerate() {
        let inventory = service.inventory.clone();
        checks.spawn(async move { (index, refusal_as_answer(inventory.check_protectable(server).await)) });
    }
    let mut answers = Vec::new();
    while let Some(Ok((index, answer))) = checks.join_next().await {
        answers.push((index, answer?));
    }
    answers.sort_by_key(|(index, _)| *index);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

fn result_attributes() -> Attributes {
    attributes([
        Attribute::string("resource_id").computed().doc("ID of the server."),
        Attribute::bool("protectable")
            .computed()
            .doc("Whether the server can be backed up."),
        Attribute::string("error_code")
            .computed()
            .doc("Code of the reason why not. Can also be set for a server that can be backed up."),
        Attribute::string("error_message")
            .computed()
            .doc("The reason in the words of the service."),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        let schema = BackupCapabilityDataSource::schema();
        assert_model_has_schema::<BackupCapabilityModel>("csbs_backup_capability", &schema.block);
    }
}
