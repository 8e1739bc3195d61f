//! Every way to sign in that Keystone has, and what it says to wrong ones.

use otc_client::identity::{CloudService, IdentityError};

use crate::keystone::Keystone;

fn expected(keystone: &Keystone, project: &str) -> String {
    let id = keystone.text(&format!("/projects/{project}"));
    keystone.text("/csbs_url").replace("$(project_id)s", id)
}

macro_rules! keystone {
    () => {
        match Keystone::get() {
            Some(keystone) => keystone,
            None => return,
        }
    };
}

#[tokio::test]
async fn password_by_names() {
    let keystone = keystone!();
    let session = keystone.session(&[
        ("OS_USERNAME", keystone.text("/user/name")),
        ("OS_PASSWORD", keystone.text("/user/password")),
        ("OS_PROJECT_NAME", "eu-de_backup"),
    ]);
    let endpoint = session.endpoint(CloudService::Csbs).await.unwrap();
    assert_eq!(endpoint.base.as_str(), expected(&keystone, "eu-de_backup"));
    assert_eq!(endpoint.region.as_deref(), Some("eu-de"));
}

#[tokio::test]
async fn password_by_ids_and_the_region_decides() {
    let keystone = keystone!();
    let variables = [
        ("OS_USER_ID", keystone.text("/user/id")),
        ("OS_PASSWORD", keystone.text("/user/password")),
        ("OS_TENANT_ID", keystone.text("/projects/eu-nl")),
    ];
    // The other region's address is on another host name; the region follows from the project's name.
    let endpoint = keystone.session(&variables).endpoint(CloudService::Csbs).await.unwrap();
    assert_eq!(endpoint.base.host_str(), Some("localhost"));
    let mut german = variables.to_vec();
    german.push(("OS_REGION_NAME", "eu-de"));
    let endpoint = keystone.session(&german).endpoint(CloudService::Csbs).await.unwrap();
    assert_eq!(endpoint.base.host_str(), Some("127.0.0.1"));
    german.push(("OS_REGION", "eu-xx"));
    let text = keystone
        .session(&german)
        .endpoint(CloudService::Csbs)
        .await
        .unwrap_err()
        .to_string();
    assert!(text.contains("eu-xx") && text.contains("eu-de, eu-nl"), "{text}");
}

#[tokio::test]
async fn a_given_token() {
    let keystone = keystone!();
    let token = keystone.token(Some(keystone.text("/projects/eu-de"))).await;
    let endpoint = keystone
        .session(&[("OS_TOKEN", &token)])
        .endpoint(CloudService::Csbs)
        .await
        .unwrap();
    assert_eq!(endpoint.base.as_str(), expected(&keystone, "eu-de"));
    // A token for another project than the one that is set is traded.
    let session = keystone.session(&[("OS_AUTH_TOKEN", &token), ("OS_PROJECT_NAME", "eu-nl")]);
    assert_eq!(
        session.endpoint(CloudService::Csbs).await.unwrap().project_id,
        keystone.text("/projects/eu-nl")
    );
}

#[tokio::test]
async fn a_token_for_no_project() {
    let keystone = keystone!();
    let token = keystone.token(None).await;
    let text = keystone
        .session(&[("OS_TOKEN", &token)])
        .endpoint(CloudService::Csbs)
        .await
        .unwrap_err()
        .to_string();
    assert!(text.contains("OS_PROJECT_NAME"), "{text}");
    let session = keystone.session(&[("OS_TOKEN", &token), ("OS_PROJECT_NAME", "eu-de")]);
    assert_eq!(
        session.endpoint(CloudService::Csbs).await.unwrap().base.as_str(),
        expected(&keystone, "eu-de")
    );
}

#[tokio::test]
async fn a_given_token_that_was_revoked() {
    let keystone = keystone!();
    let token = keystone.token(Some(keystone.text("/projects/eu-de"))).await;
    keystone.revoke(&token).await;
    let error = keystone
        .session(&[("OS_TOKEN", &token)])
        .endpoint(CloudService::Csbs)
        .await
        .unwrap_err();
    assert!(matches!(error, IdentityError::NotRenewable { .. }), "{error}");
    assert!(!error.to_string().contains(&token));
}

#[tokio::test]
async fn application_credential_by_id_and_by_name() {
    let keystone = keystone!();
    let secret = keystone.text("/application_credential/secret");
    let by_id = keystone.session(&[
        (
            "OS_APPLICATION_CREDENTIAL_ID",
            keystone.text("/application_credential/id"),
        ),
        ("OS_APPLICATION_CREDENTIAL_SECRET", secret),
    ]);
    assert_eq!(
        by_id.endpoint(CloudService::Csbs).await.unwrap().base.as_str(),
        expected(&keystone, "eu-de")
    );
    let by_name = keystone.session(&[
        (
            "OS_APPLICATION_CREDENTIAL_NAME",
            keystone.text("/application_credential/name"),
        ),
        ("OS_APPLICATION_CREDENTIAL_SECRET", secret),
        ("OS_USERNAME", keystone.text("/user/name")),
    ]);
    assert_eq!(
        by_name.endpoint(CloudService::Csbs).await.unwrap().base.as_str(),
        expected(&keystone, "eu-de")
    );
    let wrong = keystone.session(&[
        (
            "OS_APPLICATION_CREDENTIAL_ID",
            keystone.text("/application_credential/id"),
        ),
        ("OS_APPLICATION_CREDENTIAL_SECRET", "wrong-secret"),
    ]);
    let text = wrong.endpoint(CloudService::Csbs).await.unwrap_err().to_string();
    assert!(text.contains(keystone.text("/application_credential/id")), "{text}");
    assert!(!text.contains("wrong-secret"), "{text}");
}

#[tokio::test]
async fn a_passcode_as_second_factor() {
    let keystone = keystone!();
    let user = [
        ("OS_USER_ID", keystone.text("/user_mfa/id")),
        ("OS_PASSWORD", keystone.text("/user_mfa/password")),
        ("OS_PROJECT_NAME", "eu-de"),
    ];
    // Keystone answers 500 while another test holds its database.
    let mut error = keystone.session(&user).endpoint(CloudService::Csbs).await.unwrap_err();
    for _ in 0..5 {
        if !error.is_transient() {
            break;
        }
        error = keystone.session(&user).endpoint(CloudService::Csbs).await.unwrap_err();
    }
    assert!(matches!(error, IdentityError::MoreFactors(_)), "{error}");
    assert!(error.to_string().contains("totp"), "{error}");
    let passcode = keystone.passcode();
    let mut both = user.to_vec();
    both.push(("OS_PASSCODE", &passcode));
    assert_eq!(
        keystone
            .session(&both)
            .endpoint(CloudService::Csbs)
            .await
            .unwrap()
            .base
            .as_str(),
        expected(&keystone, "eu-de")
    );
}

#[tokio::test]
async fn what_is_wrong_is_told_by_what_was_sent() {
    let keystone = keystone!();
    let right = [
        ("OS_USERNAME", keystone.text("/user/name")),
        ("OS_PASSWORD", keystone.text("/user/password")),
        ("OS_PROJECT_NAME", "eu-de"),
        ("OS_DOMAIN_NAME", keystone.text("/domain/name")),
    ];
    let disabled = keystone.text("/user_disabled/password");
    for changes in [
        &[("OS_PASSWORD", "wrong-password")][..],
        &[("OS_USERNAME", "nobody")][..],
        &[("OS_USER_DOMAIN_NAME", "no-such-domain")][..],
        &[("OS_PROJECT_NAME", "no-such-project")][..],
        &[("OS_USERNAME", "terraform-disabled"), ("OS_PASSWORD", disabled)][..],
    ] {
        let variables: Vec<_> = right.iter().chain(changes).copied().collect();
        let before = keystone.sign_ins();
        let session = keystone.session(&variables);
        let error = session.endpoint(CloudService::Csbs).await.unwrap_err();
        assert!(matches!(error, IdentityError::Refused { status: 401, .. }), "{error}");
        let text = error.to_string();
        for (name, value) in changes {
            match *name {
                "OS_PASSWORD" => assert!(!text.contains(value), "{text}"),
                _ => assert!(text.contains(value), "{value} is not in {text}"),
            }
        }
        assert!(text.contains(keystone.text("/auth_url")), "{text}");
        // The same again would bring the user nearer to being locked.
        assert!(session.endpoint(CloudService::Csbs).await.is_err());
        assert_eq!(keystone.sign_ins(), before + 1);
    }
}
