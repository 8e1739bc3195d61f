//! The data sources `csbs_backup_capability` and `csbs_restore_capability`: whether it can be done, and if not, why.

use async_trait::async_trait;

use crate::{
    Connection,
    attribute::{block, computed, list_of_objects, list_of_strings, map_of_strings, named, optional, required},
    backup::model::{object, tags},
    service_call::ServiceCall,
    validators,
};
use otc_client::{
    csbs::{ApiError, Capability, ItemKey, Lookup, RestorableCheck, Server, VolumeMapping},
    operation::{
        OperationContext,
        restore::{MappingError, mapping},
    },
};
use terraform_plugin::{
    AddDiagnostic, AttributePath, AttributeType, Context, DataSource, Diagnostics, RawValue, ReadData, Schema,
};

const STRING: AttributeType = AttributeType::String;
const BOOL: AttributeType = AttributeType::Bool;

/// Whether servers can be backed up.
pub struct BackupCapabilityDataSource {
    connection: Connection,
}

impl BackupCapabilityDataSource {
    /// A data source that reaches the service by `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

/// A refusal that came as an error is an answer like any other.
fn answer(asked: Result<Capability, ApiError>) -> Result<Capability, ApiError> {
    match asked {
        Err(ApiError::Service(error))
            if error.status == 400 && error.code.as_deref().is_some_and(|code| code.starts_with("CSBS.")) =>
        {
            Ok(Capability {
                result: false,
                error_msg: Some(error.message.clone()).filter(|message| !message.is_empty()),
                error_code: error.code,
                ..Capability::default()
            })
        }
        other => other,
    }
}

#[async_trait]
impl DataSource for BackupCapabilityDataSource {
    fn schema(&self) -> Schema {
        let result = list_of_objects([
            ("resource_id", computed(STRING, "ID of the server.")),
            ("protectable", computed(BOOL, "Whether it can be backed up.")),
            (
                "error_code",
                computed(STRING, "The service's code why not; may be set for other reasons, too."),
            ),
            ("error_message", computed(STRING, "The service's words why not.")),
        ]);
        Schema::from(block(
            "Whether servers can be backed up, and if not, why; made for a `precondition`.",
            named([
                ("resource_ids", required(list_of_strings(), "IDs of the servers.")),
                (
                    "resource_type",
                    optional(STRING, "Type of the servers; default `OS::Nova::Server`."),
                ),
                ("protectable", computed(BOOL, "Whether all of them can be backed up.")),
                (
                    "results",
                    computed(result, "The answer for every server, in the order of `resource_ids`."),
                ),
            ]),
            [],
        ))
    }

    async fn validate(&self, _context: &Context, config: &RawValue, diags: &mut Diagnostics) {
        let path = AttributePath::new("resource_ids");
        if config.get("resource_ids").as_list().is_some_and(<[RawValue]>::is_empty) {
            diags.add_attribute_error(
                "The list of servers is empty",
                "Of no server, `protectable` would be true without a question to the service. Name at least one server.",
                path.clone(),
            );
        }
        for (index, id) in config.get("resource_ids").as_list().unwrap_or(&[]).iter().enumerate() {
            let path = path.clone().index(i64::try_from(index).unwrap_or(i64::MAX));
            validators::text(diags, "The server ID is not valid", &path, id, &validators::id());
        }
    }

    async fn read(&self, context: &Context, config: RawValue, diags: &mut Diagnostics) -> Option<ReadData> {
        let ask = ServiceCall {
            connection: &self.connection,
            context,
            summary: "Cannot ask whether the servers can be backed up",
            subject: "The servers",
            attributes: &[],
        };
        if let Some(deferred) = ask.deferred() {
            return Some(deferred);
        }
        let kind = config.get("resource_type").as_str().map(str::to_owned);
        let ids: Vec<String> = config
            .get("resource_ids")
            .as_list()
            .unwrap_or(&[])
            .iter()
            .filter_map(|id| id.as_str().map(str::to_owned))
            .collect();
        let asked = ids.clone();
        let answers = ask
            .service(diags, |service| async move {
                // At once, so that the questions travel together.
                let mut questions = tokio::task::JoinSet::new();
                for (index, id) in asked.into_iter().enumerate() {
                    let mut server = Server::new(id);
                    if let Some(kind) = &kind {
                        server.resource_type.clone_from(kind);
                    }
                    let inventory = service.inventory.clone();
                    questions.spawn(async move { (index, answer(inventory.check_protectable(server).await)) });
                }
                let mut answers = Vec::new();
                while let Some(Ok((index, answer))) = questions.join_next().await {
                    answers.push((index, answer?));
                }
                answers.sort_by_key(|(index, _)| *index);
                Ok(answers)
            })
            .await?;
        let mut found = config;
        found.set(
            "protectable",
            answers.len() == ids.len() && answers.iter().all(|(_, answer)| answer.result),
        );
        let results = answers.into_iter().map(|(index, answer)| {
            object([
                ("resource_id", ids.get(index).cloned().into()),
                ("protectable", answer.result.into()),
                ("error_code", answer.error_code.into()),
                ("error_message", answer.error_msg.into()),
            ])
        });
        found.set("results", RawValue::List(results.collect()));
        Some(ReadData::Found(found))
    }
}

/// Whether a backup can be restored to a server.
pub struct RestoreCapabilityDataSource {
    connection: Connection,
}

impl RestoreCapabilityDataSource {
    /// A data source that reaches the service by `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

enum Found {
    NoBackup,
    Unfit(MappingError),
    Answer(Capability),
}

#[async_trait]
impl DataSource for RestoreCapabilityDataSource {
    fn schema(&self) -> Schema {
        Schema::from(block(
            "Whether a backup can be restored to a server, and if not, why.",
            named([
                ("backup_id", required(STRING, "ID of the backup (checkpoint item).")),
                (
                    "server_id",
                    optional(
                        STRING,
                        "ID of the server to restore to; the one that was backed up by default.",
                    ),
                ),
                (
                    "volumes",
                    optional(
                        map_of_strings(),
                        "Which disk backup goes to which disk: IDs of disks by IDs of disk backups; the original disks \
                             by default.",
                    ),
                ),
                ("restorable", computed(BOOL, "Whether it can be restored.")),
                ("error_code", computed(STRING, "The service's code why not.")),
                ("error_message", computed(STRING, "Why not, in words.")),
            ]),
            [],
        ))
    }

    async fn validate(&self, _context: &Context, config: &RawValue, diags: &mut Diagnostics) {
        for name in ["backup_id", "server_id"] {
            let path = AttributePath::new(name);
            validators::text(diags, "The ID is not valid", &path, config.get(name), &validators::id());
        }
    }

    async fn read(&self, context: &Context, config: RawValue, diags: &mut Diagnostics) -> Option<ReadData> {
        let ask = ServiceCall {
            connection: &self.connection,
            context,
            summary: "Cannot ask whether the backup can be restored",
            subject: "The backup",
            attributes: &["volumes"],
        };
        if let Some(deferred) = ask.deferred() {
            return Some(deferred);
        }
        let question = config.clone();
        let found = ask
            .service(
                diags,
                |service| async move { check_restorable(&service, &question).await },
            )
            .await?;
        let (restorable, code, message) = match found {
            Found::NoBackup => {
                diags.add_attribute_error(
                    "There is no such backup",
                    "No backup in this project has this ID.",
                    AttributePath::new("backup_id"),
                );
                return None;
            }
            Found::Unfit(error) => (false, None, Some(error.to_string())),
            Found::Answer(answer) => (answer.result, answer.error_code, answer.error_msg),
        };
        let mut found = config;
        found.set("restorable", restorable);
        found.set("error_code", code);
        found.set("error_message", message);
        Some(ReadData::Found(found))
    }
}

async fn check_restorable(service: &OperationContext, config: &RawValue) -> Result<Found, ApiError> {
    let id = config.get("backup_id").as_str().unwrap_or_default().to_owned();
    let look = service
        .inventory
        .look(ItemKey::Item(id.clone()), service.inventory.refresh_from());
    let item = match look.await? {
        Lookup::Found(items) => items.into_iter().next(),
        Lookup::Absent => None,
    };
    let Some(item) = item else { return Ok(Found::NoBackup) };
    let volumes = volumes(config.get("volumes"));
    let (server, volumes) = match mapping(&item, config.get("server_id").as_str(), &volumes) {
        Ok(mapping) => mapping,
        Err(error) => return Ok(Found::Unfit(error)),
    };
    let check = RestorableCheck {
        checkpoint_item_id: id,
        target: Server::new(server),
        volumes,
    };
    let asked = service.client.check_restorable(&[check]).await;
    let answer = answer(asked.map(|answers| answers.into_iter().next().unwrap_or_default()))?;
    Ok(Found::Answer(answer))
}

/// The disks of a configuration.
#[must_use]
pub fn volumes(config: &RawValue) -> Vec<VolumeMapping> {
    tags(config)
        .into_iter()
        .map(|(backup_id, volume_id)| VolumeMapping { backup_id, volume_id })
        .collect()
}
