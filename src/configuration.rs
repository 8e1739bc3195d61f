//! The provider block: its schema.

use terraform_plugin::{AttributeType, Schema};

use super::attribute::{Attributes, block, named, optional, sensitive};

const STRING: AttributeType = AttributeType::String;
const BOOL: AttributeType = AttributeType::Bool;
const NUMBER: AttributeType = AttributeType::Number;

/// Schema of the provider block. Every argument can also come from the environment or from `clouds.yaml`.
#[must_use]
pub fn schema() -> Schema {
    let mut attributes = endpoint_arguments();
    attributes.extend(credential_arguments());
    attributes.extend(project_arguments());
    attributes.extend(transport_arguments());
    Schema::from(block(
        "Backs up servers with the Cloud Server Backup Service (CSBS) of T Cloud Public. The cloud announced the end of \
             life of CSBS for 2025-08-01: projects that already use it can continue to use it, new ones are refused. Its successor is \
             Cloud Backup and Recovery (CBR), see the guide [CSBS and CBR](guides/csbs-and-cbr.md). Arguments and environment \
             variables are those of the OpenStack tools; `clouds.yaml` works as well.",
        attributes,
        [],
    ))
}

/// Whether the provider block has an argument of that name.
pub(super) fn has(name: &str) -> bool {
    schema().block.attributes.contains_key(name)
}

fn endpoint_arguments() -> Attributes {
    named([
        (
            "auth_url",
            optional(
                STRING,
                "URL of the identity service, such as `https://iam.eu-de.otc.t-systems.com/v3`. Environment: `OS_AUTH_URL`.",
            ),
        ),
        (
            "cloud",
            optional(STRING, "Name of an entry in `clouds.yaml`. Environment: `OS_CLOUD`."),
        ),
        (
            "region",
            optional(
                STRING,
                "Region, such as `eu-de`; by default the one that the project's name begins with. Environment: `OS_REGION`, `OS_REGION_NAME`.",
            ),
        ),
        (
            "endpoint",
            optional(
                STRING,
                "URL of the CSBS service, instead of the one in the catalog. Environment: `OS_CSBS_ENDPOINT`.",
            ),
        ),
        (
            "endpoint_type",
            optional(
                STRING,
                "Which of the catalog's interfaces to use: `public` (default), `internal` or `admin`. Environment: `OS_ENDPOINT_TYPE`, `OS_INTERFACE`.",
            ),
        ),
    ])
}

fn credential_arguments() -> Attributes {
    named([
        (
            "user_name",
            optional(STRING, "Name of the user to sign in as. Environment: `OS_USERNAME`."),
        ),
        (
            "user_id",
            optional(STRING, "ID of the user to sign in as. Environment: `OS_USER_ID`."),
        ),
        (
            "password",
            sensitive(optional(STRING, "Password of the user. Environment: `OS_PASSWORD`.")),
        ),
        (
            "passcode",
            sensitive(optional(
                STRING,
                "One-time passcode of a virtual MFA device; needs `user_id`. Environment: `OS_PASSCODE`.",
            )),
        ),
        (
            "token",
            sensitive(optional(
                STRING,
                "A token to use instead of signing in. Environment: `OS_AUTH_TOKEN`, `OS_TOKEN`.",
            )),
        ),
        (
            "access_key",
            sensitive(optional(
                STRING,
                "Access key (AK) to sign requests with. Environment: `OS_ACCESS_KEY`.",
            )),
        ),
        (
            "secret_key",
            sensitive(optional(
                STRING,
                "Secret key (SK) to sign requests with. Environment: `OS_SECRET_KEY`.",
            )),
        ),
        (
            "security_token",
            sensitive(optional(
                STRING,
                "Security token of temporary access keys. Environment: `OS_SECURITY_TOKEN`.",
            )),
        ),
        (
            "application_credential_id",
            optional(
                STRING,
                "ID of an application credential. Environment: `OS_APPLICATION_CREDENTIAL_ID`.",
            ),
        ),
        (
            "application_credential_name",
            optional(
                STRING,
                "Name of an application credential; needs the user. Environment: `OS_APPLICATION_CREDENTIAL_NAME`.",
            ),
        ),
        (
            "application_credential_secret",
            sensitive(optional(
                STRING,
                "Secret of an application credential. Environment: `OS_APPLICATION_CREDENTIAL_SECRET`.",
            )),
        ),
        (
            "agency_name",
            optional(
                STRING,
                "Agency to assume after signing in. Environment: `OS_AGENCY_NAME`.",
            ),
        ),
        (
            "agency_domain_name",
            optional(
                STRING,
                "Domain that created the agency. Environment: `OS_AGENCY_DOMAIN_NAME`.",
            ),
        ),
        (
            "delegated_project",
            optional(
                STRING,
                "Project of the agency's domain to work in. Environment: `OS_DELEGATED_PROJECT`.",
            ),
        ),
        (
            "allow_reauth",
            optional(
                BOOL,
                "Whether to sign in again when the token has expired; default `true`. Environment: `OS_ALLOW_REAUTH`.",
            ),
        ),
    ])
}

fn project_arguments() -> Attributes {
    named([
        (
            "domain_name",
            optional(
                STRING,
                "Name of the user's domain. Environment: `OS_USER_DOMAIN_NAME`, `OS_PROJECT_DOMAIN_NAME`, `OS_DOMAIN_NAME`, `OS_DEFAULT_DOMAIN`.",
            ),
        ),
        (
            "domain_id",
            optional(
                STRING,
                "ID of the user's domain. Environment: `OS_USER_DOMAIN_ID`, `OS_PROJECT_DOMAIN_ID`, `OS_DOMAIN_ID`.",
            ),
        ),
        (
            "tenant_name",
            optional(
                STRING,
                "Name of the project. Environment: `OS_PROJECT_NAME`, `OS_TENANT_NAME`.",
            ),
        ),
        (
            "tenant_id",
            optional(
                STRING,
                "ID of the project. Environment: `OS_PROJECT_ID`, `OS_TENANT_ID`.",
            ),
        ),
        ("project_name", optional(STRING, "The same as `tenant_name`.")),
        ("project_id", optional(STRING, "The same as `tenant_id`.")),
    ])
}

fn transport_arguments() -> Attributes {
    named([
        (
            "insecure",
            optional(
                BOOL,
                "Whether to accept any server certificate; default `false`. Environment: `OS_INSECURE`.",
            ),
        ),
        (
            "cacert_file",
            optional(
                STRING,
                "Certificates to trust besides the system's: path or PEM text. Environment: `OS_CACERT`.",
            ),
        ),
        (
            "cert",
            optional(STRING, "Client certificate: path or PEM text. Environment: `OS_CERT`."),
        ),
        (
            "key",
            sensitive(optional(
                STRING,
                "Key of the client certificate: path or PEM text. Environment: `OS_KEY`.",
            )),
        ),
        (
            "max_retries",
            optional(
                NUMBER,
                "How often a request that cannot have taken effect is repeated. Environment: `OS_MAX_RETRIES`.",
            ),
        ),
        (
            "max_backoff_retries",
            optional(
                NUMBER,
                "How often a request is repeated that the service refused because of its rate limit (429). Environment: `OS_MAX_BACKOFF_RETRIES`.",
            ),
        ),
        (
            "backoff_retry_timeout",
            optional(
                NUMBER,
                "Longest wait in seconds between two such repetitions. Environment: `OS_BACKOFF_RETRY_TIMEOUT`.",
            ),
        ),
    ])
}
