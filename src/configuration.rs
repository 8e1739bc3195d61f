//! The schema of the provider block, from the client's table of arguments.

use otc_client::identity::{ArgumentKind, find_argument};
use serde::Deserialize;
use terraform_plugin::{Attribute, AttributeType, RawValue, Schema, Value, model};

/// Arguments of the provider block, with their meaning. Type, sensitivity and environment variables come from the client's table.
const ARGUMENTS: &[(&str, &str)] = &[
    (
        "auth_url",
        "URL of the identity service, such as `https://iam.eu-de.otc.t-systems.com/v3`.",
    ),
    ("cloud", "Name of an entry in `clouds.yaml`."),
    (
        "region",
        "Region, such as `eu-de`. By default the one that the project's name begins with.",
    ),
    (
        "endpoint",
        "URL of the CSBS service, in place of the one in the catalog.",
    ),
    (
        "cbr_endpoint",
        "URL of the CBR service, in place of the one in the catalog.",
    ),
    (
        "endpoint_type",
        "Interface of the catalog to use: `public` (default), `internal` or `admin`.",
    ),
    ("user_name", "Name of the user to sign in as."),
    ("user_id", "ID of the user to sign in as."),
    ("password", "Password of the user."),
    (
        "passcode",
        "One-time passcode of a virtual MFA device. Needs `user_id`.",
    ),
    ("token", "Token to use in place of signing in."),
    ("access_key", "Access key (AK) to sign requests with."),
    ("secret_key", "Secret key (SK) to sign requests with."),
    ("security_token", "Security token of temporary access keys."),
    ("application_credential_id", "ID of an application credential."),
    (
        "application_credential_name",
        "Name of an application credential. Needs the user.",
    ),
    ("application_credential_secret", "Secret of an application credential."),
    ("agency_name", "Agency to assume after signing in."),
    ("agency_domain_name", "Domain that created the agency."),
    ("delegated_project", "Project of the agency's domain to work in."),
    ("domain_name", "Name of the user's domain."),
    ("domain_id", "ID of the user's domain."),
    ("tenant_name", "Name of the project."),
    ("tenant_id", "ID of the project."),
    ("project_name", "The same as `tenant_name`."),
    ("project_id", "The same as `tenant_id`."),
    (
        "insecure",
        "If `true`, any server certificate is accepted. Default `false`.",
    ),
    (
        "cacert_file",
        "Certificates to trust in addition to the system's: path of a PEM file, or its text.",
    ),
    ("cert", "Client certificate: path of a PEM file, or its text."),
    ("key", "Key of the client certificate: path of a PEM file, or its text."),
    (
        "allow_reauth",
        "If `false`, the provider does not sign in again when the token has expired. Default `true`.",
    ),
    (
        "max_retries",
        "Number of times that a request is repeated that cannot have taken effect. Default 5.",
    ),
    (
        "max_backoff_retries",
        "Number of times that a request is repeated that the service refused because of its rate limit (429). Default: the \
         value of `max_retries`.",
    ),
    (
        "backoff_retry_timeout",
        "Maximum wait between two requests that the rate limit refused, in seconds. Default: no maximum; the provider waits \
         as long as the service asks.",
    ),
];

/// Schema of the provider block. Every argument can also come from the environment or from `clouds.yaml`.
#[must_use]
pub fn schema() -> Schema {
    Schema::new(
        "Backs up servers of T Cloud Public with both of its services: the Cloud Server Backup Service (CSBS), and its successor, \
         Cloud Backup and Recovery (CBR). The cloud announced the end of life of CSBS for 2025-08-01: projects that already use \
         it can continue to use it, new ones are refused and use CBR; see the guide [CSBS and CBR](guides/csbs-and-cbr.md). \
         Arguments and environment variables are those of the OpenStack tools; `clouds.yaml` works as well. The guide \
         [Authentication](guides/authentication.md) lists all of them and the methods of signing in.",
    )
    .attributes(ARGUMENTS.iter().filter_map(|(name, description)| attribute(name, description)))
    .attributes([Attribute::bool("skip_plan_checks").doc(
        "If `true`, plans do not ask the service whether a new backup's server can be backed up, what a restore \
         overwrites, and whether a server belongs to another policy. For plans without valid credentials. Default `false`.",
    )])
}

/// Arguments that are not settings of the client.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PlanOptions {
    skip_plan_checks: Value<bool>,
}

/// Returns whether the provider block turns off the checks of plans.
pub(super) fn skips_plan_checks(config: &RawValue) -> bool {
    let options: PlanOptions = model::from_raw(config).unwrap_or_default();
    options.skip_plan_checks.unwrap_or(false)
}

/// Whether the provider block has an argument of that name.
pub(super) fn has_argument(name: &str) -> bool {
    ARGUMENTS.iter().any(|(argument, _)| *argument == name)
}

fn attribute(name: &str, description: &str) -> Option<Attribute> {
    let argument = find_argument(name)?;
    let attr_type = match argument.kind {
        ArgumentKind::Bool => AttributeType::Bool,
        ArgumentKind::Number => AttributeType::Number,
        ArgumentKind::Text | ArgumentKind::Secret | ArgumentKind::Pem | ArgumentKind::SecretPem => {
            AttributeType::String
        }
    };
    let mut documentation = description.to_owned();
    // An alias has the variables of the argument that it refers to.
    if name == argument.name {
        let variables = argument.variables.iter().map(|variable| format!("`{variable}`"));
        documentation.push_str(&format!(" Environment: {}.", variables.collect::<Vec<_>>().join(", ")));
    }
    let attribute = Attribute::new(name, attr_type).doc(documentation);
    Some(if argument.kind.is_sensitive() {
        attribute.sensitive()
    } else {
        attribute
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use otc_client::identity::{ARGUMENTS as CLIENT_ARGUMENTS, Argument};

    use super::*;

    /// Arguments that only the environment and `clouds.yaml` have.
    const NOT_IN_THE_BLOCK: [&str; 4] = [
        "auth_type",
        "project_domain_name",
        "project_domain_id",
        "agency_domain_id",
    ];

    #[test]
    fn the_block_has_every_argument_of_the_client() {
        let names =
            |argument: &'static Argument| std::iter::once(argument.name).chain(argument.aliases.iter().copied());
        let known: BTreeSet<_> = CLIENT_ARGUMENTS.iter().flat_map(names).collect();
        let expected: BTreeSet<_> = known
            .into_iter()
            .chain(["skip_plan_checks"])
            .filter(|name| !NOT_IN_THE_BLOCK.contains(name))
            .map(str::to_owned)
            .collect();
        assert_eq!(schema().block.attributes.into_keys().collect::<BTreeSet<_>>(), expected);
    }

    #[test]
    fn the_authentication_guide_lists_every_name_of_every_argument() {
        let guide = include_str!("../docs/guides/authentication.md");
        let expected = variable_table();
        assert!(
            guide.contains(&expected),
            "docs/guides/authentication.md must contain this table:\n\n{expected}"
        );
    }

    #[test]
    fn the_authentication_guide_names_no_variable_that_is_not_read() {
        let read: BTreeSet<_> = CLIENT_ARGUMENTS
            .iter()
            .flat_map(|argument| argument.variables)
            .collect();
        let files = [
            "OS_CLIENT_CONFIG_FILE",
            "OS_CLIENT_SECURE_FILE",
            "OS_CLIENT_VENDOR_FILE",
        ];
        let guide = include_str!("../docs/guides/authentication.md");
        for word in guide.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            let is_known = files.contains(&word) || read.contains(&word);
            assert!(!word.starts_with("OS_") || is_known, "{word} is not read");
        }
    }

    /// Every argument with its environment variables and keys of `clouds.yaml`, as the guide shows them.
    fn variable_table() -> String {
        let code = |names: &[&str]| {
            let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
            names.join(", ")
        };
        let mut table = "| argument | variables | keys in `clouds.yaml` |\n| --- | --- | --- |\n".to_owned();
        for argument in CLIENT_ARGUMENTS {
            let names: Vec<_> = std::iter::once(argument.name)
                .chain(argument.aliases.iter().copied())
                .collect();
            let names = if NOT_IN_THE_BLOCK.contains(&argument.name) {
                "(none)".to_owned()
            } else {
                code(&names)
            };
            let variables = code(argument.variables);
            let keys = code(argument.keys);
            table.push_str(&format!("| {names} | {variables} | {keys} |\n"));
        }
        table
    }
}
