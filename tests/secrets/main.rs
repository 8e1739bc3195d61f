//! No secret leaves its place: whole lives of a backup with real Terraform at TRACE, with each way to sign in, and services
//! that repeat what they received; everything that is written and printed meanwhile is searched for secrets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod echo;
mod sandbox;
mod search;

use test_support::terraform_programs;

use sandbox::{Case, Given, run_case};

const SERVER_ERRORS: &[&str] = &["HTTP status 401"];

/// Every method, its secrets in the environment and in the provider block.
macro_rules! lives {
    ($($name:ident: $variables:expr;)*) => { $(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn from_the_environment() {
                super::run_case(super::Case::succeeds($variables, super::Given::Environment)).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn from_the_provider_block() {
                super::run_case(super::Case::succeeds($variables, super::Given::Block)).await;
            }
        }
    )* };
}

lives! {
    password: &[("user_name", "demo"), ("password", "LEAK-password")];
    passcode: &[
        ("user_id", "u-careful"),
        ("password", "LEAK-careful"),
        ("passcode", "918273"),
        // A passcode is valid for one sign-in.
        ("allow_reauth", "false"),
    ];
    given_token: &[("token", crate::sandbox::ISSUED)];
    application_credential: &[
        ("application_credential_id", "ac-1"),
        ("application_credential_secret", "LEAK-application"),
    ];
    access_keys: &[("access_key", "LEAKACCESSKEY"), ("secret_key", "LEAK-secret-key")];
    temporary_keys: &[
        ("access_key", "LEAKTEMPORARYKEY"),
        ("secret_key", "LEAK-temporary-key"),
        ("security_token", "LEAK/security+token=="),
    ];
    agency: &[
        ("user_name", "demo"),
        ("password", "LEAK-password"),
        ("agency_name", "backup-operators"),
        ("agency_domain_name", "customer"),
        ("delegated_project", "eu-de_customer"),
    ];
}

/// The programs' order, in the list and in the folder of those that were brought, says nothing of what they can do.
#[test]
fn the_tests_run_with_the_newest_terraform_that_has_ephemeral_variables() {
    let program = |tool: &str, minor| terraform_programs::Binary {
        path: tool.into(),
        tool: tool.to_owned(),
        version: (1, minor, 6),
    };
    let newest = |programs| terraform_programs::Binary::newest_terraform(programs, (1, 10)).map(|it| it.label());
    assert_eq!(
        newest(vec![
            program("terraform", 6),
            program("terraform", 15),
            program("terraform", 11)
        ]),
        Some("terraform_1.15.6".to_owned())
    );
    assert_eq!(newest(vec![program("tofu", 12), program("terraform", 9)]), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_not_told() {
    let variables = &[("user_name", "demo"), ("password", "LEAK-wrong-password")];
    run_case(Case::fails(variables, SERVER_ERRORS)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_does_not_hold_is_not_told() {
    run_case(Case::fails(&[("token", "LEAK-old-token")], &["OS_AUTH_TOKEN"])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_quotes_the_request_tells_no_security_token() {
    let variables = &[
        ("access_key", "LEAKTEMPORARYKEY"),
        ("secret_key", "LEAK-not-the-key"),
        ("security_token", "LEAK/security+token=="),
    ];
    run_case(Case::fails(variables, &["verify aksk signature fail", "x-sdk-date"])).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_ways_to_sign_in_are_told_without_either() {
    let variables = &[
        ("token", "LEAK-one-token"),
        ("password", "LEAK-other-way"),
        ("user_name", "demo"),
    ];
    run_case(Case::fails(variables, &["Two methods of signing in"])).await;
}
