use terraform_plugin::{RawValue, model};
use test_support::model::assert_model_has_schema;

use super::*;

#[test]
fn the_model_has_the_attributes_of_the_schema() {
    assert_model_has_schema::<PruneBackupsModel>("csbs_prune_backups", &schema::schema().block);
}

#[test]
fn a_configuration_without_a_selection_is_an_error() {
    let config = |name: &str, value: RawValue| {
        let mut config = model::to_raw(&PruneBackupsModel::default()).unwrap();
        config.set("keep_last", 5);
        if !name.is_empty() {
            config.set(name, value);
        }
        config
    };
    let tags = RawValue::Map([("team".to_owned(), RawValue::from("a"))].into());
    let values = RawValue::Map([("team".to_owned(), RawValue::List(vec!["a".into()]))].into());
    for (config, valid) in [
        (config("", RawValue::Null), false),
        (config("dry_run", true.into()), false),
        (config("not_tags", values.clone()), false),
        (config("not_tags_any", values.clone()), false),
        (config("server_ids", RawValue::List(vec!["server".into()])), true),
        (config("server_ids", RawValue::UNKNOWN), true),
        (config("name_prefix", "before-".into()), true),
        (config("older_than", "720h".into()), true),
        (config("with_tags", tags), true),
        (config("with_tags", RawValue::Map(Default::default())), false),
        (config("tags_any", values), true),
    ] {
        let mut diags = Diagnostics::default();
        config
            .to_model::<PruneBackupsModel>(&mut diags)
            .unwrap()
            .validate(&mut diags);
        assert_eq!(diags.errors.is_empty(), valid, "{config:?}");
    }
}
