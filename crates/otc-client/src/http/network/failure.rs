//! Explains a failed connection to an operator.

use hyper_util::client::proxy::matcher::Matcher;

/// A sentence about the cause of the failure and what to set, if the cause is known. `text` is the error with its causes.
pub(super) fn explain(text: &str) -> Option<&'static str> {
    const CAUSES: [(&str, &str); 5] = [
        (
            // Before UnknownIssuer: a certificate can be both.
            "CaUsedAsEndEntity",
            "The server presents the certificate of a certificate authority as its own, which TLS does not allow: the \
             authority has to issue a separate certificate for the server",
        ),
        (
            "UnknownIssuer",
            "The authority that issued the server's certificate is not trusted: set cacert_file (OS_CACERT) to the \
             certificate of that authority, as the path of a PEM file or its text",
        ),
        (
            "InvalidContentType",
            "The port does not speak TLS: the URL has the wrong port, or must begin with http:// in place of https://",
        ),
        (
            "certificate expired",
            "The server's certificate has expired, or the clock of this machine is wrong",
        ),
        (
            "certificate not valid for name",
            "The server's certificate is for another host: check the host of the URL",
        ),
    ];
    let known = CAUSES.iter().find(|(words, _)| text.contains(words));
    known.map(|(_, explanation)| *explanation)
}

/// The environment variables that configure proxies.
pub(super) struct ProxyVariables {
    values: Vec<(&'static str, String)>,
    no_proxy: String,
}

impl ProxyVariables {
    /// The variables of this process.
    pub(super) fn of_process() -> Self {
        Self::new(|name| std::env::var(name).ok())
    }

    fn new(variable: impl Fn(&str) -> Option<String>) -> Self {
        const NAMES: [&str; 6] = [
            "HTTPS_PROXY",
            "https_proxy",
            "HTTP_PROXY",
            "http_proxy",
            "ALL_PROXY",
            "all_proxy",
        ];
        let set = |name: &&'static str| Some((*name, variable(name).filter(|value| !value.is_empty())?));
        Self {
            values: NAMES.iter().filter_map(set).collect(),
            no_proxy: variable("NO_PROXY")
                .or_else(|| variable("no_proxy"))
                .unwrap_or_default(),
        }
    }

    /// A sentence that names the proxy of a connection to `url` and the variable that sets it.
    pub(super) fn describe(&self, url: &str) -> Option<String> {
        let destination: ::http::Uri = url.parse().ok()?;
        let suffix = match destination.scheme_str()? {
            "https" => "https_proxy",
            _ => "http_proxy",
        };
        let applicable = |wanted: &'static str| {
            self.values
                .iter()
                .filter(move |(name, _)| name.eq_ignore_ascii_case(wanted))
        };
        let (name, value) = applicable(suffix).chain(applicable("all_proxy")).next()?;
        let matcher = Matcher::builder().all(value.clone()).no(self.no_proxy.clone()).build();
        let proxy = matcher.intercept(&destination)?;
        let authority = proxy.uri().authority()?;
        // Host and port only: the variable can contain a password.
        let host = authority.as_str().rsplit('@').next().unwrap_or_default();
        Some(format!(
            "The connection uses the proxy {host}, which the variable {name} sets"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(set: &'static [(&str, &str)]) -> ProxyVariables {
        ProxyVariables::new(|name| {
            let found = set.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_proxy_of_a_connection_is_named_with_its_variable_and_without_its_password() {
        let set = variables(&[
            ("https_proxy", "http://user:hunter2@proxy.example:3128"),
            ("NO_PROXY", "inside.example"),
        ]);
        let described = set.describe("https://iam.example/v3").unwrap();
        assert!(
            described.contains("proxy.example:3128") && described.contains("https_proxy"),
            "{described}"
        );
        assert!(
            !described.contains("hunter2") && !described.contains("user"),
            "{described}"
        );
        assert_eq!(set.describe("https://inside.example/v3"), None);
        assert_eq!(set.describe("http://iam.example/v3"), None);
    }

    #[test]
    fn all_proxy_applies_where_no_other_variable_does() {
        let set = variables(&[("ALL_PROXY", "proxy.example:3128"), ("HTTP_PROXY", "other.example:80")]);
        assert!(set.describe("https://iam.example").unwrap().contains("ALL_PROXY"));
        assert!(set.describe("http://iam.example").unwrap().contains("HTTP_PROXY"));
        assert_eq!(variables(&[]).describe("https://iam.example"), None);
    }

    #[test]
    fn the_rules_for_proxies_are_those_of_the_environment() {
        const PROXY: (&str, &str) = ("HTTPS_PROXY", "http://proxy.example:3128");
        type Case = (
            &'static [(&'static str, &'static str)],
            &'static str,
            Option<&'static str>,
        );
        let cases: [Case; 16] = [
            (
                &[PROXY],
                "https://iam.example",
                Some("proxy.example:3128, which the variable HTTPS_PROXY"),
            ),
            (&[PROXY], "http://iam.example", None),
            (
                &[("http_proxy", "p.example:1")],
                "http://iam.example",
                Some("p.example:1, which the variable http_proxy"),
            ),
            (&[("http_proxy", "p.example:1")], "https://iam.example", None),
            (
                &[("all_proxy", "p.example:1")],
                "http://iam.example",
                Some("p.example:1, which the variable all_proxy"),
            ),
            // An empty variable is none.
            (
                &[("HTTPS_PROXY", ""), ("ALL_PROXY", "p.example:1")],
                "https://iam.example",
                Some("ALL_PROXY"),
            ),
            (
                &[("https_proxy", "lower.example:1"), PROXY],
                "https://iam.example",
                Some("HTTPS_PROXY"),
            ),
            (&[PROXY, ("NO_PROXY", "iam.example")], "https://iam.example", None),
            (
                &[PROXY, ("NO_PROXY", "iam.example")],
                "https://csbs.example",
                Some("HTTPS_PROXY"),
            ),
            (&[PROXY, ("NO_PROXY", "a.test, .example")], "https://iam.example", None),
            (
                &[PROXY, ("NO_PROXY", "am.example")],
                "https://iam.example",
                Some("HTTPS_PROXY"),
            ),
            (&[PROXY, ("NO_PROXY", "*")], "https://iam.example", None),
            (&[PROXY, ("NO_PROXY", "10.0.0.0/8")], "https://10.1.2.3", None),
            (
                &[PROXY, ("NO_PROXY", "10.0.0.0/8")],
                "https://11.1.2.3",
                Some("HTTPS_PROXY"),
            ),
            (&[PROXY, ("no_proxy", "iam.example")], "https://iam.example", None),
            (
                &[PROXY, ("NO_PROXY", "other.example"), ("no_proxy", "iam.example")],
                "https://iam.example",
                Some("HTTPS_PROXY"),
            ),
        ];
        for (set, url, expected) in cases {
            let described = variables(set).describe(url);
            match (&described, expected) {
                (Some(described), Some(words)) => assert!(described.contains(words), "{set:?}: {described}"),
                (described, expected) => assert_eq!(described.as_deref(), expected, "{set:?} {url}"),
            }
        }
    }
}
