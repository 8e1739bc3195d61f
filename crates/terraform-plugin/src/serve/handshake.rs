//! The handshake: environment variables of the client, and the line with which the plugin answers.

use std::fmt::Write as _;

/// Variable that Terraform and OpenTofu set when they start a plugin. It is not a secret; without it, the program explains
/// itself to a person who runs it by hand.
const COOKIE: (&str, &str) = (
    "TF_PLUGIN_MAGIC_COOKIE",
    "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
);
/// Version of the handshake.
const CORE_VERSION: u32 = 1;
/// Version of the provider protocol.
pub const PROTOCOL_VERSION: u32 = 6;

/// Reason to exit without serving.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The program was started by hand.
    #[error(
        "This program is the Terraform and OpenTofu provider {name} {version}. Do not run it by hand: name it in \
         required_providers and run `terraform init` or `tofu init`, which installs and starts it."
    )]
    ByHand {
        /// Name of the provider.
        name: String,
        /// Version of the provider.
        version: String,
    },
    /// The client does not support protocol 6.
    #[error(
        "The provider speaks plugin protocol 6, and the program that started it only {offered}. Use Terraform 1.0 or later, \
         or OpenTofu."
    )]
    Protocol {
        /// Versions that the client supports.
        offered: String,
    },
}

/// Configuration from the environment variables of the client.
#[derive(Debug, Clone, Default)]
pub struct HandshakeConfig {
    /// Certificate of the client, in PEM form.
    pub client_certificate: Option<String>,
    /// Directory for sockets.
    #[cfg(unix)]
    pub socket_dir: Option<String>,
    /// Lowest and highest TCP port to listen on.
    pub ports: Option<(u16, u16)>,
}

impl HandshakeConfig {
    /// Reads the environment variables.
    ///
    /// # Errors
    /// [`Refusal`] if the program was not started as a plugin, or the client does not support protocol 6.
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

/// Returns the handshake line for standard output.
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
    fn without_the_cookie_the_program_explains_itself() {
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
