//! The arguments of a sign-in, and their names in the provider block, the environment and `clouds.yaml`: the one table of them.

/// One argument.
#[derive(Debug)]
pub struct Argument {
    /// Name in the provider block. Some arguments are known to the environment and files only.
    pub name: &'static str,
    /// Other names in the provider block.
    pub aliases: &'static [&'static str],
    /// Environment variables; the first one that is set counts.
    pub variables: &'static [&'static str],
    /// Keys in an entry of `clouds.yaml`, at the top or under `auth`; the first one present counts.
    pub keys: &'static [&'static str],
    /// Form of the value.
    pub kind: ArgumentKind,
}

/// Form of an argument's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentKind {
    /// Text that may be shown.
    Text,
    /// Text that must not be shown. An access key is public by its nature, and kept like a secret.
    Secret,
    /// True or false.
    Bool,
    /// A whole number, 0 or more.
    Number,
    /// The path of a PEM file, or its text.
    Pem,
    /// The same, of a private key.
    SecretPem,
}

impl ArgumentKind {
    /// Whether Terraform hides the value.
    #[must_use]
    pub fn is_sensitive(self) -> bool {
        matches!(self, Self::Secret | Self::SecretPem)
    }
}

const fn argument(
    name: &'static str,
    kind: ArgumentKind,
    variables: &'static [&'static str],
    keys: &'static [&'static str],
) -> Argument {
    Argument {
        name,
        aliases: &[],
        variables,
        keys,
        kind,
    }
}

use ArgumentKind::{Bool, Number, Pem, Secret, SecretPem, Text};

/// All arguments, in the order of the documentation.
pub const ARGUMENTS: &[Argument] = &[
    argument("auth_url", Text, &["OS_AUTH_URL"], &["auth_url"]),
    argument("cloud", Text, &["OS_CLOUD"], &[]),
    argument(
        "region",
        Text,
        &["OS_REGION", "OS_REGION_NAME"],
        &["region_name", "region"],
    ),
    argument(
        "endpoint",
        Text,
        &["OS_CSBS_ENDPOINT"],
        &["csbs_endpoint_override", "data_protect_endpoint_override"],
    ),
    argument("cbr_endpoint", Text, &["OS_CBR_ENDPOINT"], &["cbr_endpoint_override"]),
    argument(
        "endpoint_type",
        Text,
        &["OS_ENDPOINT_TYPE", "OS_INTERFACE"],
        &["interface", "endpoint_type"],
    ),
    argument("auth_type", Text, &["OS_AUTH_TYPE"], &["auth_type"]),
    argument(
        "user_name",
        Text,
        &["OS_USERNAME", "OS_USER_NAME"],
        &["username", "user_name"],
    ),
    argument("user_id", Text, &["OS_USER_ID", "OS_USERID"], &["user_id"]),
    argument("password", Secret, &["OS_PASSWORD"], &["password"]),
    argument("passcode", Secret, &["OS_PASSCODE"], &["passcode"]),
    argument("token", Secret, &["OS_AUTH_TOKEN", "OS_TOKEN"], &["token"]),
    argument(
        "access_key",
        Secret,
        &["OS_ACCESS_KEY", "OS_ACCESS_KEY_ID", "OS_AK"],
        &["ak", "access_key"],
    ),
    argument(
        "secret_key",
        Secret,
        &["OS_SECRET_KEY", "OS_ACCESS_KEY_SECRET", "OS_SK"],
        &["sk", "secret_key"],
    ),
    argument(
        "security_token",
        Secret,
        &["OS_SECURITY_TOKEN", "OS_AKSK_SECURITY_TOKEN", "OS_ST"],
        &["security_token"],
    ),
    argument(
        "application_credential_id",
        Text,
        &["OS_APPLICATION_CREDENTIAL_ID"],
        &["application_credential_id"],
    ),
    argument(
        "application_credential_name",
        Text,
        &["OS_APPLICATION_CREDENTIAL_NAME"],
        &["application_credential_name"],
    ),
    argument(
        "application_credential_secret",
        Secret,
        &["OS_APPLICATION_CREDENTIAL_SECRET"],
        &["application_credential_secret"],
    ),
    Argument {
        name: "tenant_name",
        aliases: &["project_name"],
        variables: &["OS_PROJECT_NAME", "OS_TENANT_NAME"],
        keys: &["project_name", "tenant_name"],
        kind: Text,
    },
    Argument {
        name: "tenant_id",
        aliases: &["project_id"],
        variables: &["OS_PROJECT_ID", "OS_TENANT_ID"],
        keys: &["project_id", "tenant_id"],
        kind: Text,
    },
    argument(
        "domain_name",
        Text,
        &[
            "OS_USER_DOMAIN_NAME",
            "OS_DOMAIN_NAME",
            "OS_PROJECT_DOMAIN_NAME",
            "OS_DEFAULT_DOMAIN",
            "DEFAULT_DOMAIN",
        ],
        &[
            "user_domain_name",
            "domain_name",
            "project_domain_name",
            "default_domain",
        ],
    ),
    argument(
        "domain_id",
        Text,
        &["OS_USER_DOMAIN_ID", "OS_DOMAIN_ID", "OS_PROJECT_DOMAIN_ID"],
        &["user_domain_id", "domain_id", "project_domain_id"],
    ),
    argument(
        "project_domain_name",
        Text,
        &["OS_PROJECT_DOMAIN_NAME"],
        &["project_domain_name"],
    ),
    argument(
        "project_domain_id",
        Text,
        &["OS_PROJECT_DOMAIN_ID"],
        &["project_domain_id"],
    ),
    argument(
        "agency_name",
        Text,
        &["OS_AGENCY_NAME"],
        &["target_agency_name", "agency_name"],
    ),
    argument(
        "agency_domain_name",
        Text,
        &["OS_AGENCY_DOMAIN_NAME"],
        &["target_domain_name", "agency_domain_name"],
    ),
    argument(
        "agency_domain_id",
        Text,
        &["OS_AGENCY_DOMAIN_ID"],
        &["target_domain_id"],
    ),
    argument(
        "delegated_project",
        Text,
        &["OS_DELEGATED_PROJECT"],
        &["target_project_name", "delegated_project"],
    ),
    argument("cacert_file", Pem, &["OS_CACERT", "OS_CA_CERT"], &["cacert"]),
    argument("cert", Pem, &["OS_CERT", "OS_CLIENT_CERT"], &["cert"]),
    argument("key", SecretPem, &["OS_KEY", "OS_CLIENT_KEY"], &["key"]),
    argument("insecure", Bool, &["OS_INSECURE"], &["insecure"]),
    argument("allow_reauth", Bool, &["OS_ALLOW_REAUTH"], &["allow_reauth"]),
    argument("max_retries", Number, &["OS_MAX_RETRIES"], &["max_retries"]),
    argument(
        "max_backoff_retries",
        Number,
        &["OS_MAX_BACKOFF_RETRIES"],
        &["max_backoff_retries"],
    ),
    argument(
        "backoff_retry_timeout",
        Number,
        &["OS_BACKOFF_RETRY_TIMEOUT"],
        &["backoff_retry_timeout"],
    ),
];

/// The argument of that name or alias.
#[must_use]
pub fn find_argument(name: &str) -> Option<&'static Argument> {
    ARGUMENTS
        .iter()
        .find(|argument| argument.name == name || argument.aliases.contains(&name))
}

/// `name (OS_VARIABLE)`, for messages about an argument that has to be set.
pub(super) fn hint(name: &str) -> String {
    match find_argument(name).and_then(|argument| argument.variables.first()) {
        Some(variable) => format!("{name} ({variable})"),
        None => name.to_owned(),
    }
}
