//! Registers the secrets of all sources, and the values that are not secret.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::resolver::Resolver;
use crate::identity::{
    argument::{ARGUMENTS, ArgumentKind},
    settings::LAYERS,
};

/// Longest path. A key that was pasted without its BEGIN and END lines is longer.
const LONGEST_PATH: usize = 256;

/// Variables that may contain `http://USER:PASSWORD@HOST`.
const PROXIES: [&str; 6] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
];

impl Resolver<'_> {
    /// Registers the secrets of all sources.
    pub(super) fn register_secrets(&self) {
        for argument in ARGUMENTS {
            for layer in 0..LAYERS {
                let Some(found) = self.layers.at(layer, argument.name) else {
                    continue;
                };
                match argument.kind {
                    ArgumentKind::Secret => self.secrets.given(&found.value),
                    ArgumentKind::Text | ArgumentKind::Bool | ArgumentKind::Number => self.secrets.open(found.text()),
                    ArgumentKind::SecretPem
                        if found.text().contains("-----BEGIN") || found.text().len() > LONGEST_PATH =>
                    {
                        self.secrets.given(&found.value);
                    }
                    ArgumentKind::Pem | ArgumentKind::SecretPem => {}
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

/// Decodes a password of a URL.
fn decoded(password: &str) -> SecretString {
    // In this part of a URL, `+` stands for itself.
    let form = SecretString::from(format!("p={}", password.replace('+', "%2B")));
    let decoded = url::form_urlencoded::parse(form.expose_secret().as_bytes())
        .next()
        .map(|(_, value)| value.into_owned());
    SecretString::from(decoded.unwrap_or_default())
}
