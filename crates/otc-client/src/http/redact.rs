//! Removes secrets from requests and answers that are logged.

use ::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

/// The replacement of a secret.
pub const REMOVED: &str = "[removed]";

/// Length of a logged body, in characters.
const LOGGED: usize = 8 * 1024;

const SECRET_HEADERS: [&str; 8] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "openstack-auth-receipt",
    "x-auth-token",
    "x-subject-token",
    "x-security-token",
];

/// Returns whether the value of a header is a secret.
fn is_secret_header(name: &HeaderName, value: &HeaderValue) -> bool {
    let word = name.as_str();
    value.is_sensitive() || SECRET_HEADERS.contains(&word) || is_secret_name(word)
}

/// Returns whether the value of a header or member with this name is a secret.
fn is_secret_name(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    [
        "password",
        "passwd",
        "passcode",
        "adminpass",
        "secret",
        "token",
        "private_key",
        "credential_value",
        "signature",
    ]
    .iter()
    .any(|part| word.contains(part))
}

/// Returns headers, one `name: value` per line, without the values of secret ones.
pub(super) fn headers(headers: &HeaderMap) -> String {
    let mut text = String::new();
    for (name, value) in headers {
        let shown = if is_secret_header(name, value) {
            REMOVED.into()
        } else {
            String::from_utf8_lossy(value.as_bytes())
        };
        text.push_str(name.as_str());
        text.push_str(": ");
        text.push_str(&shown);
        text.push('\n');
    }
    text
}

/// Returns a body without secret members. Of a body that is not JSON only the length is shown, unless `plain` allows its text.
pub(super) fn body(bytes: &[u8], plain: bool) -> String {
    if bytes.is_empty() {
        return String::new();
    }
    if let Ok(mut value) = serde_json::from_slice::<Value>(bytes) {
        clean(&mut value);
        return cut(&value.to_string());
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if plain => cut(&redact_text(text)),
        _ => format!("({} bytes that are not JSON)", bytes.len()),
    }
}

fn clean(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                match member {
                    // A token's ID is the token itself.
                    Value::Object(inner) if is_secret_name(name) => {
                        if let Some(id) = inner.get_mut("id") {
                            *id = Value::String(REMOVED.to_owned());
                        }
                        clean(member);
                    }
                    Value::String(_) | Value::Number(_) | Value::Array(_) if is_secret_name(name) => {
                        *member = Value::String(REMOVED.to_owned());
                    }
                    other => clean(other),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(clean),
        Value::String(text) => {
            let cleaned = redact_text(text);
            if cleaned != *text {
                *text = cleaned;
            }
        }
        _ => {}
    }
}

/// Returns text without the values of secret headers that it quotes, and without the user information of URLs.
///
/// A gateway that refuses a signature answers with the canonical request, which has every signed header as `name:value`, each
/// followed by `|` or a line end. A catalog can have a URL with a password of its own, which no register of secrets has.
pub fn redact_text(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    for name in SECRET_HEADERS {
        for (at, _) in lower.match_indices(name) {
            let after = at + name.len();
            let rest = &text[after..];
            let gap = rest.len() - rest.trim_start_matches([' ', '"', '\'']).len();
            let Some(value) = rest[gap..].strip_prefix([':', '=']) else {
                continue;
            };
            let start = after + gap + 1;
            let end = value
                .find(['|', '\n', '\r', '<'])
                .map_or(text.len(), |length| start + length);
            cuts.push((start, end));
        }
    }
    cuts.extend(user_information(text));
    cuts.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (start, end) in cuts {
        if start < at {
            continue;
        }
        out.push_str(&text[at..start]);
        out.push_str(REMOVED);
        at = end;
    }
    out.push_str(&text[at..]);
    out
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LOGGED) {
        Some((at, _)) => format!("{}… ({} bytes in all)", &text[..at], text.len()),
        None => text.to_owned(),
    }
}

/// Returns the positions of `user:password` in URLs of the form `scheme://user:password@host`.
fn user_information(text: &str) -> impl Iterator<Item = (usize, usize)> {
    text.match_indices("://").filter_map(|(at, separator)| {
        let start = at + separator.len();
        let rest = &text[start..];
        let end = rest.find(|c: char| c.is_whitespace() || "/?#\"'<>|\\".contains(c));
        let length = rest[..end.unwrap_or(rest.len())].rfind('@')?;
        Some((start, start + length))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The headers that carry credentials to the cloud or from it.
    const CREDENTIAL_HEADERS: [&str; 8] = [
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "openstack-auth-receipt",
        "x-auth-token",
        "x-subject-token",
        "x-security-token",
    ];

    #[test]
    fn a_url_loses_its_user_information() {
        for (text, expected) in [
            ("https://user:pass@host/v1 x", "https://[removed]@host/v1 x"),
            ("https://user:p@ss@host", "https://[removed]@host"),
            ("https://host/v1?mail=a@b", "https://host/v1?mail=a@b"),
            ("a://b c@d", "a://b c@d"),
        ] {
            assert_eq!(redact_text(text), expected);
        }
        let catalog = br#"{"url": "https://user:pass@host/v1"}"#;
        assert!(!body(catalog, false).contains("pass"));
    }

    #[test]
    fn no_secret_of_a_sign_in_is_logged() {
        let sent = body(
            br#"{"auth":{"identity":{"methods":["password","totp","token"],
                "password":{"user":{"name":"me","password":"hunter2"}},
                "totp":{"user":{"passcode":"123456"}},
                "token":{"id":"gAAAA-token"},
                "application_credential":{"id":"ac","secret":"s3cr3t"}}}}"#,
            true,
        );
        for secret in ["hunter2", "123456", "gAAAA", "s3cr3t"] {
            assert!(!sent.contains(secret), "{sent}");
        }
        assert!(sent.contains("\"me\""), "{sent}");
    }

    #[test]
    fn other_parts_of_an_answer_stay() {
        let shown = body(
            br#"{"token":{"expires_at":"2026","catalog":[{"type":"data-protect"}]},"n":1}"#,
            true,
        );
        assert!(shown.contains("data-protect"), "{shown}");
    }

    #[test]
    fn secret_headers_are_not_logged() {
        let mut map = HeaderMap::new();
        for name in CREDENTIAL_HEADERS {
            map.insert(HeaderName::from_static(name), HeaderValue::from_static("hunter2"));
        }
        let mut sensitive = HeaderValue::from_static("hunter2");
        sensitive.set_sensitive(true);
        map.insert("x-plain", sensitive);
        map.insert("x-request-id", HeaderValue::from_static("req-1"));
        let shown = headers(&map);
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("req-1"), "{shown}");
    }

    #[test]
    fn every_header_with_credentials_is_removed_where_a_text_quotes_it() {
        for name in CREDENTIAL_HEADERS {
            for text in [
                format!("refused: {name}: hunter2|rest"),
                format!("{}=hunter2\nrest", name.to_uppercase()),
                format!("<b>'{name}': hunter2</b>"),
            ] {
                let shown = redact_text(&text);
                assert!(!shown.contains("hunter2") && shown.contains(REMOVED), "{shown}");
            }
        }
    }

    #[test]
    fn every_member_with_a_credential_is_removed() {
        for name in [
            "password",
            "adminPass",
            "passwd",
            "passcode",
            "original_password",
            "secret",
            "secret_key",
            "client_secret",
            "token",
            "x-auth-token",
            "securitytoken",
            "private_key",
            "credential_value",
            "Signature",
        ] {
            let shown = body(format!(r#"{{"a":{{"{name}":"hunter2"}},"b":1}}"#).as_bytes(), false);
            assert_eq!(shown, format!(r#"{{"a":{{"{name}":"[removed]"}},"b":1}}"#));
        }
    }

    #[test]
    fn a_quoted_canonical_request_loses_its_security_token() {
        let text = redact_text("verify aksk signature fail, POST|/|host:a|x-security-token:AbC==|x-sdk-date:2026|");
        assert_eq!(
            text,
            "verify aksk signature fail, POST|/|host:a|x-security-token:[removed]|x-sdk-date:2026|"
        );
    }

    #[test]
    fn only_the_length_of_bodies_that_are_not_json_is_shown() {
        assert_eq!(body(b"\xff\xfe", true), "(2 bytes that are not JSON)");
        assert_eq!(body(b"password=hunter2", false), "(16 bytes that are not JSON)");
    }

    proptest! {
        #[test]
        fn redaction_takes_any_text(text in "\\PC*", plain: bool) {
            let _ = redact_text(&text);
            let _ = body(text.as_bytes(), plain);
        }

        #[test]
        fn a_quoted_token_never_survives(before in "[a-z|ü ]{0,9}", token in "[A-Za-z0-9+/=]{8,40}") {
            let text = redact_text(&format!("{before}X-Security-Token: {token}|rest"));
            prop_assert!(!text.contains(&token));
            prop_assert!(text.ends_with("|rest"));
        }
    }

    #[test]
    fn a_secret_is_found_at_every_depth() {
        for text in [
            r#"{"users":[{"password":"hunter2"}]}"#,
            r#"[[{"adminPass":"hunter2"}]]"#,
            r#"{"tokens":["hunter2"]}"#,
            r#"{"token":{"id":"hunter2","inner":{"secret":"hunter2"}}}"#,
            r#"["https://me:hunter2@host/"]"#,
            r#"{"message":"x-auth-token: hunter2"}"#,
        ] {
            let shown = body(text.as_bytes(), false);
            assert!(!shown.contains("hunter2"), "{shown}");
        }
        let numbers = body(br#"{"passcode":123456}"#, false);
        assert!(!numbers.contains("123456"), "{numbers}");
    }

    #[test]
    fn the_id_of_an_object_that_is_no_secret_stays() {
        let shown = body(br#"{"user":{"id":"u-1"},"project":{"id":"p-1"}}"#, false);
        assert!(shown.contains("u-1") && shown.contains("p-1"), "{shown}");
    }

    #[test]
    fn plain_text_is_shown_without_secrets_where_it_is_allowed() {
        assert_eq!(
            body(b"refused: x-auth-token: hunter2|rest", true),
            "refused: x-auth-token:[removed]|rest"
        );
        assert_eq!(body(b"no such server", true), "no such server");
    }

    #[test]
    fn a_quoted_header_is_removed_from_its_separator_to_its_end() {
        for (text, expected) in [
            (r#"{"X-Auth-Token" : abc|d}"#, r#"{"X-Auth-Token" :[removed]|d}"#),
            ("x-auth-token=abc\nnext", "x-auth-token=[removed]\nnext"),
            ("cookie: a; b<br>", "cookie:[removed]<br>"),
            ("the cookie jar: full", "the cookie jar: full"),
            // One header inside the value of another.
            ("authorization: x-auth-token: abc|d", "authorization:[removed]|d"),
            ("authorization: https://a:b@c|d", "authorization:[removed]|d"),
        ] {
            assert_eq!(redact_text(text), expected);
        }
    }

    #[test]
    fn a_long_body_is_cut_and_its_length_is_shown() {
        let long = "ä".repeat(LOGGED + 1);
        let shown = body(long.as_bytes(), true);
        assert_eq!(
            shown,
            format!("{}… ({} bytes in all)", "ä".repeat(LOGGED), 2 * LOGGED + 2)
        );
        let exact = "a".repeat(LOGGED);
        assert_eq!(body(exact.as_bytes(), true), exact);
    }
}
