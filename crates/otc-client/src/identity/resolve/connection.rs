//! Addresses, certificates, numbers.

use secrecy::SecretString;
use url::{Host, Url};

use super::Work;
use crate::identity::resolved::{Tls, Warning};

impl Work<'_> {
    pub(super) fn auth_url(&mut self) -> Option<Url> {
        let mut url = self.url("auth_url")?;
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix("/auth/tokens").unwrap_or(path);
        let path = if path.ends_with("/v3") {
            path.to_owned()
        } else {
            // The older version is gone from this cloud; its address is still found in files.
            format!("{}/v3", path.strip_suffix("/v2.0").unwrap_or(path))
        };
        url.set_path(&path);
        Some(url)
    }

    pub(super) fn endpoint(&mut self) -> Option<Url> {
        self.url("endpoint")
    }

    fn url(&mut self, name: &'static str) -> Option<Url> {
        let found = self.layers.get(name)?.clone();
        let reason = match Url::parse(found.text()) {
            Err(error) => error.to_string(),
            Ok(url) if !matches!(url.scheme(), "https" | "http") => {
                "it begins with neither https:// nor http://".to_owned()
            }
            Ok(url) if url.host().is_none() => "it names no host".to_owned(),
            Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                "it holds a user or password, which belong into settings of their own".to_owned()
            }
            Ok(url) if url.query().is_some() || url.fragment().is_some() => "it has a query or a fragment".to_owned(),
            Ok(url) => {
                if url.scheme() == "http" && !is_loopback(&url) {
                    self.warnings.push(Warning {
                        argument: Some(name),
                        summary: format!("{name} is not encrypted"),
                        detail: format!(
                            "{} says http://, so credentials and data can be read on the way to {}{}. Use https://.",
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
                "endpoint_type is not known",
                format!("{} has to be public, internal or admin.", found.origin),
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
                    &format!("{name} is neither true nor false"),
                    format!("{} has to be true or false.", found.origin),
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
                format!("{} has to be a whole number, 0 or more.", found.origin),
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
                    "A client certificate and its key have to be set together.",
                    &[there],
                );
            }
        }
        if insecure {
            self.warnings.push(Warning {
                argument: Some("insecure"),
                summary: "Server certificates are not checked".to_owned(),
                detail: "With insecure = true anyone on the way can pose as the cloud and read credentials, and an address \
                         of the catalog may be plain http://. Set cacert_file (OS_CACERT) to trust a certificate authority \
                         of your own."
                    .to_owned(),
            });
        }
        Tls {
            ca_pem: ca_pem.map(|pem| {
                use secrecy::ExposeSecret;
                pem.expose_secret().to_owned()
            }),
            cert_pem: cert_pem.map(|pem| {
                use secrecy::ExposeSecret;
                pem.expose_secret().to_owned()
            }),
            key_pem,
            insecure,
        }
    }

    /// PEM text, or the text of the file that is named.
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
                self.unusable(name, &format!("{} holds no PEM text", path.display()));
                None
            }
            // What is neither PEM nor a file may be a key that was pasted without its frame: it is not shown.
            Err(error) => {
                self.unusable(
                    name,
                    &format!("it is not PEM text, and the file it names cannot be read: {error}"),
                );
                None
            }
        }
    }

    fn unusable(&mut self, name: &'static str, reason: &str) {
        let origin = self
            .layers
            .get(name)
            .map(|found| found.origin.to_string())
            .unwrap_or_default();
        self.absent(
            Some(name),
            &format!("{name} cannot be used"),
            format!("{origin}: {reason}. Set it to the path of a PEM file or to its text."),
        );
    }
}

/// Whether what is sent there stays on this machine.
pub(in crate::identity) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
