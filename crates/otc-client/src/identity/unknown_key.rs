//! Keys in `clouds.yaml` that no setting has: most likely a typing error.

use super::argument::ARGUMENTS;

/// Keys under `auth` that other tools use.
const OTHER_AUTH_KEYS: &[&str] = &[
    "access_token",
    "access_token_endpoint",
    "access_token_type",
    "client_id",
    "client_secret",
    "code",
    "default_domain_id",
    "default_domain_name",
    "discovery_endpoint",
    "domain_id",
    "domain_name",
    "endpoint",
    "identity_provider",
    "openid_scope",
    "protocol",
    "service_provider_endpoint",
    "identity_provider_url",
    "system_scope",
    "tenant_id",
    "tenant_name",
    "trust_id",
];

/// Keys at the top of an entry that resemble one of ours and that other tools use.
const OTHER_TOP_KEYS: &[&str] = &[
    "regions",
    "domain_id",
    "domain_name",
    "project_id",
    "project_name",
    "verify",
];

/// A key that no setting has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnknownKey {
    pub key: String,
    /// The known key that it resembles.
    pub similar: Option<&'static str>,
    /// Line of the file, if it was found.
    pub line: Option<usize>,
}

impl UnknownKey {
    /// The key with its line and a similar known key, for messages.
    pub fn describe(&self) -> String {
        let line = self.line.map_or_else(String::new, |line| format!("line {line}: "));
        let similar = self
            .similar
            .map_or_else(String::new, |similar| format!("; did you mean `{similar}`?"));
        format!("{line}the key `{}` is not known{similar}", self.key)
    }

    /// A key under `auth`, unless it is known.
    pub fn under_auth(key: &str) -> Option<Self> {
        (!OTHER_AUTH_KEYS.contains(&key)).then(|| Self::new(key)).flatten()
    }

    /// A key at the top of an entry that resembles a known one. Others belong to other tools.
    pub fn at_the_top(key: &str) -> Option<Self> {
        let unknown = (!OTHER_TOP_KEYS.contains(&key)).then(|| Self::new(key)).flatten();
        unknown.filter(|unknown| unknown.similar.is_some())
    }

    fn new(key: &str) -> Option<Self> {
        let known = || ARGUMENTS.iter().flat_map(|argument| argument.keys).copied();
        if known().any(|other| other == key) {
            return None;
        }
        let similar = known()
            .filter(|other| other.len() >= 5)
            .map(|other| (strsim::osa_distance(key, other), other))
            .filter(|(distance, _)| *distance <= 2)
            .min()
            .map(|(_, other)| other);
        Some(Self {
            key: key.to_owned(),
            similar,
            line: None,
        })
    }
}

/// Number of the first line that is not blank and not a comment.
pub(super) fn first_line_with_content(text: &str) -> Option<usize> {
    numbered_lines(text)
        .find(|(_, line)| !matches!(*line, "" | "---") && !line.starts_with('#'))
        .map(|(number, _)| number)
}

/// Number of the line with `key` inside the entry `name`, in the usual layout of one key in a line.
pub(super) fn line_of_key(text: &str, name: &str, key: &str) -> Option<usize> {
    let is_key = |line: &str, key: &str| {
        let line = line.trim_start_matches(['"', '\'']);
        line.strip_prefix(key)
            .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
    };
    let (entry, _) = numbered_lines(text).find(|(_, line)| is_key(line, name))?;
    numbered_lines(text)
        .skip(entry)
        .find(|(_, line)| is_key(line, key))
        .map(|(number, _)| number)
}

fn numbered_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_is_found_and_known_keys_are_not() {
        let similar = |key| UnknownKey::at_the_top(key).and_then(|unknown| unknown.similar);
        assert_eq!(similar("regoin_name"), Some("region_name"));
        for key in [
            "region_name",
            "regions",
            "verify",
            "networks",
            "volume_api_version",
            "identity_api_version",
        ] {
            assert_eq!(UnknownKey::at_the_top(key), None, "{key}");
        }
        assert_eq!(UnknownKey::under_auth("pasword").unwrap().similar, Some("password"));
        assert_eq!(UnknownKey::under_auth("passphrase").unwrap().similar, None);
        assert_eq!(UnknownKey::under_auth("system_scope"), None);
    }

    #[test]
    fn lines_are_counted_from_one_and_inside_the_entry() {
        let text = "# comment\n\nclouds:\n  a:\n    auth:\n      pasword: x\n  b:\n    auth:\n      'pasword' : y\n";
        assert_eq!(first_line_with_content(text), Some(3));
        assert_eq!(line_of_key(text, "a", "pasword"), Some(6));
        assert_eq!(line_of_key(text, "b", "pasword"), Some(9));
        assert_eq!(line_of_key(text, "c", "pasword"), None);
    }
}
