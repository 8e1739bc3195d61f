//! The data source `csbs_quotas`: what the project may use.

use async_trait::async_trait;

use crate::{
    Connection,
    attribute::{block, computed, list_of_objects, named},
    backup::model::object,
    service_call::ServiceCall,
};
use terraform_plugin::{AttributeType, Context, DataSource, Diagnostics, RawValue, ReadData, Schema};

/// What the project may use.
pub struct QuotasDataSource {
    connection: Connection,
}

impl QuotasDataSource {
    /// A data source that reaches the service by `connection`.
    #[must_use]
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }
}

#[async_trait]
impl DataSource for QuotasDataSource {
    fn schema(&self) -> Schema {
        let number = AttributeType::Number;
        let quota = list_of_objects([
            (
                "type",
                computed(
                    AttributeType::String,
                    "What is limited: `backups` or `backup_capacity`.",
                ),
            ),
            (
                "unit",
                computed(AttributeType::String, "Unit, `GB` for a capacity; null for a count."),
            ),
            ("quota", computed(number.clone(), "The limit; -1 is none.")),
            ("used", computed(number, "How much is in use.")),
        ]);
        Schema::from(block(
            "The quotas of the project and their use.",
            named([("quotas", computed(quota, "The quotas, in the order of their types."))]),
            [],
        ))
    }

    async fn read(&self, context: &Context, config: RawValue, diags: &mut Diagnostics) -> Option<ReadData> {
        let ask = ServiceCall {
            connection: &self.connection,
            context,
            summary: "Cannot read the quotas",
            subject: "The project",
            attributes: &[],
        };
        if let Some(deferred) = ask.deferred() {
            return Some(deferred);
        }
        let mut quotas = ask
            .service(diags, |service| async move { service.client.quotas().await })
            .await?;
        quotas.sort_by(|a, b| a.quota_type.cmp(&b.quota_type));
        let quotas = quotas.into_iter().map(|quota| {
            object([
                ("type", quota.quota_type.into()),
                ("unit", quota.unit.into()),
                ("quota", quota.quota.into()),
                ("used", quota.used.into()),
            ])
        });
        let mut found = config;
        found.set("quotas", RawValue::List(quotas.collect()));
        Some(ReadData::Found(found))
    }
}
