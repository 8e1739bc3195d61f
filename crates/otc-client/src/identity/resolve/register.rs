//! Registers what the sources hold of secrets, and what is open.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::Work;
use crate::identity::{argument::ARGUMENTS, settings::LAYERS};

/// Settings whose values are secret. The access key is its public half, and kept like a secret all the same.
const SECRET: [&str; 7] = [
    "password",
    "passcode",
    "token",
    "access_key",
    "secret_key",
    "security_token",
    "application_credential_secret",
];

/// Settings that are the path of a file, or its text.
const FILES: [&str; 3] = ["cacert_file", "cert", "key"];

/// No path is this long; a key that was pasted without its frame is.
const LONGEST_PATH: usize = 256;

/// Variables that may hold `http://USER:PASSWORD@HOST`.
const PROXIES: [&str; 6] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
];

impl Work<'_> {
    /// Registers the secrets of all sources.
    pub(super) fn register(&self) {
        for argument in ARGUMENTS {
            for layer in 0..LAYERS {
                let Some(found) = self.layers.at(layer, argument.name) else {
                    continue;
                };
                if SECRET.contains(&argument.name) {
                    self.secrets.given(&found.value);
                } else if !FILES.contains(&argument.name) {
                    self.secrets.open(found.text());
                } else if argument.name == "key"
                    && (found.text().contains("-----BEGIN") || found.text().len() > LONGEST_PATH)
                {
                    self.secrets.given(&found.value);
                }
            }
        }
        for name in PROXIES {
            let url = self.environment.plain(name).and_then(|text| Url::parse(text).ok());
            if let Some(password) = url.as_ref().and_then(Url::password) {
                self.secrets.given(&decoded(password));
            }
        }
    }
}

/// A password in a URL, without the URL's encoding.
fn decoded(password: &str) -> SecretString {
    // `+` is itself in this part of a URL.
    let form = SecretString::from(format!("p={}", password.replace('+', "%2B")));
    let decoded = url::form_urlencoded::parse(form.expose_secret().as_bytes())
        .next()
        .map(|(_, value)| value.into_owned());
    SecretString::from(decoded.unwrap_or_default())
}
