use test_support::model::assert_model_has_schema;

use super::*;

#[test]
fn the_model_has_the_attributes_of_the_schema() {
    let schema = RestoreBackup::schema();
    assert_model_has_schema::<RestoreBackupModel>("csbs_restore_backup", &schema.block);
}
