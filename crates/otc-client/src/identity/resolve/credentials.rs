//! The method of signing in, and its credentials.

use secrecy::SecretString;

use super::resolver::Resolver;
use crate::identity::{
    argument::hint,
    resolved::{AccessKeys, Credential, Method, User},
    settings::{LAYERS, SourcedValue},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Token,
    AccessKeys,
    ApplicationCredential,
    Password,
}

impl Kind {
    const ALL: [Self; 4] = [
        Self::Token,
        Self::AccessKeys,
        Self::ApplicationCredential,
        Self::Password,
    ];

    /// The settings that only this method uses.
    fn marks(self) -> &'static [&'static str] {
        match self {
            Self::Token => &["token"],
            Self::AccessKeys => &["access_key", "secret_key"],
            Self::ApplicationCredential => &["application_credential_secret"],
            Self::Password => &["password"],
        }
    }

    /// The method that a value of `OS_AUTH_TYPE` names.
    fn by_type(word: &str) -> Option<Self> {
        match word.trim().trim_start_matches("v3").trim_start_matches("v2") {
            "token" => Some(Self::Token),
            "aksk" | "ak_sk" => Some(Self::AccessKeys),
            "applicationcredential" => Some(Self::ApplicationCredential),
            "password" | "totp" | "multifactor" => Some(Self::Password),
            _ => None,
        }
    }
}

impl Resolver<'_> {
    /// The method; `None` after a problem was reported.
    pub(super) fn method(&mut self) -> Option<Method> {
        match self.kind()? {
            Kind::Token => self.secret("token").map(Method::Token),
            Kind::AccessKeys => self.access_keys(),
            Kind::ApplicationCredential => self.application_credential(),
            Kind::Password => self.password(),
        }
    }

    fn kind(&mut self) -> Option<Kind> {
        let wanted = self
            .layers
            .get("auth_type")
            .map(|found| (Kind::by_type(found.text()), found.layer));
        for layer in 0..LAYERS {
            let mut here: Vec<(Kind, &SourcedValue)> = Kind::ALL
                .into_iter()
                .filter_map(|kind| {
                    let mark = kind.marks().iter().find_map(|mark| self.layers.at(layer, mark))?;
                    Some((kind, mark))
                })
                .collect();
            if let Some((Some(kind), typed_at)) = wanted
                && typed_at >= layer
                && here.iter().any(|(other, _)| *other == kind)
            {
                return Some(kind);
            }
            // Federated users have a token for most services and temporary keys for the storage service.
            let federated = self.layers.at(layer, "security_token").is_some();
            if federated && here.iter().any(|(kind, _)| *kind == Kind::Token) {
                here.retain(|(kind, _)| *kind != Kind::AccessKeys);
            }
            match here.as_slice() {
                [] => {}
                [(kind, _)] => return Some(*kind),
                [(_, first), (_, second), ..] => {
                    let detail = format!(
                        "{} and {} are both set, and each is a separate method of signing in. Remove one of them{}.",
                        first.origin,
                        second.origin,
                        if layer == 0 {
                            ""
                        } else {
                            ", or choose one with OS_AUTH_TYPE (token, aksk, v3applicationcredential, password)"
                        }
                    );
                    let argument = here.last().and_then(|(kind, _)| kind.marks().first().copied());
                    self.problem(argument, "Two methods of signing in are set", detail);
                    return None;
                }
            }
        }
        self.report_no_credentials();
        None
    }

    fn report_no_credentials(&mut self) {
        if self.problems.iter().any(|problem| problem.argument == Some("cloud")) {
            // The entry that could not be read may contain the credentials.
            return;
        }
        if self.layers.first_of(&["user_id", "user_name"]).is_some() {
            self.missing("password", "A user is set without a password.", &["password"]);
            return;
        }
        if self
            .layers
            .first_of(&["application_credential_id", "application_credential_name"])
            .is_some()
        {
            self.missing(
                "application_credential_secret",
                "An application credential is set without its secret.",
                &["application_credential_secret"],
            );
            return;
        }
        let read = self.clouds_file.as_ref().map_or_else(String::new, |file| {
            let notes = self
                .unknown_keys
                .iter()
                .map(|note| format!(" ({note})"))
                .collect::<String>();
            format!(
                "The entry in {}, which was read, has no credentials{notes}. ",
                file.display()
            )
        });
        let detail = format!(
            "{}Set one of these, in the provider block or in the environment:\n\
             - {} with {}\n- {} with {}\n- {}\n- {} with {}\n- {}, an entry of clouds.yaml",
            read,
            hint("user_name"),
            hint("password"),
            hint("access_key"),
            hint("secret_key"),
            hint("token"),
            hint("application_credential_id"),
            hint("application_credential_secret"),
            hint("cloud"),
        );
        self.missing_here(None, "There are no credentials", detail);
    }

    fn secret(&self, name: &str) -> Option<SecretString> {
        // Surrounding white space is left by pasting.
        self.layers.get(name).map(|found| SecretString::from(found.text()))
    }

    fn access_keys(&mut self) -> Option<Method> {
        let access = self.layers.get("access_key").cloned();
        let secret = self.secret("secret_key");
        if access.is_none() {
            self.missing(
                "access_key",
                "A secret key is set without its access key.",
                &["access_key"],
            );
        }
        if secret.is_none() {
            self.missing(
                "secret_key",
                "An access key is set without its secret key.",
                &["secret_key"],
            );
        }
        let access = access?;
        // The security token of other keys would make valid keys fail.
        let security_token = self
            .layers
            .at(access.layer, "security_token")
            .map(|found| SecretString::from(found.text()));
        Some(Method::AccessKeys(AccessKeys {
            access_key: SecretString::from(access.text()),
            secret_key: secret?,
            security_token,
        }))
    }

    fn application_credential(&mut self) -> Option<Method> {
        let secret = self.secret("application_credential_secret")?;
        let found = self
            .layers
            .first_of(&["application_credential_id", "application_credential_name"])
            .map(|(name, found)| (name, found.text().to_owned()));
        let name = match found {
            Some(("application_credential_id", id)) => Credential::Id(id),
            Some((_, name)) => Credential::Name(name, self.user()?),
            None => {
                self.missing(
                    "application_credential_id",
                    "The secret of an application credential is set without its ID or name.",
                    &["application_credential_id", "application_credential_name"],
                );
                return None;
            }
        };
        Some(Method::ApplicationCredential { name, secret })
    }

    fn password(&mut self) -> Option<Method> {
        // A password may begin or end with a space, so it is not trimmed.
        let password = self.layers.get("password").map(|found| found.value.clone())?;
        let passcode = self.secret("passcode");
        let user = self.user();
        if passcode.is_some() && self.layers.get("user_id").is_none() {
            self.problem(
                Some("passcode"),
                "passcode needs user_id",
                format!(
                    "The cloud checks a passcode by the user's ID, not by the user's name. Set {}.",
                    hint("user_id")
                ),
            );
            return None;
        }
        let user = match (passcode.is_some(), self.layers.get("user_id")) {
            (true, Some(id)) => User::Id(id.text().to_owned()),
            _ => user?,
        };
        Some(Method::Password {
            user,
            password,
            passcode,
        })
    }

    fn user(&mut self) -> Option<User> {
        let found = self
            .layers
            .first_of(&["user_id", "user_name"])
            .map(|(name, found)| (name, found.text().to_owned()));
        match (found, self.domain()) {
            (Some(("user_id", id)), _) => Some(User::Id(id)),
            (Some((_, name)), Some(domain)) => Some(User::Name(name, domain)),
            (Some((_, name)), None) => {
                let detail = format!("The user is set by name, \"{name}\", which is unique only in a domain.");
                self.missing("domain_name", &detail, &["domain_name", "domain_id"]);
                None
            }
            (None, _) => {
                self.missing(
                    "user_name",
                    "The credentials are set without their user.",
                    &["user_name", "user_id"],
                );
                None
            }
        }
    }
}
