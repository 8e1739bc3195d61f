//! Addresses, certificates and limits of the connection.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::resolver::Resolver;
use crate::identity::{
    loopback::is_loopback,
    resolved::{Tls, Warning},
};

impl Resolver<'_> {
    pub(super) fn auth_url(&mut self) -> Option<Url> {
        let mut url = self.url("auth_url")?;
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix("/auth/tokens").unwrap_or(path);
        let path = if path.ends_with("/v3") {
            path.to_owned()
        } else {
            // The cloud no longer has version 2.0; configurations still contain its address.
            format!("{}/v3", path.strip_suffix("/v2.0").unwrap_or(path))
        };
        url.set_path(&path);
        Some(url)
    }

    pub(super) fn endpoint(&mut self) -> Option<Url> {
        self.url("endpoint")
    }

    pub(super) fn cbr_endpoint(&mut self) -> Option<Url> {
        self.url("cbr_endpoint")
    }

    fn url(&mut self, name: &'static str) -> Option<Url> {
        let found = self.layers.get(name)?.clone();
        let reason = match Url::parse(found.text()) {
            Err(error) => error.to_string(),
            Ok(url) if !matches!(url.scheme(), "https" | "http") => {
                "it does not begin with https:// or http://".to_owned()
            }
            Ok(url) if url.host().is_none() => "it names no host".to_owned(),
            Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                "it contains a user or password, which have settings of their own".to_owned()
            }
            Ok(url) if url.query().is_some() || url.fragment().is_some() => "it has a query or a fragment".to_owned(),
            Ok(url) => {
                if url.scheme() == "http" && !is_loopback(&url) {
                    self.warnings.push(Warning {
                        argument: Some(name),
                        summary: format!("{name} is not encrypted"),
                        detail: format!(
                            "{} begins with http://, so credentials and data can be read on the way to {}{}. Use https://.",
                            found.origin,
                            url.host_str().unwrap_or_default(),
                            if name == "auth_url" {
                                ", and to the services that its catalog names with http://"
                            } else {
                                ""
                            }
                        ),
                    });
                }
                return Some(url);
            }
        };
        self.problem(
            Some(name),
            &format!("{name} is not a usable URL"),
            format!("{}: {reason}.", found.origin),
        );
        None
    }

    pub(super) fn interface(&mut self) -> String {
        let Some(found) = self.layers.get("endpoint_type").cloned() else {
            return "public".to_owned();
        };
        // Older tools write publicURL.
        let word = found.text().trim_end_matches("URL").to_ascii_lowercase();
        if !matches!(word.as_str(), "public" | "internal" | "admin") {
            self.problem(
                Some("endpoint_type"),
                "endpoint_type is not valid",
                format!("{} must be public, internal or admin.", found.origin),
            );
        }
        word
    }

    pub(super) fn boolean(&mut self, name: &'static str) -> Option<bool> {
        let found = self.layers.get(name)?.clone();
        match found.text().to_ascii_lowercase().as_str() {
            "1" | "t" | "true" | "yes" | "on" => Some(true),
            "0" | "f" | "false" | "no" | "off" => Some(false),
            _ => {
                self.problem(
                    Some(name),
                    &format!("{name} is not true or false"),
                    format!("{} must be true or false.", found.origin),
                );
                None
            }
        }
    }

    pub(super) fn number(&mut self, name: &'static str) -> Option<u32> {
        let found = self.layers.get(name)?.clone();
        let number = found.text().parse().ok();
        if number.is_none() {
            self.problem(
                Some(name),
                &format!("{name} is not a whole number"),
                format!("{} must be a whole number, 0 or more.", found.origin),
            );
        }
        number
    }

    pub(super) fn tls(&mut self) -> Tls {
        let insecure = self.boolean("insecure").unwrap_or(false);
        let ca_pem = self.pem("cacert_file");
        let cert_pem = self.pem("cert");
        let key_pem = self.pem("key");
        for (here, there) in [("cert", "key"), ("key", "cert")] {
            if self.layers.get(here).is_some() && self.layers.get(there).is_none() {
                self.missing(
                    there,
                    "A client certificate and its key must be set together.",
                    &[there],
                );
            }
        }
        if insecure {
            self.warnings.push(Warning {
                argument: Some("insecure"),
                summary: "Server certificates are not checked".to_owned(),
                detail: "With insecure = true, anyone on the network path can pose as the cloud and read credentials, and an \
                         address of the catalog may be plain http://. Set cacert_file (OS_CACERT) to trust a certificate \
                         authority of your own."
                    .to_owned(),
            });
        }
        Tls {
            ca_pem: ca_pem.map(|pem| pem.expose_secret().to_owned()),
            cert_pem: cert_pem.map(|pem| pem.expose_secret().to_owned()),
            key_pem,
            insecure,
        }
    }

    /// The PEM text of an argument that is such a text or the path of a file.
    fn pem(&mut self, name: &'static str) -> Option<SecretString> {
        let found = self.layers.get(name)?.clone();
        if found.text().contains("-----BEGIN") {
            return Some(found.value);
        }
        let path = self.environment.path(found.text());
        match self.environment.read(&path) {
            Ok(text) if text.contains("-----BEGIN") => {
                let text = SecretString::from(text);
                if name == "key" {
                    self.secrets.given(&text);
                }
                Some(text)
            }
            Ok(_) => {
                self.unusable_pem(name, &format!("{} contains no PEM text", path.display()));
                None
            }
            // A value that is neither PEM nor a file may be a key pasted without its BEGIN and END lines: it is not shown.
            Err(error) => {
                self.unusable_pem(
                    name,
                    &format!("it is not PEM text, and no file of that name can be read: {error}"),
                );
                None
            }
        }
    }

    fn unusable_pem(&mut self, name: &'static str, reason: &str) {
        let origin = self
            .layers
            .get(name)
            .map(|found| found.origin.to_string())
            .unwrap_or_default();
        self.missing_here(
            Some(name),
            &format!("{name} cannot be used"),
            format!("{origin}: {reason}. Set it to the path of a PEM file or to its text."),
        );
    }
}
