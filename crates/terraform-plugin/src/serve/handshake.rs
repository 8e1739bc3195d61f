//! What the program that starts a plugin says in the environment, and the line that the plugin answers with.

use std::fmt::Write as _;

/// What Terraform and OpenTofu set so that a plugin knows that it was started as one. No secret: it keeps people from
/// wondering what the program does when they run it by hand.
const COOKIE: (&str, &str) = (
    "TF_PLUGIN_MAGIC_COOKIE",
    "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
);
/// The version of the plugin protocol's outer layer.
const CORE_VERSION: u32 = 1;
/// The version of the provider protocol that this program speaks.
pub const PROTOCOL_VERSION: u32 = 6;

/// Why the program does not serve.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Started by hand.
    #[error(
        "This program is the Terraform and OpenTofu provider {name} {version}. It is not run by hand: name it in \
         required_providers and run `terraform init` or `tofu init`, which installs and starts it."
    )]
    ByHand {
        /// Name of the provider.
        name: String,
        /// Its version.
        version: String,
    },
    /// The other side speaks other versions.
    #[error(
        "The provider speaks plugin protocol 6, and the program that started it only {offered}. Use Terraform 1.0 or later, \
         or OpenTofu."
    )]
    Protocol {
        /// What was offered.
        offered: String,
    },
}

/// What the environment says.
#[derive(Debug, Clone, Default)]
pub struct HandshakeConfig {
    /// The certificate that the client will show, PEM.
    pub client_certificate: Option<String>,
    /// Where sockets are to be made.
    #[cfg(unix)]
    pub socket_dir: Option<String>,
    /// TCP ports to choose from.
    pub ports: Option<(u16, u16)>,
}

impl HandshakeConfig {
    /// Reads the environment.
    ///
    /// # Errors
    /// [`Refusal`] when the program was not started as a plugin, or no common protocol version exists.
    pub fn read(variable: impl Fn(&str) -> Option<String>, name: &str, version: &str) -> Result<Self, Refusal> {
        if variable(COOKIE.0).as_deref() != Some(COOKIE.1) {
            return Err(Refusal::ByHand {
                name: name.to_owned(),
                version: version.to_owned(),
            });
        }
        if let Some(offered) = variable("PLUGIN_PROTOCOL_VERSIONS")
            && !offered
                .split(',')
                .any(|version| version.trim().parse() == Ok(PROTOCOL_VERSION))
        {
            return Err(Refusal::Protocol { offered });
        }
        let port = |name| variable(name).and_then(|text| text.parse::<u16>().ok());
        Ok(Self {
            client_certificate: variable("PLUGIN_CLIENT_CERT").filter(|text| !text.is_empty()),
            #[cfg(unix)]
            socket_dir: variable("PLUGIN_UNIX_SOCKET_DIR").filter(|text| !text.is_empty()),
            ports: port("PLUGIN_MIN_PORT").zip(port("PLUGIN_MAX_PORT")),
        })
    }
}

/// The line on standard output.
#[must_use]
pub fn line(network: &str, address: &str, certificate: Option<&[u8]>) -> String {
    use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
    let mut line = format!("{CORE_VERSION}|{PROTOCOL_VERSION}|{network}|{address}|grpc");
    let encoded = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    let _ = write!(line, "|{encoded}");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<HandshakeConfig, Refusal> {
        let find = |name: &str| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        HandshakeConfig::read(find, "csbs", "1.2.3")
    }

    #[test]
    fn without_the_cookie_it_says_what_it_is() {
        for pairs in [&[][..], &[("TF_PLUGIN_MAGIC_COOKIE", "wrong")][..]] {
            let refusal = read(pairs).unwrap_err();
            assert!(refusal.to_string().contains("provider csbs 1.2.3"), "{refusal}");
        }
    }

    #[test]
    fn versions_are_negotiated() {
        assert!(read(&[COOKIE, ("PLUGIN_PROTOCOL_VERSIONS", "5,6")]).is_ok());
        assert!(read(&[COOKIE]).is_ok());
        assert!(matches!(
            read(&[COOKIE, ("PLUGIN_PROTOCOL_VERSIONS", "4,5")]),
            Err(Refusal::Protocol { .. })
        ));
    }

    #[test]
    fn the_line_has_the_certificate_without_padding() {
        assert_eq!(line("unix", "/tmp/x", Some(&[1, 2])), "1|6|unix|/tmp/x|grpc|AQI");
        assert_eq!(line("unix", "/tmp/x", None), "1|6|unix|/tmp/x|grpc|");
    }
}
