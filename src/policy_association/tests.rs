use test_support::model::assert_model_has_schema;

use super::*;

#[test]
fn the_model_has_the_attributes_of_the_schema() {
    assert_model_has_schema::<PolicyAssociationModel>("csbs_policy_association", &schema::schema().block);
}

#[test]
fn an_import_id_is_two_ids_with_a_slash() {
    for (id, valid) in [
        ("policy/server", true),
        (" policy/server ", true),
        ("policy", false),
        ("/server", false),
        ("policy/", false),
        ("policy/server/more", false),
        ("../server", false),
    ] {
        let mut diags = Diagnostics::default();
        let imported = import(&ImportTarget::Id(id.to_owned()), &mut diags);
        assert_eq!(imported.is_some(), valid, "{id}: {diags:?}");
        assert_eq!(diags.errors.is_empty(), valid, "{id}");
        if let Some(model) = imported {
            let association = model.association();
            assert_eq!((&*association.policy_id, &*association.server_id), ("policy", "server"));
        }
    }
}

#[tokio::test]
async fn a_refresh_without_a_known_provider_configuration_keeps_the_state() {
    let connection = Connection::default();
    connection.configuration_unknown();
    let resource = PolicyAssociationResource::new(connection);
    let mut diags = Diagnostics::default();
    let state = RawValue::from_model(&PolicyAssociationModel::default(), &mut diags).unwrap();
    let request = Read {
        current_state: state.clone(),
        private: b"private".to_vec(),
        current_identity: None,
    };
    let found = resource.read(&Context::default(), request, &mut diags).await;
    let Some(ReadResult::Found(found)) = found else {
        panic!("{diags:?}");
    };
    assert_eq!((found.state, found.private), (state, b"private".to_vec()));
    assert!(diags.errors.is_empty() && diags.warnings.len() == 1, "{diags:?}");
}
