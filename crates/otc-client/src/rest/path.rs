//! Paths and queries that no value from outside can change into others.

use std::fmt::Write;

use super::{ApiError, id::is_valid_id};

/// A path below `/{version}/{project_id}`, and a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    text: String,
    query: String,
}

impl Path {
    /// A path of constant words.
    pub(crate) fn new(words: &'static str) -> Self {
        Self {
            text: format!("/{words}"),
            query: String::new(),
        }
    }

    /// Adds an ID as one segment.
    pub(crate) fn id(mut self, what: &'static str, id: &str) -> Result<Self, ApiError> {
        if !is_valid_id(id) {
            return Err(ApiError::InvalidId {
                what,
                id: id.chars().take(80).collect(),
            });
        }
        self.text.push('/');
        self.text.push_str(id);
        Ok(self)
    }

    /// Adds constant words.
    pub(crate) fn words(mut self, words: &'static str) -> Self {
        self.text.push('/');
        self.text.push_str(words);
        self
    }

    /// Adds a query parameter; its value may be anything.
    pub(crate) fn query(mut self, name: &'static str, value: &str) -> Self {
        if !self.query.is_empty() {
            self.query.push('&');
        }
        self.query.push_str(name);
        self.query.push('=');
        for byte in value.bytes() {
            // Blanks become %20 and not +, which gateways that check signatures read differently.
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
                self.query.push(char::from(byte));
            } else {
                let _ = write!(self.query, "%{byte:02X}");
            }
        }
        self
    }

    /// Adds a query parameter if it has a value.
    pub(crate) fn maybe(self, name: &'static str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    /// The whole URL below `base`.
    pub(crate) fn below(&self, base: &url::Url) -> String {
        let base = base.as_str().trim_end_matches('/');
        if self.query.is_empty() {
            format!("{base}{}", self.text)
        } else {
            format!("{base}{}?{}", self.text, self.query)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn base() -> url::Url {
        url::Url::parse("https://csbs.example/v1/project").unwrap()
    }

    #[test]
    fn ids_that_bend_a_path_are_refused() {
        for id in [
            "", ".", "..", "a.b", "a/b", "../x", "a?b", "a#b", "a%2Fb", "a b", "a\n", "ü", "a\\b", "a;b", "a:b", "a@b",
        ] {
            assert!(
                matches!(Path::new("x").id("id", id), Err(ApiError::InvalidId { .. })),
                "{id:?}"
            );
        }
        assert!(Path::new("x").id("id", &"a".repeat(129)).is_err());
    }

    #[test]
    fn blanks_in_a_query_are_not_plus_signs() {
        let url = Path::new("x")
            .query("name", "a b+c&d=ü")
            .maybe("none", None)
            .below(&base());
        assert_eq!(url, "https://csbs.example/v1/project/x?name=a%20b%2Bc%26d%3D%C3%BC");
    }

    proptest! {
        #[test]
        fn no_value_changes_path_or_query(id in "[a-z.]{0,4}|(\\.\\.|%2[fFeE]|[/?#&;@:\\\\\0\r\n]|\\PC){0,8}", value in ".{0,40}") {
            if let Ok(path) = Path::new("checkpoint_items").id("id", &id) {
                let url = url::Url::parse(&path.words("tags").query("name", &value).below(&base())).unwrap();
                prop_assert_eq!(url.path(), format!("/v1/project/checkpoint_items/{id}/tags"));
                let pairs: Vec<_> = url.query_pairs().into_owned().collect();
                prop_assert_eq!(pairs, vec![("name".to_owned(), value)]);
                prop_assert_eq!(url.fragment(), None);
                prop_assert_eq!(url.host_str(), Some("csbs.example"));
            }
        }
    }
}
