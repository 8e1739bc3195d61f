//! Everything that can be set, and under which names: provider block, environment, `clouds.yaml`.

/// One setting.
#[derive(Debug)]
pub(super) struct Argument {
    /// Its name in the provider block.
    pub name: &'static str,
    /// Other names in the provider block.
    pub aliases: &'static [&'static str],
    /// Environment variables, the first one set wins.
    pub variables: &'static [&'static str],
    /// Keys in an entry of `clouds.yaml`, at the top or under `auth`; the first one present wins.
    pub keys: &'static [&'static str],
}

const fn argument(name: &'static str, variables: &'static [&'static str], keys: &'static [&'static str]) -> Argument {
    Argument {
        name,
        aliases: &[],
        variables,
        keys,
    }
}

/// All settings. Names that only the environment and files know (a project's own domain, `auth_type`) are among them.
pub(super) const ARGUMENTS: &[Argument] = &[
    argument("auth_url", &["OS_AUTH_URL"], &["auth_url"]),
    argument("cloud", &["OS_CLOUD"], &[]),
    argument("region", &["OS_REGION", "OS_REGION_NAME"], &["region_name", "region"]),
    argument(
        "endpoint",
        &["OS_CSBS_ENDPOINT"],
        &["csbs_endpoint_override", "data_protect_endpoint_override"],
    ),
    argument(
        "endpoint_type",
        &["OS_ENDPOINT_TYPE", "OS_INTERFACE"],
        &["interface", "endpoint_type"],
    ),
    argument("auth_type", &["OS_AUTH_TYPE"], &["auth_type"]),
    argument(
        "user_name",
        &["OS_USERNAME", "OS_USER_NAME"],
        &["username", "user_name"],
    ),
    argument("user_id", &["OS_USER_ID", "OS_USERID"], &["user_id"]),
    argument("password", &["OS_PASSWORD"], &["password"]),
    argument("passcode", &["OS_PASSCODE"], &["passcode"]),
    argument("token", &["OS_AUTH_TOKEN", "OS_TOKEN"], &["token"]),
    argument(
        "access_key",
        &["OS_ACCESS_KEY", "OS_ACCESS_KEY_ID", "OS_AK"],
        &["ak", "access_key"],
    ),
    argument(
        "secret_key",
        &["OS_SECRET_KEY", "OS_ACCESS_KEY_SECRET", "OS_SK"],
        &["sk", "secret_key"],
    ),
    argument(
        "security_token",
        &["OS_SECURITY_TOKEN", "OS_AKSK_SECURITY_TOKEN", "OS_ST"],
        &["security_token"],
    ),
    argument(
        "application_credential_id",
        &["OS_APPLICATION_CREDENTIAL_ID"],
        &["application_credential_id"],
    ),
    argument(
        "application_credential_name",
        &["OS_APPLICATION_CREDENTIAL_NAME"],
        &["application_credential_name"],
    ),
    argument(
        "application_credential_secret",
        &["OS_APPLICATION_CREDENTIAL_SECRET"],
        &["application_credential_secret"],
    ),
    Argument {
        name: "tenant_name",
        aliases: &["project_name"],
        variables: &["OS_PROJECT_NAME", "OS_TENANT_NAME"],
        keys: &["project_name", "tenant_name"],
    },
    Argument {
        name: "tenant_id",
        aliases: &["project_id"],
        variables: &["OS_PROJECT_ID", "OS_TENANT_ID"],
        keys: &["project_id", "tenant_id"],
    },
    argument(
        "domain_name",
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
        &["OS_USER_DOMAIN_ID", "OS_DOMAIN_ID", "OS_PROJECT_DOMAIN_ID"],
        &["user_domain_id", "domain_id", "project_domain_id"],
    ),
    argument(
        "project_domain_name",
        &["OS_PROJECT_DOMAIN_NAME"],
        &["project_domain_name"],
    ),
    argument("project_domain_id", &["OS_PROJECT_DOMAIN_ID"], &["project_domain_id"]),
    argument(
        "agency_name",
        &["OS_AGENCY_NAME"],
        &["target_agency_name", "agency_name"],
    ),
    argument(
        "agency_domain_name",
        &["OS_AGENCY_DOMAIN_NAME"],
        &["target_domain_name", "agency_domain_name"],
    ),
    argument("agency_domain_id", &["OS_AGENCY_DOMAIN_ID"], &["target_domain_id"]),
    argument(
        "delegated_project",
        &["OS_DELEGATED_PROJECT"],
        &["target_project_name", "delegated_project"],
    ),
    argument("cacert_file", &["OS_CACERT", "OS_CA_CERT"], &["cacert"]),
    argument("cert", &["OS_CERT", "OS_CLIENT_CERT"], &["cert"]),
    argument("key", &["OS_KEY", "OS_CLIENT_KEY"], &["key"]),
    argument("insecure", &["OS_INSECURE"], &["insecure"]),
    argument("allow_reauth", &["OS_ALLOW_REAUTH"], &["allow_reauth"]),
    argument("max_retries", &["OS_MAX_RETRIES"], &["max_retries"]),
    argument(
        "max_backoff_retries",
        &["OS_MAX_BACKOFF_RETRIES"],
        &["max_backoff_retries"],
    ),
    argument(
        "backoff_retry_timeout",
        &["OS_BACKOFF_RETRY_TIMEOUT"],
        &["backoff_retry_timeout"],
    ),
];

/// The setting of that name or alias.
pub(super) fn find(name: &str) -> Option<&'static Argument> {
    ARGUMENTS
        .iter()
        .find(|argument| argument.name == name || argument.aliases.contains(&name))
}

/// `name (OS_VARIABLE)`, to tell what to set.
pub(super) fn hint(name: &str) -> String {
    match find(name).and_then(|argument| argument.variables.first()) {
        Some(variable) => format!("{name} ({variable})"),
        None => name.to_owned(),
    }
}
