//! A policy without a schedule that runs.

use otc_client::csbs::{
    ApiError, OperationDefinition, Policy, PolicyRequest, PolicyUpdate, ScheduledOperation, Trigger, TriggerProperties,
};

use super::Run;

impl Run<'_> {
    pub(super) async fn policy(&mut self) {
        let policy = match self.create_policy().await {
            Ok(policy) => policy,
            Err(error) => {
                for number in ["A17", "A18"] {
                    self.not_tried(number, format!("the policy was not created: {error}"));
                }
                return;
            }
        };
        let client = self.context.client.clone();
        let update = PolicyUpdate {
            name: Some(self.prefix.name("renamed")),
            ..PolicyUpdate::default()
        };
        let changed = match client.update_policy(&policy.id, &update).await {
            Ok(_) => client.get_policy(&policy.id).await,
            Err(error) => Err(error),
        };
        match changed {
            Ok(changed) => {
                let is_kept = changed.scheduled_operations.len() == policy.scheduled_operations.len()
                    && changed.resources == policy.resources;
                self.expect(
                    "A18",
                    is_kept,
                    format!("a change of the name keeps servers and operations: {is_kept}"),
                );
                self.held(
                    "A17",
                    format!(
                        "the status of a policy without an active schedule is {:?}",
                        changed.status
                    ),
                );
            }
            Err(error) => self.expect("A18", false, error.to_string()),
        }
        if let Err(error) = client.delete_policy(&policy.id).await {
            self.expect("A34", false, format!("deletion of a policy that does not run: {error}"));
        }
    }

    async fn create_policy(&self) -> Result<Policy, ApiError> {
        let pattern = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nRRULE:FREQ=WEEKLY;BYDAY=MO;BYHOUR=3;BYMINUTE=0\r\n\
                       END:VEVENT\r\nEND:VCALENDAR\r\n";
        let operation = ScheduledOperation {
            name: Some(self.prefix.name("operation")),
            enabled: Some(false),
            operation_type: Some("backup".to_owned()),
            operation_definition: Some(OperationDefinition {
                max_backups: Some(1),
                ..OperationDefinition::default()
            }),
            trigger: Some(Trigger {
                properties: Some(TriggerProperties {
                    pattern: Some(pattern.to_owned()),
                    ..TriggerProperties::default()
                }),
                ..Trigger::default()
            }),
            ..ScheduledOperation::default()
        };
        let request = PolicyRequest {
            name: self.prefix.name("policy"),
            scheduled_operations: vec![operation],
            ..PolicyRequest::default()
        };
        self.context.client.create_policy(&request).await
    }
}
