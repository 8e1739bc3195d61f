use super::*;
use crate::Attribute;

/// A resource with the required methods only.
struct Minimal;

#[async_trait]
impl Resource for Minimal {
    fn schema(&self) -> Schema {
        Schema::new("").attributes([Attribute::string("name").required().requires_replace()])
    }

    async fn create(&self, _: &Context, _: Create, _: &mut Diagnostics) -> Option<NewState> {
        None
    }

    async fn read(&self, _: &Context, _: Read, _: &mut Diagnostics) -> Option<ReadResult> {
        None
    }

    async fn update(&self, _: &Context, _: Update, _: &mut Diagnostics) -> Option<NewState> {
        None
    }

    async fn delete(&self, _: &Context, _: Delete, _: &mut Diagnostics) -> Option<NewState> {
        None
    }
}

fn named(name: &str) -> RawValue {
    RawValue::Map([("name".to_owned(), name.into())].into())
}

/// Returns the summaries and details of the errors.
fn errors(diags: Diagnostics) -> Vec<String> {
    let errors = diags.errors.into_iter();
    errors
        .map(|error| format!("{}: {}", error.summary, error.detail))
        .collect()
}

#[tokio::test]
async fn a_resource_is_planned_by_its_schema() {
    let mut diags = Diagnostics::default();
    let request = Plan {
        prior_state: Some(named("a")),
        proposed_state: named("b"),
        config: named("b"),
        prior_private: b"private".to_vec(),
        ..Plan::default()
    };
    let planned = Minimal
        .plan(&Context::default(), &Minimal.schema(), request, &mut diags)
        .await
        .unwrap();
    assert_eq!(planned.state, named("b"));
    assert_eq!(planned.requires_replace, [AttributePath::new("name")]);
    assert_eq!(planned.private, b"private");
    assert_eq!(errors(diags), Vec::<String>::new());
}

#[tokio::test]
async fn a_resource_without_import_says_so() {
    let mut diags = Diagnostics::default();
    let target = ImportTarget::Id("1".to_owned());
    let imported = Minimal.import(&Context::default(), Import { target }, &mut diags).await;
    assert!(imported.is_empty());
    assert_eq!(
        errors(diags),
        ["This resource type does not support import: The provider cannot import resources of this type."]
    );
}

#[tokio::test]
async fn a_resource_without_upgrades_names_the_version_that_it_cannot_read() {
    let request = || UpgradeState {
        version: 3,
        raw: serde_json::json!({"name": "a"}),
    };
    let mut diags = Diagnostics::default();
    assert_eq!(Minimal.upgrade_state(request(), &mut diags).await, None);
    assert_eq!(
        errors(diags),
        ["Unknown state version: The provider cannot upgrade a state of schema version 3."]
    );
    let mut diags = Diagnostics::default();
    assert_eq!(Minimal.upgrade_identity(request(), &mut diags).await, None);
    assert_eq!(
        errors(diags),
        ["Unknown identity version: The provider cannot upgrade an identity of schema version 3."]
    );
}

#[tokio::test]
async fn a_resource_without_moves_names_the_source() {
    let mut diags = Diagnostics::default();
    let request = MoveState {
        source_provider_address: "registry.example/ns/other".to_owned(),
        source_type_name: "other_note".to_owned(),
        source_schema_version: 0,
        source_state: serde_json::json!({}),
        source_private: Vec::new(),
    };
    assert!(Minimal.move_state(request, &mut diags).await.is_none());
    assert_eq!(
        errors(diags),
        ["Unsupported move: The provider cannot move other_note of registry.example/ns/other to this resource type."]
    );
}
