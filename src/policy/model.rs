//! Model of a policy, and its conversion from the service's answers.

use std::collections::BTreeMap;

use otc_client::{
    csbs::{Policy, ScheduledOperation, Tags, non_empty_description, pattern},
    operation::OperationContext,
};
use serde::{Deserialize, Serialize};
use terraform_plugin::{Diagnostics, NewState, RawValue, Value};

use crate::{
    object_identity::ObjectIdentity, region_and_project::set_region_and_project, service_value::json_text,
    timeouts::Timeouts,
};

use super::{
    operation::{OperationModel, matching::match_operations, retention::Retention},
    server::{self, ServerModel},
};

/// Model of `csbs_backup_policy`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PolicyModel {
    pub name: Value<String>,
    pub description: Value<String>,
    pub common: Value<BTreeMap<String, Value<String>>>,
    pub resource: Value<Vec<ServerModel>>,
    pub scheduled_operation: Value<Vec<OperationModel>>,
    pub tags: Value<Tags>,
    pub skip_destroy: Value<bool>,
    pub id: Value<String>,
    pub project_id: Value<String>,
    pub region: Value<String>,
    pub timeouts: Value<Timeouts>,
}

impl PolicyModel {
    /// The ID; empty where there is none.
    #[must_use]
    pub fn id(&self) -> &str {
        self.id.as_deref_option().unwrap_or_default()
    }

    /// IDs of the servers that are known.
    pub fn server_ids(&self) -> impl Iterator<Item = &str> {
        self.servers().iter().filter_map(|server| server.id.as_deref_option())
    }

    /// The servers; none where they are null.
    #[must_use]
    pub fn servers(&self) -> &[ServerModel] {
        self.resource.as_deref_option().unwrap_or_default()
    }

    /// The scheduled operations; none where they are null.
    #[must_use]
    pub fn operations(&self) -> &[OperationModel] {
        self.scheduled_operation.as_deref_option().unwrap_or_default()
    }

    /// The description, if it is not empty.
    #[must_use]
    pub fn non_empty_description(&self) -> Option<&str> {
        non_empty_description(self.description.as_deref_option())
    }

    /// The tags; none where they are null.
    #[must_use]
    pub fn tags(&self) -> Tags {
        self.tags.as_ref_option().cloned().unwrap_or_default()
    }

    /// Takes over the policy as the service has it now. A value that means the same as before is kept as it is.
    pub fn refresh(&mut self, policy: &Policy, tags: Option<&Tags>) {
        self.set_computed(policy);
        if let Some(name) = &policy.name {
            self.name = Value::Value(name.clone());
        }
        let description = policy.description.as_deref();
        if self.description.is_null() || self.non_empty_description() != non_empty_description(description) {
            self.description = Value::Value(description.unwrap_or_default().to_owned());
        }
        if let Some(common) = common(policy) {
            self.common = Value::Value(common);
        }
        self.resource = Value::Value(server::refresh(self.servers(), &policy.resources));
        self.scheduled_operation = Value::Value(refresh_operations(self.operations(), &policy.scheduled_operations));
        match tags {
            Some(tags) => self.tags = Value::Value(tags.clone()),
            None if self.tags.is_null() => self.tags = Value::Value(Tags::new()),
            None => {}
        }
        if self.skip_destroy.is_null() {
            self.skip_destroy = Value::Value(false);
        }
    }

    /// Gives every value that was planned as unknown the one of the answer; what the answer does not have is null.
    pub fn resolve_unknowns(&mut self, policy: &Policy) {
        if let Value::Value(operations) = &mut self.scheduled_operation {
            let answered: Vec<_> = policy.scheduled_operations.iter().map(OperationModel::from).collect();
            let matched = match_operations(operations, &answered);
            for (operation, index) in operations.iter_mut().zip(matched) {
                let answered = index.and_then(|index| answered.get(index));
                resolve(&mut operation.id, || answered.map(|answered| answered.id.clone()));
                resolve(&mut operation.name, || answered.map(|answered| answered.name.clone()));
            }
        }
        if let Value::Value(servers) = &mut self.resource {
            for server in servers {
                if server.name.is_unknown() {
                    server.name = server.name_or_default().into();
                }
            }
        }
        let mut answered = Self::default();
        answered.set_computed(policy);
        resolve(&mut self.id, || Some(answered.id));
        resolve(&mut self.project_id, || Some(answered.project_id));
        resolve(&mut self.region, || None);
    }

    /// Gives the computed values that were planned as unknown those of the prior state, after an update that sent nothing.
    pub fn keep_computed(&mut self, prior: &Self) {
        resolve(&mut self.id, || Some(prior.id.clone()));
        resolve(&mut self.project_id, || Some(prior.project_id.clone()));
        resolve(&mut self.region, || Some(prior.region.clone()));
    }

    fn set_computed(&mut self, policy: &Policy) {
        self.id = Value::Value(policy.id.clone());
        if let Some(project_id) = &policy.project_id
            && !self.project_id.is_value()
        {
            self.project_id = Value::Value(project_id.clone());
        }
    }

    /// Fills in region and project where they are not known yet. Known ones stay: an identity must not change.
    pub async fn set_region_and_project(&mut self, service: &OperationContext) {
        set_region_and_project(service, &mut self.region, &mut self.project_id).await;
    }

    /// The identity; `None` without an ID.
    #[must_use]
    pub fn identity(&self) -> Option<RawValue> {
        let identity = ObjectIdentity {
            id: self.id.clone(),
            region: self.region.clone(),
            project_id: self.project_id.clone(),
        };
        identity.to_raw()
    }

    /// The state of this model. An `identity` that Terraform knows already is kept.
    pub fn into_state(self, private: Vec<u8>, identity: Option<RawValue>, diags: &mut Diagnostics) -> Option<NewState> {
        Some(NewState {
            private,
            identity: identity.or_else(|| self.identity()),
            ..NewState::from_model(&self, diags)?
        })
    }
}

fn resolve<T>(value: &mut Value<T>, answered: impl FnOnce() -> Option<Value<T>>) {
    if value.is_unknown() {
        *value = answered().filter(|value| !value.is_unknown()).unwrap_or(Value::Null);
    }
}

/// The parameters under `common`, as text; `None` when the answer does not have them.
pub(super) fn common(policy: &Policy) -> Option<BTreeMap<String, Value<String>>> {
    let members = policy.parameters.as_ref()?.get("common")?.as_object()?;
    let texts = members
        .iter()
        .map(|(name, value)| (name.clone(), json_text(Some(value))));
    Some(texts.collect())
}

/// The operations of an answer in the order of the state, new ones last. The service does not document its order.
fn refresh_operations(state: &[OperationModel], answer: &[ScheduledOperation]) -> Vec<OperationModel> {
    let mut answered: Vec<_> = answer.iter().map(OperationModel::from).collect();
    let matched = match_operations(&answered, state);
    for ((operation, answer), known) in answered.iter_mut().zip(answer).zip(&matched) {
        if let Some(known) = known.and_then(|index| state.get(index)) {
            keep_unanswered(operation, answer, known);
            keep_equivalent(operation, known);
        }
    }
    let mut ordered: Vec<_> = matched
        .iter()
        .map(|index| index.unwrap_or(usize::MAX))
        .zip(answered)
        .collect();
    ordered.sort_by_key(|(index, _)| *index);
    ordered.into_iter().map(|(_, operation)| operation).collect()
}

/// Keeps what the answer leaves out: no table of the API's answers lists the calendar counts and the time zone, so that their
/// absence means nothing.
fn keep_unanswered(operation: &mut OperationModel, answer: &ScheduledOperation, known: &OperationModel) {
    let definition = answer.operation_definition.clone().unwrap_or_default();
    let is_limited = [definition.max_backups, definition.retention_duration_days]
        .iter()
        .any(|limit| limit.is_some_and(|limit| limit >= 0));
    let pattern = answer
        .trigger
        .as_ref()
        .and_then(|trigger| trigger.properties.as_ref())
        .and_then(|properties| properties.pattern.as_ref());
    keep_if(answer.enabled.is_none(), &mut operation.enabled, &known.enabled);
    keep_if(
        pattern.is_none(),
        &mut operation.trigger_pattern,
        &known.trigger_pattern,
    );
    keep_if(
        definition.max_backups.is_none(),
        &mut operation.max_backups,
        &known.max_backups,
    );
    keep_if(
        definition.retention_duration_days.is_none(),
        &mut operation.retention_duration_days,
        &known.retention_duration_days,
    );
    // A limit in the answer contradicts what was known.
    keep_if(
        definition.permanent.is_none() && !is_limited,
        &mut operation.permanent,
        &known.permanent,
    );
    keep_if(
        definition.day_backups.is_none(),
        &mut operation.day_backups,
        &known.day_backups,
    );
    keep_if(
        definition.week_backups.is_none(),
        &mut operation.week_backups,
        &known.week_backups,
    );
    keep_if(
        definition.month_backups.is_none(),
        &mut operation.month_backups,
        &known.month_backups,
    );
    keep_if(
        definition.year_backups.is_none(),
        &mut operation.year_backups,
        &known.year_backups,
    );
    keep_if(definition.timezone.is_none(), &mut operation.timezone, &known.timezone);
    keep_if(operation.id.is_null(), &mut operation.id, &known.id);
    keep_if(operation.name.is_null(), &mut operation.name, &known.name);
}

/// Keeps the values of the state that mean the same as those of the answer.
fn keep_equivalent(operation: &mut OperationModel, known: &OperationModel) {
    let text = |value: &Value<String>| value.as_deref_option().unwrap_or_default().to_owned();
    let same_pattern = pattern::same(&text(&operation.trigger_pattern), &text(&known.trigger_pattern));
    keep_if(same_pattern, &mut operation.trigger_pattern, &known.trigger_pattern);
    let description =
        |operation: &OperationModel| non_empty_description(operation.description.as_deref_option()).map(str::to_owned);
    let same_description = !known.description.is_null() && description(operation) == description(known);
    keep_if(same_description, &mut operation.description, &known.description);
    let same_retention = Retention::from(&*operation) == Retention::from(known);
    keep_if(same_retention, &mut operation.max_backups, &known.max_backups);
    keep_if(
        same_retention,
        &mut operation.retention_duration_days,
        &known.retention_duration_days,
    );
    keep_if(same_retention, &mut operation.permanent, &known.permanent);
    let [day, week, month, year] = operation.calendar_counts();
    let [known_day, known_week, known_month, known_year] = known.calendar_counts();
    keep_if(day == known_day, &mut operation.day_backups, &known.day_backups);
    keep_if(week == known_week, &mut operation.week_backups, &known.week_backups);
    keep_if(month == known_month, &mut operation.month_backups, &known.month_backups);
    keep_if(year == known_year, &mut operation.year_backups, &known.year_backups);
    keep_if(
        !operation.has_calendar_counts(),
        &mut operation.timezone,
        &known.timezone,
    );
}

fn keep_if<T: Clone>(condition: bool, value: &mut Value<T>, known: &Value<T>) {
    if condition {
        *value = known.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::schema;
    use test_support::model::assert_model_has_schema;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        assert_model_has_schema::<PolicyModel>("csbs_backup_policy", &schema::schema().block);
    }

    #[test]
    fn operations_keep_the_order_of_the_state() {
        let answer = |names: &[&str]| -> Vec<ScheduledOperation> {
            let operations = names.iter().map(|name| serde_json::json!({"id": name, "name": name}));
            operations
                .map(|operation| serde_json::from_value(operation).unwrap())
                .collect()
        };
        let names = |operations: &[OperationModel]| -> Vec<String> {
            operations
                .iter()
                .map(|operation| operation.name.clone().unwrap())
                .collect()
        };
        let state = refresh_operations(&[], &answer(&["a", "b", "c"]));
        assert_eq!(names(&state), ["a", "b", "c"]);
        let reordered = refresh_operations(&state, &answer(&["d", "c", "a"]));
        assert_eq!(names(&reordered), ["a", "c", "d"]);
    }
}
