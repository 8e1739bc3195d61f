//! The requests that a sign-in needs for each kind of credentials, and the endpoint that it finds.

use super::*;

fn given() -> Resolved {
    resolved(Method::Token("given".into()))
}

fn with_endpoint(resolved: Resolved) -> Resolved {
    Resolved {
        endpoint: Some(Url::parse("https://csbs.example").unwrap()),
        ..resolved
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_with_endpoint_and_project_id_needs_no_identity_service() {
    let cloud = Cloud::plain();
    let session = cloud.session(Resolved {
        auth_url: None,
        project: Some(Project::Id(PROJECT.to_owned())),
        ..with_endpoint(given())
    });
    assert_eq!(session.send(CloudService::Csbs, call()).await.unwrap().status(), 200);
    let requests = cloud.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].headers()["x-auth-token"], "given");
}

#[tokio::test(start_paused = true)]
async fn without_an_endpoint_or_a_project_id_the_identity_service_is_asked() {
    let id = || Some(Project::Id(PROJECT.to_owned()));
    for incomplete in [
        Resolved {
            project: id(),
            ..given()
        },
        with_endpoint(given()),
        Resolved {
            project: id(),
            agency: Some(agency()),
            ..with_endpoint(given())
        },
        Resolved {
            project: id(),
            ..with_endpoint(password())
        },
    ] {
        let cloud = Cloud::plain();
        let session = cloud.session(incomplete);
        session.endpoint(CloudService::Csbs).await.unwrap();
        assert!(
            cloud
                .requests()
                .iter()
                .all(|request| request.uri().host() == Some("iam.example"))
        );
        assert!(!cloud.requests().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_configured_token_is_exchanged_only_if_it_is_for_another_project() {
    let project = |id: &str| Some(Project::Id(id.to_owned()));
    let named = |name: &str| Some(Project::Name(name.to_owned(), None));
    let of_domain = Some(Project::Name(
        "eu-nl".to_owned(),
        Some(Domain::Name("OTC43".to_owned())),
    ));
    for (wanted, scope) in [
        (None, None),
        (project(PROJECT), None),
        (named("eu-de_team"), None),
        (project("other"), Some(json!({ "project": { "id": "other" } }))),
        (
            named("eu-nl"),
            Some(json!({ "project": { "name": "eu-nl", "domain": { "id": "d" } } })),
        ),
        (
            of_domain,
            Some(json!({ "project": { "name": "eu-nl", "domain": { "name": "OTC43" } } })),
        ),
    ] {
        let cloud = Cloud::plain();
        let session = cloud.session(Resolved {
            project: wanted.clone(),
            ..given()
        });
        session.endpoint(CloudService::Csbs).await.unwrap();
        let exchanged = cloud
            .requests()
            .into_iter()
            .find(|request| request.method() == Verb::POST);
        let sent = exchanged.map(|request| {
            let body: Value = serde_json::from_slice(request.body()).unwrap();
            body["auth"]["scope"].clone()
        });
        assert_eq!(sent, scope, "{wanted:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_assumes_an_agency_is_not_exchanged_for_the_project() {
    let cloud = Cloud::plain();
    let session = cloud.session(Resolved {
        project: Some(Project::Id("other".to_owned())),
        agency: Some(agency()),
        ..given()
    });
    session.endpoint(CloudService::Csbs).await.unwrap();
    let sent: Value = serde_json::from_slice(cloud.requests()[1].body()).unwrap();
    assert_eq!(sent["auth"]["identity"]["methods"], json!(["assume_role"]));
    assert_eq!(cloud.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_user_without_a_project_signs_in_for_the_account_only_to_assume_an_agency() {
    let without_project = |agency| Resolved {
        project: None,
        agency,
        ..password()
    };
    for (resolved, scope) in [
        (
            without_project(Some(agency())),
            json!({ "domain": { "name": "OTC42" } }),
        ),
        (without_project(None), Value::Null),
        (
            Resolved {
                agency: Some(agency()),
                ..password()
            },
            json!({ "project": { "name": "eu-de_team", "domain": { "name": "OTC42" } } }),
        ),
    ] {
        let cloud = Cloud::plain();
        session_of(&cloud, resolved).await;
        let sent: Value = serde_json::from_slice(cloud.requests()[0].body()).unwrap();
        assert_eq!(sent["auth"]["scope"], scope);
    }
}

async fn session_of(cloud: &Arc<Cloud>, resolved: Resolved) -> Session {
    let session = cloud.session(resolved);
    session.endpoint(CloudService::Csbs).await.unwrap();
    session
}

#[tokio::test(start_paused = true)]
async fn a_configured_endpoint_has_the_region_of_the_settings_or_of_the_project() {
    let by_id = Some(Project::Id(PROJECT.to_owned()));
    for (resolved, region) in [
        (with_endpoint(password()), Some("eu-de")),
        (
            Resolved {
                region: Some("eu-nl".to_owned()),
                ..with_endpoint(password())
            },
            Some("eu-nl"),
        ),
        (with_endpoint(keys()), Some("eu-de")),
        // The name of the project is not known.
        (
            Resolved {
                project: by_id.clone(),
                ..with_endpoint(keys())
            },
            None,
        ),
        (
            Resolved {
                project: by_id,
                region: Some("eu-nl".to_owned()),
                ..with_endpoint(keys())
            },
            Some("eu-nl"),
        ),
    ] {
        let cloud = Cloud::plain();
        let session = cloud.session(resolved);
        let endpoint = session.endpoint(CloudService::Csbs).await.unwrap();
        assert_eq!(endpoint.region.as_deref(), region);
        assert_eq!(endpoint.project_id, PROJECT);
        assert_eq!(session.known_region().as_deref(), region);
    }
}

#[tokio::test(start_paused = true)]
async fn a_configured_endpoint_serves_no_other_region() {
    let cloud = Cloud::plain();
    let session = cloud.session(with_endpoint(password()));
    assert!(session.in_region("eu-de").endpoint(CloudService::Csbs).await.is_ok());
    let other = session.in_region("eu-nl");
    assert_eq!(other.known_region().as_deref(), Some("eu-nl"));
    let error = other.endpoint(CloudService::Csbs).await.unwrap_err();
    assert!(matches!(error, IdentityError::NotRegionOfEndpoint { .. }), "{error}");
    assert_eq!(cloud.sign_ins(), 1, "all regions share a sign-in");

    // An endpoint whose region is not known serves the requested one.
    let session = cloud.session(Resolved {
        project: Some(Project::Id(PROJECT.to_owned())),
        ..with_endpoint(keys())
    });
    let endpoint = session.in_region("eu-nl").endpoint(CloudService::Csbs).await.unwrap();
    assert_eq!(endpoint.region.as_deref(), Some("eu-nl"));
    assert_eq!(endpoint.base.as_str(), format!("https://csbs.example/v1/{PROJECT}"));
}

#[tokio::test(start_paused = true)]
async fn the_catalog_is_read_if_the_token_comes_without_one_and_no_endpoint_is_configured() {
    for (resolved, reads_catalog) in [(password(), true), (with_endpoint(password()), false)] {
        let cloud = Cloud::new(|cloud, request| {
            if request.method() != Verb::POST {
                return None;
            }
            let mut body = cloud.token_body();
            body["token"]["catalog"] = json!([]);
            let mut answer = reply(201, &body);
            answer.headers_mut().insert("x-subject-token", "t".parse().unwrap());
            Some(answer)
        });
        let session = session_of(&cloud, resolved).await;
        let endpoint = session.endpoint(CloudService::Csbs).await.unwrap();
        assert_eq!(endpoint.base.as_str(), format!("https://csbs.example/v1/{PROJECT}"));
        let was_read = cloud.paths().iter().any(|path| path == "/v3/auth/catalog");
        assert_eq!(was_read, reads_catalog, "{:?}", cloud.paths());
    }
}
