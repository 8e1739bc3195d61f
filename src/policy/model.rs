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
    use crate::policy::schema::{
        self,
        testing::{PATTERN, config, operation},
    };
    use terraform_plugin::model;
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

    fn known(values: &[(&str, RawValue)]) -> OperationModel {
        OperationModel::from_elements(&[operation(values)]).remove(0)
    }

    /// The operation `known` of a state after a refresh with this answer.
    fn refreshed(known: &[(&str, RawValue)], answer: &serde_json::Value) -> OperationModel {
        let answer = serde_json::from_value(answer.clone()).unwrap();
        refresh_operations(&[self::known(known)], &[answer]).remove(0)
    }

    #[test]
    fn an_operation_keeps_what_an_answer_leaves_out() {
        let state: [(&str, RawValue); 11] = [
            ("id", "op".into()),
            ("name", "nightly".into()),
            ("description", "".into()),
            ("enabled", false.into()),
            ("max_backups", 5.into()),
            ("retention_duration_days", 6.into()),
            ("day_backups", 1.into()),
            ("week_backups", 2.into()),
            ("month_backups", 3.into()),
            ("year_backups", 4.into()),
            ("timezone", "UTC+08:00".into()),
        ];
        let with = |name: &str, value: RawValue| {
            let mut state = operation(&state);
            state.set("operation_type", "backup");
            if !name.is_empty() {
                state.set(name, value);
            }
            OperationModel::from_elements(&[state]).remove(0)
        };
        let later = PATTERN.replace("BYHOUR=12", "BYHOUR=13");
        let definition =
            |name: &str, value: i64| serde_json::json!({ "id": "op", "operation_definition": { name: value } });
        let text = |name: &str, value: &str| serde_json::json!({ "id": "op", name: value });
        for (answer, expected) in [
            (serde_json::json!({ "id": "op" }), with("", RawValue::Null)),
            (serde_json::json!({ "name": "nightly" }), with("", RawValue::Null)),
            (text("name", "weekly"), with("name", "weekly".into())),
            (text("description", "x"), with("description", "x".into())),
            (
                serde_json::json!({ "id": "op", "enabled": true }),
                with("enabled", true.into()),
            ),
            (
                serde_json::json!({ "id": "op", "trigger": { "properties": { "pattern": later } } }),
                with("trigger_pattern", later.clone().into()),
            ),
            (definition("max_backups", 7), with("max_backups", 7.into())),
            (
                definition("retention_duration_days", 7),
                with("retention_duration_days", 7.into()),
            ),
            (definition("day_backups", 7), with("day_backups", 7.into())),
            (definition("week_backups", 7), with("week_backups", 7.into())),
            (definition("month_backups", 7), with("month_backups", 7.into())),
            (definition("year_backups", 7), with("year_backups", 7.into())),
            (
                serde_json::json!({ "id": "op", "operation_definition": { "timezone": "UTC+01:00" } }),
                with("timezone", "UTC+01:00".into()),
            ),
        ] {
            assert_eq!(refreshed(&state, &answer), expected, "{answer}");
        }
    }

    #[test]
    fn a_limit_in_an_answer_ends_what_was_permanent() {
        let state = [("id", "op".into()), ("permanent", true.into())];
        for (limit, permanent) in [
            (Some(7), None),
            (Some(0), None),
            (Some(-1), Some(true)),
            (None, Some(true)),
        ] {
            for name in ["max_backups", "retention_duration_days"] {
                let answer = serde_json::json!({ "id": "op", "operation_definition": { name: limit } });
                let operation = refreshed(&state, &answer);
                assert_eq!(operation.permanent.as_ref_option().copied(), permanent, "{answer}");
            }
        }
    }

    #[test]
    fn an_operation_keeps_values_that_mean_the_same_as_those_of_the_answer() {
        let lower = PATTERN.replace("\r\n", "\n").to_ascii_lowercase();
        for (name, value, answer) in [
            ("trigger_pattern", RawValue::from(lower), serde_json::json!({})),
            ("description", "--".into(), serde_json::json!({ "description": "" })),
            (
                "max_backups",
                (-1).into(),
                serde_json::json!({ "operation_definition": { "max_backups": -1 } }),
            ),
            (
                "retention_duration_days",
                (-1).into(),
                serde_json::json!({ "operation_definition": { "retention_duration_days": -1 } }),
            ),
            (
                "permanent",
                true.into(),
                serde_json::json!({ "operation_definition": { "permanent": false } }),
            ),
            (
                "permanent",
                false.into(),
                serde_json::json!({ "operation_definition": { "permanent": true } }),
            ),
            (
                "day_backups",
                0.into(),
                serde_json::json!({ "operation_definition": { "day_backups": 0 } }),
            ),
            (
                "week_backups",
                0.into(),
                serde_json::json!({ "operation_definition": { "week_backups": 0 } }),
            ),
            (
                "month_backups",
                0.into(),
                serde_json::json!({ "operation_definition": { "month_backups": 0 } }),
            ),
            (
                "year_backups",
                0.into(),
                serde_json::json!({ "operation_definition": { "year_backups": 0 } }),
            ),
            // Without counts it has no effect.
            (
                "timezone",
                "UTC+08:00".into(),
                serde_json::json!({ "operation_definition": { "timezone": "UTC+01:00" } }),
            ),
        ] {
            let mut answer = answer;
            answer["id"] = "op".into();
            answer["trigger"] = serde_json::json!({ "properties": { "pattern": PATTERN } });
            let operation = model::to_raw(&refreshed(&[("id", "op".into()), (name, value.clone())], &answer)).unwrap();
            assert_eq!(operation.get(name), &value, "{name} {answer}");
        }
        // A generated configuration has the empty text.
        let operation = refreshed(&[("id", "op".into())], &serde_json::json!({ "id": "op" }));
        assert_eq!(operation.description.as_deref_option(), Some(""));
    }

    #[test]
    fn a_refresh_keeps_what_the_answer_does_not_say_and_what_an_identity_has() {
        let policy: Policy =
            serde_json::from_value(serde_json::json!({ "id": "policy", "project_id": "answered" })).unwrap();
        let refreshed = |values: &[(&str, RawValue)], tags: Option<&Tags>| {
            let mut state: PolicyModel = model::from_raw(&config(values)).unwrap();
            state.refresh(&policy, tags);
            state
        };
        let tags = |value: &str| Tags::from([("a".to_owned(), value.to_owned())]);
        let known_tags = RawValue::Map(BTreeMap::from([("a".to_owned(), "known".into())]));
        for (before, answered, after) in [
            (RawValue::Null, None, Tags::new()),
            (known_tags.clone(), None, tags("known")),
            (known_tags, Some(tags("answered")), tags("answered")),
            (RawValue::Null, Some(tags("answered")), tags("answered")),
        ] {
            let state = refreshed(&[("tags", before.clone())], answered.as_ref());
            assert_eq!(state.tags, Value::Value(after), "{before:?} {answered:?}");
        }
        for (before, after) in [(RawValue::Null, "answered"), ("known".into(), "known")] {
            let state = refreshed(&[("project_id", before)], None);
            assert_eq!(state.project_id.as_deref_option(), Some(after));
        }
        assert_eq!(refreshed(&[], None).skip_destroy, Value::Value(false));
        assert_eq!(
            refreshed(&[("skip_destroy", true.into())], None).skip_destroy,
            Value::Value(true)
        );
    }

    #[test]
    fn an_update_that_sends_nothing_keeps_the_computed_values() {
        let names = ["id", "project_id", "region"];
        let prior: PolicyModel = model::from_raw(&config(&names.map(|name| (name, name.into())))).unwrap();
        let mut state: PolicyModel = model::from_raw(&config(&names.map(|name| (name, RawValue::UNKNOWN)))).unwrap();
        state.keep_computed(&prior);
        assert_eq!(
            (state.id, state.project_id, state.region),
            (prior.id, prior.project_id, prior.region)
        );
    }

    #[test]
    fn a_state_has_its_private_data_and_an_identity_that_does_not_change() {
        let state: PolicyModel = model::from_raw(&config(&[("id", "policy".into())])).unwrap();
        let own = state.identity();
        assert!(own.is_some());
        for known in [None, Some(RawValue::from("known"))] {
            let mut diags = Diagnostics::default();
            let new_state = state
                .clone()
                .into_state(b"private".to_vec(), known.clone(), &mut diags)
                .unwrap();
            assert_eq!(new_state.private, b"private");
            assert_eq!(new_state.identity, known.or_else(|| own.clone()));
        }
    }
}
