use test_support::model::assert_model_has_schema;

use super::*;

#[test]
fn the_model_has_the_attributes_of_the_schema() {
    assert_model_has_schema::<CreateBackupModel>("csbs_create_backup", &schema::schema().block);
}
